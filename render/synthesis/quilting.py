"""The other engine: image quilting, blocks of paint sewn together along the seams where they differ least.

Efros & Freeman 2001, doi:10.1145/383259.383296: blocks in scan order, each chosen by its overlap with what is already
there and by the guide, cut along the cheapest path. Candidates are the places the neighbours' blocks would go on to
(Ashikhmin 2001, doi:10.1145/364338.364405) and places near the block's own in every exemplar. Cruder than the patch
engine, with whole brushstrokes kept; it obeys the same limits on reuse.
"""

from dataclasses import replace

import numba as nb
import numpy as np

from render.synthesis.field import Search
from render.synthesis.patch import SynthesisSettings, check_inputs, finish, name_groups
from render.synthesis.pyramid import pyramid

BLOCK_SHARE = 0.04  # block side as a share of the width
CANDIDATES = 24  # places tried in each exemplar


def quilt(guide, labels, exemplars, settings=None, *, guide_weight_map=None, start=None, progress=None,
          checkpoint=None):
    """Paint a guide with square blocks of the exemplars; arguments and result as in `synthesise`.

    `checkpoint` is not used: a canvas is sewn in seconds.
    """
    settings = replace(settings or SynthesisSettings(), levels=1)
    check_inputs(guide, labels, exemplars, settings, guide_weight_map, start)
    level = pyramid(guide, labels, exemplars, settings, guide_weight_map)[0]
    search = Search(level, 0, name_groups(exemplars), settings)
    height, width = labels.shape
    side = max(2 * settings.patch_px, round(BLOCK_SHARE * width))
    overlap = max(2, side // 4)
    canvas = np.zeros((height, width, 3), np.int16)
    painted = np.zeros((height, width), bool)
    used, at_offset = np.zeros(len(exemplars)), {}
    tops = [*range(0, max(1, height - side), side - overlap), height - side]
    lefts = [*range(0, max(1, width - side), side - overlap), width - side]
    for row, top in enumerate(sorted(set(tops))):
        for column, left in enumerate(sorted(set(lefts))):
            rng = np.random.default_rng([settings.seed, row, column])
            places = _places(search, rng, top, left, side)
            allowed = _allowed(search, places, used, at_offset, top, left, side)
            costs = _block_costs(level.colours, level.guides, level.guide, level.weight, level.shift, canvas, painted,
                                 places, top, left, side, search.size[7])
            exemplar, sy, sx = places[int(np.argmin(np.where(allowed, costs, costs + 1e9)))]
            block = (slice(top, top + side), slice(left, left + side))
            colours = level.colours[exemplar, sy:sy + side, sx:sx + side, :3].astype(np.int16)
            new = _seam(canvas[block], colours, painted[block], overlap)
            canvas[block][new] = colours[new]
            ys, xs = np.nonzero(new)
            search.field[top + ys, left + xs] = np.stack([np.full(len(ys), exemplar), sy + ys, sx + xs], 1)
            painted[block] = True
            used[exemplar] += new.sum()
            offset = (exemplar, sy - top, sx - left)
            at_offset[offset] = at_offset.get(offset, 0) + int(new.sum())
        if progress is not None:
            progress(row + 1, len(set(tops)))
    return finish(search, exemplars, start)


def _places(search, rng, top, left, side):
    """(N, 3) int64 candidates: exemplar, row, column of the block's corner."""
    height, width, reach = *search.size[:2], search.reach
    exemplars = np.repeat(np.arange(search.exemplars), CANDIDATES)
    spread = reach / 2.0 ** rng.integers(0, 6, len(exemplars))
    shifts = np.round((rng.random((len(exemplars), 2)) * 2 - 1) * spread[:, None]).astype(np.int64)
    places = np.column_stack([exemplars, shifts + [top, left]])
    for y, x in ((top, left - 1), (top - 1, left), (top - 1, left - 1)):
        if y >= 0 and x >= 0:
            places = np.vstack([places, search.field[y, x] + [0, top - y, left - x]])
    places[:, 1] = np.clip(places[:, 1], 0, height - side)
    places[:, 2] = np.clip(places[:, 2], 0, width - side)
    return places


def _allowed(search, places, used, at_offset, top, left, side):
    """Which candidates keep the limits on exemplars (by name) and on what is copied at one offset."""
    settings, texels = search.settings, search.size[0] * search.size[1]
    shares = np.bincount(search.groups, used, minlength=search.exemplars)[search.groups] / texels
    limit = max(settings.max_share, 1.15 / len(set(search.groups)))
    copied = np.array([at_offset.get((k, y - top, x - left), 0) for k, y, x in places])
    near = np.abs(places[:, 1:] - [top, left]).max(1) <= search.reach
    return near & (shares[places[:, 0]] + side ** 2 / texels <= limit) & \
        (copied + side ** 2 <= settings.max_region_share * texels)


@nb.njit(cache=True)
def _block_costs(colours, guides, guide, weight, shift, canvas, painted, places, top, left, side, label_cost):
    """Cost of each candidate: colour in the overlap, guide and labels everywhere (every second texel)."""
    costs = np.zeros(len(places))
    for n in range(len(places)):
        k, sy, sx = places[n]
        for i in range(0, side, 2):
            for j in range(0, side, 2):
                there, here = guides[k, (sy + i) >> shift, (sx + j) >> shift], guide[(top + i) >> shift,
                                                                                     (left + j) >> shift]
                gap = 0
                for c in range(1, len(here)):
                    gap += abs(nb.int64(there[c]) - nb.int64(here[c]))
                costs[n] += gap * weight[top + i, left + j] / 256.0
                costs[n] += 1e12 if there[0] == 255 else (label_cost if there[0] != here[0] else 0.0)
                if painted[top + i, left + j]:
                    for c in range(3):
                        # An overlap speaks for the whole patch around each of its texels.
                        costs[n] += 25.0 * abs(nb.int64(colours[k, sy + i, sx + j, c]) - canvas[top + i, left + j, c])
    return costs


def _seam(old, new, painted, overlap):
    """(side, side) bool: where the new block shows, cut along the cheapest paths through its overlaps."""
    error = ((old.astype(np.float32) - new) ** 2).sum(-1)
    shows = np.ones(painted.shape, bool)
    rows = np.arange(len(shows))
    if painted[:, 0].all():
        path = _cheapest_path(error[:, :_width(painted, overlap)])
        shows &= np.arange(shows.shape[1]) >= path[:, None]
    if painted[0].all():
        path = _cheapest_path(error[:_width(painted.T, overlap)].T)
        shows &= rows[:, None] >= path
    return shows | ~painted


def _width(painted, overlap):
    """How many leading columns are painted from top to bottom, at least `overlap` where the block reaches back more."""
    return max(overlap, int(painted.all(0).argmin())) if not painted.all() else overlap


def _cheapest_path(error):
    """(n,) int: column of the cheapest 8-connected path from the first row to the last (dynamic programming)."""
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

