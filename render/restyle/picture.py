"""A photograph to be restyled, as the command line gives it: its size, the regions of a mask, its brush in print."""

from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
from jaxtyping import Float32, UInt8

from data.errors import ShapeError
from data.scan import read_scan
from data.units import MM_PER_INCH

DEFAULT_DPI = 300.0
"""Written where nothing says how large a print will be."""


@dataclass(frozen=True, eq=False)
class Photograph:
    """`rgb` (H, W, 3) float32 in [0, 1]; `regions` (H, W) uint8: the number of the master that holds at each place, from 0,
    or None where all masters meet."""

    rgb: Float32[np.ndarray, "H W 3"]
    regions: UInt8[np.ndarray, "H W"] | None = None

    @classmethod
    def read(cls, path: Path, mask: Path | None = None, count: int = 1, megapixels: float | None = None) -> "Photograph":
        """Read a picture, and a mask that parts it between masters.

        Parameters
        ----------
        path : Path
        mask : Path, optional
            A grey picture of the same size: black belongs to the first master, white to the last.
        count : int
            How many masters there are.
        megapixels : float, optional
            Size of the result; None: the picture's own.

        Returns
        -------
        Photograph

        Raises
        ------
        ShapeError
            If the mask is of another size.
        """
        rgb = np.ascontiguousarray(read_scan(path), np.float32)
        regions = None
        if mask is not None:
            regions = regions_of_mask(read_scan(mask), count)
            if regions.shape != rgb.shape[:2]:
                raise ShapeError(f"the mask {mask} has {regions.shape[1]} x {regions.shape[0]} pixels, {path} has "
                                 f"{rgb.shape[1]} x {rgb.shape[0]}: expected a mask of the picture's own size")
        photograph = cls(rgb, regions)
        return photograph if megapixels is None else photograph.resized(megapixels)

    def resized(self, megapixels: float) -> "Photograph":
        """The same at another size, of so many million pixels."""
        scale = (megapixels * 1e6 / (self.rgb.shape[0] * self.rgb.shape[1])) ** 0.5
        size = [max(1, round(side * scale)) for side in self.rgb.shape[1::-1]]
        how = cv2.INTER_AREA if scale < 1 else cv2.INTER_CUBIC
        rgb = np.clip(cv2.resize(self.rgb, size, interpolation=how), 0, 1)
        regions = self.regions
        return Photograph(rgb, regions if regions is None else cv2.resize(regions, size, interpolation=cv2.INTER_NEAREST))

    def dpi(self, width_mm: float | None) -> float:
        """Pixels per inch of a print of this width."""
        return self.rgb.shape[1] / width_mm * MM_PER_INCH if width_mm else DEFAULT_DPI


def regions_of_mask(mask: Float32[np.ndarray, "H W 3"], count: int) -> UInt8[np.ndarray, "H W"]:
    """A picture's grey as numbers from 0 (black) to `count` - 1 (white), in equal steps."""
    grey = cv2.cvtColor(np.ascontiguousarray(mask, np.float32), cv2.COLOR_RGB2GRAY)
    return np.minimum(grey * count, count - 1).astype(np.uint8)


@dataclass(frozen=True)
class Brush:
    """The width of strokes that was asked for, in pixels of the result or in mm of a print; neither: as the engine has it."""

    px: float | None = None
    mm: float | None = None

    def width_px(self, pitch_mm: float | None) -> float | None:
        """The width in pixels of `pitch_mm`; None where nothing was asked for, or mm were and nobody knows the pitch."""
        if self.mm is None:
            return self.px
        return self.mm / pitch_mm if pitch_mm else None


def pitch_of(dpi: float) -> float:
    """Size of a pixel, mm."""
    return MM_PER_INCH / dpi
