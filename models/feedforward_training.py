"""Training of the network that paints in one pass: its settings, the loop, and the loss."""

from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
import torch
from jaxtyping import Float32

from data.progress import Progress
from models.feedforward_network import StyleNetwork, network_input
from models.perceptual import Perceptual, load_network
from models.style import StyleTargets, directions, quantiles

_REMEMBERED = 12
"""Number of last crops whose features together are brought to the master's distribution."""
_PLACES = 384
"""Positions of each of these crops whose features are remembered."""
_DIRECTIONS, _DIRECTION_SETS = 48, 8
"""Directions that features are projected on in a step, and how many sets of them take turns."""
_LEAST_SPREAD = 1e-3
_FALL = 0.9
"""Share of the rate that is gone by the last step."""
_LARGEST_GRADIENT = 1.0
"""Largest norm of a gradient: at first features are far from their goal, and one bad crop must not undo the training."""
_BROAD_PX = 4
"""Colours are compared as means over squares of this side."""
_BEYOND_WEIGHT = 20
"""Price of squared colour beyond paint: it is drawn back."""
_FARTHEST = 1 << 20
"""Crops are placed at random on a canvas of this side, so that the network cannot memorise the noise."""
_LOSSES_KEPT = 10

Lesson: TypeAlias = tuple[Float32[np.ndarray, "H W 3"], Float32[np.ndarray, "H W 3"]]
"""A photograph, and a painting of it, sRGB."""


@dataclass(frozen=True)
class FastSettings:
    """How a network is trained, and with what.

    Attributes
    ----------
    steps, crop_px : int
        Steps of the optimiser, each on a crop of that side.
    rate : float
        Size of its first steps.
    content_weight : float
        Price of being unlike the painted lesson in what it shows, against 1 for style.
    colour_weight : float
        Price of squared faults of broad colour.
    tv_weight : float
        Price of squared steps between neighbours (total variation).
    width : int
        Channels at a quarter of the size.
    works : int
        Paintings that it learns from.
    canvas_px : int
        Longer side of the canvas on which these paintings are shown.
    brush_scale : float
        Width of strokes, in the master's own.
    style_layers, content_layer
        Of the perceptual network.
    seed : int
    """

    steps: int = 450
    crop_px: int = 160
    rate: float = 3e-3
    content_weight: float = 0.3
    colour_weight: float = 40.0
    tv_weight: float = 2.0
    width: int = 40
    works: int = 16
    canvas_px: int = 900
    style_layers: tuple[str, ...] = ("conv1", "fire2", "fire3", "fire4", "fire5")
    content_layer: str = "fire3"
    brush_scale: float = 2.0
    seed: int = 0


def fit_network(network: StyleNetwork, target: StyleTargets, lessons: Sequence[Lesson], settings: FastSettings,
                device: str, progress: Progress | None) -> list[float]:
    """Train in place.

    Parameters
    ----------
    network : StyleNetwork
        On `device`.
    target : StyleTargets
        The hand, without parts.
    lessons : sequence of Lesson
        None smaller than a crop.
    settings : FastSettings
    device : str
        As torch names it.
    progress : Progress, optional
        Called after each step.

    Returns
    -------
    list of float
        The mean loss of each tenth of the steps.
    """
    loss_of = _Loss(load_network(target.network, device), target, settings, device)
    optimiser = torch.optim.Adam(network.parameters(), settings.rate)
    losses = []
    for step in range(settings.steps):
        rng = np.random.default_rng([settings.seed, step])
        for group in optimiser.param_groups:
            group["lr"] = settings.rate * (1 - _FALL * step / settings.steps)
        shown, meant = _crop(lessons[int(rng.integers(len(lessons)))], settings.crop_px, rng)
        crop = network_input(shown, *rng.integers(_FARTHEST, size=2)).to(device)
        goal = torch.from_numpy(meant).permute(2, 0, 1)[None].to(device)
        loss = loss_of(network(crop), goal, step, rng)
        optimiser.zero_grad()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(network.parameters(), _LARGEST_GRADIENT)
        optimiser.step()
        losses.append(float(loss.detach()))
        if progress is not None:
            progress(step + 1, settings.steps)
    return [round(float(np.mean(part)), 4) for part in np.array_split(losses, min(_LOSSES_KEPT, len(losses)))]


class _Loss:
    """The loss of a painted crop; remembers the features of the last crops."""

    def __init__(self, look: Perceptual, target: StyleTargets, settings: FastSettings, device: str) -> None:
        self._look, self._settings, self._device = look, settings, device
        self._names = look.check(settings.style_layers)
        self._samples = {name: torch.from_numpy(target.sample_for(0, name, 0).astype(np.float32)).to(device)
                         for name in self._names}
        self._spread = {name: float(values.var(1).mean()) + _LEAST_SPREAD for name, values in self._samples.items()}
        self._content_unit = self._spread.get(settings.content_layer, self._spread[self._names[-1]])
        self._remembered: dict[str, deque[torch.Tensor]] = {name: deque(maxlen=_REMEMBERED) for name in self._names}

    def __call__(self, painted: torch.Tensor, meant: torch.Tensor, step: int, rng: np.random.Generator) -> torch.Tensor:
        """The loss of a crop `painted` by the network, against the lesson's painting of it (`meant`), (1, 3, H, W) both."""
        settings, content = self._settings, self._settings.content_layer
        seen = self._look(painted, [*self._names, *({content} - set(self._names))])
        with torch.no_grad():
            goal = self._look(meant, [content])[content]
        loss = settings.content_weight * (seen[content] - goal).square().mean() / self._content_unit
        for name in self._names:
            loss = loss + self._style(name, seen[name][0].flatten(1), step, rng)
        variation = painted.diff(dim=2).square().mean() + painted.diff(dim=3).square().mean()
        broad = torch.nn.functional.avg_pool2d(painted - meant, _BROAD_PX)
        loss = loss + settings.colour_weight * broad.square().mean()
        beyond = (painted - painted.clamp(0, 1)).square().mean()
        return loss + settings.tv_weight * variation + _BEYOND_WEIGHT * beyond

    def _style(self, name: str, found: torch.Tensor, step: int, rng: np.random.Generator) -> torch.Tensor:
        """How far a layer's features (C, N), taken with those remembered, are from the master's distribution."""
        sample = self._samples[name]
        turns = directions(len(sample), min(_DIRECTIONS, len(sample)),
                           [self._settings.seed, step % _DIRECTION_SETS]).to(self._device)
        values = turns @ found
        with torch.no_grad():
            places = torch.from_numpy(rng.permutation(found.shape[1])[:_PLACES]).to(self._device)
            self._remembered[name].append(found[:, places])
            knots = quantiles(turns @ torch.cat(list(self._remembered[name]), 1))
            shift = quantiles(turns @ sample) - knots
            at = torch.searchsorted(knots, values.contiguous()).clamp_(0, knots.shape[1] - 1)
            goal = values + shift.gather(1, at)
        return (values - goal).square().mean() / self._spread[name] / len(self._names)


def _crop(lesson: Lesson, side: int, rng: np.random.Generator) -> list[Float32[np.ndarray, "side side 3"]]:
    """The same square of a photograph and of its painting, as it is or in a mirror."""
    y, x = (int(rng.integers(length - side + 1)) for length in lesson[0].shape[:2])
    way = -1 if rng.random() < 0.5 else 1
    return [np.ascontiguousarray(each[y:y + side, x:x + side][:, ::way], np.float32) for each in lesson]
