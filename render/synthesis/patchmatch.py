"""The compiled part of the synthesis: searching exemplars for the patch that fits, and voting on a canvas.

PatchMatch (Barnes et al. 2009, doi:10.1145/1531326.1531330) over many exemplars at once, in bytes: colour is quantised
Lab, four bytes a texel (L, a, b, fine-detail strength), patches are compared by sums of absolute differences, which
processors do sixteen bytes at a time. We depart from the paper in the schedule: rows are worked in bands of fixed
height, each in scan order (alternating), reading other bands as they were before the sweep, and random numbers are a
hash of (seed, row, column). So the field does not depend on the number of threads.
"""

import llvmlite.ir as ir
import numba as nb
import numpy as np
from numba.core import cgutils, types
from numba.extending import intrinsic

from render.imaging.noise import below, splitmix64

BAND_ROWS = 16
NEVER = np.int32(1 << 30)
INVALID = 255
_U = nb.uint64


def _absolute_differences(builder, first, second, count):
    vector, wide = ir.VectorType(ir.IntType(8), count), ir.VectorType(ir.IntType(32), count)
    loaded = []
    for pointer in (first, second):
        value = builder.load(builder.bitcast(pointer, vector.as_pointer()))
        value.align = 1
        loaded.append(builder.zext(value, wide))
    zero = ir.Constant(wide, [0] * count)
    difference = builder.sub(*loaded)
    magnitude = builder.select(builder.icmp_signed("<", difference, zero), builder.neg(difference), difference)
    add = cgutils.get_or_insert_function(
        builder.module, ir.FunctionType(ir.IntType(32), [wide]), f"llvm.vector.reduce.add.v{count}i32")
    return builder.call(add, [magnitude])


def _differences_of(count):
    """sad(a, i, b, j) -> sum |a[i+n] - b[j+n]| over n < count, for flat uint8 arrays.

    Plain loops over bytes cost numba eight times as much: LLVM sees the pattern only as vectors.
    """
    def sad(typingctx, a, i, b, j):
        def generate(context, builder, signature, arguments):
            arrays = [context.make_array(signature.args[n])(context, builder, arguments[n]) for n in (0, 2)]
            pointers = [builder.gep(array.data, [arguments[n]]) for array, n in zip(arrays, (1, 3), strict=True)]
            return _absolute_differences(builder, *pointers, count)
        return types.int32(a, types.uint64, b, types.uint64), generate
    return intrinsic(sad)


_sad16, _sad8, _sad4 = (_differences_of(count) for count in (16, 8, 4))


@nb.njit
def _row_sad(a, i, b, j, length):
    """Sum of absolute differences over `length` bytes, a multiple of 4."""
    total = np.int32(0)
    while length >= 16:
        total += _sad16(a, i, b, j)
        i += _U(16)
        j += _U(16)
        length -= 16
    if length >= 8:
        total += _sad8(a, i, b, j)
        i += _U(8)
        j += _U(8)
        length -= 8
    if length >= 4:
        total += _sad4(a, i, b, j)
    return total


@nb.njit
def _cost(canvas, guide, weight, marks, sources, source_guides, size, y, x, k, sy, sx, best):
    """Cost of painting texel (y, x) from (k, sy, sx); anything >= best may come back early.

    `size` = (h, w, patch, guide bytes, guide shift, guide height, guide width, label cost, reach, ban tolerance).
    """
    height, width, patch, channels, shift, guide_height, guide_width, label_cost, _, tolerance = size
    penalties, banned, bans, usage, usage_cost, reaches = marks
    half = patch // 2
    if sy < half or sx < half or sy >= height - half or sx >= width - half:
        return NEVER
    reach = reaches[y, x]
    if abs(sy - y) > reach or abs(sx - x) > reach:
        return NEVER
    stride = channels + 1
    there = _U(((nb.int64(k) * guide_height + (sy >> shift)) * guide_width + (sx >> shift)) * stride)
    here = _U(((y >> shift) * guide_width + (x >> shift)) * stride)
    label = source_guides[there]
    if label == INVALID:
        return NEVER
    total = penalties[k] + np.int32(
        (nb.int64(weight[y, x]) * _row_sad(guide, here + _U(1), source_guides, there + _U(1), channels)) >> 8)
    if label != guide[here]:
        total += label_cost
    if usage_cost > 0:
        total += usage_cost * usage[k, sy >> 2, sx >> 2]
    if total >= best:
        return total
    span = _U((width + 2 * half) * 4)
    first = _U((y * (width + 2 * half) + x) * 4)
    second = _U(((nb.int64(k) * height + sy - half) * width + sx - half) * 4)
    for _ in range(patch):
        total += _row_sad(canvas, first, sources, second, 4 * patch)
        if total >= best:
            return total
        first += span
        second += _U(width * 4)
    if banned[y, x] != 0:
        for number in range(len(bans)):
            if (banned[y, x] >> _U(number)) & _U(1) and bans[number, 0] == k \
                    and abs(sy - y - bans[number, 1]) <= tolerance and abs(sx - x - bans[number, 2]) <= tolerance:
                return NEVER
    return total


