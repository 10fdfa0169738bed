"""One layer of brush strokes, laid in place on a picture; compiled.

A stroke starts at a jittered place of a grid, if the picture there still differs from the reference; it follows the
field of directions until its colour no longer fits; every texel near its path learns how far from the path it lies, on
which side and how far along; and then each of these texels is painted: bristles leave streaks and furrows, the brush runs
dry, paint is pushed up at the rims and piles up where the brush is lifted.

Random numbers are hashes of (seed, layer, stroke, purpose): the numbers 0 to 10 below are the purposes.

Two things keep this as fast as one long function: arrays leave their tuples before a loop over texels (reading an array
from a tuple costs two atomic operations each time), and steps that take many arrays and have one caller are copied into
it (`inline="always"`).
"""

from typing import NamedTuple

import numba
import numpy as np
from jaxtyping import Float32, Int64

from render.imaging.noise import bristle_noise, stroke_chance, stroke_hash

KEEP_OUT = np.float32(9.0)      # a tolerance that says: no stroke may start here

# Purposes of a stroke's random numbers.
_JITTER_X, _JITTER_Y, _LENGTH, _TURN, _SENSE, _TINT, _WARMTH, _WETNESS, _LOAD, _DRYNESS, _OPACITY = range(11)
_FINE_BRISTLES = 2000           # and on: one number for each bristle of a fine brush

# Where strokes start and how they run.
_JITTER = 0.9                   # of the start, in spacings of the grid
_LOOK_AROUND = 0.33             # how far around the start the picture is compared, in widths
_SHORTEST = 2.2                 # length of the shortest stroke, in widths
_SLANT = 0.35                   # range of the angle between a stroke and the field, radians
_BEND = 0.65                    # how much a stroke turns into the field at every step, where the field is sure
_MUST_RUN = 1.2                 # widths a stroke runs before its colour is compared again
_WORSE, _WRONG = 0.0004, 0.0012  # squared colour differences: more than the canvas has, and more than may stand at all
_MOST_POINTS = 48               # of a path
_FAR = 1e9                      # squared distance of a texel that the stroke at hand does not reach
_TINY = 1e-9

# What is on the brush.
_TINTS, _WARMTHS = 0.05, 0.024  # range of lightness (share) and of warmth (sRGB) from stroke to stroke
_WET = (0.10, 0.12)             # share of wet paint picked up where the stroke starts: at least, and range
_LOADS = (0.55, 0.9)            # how loaded the brush is, 1 as usual: at least, and range
_IMPASTO_FROM = 1.45            # load from which paint stands off the brush
_DRY = (0.15, 0.75)             # how dry the brush ends, 0 to 1: at least, and range
_OPAQUE = (0.72, 0.28)          # opacity: at least, and range

# How a stroke looks.
_FINE_PX = 3.6                  # narrower brushes show single bristles, no furrows
_COARSE_PX = 5.0                # wider brushes have bristles further apart
_BRISTLE_PX = (1.15, 0.95)      # from bristle to bristle, of coarse brushes and others
_BRISTLE_LENGTH = 5             # widths over which a bristle's trace changes
_START, _START_RISE = 0.72, 1.6  # width at the start as a share, and how fast the stroke widens along its length
_END_FROM, _END_NARROWER = 0.6, 0.45  # share of the length from which the stroke narrows, and by how much
_RIM_PX = (0.9, 0.8)            # how far inside the edge the pushed-up rim lies, and how broad it is
_LIFT = 0.45                    # widths from the end within which paint piles up
_PROFILE = (0.2, 1.0, 0.65, 0.5)  # thickness: under all bristles, by bristle, at the rim, at the end
_FINE = (0.35, 0.3)             # paint on a bristle of a fine brush: at least, and range
_CATCH = (1.3, 1.15)            # paint on a bristle and height of the weave that even a dry brush reaches
_COVER = (0.45, 1.25)           # opacity of a coarse brush between its bristles, and how much more below one
_LEVELLED, _KEPT = 0.55, 0.68   # how much the brush levels the paint it meets, and the share of it that stays


