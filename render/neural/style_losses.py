"""Two style losses: how far the features of a canvas are from a master's, and the gradient for each feature.

The sliced Wasserstein distance compares distributions along many directions (Heitz et al. 2021, arXiv:2006.07229), Gram
matrices compare mean products of features (Gatys et al. 2016, doi:10.1109/CVPR.2016.265). Both use statistics of the whole
canvas, which are gathered tile by tile in one step and used in the next. All tiles are thus changed by the same rule, and no
border of a tile shows.

A step consists of four calls: `observe` takes what is needed of a tile, `gather` makes statistics of the observations of all
tiles, `aim` makes a rule of the statistics and the master's samples, and `pull` gives the gradient for the features of a tile
by this rule.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple, Protocol, TypeAlias

import numpy as np
import torch
from jaxtyping import Float32, Int
from torch import Tensor

from models.perceptual import Layer
from models.style import StyleTargets, directions, quantiles
from render.imaging.region_parts import part_of, region_of
from render.neural.settings import NeuralSettings
from render.neural.transport import Transport

_DIRECTION_SETS = 6  # sets of directions, taken in turn from step to step
_DIRECTIONS = 64  # of one set, or as many as there are channels if these are fewer
_SAMPLE = 768  # feature vectors that stand for a part of the canvas in the next step
_LEAST_SPREAD = 1e-3  # added to the variance of features, so that a layer with almost none does not outweigh all others

StyleMixture: TypeAlias = Sequence[tuple[StyleTargets, float]]
"""The styles that hold in one region, with weights that sum to 1."""


class Cells(NamedTuple):
    """All cells of one layer that show the same part in the same region (`render.imaging.region_parts`)."""

    layer: str
    code: int


class Moment(NamedTuple):
    """When and where something is observed: the step, and the number of the tile."""

    step: int
    tile: int


@dataclass(frozen=True, eq=False)
class Goal:
    """What the features of a canvas have to come near to, at one level.

    `level`: 0 for the full size. `layers`: those whose features are matched, in order of depth. `areas`: pixels of every
    code on the canvas. `mixtures`: the styles of each region.
    """

    settings: NeuralSettings
    level: int
    layers: dict[str, Layer]
    areas: dict[int, int]
    mixtures: Sequence[StyleMixture]
    device: str

    def samples(self, cells: Cells) -> Iterator[tuple[Float32[Tensor, "C N"], float]]:
        """Feature vectors of each master for these cells, with the master's weight."""
        for target, weight in self.mixtures[region_of(cells.code)]:
            sample = target.sample_for(self.level, cells.layer, part_of(cells.code))
            yield torch.from_numpy(sample.astype(np.float32)).to(self.device), weight

    def spreads(self) -> dict[str, float]:
        """By layer: the mean variance of the masters' features, in which distances are measured."""
        found = {}
        for layer in self.layers:
            samples = [target.sample_for(self.level, layer, part_of(code)).astype(np.float32)
                       for code in self.areas for target, _ in self.mixtures[region_of(code)]]
            found[layer] = float(np.mean([sample.var(1).mean() for sample in samples])) + _LEAST_SPREAD
        return found

    def index(self, places: Int[np.ndarray, " n"]) -> Int[Tensor, " n"]:
        """Places within a feature map, where it is computed."""
        return torch.from_numpy(places).to(self.device)


class StyleLoss(Protocol):
    """What both losses can do; what they observe, gather and pull by is known to them alone."""

    def observe(self, cells: Cells, features: Float32[Tensor, "C n"], places: Int[np.ndarray, " m"],
                moment: Moment) -> Any:
        """What has to be remembered of a tile.

        Parameters
        ----------
        cells : Cells
            What is observed.
        features : (C, n) float32
            Of all cells of the layer in the tile's core, whatever they show.
        places : (m,) int
            Which of them are meant.
        moment : Moment
        """

    def gather(self, observed: list[Any]) -> Any:
        """Statistics of the whole canvas from what was observed in its tiles, in their order."""

    def aim(self, cells: Cells, now: Any, before: Any | None, step: int) -> Any:
        """The rule by which features are pulled.

        Parameters
        ----------
        cells : Cells
            Which features.
        now, before
            Statistics of the canvas as it stands, and as it was before the first step (None if it had no such cells).
        step : int
        """

    def pull(self, cells: Cells, features: Float32[Tensor, "C n"], rule: Any,
             step: int) -> tuple[Float32[Tensor, "C n"], float]:
        """Half the gradient of the loss for each feature, per channel, and the loss.

        Parameters
        ----------
        cells : Cells
            What the features belong to.
        features : (C, n) float32
            Of these cells alone.
        rule
            As `aim` gave it.
        step : int
        """


