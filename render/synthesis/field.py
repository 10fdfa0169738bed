"""One level of the synthesis: search and vote in turn, within the limits on what one painting or place may give."""

import cv2
import numpy as np

from render.synthesis import patchmatch
from render.synthesis.pyramid import quantised

BANS = 64
COARSEST_DIVIDED = 2  # bands that divide regions would be too broad on coarser levels


class Search:
    """The nearest-neighbour field of one level and what steers it: penalties, bans, use counts."""

    def __init__(self, level, number, groups, settings):
        self.level, self.number, self.groups, self.settings = level, number, groups, settings
        self.exemplars, height, width = level.colours.shape[:3]
        self.half = settings.patch_px // 2
        self.unit = 3 * settings.patch_px ** 2  # one level of one channel over a whole patch
        self.reach = reach = max(3, round(settings.reach * width))
        self.size = (height, width, settings.patch_px, level.guide.shape[2] - 1, level.shift, *level.guide.shape[:2],
                     round(settings.label_penalty * self.unit), reach, max(1, round(0.03 * width)))
        self.reaches = self._reaches(reach)
        self.field = np.zeros((height, width, 3), np.int32)
        self.cost = np.full((height, width), patchmatch.NEVER, np.int32)
        self.canvas = np.zeros((height + 2 * self.half, width + 2 * self.half, 4), np.uint8)
        self.penalties = np.zeros(self.exemplars, np.int32)
        self.banned = np.zeros((height, width), np.uint64)  # bit n: may not be copied at the offset of ban n
        self.bans = np.zeros((BANS, 3), np.int32)
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
    def arguments(self):
        marks = (self.penalties, self.banned, self.bans, self.usage,
                 round(self.settings.reuse_penalty * self.unit / 16), self.reaches)
        level = self.level
        return (self.canvas.reshape(-1), level.guide.reshape(-1), level.weight, marks, level.colours.reshape(-1),
                level.guides.reshape(-1), self.size)

    def begin(self, coarser, start):
        """A first field: the coarser one doubled, or the best of everything within reach."""
        height, width = self.size[:2]
        if coarser is None:
            if start is not None:
                small = cv2.resize(np.ascontiguousarray(start, np.float32), (width, height),
                                   interpolation=cv2.INTER_AREA)
                self.set_canvas(quantised(small))
            arguments = list(self.arguments)
            if start is None:  # no colours to compare yet: let the guide outweigh them
                arguments[2] = self.level.weight * 64
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
        for round_number in range(8 if self.number else 4):
            if not self._mark(0.6):
                return
            self._improve(iterations + round_number, 2, max(radius, 9), 6)
            self._vote()
        self._trim(iterations + 8)
        self._vote()

    def _improve(self, iteration, sweeps, radius, others):
        patchmatch.recost(*self.arguments, self.field, self.cost)
        for number in range(sweeps):
            seed = ((self.settings.seed * 31 + self.number) * 1009 + iteration) * 31 + number
            patchmatch.sweep(*self.arguments, self.exemplars, self.field, self.field.copy(), self.cost,
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

    def unmark(self):
        """Forget prices and bans, so that costs speak of fit alone."""
        self.penalties, self.usage, self.banned = (np.zeros_like(a) for a in (self.penalties, self.usage, self.banned))

    def _price(self, pace):
        """Adaptive penalty per exemplar; a limit that the number of paintings cannot meet is relaxed."""
        shares = shares_of(self.field, self.exemplars)
        shares = np.bincount(self.groups, shares, minlength=self.exemplars)[self.groups]
        limit = max(self.settings.max_share, 1.15 / len(set(self.groups)))
        if limit >= 1:
            return False
        over = shares / (0.95 * limit) - 1
        typical = float(np.median(self.cost - self.penalties[self.field[..., 0]]))
        raised = self.penalties + pace * typical * (np.clip(over, 0, 1) + 0.1 * (over > 0))
        self.penalties = np.where(over > 0, raised, self.penalties * 0.9).astype(np.int32)
        return bool((shares > limit).any())

    def _trim(self, iteration):
        """Take what is over the limit from overused paintings, where their second best fits nearly as well."""
        limit = max(self.settings.max_share, 1.15 / len(set(self.groups)))
        for round_number in range(3):
            shares = np.bincount(self.groups[self.field[..., 0]].ravel(), minlength=self.exemplars) / self.cost.size
            over = np.flatnonzero(shares > limit)
            if limit >= 1 or not len(over):
                return
            full = np.isin(self.groups, np.flatnonzero(shares > 0.9 * limit))
            before, cost, penalties = self.field.copy(), self.cost.copy(), self.penalties
            self.penalties = np.where(full, patchmatch.NEVER // 4, 0).astype(np.int32)
            self._improve(iteration + round_number, 3, self.reach, 12)
            instead, dearer = self.field, (self.cost - cost).astype(np.float32)
            dearer = cv2.blur(dearer, (5, 5))  # whole patches change hands, not lone texels
            self.field, self.cost, self.penalties = before, cost, penalties
            for group in over:
                mine = np.flatnonzero((self.groups[before[..., 0]] == group) & ~full[instead[..., 0]])
                surplus = int(np.ceil((shares[group] - 0.98 * limit) * cost.size))
                given = mine[np.argsort(dearer.ravel()[mine], kind="stable")[:surplus]]
                self.field.reshape(-1, 3)[given] = instead.reshape(-1, 3)[given]
            patchmatch.recost(*self.arguments, self.field, self.cost)

    def _forbid(self):
        """Divide regions copied at one offset that are too large, along bands where other paint does nearly as well."""
        if self.number > COARSEST_DIVIDED:
            return False
        limit = self.settings.max_region_share * self.cost.size
        numbers, sizes = patchmatch.regions(self.field)
        too_large = np.flatnonzero(sizes > 0.9 * limit)
        if limit < 4 or not len(too_large):
            return False
        regret, instead = self._regret(numbers, too_large)
        for number in too_large:
            inside = numbers == number
            band = _dividing_band(inside, regret, 0.8 * limit, max(2, round(0.008 * self.size[1])))
            self._ban(band, self._offset(inside))
            self.field[band] = instead[band]
        return bool((sizes > limit).any())

    def _offset(self, inside):
        """Exemplar and shift of a region."""
        y, x = np.unravel_index(int(inside.argmax()), inside.shape)
        exemplar, row, column = self.field[y, x]
        return int(exemplar), int(row - y), int(column - x)

    def _regret(self, numbers, too_large):
        """(h, w) float32: how much dearer the second best is where regions are too large, and (h, w, 3) that second
        best, when their offsets are forbidden."""
        before = self.field.copy(), self.cost.copy(), self.banned.copy(), self.bans
        for number in too_large:
            inside = numbers == number
            self._ban(inside, self._offset(inside))
        self._improve(77, 2 if self.number else 1, self.reach, 4)
        instead, dearer = self.field, np.maximum(self.cost - before[1], 0).astype(np.float32)
        self.field, self.cost, self.banned, self.bans = before
        return cv2.GaussianBlur(np.minimum(dearer, 100 * self.unit), (0, 0), 1.5), instead

    def _ban(self, inside, offset):
        """Forbid an offset to some texels; the oldest of 64 bans gives way."""
        self.banned = (self.banned & ~np.uint64(1)) >> np.uint64(1)
        self.bans = np.vstack([self.bans[1:], [offset]]).astype(np.int32)
        self.banned[inside] |= np.uint64(1) << np.uint64(BANS - 1)


def _dividing_band(inside, regret, limit, width):
    """(h, w) bool: a band of `width` texels that cuts a region into pieces of at most `limit`, where regret is least.

    Watershed (Neubert and Protzel 2014, doi:10.1109/ICPR.2014.181) from evenly spread places; more of them until all
    pieces are small enough.
    """
    from skimage.segmentation import watershed

    ys, xs = np.nonzero(inside)
    kernel, count = np.ones((width + 1, width + 1), np.uint8), len(ys) / (0.7 * limit)
    for _ in range(8):
        markers = np.zeros(inside.shape, np.int32)
        for number, (y, x) in enumerate(_centres(ys, xs, int(np.ceil(count))), 1):
            nearest = ((ys - y) ** 2 + (xs - x) ** 2).argmin()
            markers[ys[nearest], xs[nearest]] = number
        pieces = watershed(-regret, markers, mask=inside).astype(np.uint16)
        largest = np.where(inside, pieces, 0).astype(np.uint16)
        smallest = np.where(inside, pieces, 65535).astype(np.uint16)
        band = inside & (cv2.dilate(largest, kernel) != cv2.erode(smallest, kernel))
        _, labels = cv2.connectedComponents((inside & ~band).astype(np.uint8), connectivity=4)
        if np.bincount(labels.ravel())[1:].max(initial=0) <= limit:
            break
        count *= 1.4
    return band


def _centres(ys, xs, count):
    """(count, 2) centres of compact pieces of about equal size: k-means on places; deterministic."""
    places = np.stack([ys, xs], 1).astype(np.float32)[::max(1, len(ys) // 20000)]
    # First guess: slices across the longer axis. (No linear algebra library: its threads change the last bits.)
    y, x = places.T - places.mean(0)[:, None]
    angle = 0.5 * np.arctan2(2 * (y * x).sum(), (x * x).sum() - (y * y).sum())
    along = np.argsort(np.cos(angle) * x + np.sin(angle) * y, kind="stable")
    centres = np.stack([places[part].mean(0) for part in np.array_split(along, count)])
    for _ in range(15):
        nearest = ((places[:, None] - centres) ** 2).sum(-1).argmin(1)
        centres = np.stack([places[nearest == n].mean(0) if (nearest == n).any() else centres[n]
                            for n in range(count)])
    return centres


def shares_of(field, exemplars):
    return np.bincount(field[..., 0].ravel(), minlength=exemplars) / field[..., 0].size
