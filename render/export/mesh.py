"""A height field as few triangles as an error bound allows: right-triangulated irregular networks.

The surface is a hierarchy of right isosceles triangles, each split at the middle of its longest side (Evans,
Kirkpatrick and Townsend 2001, doi:10.1007/s00453-001-0006-x). A split always takes both triangles of that side, so the
mesh has no cracks. Where V. Agafonkin's `martini`, the well-known compact form, measures a triangle at the middle of
its longest side only, we measure every texel within it, so that the bound holds everywhere; and any rectangle is
meshed, not only squares of side 2^n + 1: triangles that would cross the rectangle's edge are always split. Compiled,
and linear in the number of texels.

Texels are cells: the print is exactly W x pitch wide. Vertices are texel centres spread evenly over that width, which
moves none by more than half a texel.
"""

from dataclasses import dataclass

import numba as nb
import numpy as np

from data.errors import UsageError
from render.relief.relief import check_height, check_pitch

_TILE = 64    # legs of the largest triangles, in texels; a power of two


@dataclass(frozen=True, eq=False)
class Surface:
    """Triangles over the rectangle [0, W x pitch] x [0, H x pitch].

    `vertices` (N, 3) float32 mm: x right, y up, z towards the viewer. `triangles` (M, 3) int32, anticlockwise seen from
    above. `texel_rc` (N, 2) int32: the texel each vertex stands for. `error_mm`: no texel lies farther from the
    surface, measured in z.
    """

    vertices: np.ndarray
    triangles: np.ndarray
    texel_rc: np.ndarray
    error_mm: float


def mesh_height(z_mm, pitch_mm, *, max_error_mm=None, triangles=None):
    """Mesh a height field.

    Parameters
    ----------
    z_mm : (H, W) float32
    pitch_mm : float
    max_error_mm : float, optional
        No texel lies farther than this above or below the surface; 0 keeps every texel that is not in a plane.
    triangles : int, optional
        Or: the smallest error within a budget of triangles.

    Returns
    -------
    Surface
    """
    z, pitch = np.ascontiguousarray(check_height(z_mm)), check_pitch(pitch_mm)
    if (max_error_mm is None) == (triangles is None):
        raise UsageError("give either an error bound (max_error_mm) or a triangle budget, one of the two")
    if max_error_mm is None:
        errors = vertex_errors(z, np.float32(np.inf))
        max_error_mm = _bound_for_budget(errors, z.shape, int(triangles))
    elif np.isfinite(max_error_mm) and max_error_mm >= 0:
        errors = vertex_errors(z, np.float32(max_error_mm))
    else:
        raise UsageError(f"the error bound must be 0 or more millimetres, got {max_error_mm}")
    bound = np.float32(max_error_mm)
    rows, columns = z.shape
    corners = np.empty((_emit(errors, bound, rows, columns, np.empty((0, 3), np.int64), False), 3), np.int64)
    _emit(errors, bound, rows, columns, corners, True)
    used = np.zeros(z.size, bool)
    used[corners] = True
    number = np.cumsum(used, dtype=np.int32) - 1
    kept = np.flatnonzero(used)
    row, column = np.divmod(kept, columns)
    x = column * (columns * pitch / (columns - 1))
    y = (rows - 1 - row) * (rows * pitch / (rows - 1))
    vertices = np.stack([x, y, z.ravel()[kept]], 1).astype(np.float32)
    inner = errors[:rows, :columns]
    texel_rc = np.stack([row, column], 1).astype(np.int32)
    return Surface(vertices, number[corners], texel_rc, float(inner[inner <= bound].max(initial=0)))


@nb.njit(cache=True)
def _raise(errors, r, c, value):
    if 0 <= r < errors.shape[0] and 0 <= c < errors.shape[1] and errors[r, c] < value:
        errors[r, c] = value


