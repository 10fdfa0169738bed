"""Where in a scan the painting lies: without black or white borders, letterbox margins, colour bars and frames.

Every rule asks for something that only a photograph of a painting has and a painting has not: lines of one colour, up to the
noise of the camera, that end everywhere at once; or a straight edge along all four sides. Old paintings have backgrounds
that are nearly black. These are neither as even as a margin, nor do they end on a straight line: they stay.
"""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from jaxtyping import Float32

from data.errors import ShapeError

# Colour differences are in units of 8-bit values: the greatest in any channel.
_EVEN = 10 / 255  # a margin's own unevenness, at most
_LEAST_EVEN = 4 / 255  # what even a perfect margin is allowed, for the camera's noise
_STEP = 6 / 255  # by how much the painting must differ from a margin where it begins
_BLACK, _WHITE = 14 / 255, 235 / 255  # darker and lighter than this, one side alone may be a margin

# Largest share of the picture's side that a margin, a colour bar or a frame may take; anything larger is taken for painting.
_MOST_MARGIN, _MOST_BAR, _MOST_FRAME = 0.35, 0.25, 0.12
_LEAST_LEFT = 0.3  # share of either side that must be left when everything is cut away
# Beside a margin that was found the painting's rim is ragged and shaded: leave this share of the side out as well.
_RIM = 0.003
_LEAST_SIDE_PX = 32  # smaller pictures are left as they are

_MARGIN_COVERS = 0.95  # share of a line that must have the margin's colour
_TYPICAL = 0.75  # a margin's noise is measured at this quantile of its outermost line
_MARGIN_ENDS = 0.6  # share of a line that must differ where the margin ends
_RAMP = 0.012  # within this share of the side the end must come: painted darkness thins out more gradually

_BAR_NEIGHBOUR = 40 / 255  # patches of a colour bar differ by this from the even band beside it
_BAR_LEAST_PX = 4  # thinner strips are no bars
_BAR_FLAT = 5 / 255  # steps between neighbouring pixels within a patch of a bar
_BAR_LEAST_PATCHED, _BAR_LEAST_FLAT, _BAR_LEAST_COLOURS = 0.2, 0.8, 4  # share of patches, of flat pixels; colours in all

_FRAME_EDGE = 10 / 255  # step of lightness across the inner edge of a frame
_FRAME_COVERS = 0.9  # share of the side along which that edge must run


class _Box(NamedTuple):
    """Part of a picture, in its pixels; `right` and `bottom` are the first ones outside."""

    left: int
    top: int
    right: int
    bottom: int


def find_content_box(rgb: Float32[np.ndarray, "H W 3"]) -> tuple[float, float, float, float]:
    """The part of a scan that shows the painting, as shares of the scan's width and height.

    Made for scans reduced to about 1000 px. It would rather leave a border in than cut into the painting.

    Parameters
    ----------
    rgb : (H, W, 3) float32
        sRGB in [0, 1].

    Returns
    -------
    (x, y, w, h) : tuple of float
        Shares in [0, 1] of width and height; (0, 0, 1, 1) where there is nothing to leave out.

    Raises
    ------
    ShapeError
        If `rgb` is no picture of three channels.
    """
    rgb = np.asarray(rgb, np.float32)
    if rgb.ndim != 3 or rgb.shape[2] != 3:
        raise ShapeError(f"content_box wants a picture (H, W, 3), got {rgb.shape}")
    height, width = rgb.shape[:2]
    if min(height, width) < _LEAST_SIDE_PX:
        return 0.0, 0.0, 1.0, 1.0
    box = _without_margins(rgb, _Box(0, 0, width, height))
    box = _without_bars(rgb, box)
    box = _without_margins(rgb, box)
    box = _without_frame(rgb, box)
    left, top, right, bottom = box
    if right - left < _LEAST_LEFT * width or bottom - top < _LEAST_LEFT * height:
        return 0.0, 0.0, 1.0, 1.0
    return left / width, top / height, (right - left) / width, (bottom - top) / height


def box_in_pixels(shares: Sequence[float], width_px: int, height_px: int) -> tuple[int, int, int, int]:
    """A content box as whole pixels of a scan of this size.

    Parameters
    ----------
    shares : (x, y, w, h)
        As `find_content_box` gives them.
    width_px, height_px : int
        Size of the scan.

    Returns
    -------
    (x, y, w, h) : tuple of int
        Rounded inwards, so that it never leaves the scan; at least one pixel wide and high.
    """
    x, y, w, h = shares
    left, top = int(np.ceil(x * width_px - 1e-6)), int(np.ceil(y * height_px - 1e-6))
    right, bottom = int((x + w) * width_px + 1e-6), int((y + h) * height_px + 1e-6)
    return left, top, max(1, right - left), max(1, bottom - top)


def _sides(picture: np.ndarray, box: _Box) -> tuple[np.ndarray, ...]:
    """The picture within `box` four times, so that the first rows are its left, top, right and bottom side."""
    inner = picture[box.top:box.bottom, box.left:box.right]
    sideways = inner.swapaxes(0, 1)
    return sideways, inner, sideways[::-1], inner[::-1]


def _less(box: _Box, cuts: Sequence[int]) -> _Box:
    """`box` made smaller by `cuts`: pixels taken off its left, top, right and bottom side."""
    left, top, right, bottom = cuts
    return _Box(box.left + left, box.top + top, box.right - right, box.bottom - bottom)


