"""A painting at a larger size, painted over in finer and finer strokes.

The painting is drawn at the wanted size with steepened edges, and painted over: broad strokes first, then strokes half
as wide, down to single bristles, each along the direction of the paint below it, in the colour found there, with rims,
furrows and a piled-up end. A stroke is left out or shortened where its colour would not fit, so that features stay. How
much strokes differ in colour and height is what the painting's own sharpest passages show at its finest scale, falling
from octave to octave as measured paint does.

Which strokes lie over a texel, and in which order, follows from hashes of their places alone (as dabs do in sparse
convolution noise, Lewis 1989, doi:10.1145/74334.74360), so neither the size of tiles nor the number of threads can be
seen in the result.
"""

from typing import NamedTuple

import cv2
import numpy as np
from jaxtyping import Float32, Float64, UInt16

from data.colour import UINT16_MAX
from render.enlarge.print_strokes import Painting, Print, paint_blocks

STRIP_ROWS = 512        # painted at once
# Width of the broadest strokes in painted texels; each octave halves it, down to strokes a few texels of the print wide.
_BROADEST = 4.0
_FINEST_PX = 9.0
_MOST_OCTAVES = 7
_HARDLY_LARGER = 1.25   # up to this factor a picture is only enlarged
# Bristles leave furrows of 3 to 70 micrometres (Ji et al. 2021, doi:10.1186/s40494-021-00618-w); never less than this.
_FURROW_MM = np.float32(0.004)

# Sigmas in texels of the painting.
_NEAR, _FAR = 0.8, 3.0          # what strokes differ in is finer than the first, edges are found above the second
_DIRECTION = 2.5                # the direction of strokes is as smooth as this
_RELIEF = 1.5                   # what strokes differ in height is finer than this
_SPREAD = 3.0                   # over which amplitudes are measured
_EDGE, _EDGE_AROUND = 0.8, 4.0  # of the edge map, and of its surroundings that it is measured against
_DARK = np.float32(0.02)        # light below which logarithms say nothing
_RELIEF_WEIGHT = np.float32(0.1)  # slopes of the height against those of the light, in its standard deviations
_STEEPER, _MOST_STEEPER = 0.25, 0.45  # how far from an edge colours are read, per unit of its slope and at most


class Strip(NamedTuple):
    """A part of a print: so many `rows` from row `start` on, in all `columns`."""

    start: int
    rows: int
    columns: int


def overpaint(colour: Float32[np.ndarray, "h w 3"], shape: tuple[int, int], *, seed: int = 0) -> Float32[np.ndarray, "H W 3"]:
    """A painting enlarged in strokes, as a print is. Where it is hardly smaller, it is only enlarged.

    Parameters
    ----------
    colour : (h, w, 3) float32
        sRGB in [0, 1].
    shape : (rows, columns)
        Of the result, no smaller than the painting.
    seed : int
        Another seed gives other strokes.

    Returns
    -------
    (rows, columns, 3) float32 in [0, 1]
    """
    colour = np.ascontiguousarray(colour, np.float32)
    rows, columns = shape
    factor = columns / colour.shape[1]
    painting, widths = read_painting(colour, np.zeros(colour.shape[:2], np.float32)), stroke_widths(factor)
    result = np.empty((rows, columns, 3), np.float32)
    for start in range(0, rows, STRIP_ROWS):
        strip = Strip(start, min(STRIP_ROWS, rows - start), columns)
        pixels, _ = paint_strip(painting, strip, bare_print(factor, seed), widths)
        np.multiply(pixels, np.float32(1 / UINT16_MAX), out=result[start:start + strip.rows])
    return result


def stroke_widths(factor: float) -> Float64[np.ndarray, " N"]:
    """Widths of the strokes, broad to fine, in texels of a print `factor` times larger; none if it is hardly larger."""
    widths = _BROADEST * factor * 0.5 ** np.arange(12)
    return np.ascontiguousarray(widths[widths >= _FINEST_PX][:_MOST_OCTAVES]) if factor > _HARDLY_LARGER else np.empty(0)