@nb.njit(parallel=True, cache=True)
def exhaust(canvas, guide, weight, marks, sources, source_guides, size, exemplars, field, cost):
    """The best source within reach of every texel, by looking at all of them; for the coarsest level."""
    height, width = size[0], size[1]
    for row in nb.prange(height):
        y = nb.int64(row)
        for x in range(width):
            best, reach = NEVER, marks[5][y, x]
            for k in range(exemplars):
                for sy in range(max(0, y - reach), min(height, y + reach + 1)):
                    for sx in range(max(0, x - reach), min(width, x + reach + 1)):
                        found = _cost(canvas, guide, weight, marks, sources, source_guides, size, y, x, k, sy, sx, best)
                        if found < best:
                            best = found
                            field[y, x, 0], field[y, x, 1], field[y, x, 2] = k, sy, sx
            cost[y, x] = best


@nb.njit(parallel=True, cache=True)
def recost(canvas, guide, weight, marks, sources, source_guides, size, field, cost):
    """Cost of the field as it stands, into `cost`."""
    for row in nb.prange(size[0]):
        y = nb.int64(row)
        for x in range(size[1]):
            cost[y, x] = _cost(canvas, guide, weight, marks, sources, source_guides, size, y, x,
                               field[y, x, 0], field[y, x, 1], field[y, x, 2], NEVER)


@nb.njit
def _strangers(field, before, top, bottom, y, x, k, sy, sx):
    """How many of the four neighbours are copied at another offset than (k, sy, sx) here."""
    height, width = field.shape[:2]
    count = 0
    for direction in range(4):
        dy = (direction == 0) - (direction == 1)
        dx = (direction == 2) - (direction == 3)
        ny, nx = y + dy, x + dx
        if ny < 0 or nx < 0 or ny >= height or nx >= width:
            continue
        if top <= ny < bottom:
            count += field[ny, nx, 0] != k or field[ny, nx, 1] != sy + dy or field[ny, nx, 2] != sx + dx
        else:
            count += before[ny, nx, 0] != k or before[ny, nx, 1] != sy + dy or before[ny, nx, 2] != sx + dx
    return count