def _without_margins(rgb: np.ndarray, box: _Box) -> _Box:
    """`box` less its margins.

    A margin on one side alone counts if it is black or white. A margin of another colour counts only if a second side has one
    like it: painters liked to put an evenly painted parapet in front of their sitters.
    """
    found = [_margin(lines) for lines in _sides(rgb, box)]
    cuts = []
    for side, (cut, colour) in enumerate(found):
        alike = any(other_cut and np.abs(other - colour).max() < _STEP
                    for number, (other_cut, other) in enumerate(found) if number != side)
        cuts.append(cut if alike or colour.max() < _BLACK or colour.min() > _WHITE else 0)
    return _less(box, cuts)


def _without_bars(rgb: np.ndarray, box: _Box) -> _Box:
    """`box` less colour and grey bars."""
    return _less(box, [_bar(lines) for lines in _sides(rgb, box)])


def _unlike(lines: np.ndarray, colour: np.ndarray) -> np.ndarray:
    """(N, L) greatest difference in any channel between lines (N, L, 3) and a colour (3,)."""
    return np.abs(lines - colour).max(-1)


def _margin(lines: np.ndarray) -> tuple[int, np.ndarray]:
    """How many of the first lines (N, L, 3) are a margin (of one colour, then everywhere at once another), and its colour."""
    most = int(_MOST_MARGIN * len(lines))
    # A colour bar or a frame's corner may interrupt a line; the colour is that of most of it.
    colour = np.median(lines[0], axis=0)
    tolerance = max(_LEAST_EVEN, min(_EVEN, 3 * float(np.quantile(_unlike(lines[:1], colour), _TYPICAL))))
    if (_unlike(lines[0], colour) < tolerance).mean() < _MARGIN_COVERS:  # as with most pictures: nothing more to do
        return 0, colour
    share = (_unlike(lines[:most + 1], colour) < tolerance).mean(1)
    outside = int(np.argmax(share < _MARGIN_COVERS)) if (share < _MARGIN_COVERS).any() else most + 1
    if outside > most:
        return 0, colour
    # Painted darkness thins out gradually, along the contour of what stands in it; a margin ends on a line.
    ramp = max(3, round(_RAMP * len(lines)))
    inside = lines[outside + 1:outside + 1 + ramp]
    if not len(inside):
        return 0, colour
    changed = (_unlike(inside, colour) > tolerance + _STEP * (tolerance < _EVEN)).mean(1)
    if changed.max() < _MARGIN_ENDS:
        return 0, colour
    ends = outside + 1 + int(np.argmax(changed >= _MARGIN_ENDS))
    return ends + max(1, round(_RIM * len(lines))), colour


def _bar(lines: np.ndarray) -> int:
    """How many of the first lines (N, L, 3) are a colour or grey bar, a strip of even patches, with the even band that parts
    it from the painting; margins beside it are gone already."""
    strip = lines[:int(_MOST_BAR * len(lines))]
    begin, end = _even_band(strip)
    if end == 0:
        return 0
    bar, band = strip[:begin], np.median(strip[begin:end].reshape(-1, 3), axis=0)
    patched = _unlike(bar, band) > _BAR_NEIGHBOUR
    step = np.maximum(np.abs(np.diff(bar, axis=1)).max(-1)[1:], np.abs(np.diff(bar, axis=0)).max(-1)[:, 1:])
    flat = (step < _BAR_FLAT).mean()
    # A fifth of the range is one colour: patches of a bar lie farther apart.
    colours = len(np.unique((bar[patched] * 5).astype(int), axis=0)) if patched.any() else 0
    if patched.mean() < _BAR_LEAST_PATCHED or flat < _BAR_LEAST_FLAT or colours < _BAR_LEAST_COLOURS:
        return 0
    return end


def _even_band(strip: np.ndarray) -> tuple[int, int]:
    """First line and end of the first even band beyond the rim of a strip; (0, 0) if there is none, or it never ends."""
    sparse = strip[:, ::8]
    even = np.abs(sparse - sparse.mean(1, keepdims=True)).mean(1).max(-1) < 0.5 * _EVEN
    bands = np.flatnonzero(even)
    bands = bands[bands >= _BAR_LEAST_PX]
    if not len(bands):
        return 0, 0
    begin = int(bands[0])
    end = begin + int(np.argmin(np.append(even[begin:], False)))
    return (begin, end) if end < len(strip) else (0, 0)


def _without_frame(rgb: np.ndarray, box: _Box) -> _Box:
    """`box` less a frame, if a straight edge runs along all four sides near the rim."""
    edges = [_straight_edge(lines) for lines in _sides(rgb[..., 1], box)]  # green stands for lightness
    return _less(box, edges) if all(edges) else box


def _straight_edge(lines: np.ndarray) -> int:
    """The innermost line near the rim along which light meets dark nearly everywhere, the light always on the same side; 0 if
    there is none. `lines` are (N, L), one channel."""
    most = int(_MOST_FRAME * len(lines))
    if most < 4:
        return 0
    ends = lines.shape[1] // 8
    middle = lines[:most + 3, ends:-ends:3]
    step = middle[3:] - middle[:-3]  # over three lines, so that a slightly turned edge is still one
    rising, falling = (step > _FRAME_EDGE).mean(1), (step < -_FRAME_EDGE).mean(1)
    found = np.flatnonzero(np.maximum(rising, falling) > _FRAME_COVERS)
    return int(found[-1]) + 4 if len(found) else 0
