"""One size of the canvas: the gradient of style and content losses for every pixel.

The picture is processed tile by tile. Each tile gives its part of the gradient, and its part of the statistics of the whole
canvas that the next step uses (`render.neural.style_losses`).
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import Executor
from dataclasses import dataclass
from functools import partial
from typing import Any, NamedTuple, TypeVar

import numpy as np
import torch
from jaxtyping import Float32, UInt8
from torch import Tensor

from models.memory import trim_memory
from models.perceptual import Layer, load_network
from render.neural.settings import NeuralSettings
from render.neural.style_losses import Cells, Goal, Moment, StyleMixture, style_loss
from render.neural.tiles import GRID_PX, Tile, add_mirrored, segments, tensor_of, tiles_of

# On canvases of more pixels than this, tiles have cores of at most this side, and their memory is given back at once. That is
# slower.
_LARGE, _LARGE_TILE_PX = 3_000_000, 256
_LEAST_TILE_PX = 192  # height of a tile's core where two rows of tiles would do for the picture
_MOST_CORES_WIDE = 1.5  # a picture no wider than so many cores is not cut into columns
_Done = TypeVar("_Done")


@dataclass(frozen=True, eq=False)
class Subject:
    """What is to be painted, at one size: `content` (H, W, 3) float32 is what the painting shows, `fidelity` (H, W)
    float32 (None: 1 everywhere) a factor on its weight, `codes` (H, W) uint8 part and region of every pixel, `mixtures`
    the styles of each region."""

    content: Float32[np.ndarray, "H W 3"]
    codes: UInt8[np.ndarray, "H W"]
    fidelity: Float32[np.ndarray, "H W"] | None
    mixtures: Sequence[StyleMixture]


class _Window(NamedTuple):
    """Cells of a layer within a tile's core: rows and columns of the feature map, and the pixels these are centred on."""

    cells: tuple[slice, slice]
    pixels: tuple[np.ndarray, np.ndarray]


class _Observed(NamedTuple):
    """What is known of a tile after a step. `gradient` (3, h, w) is that of the tile with its margins."""

    tile: Tile
    gradient: Tensor | None
    energy: float
    statistics: dict[Cells, Any]


