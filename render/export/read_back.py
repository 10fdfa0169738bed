"""The relief of a print, read back from the height map that a run or an enlargement wrote."""

from pathlib import Path

import numpy as np

from render.export.files import read_height_file
from render.relief.relief import Origin, Relief


def read_relief(path: Path, width_mm: float | None = None) -> Relief:
    """A height map (`height.tif` with `height.json` beside it) as a Relief, brought to a width.

    The file does not say of every texel where its height comes from, only for which share of them (`provenance["origin"]`,
    None for an enlargement).

    Parameters
    ----------
    path : Path
        Of the height map.
    width_mm : float, optional
        Of the print; None: as it was painted.

    Returns
    -------
    Relief
    """
    z, pitch, about = read_height_file(path)
    if width_mm is not None:
        pitch = width_mm / z.shape[1]
    return Relief(z, pitch, np.broadcast_to(np.uint8(Origin.UNKNOWN), z.shape), {"origin": about.get("origin")})
