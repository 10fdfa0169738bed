"""A picture worked on by tiles that lie elsewhere each time, as the neural engines need it.

Every tile has margins as far as a feature sees, and mirrored pixels beyond the picture's border; all lie on one grid of 16
pixels, so that features fall on the same cells however many tiles there are.
"""

import os
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass

import numpy as np
import torch

from models.memory import memory_kept
from models.threads import one_thread

_REACH = 64  # pixels a feature sees to either side, up to fire6
_OUTER = 32  # reflected pixels beyond the picture's border


@dataclass(frozen=True)
class Tile:
    """`row`, `column`: (start, low, high): where the tile with its margins begins, and its core [low, high)."""

    row: tuple
    column: tuple
    number: int

    def rows(self, height):
        return _reflected(self.row, height)

    def columns(self, width):
        return _reflected(self.column, width)

    def cut(self, picture):
        """The tile with its margins out of (H, W, C): (1, C, h, w), a copy."""
        rows, columns = (torch.from_numpy(at).to(picture.device) for at in
                         (self.rows(picture.shape[0]), self.columns(picture.shape[1])))
        return picture.detach().index_select(0, rows).index_select(1, columns).permute(2, 0, 1)[None].contiguous()


def tensor_of(picture, device):
    """A picture (H, W, C) float32 where it is worked on; on the CPU both are the same memory."""
    return torch.from_numpy(np.ascontiguousarray(picture, np.float32)).to(device)


def _reflected(span, length):
    """Indices of a tile's pixels; beyond the border the picture is mirrored."""
    start, _, high = span
    stop = high + (_OUTER if high == length else _REACH)
    at = np.abs(np.arange(start, stop)) % max(1, 2 * (length - 1))
    return np.where(at < length, at, 2 * (length - 1) - at)


def segments(length, core, rng):
    """Cuts of one axis into cores of about `core`, all on one grid of 16 pixels, that lies elsewhere each time."""
    phase = int(rng.integers(16))
    if core >= length:
        return [(phase - _OUTER, 0, length)]
    shift = int(rng.integers(core // 16)) * 16 + phase
    cuts = [cut for cut in range(shift, length, core) if core // 3 < cut < length - core // 3]
    bounds = [0, *cuts, length]
    return [(phase - _OUTER if low == 0 else low - _REACH, low, high)
            for low, high in zip(bounds[:-1], bounds[1:], strict=True)]


def add_reflected(total, tile, gradient):
    """Add a tile's gradient (3, h, w) to (H, W, 3) where its pixels came from; mirrored pixels count towards their
    originals."""
    spans = tile.rows(total.shape[0]), tile.columns(total.shape[1])
    for axis, indices in zip((1, 2), spans, strict=True):
        low, high = int(indices.min()), int(indices.max()) + 1
        if high - low != len(indices):
            shape = list(gradient.shape)
            shape[axis] = high - low
            folded = torch.zeros(shape, device=gradient.device)
            gradient = folded.index_add_(axis, torch.from_numpy(indices - low).to(gradient.device), gradient)
    rows, columns = spans
    total[rows.min():rows.max() + 1, columns.min():columns.max() + 1] += gradient.permute(1, 2, 0)


@contextmanager
def one_thread_each(threads):
    """A pool of workers that each compute on one thread, and the device to compute on.

    Sums then run in the same order on any machine; with a GPU one worker feeds it.
    """
    device = "cuda" if torch.cuda.is_available() else "cpu"
    workers = 1 if device == "cuda" else max(1, threads or min(4, len(os.sched_getaffinity(0))))
    with one_thread(), memory_kept(), ThreadPoolExecutor(workers) as pool:
        yield pool, device
