"""Paint by example: every texel of the canvas is a texel of one of the master's paintings, chosen so that patches fit
the guide and one another.

Guided, coarse to fine, many exemplars at once. Patch term and voting: Wexler et al. 2007, doi:10.1109/TPAMI.2007.60;
guide channels: Hertzmann et al. 2001, doi:10.1145/383259.383295 and Fiser et al. 2016, doi:10.1145/2897824.2925948;
against overuse: Kaspar et al. 2015, doi:10.1111/cgf.12565. We depart from them in limits that hold for whole exemplars
and for connected regions, and in the final blend, which copies the nearest source and takes out the steps between
copies by their gradients instead of averaging patches.
"""

import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import cv2
import numpy as np

from data.errors import ShapeError
from render.imaging.poisson import screen_from_length, screened_poisson
from render.synthesis import patchmatch
from render.synthesis.field import Search, shares_of
from render.synthesis.pyramid import pyramid, quantised

ALGORITHM_VERSION = "2"
_log = logging.getLogger(__name__)


@dataclass(frozen=True, eq=False)
class Exemplar:
    """One painting, already warped into the frame of the target.

    Parameters
    ----------
    colour : (H, W, 3) uint16 (0..65535) or float32 (0..1)
        sRGB-encoded RGB, harmonised. uint16 takes half the memory.
    guide : (H, W, G) uint8
        What the target's guide is compared with: smoothed Lab, position, directions; the caller scales channels.
    labels : (H, W) uint8
        `data.parts.Part`.
    valid : (H, W) bool
        False where nothing may be copied from.
    name : str
        Exemplars of one name (the same painting twice, mirrored) share one limit of use.
    """

    colour: np.ndarray
    guide: np.ndarray
    labels: np.ndarray
    valid: np.ndarray
    name: str = ""

    def __post_init__(self):
        shape = self.labels.shape
        if self.colour.shape != (*shape, 3) or self.colour.dtype not in (np.uint16, np.float32):
            raise ShapeError(f"an exemplar's colour must be {(*shape, 3)} uint16 or float32, got {self.colour.shape} "
                             f"{self.colour.dtype}")
        if self.guide.shape[:2] != shape or self.guide.ndim != 3 or self.guide.dtype != np.uint8:
            raise ShapeError(f"an exemplar's guide must be {(*shape, 'G')} uint8, got {self.guide.shape} "
                             f"{self.guide.dtype}")
        if self.valid.shape != shape or self.valid.dtype != bool or self.labels.dtype != np.uint8:
            raise ShapeError(f"labels must be uint8 and valid bool of shape {shape}, got {self.labels.dtype}, "
                             f"{self.valid.dtype} {self.valid.shape}")


@dataclass(frozen=True)
class SynthesisSettings:
    """How the canvas is searched. Costs are in 8-bit levels per texel and channel.

    `guide_weight`: one level off in one guide channel weighs this much against one level in one colour channel of the
    whole patch. `label_penalty`: price of paint from another part. `reach`: how far a source may lie from its place on
    the canvas, as a share of the width. `max_share`: canvas share of one exemplar name; `max_region_share`: of one
    connected region copied at one offset. `reuse_penalty`: price of a source place each time it is used again.
    `seam_penalty`: price of a neighbour copied at another offset; more of it, larger copies. `grain_weight`: weight of
    the guide channel that asks for paint as rough as the exemplars have it there. `meld_share`: levels over this share
    of the width are taken from `start` in the end, copies give only what is finer; 0 leaves copies as they are.
    `levels`: None for a coarsest level of about 40 texels. `refined_levels`: the finest levels that only refine what
    they inherit (for very large canvases).
    """

    patch_px: int = 5
    levels: int | None = None
    iterations: int = 3
    sweeps: int = 3
    guide_weight: float = 1.0
    label_penalty: float = 12.0
    reach: float = 0.08
    max_share: float = 0.3
    max_region_share: float = 0.04
    reuse_penalty: float = 4.0
    seam_penalty: float = 6.0
    grain_weight: float = 1.0
    meld_share: float = 0.025
    refined_levels: int = 0
    seed: int = 0


