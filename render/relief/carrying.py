"""Height copied along with the paint, and adapted to paint that was laid over it later.

The source map says which painting and which place every texel of the new picture was copied from; its height is copied from
the same place. Where two copied pieces meet, heights are not cross-faded, which would cut strokes short, but joined in the
gradient domain: each side keeps its slopes, and a screened Poisson equation gives the surface that fits them best (Perez et al.
2003, doi:10.1145/882262.882269; screened: Bhat et al. 2008, doi:10.1007/978-3-540-88688-4_9).
"""

from collections.abc import Sequence

import cv2
import numpy as np
from jaxtyping import Bool, Float32, Int32, Int64

from data.errors import ShapeError
from models.relief import ReliefModel
from models.relief_bands import brush_band
from models.topography import Topography
from render.imaging.poisson import screen_from_wavelength, screened_poisson
from render.relief.relief import Origin, Relief, check_height, raised

SEAM_REACH_TEXELS = 24.0
"""Steps in height between copies are smoothed out over about this distance: several strokes, less than a feature of a face."""
_SMALLEST_MATCHED = 24    # texels: a smaller map has no spectrum to speak of
_MATCH_BLUR = 3.0         # texels over which matching fades in beside measured height


def carry_height(source: Int32[np.ndarray, "H W 3"], exemplar_heights: Sequence[Float32[np.ndarray, "h w"]], *,
                 pitch_mm: float, measured: Sequence[bool] | None = None,
                 reach_texels: float = SEAM_REACH_TEXELS) -> Relief:
    """The relief of a painting from the heights of the strokes that were copied.

    Parameters
    ----------
    source : (H, W, 3) int32
        Exemplar, row and column that each texel was copied from.
    exemplar_heights : sequence of (H_k, W_k) float32
        Height of every exemplar in mm, at the resolution the source map speaks of.
    pitch_mm : float
        Size of a texel of the print.
    measured : sequence of bool, optional
        Which exemplars' heights are registered scans; the others were inferred from colour.
    reach_texels : float
        Steps in height between copies are smoothed out over about this distance; finer relief is kept as it is.

    Returns
    -------
    Relief

    Raises
    ------
    ShapeError
        If the source map names exemplars that have no height.
    """
    heights = [check_height(height) for height in exemplar_heights]
    copied = _Copied(_checked(source, len(heights)), heights)
    right, seam_right = copied.slopes(0, 1)
    down, seam_down = copied.slopes(1, 0)
    z = screened_poisson(copied.z(), right, down, screen=screen_from_wavelength(reach_texels), dtype=np.float64)
    seam = np.zeros(z.shape, bool)
    seam[:, 1:] |= seam_right
    seam[:, :-1] |= seam_right
    seam[1:] |= seam_down
    seam[:-1] |= seam_down
    is_measured = np.asarray(measured if measured is not None else [False] * len(heights), bool)[copied.exemplar]
    origin = np.where(is_measured, np.where(seam, Origin.CARRIED, Origin.MEASURED), Origin.INFERRED).astype(np.uint8)
    z -= min(0.0, float(z.min()))
    return Relief(z, pitch_mm, origin, {"reach_texels": float(reach_texels), "exemplars": len(heights)})


def _checked(source: Int32[np.ndarray, "H W 3"], exemplars: int) -> Int32[np.ndarray, "H W 3"]:
    source = np.asarray(source)
    if source.ndim != 3 or source.shape[2] != 3:
        raise ShapeError(f"a source map must be (H, W, 3): exemplar, row, column; got {source.shape}")
    if source[..., 0].min() < 0 or source[..., 0].max() >= exemplars:
        raise ShapeError(f"the source map names exemplars {source[..., 0].min()} to {source[..., 0].max()}, "
                         f"but {exemplars} height maps were given")
    return source