class Level:
    """One size of the canvas: its picture, what it has to come near to, and its statistics as of the last step.

    Parameters
    ----------
    canvas : (H, W, 3) float32
        Where the work begins; on the CPU it is written over.
    subject : Subject
        At the same size.
    level : int
        0 for the full size, each next one half as large.
    settings : NeuralSettings
    device : str
        Torch's device.
    """

    def __init__(self, canvas: Float32[np.ndarray, "H W 3"], subject: Subject, level: int, settings: NeuralSettings,
                 device: str) -> None:
        self._settings, self._level, self._device = settings, level, device
        self._net = load_network(settings.network, device)
        self._names = self._net.check(settings.style_layers)
        self._net.check([settings.content_layer])
        self.canvas, self.content = (tensor_of(each, device) for each in (canvas, subject.content))
        self._codes, self._fidelity = subject.codes, subject.fidelity
        areas = {int(code): int(count) for code, count in zip(*np.unique(subject.codes, return_counts=True))}
        goal = Goal(settings, level, {name: self._net.layers[name] for name in self._names}, areas, subject.mixtures, device)
        self._loss, self._spreads = style_loss(goal), goal.spreads()
        self._statistics: dict[Cells, Any] = {}
        self._first_statistics: dict[Cells, Any] | None = None

    def measure(self, pool: Executor, step: int) -> None:
        """Take statistics of the canvas as it stands, without moving it, for the pull of `step`."""
        self._statistics = self._gathered([seen.statistics for seen in self._of_tiles(pool, self._look, step)])
        if self._first_statistics is None:
            self._first_statistics = self._statistics

    def pull(self, pool: Executor, step: int,
             zeros: Float32[Tensor, "H W 3"] | None = None) -> tuple[Float32[Tensor, "H W 3"], float]:
        """The gradient of all losses, and their sum over the canvas' area; takes statistics for the next step.

        Parameters
        ----------
        pool : Executor
            Its workers take a tile each.
        step : int
        zeros : (H, W, 3) float32, optional
            Memory that becomes the gradient.

        Returns
        -------
        gradient : (H, W, 3) float32
        energy : float
        """
        before = self._first_statistics or {}
        rules = {cells: self._loss.aim(cells, now, before.get(cells), step) for cells, now in self._statistics.items()}
        total, energy, found = torch.zeros_like(self.canvas) if zeros is None else zeros, 0.0, []
        for seen in self._of_tiles(pool, partial(self._pull_tile, rules=rules), step):
            add_mirrored(total, seen.tile, seen.gradient)
            energy += seen.energy
            found.append(seen.statistics)
        self._statistics = self._gathered(found)
        return total, energy / self._codes.size

    def tiles(self, step: int) -> list[Tile]:
        """The tiles of a step."""
        # Each axis has its own numbers: the grid's phase is then the same however many tiles there are.
        down, across = (np.random.default_rng([self._settings.seed, self._level, step, axis]) for axis in (0, 1))
        height, width = self._codes.shape
        core = self._settings.tile_px if self._codes.size <= _LARGE else min(self._settings.tile_px, _LARGE_TILE_PX)
        half_height = -(-height // (2 * GRID_PX)) * GRID_PX  # on the grid, rounded up
        rows = segments(height, min(core, max(_LEAST_TILE_PX, half_height)), down)
        whole_width = GRID_PX * -(-width // GRID_PX)
        columns = segments(width, core if width > _MOST_CORES_WIDE * core else whole_width, across)
        return tiles_of(rows, columns)

    def _of_tiles(self, pool: Executor, work: Callable[[Tile, int], _Done], step: int) -> Iterator[_Done]:
        """`work(tile, step)` of every tile, in their order."""
        for done in pool.map(lambda tile: work(tile, step), self.tiles(step)):
            yield done
            if self._codes.size > _LARGE:
                trim_memory()

    def _gathered(self, found: list[dict[Cells, Any]]) -> dict[Cells, Any]:
        """Statistics of the whole canvas from those of its tiles, in their order."""
        observed: dict[Cells, list[Any]] = {}
        for each in found:
            for cells, value in each.items():
                observed.setdefault(cells, []).append(value)
        return {cells: self._loss.gather(values) for cells, values in observed.items()}

    # --- one tile, on one thread ------------------------------------------------------------------------------------

    def _look(self, tile: Tile, step: int) -> _Observed:
        """Statistics of a tile."""
        torch.set_num_threads(1)
        with torch.no_grad():
            features = self._net(tile.cut(self.canvas), self._names)
        found: dict[Cells, Any] = {}
        for name in self._names:
            window = _window(tile, self._net.layers[name], features[name].shape[2:])
            flat = features[name][0][:, window.cells[0], window.cells[1]].flatten(1)
            self._observe(found, name, flat, self._codes[window.pixels].ravel(), Moment(step, tile.number))
        return _Observed(tile, None, 0.0, found)

    def _observe(self, found: dict[Cells, Any], name: str, flat: Float32[Tensor, "C n"], codes: UInt8[np.ndarray, " n"],
                 moment: Moment) -> None:
        """Add to `found` what the next step needs to know of these cells of one layer."""
        for code in np.unique(codes):
            cells = Cells(name, int(code))
            found[cells] = self._loss.observe(cells, flat, np.flatnonzero(codes == code), moment)

    def _pull_tile(self, tile: Tile, step: int, rules: Mapping[Cells, Any]) -> _Observed:
        """Gradient of one tile with its margins, its energy, and its part of the next statistics."""
        torch.set_num_threads(1)
        wanted = self._settings.content_layer
        meant = tile.cut(self.content)
        with torch.no_grad():
            goal = self._net(meant, [wanted])[wanted]
        picture = tile.cut(self.canvas).requires_grad_(True)
        features = self._net(picture, [*self._names, *({wanted} - set(self._names))])
        with torch.no_grad():
            pulls, energy, found = self._style_pulls(tile, features, rules, step)
            energy += self._add_content_pull(pulls, tile, features[wanted], goal)
        torch.autograd.backward([features[name] for name in pulls], list(pulls.values()))
        gradient = picture.grad[0]
        if self._settings.tv_weight:
            energy += _add_variation(gradient, (picture.detach() - meant)[0], tile, self._settings.tv_weight)
        return _Observed(tile, gradient, energy, found)

    def _style_pulls(self, tile: Tile, features: Mapping[str, Tensor], rules: Mapping[Cells, Any],
                     step: int) -> tuple[dict[str, Tensor], float, dict[Cells, Any]]:
        """The style loss' gradient for the features of every layer, the loss, and what was observed."""
        energy = 0.0
        pulls: dict[str, Tensor] = {}
        found: dict[Cells, Any] = {}
        for name in self._names:
            layer, feature = self._net.layers[name], features[name]
            window = _window(tile, layer, feature.shape[2:])
            codes = self._codes[window.pixels].ravel()
            inner = feature[0][:, window.cells[0], window.cells[1]]
            flat = inner.flatten(1)
            self._observe(found, name, flat, codes, Moment(step, tile.number))
            pull, cost = self._layer_pull(name, flat, codes, rules, step)
            factor = layer.stride ** 2 / self._spreads[name] / len(self._names)
            energy += cost * factor
            pulls[name] = torch.zeros_like(feature)
            pulls[name][0][:, window.cells[0], window.cells[1]] = (pull * (2 * factor)).view_as(inner)
        return pulls, energy, found

    def _layer_pull(self, name: str, flat: Float32[Tensor, "C n"], codes: UInt8[np.ndarray, " n"],
                    rules: Mapping[Cells, Any], step: int) -> tuple[Float32[Tensor, "C n"], float]:
        """Half the gradient of the style loss for the cells of one layer, and the loss."""
        pull, cost, present = torch.zeros_like(flat), 0.0, np.unique(codes)
        for code in present:
            cells = Cells(name, int(code))
            if cells not in rules:  # a part so small that the grid of the last step missed it
                continue
            if len(present) == 1:
                pull, energy = self._loss.pull(cells, flat, rules[cells], step)
            else:
                index = torch.from_numpy(np.flatnonzero(codes == code)).to(self._device)
                moved, energy = self._loss.pull(cells, flat[:, index], rules[cells], step)
                pull.index_copy_(1, index, moved)
            cost += energy
        return pull, cost

    def _add_content_pull(self, pulls: dict[str, Tensor], tile: Tile, feature: Tensor, goal: Tensor) -> float:
        """Add the content loss' gradient for the features of the content layer to `pulls`; the loss."""
        settings = self._settings
        wanted, layer = settings.content_layer, self._net.layers[settings.content_layer]
        window = _window(tile, layer, feature.shape[2:])
        gap = (feature - goal)[0][:, window.cells[0], window.cells[1]]
        weight: Any = settings.content_weight * layer.stride ** 2 / layer.channels / self._content_spread()
        if self._fidelity is not None:
            weight = weight * torch.from_numpy(np.ascontiguousarray(self._fidelity[window.pixels])).to(self._device)
        pull = pulls.setdefault(wanted, torch.zeros_like(feature))
        pull[0][:, window.cells[0], window.cells[1]] += 2 * weight * gap
        return float((gap ** 2 * weight).sum())

    def _content_spread(self) -> float:
        # The style's own spread at the nearest layer serves as the unit of content too.
        return self._spreads.get(self._settings.content_layer, self._spreads[self._names[-1]])


def _window(tile: Tile, layer: Layer, shape: Sequence[int]) -> _Window:
    """Where the cells of a layer lie whose centres are in the tile's core, in a feature map of this (height, width)."""
    cells, pixels = [], []
    for span, count in zip((tile.row, tile.column), shape, strict=True):
        first = max(0, -(-(span.low - span.start - layer.offset) // layer.stride))
        last = max(first, min(count, -(-(span.high - span.start - layer.offset) // layer.stride)))
        cells.append(slice(first, last))
        pixels.append(span.start + layer.offset + layer.stride * np.arange(first, last))
    rows, columns = np.ix_(*pixels)
    return _Window((cells[0], cells[1]), (rows, columns))


def _add_variation(gradient: Float32[Tensor, "3 h w"], added: Float32[Tensor, "3 h w"], tile: Tile, weight: float) -> float:
    """Squared total variation, within the tile's core, of what was added to the content; its gradient is added to
    `gradient`, its price given."""
    window = (slice(None), *(slice(span.low - span.start, span.high - span.start) for span in (tile.row, tile.column)))
    cost = 0.0
    for axis in (1, 2):
        ahead = list(window)
        ahead[axis] = slice(window[axis].start + 1, window[axis].stop + 1)
        step = added[tuple(ahead)] - added[window]
        gradient[tuple(ahead)] += 2 * weight * step
        gradient[window] -= 2 * weight * step
        cost += weight * float((step ** 2).sum())
    return cost