@nb.njit(cache=True)
def _across_side(z, r, c, s, along_row, sign, enough):
    """Largest deviation over the triangle on the side that starts at (r, c), `s` long, apex s / 2 to one hand."""
    if along_row:
        a, b, apex = z[r, c], z[r, c + s], z[r + sign * (s // 2), c + s // 2]
    else:
        a, b, apex = z[r, c], z[r + s, c], z[r + s // 2, c + sign * (s // 2)]
    slope = (b - a) / s
    rise = (apex - (a + b) * np.float32(0.5)) / (s // 2)
    worst = np.float32(0)
    for d in range(s // 2):
        level = a + rise * d
        for t in range(d, s - d + 1):
            value = z[r + sign * d, c + t] if along_row else z[r + t, c + sign * d]
            off = abs(value - (level + slope * t))
            if off > worst:
                worst = off
        if worst > enough:
            break
    return worst


@nb.njit(cache=True)
def _across_square(z, r, c, s, main, enough):
    """Largest deviation over the two halves of a square, parted by its main or its other diagonal."""
    tl, tr, bl, br = z[r, c], z[r, c + s], z[r + s, c], z[r + s, c + s]
    worst = np.float32(0)
    for i in range(s + 1):
        if main:
            cut = i
            left, left_slope = tl + (bl - tl) * i / s, (br - bl) / s
            right, right_slope = tl + (br - tr) * i / s, (tr - tl) / s
        else:
            cut = s - i
            left, left_slope = tl + (bl - tl) * i / s, (tr - tl) / s
            right, right_slope = bl + (tr - br) * (s - i) / s, (br - bl) / s
        for j in range(cut + 1):
            off = abs(z[r + i, c + j] - (left + left_slope * j))
            if off > worst:
                worst = off
        for j in range(cut, s + 1):
            off = abs(z[r + i, c + j] - (right + right_slope * j))
            if off > worst:
                worst = off
        if worst > enough:
            break
    return worst


@nb.njit(cache=True)
def vertex_errors(z, enough):
    """For every vertex, the error that leaving it out would cost; never less than for the vertices that hang on it.

    Works from fine to coarse. On every level come first the middles of the sides of squares, then the middles of the
    squares. Values above `enough` need not be exact, which saves most of the work when the bound is known.
    """
    rows, columns = z.shape
    last_r, last_c = rows - 1, columns - 1
    tiles_r, tiles_c = -(-last_r // _TILE), -(-last_c // _TILE)
    errors = np.zeros((tiles_r * _TILE + 1, tiles_c * _TILE + 1), np.float32)
    infinite = np.float32(np.inf)
    s = 2
    while s <= _TILE:
        half = s // 2
        for along_row in (True, False):
            for r in range(0, errors.shape[0] - (0 if along_row else half), s):
                for c in range(0, errors.shape[1] - (half if along_row else 0), s):
                    if (c >= last_c or r - half >= last_r) if along_row else (r >= last_r or c - half >= last_c):
                        continue
                    mr, mc = (r, c + half) if along_row else (r + half, c)
                    end, reach, end_last, side_last = ((c + s, r, last_c, last_r) if along_row else
                                                       (r + s, c, last_r, last_c))
                    value = errors[mr, mc]
                    if value <= enough:
                        crosses = reach - half < side_last < reach or reach < side_last < reach + half
                        if end > end_last or crosses:
                            value = infinite
                        else:
                            if reach < side_last:
                                value = max(value, _across_side(z, r, c, s, along_row, 1, enough))
                            if reach > 0 and value <= enough:
                                value = max(value, _across_side(z, r, c, s, along_row, -1, enough))
                        errors[mr, mc] = value
                    if along_row:
                        _raise(errors, r - half, mc, value)
                        _raise(errors, r + half, mc, value)
                    else:
                        _raise(errors, mr, c - half, value)
                        _raise(errors, mr, c + half, value)
        for r in range(0, last_r, s):
            for c in range(0, last_c, s):
                main = ((r // s) + (c // s)) % 2 == 0
                value = errors[r + half, c + half]
                if value <= enough:
                    if r + s > last_r or c + s > last_c:
                        value = infinite
                    else:
                        value = max(value, _across_square(z, r, c, s, main, enough))
                    errors[r + half, c + half] = value
                if s < _TILE:
                    # The corners off the diagonal are middles of sides one level up.
                    if main:
                        _raise(errors, r, c + s, value)
                        _raise(errors, r + s, c, value)
                    else:
                        _raise(errors, r, c, value)
                        _raise(errors, r + s, c + s, value)
        s *= 2
    return errors


@nb.njit(cache=True)
def _emit(errors, bound, rows, columns, corners, write):
    """Count the triangles for a bound, or write their corners as flat texel numbers."""
    stack = np.empty((128, 6), np.int32)
    count = 0
    for tr in range(0, rows - 1, _TILE):
        for tc in range(0, columns - 1, _TILE):
            main = ((tr // _TILE) + (tc // _TILE)) % 2 == 0
            n = _TILE
            # Longest side first, then the right angle; anticlockwise with y up.
            if main:
                stack[0] = np.array([tr + n, tc + n, tr, tc, tr + n, tc], np.int32)
                stack[1] = np.array([tr, tc, tr + n, tc + n, tr, tc + n], np.int32)
            else:
                stack[0] = np.array([tr + n, tc, tr, tc + n, tr, tc], np.int32)
                stack[1] = np.array([tr, tc + n, tr + n, tc, tr + n, tc + n], np.int32)
            top = 2
            while top:
                top -= 1
                ar, ac, br, bc, cr, cc = stack[top]
                if min(ar, br, cr) >= rows - 1 or min(ac, bc, cc) >= columns - 1:
                    continue
                mr, mc = (ar + br) // 2, (ac + bc) // 2
                if (abs(ar - br) > 1 or abs(ac - bc) > 1) and errors[mr, mc] > bound:
                    stack[top] = np.array([cr, cc, ar, ac, mr, mc], np.int32)
                    stack[top + 1] = np.array([br, bc, cr, cc, mr, mc], np.int32)
                    top += 2
                    continue
                if write:
                    corners[count, 0] = ar * columns + ac
                    corners[count, 1] = br * columns + bc
                    corners[count, 2] = cr * columns + cc
                count += 1
    return count


def _bound_for_budget(errors, shape, budget):
    """The smallest bound whose mesh has no more than `budget` triangles, by bisection."""
    none = np.empty((0, 3), np.int64)
    rows, columns = shape
    finite = errors[np.isfinite(errors)]
    fewest = _emit(errors, finite.max(), rows, columns, none, False)
    if budget < fewest:
        raise UsageError(f"{budget} triangles are too few for {columns} x {rows} texels: at least {fewest} are needed; "
                         "ask for more, or for a coarser height map")
    low, high = np.float32(0), finite.max()
    if _emit(errors, low, rows, columns, none, False) <= budget:
        return low
    for _ in range(24):
        middle = (low + high) / np.float32(2)
        if _emit(errors, middle, rows, columns, none, False) <= budget:
            high = middle
        else:
            low = middle
    return high


def count_triangles(z_mm, *, max_error_mm):
    """How many triangles the closed solid of a height map will have, without making it: surface, walls and base."""
    z = np.ascontiguousarray(check_height(z_mm))
    bound = np.float32(max_error_mm)
    errors = vertex_errors(z, bound)
    rows, columns = z.shape
    surface = _emit(errors, bound, rows, columns, np.empty((0, 3), np.int64), False)
    # Each vertex on the border takes two triangles of wall and one of base. Corners of tiles are always there.
    border = sum(int(((line > bound) | (np.arange(len(line)) % _TILE == 0))[:-1].sum()) for line in
                 (errors[0, :columns], errors[rows - 1, :columns], errors[:rows, 0], errors[:rows, columns - 1]))
    return surface + 3 * border
