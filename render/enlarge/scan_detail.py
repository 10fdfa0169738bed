"""The painting at the resolution of the scans it was copied from.

A portrait is painted at one size of texel, whatever the scans hold. The source map says from which place of which scan
every texel came; where scans are finer than the texels, what they show within a texel is read from that very place, so
that a large print begins with the master's own strokes before any are invented (`render.enlarge.enlarge`). Scans are read by
windows, and the painting grows to 16 megapixels at the most, so memory does not depend on how large they are.
"""

from dataclasses import dataclass

import cv2
import numpy as np

from data.scan import read_scan
from models.relief_bands import brush_band

_MOST_TEXELS = 16e6
_WINDOW_PX = 4096
# As much as paint differs from its surroundings within a texel (logarithm of light); more is a scratch or a JPEG block.
_MOST_DETAIL = np.float32(0.35)
_DARK = np.float32(0.03)
_TEXEL = 0.4        # sigma, in texels, of what a texel of the painting shows of its scan; 0.4 brought drawn scans back best
_CHUNK = 16384      # texels looked up at once


@dataclass(frozen=True, eq=False)
class DetailSource:
    """An exemplar of a source map: `view` (`models.view.View`), `field` (H, W, 2) float32, where its texels lie in the scan
    (in its mirror image for a mirrored view), in pixels."""

    view: object
    field: np.ndarray

    @property
    def finer(self):
        """Pixels of the scan to a texel of the painting."""
        return float(np.median(np.abs(np.diff(self.field[..., 0], axis=1))))


def times_finer(source, lenders, most):
    """How many times finer than the painting its sharper scans are, a whole number, at most `most` and at least 1.

    A quarter of the paint comes from scans at least as sharp as that; softer ones are enlarged to it.
    """
    shares = np.bincount(source[..., 0].ravel(), minlength=len(lenders))
    order = np.argsort([lender.finer for lender in lenders], kind="stable")
    reached = np.cumsum(shares[order]) >= 0.75 * shares.sum()
    sharp = lenders[order[np.argmax(reached)]].finer
    most = min(most, np.sqrt(_MOST_TEXELS / source[..., 0].size))
    return max(1, int(min(sharp + 0.3, most)))


def look_closer(colour, z_mm, pitch_mm, source, lenders, times, model, *, moved=None, window_px=_WINDOW_PX, progress=None):
    """A painting in texels so many times finer, with what the scans show in them.

    Parameters
    ----------
    colour : (H, W, 3) float32
        sRGB in [0, 1].
    z_mm : (H, W) float32
    pitch_mm : float
    source : (H, W, 3) int32
        Exemplar, row and column that each texel was copied from.
    lenders : sequence of DetailSource
        The exemplars, in the source map's order.
    times : int
    model : ReliefModel
        Reads the height of what became visible.
    moved : (H, W) bool, optional
        Where other paint lies over what was copied: nothing is read there.
    window_px : int
        Side of the windows that scans are read by.
    progress : callable(done, total), optional

    Returns
    -------
    colour (H x times, W x times, 3) float32, z_mm (H x times, W x times) float32, pitch_mm
    """
    height, width = z_mm.shape
    size = (width * times, height * times)
    detail = np.zeros((height, times, width, times, 3), np.float32)
    for number, lender in enumerate(lenders):
        # A scan no finer than the painting has shown all it holds.
        if lender.finer > 1.2:
            wanted = source[..., 0] == number
            _read_detail(detail, wanted if moved is None else wanted & ~moved, source, lender, times, window_px)
        if progress:
            progress(number + 1, len(lenders) + 1)
    finer = cv2.resize(np.ascontiguousarray(colour, np.float32), size, interpolation=cv2.INTER_CUBIC)
    np.maximum(finer, 0, out=finer)
    finer += _DARK
    finer *= np.exp(detail, out=detail).reshape(finer.shape)
    finer -= _DARK
    del detail
    np.clip(finer, 0, 1, out=finer)
    z = cv2.resize(np.ascontiguousarray(z_mm, np.float32), size, interpolation=cv2.INTER_CUBIC)
    read = model.predict(finer, pitch_mm / times, match=False)
    known = cv2.resize(read, (width, height), interpolation=cv2.INTER_AREA)
    # As much higher or lower than read as the relief of the painting is, which may have been stretched.
    stretched = np.clip(brush_band(z_mm).std() / max(float(brush_band(known).std()), 1e-6), 0.3, 3.0)
    read -= cv2.resize(known, size, interpolation=cv2.INTER_CUBIC)
    z = np.maximum(z + np.float32(stretched) * read, 0)
    if progress:
        progress(len(lenders) + 1, len(lenders) + 1)
    return finer, z.astype(np.float32), pitch_mm / times


def _read_detail(detail, wanted, source, lender, times, window_px):
    """Fill `detail` (H, times, W, times, 3) where `wanted`: logarithm of light against that of a whole texel."""
    rows, columns = np.nonzero(wanted)
    if not len(rows):
        return
    view, field = lender.view, lender.field
    copied = np.clip(source[rows, columns, 1:], 0, np.array(field.shape[:2]) - 1)
    middle = field[copied[:, 0], copied[:, 1]]
    x0, y0, box_width, box_height = (int(side) for side in view.content_box)
    inside = ((middle - [x0, y0] >= 0) & (middle - [x0, y0] < [box_width, box_height])).all(1)
    places = (np.floor(middle / window_px)).astype(np.int64)
    within = (np.arange(times, dtype=np.float32) + np.float32(0.5)) / times - np.float32(0.5)
    margin = int(np.ceil(4 * lender.finer)) + 4
    for place in np.unique(places[inside], axis=0):
        here = np.flatnonzero(inside & (places == place).all(1))
        low = np.maximum(np.floor(middle[here].min(0)).astype(int) - margin, 0)
        high = np.minimum(np.ceil(middle[here].max(0)).astype(int) + margin + 1, [view.width_px, view.height_px])
        bands = _band(view, low, high, lender.finer, times)
        for some in np.split(here, range(_CHUNK, len(here), _CHUNK)):
            # Texels within a texel: its neighbours in the exemplar, not on the canvas, say where they lie.
            y = (copied[some, 0, None, None] + within[:, None]).astype(np.float32)
            x = (copied[some, 1, None, None] + within[None]).astype(np.float32)
            y, x = (np.broadcast_to(axis, (len(some), times, times)).reshape(len(some), -1) for axis in (y, x))
            at = cv2.remap(field, np.ascontiguousarray(x), np.ascontiguousarray(y), cv2.INTER_LINEAR,
                           borderMode=cv2.BORDER_REPLICATE) - low.astype(np.float32)
            values = cv2.remap(bands, at[..., 0], at[..., 1], cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
            detail[rows[some], :, columns[some]] = values.reshape(len(some), times, times, 3)


def _band(view, low, high, finer, times):
    """What a window of a scan shows that is finer than a texel of the painting, (h, w, 3) float32."""
    left = view.width_px - high[0] if view.mirrored else low[0]
    rgb = read_scan(view.path, window=(int(left), int(low[1]), int(high[0] - low[0]), int(high[1] - low[1])))
    light = np.log(np.ascontiguousarray(rgb[:, ::-1] if view.mirrored else rgb) + _DARK)
    body = cv2.GaussianBlur(light, (0, 0), _TEXEL * finer, borderType=cv2.BORDER_REFLECT)
    if finer > 1.5 * times:
        light = cv2.GaussianBlur(light, (0, 0), 0.4 * finer / times, borderType=cv2.BORDER_REFLECT)
    return np.clip(light - body, -_MOST_DETAIL, _MOST_DETAIL)
