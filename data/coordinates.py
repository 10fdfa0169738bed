"""Places in a picture that is held at several sizes.

Pixel centres lie on integers: pixel p of a picture reaches from p - 0.5 to p + 0.5, so a picture enlarged `scale` times
shows the place x at scale * (x + 0.5) - 0.5. Forgetting the halves shifts landmarks by up to half a pixel of the coarser size.
"""

from typing import Any

import numpy as np
from jaxtyping import Int64
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


def unscaled_points(points: NDArray[Any], scale: float | NDArray[Any]) -> NDArray[Any]:
    """Places of a picture that was resized by `scale`, as places of the original: the inverse of `rescale_points`.

    It divides by the scale; multiplying by 1 / scale, as `rescale_points` would, rounds differently.
    """
    return (np.asarray(points) + 0.5) / scale - 0.5


def mirrored_indices(low: int, high: int, length: int) -> Int64[np.ndarray, " N"]:
    """The indices from `low` to before `high` of a row of `length` pixels that is mirrored beyond its ends.

    The end pixels are not repeated: -1 shows pixel 1. `low` may be negative and `high` larger than `length`.
    """
    at = np.abs(np.arange(low, high)) % max(1, 2 * (length - 1))
    return np.where(at < length, at, 2 * (length - 1) - at)
