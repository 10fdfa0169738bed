"""Learn height from colour: augmented pairs, and the training of the network.

The network is trained on every pair as it is, worn (colour channels exchanged and darkened, with grain and JPEG blocks) and as
if photographed from farther away, so that it recognises strokes by their form alone.
"""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import cv2
import numpy as np
import torch
from jaxtyping import Float, Float16, Float32, Float64

from data.colour import from_uint8, to_uint8
from data.progress import Progress
from models.relief_bands import bands
from models.relief_features import stroke_features
from models.relief_network import StrokeNet, stroke_net
from models.threads import one_thread

STEPS_PER_EPOCH = 16
FRESH_RATE, RESUMED_RATE = 2e-3, 4e-4
"""Largest step of the optimiser from random weights, and from those of a model that is to be adapted."""
_LEAST_SPREAD_MM = 1e-6
_SHARES = (0.5, 0.2, 0.3)
"""Shares of patches from pictures as they are, worn, and photographed."""
_BAND_WEIGHTS = (1.0, 1.0, 0.25)
"""Weights of the bands' squared errors. Layers are broad, so a patch holds few independent values of them."""
_ERROR_WEIGHT, _SLOPE_WEIGHT = 0.4, 0.3
"""Weights of squared errors and of squared errors of slopes; 1 - correlation of the brush band has weight 1."""
_BLIND_TEXELS = 14
"""Margin of a patch that is not judged: the network cannot see beyond it."""
_WEIGHT_DECAY, _BETAS, _WARM_UP = 1e-3, (0.9, 0.99), 0.15
_LARGEST_GRADIENT = 1.0
_AVERAGED_STEPS, _LEAST_SHARE = 20, 0.002
"""In each step the running mean moves towards the weights by the first number over the number of steps, or by the second."""

# Wear: how dark, how much grain, how strongly compressed.
_DARKENED, _GRAIN, _JPEG_QUALITY = (0.5, 1.0), (0.002, 0.012), (75, 97)
# Photographs: how many times smaller, how soft (texels there), how many times enlarged again.
_SMALLER, _SOFT, _LARGER, _LEAST_SIDE = (1.0, 2.6), (0.4, 0.9), (1.0, 1.9), 16


class Pair(NamedTuple):
    """Colour ((H, W, 3) float32 sRGB in [0, 1]) and height ((H, W) float32 mm) of one painting."""

    rgb: Float32[np.ndarray, "H W 3"]
    height: Float32[np.ndarray, "H W"]


class BandUnits(NamedTuple):
    """Mean (float64) and spread (float32) of each band over the pairs, mm."""

    mean_mm: Float64[np.ndarray, " 3"]
    scale_mm: Float32[np.ndarray, " 3"]

    @classmethod
    def of(cls, pairs: Sequence[Pair]) -> "BandUnits":
        """Those of some pairs."""
        parted = [bands(height) for _, height in pairs]
        scale = np.maximum(np.sqrt(np.mean([target.var((1, 2)) for target in parted], axis=0)), _LEAST_SPREAD_MM)
        return cls(np.mean([target.mean((1, 2)) for target in parted], axis=0).astype(np.float64), scale)


class Lesson(NamedTuple):
    """What the network is shown of a painting, and the bands it should say, in their units; at least a patch large."""

    features: Float16[np.ndarray, "F H W"]
    goal: Float32[np.ndarray, "3 H W"]


class Trained(NamedTuple):
    """The network's arrays by name, and its loss at the last step."""

    weights: dict[str, Float16[np.ndarray, "..."]]
    loss: float


