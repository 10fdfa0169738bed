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
from scipy.fft import dctn, idctn

from data.errors import ShapeError
from render import patchmatch

ALGORITHM_VERSION = "1"
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
    """

    colour: np.ndarray
    source: np.ndarray
    energy: float
    patch_energy: float
    shares: np.ndarray
    largest_region_share: float


@dataclass(frozen=True, eq=False)
class _Level:
    colours: np.ndarray  # (K, h, w, 4) uint8: L, a, b, strength of fine detail
    guides: np.ndarray  # (K, gh, gw, 1 + channels) uint8: label first, 255 where nothing may be copied
    guide: np.ndarray  # (gh, gw, 1 + channels) uint8
    weight: np.ndarray  # (h, w) int32, guide weight in 1/256
    shift: int  # a guide texel covers 2 ** shift texels

    @property
    def shape(self):
        return self.colours.shape[1:3]


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
            coarser, search = search, Search(level, number, groups, settings)
            if number == saved:
                search.restore(state)
            else:
                search.begin(coarser, start)
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
            unit = np.iinfo(layer.dtype).max if layer.dtype.kind == "u" else 1
            patchmatch.gather(np.ascontiguousarray(layer), np.float32(unit), number, source, radius_px,
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
    height, width, channels = blended.shape
    gaps = np.full((height, width, channels, 2), np.inf, np.float32)
    right, down = np.zeros_like(blended), np.zeros_like(blended)
    for number, layer in enumerate(layers):
        unit = np.iinfo(layer.dtype).max if layer.dtype.kind == "u" else 1
        patchmatch.slopes(np.ascontiguousarray(layer), np.float32(unit), number, source, blended, gaps, right, down)
    del gaps
    result = np.empty_like(blended)
    screen = np.float32(1 / length_px ** 2)
    wave = [2 - 2 * np.cos(np.pi * np.arange(n, dtype=np.float32) / n) for n in (height, width)]
    response = wave[0][:, None] + wave[1] + screen
    for c in range(channels):
        level = blended[..., c]
        if anchor is not None:
            level = level + cv2.GaussianBlur(anchor[..., c].astype(np.float32) - level, (0, 0), length_px)
        wanted = screen * level
        wanted[:, :-1] -= right[:, :-1, c]
        wanted[:, 1:] += right[:, :-1, c]
        wanted[:-1] -= down[:-1, :, c]
        wanted[1:] += down[:-1, :, c]
        result[..., c] = idctn(dctn(wanted, norm="ortho") / response, norm="ortho")
    return result


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


def _bytes(colour):
    """(H, W, 3) uint8 RGB of uint16 or float32 colour."""
    if colour.dtype == np.uint16:
        return cv2.convertScaleAbs(colour, alpha=1 / 257)
    return np.clip(colour * 255 + 0.5, 0, 255).astype(np.uint8)


def quantised(colour):
    """(H, W, 4) uint8: Lab as OpenCV packs it (L stretched to 255), and the local strength of the finest detail.

    The fourth channel keeps patches of like roughness together at levels too coarse to show strokes.
    """
    lab = cv2.cvtColor(_bytes(colour), cv2.COLOR_RGB2LAB)
    detail = cv2.min(cv2.absdiff(lab[..., 0], cv2.GaussianBlur(lab[..., 0], (0, 0), 1.5)), 8)  # grain, not edges
    strength = cv2.GaussianBlur(cv2.convertScaleAbs(detail, alpha=4), (0, 0), 3)
    return np.dstack([lab, strength])


def _half(picture):
    """Mean of 2 x 2 texels, (ceil H/2, ceil W/2, C) uint8; edges repeat."""
    height, width = picture.shape[:2]
    even = cv2.copyMakeBorder(picture, 0, height % 2, 0, width % 2, cv2.BORDER_REPLICATE)
    half = cv2.resize(even, ((width + 1) // 2, (height + 1) // 2), interpolation=cv2.INTER_AREA)
    return half.reshape(*half.shape[:2], -1)


def _half_all(flags):
    """(ceil H/2, ceil W/2) bool: all of 2 x 2 texels true."""
    height, width = flags.shape
    even = np.pad(flags, ((0, height % 2), (0, width % 2)), mode="edge")
    return even[::2, ::2] & even[1::2, ::2] & even[::2, 1::2] & even[1::2, 1::2]


def _with_label(guide, labels, usable=None):
    """(h, w, 1 + C) uint8, C padded to a multiple of 4: label first, 255 where not usable."""
    height, width, channels = guide.shape
    packed = np.zeros((height, width, 1 + -(-channels // 4) * 4), np.uint8)
    packed[..., 0] = labels if usable is None else np.where(usable, labels, patchmatch.INVALID)
    packed[..., 1:1 + channels] = guide
    return packed


def pyramid(guide, labels, exemplars, settings, weight_map):
    """Levels, finest first. Guides are smooth: at the finest level they are read at half its resolution."""
    height, width = labels.shape
    count = settings.levels or max(1, int(np.log2(min(height, width) / 40)) + 1)
    kernel = np.ones((settings.patch_px, settings.patch_px), np.uint8)
    colours, guides, targets = [[] for _ in range(count)], [[] for _ in range(count)], []

    def shrunk(flags):
        return cv2.erode(flags.astype(np.uint8), kernel, borderType=cv2.BORDER_CONSTANT, borderValue=1) > 0

    def halves(parts):
        """Guide, labels and valid of the guide levels: the first two levels share one, half the canvas's size."""
        for number in range(count):
            if number != 1:
                parts = _half(parts[0]), parts[1][::2, ::2], _half_all(parts[2])
            yield parts

    grain, seen = np.zeros((height, width), np.float32), np.full((height, width), 1e-3, np.float32)
    for exemplar in exemplars:
        picture = quantised(exemplar.colour)
        strength = _grain(picture[..., 3], settings.grain_weight)
        grain += strength * exemplar.valid
        seen += exemplar.valid
        usable = shrunk(exemplar.valid)
        with_grain = np.dstack([exemplar.guide, strength])
        for number, (small, part, valid) in enumerate(halves((with_grain, exemplar.labels, exemplar.valid))):
            picture = _half(picture) if number else picture
            colours[number].append(picture)
            guides[number].append(_with_label(small, part, shrunk(valid) if number else _half_all(usable)))
    grain = np.clip(grain / seen + 0.5, 0, 255).astype(np.uint8)
    for small, part, _ in halves((np.dstack([guide, grain]), labels, np.ones(labels.shape, bool))):
        targets.append(_with_label(small, part))
    factor = settings.guide_weight * settings.patch_px ** 2 * 256
    levels = []
    for number in range(count):
        h, w = colours[number][0].shape[:2]
        weights = np.ones((h, w), np.float32) if weight_map is None else cv2.resize(
            weight_map.astype(np.float32), (w, h), interpolation=cv2.INTER_AREA)
        levels.append(_Level(np.stack(colours[number]), np.stack(guides[number]), targets[number],
                             np.ascontiguousarray(weights * factor).astype(np.int32), 1 if number == 0 else 0))
        colours[number] = guides[number] = None
    return levels


