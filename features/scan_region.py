"""A region of a scan in memory, at some size, that knows where it lies in the scan."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from jaxtyping import Float, Float64, UInt8
from numpy.typing import ArrayLike

from data.scan import read_scan, reduced_size, scan_info

Window = tuple[int, int, int, int]
"""(x, y, w, h) in full-resolution scan pixels."""


@dataclass(frozen=True, eq=False)
class ScanRegion:
    """A window of a scan as bytes: its pixel p lies at `offset + step * p` of the scan."""

    rgb: UInt8[np.ndarray, "h w 3"]
    offset: Float64[np.ndarray, "2"]
    step: Float64[np.ndarray, "2"]
    window: Window

    @property
    def longest_px(self) -> int:
        """Its longer side, in its own pixels."""
        return max(self.rgb.shape[:2])

    def to_scan(self, points_xy: ArrayLike) -> Float[np.ndarray, "*N 2"]:
        """Places of the region in scan pixels."""
        return self.offset + self.step * np.asarray(points_xy, np.float64)

    def from_scan(self, points_xy: ArrayLike) -> Float[np.ndarray, "*N 2"]:
        """Places of the scan in pixels of the region."""
        return (np.asarray(points_xy, np.float64) - self.offset) / self.step


def read_region(path: Path | str, window: Window, max_side_px: int) -> ScanRegion:
    """Read a window of a scan.

    Parameters
    ----------
    path : path
    window : (x, y, w, h)
        In full-resolution scan pixels; a window of the whole scan is read from its reduced versions.
    max_side_px : int
        Longest side of the result; never enlarged.

    Returns
    -------
    ScanRegion

    Raises
    ------
    ScanError
        If the file cannot be read.
    """
    x, y, width, height = window
    info = scan_info(path)
    whole = (x, y, width, height) == (0, 0, info.width_px, info.height_px)
    rgb = read_scan(path, max_side_px=max_side_px, window=None if whole else window, dtype=np.uint8)
    size = np.array(reduced_size(width, height, max_side_px))
    step = np.array([width, height]) / size
    return ScanRegion(rgb, np.array([x, y]) + 0.5 * step - 0.5, step, window)
