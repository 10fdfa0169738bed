"""Registered height scans: one-channel TIFFs that say how high the paint stands at every texel."""

from pathlib import Path
from typing import Any

import numpy as np
from jaxtyping import Float32

from data.errors import ScanError, UsageError
from data.picture_file import first_bytes, one_line

_MOST_HOLES = 0.5  # share of texels without a measurement; with more of them a scan is refused


def read_height(path: Path | str, mm_per_unit: float) -> Float32[np.ndarray, "H W"]:
    """A registered height scan in millimetres.

    Parameters
    ----------
    path : path
        One-channel TIFF, 8- or 16-bit whole numbers or floating point.
    mm_per_unit : float
        Millimetres of height per unit of the file.

    Returns
    -------
    (H, W) float32
        Height in mm. Holes (NaN, infinite) take the value of the nearest measured texel.

    Raises
    ------
    ScanError
        If the file cannot be read, has more than one channel, or is more than half holes.
    UsageError
        If `mm_per_unit` is not a positive number.
    """
    if not (mm_per_unit and np.isfinite(mm_per_unit) and mm_per_unit > 0):
        raise UsageError(f"mm_per_unit must be a positive number, got {mm_per_unit}")
    height = np.squeeze(_first_page(path, lambda page: page.asarray()))
    if height.ndim != 2 or height.dtype.kind not in "uif":
        raise ScanError(f"a height scan has one channel of numbers, this has {height.shape} of {height.dtype}", path)
    return _filled(height.astype(np.float32) * np.float32(mm_per_unit), path)


def height_size(path: Path | str) -> tuple[int, int]:
    """(width, height) of a height scan, from its header; ScanError if it cannot be read."""
    return _first_page(path, lambda page: (int(page.imagewidth), int(page.imagelength)))


def _first_page(path: Path | str, read: Any) -> Any:
    """What `read` makes of a TIFF's first page."""
    import tifffile

    first_bytes(path)
    try:
        with tifffile.TiffFile(path) as tiff:
            return read(tiff.pages[0])
    # tifffile and imagecodecs let struct, zlib and many other errors of a broken file through.
    except Exception as error:
        raise ScanError(f"not a readable TIFF height scan: {one_line(error)}", path) from error


def _filled(height: Float32[np.ndarray, "H W"], path: Path | str) -> Float32[np.ndarray, "H W"]:
    """The heights with each hole at the value of the nearest measured texel."""
    holes = ~np.isfinite(height)
    if not holes.any():
        return height
    if holes.mean() > _MOST_HOLES:
        raise ScanError(f"{holes.mean():.0%} of the height scan are holes, at most half may be", path)
    from scipy.ndimage import distance_transform_edt

    nearest = distance_transform_edt(holes, return_distances=False, return_indices=True)
    return height[tuple(nearest)]