def lessons_of(pairs: Sequence[Pair], units: BandUnits, patch_px: int,
               rng: np.random.Generator) -> tuple[list[Lesson], list[Lesson], list[Lesson]]:
    """The pairs as they are, worn, and photographed from farther away.

    Parameters
    ----------
    pairs : sequence of Pair
    units : BandUnits
    patch_px : int
        Side of the patches that will be cut; smaller pictures are mirrored until one fits.
    rng : numpy.random.Generator
    """
    def goal(height):
        parted = (bands(height) - units.mean_mm[:, None, None]) / units.scale_mm[:, None, None]
        return _padded(parted.astype(np.float32), patch_px)

    def features(rgb):
        return _padded(stroke_features(rgb).astype(np.float16), patch_px)

    plain = [Lesson(features(rgb), goal(height)) for rgb, height in pairs]
    worn = [Lesson(features(_worn(pair.rgb, rng)), lesson.goal) for pair, lesson in zip(pairs, plain, strict=True)]
    # Every second one, for memory.
    far = [Lesson(features(rgb), goal(height)) for rgb, height in (_photographed(pair, rng) for pair in pairs[::2])]
    return plain, worn, far


def train(lessons: Sequence[Sequence[Lesson]], scale_mm: Float32[np.ndarray, " 3"], rng: np.random.Generator, *, seed: int,
          epochs: int, rate: float, patch_px: int, batch: int, start: Mapping[str, np.ndarray] | None,
          half_precision: bool, progress: Progress | None) -> Trained:
    """Train the network, on one thread.

    Parameters
    ----------
    lessons
        From `lessons_of`.
    scale_mm : (3,) float32
        Spread of the bands, as in `BandUnits`.
    rng : numpy.random.Generator
        Chooses patches.
    seed : int
        Of the first weights.
    epochs : int
        Of `STEPS_PER_EPOCH` steps.
    rate : float
        Largest step of the optimiser.
    patch_px, batch : int
        Side of a patch; patches a step.
    start : mapping of arrays, optional
        Weights to begin with.
    half_precision : bool
        Compute in bfloat16.
    progress : Progress, optional
        Called after each epoch.
    """
    steps = epochs * STEPS_PER_EPOCH
    with one_thread():
        torch.manual_seed(seed)
        net = stroke_net(start)
        optimiser = torch.optim.AdamW(net.parameters(), lr=rate, weight_decay=_WEIGHT_DECAY, betas=_BETAS)
        schedule = torch.optim.lr_scheduler.OneCycleLR(optimiser, max_lr=rate, total_steps=steps, pct_start=_WARM_UP)
        mean = {name: value.detach().clone() for name, value in net.state_dict().items()}
        for step in range(steps):
            seen, goal = _batch(lessons, rng, patch_px, batch)
            with torch.autocast("cpu", dtype=torch.bfloat16, enabled=half_precision):
                predicted = net(seen.to(memory_format=torch.channels_last)).float()
            loss = _loss(predicted, goal, scale_mm)
            optimiser.zero_grad()
            loss.backward()
            torch.nn.utils.clip_grad_norm_(net.parameters(), _LARGEST_GRADIENT)
            optimiser.step()
            schedule.step()
            _follow(mean, net, step)
            if progress and step % STEPS_PER_EPOCH == STEPS_PER_EPOCH - 1:
                progress(step // STEPS_PER_EPOCH + 1, epochs)
    weights = {name: value.contiguous().numpy().astype(np.float16) for name, value in mean.items()}
    return Trained(weights, float(loss.detach()))


def _follow(mean: dict[str, torch.Tensor], net: StrokeNet, step: int) -> None:
    """Move the running mean of the weights towards the weights, in place: the mean over the last steps predicts better than
    the weights of any one step (Polyak averaging)."""
    share = max(_LEAST_SHARE, 1 - step / (step + _AVERAGED_STEPS))
    with torch.no_grad():
        for name, value in net.state_dict().items():
            mean[name].lerp_(value, share)


def _batch(lessons: Sequence[Sequence[Lesson]], rng: np.random.Generator, side: int,
           count: int) -> tuple[torch.Tensor, torch.Tensor]:
    """Random patches of features and goals."""
    seen, goals = [], []
    for _ in range(count):
        kind = lessons[rng.choice(len(lessons), p=_SHARES)]
        features, goal = kind[int(rng.integers(len(kind)))]
        row, column = (rng.integers(0, goal.shape[i] - side + 1) for i in (1, 2))
        window = (slice(None), slice(row, row + side), slice(column, column + side))
        seen.append(features[window])
        goals.append(goal[window])
    return torch.from_numpy(np.stack(seen).astype(np.float32)), torch.from_numpy(np.stack(goals))


def _loss(predicted: torch.Tensor, true: torch.Tensor, scale_mm: Float32[np.ndarray, " 3"]) -> torch.Tensor:
    """How unlike the brush band is (1 - correlation, patch by patch), and squared errors of each band and of the slopes
    of the two brush bands, which make the normals."""
    inner = (..., slice(_BLIND_TEXELS, -_BLIND_TEXELS), slice(_BLIND_TEXELS, -_BLIND_TEXELS))
    predicted, true = predicted[inner], true[inner]
    off = predicted - true
    error = (torch.tensor(_BAND_WEIGHTS)[:, None, None] * off ** 2).mean((0, 2, 3)).sum()
    slopes = sum((off[:, :2].diff(dim=d) ** 2).mean() for d in (2, 3))
    weight = torch.from_numpy(scale_mm[:2].astype(np.float32))[:, None, None]
    a, b = ((parted[:, :2] * weight).sum(1) for parted in (predicted, true))
    a, b = (brush - brush.mean((1, 2), keepdim=True) for brush in (a, b))
    alike = (a * b).mean((1, 2)) / (a.pow(2).mean((1, 2)) * b.pow(2).mean((1, 2)) + 1e-12).sqrt()
    return (1 - alike).mean() + _ERROR_WEIGHT * error + _SLOPE_WEIGHT * slopes


def _padded(planes: Float[np.ndarray, "C h w"], side: int) -> Float[np.ndarray, "C H W"]:
    """Small pictures are mirrored until a patch fits."""
    short = [max(0, side - planes.shape[i]) for i in (1, 2)]
    return np.pad(planes, ((0, 0), (0, short[0]), (0, short[1])), mode="symmetric") if any(short) else planes


def _worn(rgb: Float32[np.ndarray, "H W 3"], rng: np.random.Generator) -> Float32[np.ndarray, "H W 3"]:
    """The picture with its colour channels exchanged and darkened, so that the network cannot take a pigment for thick paint,
    and with the noise and JPEG blocks of a photograph, which it must not take for relief.

    It is not mirrored: paintings are usually photographed with light from the upper left, and the shading of ridges is a cue.
    """
    picture = rgb[..., rng.permutation(3)] * np.float32(rng.uniform(*_DARKENED))
    picture = picture + rng.standard_normal(picture.shape).astype(np.float32) * np.float32(rng.uniform(*_GRAIN))
    _, encoded = cv2.imencode(".jpg", to_uint8(picture), [cv2.IMWRITE_JPEG_QUALITY, int(rng.integers(*_JPEG_QUALITY))])
    return from_uint8(np.asarray(cv2.imdecode(encoded, cv2.IMREAD_COLOR)))


def _photographed(pair: Pair, rng: np.random.Generator) -> Pair:
    """A pair as from a small, soft photograph that was enlarged again, as most pictures of paintings are."""
    smaller, larger = rng.uniform(*_SMALLER), rng.uniform(*_LARGER)
    size = [max(_LEAST_SIDE, round(side / smaller)) for side in pair.height.shape[::-1]]
    rgb, height = (cv2.resize(field, size, interpolation=cv2.INTER_AREA) for field in pair)
    rgb = _worn(cv2.GaussianBlur(rgb, (0, 0), rng.uniform(*_SOFT)), rng)
    size = [round(side * larger) for side in size]
    rgb, height = (cv2.resize(field, size, interpolation=cv2.INTER_CUBIC) for field in (rgb, height))
    return Pair(np.clip(rgb, 0, 1), height)
