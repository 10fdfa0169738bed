"""Pairs of a painting and its height scan, from which the relief model learns a master's own paint."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

import numpy as np
from jaxtyping import Float32

from data.errors import ShapeError
from data.height_scan import read_height
from data.scan import read_scan
from data.units import MM_PER_INCH

LESSON_SIDE_PX = 900
"""Longest side of the middle of a painting that is learned from: where the figure is, and enough of it for many strokes."""
UNKNOWN_PITCH_MM = 0.25
"""Pixel pitch of a painting whose scan does not say it: about 100 pixels to an inch of canvas."""
_Item = TypeVar("_Item")


@dataclass(frozen=True, eq=False)
class ReliefLesson:
    """`rgb` (h, w, 3) float32 sRGB and `height_mm` (h, w) float32 of the same piece of a painting; `pitch_mm` of a pixel."""

    rgb: Float32[np.ndarray, "h w 3"]
    height_mm: Float32[np.ndarray, "h w"]
    pitch_mm: float


def relief_lesson(scan: Path | str, height_scan: Path | str, mm_per_unit: float, dpi: float | None) -> ReliefLesson:
    """The middle of a painting with its measured height.

    Parameters
    ----------
    scan, height_scan : path
        The painting and its registered height scan, of one size.
    mm_per_unit : float
        Millimetres to a unit of the height scan.
    dpi : float or None
        Pixels per inch of the painting itself; None or NaN where nobody knows.

    Returns
    -------
    ReliefLesson

    Raises
    ------
    ScanError
        If one of the two cannot be read.
    ShapeError
        If they are not of one size.
    """
    rgb, height = read_scan(scan), read_height(height_scan, mm_per_unit)
    if rgb.shape[:2] != height.shape:
        raise ShapeError(f"its height scan has {height.shape} texels, the painting {rgb.shape[:2]}")
    middle = tuple(slice(max(0, (side - LESSON_SIDE_PX) // 2), (side + LESSON_SIDE_PX) // 2) for side in height.shape)
    return ReliefLesson(rgb[middle], height[middle], MM_PER_INCH / dpi if dpi and np.isfinite(dpi) else UNKNOWN_PITCH_MM)


def spread_over(items: Sequence[_Item], most: int) -> Sequence[_Item]:
    """At most so many items, taken at equal steps from the first on."""
    return items[:: max(1, len(items) // most)][:most]