class Surface(NamedTuple):
    """The picture being painted; strokes change `colour` and `paint_mm` in place."""

    colour: Float32[np.ndarray, "H W 3"]    # sRGB
    paint_mm: Float32[np.ndarray, "H W"]    # thickness of the paint
    weave: Float32[np.ndarray, "H W"]       # the cloth below, 1 on top of a thread


class Guide(NamedTuple):
    """What a layer of strokes goes by."""

    reference: Float32[np.ndarray, "H W 3"]  # the colours to paint, as finely as the brush can tell them
    turn_x: Float32[np.ndarray, "H W"]       # direction of strokes times how sure it is
    turn_y: Float32[np.ndarray, "H W"]
    tolerance: Float32[np.ndarray, "H W"]    # colour difference left to stand; 0 paints everywhere, KEEP_OUT nowhere
    loading: Float32[np.ndarray, "H W"]      # how loaded the brush is, 1 as usual


class Brush(NamedTuple):
    """A brush and how it is used in a layer."""

    width_px: float
    thickness_mm: float     # of a full stroke
    follow: float           # how much a stroke changes colour along the reference, 0 to 1
    streaks: float          # how much bristles differ in colour
    impasto_mm: float       # thickness of the most loaded stroke
    longest: float          # length of the longest stroke, in widths


class Grid(NamedTuple):
    """Places where strokes start, numbered row by row."""

    columns: int
    spacing_px: float


class _Stroke(NamedTuple):
    """The hash that a stroke's random numbers are made from, and the texel in which it starts."""

    hashed: int
    row: int
    column: int


class _Path(NamedTuple):
    """Corners of a path, as far as they are used; kept from stroke to stroke to spare allocations."""

    x: Float32[np.ndarray, " P"]
    y: Float32[np.ndarray, " P"]


class _Trace(NamedTuple):
    """Where each texel lies seen from the stroke at hand; `squared` is _FAR away from it."""

    squared: Float32[np.ndarray, "H W"]     # distance to the path, squared, px
    side: Float32[np.ndarray, "H W"]        # distance to the path with its sign, px
    along: Float32[np.ndarray, "H W"]       # 0 at the start of the path, 1 at its end


class _Load(NamedTuple):
    """What one stroke brings along."""

    length_px: float
    body_mm: float
    dryness: float
    opacity: float
    below_mm: float         # mean thickness of the paint under the path


@numba.njit(cache=True)
def paint_layer(surface: Surface, guide: Guide, brush: Brush, grid: Grid, order: Int64[np.ndarray, " N"], seed: int,
                layer: int) -> None:
    """Paint one layer of strokes onto `surface`, in place.

    Parameters
    ----------
    surface, guide, brush, grid
        All pictures of one size.
    order : (N,) int64
        Numbers of the grid's places in the order in which their strokes are laid.
    seed, layer : int
        What the random numbers of the strokes are made from.
    """
    rows, columns = surface.paint_mm.shape
    path = _Path(np.empty(_MOST_POINTS, np.float32), np.empty(_MOST_POINTS, np.float32))
    trace = _Trace(np.full((rows, columns), _FAR, np.float32), np.zeros((rows, columns), np.float32),
                   np.zeros((rows, columns), np.float32))
    colour = np.empty(3, np.float32)
    for index in order:
        hashed = stroke_hash(seed, layer, index)
        x, y = _start(grid, index, hashed)
        stroke = _Stroke(hashed, _texel(y, rows), _texel(x, columns))
        allowed = guide.tolerance[stroke.row, stroke.column]
        if not _is_wanted(surface.colour, guide.reference, allowed, brush.width_px, stroke.row, stroke.column):
            continue
        colour[:] = guide.reference[stroke.row, stroke.column]
        points, length = _find_path(path, surface, guide, brush, stroke, colour, x, y)
        if points < 2:
            continue
        box = _trace_path(trace, path, points, brush.width_px)
        below = _paint_below(surface.paint_mm, path, points)
        load = _load_brush(colour, surface, guide, brush, stroke, length, below)
        _lay_stroke(surface, guide, brush, stroke, colour, load, trace, box)


