"""The compiled part of the synthesis: searching exemplars for the patch that fits.

PatchMatch (Barnes et al. 2009, doi:10.1145/1531326.1531330) over many exemplars at once, in bytes: colour is quantised
Lab, four bytes a texel (L, a, b, fine-detail strength), patches are compared by sums of absolute differences. We depart
from the paper in the schedule: rows are worked in bands of fixed height, each in scan order (alternating), reading other
bands as they were before the sweep, and random numbers are a hash of (seed, row, column). So the field does not depend on
the number of threads.

Places are named the same everywhere: (y, x) is the texel of the canvas that is painted, (k, sy, sx) what it is painted
from: exemplar, row and column. A field ((H, W, 3) int32) holds the latter for every texel.
"""

from typing import NamedTuple

import numba as nb
import numpy as np
from jaxtyping import Int32

from render.imaging.noise import below, splitmix64
from render.synthesis.byte_differences import byte_differences
from render.synthesis.inlined import inlined
from render.synthesis.source_map import CELL_TEXELS
from render.synthesis.task import INVALID, KEPT, NEVER, PLAIN, Task

_BAND_ROWS = 16      # a band lasts a thread a few milliseconds; within it texels see each other's latest sources
_NEARBY_TEXELS = 8   # how far away the two random neighbours lie at most, whose sources are tried
_SHRINK = 3          # the search around the present source narrows by this from round to round
_ORDERS = 6          # the search in other exemplars is up to 2 ** 5 times narrower than the reach, in any order
_GUIDE_BITS = 8      # weights of the guide are in 1/256


class Sweep(NamedTuple):
    """How one pass of propagation and random search goes."""

    seed: int
    backwards: bool
    """Whether texels are visited from the last to the first."""
    radius: int
    """First radius of the search around the present source."""
    others: int
    """How many sources in other exemplars are tried."""
    seam: int
    """Price of a neighbour copied at another offset (a Potts term: it removes lone texels and frayed seams)."""


class _Band(NamedTuple):
    """The rows that a thread works on: within them `field` as it is by now, beyond them `before` as it was."""

    field: Int32[np.ndarray, "H W 3"]
    before: Int32[np.ndarray, "H W 3"]
    top: int
    bottom: int


class _Copy(NamedTuple):
    """A source of a texel, and what it costs, seams included."""

    cost: int
    k: int
    sy: int
    sx: int


@inlined
def _copy(cost, k, sy, sx):
    """A `_Copy` of whole numbers of one kind."""
    return _Copy(nb.int64(cost), nb.int64(k), nb.int64(sy), nb.int64(sx))


@inlined
def _cost(task, y, x, k, sy, sx, best):
    """Cost of painting texel (y, x) from (k, sy, sx); anything >= best may come back early."""
    if not _within_reach(task, y, x, sy, sx):
        return nb.int64(NEVER)
    there = _guide_place(task, k, sy, sx)
    if task.source_guides[there] == INVALID:
        return nb.int64(NEVER)
    total = _guide_cost(task, y, x, k, sy, sx, there)
    if total >= best:
        return total
    total = _with_patch(task, y, x, k, sy, sx, total, best)
    if total < best and task.banned[y, x] != 0 and _is_banned(task, y, x, k, sy, sx):
        return nb.int64(NEVER)
    return total


@inlined
def _within_reach(task, y, x, sy, sx):
    """Whether a source lies near enough, with a whole patch around it."""
    half, reach = task.patch // 2, task.reaches[y, x]
    if sy < half or sx < half or sy >= task.height - half or sx >= task.width - half:
        return False
    return abs(sy - y) <= reach and abs(sx - x) <= reach


@inlined
def _guide_place(task, k, y, x):
    """Where the guide of a texel of an exemplar begins (label first); the canvas's own guide is exemplar 0 of one."""
    row, column = nb.int64(k) * task.guide_height + (y >> task.guide_shift), x >> task.guide_shift
    return nb.uint64((row * task.guide_width + column) * (task.guide_bytes + 1))


