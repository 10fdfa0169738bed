"""Places in a picture that is held at several sizes.

Pixel centres lie on integers: pixel p of a picture reaches from p - 0.5 to p + 0.5, so a picture enlarged `scale` times
shows the place x at scale * (x + 0.5) - 0.5. Forgetting the halves shifts landmarks by up to half a pixel of the coarser size.
"""

from typing import Any

import numpy as np
from numpy.typing import NDArray


def rescale_points(points: NDArray[Any], scale: float | NDArray[Any]) -> NDArray[Any]:
    """Places of one picture as places of the same picture at another size.

    Parameters
    ----------
    points : (..., 2) or any shape
        (x, y), pixel centres on integers; or one coordinate alone. float32 stays float32 if `scale` is a Python number.
    scale : float, or (2,) for (x, y)
        Size of the wanted picture over the size of the given one.

    Returns
    -------
    array of the shape of `points`
    """
    return (np.asarray(points) + 0.5) * scale - 0.5