def _grain(strength, weight):
    """(H, W) uint8 guide channel: how rough the paint is hereabouts.

    Patches of smooth paint fit any canvas a little better than rough ones do, so that without this the picture comes
    out smoother than the master's. The canvas asks for what the exemplars have at the same place on average.
    """
    return cv2.convertScaleAbs(cv2.GaussianBlur(strength, (0, 0), 4), alpha=2 * weight)


class Search:
    """The nearest-neighbour field of one level and what steers it: penalties, bans, use counts."""

    def __init__(self, level, number, groups, settings):
        self.level, self.number, self.groups, self.settings = level, number, groups, settings
        self.exemplars, height, width = level.colours.shape[:3]
        self.half = settings.patch_px // 2
        self.unit = 3 * settings.patch_px ** 2  # one level of one channel over a whole patch
        self.reach = reach = max(3, round(settings.reach * width))
        self.size = (height, width, settings.patch_px, level.guide.shape[2] - 1, level.shift, *level.guide.shape[:2],
                     round(settings.label_penalty * self.unit), reach, max(1, round(0.008 * width)))
        self.reaches = self._reaches(reach)
        self.field = np.zeros((height, width, 3), np.int32)
        self.cost = np.full((height, width), patchmatch.NEVER, np.int32)
        self.canvas = np.zeros((height + 2 * self.half, width + 2 * self.half, 4), np.uint8)
        self.penalties = np.zeros(self.exemplars, np.int32)
        self.banned = np.zeros((height, width), np.uint8)
        self.bans = np.zeros((1, 3), np.int32)
        self.usage = np.zeros((self.exemplars, (height + 3) // 4, (width + 3) // 4), np.int32)

    def state(self):
        return {name: getattr(self, name) for name in ("field", "cost", "penalties", "banned", "bans")}

    def restore(self, state):
        for name, value in state.items():
            setattr(self, name, value)

    def _reaches(self, reach):
        """(h, w) int32: how far each texel may look; farther where nothing nearer may be copied from anywhere."""
        scale = 2 ** self.level.shift
        none = np.all(self.level.guides[..., 0] == patchmatch.INVALID, axis=0).astype(np.uint8)
        border = -(-(self.half + 1) // scale)
        none[:border], none[-border:], none[:, :border], none[:, -border:] = 1, 1, 1, 1
        gap = cv2.distanceTransform(none, cv2.DIST_C, 3)
        gap = np.repeat(np.repeat(gap, scale, 0), scale, 1)[:self.size[0], :self.size[1]] * scale + scale
        return np.maximum(reach, np.ceil(gap)).astype(np.int32)

    @property
    def _arguments(self):
        marks = (self.penalties, self.banned, self.bans, self.usage,
                 round(self.settings.reuse_penalty * self.unit / 16), self.reaches)
        level = self.level
        return (self.canvas.reshape(-1), level.guide.reshape(-1), level.weight, marks, level.colours.reshape(-1),
                level.guides.reshape(-1), self.size)

    def begin(self, coarser, start):
        """A first field: the coarser one doubled, or the best of everything within reach."""
        height, width = self.size[:2]
        if coarser is None:
            arguments = list(self._arguments)
            if start is None:  # no colours to compare yet: let the guide outweigh them
                arguments[2] = self.level.weight * 64
            else:
                small = cv2.resize(np.ascontiguousarray(start, np.float32), (width, height),
                                   interpolation=cv2.INTER_AREA)
                self.set_canvas(quantised(small))
            patchmatch.exhaust(*arguments, self.exemplars, self.field, self.cost)
        else:
            ys, xs = np.mgrid[:height, :width].astype(np.int32)
            self.field[..., 0] = coarser.field[ys // 2, xs // 2, 0]
            for axis, (place, limit) in enumerate(((ys, height), (xs, width)), 1):
                doubled = coarser.field[ys // 2, xs // 2, axis] * 2 + place % 2
                self.field[..., axis] = np.clip(doubled, self.half, limit - 1 - self.half)
            self.cost[:] = coarser.cost[ys // 2, xs // 2]
            self.penalties, self.banned = coarser.penalties, coarser.banned[ys // 2, xs // 2]
            self.bans = coarser.bans * np.array([1, 2, 2], np.int32)
        self._vote()

    def run(self):
        """Search and vote in turn, then repair what the limits forbid."""
        settings, width = self.settings, self.size[1]
        if self.number < settings.refined_levels:
            iterations, sweeps, radius, others = 1, 2, 1, 0
        elif self.number == 0:
            iterations, sweeps, radius, others = max(1, settings.iterations - 1), 2, 9, 2
        else:
            iterations, sweeps = settings.iterations * (2 if self.number > 2 else 1), settings.sweeps
            radius, others = max(3, min(27, round(settings.reach * width / 2))), 4
        for iteration in range(iterations):
            self._improve(iteration, sweeps, radius, others)
            self._mark(0.2)
            self._vote()
        for round_number in range(10):
            if not self._mark(0.6):
                break
            self._improve(iterations + round_number, 2, max(radius, 9), 6)
            self._vote()

    def _improve(self, iteration, sweeps, radius, others):
        patchmatch.recost(*self._arguments, self.field, self.cost)
        for number in range(sweeps):
            seed = ((self.settings.seed * 31 + self.number) * 1009 + iteration) * 31 + number
            patchmatch.sweep(*self._arguments, self.exemplars, self.field, self.field.copy(), self.cost,
                             seed & (2 ** 62 - 1), number % 2 == 1, radius, others,
                             round(self.settings.seam_penalty * self.unit))

    def mean_cost(self):
        """Mean cost in levels, over texels whose source has a whole patch around it."""
        known = self.cost[self.cost < patchmatch.NEVER]
        return float(known.mean()) / self.unit if known.size else 0.0

    def _vote(self):
        known = self.cost[self.cost < patchmatch.NEVER]
        scale = 1 / max(1.0, float(known.mean())) if known.size else 1.0
        patchmatch.vote(self.level.colours.reshape(-1), self.size, self.field, self.cost, np.float32(scale),
                        self.canvas)
        self.set_canvas(self.canvas[self.half:-self.half, self.half:-self.half])

    def set_canvas(self, picture):
        self.canvas = np.pad(picture, ((self.half,) * 2, (self.half,) * 2, (0, 0)), mode="edge")

    def _mark(self, pace):
        """Raise the price of overused exemplars and places, forbid too large copies; True if a limit is broken."""
        self.usage = patchmatch.occupancy(self.field, self.exemplars)
        return self._price(pace) | self._forbid()

    def _price(self, pace):
        """Adaptive penalty per exemplar; a limit that the number of paintings cannot meet is relaxed."""
        shares = _shares(self.field, self.exemplars)
        members = np.equal.outer(self.groups, self.groups)
        shares = members @ shares
        limit = max(self.settings.max_share, 1.15 / len(set(self.groups)))
        if limit >= 1:
            return False
        over = shares / (0.95 * limit) - 1
        typical = float(np.median(self.cost - self.penalties[self.field[..., 0]]))
        raised = self.penalties + pace * typical * (np.clip(over, 0, 1) + 0.1 * (over > 0))
        self.penalties = np.where(over > 0, raised, self.penalties * 0.9).astype(np.int32)
        return bool((shares > limit).any())

    def _forbid(self):
        """Cut regions copied at one offset that are too large: keep the piece that fits best, ban the others."""
        limit = self.settings.max_region_share * self.field.shape[0] * self.field.shape[1]
        if limit < 4:
            return False
        numbers, sizes = patchmatch.regions(self.field)
        too_large = np.flatnonzero(sizes > 0.9 * limit)
        for number in too_large:
            if len(self.bans) > 255:
                break
            ys, xs = np.nonzero(numbers == number)
            pieces = _pieces(ys, xs, int(np.ceil(len(ys) / (0.6 * limit))))
            costs = [float(self.cost[ys[pieces == piece], xs[pieces == piece]].mean()) for piece in set(pieces)]
            elsewhere = pieces != list(set(pieces))[int(np.argmin(costs))]
            exemplar, row, column = self.field[ys[0], xs[0]]
            self.bans = np.vstack([self.bans, [[exemplar, row - ys[0], column - xs[0]]]]).astype(np.int32)
            self.banned[ys[elsewhere], xs[elsewhere]] = len(self.bans) - 1
        return bool((sizes > limit).any())


def _pieces(ys, xs, count):
    """Divide texels into `count` compact pieces by k-means on their places; deterministic."""
    places = np.stack([ys, xs], 1).astype(np.float32)
    along = places @ np.linalg.svd(places[::max(1, len(places) // 2000)] - places.mean(0), full_matrices=False)[2][0]
    centres = np.stack([part.mean(0) for part in np.array_split(places[np.argsort(along, kind="stable")], count)])
    for _ in range(10):
        nearest = ((places[:, None] - centres) ** 2).sum(-1).argmin(1)
        centres = np.stack([places[nearest == n].mean(0) if (nearest == n).any() else centres[n]
                            for n in range(count)])
    return nearest


def _shares(field, exemplars):
    return np.bincount(field[..., 0].ravel(), minlength=exemplars) / field[..., 0].size


def finish(search, exemplars, start):
    """Synthesis of a finished field: full-precision colour, energy, and how the exemplars were used."""
    layers = [exemplar.colour for exemplar in exemplars]
    colour = blend(search.field, layers, tolerance=0.06)
    if search.settings.meld_share > 0:
        colour = np.clip(meld(search.field, layers, colour, start, search.settings.meld_share * colour.shape[1]), 0, 1)
    search.set_canvas(quantised(colour))
    patchmatch.recost(*search._arguments, search.field, search.cost)
    energy = search.mean_cost()
    search.level.weight[:] = 0
    patchmatch.recost(*search._arguments, search.field, search.cost)
    shares = _shares(search.field, search.exemplars)
    largest = patchmatch.regions(search.field)[1].max() / search.field[..., 0].size
    return Synthesis(colour, search.field, energy, search.mean_cost(), shares, float(largest))