@inlined
def _guide_cost(task, y, x, k, sy, sx, there):
    """Guide, label, and the prices of exemplar and place; the source's guide begins at `there`."""
    here = _guide_place(task, 0, y, x)
    gap = byte_differences(task.guide, here + nb.uint64(1), task.source_guides, there + nb.uint64(1), task.guide_bytes)
    total = nb.int64(task.exemplar_prices[k]) + np.int32((nb.int64(task.weight[y, x]) * gap) >> _GUIDE_BITS)
    if task.source_guides[there] != task.guide[here]:
        total += task.label_price
    if task.reuse_price > 0:
        total += task.reuse_price * task.usage[k, sy // CELL_TEXELS, sx // CELL_TEXELS]
    return total


@inlined
def _with_patch(task, y, x, k, sy, sx, total, best):
    """`total` and the differences of colour over the patch, row by row until it is too dear."""
    padded = task.width + 2 * (task.patch // 2)
    first = nb.uint64((y * padded + x) * 4)
    second = nb.uint64(((nb.int64(k) * task.height + sy - task.patch // 2) * task.width + sx - task.patch // 2) * 4)
    for _ in range(task.patch):
        total += byte_differences(task.canvas, first, task.sources, second, 4 * task.patch)
        if total >= best:
            return total
        first += nb.uint64(padded * 4)
        second += nb.uint64(task.width * 4)
    return total


@inlined
def _is_banned(task, y, x, k, sy, sx):
    """Whether one of the bans that hold for a texel is of this exemplar and about this shift."""
    for number in range(len(task.ban_offsets)):
        if (task.banned[y, x] >> nb.uint64(number)) & nb.uint64(1) and task.ban_offsets[number, 0] == k \
                and abs(sy - y - task.ban_offsets[number, 1]) <= task.ban_tolerance \
                and abs(sx - x - task.ban_offsets[number, 2]) <= task.ban_tolerance:
            return True
    return False


@nb.njit(parallel=True, cache=True)
def exhaust(task: Task, field: Int32[np.ndarray, "H W 3"], cost: Int32[np.ndarray, "H W"]) -> None:
    """The best source within reach of every texel, into `field` and `cost`, by looking at all of them.

    Parameters
    ----------
    task : Task
        Of the coarsest level: anywhere else this takes too long.
    field, cost : (H, W, 3) and (H, W) int32
        Filled.
    """
    height, width = task.height, task.width
    for row in nb.prange(height):
        y = nb.int64(row)
        for x in range(width):
            if task.kinds[y, x] == KEPT:
                continue
            best, reach = nb.int64(NEVER), task.reaches[y, x]
            for k in range(len(task.exemplar_prices)):
                for sy in range(max(0, y - reach), min(height, y + reach + 1)):
                    for sx in range(max(0, x - reach), min(width, x + reach + 1)):
                        found = _cost(task, y, x, k, sy, sx, best)
                        if found < best:
                            best = found
                            field[y, x, 0], field[y, x, 1], field[y, x, 2] = k, sy, sx
            cost[y, x] = best


@nb.njit(parallel=True, cache=True)
def recost(task: Task, field: Int32[np.ndarray, "H W 3"], cost: Int32[np.ndarray, "H W"]) -> None:
    """Cost of the field as it stands, into `cost`.

    Parameters
    ----------
    task : Task
    field : (H, W, 3) int32
    cost : (H, W) int32
        Filled; without prices of seams.
    """
    for row in nb.prange(task.height):
        y = nb.int64(row)
        for x in range(task.width):
            if task.kinds[y, x] == KEPT:
                cost[y, x] = 0
            else:
                cost[y, x] = _cost(task, y, x, field[y, x, 0], field[y, x, 1], field[y, x, 2], NEVER)


@nb.njit(parallel=True, cache=True)
def sweep(task: Task, way: Sweep, field: Int32[np.ndarray, "H W 3"], before: Int32[np.ndarray, "H W 3"],
          cost: Int32[np.ndarray, "H W"]) -> None:
    """One pass of propagation and random search; `field` and `cost` are improved in place.

    Parameters
    ----------
    task : Task
    way : Sweep
    field : (H, W, 3) int32
    before : (H, W, 3) int32
        A copy of `field`.
    cost : (H, W) int32
        Of `field`.
    """
    height, width = task.height, task.width
    bands = (height + _BAND_ROWS - 1) // _BAND_ROWS
    for number in nb.prange(bands):
        top = nb.int64(number) * _BAND_ROWS
        band = _Band(field, before, top, min(height, top + _BAND_ROWS))    # type: ignore[arg-type]    # numba's integers
        for row in range(band.bottom - band.top):
            y = band.bottom - 1 - row if way.backwards else band.top + row
            for column in range(width):
                x = width - 1 - column if way.backwards else column
                if task.kinds[y, x] != KEPT:
                    _improve(task, way, band, y, x, cost)


@inlined
def _improve(task, way, band, y, x, cost):
    """Propagation and random search for one texel."""
    k, sy, sx = band.field[y, x, 0], band.field[y, x, 1], band.field[y, x, 2]
    best = _copy(cost[y, x] + _seams(task, way, band, y, x, k, sy, sx), k, sy, sx)
    state = splitmix64(splitmix64(nb.uint64(way.seed)) ^ (nb.uint64(y) << nb.uint64(32) | nb.uint64(x)))
    best, state = _propagate(task, way, band, y, x, best, state)
    best, state = _search_near(task, way, band, y, x, best, state)
    best = _search_others(task, way, band, y, x, best, state)
    band.field[y, x, 0], band.field[y, x, 1], band.field[y, x, 2] = best.k, best.sy, best.sx
    cost[y, x] = best.cost - _seams(task, way, band, y, x, best.k, best.sy, best.sx)


@inlined
def _propagate(task, way, band, y, x, best, state):
    """Go on where the two neighbours visited last are copied from, and two random ones nearby."""
    step = -1 if way.backwards else 1
    for neighbour in range(4):
        dy, dx = nb.int64(0), nb.int64(0)
        if neighbour == 0:
            dx = -step
        elif neighbour == 1:
            dy = -step
        else:
            state = splitmix64(state)
            dy = below(state, 2 * _NEARBY_TEXELS + 1) - _NEARBY_TEXELS
            dx = below(state << nb.uint64(32), 2 * _NEARBY_TEXELS + 1) - _NEARBY_TEXELS
        ny, nx = y + dy, x + dx
        if ny < 0 or nx < 0 or ny >= task.height or nx >= task.width:
            continue
        k, sy, sx = _source_at(band, ny, nx)
        if k != best.k or sy - dy != best.sy or sx - dx != best.sx:
            best = _better(task, way, band, y, x, best, k, sy - dy, sx - dx)
    return best, state


@inlined
def _search_near(task, way, band, y, x, best, state):
    """Look around the present source, in ever smaller circles."""
    radius = way.radius
    while radius >= 1:
        state = splitmix64(state)
        sy, sx = _anywhere_near(task, best.sy, best.sx, radius, state)
        best = _better(task, way, band, y, x, best, best.k, sy, sx)
        radius = radius // _SHRINK
    return best, state


@inlined
def _search_others(task, way, band, y, x, best, state):
    """Look into random exemplars.

    Aligned exemplars show the same thing at the same place: look near there, at distances of all orders, or where the
    present source lies, by turns.
    """
    for other in range(way.others):
        state = splitmix64(state)
        k = below(state, len(task.exemplar_prices))
        if other % 2 == 0:
            cy, cx, spread = best.sy, best.sx, nb.int64(way.radius)
        else:
            reach = task.plain_reach if task.kinds[y, x] == PLAIN else task.reach
            cy, cx, spread = y, nb.int64(x), nb.int64(max(1, reach >> below(state << nb.uint64(32), _ORDERS)))
        state = splitmix64(state)
        sy, sx = _anywhere_near(task, cy, cx, spread, state)
        best = _better(task, way, band, y, x, best, k, sy, sx)
    return best


@inlined
def _anywhere_near(task, y, x, radius, state):
    """A random place within a radius, with a whole patch around it."""
    half = task.patch // 2
    sy = y + below(state, 2 * radius + 1) - radius
    sx = x + below(state << nb.uint64(32), 2 * radius + 1) - radius
    return min(max(sy, half), task.height - 1 - half), min(max(sx, half), task.width - 1 - half)


@inlined
def _better(task, way, band, y, x, best, k, sy, sx):
    """The cheaper of the best source so far and (k, sy, sx)."""
    found = _cost(task, y, x, k, sy, sx, best.cost)
    if found < best.cost:
        found += _seams(task, way, band, y, x, k, sy, sx)
        if found < best.cost:
            return _copy(found, k, sy, sx)
    return best


@inlined
def _source_at(band, y, x):
    """What a texel is copied from: within the band as it is by now, beyond it as it was before the sweep."""
    if band.top <= y < band.bottom:
        return band.field[y, x, 0], band.field[y, x, 1], band.field[y, x, 2]
    return band.before[y, x, 0], band.before[y, x, 1], band.before[y, x, 2]


@inlined
def _seams(task, way, band, y, x, k, sy, sx):
    """Price of the neighbours that are copied at another offset than (k, sy, sx) here."""
    price = way.seam * task.plain_coherence if task.kinds[y, x] == PLAIN else way.seam
    return price * _strangers(band, y, x, k, sy, sx)


@inlined
def _strangers(band, y, x, k, sy, sx):
    """How many of the four neighbours are copied at another offset than (k, sy, sx) here."""
    height, width = band.field.shape[:2]
    count = 0
    for direction in range(4):
        dy = (direction == 0) - (direction == 1)
        dx = (direction == 2) - (direction == 3)
        ny, nx = y + dy, x + dx
        if ny < 0 or nx < 0 or ny >= height or nx >= width:
            continue
        nk, nsy, nsx = _source_at(band, ny, nx)
        count += nk != k or nsy != sy + dy or nsx != sx + dx
    return count
