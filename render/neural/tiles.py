"""A picture divided into tiles that lie elsewhere at each step, for the neural engines.

Every tile has margins as wide as the field of view of a feature, and mirrored pixels beyond the picture's border. All tiles lie
on one grid of 16 pixels, so that features fall on the same cells however many tiles there are.
"""

import os
from collections.abc import Iterator
from concurrent.futures import Executor, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import torch
from jaxtyping import Float32, Int
from torch import Tensor

from data.coordinates import mirrored_indices
from data.errors import UsageError
from models.memory import memory_kept
from models.threads import one_thread

GRID_PX = 16
"""Pixels from one cell to the next in the deepest layer that style is taken from (fire6)."""
_LEAST_TILE_PX = 64
_REACH_PX = 64  # how far a feature sees to either side, up to fire6
_OUTER_PX = 32  # mirrored pixels beyond the picture's border
_LEAST_END = 3  # a core at an end of the axis is at least this part (one over it) of a whole one
_MOST_WORKERS = 4  # more of them gain little: memory is what they then wait for


class Span(NamedTuple):
    """A tile along one axis: where it begins with its margins, and its core, from `low` to below `high`."""

    start: int
    low: int
    high: int


@dataclass(frozen=True)
class Tile:
    """A tile of a picture; cores cover it without overlap, margins overlap. `number`: in the order of the rows."""

    row: Span
    column: Span
    number: int

    def rows(self, height: int) -> Int[np.ndarray, " h"]:
        """Row of the picture (`height` rows high) that each row of the tile shows."""
        return _mirrored(self.row, height)

    def columns(self, width: int) -> Int[np.ndarray, " w"]:
        """Column of the picture (`width` columns wide) that each column of the tile shows."""
        return _mirrored(self.column, width)

    def cut(self, picture: Float32[Tensor, "H W C"]) -> Float32[Tensor, "1 C h w"]:
        """The tile with its margins, as a copy."""
        rows, columns = (torch.from_numpy(at).to(picture.device) for at in
                         (self.rows(picture.shape[0]), self.columns(picture.shape[1])))
        return picture.detach().index_select(0, rows).index_select(1, columns).permute(2, 0, 1)[None].contiguous()


def check_tile_px(tile_px: int) -> None:
    """UsageError unless tiles of this side can lie on the grid and are worth their margins."""
    if tile_px % GRID_PX or tile_px < _LEAST_TILE_PX:
        raise UsageError(f"tile_px must be a multiple of {GRID_PX} and at least {_LEAST_TILE_PX}, got {tile_px}")


def tensor_of(picture: Float32[np.ndarray, "H W C"], device: str) -> Float32[Tensor, "H W C"]:
    """A picture where it is worked on; on the CPU both are the same memory."""
    return torch.from_numpy(np.ascontiguousarray(picture, np.float32)).to(device)


def _mirrored(span: Span, length: int) -> Int[np.ndarray, " n"]:
    """Indices of a tile's pixels; beyond the border the picture is mirrored."""
    return mirrored_indices(span.start, span.high + (_OUTER_PX if span.high == length else _REACH_PX), length)


def segments(length: int, core: int, rng: np.random.Generator) -> list[Span]:
    """Tiles of one axis, all on one grid of 16 pixels that lies elsewhere each time.

    Parameters
    ----------
    length : int
        Pixels of the axis.
    core : int
        About how many of them a tile's core holds; a multiple of 16.
    rng : Generator
        Decides where the grid and the cuts lie.

    Returns
    -------
    list of Span
        Their cores cover the axis.
    """
    phase = int(rng.integers(GRID_PX))
    if core >= length:
        return [Span(phase - _OUTER_PX, 0, length)]
    shift = int(rng.integers(core // GRID_PX)) * GRID_PX + phase
    cuts = [cut for cut in range(shift, length, core) if core // _LEAST_END < cut < length - core // _LEAST_END]
    bounds = [0, *cuts, length]
    return [Span(phase - _OUTER_PX if low == 0 else low - _REACH_PX, low, high)
            for low, high in zip(bounds[:-1], bounds[1:], strict=True)]


def tiles_of(rows: list[Span], columns: list[Span]) -> list[Tile]:
    """Every tile that a row and a column have in common, row by row."""
    places = [(row, column) for row in rows for column in columns]
    return [Tile(row, column, number) for number, (row, column) in enumerate(places)]


def add_mirrored(total: Float32[Tensor, "H W 3"], tile: Tile, gradient: Float32[Tensor, "3 h w"]) -> None:
    """Add a tile's gradient to the picture's, in place.

    Parameters
    ----------
    total : (H, W, 3) float32
        Added to.
    tile : Tile
    gradient : (3, h, w) float32
        Of the tile with its margins: what mirrored pixels ask for counts towards their originals.
    """
    rows, columns = tile.rows(total.shape[0]), tile.columns(total.shape[1])
    for axis, indices in ((1, rows), (2, columns)):
        low, high = int(indices.min()), int(indices.max()) + 1
        if high - low != len(indices):
            shape = list(gradient.shape)
            shape[axis] = high - low
            folded = torch.zeros(shape, device=gradient.device)
            gradient = folded.index_add_(axis, torch.from_numpy(indices - low).to(gradient.device), gradient)
    total[rows.min():rows.max() + 1, columns.min():columns.max() + 1] += gradient.permute(1, 2, 0)


@contextmanager
def one_thread_each(threads: int | None) -> Iterator[tuple[Executor, str]]:
    """A pool of workers (`threads`, or up to four) that each compute on one thread, and the device to compute on.

    Sums then run in the same order on any machine; with a GPU one worker feeds it.
    """
    device = "cuda" if torch.cuda.is_available() else "cpu"
    workers = 1 if device == "cuda" else max(1, threads or min(_MOST_WORKERS, len(os.sched_getaffinity(0))))
    with one_thread(), memory_kept(), ThreadPoolExecutor(workers) as pool:
        yield pool, device
