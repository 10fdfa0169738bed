"""The painting at the resolution of the scans it was copied from.

A portrait is painted at one size of texel, whatever the scans hold. The source map says from which place of which scan
every texel came; where scans are finer than the texels, what they show within a texel is read from that very place, so
that a large print begins with the master's own strokes before any are invented (`render.enlarge.enlarge`). Scans are read by
windows, and the painting grows to 16 megapixels at the most, so memory does not depend on how large they are.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import cv2
import numpy as np
from jaxtyping import Bool, Float32, Int32

from data.progress import Progress
from data.scan import read_scan
from models.relief import ReliefModel
from models.relief_bands import brush_band

_MOST_TEXELS = 16e6             # of the painting with the detail of its scans
_WINDOW_PX = 4096
_CHUNK = 16384                  # texels looked up at once
_SHARP_SHARE = 0.25             # of the paint comes from scans at least as sharp as the painting is made
_ALMOST = 0.3                   # a factor of 3.7 and more counts as 4
_WORTH_READING = 1.2            # pixels to a texel; a scan no finer than that has shown all it holds
# As much as paint differs from its surroundings within a texel (logarithm of light); more is a scratch or a JPEG block.
_MOST_DETAIL = np.float32(0.35)
_DARK = np.float32(0.03)        # light below which logarithms say nothing
_TEXEL = 0.4        # sigma, in texels, of what a texel of the painting shows of its scan; 0.4 brought drawn scans back best
_ALIASING = 1.5                 # pixels to a texel of the result, from which a scan is smoothed before it is read
_STRETCH = (0.3, 3.0)           # least and most that the relief read from the scans is stretched


class ScanView(Protocol):
    """What is needed of a `models.view.View`: a scan, perhaps mirrored, and the box (x, y, width, height) of the picture in
    it, in pixels of the mirrored scan."""

    @property
    def path(self) -> Path | str:
        """Of the scan."""

    @property
    def width_px(self) -> int:
        """Of the scan."""

    @property
    def height_px(self) -> int:
        """Of the scan."""

    @property
    def mirrored(self) -> bool:
        """Whether the sitter is seen in a mirror."""

    @property
    def content_box(self) -> Sequence[float]:
        """(x, y, width, height) of the painted surface."""


@dataclass(frozen=True, eq=False)
class DetailSource:
    """An exemplar of a source map: its scan, and where its texels lie in the scan (in its mirror image for a mirrored view),
    (x, y) in pixels."""

    view: ScanView
    field: Float32[np.ndarray, "H W 2"]

    @property
    def pixels_per_texel(self) -> float:
        """Pixels of the scan to a texel of the painting, the median."""
        return float(np.median(np.abs(np.diff(self.field[..., 0], axis=1))))


def detail_factor(source: Int32[np.ndarray, "H W 3"], exemplars: Sequence[DetailSource], most: float) -> int:
    """How many times finer than the painting its sharper scans are.

    Parameters
    ----------
    source : (H, W, 3) int32
        Exemplar, row and column that each texel was copied from.
    exemplars : sequence of DetailSource
        In the source map's order.
    most : float
        The result is no larger.

    Returns
    -------
    int, 1 or more
        A quarter of the paint comes from scans at least as sharp as that; softer ones are enlarged to it.
    """
    shares = np.bincount(source[..., 0].ravel(), minlength=len(exemplars))
    order = np.argsort([exemplar.pixels_per_texel for exemplar in exemplars], kind="stable")
    reached = np.cumsum(shares[order]) >= (1 - _SHARP_SHARE) * shares.sum()
    sharp = exemplars[order[np.argmax(reached)]].pixels_per_texel
    most = min(most, np.sqrt(_MOST_TEXELS / source[..., 0].size))
    return max(1, int(min(sharp + _ALMOST, most)))


def add_scan_detail(colour: Float32[np.ndarray, "H W 3"], z_mm: Float32[np.ndarray, "H W"], pitch_mm: float,
                    source: Int32[np.ndarray, "H W 3"], exemplars: Sequence[DetailSource], factor: int, model: ReliefModel,
                    *, moved: Bool[np.ndarray, "H W"] | None = None, window_px: int = _WINDOW_PX,
                    progress: Progress | None = None,
                    ) -> tuple[Float32[np.ndarray, "h w 3"], Float32[np.ndarray, "h w"], float]:
    """A painting in texels `factor` times finer, with what the scans show in them.

    Parameters
    ----------
    colour : (H, W, 3) float32
        sRGB in [0, 1].
    z_mm : (H, W) float32
        Height above the base.
    pitch_mm : float
        Size of a texel.
    source : (H, W, 3) int32
        Exemplar, row and column that each texel was copied from.
    exemplars : sequence of DetailSource
        In the source map's order.
    factor : int
        From `detail_factor`.
    model : ReliefModel
        Reads the height of what became visible.
    moved : (H, W) bool, optional
        Where other paint lies over what was copied: nothing is read there.
    window_px : int
        Side of the windows that scans are read by.
    progress : callable(done, total), optional
        Called after each scan, and at the end.

    Returns
    -------
    colour : (H x factor, W x factor, 3) float32
    z_mm : (H x factor, W x factor) float32
    pitch_mm : float
        Of the finer texels.
    """
    steps = len(exemplars) + 1
    known = np.ones(z_mm.shape, bool) if moved is None else ~moved
    # The detail is as large as the result: nothing here may keep it.
    finer = _brightened(colour, _all_detail(source, exemplars, factor, known, window_px, progress))
    z = _with_relief(z_mm, model.predict(finer, pitch_mm / factor, match=False))
    if progress:
        progress(steps, steps)
    return finer, z, pitch_mm / factor


def _all_detail(source, exemplars, factor, known, window_px, progress):
    """(H x factor, W x factor, 3) float32: what the scans show where the painting is `known` to be theirs; see
    `_read_detail`."""
    height, width = known.shape
    detail = np.zeros((height, factor, width, factor, 3), np.float32)
    for number, exemplar in enumerate(exemplars):
        if exemplar.pixels_per_texel > _WORTH_READING:
            _read_detail(detail, (source[..., 0] == number) & known, source, exemplar, window_px)
        if progress:
            progress(number + 1, len(exemplars) + 1)
    return detail.reshape(height * factor, width * factor, 3)


def _brightened(colour, detail):
    """The picture at the size of `detail`, its light changed by that much; `detail` is used up."""
    finer = cv2.resize(np.ascontiguousarray(colour, np.float32), detail.shape[1::-1], interpolation=cv2.INTER_CUBIC)
    np.maximum(finer, 0, out=finer)
    finer += _DARK
    finer *= np.exp(detail, out=detail)
    finer -= _DARK
    return np.clip(finer, 0, 1, out=finer)


def _with_relief(z_mm, read):
    """The height at the size of `read`, with the relief that was read there and that its own texels do not show; `read` is
    used up."""
    size = read.shape[::-1]
    z = cv2.resize(np.ascontiguousarray(z_mm, np.float32), size, interpolation=cv2.INTER_CUBIC)
    known = cv2.resize(read, z_mm.shape[::-1], interpolation=cv2.INTER_AREA)
    # As much higher or lower than read as the relief of the painting is, which may have been stretched.
    stretch = np.clip(brush_band(z_mm).std() / max(float(brush_band(known).std()), 1e-6), *_STRETCH)
    read -= cv2.resize(known, size, interpolation=cv2.INTER_CUBIC)
    return np.maximum(z + np.float32(stretch) * read, 0).astype(np.float32)


def _read_detail(detail, wanted, source, exemplar, window_px):
    """Fill `detail` (H, factor, W, factor, 3) where `wanted`: logarithm of light against that of a whole texel."""
    rows, columns = np.nonzero(wanted)
    if not len(rows):
        return
    view, field = exemplar.view, exemplar.field
    copied = np.clip(source[rows, columns, 1:], 0, np.array(field.shape[:2]) - 1)
    middle = field[copied[:, 0], copied[:, 1]]
    x0, y0, box_width, box_height = (int(side) for side in view.content_box)
    inside = ((middle - [x0, y0] >= 0) & (middle - [x0, y0] < [box_width, box_height])).all(1)
    places = (np.floor(middle / window_px)).astype(np.int64)
    factor = detail.shape[1]
    margin = int(np.ceil(4 * exemplar.pixels_per_texel)) + 4
    for place in np.unique(places[inside], axis=0):
        here = np.flatnonzero(inside & (places == place).all(1))
        low = np.maximum(np.floor(middle[here].min(0)).astype(int) - margin, 0)
        high = np.minimum(np.ceil(middle[here].max(0)).astype(int) + margin + 1, [view.width_px, view.height_px])
        window = _scan_window(view, low, high, exemplar.pixels_per_texel, factor)
        for some in np.split(here, range(_CHUNK, len(here), _CHUNK)):
            at = _places_within(field, copied[some], factor) - low.astype(np.float32)
            values = cv2.remap(window, at[..., 0], at[..., 1], cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
            detail[rows[some], :, columns[some]] = values.reshape(len(some), factor, factor, 3)


def _places_within(field, texels_rc, factor):
    """(N, factor x factor, 2) float32: where the parts of N texels (row, column) of an exemplar lie in its scan.

    Its neighbours in the exemplar, not those on the canvas, say how a texel lies.
    """
    within = (np.arange(factor, dtype=np.float32) + np.float32(0.5)) / factor - np.float32(0.5)
    y = (texels_rc[:, 0, None, None] + within[:, None]).astype(np.float32)
    x = (texels_rc[:, 1, None, None] + within[None]).astype(np.float32)
    count = len(texels_rc)
    y, x = (np.broadcast_to(axis, (count, factor, factor)).reshape(count, -1) for axis in (y, x))
    return cv2.remap(field, np.ascontiguousarray(x), np.ascontiguousarray(y), cv2.INTER_LINEAR,
                     borderMode=cv2.BORDER_REPLICATE)


def _scan_window(view, low, high, pixels_per_texel, factor):
    """What a window of a scan, from pixel `low` to `high` (x, y), shows that is finer than a texel of the painting,
    (h, w, 3) float32."""
    left = view.width_px - high[0] if view.mirrored else low[0]
    rgb = read_scan(view.path, window=(int(left), int(low[1]), int(high[0] - low[0]), int(high[1] - low[1])))
    light = np.log(np.ascontiguousarray(rgb[:, ::-1] if view.mirrored else rgb) + _DARK)
    texel = cv2.GaussianBlur(light, (0, 0), _TEXEL * pixels_per_texel, borderType=cv2.BORDER_REFLECT)
    if pixels_per_texel > _ALIASING * factor:
        light = cv2.GaussianBlur(light, (0, 0), _TEXEL * pixels_per_texel / factor, borderType=cv2.BORDER_REFLECT)
    return np.clip(light - texel, -_MOST_DETAIL, _MOST_DETAIL)