@nb.njit(parallel=True, cache=True)
def sweep(canvas, guide, weight, marks, sources, source_guides, size, exemplars, field, before, cost, seed, backwards,
          radius, others, seam):
    """One pass of propagation and random search; `field` and `cost` are improved in place, `before` = field before.

    `radius` is the first radius of the search around the present source, `others` the number of other exemplars tried,
    `seam` the price of a neighbour copied at another offset (a Potts term: it removes lone texels and frayed seams).
    """
    height, width, half = size[0], size[1], size[2] // 2
    step = -1 if backwards else 1
    bands = (height + BAND_ROWS - 1) // BAND_ROWS
    for band in nb.prange(bands):
        top = nb.int64(band) * BAND_ROWS
        bottom = min(height, top + BAND_ROWS)
        for row in range(bottom - top):
            y = bottom - 1 - row if backwards else top + row
            for column in range(width):
                x = width - 1 - column if backwards else column
                k, by, bx, best = field[y, x, 0], field[y, x, 1], field[y, x, 2], cost[y, x]
                best += seam * _strangers(field, before, top, bottom, y, x, k, by, bx)
                state = splitmix64(splitmix64(_U(seed)) ^ (_U(y) << _U(32) | _U(x)))
                for neighbour in range(4):
                    dy, dx = 0, 0
                    if neighbour == 0:
                        dx = -step
                    elif neighbour == 1:
                        dy = -step
                    else:
                        state = splitmix64(state)
                        dy = below(state, 17) - 8
                        dx = below(state << _U(32), 17) - 8
                    ny, nx = y + dy, x + dx
                    if ny < 0 or nx < 0 or ny >= height or nx >= width:
                        continue
                    if top <= ny < bottom:
                        nk, sy, sx = field[ny, nx, 0], field[ny, nx, 1] - dy, field[ny, nx, 2] - dx
                    else:
                        nk, sy, sx = before[ny, nx, 0], before[ny, nx, 1] - dy, before[ny, nx, 2] - dx
                    if nk == k and sy == by and sx == bx:
                        continue
                    found = _cost(canvas, guide, weight, marks, sources, source_guides, size, y, x, nk, sy, sx, best)
                    if found < best:
                        found += seam * _strangers(field, before, top, bottom, y, x, nk, sy, sx)
                    if found < best:
                        best, k, by, bx = found, nk, sy, sx
                reach = radius
                while reach >= 1:
                    state = splitmix64(state)
                    sy = by + below(state, 2 * reach + 1) - reach
                    sx = bx + below(state << _U(32), 2 * reach + 1) - reach
                    sy = min(max(sy, half), height - 1 - half)
                    sx = min(max(sx, half), width - 1 - half)
                    found = _cost(canvas, guide, weight, marks, sources, source_guides, size, y, x, k, sy, sx, best)
                    if found < best:
                        found += seam * _strangers(field, before, top, bottom, y, x, k, sy, sx)
                    if found < best:
                        best, by, bx = found, sy, sx
                    reach = reach // 3
                for other in range(others):
                    state = splitmix64(state)
                    nk = below(state, exemplars)
                    # Aligned exemplars show the same thing at the same place: look near there, at distances of all
                    # orders, or where the present source lies.
                    spread = radius if other % 2 == 0 else max(1, size[8] >> below(state << _U(32), 6))
                    state = splitmix64(state)
                    sy = (by if other % 2 == 0 else y) + below(state, 2 * spread + 1) - spread
                    sx = (bx if other % 2 == 0 else x) + below(state << _U(32), 2 * spread + 1) - spread
                    sy = min(max(sy, half), height - 1 - half)
                    sx = min(max(sx, half), width - 1 - half)
                    found = _cost(canvas, guide, weight, marks, sources, source_guides, size, y, x, nk, sy, sx, best)
                    if found < best:
                        found += seam * _strangers(field, before, top, bottom, y, x, nk, sy, sx)
                    if found < best:
                        best, k, by, bx = found, nk, sy, sx
                field[y, x, 0], field[y, x, 1], field[y, x, 2] = k, by, bx
                cost[y, x] = best - seam * _strangers(field, before, top, bottom, y, x, k, by, bx)


@nb.njit(parallel=True, cache=True)
def vote(sources, size, field, cost, scale, canvas):
    """The canvas ((h + 2 half, w + 2 half, 4) uint8, edges repeated) on which overlapping patches agree.

    Weights fall with a patch's cost relative to `scale`, so that one misfit does not stain its neighbours.
    """
    height, width, half = size[0], size[1], size[2] // 2
    for row in nb.prange(height):
        y = nb.int64(row)
        for x in range(width):
            total = np.float32(0)
            first = second = third = fourth = np.float32(0)
            for ny in range(max(0, y - half), min(height, y + half + 1)):
                for nx in range(max(0, x - half), min(width, x + half + 1)):
                    ratio = np.float32(cost[ny, nx]) * scale
                    weight = np.float32(1) / (np.float32(0.02) + ratio * ratio)
                    sy, sx = field[ny, nx, 1] + y - ny, field[ny, nx, 2] + x - nx
                    at = ((nb.int64(field[ny, nx, 0]) * height + sy) * width + sx) * 4
                    first += weight * sources[at]
                    second += weight * sources[at + 1]
                    third += weight * sources[at + 2]
                    fourth += weight * sources[at + 3]
                    total += weight
            inverse = np.float32(1) / total
            canvas[y + half, x + half, 0] = np.uint8(first * inverse + np.float32(0.5))
            canvas[y + half, x + half, 1] = np.uint8(second * inverse + np.float32(0.5))
            canvas[y + half, x + half, 2] = np.uint8(third * inverse + np.float32(0.5))
            canvas[y + half, x + half, 3] = np.uint8(fourth * inverse + np.float32(0.5))