@dataclass(frozen=True, eq=False)
class Synthesis:
    """A painted canvas and where each texel came from.

    `colour` (H, W, 3) float32 in [0, 1]; `source` (H, W, 3) int32: exemplar, row, column. `energy`: mean cost of the
    patches and guides in levels; `patch_energy` its colour part. `shares` maps exemplar number to share of the canvas.
    `moved` (H, W) bool: where paint of an engine that copies nothing lies over what was copied, or None for nowhere.
    """

    colour: np.ndarray
    source: np.ndarray
    energy: float
    patch_energy: float
    shares: np.ndarray
    largest_region_share: float
    moved: np.ndarray | None = None


def synthesise(guide, labels, exemplars: Sequence[Exemplar], settings: SynthesisSettings | None = None, *,
               guide_weight_map=None, start=None, progress: Callable[[int, int], None] | None = None, checkpoint=None):
    """Paint a guide with the paint of the exemplars.

    Parameters
    ----------
    guide : (H, W, G) uint8
    labels : (H, W) uint8
    exemplars : sequence of Exemplar, all (H, W)
    guide_weight_map : (H, W) float32, optional
        Factor on `settings.guide_weight`: more than 1 where the guide must be followed closely (eyes, lips).
    start : (H, W, 3) float32 RGB, optional
        Colour the coarsest level begins with.
    checkpoint : object with save(level, state: dict of arrays) and load() -> (level, state) or None, optional
        Called after every level; a run that finds a saved level goes on after it, to the same final bytes.

    Returns
    -------
    Synthesis
    """
    settings = settings or SynthesisSettings()
    check_inputs(guide, labels, exemplars, settings, guide_weight_map, start)
    levels = pyramid(guide, labels, exemplars, settings, guide_weight_map)
    groups = name_groups(exemplars)
    saved, state = (checkpoint.load() if checkpoint is not None else None) or (len(levels), None)
    total, done, search = sum(level.weight.size for level in levels), 0, None
    for number in range(len(levels) - 1, -1, -1):
        level = levels.pop()
        if number <= saved:
            finer = Search(level, number, groups, settings)
            if number == saved:
                finer.restore(state)
            else:
                finer.begin(search, start)
            search, finer = finer, None  # frees the coarser level
            if number != saved:
                search.run()
                if checkpoint is not None:
                    checkpoint.save(number, search.state())
        done += level.weight.size
        if progress is not None:
            progress(done, total)
    return finish(search, exemplars, start)


def blend(source, layers, *, radius_px=2, spread_px=0.7, tolerance=0.0):
    """What a source map makes of other layers of the same exemplars (height, say), with seams feathered as in colour.

    Parameters
    ----------
    source : (H, W, 3) int32
        Exemplar, row, column of every texel.
    layers : sequence of (H, W, C) uint8, uint16 or float32
        One per exemplar. Integers are read as shares of their range.
    radius_px, spread_px : int, float
        How far a neighbour's source is heard, and the Gaussian of its weight. Inside a region copied at one offset
        all neighbours agree and the layer comes through as it is.
    tolerance : float
        When positive, a second round in which votes farther than this from the blend count less: crisper seams.

    Returns
    -------
    (H, W, C) float32
    """
    source = np.ascontiguousarray(source, np.int32)
    shape = (*source.shape[:2], layers[0].shape[2])
    middle = np.zeros(shape, np.float32)
    for limit in (0.0, tolerance) if tolerance > 0 else (0.0,):
        total, weights = np.zeros(shape, np.float32), np.zeros(shape[:2], np.float32)
        for number, layer in enumerate(layers):
            patchmatch.gather(np.ascontiguousarray(layer), np.float32(_unit(layer)), number, source, radius_px,
                              np.float32(spread_px), middle, np.float32(limit), total, weights)
        total /= weights[..., None]
        middle = total
    return middle


