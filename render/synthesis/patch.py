"""Paint by example: every texel of the canvas is a texel of one of the master's paintings, chosen so that patches fit
the guide and one another.

Guided, coarse to fine, many exemplars at once. Patch term and voting: Wexler et al. 2007, doi:10.1109/TPAMI.2007.60;
guide channels: Hertzmann et al. 2001, doi:10.1145/383259.383295 and Fiser et al. 2016, doi:10.1145/2897824.2925948;
against overuse: Kaspar et al. 2015, doi:10.1111/cgf.12565. We depart from them in limits that hold for whole exemplars
and for connected regions, and in the final blend, which copies the nearest source and takes out the steps between
copies by their gradients instead of averaging patches.
"""

from collections.abc import Sequence
from typing import NamedTuple

import cv2
import numpy as np
from jaxtyping import Float, Float32, UInt8

from data.checkpoint import Checkpoint
from data.colour import from_uint16
from data.progress import Progress
from render.synthesis.copies import blend, meld
from render.synthesis.exemplar import Exemplar, Synthesis, SynthesisSettings, check_inputs, name_groups
from render.synthesis.field import Search
from render.synthesis.limits import keep_limits, trim
from render.synthesis.pyramid import pyramid, quantised
from render.synthesis.source_map import regions, shares_of

ALGORITHM_VERSION = "3"
_BLEND_TOLERANCE = 0.06          # of the range: colours farther from the blend than this hardly count
_PACE, _REPAIR_PACE = 0.2, 0.6   # of the usual cost, by which prices rise while searching and while repairing
_REPAIR_RADIUS, _REPAIR_SWEEPS, _REPAIR_OTHERS = 9, 2, 6
_REPAIRS, _FINEST_REPAIRS = 8, 4
_TRIM_AFTER = 8                  # iterations on from the search's own: random numbers of its own
_LAP_PX = 4                      # within which kept paint passes into what was chosen beside it
_LONG_LEVEL = 2                  # levels coarser than this are cheap and get twice the iterations


def synthesise(guide: UInt8[np.ndarray, "H W G"], labels: UInt8[np.ndarray, "H W"], exemplars: Sequence[Exemplar],
               settings: SynthesisSettings | None = None, *, guide_weight_map: Float32[np.ndarray, "H W"] | None = None,
               start: Float[np.ndarray, "H W 3"] | None = None, progress: Progress | None = None,
               checkpoint: Checkpoint | None = None) -> Synthesis:
    """Paint a guide with the paint of the exemplars.

    Parameters
    ----------
    guide : (H, W, G) uint8
    labels : (H, W) uint8
        `data.parts.Part` wanted at every texel.
    exemplars : sequence of Exemplar, all (H, W)
    settings : SynthesisSettings, optional
    guide_weight_map : (H, W) float32, optional
        Factor on `settings.guide_weight`: more than 1 where the guide must be followed closely (eyes, lips).
    start : (H, W, 3) float32 RGB, optional
        Colour the coarsest level begins with.
    progress : callable, optional
        Called after every level, in texels.
    checkpoint : Checkpoint, optional
        Saved to after every level; a run that finds a saved level goes on after it, to the same final bytes.

    Returns
    -------
    Synthesis

    Raises
    ------
    ShapeError
        If guide, labels, exemplars and the rest do not fit each other, or nothing may be copied.
    """
    settings = settings or SynthesisSettings()
    check_inputs(guide, labels, exemplars, settings, guide_weight_map, start)
    levels = pyramid(guide, labels, exemplars, settings, guide_weight_map)
    groups = name_groups(exemplars)
    saved, state = (checkpoint.load() if checkpoint is not None else None) or (len(levels), {})
    total, done = sum(level.weight.size for level in levels), 0
    search: Search | None = None
    for number in range(len(levels) - 1, -1, -1):
        level = levels.pop()
        if number == saved:
            search = Search(level, number, groups, settings)
            search.restore(state)
        elif number < saved:
            search = _next_level(search, Search(level, number, groups, settings), start)
            _search(search)
            if checkpoint is not None:
                checkpoint.save(number, search.state())
        done += level.weight.size
        if progress is not None:
            progress(done, total)
    assert search is not None
    return finish(search, exemplars, start)


