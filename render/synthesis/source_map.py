"""What a source map says: which exemplar gave how much, which regions were copied as one, which places are used too often.

A source map, or a field while it is searched, is (H, W, 3) int32: exemplar, row and column that each texel is copied from.
"""

from typing import NamedTuple

import numba as nb
import numpy as np
from jaxtyping import Float64, Int32, Int64

CELL_TEXELS = 4
"""Side of the cells by which use is counted."""


class Regions(NamedTuple):
    """`numbers` of regions, in scan order of their first texel, and `sizes` of each in texels."""

    numbers: Int32[np.ndarray, "H W"]
    sizes: Int64[np.ndarray, " R"]


def shares_of(source: Int32[np.ndarray, "H W 3"], exemplars: int) -> Float64[np.ndarray, " K"]:
    """Share of the canvas that each of so many exemplars gave."""
    return np.bincount(source[..., 0].ravel(), minlength=exemplars) / source[..., 0].size


def regions(source: Int32[np.ndarray, "H W 3"]) -> Regions:
    """Connected regions copied at one offset (same exemplar, same shift), joined by their sides."""
    return Regions(*_regions(source))


@nb.njit(cache=True)
def _regions(source):
    """Numbers and sizes of regions, by flooding each from its first texel."""
    height, width = source.shape[:2]
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
                ny = y + (direction == 0) - (direction == 1)
                nx = x + (direction == 2) - (direction == 3)
                if 0 <= ny < height and 0 <= nx < width and number[ny, nx] < 0 and _at_one_offset(source, y, x, ny, nx):
                    number[ny, nx] = label
                    stack[depth] = ny * width + nx
                    depth += 1
        sizes.append(count)
    return number, np.array(sizes, np.int64)


@nb.njit(cache=True)
def _at_one_offset(source, y, x, ny, nx):
    """Whether two texels are copied from one exemplar at the same shift."""
    return source[ny, nx, 0] == source[y, x, 0] and source[ny, nx, 1] - ny == source[y, x, 1] - y \
        and source[ny, nx, 2] - nx == source[y, x, 2] - x


@nb.njit(cache=True)
def overuse(source: Int32[np.ndarray, "H W 3"], exemplars: int) -> Int32[np.ndarray, "K h/4 w/4"]:
    """How often each 4 x 4 cell of each exemplar is used beyond once per texel."""
    height, width = source.shape[:2]
    cells_down, cells_right = (height + CELL_TEXELS - 1) // CELL_TEXELS, (width + CELL_TEXELS - 1) // CELL_TEXELS
    counts = np.zeros((exemplars, cells_down, cells_right), np.int32)
    for y in range(height):
        for x in range(width):
            counts[source[y, x, 0], source[y, x, 1] // CELL_TEXELS, source[y, x, 2] // CELL_TEXELS] += 1
    return np.maximum(counts - CELL_TEXELS ** 2, 0).astype(np.int32)