@numba.njit(cache=True)
def _texel(place, count):
    """The row or column a coordinate lies in, kept inside the picture."""
    return min(max(int(place), 0), count - 1)


@numba.njit(cache=True)
def _start(grid, index, hashed):
    """Where a stroke starts, (x, y) in px."""
    jitter_x, jitter_y = stroke_chance(hashed, _JITTER_X) - 0.5, stroke_chance(hashed, _JITTER_Y) - 0.5
    x = (index % grid.columns + 0.5 + _JITTER * jitter_x) * grid.spacing_px
    y = (index // grid.columns + 0.5 + _JITTER * jitter_y) * grid.spacing_px
    return x, y


@numba.njit(cache=True, inline="always")
def _is_wanted(picture, reference, allowed, width, row, column):
    """Whether the picture around a place differs from the reference by more than is left to stand."""
    if allowed >= KEEP_OUT:
        return False
    if allowed <= 0:
        return True
    rows, columns = picture.shape[:2]
    error, count = 0.0, 0
    for dy in range(-1, 2):
        for dx in range(-1, 2):
            x, y = int(column + dx * width * _LOOK_AROUND), int(row + dy * width * _LOOK_AROUND)
            if 0 <= x < columns and 0 <= y < rows:
                squares = 0.0
                for c in range(3):
                    squares += (picture[y, x, c] - reference[y, x, c]) ** 2
                error += np.sqrt(squares)
                count += 1
    return not error / count < allowed


@numba.njit(cache=True, inline="always")
def _find_path(path, surface, guide, brush, stroke, colour, x, y):
    """Follow the field from (x, y) until the colour no longer fits; (corners of `path`, length in px)."""
    rows, columns = surface.paint_mm.shape
    half = brush.width_px / 2
    step = max(1.0, half)
    wanted = (_SHORTEST + (brush.longest - _SHORTEST) * stroke_chance(stroke.hashed, _LENGTH)) * brush.width_px
    vx, vy = _first_heading(stroke, guide.turn_x[stroke.row, stroke.column], guide.turn_y[stroke.row, stroke.column])
    path.x[0], path.y[0] = x - vx * step * 0.5, y - vy * step * 0.5
    points, length = 1, 0.0
    while points < _MOST_POINTS and length < wanted:
        next_x, next_y = path.x[points - 1] + vx * step, path.y[points - 1] + vy * step
        if next_x < -half or next_y < -half or next_x > columns + half or next_y > rows + half:
            break
        row, column = _texel(next_y, rows), _texel(next_x, columns)
        if length > _MUST_RUN * brush.width_px and not _still_fits(colour, surface.colour, guide.reference, row, column):
            break
        path.x[points], path.y[points] = next_x, next_y
        points += 1
        length += step
        vx, vy = _next_heading(vx, vy, guide.turn_x[row, column], guide.turn_y[row, column])
    return points, length


@numba.njit(cache=True)
def _first_heading(stroke, field_x, field_y):
    """Unit vector (x, y) in which a stroke sets out: along the field, a little slanted, one way or the other."""
    slant = (stroke_chance(stroke.hashed, _TURN) - 0.5) * _SLANT
    sign = 1.0 if stroke_chance(stroke.hashed, _SENSE) < 0.5 else -1.0
    vx, vy = _unit(sign * field_x, sign * field_y)
    return vx * np.cos(slant) - vy * np.sin(slant), vx * np.sin(slant) + vy * np.cos(slant)


@numba.njit(cache=True)
def _next_heading(vx, vy, field_x, field_y):
    """The heading (vx, vy) bent towards the field at the place reached, the more the surer the field is."""
    strength = np.sqrt(field_x * field_x + field_y * field_y)
    if field_x * vx + field_y * vy < 0:
        field_x, field_y = -field_x, -field_y
    bend = _BEND * strength
    return _unit((1 - bend) * vx + bend * field_x / (strength + _TINY), (1 - bend) * vy + bend * field_y / (strength + _TINY))


@numba.njit(cache=True)
def _unit(x, y):
    norm = np.sqrt(x * x + y * y) + _TINY
    return x / norm, y / norm


@numba.njit(cache=True)
def _still_fits(colour, picture, reference, row, column):
    """Whether a colour is no worse at a texel than what is there, or good enough."""
    misfit, now = 0.0, 0.0
    for c in range(3):
        misfit += (colour[c] - reference[row, column, c]) ** 2
        now += (picture[row, column, c] - reference[row, column, c]) ** 2
    return not (misfit > now + _WORSE and misfit > _WRONG)


@numba.njit(cache=True)
def _trace_path(trace, path, points, width):
    """Tell every texel within reach of the path where it lies; returns (first row, last row, first column, last column)."""
    rows, columns = trace.squared.shape
    reach = int(np.ceil(width / 2)) + 2
    left, right, top, bottom = columns, -1, rows, -1
    for k in range(points):
        left, right = min(left, int(path.x[k]) - reach), max(right, int(path.x[k]) + reach)
        top, bottom = min(top, int(path.y[k]) - reach), max(bottom, int(path.y[k]) + reach)
    for k in range(points - 1):
        _trace_segment(trace, path, k, points, reach)
    return max(top, 0), min(bottom, rows - 1), max(left, 0), min(right, columns - 1)


@numba.njit(cache=True, inline="always")
def _trace_segment(trace, path, k, points, reach):
    """Tell the texels within reach of segment `k` of the path, where none before is nearer."""
    nearest, side, along = trace.squared, trace.side, trace.along
    rows, columns = nearest.shape
    ax, ay = path.x[k], path.y[k]
    ex, ey = path.x[k + 1] - ax, path.y[k + 1] - ay
    square = ex * ex + ey * ey + _TINY
    root = np.sqrt(square)
    first, last = max(int(min(ax, ax + ex)) - reach, 0), min(int(max(ax, ax + ex)) + reach, columns - 1)
    for row in range(max(int(min(ay, ay + ey)) - reach, 0), min(int(max(ay, ay + ey)) + reach, rows - 1) + 1):
        for column in range(first, last + 1):
            gx, gy = column + 0.5 - ax, row + 0.5 - ay
            s = (gx * ex + gy * ey) / square
            s = min(max(s, 0.0), 1.0)
            ox, oy = gx - s * ex, gy - s * ey
            squared = ox * ox + oy * oy
            if squared < nearest[row, column]:
                nearest[row, column] = squared
                side[row, column] = (ex * gy - ey * gx) / root
                along[row, column] = (k + s) / (points - 1)


@numba.njit(cache=True)
def _paint_below(paint, path, points):
    """Mean thickness of the paint at the corners of the path, mm."""
    rows, columns = paint.shape
    below = 0.0
    for k in range(points):
        below += paint[_texel(path.y[k], rows), _texel(path.x[k], columns)]
    return below / points


@numba.njit(cache=True, inline="always")
def _load_brush(colour, surface, guide, brush, stroke, length, below):
    """Vary the colour, pick up wet paint and decide how much paint the brush holds; `colour` is changed in place."""
    tint = (stroke_chance(stroke.hashed, _TINT) - 0.5) * _TINTS
    warm = (stroke_chance(stroke.hashed, _WARMTH) - 0.5) * _WARMTHS
    colour[0] = colour[0] * (1 + tint) + warm
    colour[1] = colour[1] * (1 + tint)
    colour[2] = colour[2] * (1 + tint) - warm
    wet = _WET[0] + _WET[1] * stroke_chance(stroke.hashed, _WETNESS)
    for c in range(3):
        colour[c] = colour[c] * (1 - wet) + surface.colour[stroke.row, stroke.column, c] * wet
    load = guide.loading[stroke.row, stroke.column] * (_LOADS[0] + _LOADS[1] * stroke_chance(stroke.hashed, _LOAD))
    body = brush.thickness_mm * load
    if load > _IMPASTO_FROM:
        body += (load - _IMPASTO_FROM) * brush.impasto_mm
    dryness = _DRY[0] + _DRY[1] * stroke_chance(stroke.hashed, _DRYNESS) ** 2
    opacity = _OPAQUE[0] + _OPAQUE[1] * stroke_chance(stroke.hashed, _OPACITY)
    return _Load(length, min(body, brush.impasto_mm), dryness, opacity, below)


@numba.njit(cache=True, inline="always")
def _lay_stroke(surface, guide, brush, stroke, drawn, load, trace, box):
    """Paint every traced texel within the box in the colour `drawn`, and clear the trace for the next stroke."""
    squared, sides, alongs = trace.squared, trace.side, trace.along
    colour, paint, weave, reference = surface.colour, surface.paint_mm, surface.weave, guide.reference
    top, bottom, left, right = box
    for row in range(top, bottom + 1):
        for column in range(left, right + 1):
            if squared[row, column] >= _FAR:
                continue
            distance, side, along = np.sqrt(squared[row, column]), sides[row, column], alongs[row, column]
            squared[row, column] = _FAR
            radius = _radius(brush.width_px, along)
            cover = min(max(radius - distance + 0.5, 0.0), 1.0)
            if cover <= 0:
                continue
            bristle = _bristle(brush, stroke, load, side, along)
            alpha = _opacity(brush, load, cover, bristle, along, weave[row, column])
            for c in range(3):
                shade = drawn[c] + brush.follow * (reference[row, column, c] - reference[stroke.row, stroke.column, c])
                shade *= 1.0 + brush.streaks * (bristle - 0.5)
                colour[row, column, c] += alpha * (shade - colour[row, column, c])
            # The brush levels the wet paint it meets and pushes a good part of it away.
            ground = _KEPT * (paint[row, column] + _LEVELLED * (load.below_mm - paint[row, column]))
            fresh = load.body_mm * _profile(brush, load, radius, distance, bristle, along)
            paint[row, column] += alpha * (ground + fresh - paint[row, column])


@numba.njit(cache=True)
def _radius(width, along):
    """Half the width of the stroke at a share of its length, px."""
    narrower = _END_NARROWER * max(0.0, (along - _END_FROM) / (1 - _END_FROM))
    return width / 2 * (min(1.0, _START + _START_RISE * along) * (1.0 - narrower))


@numba.njit(cache=True)
def _bristle(brush, stroke, load, side, along):
    """How much paint the bristle that passes a place carries, about 0 to 1."""
    if brush.width_px < _FINE_PX:
        return _FINE[0] + _FINE[1] * stroke_chance(stroke.hashed, _FINE_BRISTLES + int(side + 20))
    pitch = _BRISTLE_PX[0] if brush.width_px > _COARSE_PX else _BRISTLE_PX[1]
    return bristle_noise(stroke.hashed, side / pitch + 40, along * load.length_px / (_BRISTLE_LENGTH * brush.width_px))


@numba.njit(cache=True)
def _opacity(brush, load, cover, bristle, along, weave):
    """How much of a texel the stroke hides, 0 to 1: a dry brush catches only the tops of the weave."""
    catch = 1.0 - load.dryness * along * (_CATCH[0] - bristle) * (_CATCH[1] - weave)
    alpha = cover * load.opacity * min(max(catch * 1.1, 0.0), 1.0)
    if brush.width_px >= _FINE_PX:
        alpha *= min(1.0, _COVER[0] + _COVER[1] * bristle)
    return alpha


@numba.njit(cache=True)
def _profile(brush, load, radius, distance, bristle, along):
    """Thickness of the stroke at a texel against its mean one."""
    rim = np.exp(-((distance - radius + _RIM_PX[0]) / _RIM_PX[1]) ** 2)
    lifted = np.exp(-((1.0 - along) * load.length_px / (_LIFT * brush.width_px + 1.0)) ** 2)
    return _PROFILE[0] + _PROFILE[1] * bristle + _PROFILE[2] * rim + _PROFILE[3] * lifted