def meld(source, layers, blended, anchor, length_px):
    """Take out the steps between neighbouring copies, and the colour casts of whole copies.

    Screened Poisson blending (Bhat et al. 2008, doi:10.1145/1360612.1360644; for patches Darabi et al. 2012,
    doi:10.1145/2185520.2185578): the gradients are the sources' own, so strokes and grain stay as they are; the level
    over distances of `length_px` and more is that of `anchor` ((H, W, C) float32), or of `blended` where it is None.
    """
    steps = []
    for axis in (0, 1):
        gaps, along = np.full(blended.shape, np.inf, np.float32), np.zeros_like(blended)
        for number, layer in enumerate(layers):
            patchmatch.slopes(np.ascontiguousarray(layer), np.float32(_unit(layer)), number, source, blended, axis, gaps,
                              along)
        steps.append(along)
    del gaps
    down, right = steps
    result = np.empty_like(blended)
    for c in range(blended.shape[2]):
        level = blended[..., c]
        if anchor is not None:
            level = level + cv2.GaussianBlur(anchor[..., c].astype(np.float32) - level, (0, 0), length_px)
        result[..., c] = screened_poisson(level, right[:, :-1, c], down[:-1, :, c], screen=screen_from_length(length_px),
                                          dtype=np.float32)
    return result


def _unit(layer):
    """What stands for 1: integers are shares of their range."""
    return np.iinfo(layer.dtype).max if layer.dtype.kind == "u" else 1


def check_inputs(guide, labels, exemplars, settings, guide_weight_map, start):
    shape = labels.shape
    if guide.dtype != np.uint8 or guide.ndim != 3 or guide.shape[:2] != shape or labels.dtype != np.uint8:
        raise ShapeError(f"guide must be {(*shape, 'G')} uint8 and labels uint8, got {guide.shape} {guide.dtype} and "
                         f"{labels.dtype}")
    if not exemplars:
        raise ShapeError("synthesis needs at least one exemplar, got none")
    for number, exemplar in enumerate(exemplars):
        if exemplar.guide.shape != guide.shape:
            raise ShapeError(f"exemplar {number} has a guide of shape {exemplar.guide.shape}, the target "
                             f"{guide.shape}: warp exemplars into the frame and give them the same guide channels")
    if not any(exemplar.valid.any() for exemplar in exemplars):
        raise ShapeError("no exemplar has a valid texel: every frame lies outside its scan")
    if settings.patch_px % 2 == 0 or not 3 <= settings.patch_px <= 15:
        raise ShapeError(f"patch_px must be odd and from 3 to 15, got {settings.patch_px}")
    if min(shape) < 4 * settings.patch_px:
        raise ShapeError(f"the canvas must be at least {4 * settings.patch_px} texels a side, got {shape}")
    if guide_weight_map is not None and guide_weight_map.shape != shape:
        raise ShapeError(f"guide_weight_map must be {shape}, got {guide_weight_map.shape}")
    if start is not None and start.shape != (*shape, 3):
        raise ShapeError(f"start must be {(*shape, 3)}, got {start.shape}")


def name_groups(exemplars):
    """(K,) int: exemplars of one name are one group; nameless ones stand alone."""
    names = [exemplar.name or f"exemplar {number}" for number, exemplar in enumerate(exemplars)]
    return np.array([names.index(name) for name in names])


def finish(search, exemplars, start):
    """Synthesis of a finished field: full-precision colour, energy, and how the exemplars were used."""
    layers = [exemplar.colour for exemplar in exemplars]
    colour = blend(search.field, layers, tolerance=0.06)
    if search.settings.meld_share > 0:
        colour = np.clip(meld(search.field, layers, colour, start, search.settings.meld_share * colour.shape[1]), 0, 1)
    search.set_canvas(quantised(colour))
    search.unmark()
    patchmatch.recost(*search.arguments, search.field, search.cost)
    energy = search.mean_cost()
    search.level.weight[:] = 0
    patchmatch.recost(*search.arguments, search.field, search.cost)
    shares = shares_of(search.field, search.exemplars)
    largest = patchmatch.regions(search.field)[1].max() / search.field[..., 0].size
    return Synthesis(colour, search.field, energy, search.mean_cost(), shares, float(largest))