@nb.njit(parallel=True, cache=True)
def gather(layer, unit, exemplar, field, radius, spread, middle, tolerance, total, weights):
    """Add what one exemplar's `layer` ((h, w, C), divided by `unit`) gives to a blend of overlapping copies.

    A texel hears its neighbours' sources within `radius`, by a Gaussian of `spread` texels; where `tolerance` > 0,
    votes far from `middle` ((h, w, C)) count less (one step of mean shift, Comaniciu & Meer 2002,
    doi:10.1109/34.1000236).
    """
    height, width, channels = layer.shape
    for row in nb.prange(height):
        y = nb.int64(row)
        for x in range(width):
            for ny in range(max(0, y - radius), min(height, y + radius + 1)):
                for nx in range(max(0, x - radius), min(width, x + radius + 1)):
                    if field[ny, nx, 0] != exemplar:
                        continue
                    sy, sx = field[ny, nx, 1] + y - ny, field[ny, nx, 2] + x - nx
                    if sy < 0 or sx < 0 or sy >= height or sx >= width:
                        continue
                    distance = (ny - y) ** 2 + (nx - x) ** 2
                    weight = np.float32(np.exp(np.float32(-0.5) * distance / (spread * spread)))
                    if tolerance > 0:
                        gap = np.float32(0)
                        for c in range(channels):
                            gap = max(gap, abs(np.float32(layer[sy, sx, c]) / unit - middle[y, x, c]))
                        weight *= np.float32(np.exp(-(gap / tolerance) ** 2)) + np.float32(1e-4)
                    for c in range(channels):
                        total[y, x, c] += weight * (np.float32(layer[sy, sx, c]) / unit)
                    weights[y, x] += weight


@nb.njit(parallel=True, cache=True)
def slopes(layer, unit, exemplar, field, colour, axis, gaps, steps):
    """Steps to the next texel along an axis (0 down, 1 right) as the sources have them, for texels of one exemplar.

    Where a texel and the next come from different places, each place has a step of its own: the one nearer to the step
    between the two copies wins (`gaps`, (h, w, C) float32, holds the smallest difference so far). An edge that either
    source has stays; a step that is only a seam goes.
    """
    height, width, channels = colour.shape
    for row in nb.prange(height - (axis == 0)):
        y = nb.int64(row)
        for x in range(width - (axis == 1)):
            ey, ex = y + (axis == 0), x + (axis == 1)
            for end in range(2):
                py, px = y + end * (ey - y), x + end * (ex - x)
                if field[py, px, 0] != exemplar:
                    continue
                sy, sx = field[py, px, 1] + y - py, field[py, px, 2] + x - px
                qy, qx = sy + ey - y, sx + ex - x
                if sy < 0 or sx < 0 or qy >= height or qx >= width:
                    continue
                for c in range(channels):
                    step = (np.float32(layer[qy, qx, c]) - np.float32(layer[sy, sx, c])) / unit
                    gap = abs(step - (colour[ey, ex, c] - colour[y, x, c]))
                    if gap < gaps[y, x, c]:
                        gaps[y, x, c] = gap
                        steps[y, x, c] = step


@nb.njit(cache=True)
def regions(field):
    """Connected regions copied at one offset (same exemplar, same shift), 4-connected.

    Returns (h, w) int32 region numbers in scan order of their first texel, and (n,) int64 sizes in texels.
    """
    height, width = field.shape[:2]
    number = np.full((height, width), -1, np.int32)
    stack = np.empty(height * width, np.int64)
    sizes = []
    for start in range(height * width):
        if number[start // width, start % width] >= 0:
            continue
        label, count, depth = len(sizes), 0, 1
        stack[0] = start
        number[start // width, start % width] = label
        while depth > 0:
            depth -= 1
            y, x = stack[depth] // width, stack[depth] % width
            count += 1
            for direction in range(4):
                dy = (direction == 0) - (direction == 1)
                dx = (direction == 2) - (direction == 3)
                ny, nx = y + dy, x + dx
                if ny < 0 or nx < 0 or ny >= height or nx >= width or number[ny, nx] >= 0:
                    continue
                if field[ny, nx, 0] == field[y, x, 0] and field[ny, nx, 1] - ny == field[y, x, 1] - y \
                        and field[ny, nx, 2] - nx == field[y, x, 2] - x:
                    number[ny, nx] = label
                    stack[depth] = ny * width + nx
                    depth += 1
        sizes.append(count)
    return number, np.array(sizes, np.int64)


@nb.njit(cache=True)
def occupancy(field, exemplars):
    """How often each 4 x 4 cell of each exemplar is used beyond once per texel, (K, h/4, w/4) int32."""
    height, width = field.shape[:2]
    counts = np.zeros((exemplars, (height + 3) // 4, (width + 3) // 4), np.int32)
    for y in range(height):
        for x in range(width):
            counts[field[y, x, 0], field[y, x, 1] >> 2, field[y, x, 2] >> 2] += 1
    return np.maximum(counts - 16, 0).astype(np.int32)
