"""What an enlargement will be, and what it begins with: the painting as its scans show it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from jaxtyping import Bool, Float, Float32, Int32

from data.progress import Progress
from data.units import MM_PER_INCH
from models.alignment import Frame
from models.relief import ReliefModel
from models.view import View
from models.warping import warp_field
from render.enlarge.enlarge import print_size
from render.enlarge.scan_detail import DetailSource, add_scan_detail, detail_factor

_BYTES_PER_TEXEL = 8    # three times 16 bits of colour and 16 of height, before compression


@dataclass(frozen=True)
class PrintSize:
    """A print of a painting of `columns` x `rows` texels: `width_mm`, and the texels of its width and height."""

    columns: int
    rows: int
    width_mm: float
    width_px: int
    height_px: int

    @classmethod
    def of(cls, shape: tuple[int, int], pitch_mm: float, *, width_mm: float | None = None, dpi: float | None = None,
           megapixels: float | None = None) -> "PrintSize":
        """The size that was asked for.

        Parameters
        ----------
        shape : (rows, columns)
            Of the painting.
        pitch_mm : float
            Of its texels.
        width_mm : float, optional
            Of the print; None: as painted.
        dpi, megapixels : float
            Resolution or number of texels of the print, one of the two.

        Returns
        -------
        PrintSize

        Raises
        ------
        UsageError
            If the print would be smaller than the painting, or too large to be written.
        """
        rows, columns = shape
        width = columns * pitch_mm if width_mm is None else width_mm
        if dpi is not None:
            width_px = round(width / MM_PER_INCH * dpi)
        elif megapixels is not None:
            width_px = round((megapixels * 1e6 * columns / rows) ** 0.5)
        else:
            raise ValueError("expected dpi or megapixels, got neither")
        return cls(columns, rows, width, width_px, print_size(shape, width_px)[0])

    @property
    def pitch_mm(self) -> float:
        """Size of a texel of the painting in this print."""
        return self.width_mm / self.columns

    @property
    def times(self) -> float:
        """Texels of the print to a texel of the painting."""
        return self.width_px / self.columns

    def sentence(self) -> str:
        """The size in words."""
        texels = self.width_px * self.height_px
        return (f"{self.width_px} x {self.height_px} texels ({texels / 1e6:.0f} megapixels), {self.width_mm:.1f} x "
                f"{self.width_mm * self.rows / self.columns:.1f} mm at {MM_PER_INCH * self.width_px / self.width_mm:.0f} dpi")

    def gigabytes(self) -> float:
        """Size of the files at the most."""
        return self.width_px * self.height_px * _BYTES_PER_TEXEL / 1e9


class PaintedTexels(NamedTuple):
    """A painting: `rgb` (H, W, 3) float32 in [0, 1], `z_mm` (H, W) float32, `pitch_mm` of a texel, and how many `times_finer`
    it is than it was painted."""

    rgb: Float32[np.ndarray, "H W 3"]
    z_mm: Float32[np.ndarray, "H W"]
    pitch_mm: float
    detail_factor: int = 1


@dataclass(frozen=True, eq=False)
class ScanReading:
    """What finer scans show of a painting: how many `times` finer they are, and where each exemplar's texels lie in its
    scan."""

    source: Int32[np.ndarray, "H W 3"]
    lenders: Sequence[DetailSource]
    times: int

    @classmethod
    def of(cls, source: Int32[np.ndarray, "H W 3"], exemplars: Sequence[View], landmarks_xy: Float[np.ndarray, "68 2"],
           frame: Frame, most: float, *,
           fields: Mapping[int, Float32[np.ndarray, "H W 2"]] | None = None) -> "ScanReading":
        """Look how much finer the scans are than the painting.

        Parameters
        ----------
        source : (H, W, 3) int32
            Exemplar, row and column that each texel was copied from.
        exemplars : sequence of View
            In the order of the source map's numbers.
        landmarks_xy : (68, 2)
            The layout, in texels of `frame`.
        frame : Frame
            The canvas.
        most : float
            As many times finer at the most.
        fields : mapping, optional
            Number of an exemplar -> where its texels lie in its scan, where its face does not say it.

        Returns
        -------
        ScanReading
        """
        known = fields or {}
        lenders = [DetailSource(view, known[number] if number in known else warp_field(view.landmarks_xy, landmarks_xy, frame))
                   for number, view in enumerate(exemplars)]
        return cls(source, lenders, detail_factor(source, lenders, most))

    def seen(self, painted: PaintedTexels, model: ReliefModel, *, moved: Bool[np.ndarray, "H W"] | None = None,
             progress: Progress | None = None) -> PaintedTexels:
        """The painting in finer texels, with what the scans show in them.

        Parameters
        ----------
        painted : PaintedTexels
        model : ReliefModel
            Reads the height of what becomes visible.
        moved : (H, W) bool, optional
            Where other paint lies over what was copied: nothing is read there.
        progress : callable (done, total), optional

        Returns
        -------
        PaintedTexels
        """
        rgb, z_mm, pitch_mm = add_scan_detail(painted.rgb, painted.z_mm, painted.pitch_mm, self.source, self.lenders,
                                          self.times, model, moved=moved, progress=progress)
        return PaintedTexels(rgb, z_mm, pitch_mm, self.times)
