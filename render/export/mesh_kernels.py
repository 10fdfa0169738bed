"""The compiled part of meshing: what leaving out each vertex would cost, and the triangles that are left at a bound.

The height field is covered with square tiles, and these with ever smaller squares, down to 2 x 2 texels. On each level a
square is parted into two triangles by its main diagonal or by the other one, in turn like the fields of a chessboard. A
vertex of the level is the middle of a square or the middle of a side of one, and it is left out if no texel of the
triangles that remain then lies farther from them than the bound.

Sides run along rows or along columns. What is said of one kind holds for the other with rows and columns exchanged, so
the functions below take `along_row` and count along the side (`start`, `last`) and across it (`across`, `last_across`).
"""

import numba as nb
import numpy as np
from jaxtyping import Float32, Int64

TILE_TEXELS = 64
"""Legs of the largest triangles, in texels; a power of two."""
_WAITING = 128    # triangles waiting to be split: 2 of a tile and 1 more for each of the 12 splits below; ample
_INFINITE = np.float32(np.inf)


@nb.njit(cache=True)
def vertex_errors(z: Float32[np.ndarray, "H W"], enough: np.float32) -> Float32[np.ndarray, "h w"]:
    """For every vertex, the error in mm of leaving it out; never less than that of finer vertices that depend on it.

    Works from fine to coarse. On every level come first the middles of the sides of squares, then the middles of the
    squares. Values above `enough` need not be exact, which saves most of the work when the bound is known. The result
    covers whole tiles, so it is larger than `z`; it is infinite where a triangle would cross the picture's border.
    """
    tiles_down, tiles_right = -(-(z.shape[0] - 1) // TILE_TEXELS), -(-(z.shape[1] - 1) // TILE_TEXELS)
    errors = np.zeros((tiles_down * TILE_TEXELS + 1, tiles_right * TILE_TEXELS + 1), np.float32)
    side = 2
    while side <= TILE_TEXELS:
        for along_row in (True, False):
            _measure_sides(z, errors, side, along_row, enough)
        _measure_squares(z, errors, side, enough)
        side *= 2
    return errors


@nb.njit(cache=True)
def _measure_sides(z, errors, side, along_row, enough):
    """Errors of the middles of all sides of one direction. A side's middle is needed by the middles of the two squares beside
    it, so their errors are raised to at least the same."""
    half = side // 2
    last, last_across = _lasts(z, along_row)
    down, right = (half, 0) if along_row else (0, half)
    for row in range(0, errors.shape[0] - right, side):
        for column in range(0, errors.shape[1] - down, side):
            start, across = (column, row) if along_row else (row, column)
            if start >= last or across - half >= last_across:
                continue
            middle_row, middle_column = row + right, column + down
            value = errors[middle_row, middle_column]
            if value <= enough:
                value = _side_error(z, row, column, side, along_row, value, enough)
                errors[middle_row, middle_column] = value
            _raise(errors, middle_row - down, middle_column - right, value)
            _raise(errors, middle_row + down, middle_column + right, value)


@nb.njit(cache=True)
def _lasts(z, along_row):
    """The last texel along sides of a direction, and across them."""
    rows, columns = z.shape
    return (columns - 1, rows - 1) if along_row else (rows - 1, columns - 1)


@nb.njit(cache=True)
def _side_error(z, row, column, side, along_row, value, enough):
    """Error of the two triangles on the side that starts at (row, column), at least `value`; infinite across a border."""
    half = side // 2
    last, last_across = _lasts(z, along_row)
    start, across = (column, row) if along_row else (row, column)
    crosses = across - half < last_across < across or across < last_across < across + half
    if start + side > last or crosses:
        return _INFINITE
    if across < last_across:
        value = max(value, _triangle_error(z, row, column, side, along_row, 1, enough))
    if across > 0 and value <= enough:
        value = max(value, _triangle_error(z, row, column, side, along_row, -1, enough))
    return value


@nb.njit(cache=True)
def _triangle_error(z, row, column, side, along_row, hand, enough):
    """Largest deviation over the triangle on a side whose apex lies half a side beyond it.

    `hand` is 1 where the apex lies below or to the right of the side, -1 where it lies above or to the left.
    """
    half = side // 2
    if along_row:
        a, b, apex = z[row, column], z[row, column + side], z[row + hand * half, column + half]
    else:
        a, b, apex = z[row, column], z[row + side, column], z[row + half, column + hand * half]
    slope = (b - a) / side
    rise = (apex - (a + b) * np.float32(0.5)) / half
    worst = np.float32(0)
    for d in range(half):
        level = a + rise * d
        for t in range(d, side - d + 1):
            value = z[row + hand * d, column + t] if along_row else z[row + t, column + hand * d]
            off = abs(value - (level + slope * t))
            if off > worst:
                worst = off
        if worst > enough:
            break
    return worst


@nb.njit(cache=True)
def _measure_squares(z, errors, side, enough):
    """Errors of the middles of squares. The two corners off the diagonal are middles of sides one level up, so their errors are
    raised to at least the same."""
    half, last_row, last_column = side // 2, z.shape[0] - 1, z.shape[1] - 1
    for row in range(0, last_row, side):
        for column in range(0, last_column, side):
            main = _main_diagonal(row, column, side)
            value = errors[row + half, column + half]
            if value <= enough:
                crosses = row + side > last_row or column + side > last_column
                error = _INFINITE if crosses else _square_error(z, row, column, side, main, enough)
                value = max(value, error)
                errors[row + half, column + half] = value
            if side < TILE_TEXELS:
                _raise(errors, row, column + side if main else column, value)
                _raise(errors, row + side, column if main else column + side, value)


@nb.njit(cache=True)
def _main_diagonal(row, column, side):
    """Whether a square is parted from its top left to its bottom right corner, or else from the other two."""
    return ((row // side) + (column // side)) % 2 == 0


@nb.njit(cache=True)
def _square_error(z, row, column, side, main, enough):
    """Largest deviation over the two halves of a square, parted by its main or by its other diagonal."""
    tl, tr, bl, br = z[row, column], z[row, column + side], z[row + side, column], z[row + side, column + side]
    worst = np.float32(0)
    for i in range(side + 1):
        if main:
            cut = i
            left, left_slope = tl + (bl - tl) * i / side, (br - bl) / side
            right, right_slope = tl + (br - tr) * i / side, (tr - tl) / side
        else:
            cut = side - i
            left, left_slope = tl + (bl - tl) * i / side, (tr - tl) / side
            right, right_slope = bl + (tr - br) * (side - i) / side, (br - bl) / side
        for j in range(cut + 1):
            off = abs(z[row + i, column + j] - (left + left_slope * j))
            if off > worst:
                worst = off
        for j in range(cut, side + 1):
            off = abs(z[row + i, column + j] - (right + right_slope * j))
            if off > worst:
                worst = off
        if worst > enough:
            break
    return worst


@nb.njit(cache=True)
def _raise(errors, row, column, value):
    """Raise the error at (row, column) to at least `value`; places outside the tiles are passed over."""
    if 0 <= row < errors.shape[0] and 0 <= column < errors.shape[1] and errors[row, column] < value:
        errors[row, column] = value


@nb.njit(cache=True)
def emit_triangles(errors: Float32[np.ndarray, "h w"], bound: np.float32, rows: int, columns: int,
                   corners: Int64[np.ndarray, "M 3"]) -> int:
    """The triangles of a rectangle of rows x columns texels at an error bound.

    Parameters
    ----------
    errors : (h, w) float32
        From `vertex_errors`; exact up to the bound.
    bound : float32
        Vertices that would cost more (mm) are kept.
    rows, columns : int
        Size of the height field.
    corners : (M, 3) int64
        Filled with three texel numbers in reading order a triangle, as far as there is room: none to count only.

    Returns
    -------
    int
        How many triangles there are.
    """
    waiting = np.empty((_WAITING, 6), np.int32)
    count = 0
    for tile_row in range(0, rows - 1, TILE_TEXELS):
        for tile_column in range(0, columns - 1, TILE_TEXELS):
            _put_halves(waiting, tile_row, tile_column)
            top = 2
            while top:
                top -= 1
                ar, ac, br, bc, cr, cc = waiting[top]
                if min(ar, br, cr) >= rows - 1 or min(ac, bc, cc) >= columns - 1:
                    continue
                mr, mc = (ar + br) // 2, (ac + bc) // 2
                if (abs(ar - br) > 1 or abs(ac - bc) > 1) and errors[mr, mc] > bound:
                    _put(waiting, top, cr, cc, ar, ac, mr, mc)
                    _put(waiting, top + 1, br, bc, cr, cc, mr, mc)
                    top += 2
                    continue
                if count < len(corners):
                    corners[count, 0] = ar * columns + ac
                    corners[count, 1] = br * columns + bc
                    corners[count, 2] = cr * columns + cc
                count += 1
    return count


@nb.njit(cache=True)
def _put_halves(waiting, row, column):
    """The two triangles of a whole tile, as the first that wait to be split."""
    low, far = row + TILE_TEXELS, column + TILE_TEXELS
    if _main_diagonal(row, column, TILE_TEXELS):
        _put(waiting, 0, low, far, row, column, low, column)
        _put(waiting, 1, row, column, low, far, row, far)
    else:
        _put(waiting, 0, low, column, row, far, row, column)
        _put(waiting, 1, row, far, low, column, low, far)


@nb.njit(cache=True)
def _put(waiting, at, ar, ac, br, bc, cr, cc):
    """A triangle by rows and columns of its corners: the longest side from a to b, then the right angle c; anticlockwise
    with y up."""
    waiting[at, 0], waiting[at, 1] = ar, ac
    waiting[at, 2], waiting[at, 3] = br, bc
    waiting[at, 4], waiting[at, 5] = cr, cc
