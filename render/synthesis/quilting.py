"""The other engine: image quilting, blocks of paint sewn together along the seams where they differ least.

Efros & Freeman 2001, doi:10.1145/383259.383296: blocks in scan order, each chosen by its overlap with what is already
there and by the guide, cut along the cheapest path. Candidates are the places the neighbours' blocks would go on to
(Ashikhmin 2001, doi:10.1145/364338.364405) and places near the block's own in every exemplar. Cruder than the patch
engine, with whole brushstrokes kept; it obeys the same limits on reuse.
"""

from collections.abc import Sequence
from dataclasses import replace
from typing import NamedTuple

import numba as nb
import numpy as np
from jaxtyping import Bool, Float, Float32, Int16, Int64, UInt8

from data.checkpoint import Checkpoint
from data.progress import Progress
from render.synthesis.exemplar import Exemplar, Synthesis, SynthesisSettings, check_inputs, name_groups
from render.synthesis.field import Search
from render.synthesis.limits import group_shares, share_limit
from render.synthesis.patch import finish
from render.synthesis.pyramid import pyramid
from render.synthesis.task import INVALID

BLOCK_SHARE = 0.04
"""Side of a block as a share of the width: a brushstroke's length on a bust."""
CANDIDATES = 24
"""Places tried in each exemplar for every block."""
_OVERLAP = 4              # a block's side is so many times its overlap
_ORDERS = 6               # candidates lie up to 2 ** 5 times nearer than the reach, in any order
_FORBIDDEN = 1e9          # cost of what the limits forbid; taken where nothing else is left
_OUTSIDE = 1e12           # cost of each texel that nothing may be copied from
_PATCH_TEXELS = 25.0      # an overlap speaks for the whole patch around each of its texels


class Block(NamedTuple):
    """A square of the canvas."""

    top: int
    left: int
    side: int

    @property
    def window(self) -> tuple[slice, slice]:
        """Its rows and columns."""
        return slice(self.top, self.top + self.side), slice(self.left, self.left + self.side)