def _next_level(coarser: Search | None, finer: Search, start: Float[np.ndarray, "H W 3"] | None) -> Search:
    """A level that is ready to be searched."""
    if coarser is None:
        finer.begin(start)
    else:
        finer.inherit(coarser)
    return finer


class _Effort(NamedTuple):
    """How long and how far a level is searched."""

    iterations: int
    sweeps: int
    radius: int
    others: int


def _effort(search: Search) -> _Effort:
    """Coarse levels are searched far and wide, the finest one little, levels that are only refined hardly."""
    settings = search.settings
    if search.number < settings.refined_levels:
        return _Effort(1, 2, 1, 0)
    if search.number == 0:
        return _Effort(max(1, settings.iterations - 1), 2, 9, 2)
    return _Effort(settings.iterations * (2 if search.number > _LONG_LEVEL else 1), settings.sweeps,
                   max(3, min(27, round(settings.reach * search.width / 2))), 4)


def _search(search: Search) -> None:
    """Search and vote in turn on one level, then repair what the limits forbid."""
    effort = _effort(search)
    for iteration in range(effort.iterations):
        search.improve(iteration, effort.sweeps, effort.radius, effort.others)
        keep_limits(search, _PACE)
        search.vote()
    for round_number in range(_REPAIRS if search.number else _FINEST_REPAIRS):
        if not keep_limits(search, _REPAIR_PACE):
            return
        search.improve(effort.iterations + round_number, _REPAIR_SWEEPS, max(effort.radius, _REPAIR_RADIUS),
                       _REPAIR_OTHERS)
        search.vote()
    trim(search, effort.iterations + _TRIM_AFTER)
    search.vote()


def finish(search: Search, exemplars: Sequence[Exemplar], start: Float[np.ndarray, "H W 3"] | None) -> Synthesis:
    """The canvas of a finished field: full-precision colour, energy, and how the exemplars were used.

    Parameters
    ----------
    search : Search
        Of the finest level; it cannot be gone on with afterwards.
    exemplars : sequence of Exemplar
    start : (H, W, 3) float32, optional
        Decides broad levels of colour (`SynthesisSettings.meld_share`).
    """
    settings, layers = search.settings, [exemplar.colour for exemplar in exemplars]
    colour = blend(search.field, layers, tolerance=_BLEND_TOLERANCE)
    if settings.meld_share > 0:
        colour = np.clip(meld(search.field, layers, colour, start, settings.meld_share * colour.shape[1]), 0, 1)
    colour = _kept_as_it_is(colour, exemplars)
    search.set_canvas(quantised(colour))
    search.forget_limits()
    search.recost()
    energy = search.mean_cost()
    search.level.weight[:] = 0    # without the guide, what is left is the patches' part
    search.recost()
    largest = regions(search.field).sizes.max() / search.field[..., 0].size
    return Synthesis(colour, search.field, energy, search.mean_cost(), shares_of(search.field, search.count),
                     float(largest))


def _kept_as_it_is(colour: Float32[np.ndarray, "H W 3"], exemplars: Sequence[Exemplar]) -> Float32[np.ndarray, "H W 3"]:
    """The canvas with kept paint untouched but for a narrow lap along its border, where it was melded with its
    neighbours."""
    for exemplar in exemplars:
        if exemplar.kept is not None and exemplar.kept.any():
            own = from_uint16(exemplar.colour) if exemplar.colour.dtype == np.uint16 else exemplar.colour
            inside = cv2.distanceTransform(np.pad(exemplar.kept, 1, mode="edge").astype(np.uint8), cv2.DIST_L2, 3)[1:-1, 1:-1]
            share = np.minimum(inside / _LAP_PX, 1)[..., None]
            colour = np.where(share == 1, own, colour + share * (own - colour)).astype(np.float32)
    return colour