class _Copied:
    """What a source map copies from the heights of exemplars."""

    def __init__(self, source: Int32[np.ndarray, "H W 3"], heights: Sequence[Float32[np.ndarray, "h w"]]) -> None:
        self.exemplar, self.row, self.column = (source[..., i].astype(np.int64) for i in range(3))
        # All heights as one flat array, so that they can be read by exemplar, row and column at once.
        self._shapes = np.array([height.shape for height in heights], np.int64)
        self._starts = np.concatenate([[0], np.cumsum(self._shapes.prod(1))[:-1]])
        self._flat = np.concatenate([height.ravel() for height in heights])

    def z(self) -> Float32[np.ndarray, "H W"]:
        """Heights as they were copied, in mm."""
        return self._read(self.exemplar, self.row, self.column)

    def slopes(self, down: int, right: int) -> tuple[Float32[np.ndarray, "h w"], Bool[np.ndarray, "h w"]]:
        """Slope from each texel to the next one down or to the right, and whether the two are of two copies.

        Each of the two copies has a slope of its own there, and the mean of both is taken: one and the same within a copy.
        """
        here = (slice(None, -1 if down else None), slice(None, -1 if right else None))
        there = (slice(down, None), slice(right, None))
        ka, ra, ca = self.exemplar[here], self.row[here], self.column[here]
        kb, rb, cb = self.exemplar[there], self.row[there], self.column[there]
        forward = self._read(ka, ra + down, ca + right) - self._read(ka, ra, ca)
        backward = self._read(kb, rb, cb) - self._read(kb, rb - down, cb - right)
        seam = (ka != kb) | (ra + down != rb) | (ca + right != cb)
        return (forward + backward) * np.float32(0.5), seam

    def _read(self, exemplar: Int64[np.ndarray, "h w"], row: Int64[np.ndarray, "h w"],
              column: Int64[np.ndarray, "h w"]) -> Float32[np.ndarray, "h w"]:
        """Heights by exemplar, row and column; places beyond an exemplar's edge are clipped to it."""
        rows, columns = self._shapes[exemplar, 0], self._shapes[exemplar, 1]
        return self._flat[self._starts[exemplar] + np.clip(row, 0, rows - 1) * columns + np.clip(column, 0, columns - 1)]


def matched(relief: Relief, topography: Topography) -> Relief:
    """The relief with the spectrum and distribution of measured paint in its brush band, where height was inferred.

    Measured and carried heights stay as they are.
    """
    inferred = (relief.origin == Origin.INFERRED).astype(np.float32)
    if min(inferred.shape) < _SMALLEST_MATCHED or not inferred.any():
        return relief
    brush = brush_band(relief.z_mm)
    share = cv2.GaussianBlur(inferred, (0, 0), _MATCH_BLUR, borderType=cv2.BORDER_REFLECT) * inferred
    return raised(relief, relief.z_mm + (topography.match(brush, relief.pitch_mm) - brush) * share, matched=True)


def overpainted_relief(relief: Relief, rgb: Float32[np.ndarray, "H W 3"], moved: Bool[np.ndarray, "H W"],
                       model: ReliefModel) -> Relief:
    """A relief that follows paint laid over what was copied; both are joined as two copies are.

    Parameters
    ----------
    relief : Relief
        Of the strokes that were copied.
    rgb : (H, W, 3) float32 in [0, 1]
        sRGB of the painting as it is now.
    moved : (H, W) bool
        Where later paint lies: slopes are those that the relief model reads from the painting there.
    model : ReliefModel
        Its reading is not matched to measured paint here: that is for the relief as a whole.

    Returns
    -------
    Relief
    """
    if not moved.any():
        return relief
    inferred = model.predict(rgb, relief.pitch_mm, match=False)
    # The model's heights may lie higher or lower than the copied ones as a whole, so they are shifted to the same mean.
    level = np.where(moved, inferred - float(inferred[moved].mean()) + float(relief.z_mm[moved].mean()), relief.z_mm)
    right, down = (np.where(either, np.diff(inferred, axis=axis), np.diff(relief.z_mm, axis=axis)) for axis, either in
                   ((1, moved[:, 1:] | moved[:, :-1]), (0, moved[1:] | moved[:-1])))
    z = screened_poisson(level, right, down, screen=screen_from_wavelength(SEAM_REACH_TEXELS), dtype=np.float64)
    z -= min(0.0, float(z.min()))
    return Relief(z, relief.pitch_mm, np.where(moved, Origin.INFERRED, relief.origin).astype(np.uint8),
                  {**relief.provenance, "painted_over": float(moved.mean())})
