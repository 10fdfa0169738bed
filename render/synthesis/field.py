"""The nearest-neighbour field of one level of the synthesis: which source every texel has, and how it is improved."""

from collections.abc import Mapping
from typing import Any

import cv2
import numpy as np
from jaxtyping import Bool, Float, Int32, Int64, Shaped, UInt8

from render.synthesis import patchmatch
from render.synthesis.copies import vote
from render.synthesis.exemplar import SynthesisSettings
from render.synthesis.patchmatch import Sweep
from render.synthesis.pyramid import FREE, Level, quantised
from render.synthesis.source_map import CELL_TEXELS, overuse
from render.synthesis.task import INVALID, KEPT, NEVER, ORDINARY, PLAIN, Task

BANS = 64
"""Bans that hold at once: one for each bit of a mask; the oldest gives way."""
_LEAST_REACH = 3          # texels
_BAN_TOLERANCE = 0.03     # of the width: shifts that differ less look the same
_GUIDE_ALONE = 64         # times the guide's usual weight, where there are no colours to compare yet
_STATE = ("field", "cost", "penalties", "banned", "bans")
_KEPT_BITS = 2 ** 62 - 1  # of a seed, so that it fits a signed integer


class Search:
    """The field of one level and what steers it: penalties, bans, use counts.

    Parameters
    ----------
    level : Level
    number : int
        Of the level, 0 for the finest.
    groups : (K,) int64
        Exemplars of one group share one limit of use.
    settings : SynthesisSettings
    """

    field: Int32[np.ndarray, "H W 3"]
    """Exemplar, row and column that each texel is copied from."""
    cost: Int32[np.ndarray, "H W"]
    """What the field costs, as sums of absolute differences of patches, with guide and prices."""
    canvas: UInt8[np.ndarray, "h w 4"]
    """What is painted so far, quantised, edges repeated by half a patch."""
    penalties: Int32[np.ndarray, " K"]
    """Price of each exemplar."""
    banned: np.ndarray
    """(H, W) uint64, bit n: may not be copied at the offset of ban n."""
    bans: Int32[np.ndarray, "64 3"]
    """Exemplar and shift (rows, columns) of each ban."""
    usage: Int32[np.ndarray, "K h/4 w/4"]
    """How often places are used beyond once per texel."""

    def __init__(self, level: Level, number: int, groups: Int64[np.ndarray, " K"], settings: SynthesisSettings) -> None:
        self.level, self.number, self.groups, self.settings = level, number, groups, settings
        self.count, self.height, self.width = level.colours.shape[:3]
        self.half = settings.patch_px // 2
        self.one_level = 3 * settings.patch_px ** 2    # the cost of one level off in every colour of a whole patch
        self.reach = max(_LEAST_REACH, round(settings.reach * self.width))
        self.plain_reach = max(self.reach, round(settings.plain_reach * self.width))
        self.kinds = self._kind_map()
        self._reaches = self._reach_map()
        self.field = np.zeros((self.height, self.width, 3), np.int32)
        self.cost = np.full((self.height, self.width), NEVER, np.int32)
        self.canvas = np.zeros((self.height + 2 * self.half, self.width + 2 * self.half, 4), np.uint8)
        self.penalties = np.zeros(self.count, np.int32)
        self.banned = np.zeros((self.height, self.width), np.uint64)
        self.bans = np.zeros((BANS, 3), np.int32)
        self.usage = np.zeros((self.count, -(-self.height // CELL_TEXELS), -(-self.width // CELL_TEXELS)), np.int32)
        self._settle()

    @property
    def free(self) -> Bool[np.ndarray, "H W"]:
        """Texels whose paint is to be found."""
        return self.kinds != KEPT

    @property
    def limited(self) -> Bool[np.ndarray, "H W"]:
        """Texels for which the limits on shares and regions hold."""
        return self.kinds == ORDINARY

    def _kind_map(self) -> UInt8[np.ndarray, "H W"]:
        """What kind of texel stands where."""
        plain = self._upwards(np.isin(self.level.guide[..., 0], self.settings.plain_labels))
        kinds = np.where(plain, PLAIN, ORDINARY).astype(np.uint8)
        kinds[self.level.kept != FREE] = KEPT
        return kinds

    def _upwards(self, small: Shaped[np.ndarray, "gh gw"]) -> Shaped[np.ndarray, "H W"]:
        """What is known at the size of the guide, at the size of the canvas."""
        scale = 2 ** self.level.shift
        return np.repeat(np.repeat(small, scale, 0), scale, 1)[:self.height, :self.width]

    def _settle(self) -> None:
        """Put into the field what is settled: kept texels are copied from their own place, at no cost."""
        ys, xs = np.nonzero(~self.free)
        self.field[ys, xs] = np.stack([self.level.kept[ys, xs], ys, xs], 1)
        self.cost[ys, xs] = 0

    def _reach_map(self) -> Int32[np.ndarray, "H W"]:
        """How far each texel may look; farther where nothing nearby may be copied from any exemplar."""
        scale = 2 ** self.level.shift
        none = np.all(self.level.guides[..., 0] == INVALID, axis=0).astype(np.uint8)
        border = -(-(self.half + 1) // scale)
        none[:border], none[-border:], none[:, :border], none[:, -border:] = 1, 1, 1, 1
        gap = cv2.distanceTransform(none, cv2.DIST_C, 3)
        usual = np.where(self.kinds == PLAIN, self.plain_reach, self.reach)
        return np.maximum(usual, np.ceil(self._upwards(gap) * scale + scale)).astype(np.int32)

    def state(self) -> dict[str, Any]:
        """What a run that is stopped after this level needs to go on."""
        return {name: getattr(self, name) for name in _STATE}

    def restore(self, state: Mapping[str, Any]) -> None:
        """Take up a `state`."""
        for name, value in state.items():
            setattr(self, name, value)

    @property
    def task(self) -> Task:
        """All that the cost of a source depends on, as the kernels take it."""
        level, settings = self.level, self.settings
        return Task(
            canvas=self.canvas.reshape(-1), guide=level.guide.reshape(-1), weight=level.weight,
            sources=level.colours.reshape(-1), source_guides=level.guides.reshape(-1), height=self.height,
            width=self.width, patch=settings.patch_px, guide_bytes=level.guide.shape[2] - 1, guide_shift=level.shift,
            guide_height=level.guide.shape[0], guide_width=level.guide.shape[1], label_price=self.label_price,
            exemplar_prices=self.penalties, reuse_price=round(settings.reuse_penalty * self.one_level / CELL_TEXELS ** 2),
            usage=self.usage, reach=self.reach, reaches=self._reaches, kinds=self.kinds, plain_reach=self.plain_reach,
            plain_coherence=self.settings.plain_coherence, banned=self.banned, ban_offsets=self.bans,
            ban_tolerance=max(1, round(_BAN_TOLERANCE * self.width)))

    @property
    def label_price(self) -> int:
        """Cost of paint from another part."""
        return round(self.settings.label_penalty * self.one_level)

    def begin(self, start: Float[np.ndarray, "h w 3"] | None) -> None:
        """A first field: the best of everything within reach, compared with the colours of `start` (sRGB in [0, 1], of any
        size) or, without it, by the guide alone."""
        task = self.task
        if start is None:
            task = task._replace(weight=self.level.weight * _GUIDE_ALONE)
        else:
            small = cv2.resize(np.ascontiguousarray(start, np.float32), (self.width, self.height),
                               interpolation=cv2.INTER_AREA)
            self.set_canvas(quantised(small))
            task = self.task
        patchmatch.exhaust(task, self.field, self.cost)
        self.vote()

    def inherit(self, coarser: "Search") -> None:
        """A first field: that of the next coarser level, doubled, with its prices and bans."""
        ys, xs = np.mgrid[:self.height, :self.width].astype(np.int32)
        self.field[..., 0] = coarser.field[ys // 2, xs // 2, 0]
        for axis, (place, limit) in enumerate(((ys, self.height), (xs, self.width)), 1):
            doubled = coarser.field[ys // 2, xs // 2, axis] * 2 + place % 2
            self.field[..., axis] = np.clip(doubled, self.half, limit - 1 - self.half)
        self.cost[:] = coarser.cost[ys // 2, xs // 2]
        self.penalties, self.banned = coarser.penalties, coarser.banned[ys // 2, xs // 2]
        self.bans = coarser.bans * np.array([1, 2, 2], np.int32)
        self._settle()
        self.vote()

    def improve(self, iteration: int, sweeps: int, radius: int, others: int) -> None:
        """Passes of propagation and random search, forwards and backwards by turns.

        Parameters
        ----------
        iteration : int
            Decides the random numbers, together with seed and level.
        sweeps : int
            Number of passes.
        radius : int
            First radius of the search around the present source, in texels.
        others : int
            Sources tried in other exemplars.
        """
        self.recost()
        for number in range(sweeps):
            seed = ((self.settings.seed * 31 + self.number) * 1009 + iteration) * 31 + number
            way = Sweep(seed & _KEPT_BITS, number % 2 == 1, radius, others,
                        round(self.settings.seam_penalty * self.one_level))
            patchmatch.sweep(self.task, way, self.field, self.field.copy(), self.cost)

    def recost(self) -> None:
        """What the field as it stands costs."""
        patchmatch.recost(self.task, self.field, self.cost)

    def vote(self) -> None:
        """Paint the canvas anew from the field."""
        known = self._known_costs()
        scale = 1 / max(1.0, float(known.mean())) if known.size else 1.0
        self.set_canvas(vote(self.level.colours, self.field, self.cost, self.settings.patch_px, scale))

    def set_canvas(self, picture: UInt8[np.ndarray, "H W 4"]) -> None:
        """Put a quantised picture in the place of what is painted."""
        self.canvas = np.pad(picture, ((self.half,) * 2, (self.half,) * 2, (0, 0)), mode="edge")

    def count_use(self) -> None:
        """Count anew how often places are used."""
        self.usage = overuse(self.field, self.count)

    def forget_limits(self) -> None:
        """Forget prices and bans, so that costs speak of fit alone."""
        self.penalties, self.usage, self.banned = (np.zeros_like(a) for a in (self.penalties, self.usage, self.banned))

    def mean_cost(self) -> float:
        """Mean cost in levels, over texels whose source was chosen and has a whole patch around it."""
        known = self._known_costs()
        return float(known.mean()) / self.one_level if known.size else 0.0

    def _known_costs(self) -> Int32[np.ndarray, " N"]:
        return self.cost[(self.cost < NEVER) & self.free]
