"""Where a stroke of the practice painter runs, and which texels it reaches; compiled.

A stroke starts at a jittered place of a grid, if the picture there still differs from the reference, and follows the field
of directions until its colour no longer fits. Then every texel near its path learns how far from the path it lies, on which
side and how far along.

Random numbers are hashes of (seed, layer, stroke, purpose); those of a path have the purposes 0 to 4.
"""

from typing import NamedTuple

import numba
import numpy as np
from jaxtyping import Float32

from render.imaging.noise import stroke_chance
from render.imaging.scalars import Real, Whole

KEEP_OUT = np.float32(9.0)      # a tolerance that says: no stroke may start here


_JITTER_X, _JITTER_Y, _LENGTH, _TURN, _SENSE = range(5)  # purposes of random numbers

_JITTER = 0.9                   # of the start, in spacings of the grid
_LOOK_AROUND = 0.33             # how far around the start the picture is compared, in widths
_SHORTEST = 2.2                 # length of the shortest stroke, in widths
_SLANT = 0.35                   # range of the angle between a stroke and the field, radians
_BEND = 0.65                    # how much a stroke turns into the field at every step, where the field is sure
_MUST_RUN = 1.2                 # widths a stroke runs before its colour is compared again
_WORSE, _WRONG = 0.0004, 0.0012  # squared colour differences: more than the canvas has, and more than may stand at all
MOST_POINTS = 48               # of a path
FAR = 1e9                      # squared distance of a texel that the stroke at hand does not reach
_TINY = 1e-9


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


class Stroke(NamedTuple):
    """The hash that a stroke's random numbers are made from, and the texel in which it starts."""

    hashed: np.uint64
    row: Whole
    column: Whole


class Path(NamedTuple):
    """Corners of a path, as far as they are used; kept from stroke to stroke to spare allocations."""

    x: Float32[np.ndarray, " P"]
    y: Float32[np.ndarray, " P"]


class Trace(NamedTuple):
    """Where each texel lies seen from the stroke at hand; `squared` is FAR away from it."""

    squared: Float32[np.ndarray, "H W"]     # distance to the path, squared, px
    side: Float32[np.ndarray, "H W"]        # distance to the path with its sign, px
    along: Float32[np.ndarray, "H W"]       # 0 at the start of the path, 1 at its end


@numba.njit(cache=True)
def texel(place: Real, count: Whole) -> Whole:
    """The row or column a coordinate lies in, kept inside the picture."""
    return min(max(int(place), 0), count - 1)


@numba.njit(cache=True)
def start_of(grid: Grid, index: Whole, hashed: np.uint64) -> tuple[Real, Real]:
    """Where a stroke starts, (x, y) in px.

    Parameters
    ----------
    grid : Grid
    index : int
        Number of its place in the grid.
    hashed : uint64
        Of the stroke, from `stroke_hash`.
    """
    jitter_x, jitter_y = stroke_chance(hashed, _JITTER_X) - 0.5, stroke_chance(hashed, _JITTER_Y) - 0.5
    x = (index % grid.columns + 0.5 + _JITTER * jitter_x) * grid.spacing_px
    y = (index // grid.columns + 0.5 + _JITTER * jitter_y) * grid.spacing_px
    return x, y


@numba.njit(cache=True, inline="always")
def is_wanted(picture: Float32[np.ndarray, "H W 3"], reference: Float32[np.ndarray, "H W 3"], allowed: Real, width: Real,
              row: Whole, column: Whole) -> bool:
    """Whether the picture around a place differs from the reference by more than is left to stand.

    Parameters
    ----------
    picture, reference : (H, W, 3) float32
    allowed : float
        The mean difference that is left to stand; 0 lets every stroke start, KEEP_OUT none.
    width : float
        Of the brush, px.
    row, column : int
        Texel in which the stroke would start.
    """
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
def find_path(path: Path, surface: Surface, guide: Guide, brush: Brush, stroke: Stroke, colour: Float32[np.ndarray, "3"],
              x: Real, y: Real) -> tuple[Whole, Real]:
    """Follow the field from a place until the colour no longer fits.

    Parameters
    ----------
    path : Path
        Filled in.
    surface, guide, brush, stroke
    colour : (3,) float32
        Of the stroke.
    x, y : float
        Where it starts, px.

    Returns
    -------
    points : int
        Corners of the path; fewer than two are no stroke.
    length : float
        In px.
    """
    rows, columns = surface.paint_mm.shape
    half = brush.width_px / 2
    step = max(1.0, half)
    wanted = (_SHORTEST + (brush.longest - _SHORTEST) * stroke_chance(stroke.hashed, _LENGTH)) * brush.width_px
    vx, vy = _first_heading(stroke, guide.turn_x[stroke.row, stroke.column], guide.turn_y[stroke.row, stroke.column])
    path.x[0], path.y[0] = x - vx * step * 0.5, y - vy * step * 0.5
    points, length = 1, 0.0
    while points < MOST_POINTS and length < wanted:
        next_x, next_y = path.x[points - 1] + vx * step, path.y[points - 1] + vy * step
        if next_x < -half or next_y < -half or next_x > columns + half or next_y > rows + half:
            break
        row, column = texel(next_y, rows), texel(next_x, columns)
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
def trace_path(trace: Trace, path: Path, points: Whole, width: Real) -> tuple[Whole, Whole, Whole, Whole]:
    """Tell every texel within reach of a path where it lies.

    Parameters
    ----------
    trace : Trace
        Filled in near the path.
    path, points
        From `find_path`.
    width : float
        Of the brush, px.

    Returns
    -------
    first row, last row, first column, last column
        Of the box around these texels.
    """
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