def quilt(guide: UInt8[np.ndarray, "H W G"], labels: UInt8[np.ndarray, "H W"], exemplars: Sequence[Exemplar],
          settings: SynthesisSettings | None = None, *, guide_weight_map: Float32[np.ndarray, "H W"] | None = None,
          start: Float[np.ndarray, "H W 3"] | None = None, progress: Progress | None = None,
          checkpoint: Checkpoint | None = None) -> Synthesis:
    """Paint a guide with square blocks of the exemplars.

    Parameters
    ----------
    guide, labels, exemplars, settings, guide_weight_map, start
        As in `render.synthesis.patch.synthesise`.
    progress : callable, optional
        Called after every row of blocks.
    checkpoint : optional
        Not used: a canvas is sewn in seconds.

    Returns
    -------
    Synthesis
    """
    settings = replace(settings or SynthesisSettings(), levels=1)
    check_inputs(guide, labels, exemplars, settings, guide_weight_map, start)
    level = pyramid(guide, labels, exemplars, settings, guide_weight_map)[0]
    sewing = _Sewing(Search(level, 0, name_groups(exemplars), settings))
    height, width = labels.shape
    side = max(2 * settings.patch_px, round(BLOCK_SHARE * width))
    overlap = max(2, side // _OVERLAP)
    tops, lefts = (_starts(length, side, overlap) for length in (height, width))
    for row, top in enumerate(tops):
        for column, left in enumerate(lefts):
            if not sewing.free[Block(top, left, side).window].any():
                continue
            rng = np.random.default_rng([settings.seed, row, column])
            sewing.sew(Block(top, left, side), overlap, rng)
        if progress is not None:
            progress(row + 1, len(tops))
    return finish(sewing.search, exemplars, start)


def _starts(length: int, side: int, overlap: int) -> list[int]:
    """Where blocks begin along one direction; the last one ends with the canvas."""
    return sorted({*range(0, max(1, length - side), side - overlap), length - side})


class _Sewing:
    """A canvas that is half sewn, and how the exemplars were used for it."""

    def __init__(self, search: Search) -> None:
        self.search = search
        self.canvas: Int16[np.ndarray, "H W 3"] = np.zeros((search.height, search.width, 3), np.int16)
        self.free = search.free
        self.painted = ~self.free    # kept paint is there before anything is sewn
        self.canvas[self.painted] = search.level.colours[(*search.field[self.painted].T,)][:, :3]
        self.used = np.zeros(search.count)    # texels of each exemplar
        self.at_offset: dict[tuple[int, int, int], int] = {}    # texels copied from an exemplar at a shift

    def sew(self, block: Block, overlap: int, rng: np.random.Generator) -> None:
        """Choose a block, cut it to what is there, and sew it in."""
        level, window = self.search.level, block.window
        places = self._places(block, rng)
        costs = _block_costs(level.colours, level.guides, level.guide, level.weight, level.shift, self.canvas, self.painted,
                             places, block, self.search.label_price)
        exemplar, sy, sx = places[int(np.argmin(np.where(self._allowed(block, places), costs, costs + _FORBIDDEN)))]
        colours = level.colours[exemplar, sy:sy + block.side, sx:sx + block.side, :3].astype(np.int16)
        new = _seam(self.canvas[window], colours, self.painted[window], overlap) & self.free[window]
        self.canvas[window][new] = colours[new]
        ys, xs = np.nonzero(new)
        self.search.field[block.top + ys, block.left + xs] = np.stack([np.full(len(ys), exemplar), sy + ys, sx + xs], 1)
        self.painted[window] = True
        self.used[exemplar] += new.sum()
        offset = (exemplar, sy - block.top, sx - block.left)
        self.at_offset[offset] = self.at_offset.get(offset, 0) + int(new.sum())

    def _places(self, block: Block, rng: np.random.Generator) -> Int64[np.ndarray, "N 3"]:
        """Candidates: exemplar, row and column of the block's corner."""
        search = self.search
        exemplars = np.repeat(np.arange(search.count), CANDIDATES)
        spread = search.reach / 2.0 ** rng.integers(0, _ORDERS, len(exemplars))
        shifts = np.round((rng.random((len(exemplars), 2)) * 2 - 1) * spread[:, None]).astype(np.int64)
        places = np.column_stack([exemplars, shifts + [block.top, block.left]])
        for y, x in ((block.top, block.left - 1), (block.top - 1, block.left), (block.top - 1, block.left - 1)):
            if y >= 0 and x >= 0:
                places = np.vstack([places, search.field[y, x] + [0, block.top - y, block.left - x]])
        places[:, 1] = np.clip(places[:, 1], 0, search.height - block.side)
        places[:, 2] = np.clip(places[:, 2], 0, search.width - block.side)
        return places

    def _allowed(self, block: Block, places: Int64[np.ndarray, "N 3"]) -> Bool[np.ndarray, " N"]:
        """Which candidates keep the limits on exemplars (by name) and on what is copied at one offset."""
        search, texels = self.search, self.search.height * self.search.width
        shares = group_shares(search, self.used) / texels
        copied = np.array([self.at_offset.get((k, y - block.top, x - block.left), 0) for k, y, x in places])
        near = np.abs(places[:, 1:] - [block.top, block.left]).max(1) <= search.reach
        return near & (shares[places[:, 0]] + block.side ** 2 / texels <= share_limit(search)) & \
            (copied + block.side ** 2 <= search.settings.max_region_share * texels)


@nb.njit(cache=True)
def _block_costs(colours, guides, guide, weight, shift, canvas, painted, places, block, label_price):
    """Cost of each candidate: colour in the overlap, guide and labels everywhere (every second texel)."""
    costs = np.zeros(len(places))
    for n in range(len(places)):
        k, sy, sx = places[n]
        for i in range(0, block.side, 2):
            for j in range(0, block.side, 2):
                y, x = block.top + i, block.left + j
                there, here = guides[k, (sy + i) >> shift, (sx + j) >> shift], guide[y >> shift, x >> shift]
                gap = 0
                for c in range(1, len(here)):
                    gap += abs(nb.int64(there[c]) - nb.int64(here[c]))
                costs[n] += gap * weight[y, x] / 256.0
                costs[n] += _OUTSIDE if there[0] == INVALID else (label_price if there[0] != here[0] else 0.0)
                if painted[y, x]:
                    for c in range(3):
                        costs[n] += _PATCH_TEXELS * abs(nb.int64(colours[k, sy + i, sx + j, c]) - canvas[y, x, c])
    return costs


def _seam(old: Int16[np.ndarray, "S S 3"], new: Int16[np.ndarray, "S S 3"], painted: Bool[np.ndarray, "S S"],
          overlap: int) -> Bool[np.ndarray, "S S"]:
    """Where the new block shows, cut along the cheapest paths through its overlaps."""
    error = ((old.astype(np.float32) - new) ** 2).sum(-1)
    shows = np.ones(painted.shape, bool)
    at = np.arange(len(shows))
    if painted[:, 0].all():
        path = _cheapest_path(error[:, :_width(painted, overlap)])
        shows &= at >= path[:, None]
    if painted[0].all():
        path = _cheapest_path(error[:_width(painted.T, overlap)].T)
        shows &= at[:, None] >= path
    return shows | ~painted


def _width(painted: Bool[np.ndarray, "S S"], overlap: int) -> int:
    """How many leading columns are painted from top to bottom, at least `overlap` where the block reaches back more."""
    return max(overlap, int(painted.all(0).argmin())) if not painted.all() else overlap


def _cheapest_path(error: Float32[np.ndarray, "N W"]) -> Int64[np.ndarray, " N"]:
    """Column of the cheapest 8-connected path in each row, from the first row to the last (dynamic programming)."""
    total = error.copy()
    for row in range(1, len(total)):
        above = np.pad(total[row - 1], 1, constant_values=np.inf)
        total[row] += np.minimum(np.minimum(above[:-2], above[1:-1]), above[2:])
    path = np.zeros(len(total), int)
    path[-1] = total[-1].argmin()
    for row in range(len(total) - 2, -1, -1):
        first = max(0, path[row + 1] - 1)
        path[row] = first + total[row, first:path[row + 1] + 2].argmin()
    return path