def bare_print(factor: float, seed: int) -> Print:
    """A print `factor` times larger than its painting, without canvas or height."""
    return Print(factor, np.uint64(seed), np.float32(0.0), np.float32(1.0), np.float32(0.0))


def paint_strip(painting: Painting, strip: Strip, wanted: Print, widths: Float64[np.ndarray, " N"], *,
                block_px: int = STRIP_ROWS) -> tuple[UInt16[np.ndarray, "h w 3"], UInt16[np.ndarray, "h w"]]:
    """Colour and height of some rows of a print.

    Parameters
    ----------
    painting : Painting
        From `read_painting`.
    strip : Strip
    wanted : Print
        Size, seed, canvas and units of the print.
    widths : (N,) float64
        From `stroke_widths`.
    block_px : int
        Columns computed at once; it does not change the result.

    Returns
    -------
    pixels, units : (rows, columns, 3) and (rows, columns) uint16
    """
    pixels = np.empty((strip.rows, strip.columns, 3), np.uint16)
    units = np.empty((strip.rows, strip.columns), np.uint16)
    paint_blocks(pixels, units, strip.start, block_px, widths, painting, wanted)
    return pixels, units


def read_painting(colour: Float32[np.ndarray, "H W 3"], z: Float32[np.ndarray, "H W"]) -> Painting:
    """What a painting (sRGB in [0, 1]; height in mm) says about the strokes to lay over it."""
    light = np.log(colour.mean(-1) + _DARK)
    near = _blurred(light, _NEAR)
    # What differs from stroke to stroke at the finest scale; a passage that a soft scan has blurred gets a third of
    # what the sharpest ones show.
    colour_amplitude = _local_spread(light - near)
    height_amplitude = np.maximum(_local_spread(z - _blurred(z, _RELIEF)), _FURROW_MM)
    return Painting(colour, np.ascontiguousarray(z), _steepening(_blurred(light, _FAR)), _direction(near, z),
                    height_amplitude, colour_amplitude)


def _direction(light, z):
    """(H, W, 2) float32: cosine and sine of twice the angle along strokes (doubled, so that it may be interpolated)."""
    gx, gy = _slopes(light)
    hx, hy = (slope / max(float(z.std()), 1e-6) * _RELIEF_WEIGHT for slope in _slopes(z))
    xx, xy, yy = (_blurred(a * b + c * d, _DIRECTION) for a, b, c, d in
                  ((gx, gx, hx, hx), (gx, gy, hx, hy), (gy, gy, hy, hy)))
    cos2, sin2 = yy - xx, -2 * xy
    length = np.hypot(cos2, sin2) + np.float32(1e-9)
    return np.stack([cos2 / length, sin2 / length], -1).astype(np.float32)


def _steepening(light):
    """(H, W, 2) float32: texels (x, y) away from the middle of edges; reading there makes edges steeper (J. Arad and
    C. Gotsman 1999, doi:10.1109/83.777088)."""
    edge = _blurred(np.hypot(*_slopes(light)), _EDGE)
    edge /= _blurred(edge, _EDGE_AROUND) + np.float32(1e-3)
    return np.stack([-np.clip(slope * _STEEPER, -_MOST_STEEPER, _MOST_STEEPER) for slope in _slopes(edge)],
                    -1).astype(np.float32)


def _slopes(field):
    """Slopes of an (H, W) field along x and y, times eight (Sobel)."""
    return cv2.Sobel(field, cv2.CV_32F, 1, 0), cv2.Sobel(field, cv2.CV_32F, 0, 1)


def _blurred(field, sigma):
    return cv2.GaussianBlur(field, (0, 0), sigma, borderType=cv2.BORDER_REFLECT)


def _local_spread(fine):
    """Local standard deviation of a band, kept between a third of its sharpest passages' and theirs, (H, W) float32."""
    spread = np.sqrt(_blurred(fine * fine, _SPREAD))
    sharp = np.percentile(spread, 95)
    return np.clip(spread, sharp / 3, sharp).astype(np.float32)