class _SlicedWasserstein:
    """Distributions of features along directions that change from step to step.

    Observed are feature vectors, at most some `_SAMPLE` of each part; the rule is a `Transport`.
    """

    def __init__(self, goal: Goal) -> None:
        self._goal = goal
        self._directions: dict[tuple[str, int], Tensor] = {}
        self._wanted: dict[tuple[Cells, int], Tensor] = {}

    def directions(self, layer: str, step: int) -> Float32[Tensor, "D C"]:
        """The directions of a step."""
        goal, key = self._goal, (layer, step % _DIRECTION_SETS)
        if key not in self._directions:
            channels = goal.layers[layer].channels
            seed = [goal.settings.seed, goal.level, step % _DIRECTION_SETS, list(goal.layers).index(layer)]
            self._directions[key] = directions(channels, min(_DIRECTIONS, channels), seed).to(goal.device)
        return self._directions[key]

    def observe(self, cells: Cells, features: Float32[Tensor, "C n"], places: Int[np.ndarray, " m"],
                moment: Moment) -> Float32[Tensor, "C k"]:
        """The vectors at some of the places, drawn at random."""
        goal, layer = self._goal, self._goal.layers[cells.layer]
        apart = max(1, goal.areas[cells.code] // layer.stride ** 2 // _SAMPLE)
        rng = np.random.default_rng([goal.settings.seed, goal.level, moment.step, moment.tile, layer.module, cells.code])
        # Drawn at random: taking every n-th cell could fall in step with the rows of the grid.
        chosen = places[rng.permutation(len(places))[:-(-len(places) // apart)]]
        return features[:, goal.index(chosen)]

    def gather(self, observed: list[Float32[Tensor, "C k"]]) -> Float32[Tensor, "C K"]:
        """The vectors of all tiles side by side."""
        return torch.cat(observed, 1)

    def aim(self, cells: Cells, now: Float32[Tensor, "C K"], before: Float32[Tensor, "C K"] | None, step: int) -> Transport:
        """The transport from the canvas' quantiles to the masters'."""
        turns = self.directions(cells.layer, step)
        return Transport.between(turns, quantiles(turns @ now), self._wanted_quantiles(cells, turns, before, step))

    def _wanted_quantiles(self, cells: Cells, turns: Tensor, before: Tensor | None, step: int) -> Float32[Tensor, "D K"]:
        """The masters' quantiles: by weight they meet in the barycentre of their distributions; where strength is below 1
        the canvas' own are mixed in."""
        key, strength = (cells, step % _DIRECTION_SETS), self._goal.settings.strength
        if key not in self._wanted:
            wanted = sum(weight * quantiles(turns @ vectors) for vectors, weight in self._goal.samples(cells))
            if strength < 1 and before is not None:
                wanted = strength * wanted + (1 - strength) * quantiles(turns @ before)
            self._wanted[key] = wanted
        return self._wanted[key]

    def pull(self, cells: Cells, features: Float32[Tensor, "C n"], rule: Transport,
             step: int) -> tuple[Float32[Tensor, "C n"], float]:
        """The mean over directions of how far projections stand from where they should."""
        turns = self.directions(cells.layer, step)
        gap = rule.gap(features)
        return turns.T @ gap / len(turns), float((gap ** 2).sum()) / len(turns)


class _Moments(NamedTuple):
    """Products of features over `number` cells: their sum where observed, their mean once gathered."""

    products: Float32[Tensor, "C C"]
    number: int


class _GramMatrices:
    """Mean products of features; the rule is a matrix that features are multiplied with."""

    def __init__(self, goal: Goal) -> None:
        self._goal = goal
        self._spreads = goal.spreads()
        self._wanted: dict[Cells, Tensor] = {}

    def observe(self, cells: Cells, features: Float32[Tensor, "C n"], places: Int[np.ndarray, " m"],
                moment: Moment) -> _Moments:
        """The sum of products over the places."""
        chosen = features[:, self._goal.index(places)] if len(places) < features.shape[1] else features
        return _Moments(chosen @ chosen.T, len(places))

    def gather(self, observed: list[_Moments]) -> _Moments:
        """The mean products over all tiles."""
        number = sum(each.number for each in observed)
        return _Moments(sum(each.products for each in observed) / number, number)

    def aim(self, cells: Cells, now: _Moments, before: _Moments | None, step: int) -> Float32[Tensor, "C C"]:
        """The gradient of the squared distance to the wanted matrix, over the square of that one."""
        wanted = self._wanted_products(cells, before)
        return (now.products - wanted) * (2 * len(wanted) * self._spreads[cells.layer] / (wanted ** 2).sum())

    def _wanted_products(self, cells: Cells, before: _Moments | None) -> Float32[Tensor, "C C"]:
        if cells not in self._wanted:
            strength = self._goal.settings.strength
            wanted = sum(weight * (vectors @ vectors.T / vectors.shape[1]) for vectors, weight in self._goal.samples(cells))
            if before is not None:
                wanted = strength * wanted + (1 - strength) * before.products
            self._wanted[cells] = wanted
        return self._wanted[cells]

    def pull(self, cells: Cells, features: Float32[Tensor, "C n"], rule: Float32[Tensor, "C C"],
             step: int) -> tuple[Float32[Tensor, "C n"], float]:
        """Features times the rule, over the number of channels."""
        moved = rule @ features
        moved = moved / len(features)
        return moved, float((moved * features).sum()) / 2


def style_loss(goal: Goal) -> StyleLoss:
    """The loss that the settings name."""
    return _GramMatrices(goal) if goal.settings.style_loss == "gram" else _SlicedWasserstein(goal)
