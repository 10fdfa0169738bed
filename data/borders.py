"""Where in a scan the painting lies: without black or white borders, letterbox margins, colour bars and frames.

Every rule asks for something only a photograph of a painting has and a painting has not: lines of one colour up to the
noise of the camera that end everywhere at once, or a straight edge along all four sides. Old paintings have
backgrounds that are nearly black; these are neither so even nor do they end on a straight line, and they stay.
"""

import numpy as np

from data.errors import ShapeError

# In units of 8-bit values: how even a margin is, and by how much the painting must differ from it where it begins.
_EVEN = 10 / 255
_STEP = 6 / 255
_BLACK, _WHITE = 14 / 255, 235 / 255
# Shares of the side a margin, a colour bar or a frame may take.
_MOST_MARGIN, _MOST_BAR, _MOST_FRAME = 0.35, 0.25, 0.12
# Beside a margin that was found the painting's rim is ragged and shaded: leave this share of the side out as well.
_RIM = 0.003


def find_content_box(rgb):
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
    """
    rgb = np.asarray(rgb, np.float32)
    if rgb.ndim != 3 or rgb.shape[2] != 3:
        raise ShapeError(f"content_box wants a picture (H, W, 3), got {rgb.shape}")
    height, width = rgb.shape[:2]
    if min(height, width) < 32:
        return 0.0, 0.0, 1.0, 1.0
    box = _without_margins(rgb, (0, 0, width, height))
    box = _without_bars(rgb, box)
    box = _without_margins(rgb, box)
    box = _without_frame(rgb, box)
    left, top, right, bottom = box
    if right - left < 0.3 * width or bottom - top < 0.3 * height:  # too much to believe
        return 0.0, 0.0, 1.0, 1.0
    return left / width, top / height, (right - left) / width, (bottom - top) / height


def box_in_pixels(shares, width_px, height_px):
    """A content box as whole pixels (x, y, w, h) of a scan of this size, never leaving it."""
    x, y, w, h = shares
    left, top = int(np.ceil(x * width_px - 1e-6)), int(np.ceil(y * height_px - 1e-6))
    right, bottom = int((x + w) * width_px + 1e-6), int((y + h) * height_px + 1e-6)
    return left, top, max(1, right - left), max(1, bottom - top)


def _sides(rgb, box):
    """The picture within `box` (left, top, right, bottom), four times, so that the first rows are its left, top, right
    and bottom side."""
    inner = rgb[box[1]:box[3], box[0]:box[2]]
    sideways = inner.swapaxes(0, 1)
    return sideways, inner, sideways[::-1], inner[::-1]


def _less(box, cuts):
    return box[0] + cuts[0], box[1] + cuts[1], box[2] - cuts[2], box[3] - cuts[3]


def _without_margins(rgb, box):
    """`box` less its margins. One side alone counts if it is black or white; one of another colour needs a second
    side like it: painters liked to put an even parapet before their sitters."""
    found = [_margin(lines) for lines in _sides(rgb, box)]
    cuts = []
    for side, (cut, colour) in enumerate(found):
        alike = any(other_cut and np.abs(other - colour).max() < _STEP
                    for number, (other_cut, other) in enumerate(found) if number != side)
        cuts.append(cut if alike or colour.max() < _BLACK or colour.min() > _WHITE else 0)
    return _less(box, cuts)


def _without_bars(rgb, box):
    return _less(box, [_bar(lines) for lines in _sides(rgb, box)])


def _unlike(lines, colour):
    """(N, L) greatest difference in any channel between lines and a colour."""
    return np.abs(lines - colour).max(-1)


def _margin(lines):
    """How many first lines are a margin (of one colour, then everywhere at once another), and its colour."""
    most = int(_MOST_MARGIN * len(lines))
    # A colour bar or a frame's corner may interrupt a line; the colour is that of most of it.
    colour = np.median(lines[0], axis=0)
    tolerance = max(4 / 255, min(_EVEN, 3 * float(np.quantile(_unlike(lines[:1], colour), 0.75))))
    if (_unlike(lines[0], colour) < tolerance).mean() < 0.95:  # as with most pictures: nothing more to do
        return 0, colour
    share = (_unlike(lines[:most + 1], colour) < tolerance).mean(1)
    outside = int(np.argmax(share < 0.95)) if (share < 0.95).any() else most + 1
    if outside > most:
        return 0, colour
    # Painted darkness thins out gradually, along the contour of what stands in it; a margin ends on a line.
    ramp = max(3, round(0.012 * len(lines)))
    inside = lines[outside + 1:outside + 1 + ramp]
    if not len(inside):
        return 0, colour
    changed = (_unlike(inside, colour) > tolerance + _STEP * (tolerance < _EVEN)).mean(1)
    if changed.max() < 0.6:
        return 0, colour
    ends = outside + 1 + int(np.argmax(changed >= 0.6))
    return ends + max(1, round(_RIM * len(lines))), colour


def _bar(lines):
    """How many first lines are a strip of even patches (a colour or grey bar) and the even band that parts it from the
    painting; margins beside it are gone already."""
    most = int(_MOST_BAR * len(lines))
    strip = lines[:most]
    sparse = strip[:, ::8]
    even = np.abs(sparse - sparse.mean(1, keepdims=True)).mean(1).max(-1) < 0.5 * _EVEN
    bands = np.flatnonzero(even)
    bands = bands[bands >= 4]
    if not len(bands):
        return 0
    begin = bands[0]
    end = begin + int(np.argmin(np.append(even[begin:], False)))
    if end >= most:
        return 0
    bar, band = strip[:begin], np.median(strip[begin:end].reshape(-1, 3), axis=0)
    patched = _unlike(bar, band) > 40 / 255
    step = np.maximum(np.abs(np.diff(bar, axis=1)).max(-1)[1:], np.abs(np.diff(bar, axis=0)).max(-1)[:, 1:])
    flat = (step < 5 / 255).mean()
    colours = len(np.unique((bar[patched] * 5).astype(int), axis=0)) if patched.any() else 0
    if patched.mean() < 0.2 or flat < 0.8 or colours < 4:
        return 0
    return end


def _without_frame(rgb, box):
    """`box` less a frame, if a straight edge runs along all four sides near the rim."""
    edges = [_straight_edge(lines) for lines in _sides(rgb[..., 1], box)]  # green stands for lightness
    return _less(box, edges) if all(edges) else box


def _straight_edge(lines):
    """The innermost line near the rim along which light and dark meet nearly everywhere, in one sense; 0 if none."""
    most = int(_MOST_FRAME * len(lines))
    if most < 4:
        return 0
    ends = lines.shape[1] // 8
    middle = lines[:most + 3, ends:-ends:3]
    step = middle[3:] - middle[:-3]  # over three lines, so that a slightly turned edge is still one
    rising, falling = (step > 10 / 255).mean(1), (step < -10 / 255).mean(1)
    found = np.flatnonzero(np.maximum(rising, falling) > 0.9)
    return int(found[-1]) + 4 if len(found) else 0
