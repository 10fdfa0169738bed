"""Dream: the picture is changed so that a layer of the network responds more strongly to it, in octaves.

After Mordvintsev et al. 2015 ("Inceptionism", Google Research blog): gradient ascent on the mean square of a layer's features,
from coarse to fine, with the result of each octave carried to the next. Tiles keep memory bounded; they lie elsewhere at each
step, so that their borders do not show. The size of a step follows from the whole picture.
"""

from collections.abc import Sequence
from concurrent.futures import Executor
from dataclasses import dataclass

import cv2
import numpy as np
import torch
from jaxtyping import Float32
from torch import Tensor

from data.errors import UsageError
from data.progress import Progress
from models.perceptual import Perceptual, check_layers, load_network
from render.neural.inputs import LEAST_PX, check_picture, resized
from render.neural.tiles import (
    Tile,
    add_mirrored,
    check_tile_px,
    one_thread_each,
    segments,
    tensor_of,
    tiles_of,
)

ALGORITHM_VERSION = "1"
_MOST_AT_ONCE = 6.0  # largest change of a pixel in one step, over the mean change
_NO_DIVISION_BY_0 = 1e-12  # beside the mean of a gradient


@dataclass(frozen=True)
class DreamSettings:
    """What is made stronger, and how much.

    `layer`: the layer of `network` whose features grow. `strength`: mean change of a pixel aimed at over all octaves, in
    hundredths of the range of colour. `octaves`: sizes worked at, each `scale` times finer than the one before; `steps` in
    each. `tile_px`: side of a tile without its margins. `threads`: workers, None for up to four. `seed`: where tiles lie.
    """

    layer: str = "fire8"
    strength: float = 6.0
    octaves: int = 4
    scale: float = 1.5
    steps: int = 10
    network: str = "squeezenet"
    tile_px: int = 512
    threads: int | None = None
    seed: int = 0

    def check(self) -> None:
        """UsageError where these settings cannot be meant, an unknown layer among them."""
        check_layers(self.network, [self.layer])
        if not 0 <= self.strength <= 50:
            raise UsageError(f"dream strength must lie between 0 and 50 (hundredths of the range), got {self.strength}")
        if self.octaves < 1 or self.steps < 1 or not 1.1 <= self.scale <= 3:
            raise UsageError(f"a dream needs at least 1 octave and 1 step, and a scale from 1.1 to 3; got {self.octaves}, "
                             f"{self.steps} and {self.scale}")
        check_tile_px(self.tile_px)


def dream(rgb: Float32[np.ndarray, "H W 3"], settings: DreamSettings | None = None, *,
          weight: Float32[np.ndarray, "H W"] | None = None,
          progress: Progress | None = None) -> Float32[np.ndarray, "H W 3"]:
    """The picture with more of what the layer sees in it.

    Parameters
    ----------
    rgb : (H, W, 3) float32 in [0, 1]
    settings : DreamSettings, optional
    weight : (H, W) float32 in [0, 1], optional
        How much a place may change (0 on a face leaves it alone).
    progress : callable(done, total), optional
        In pixels times steps.

    Returns
    -------
    (H, W, 3) float32 in [0, 1]

    Raises
    ------
    ShapeError
        A picture too small, or a weight that has not its size.
    UsageError
        Settings that cannot be meant.
    """
    settings = settings or DreamSettings()
    settings.check()
    check_picture(rgb, weight=weight)
    sizes = _octaves(rgb.shape[0], rgb.shape[1], settings)
    total, done = sum(h * w for h, w in sizes) * settings.steps, 0
    rate = settings.strength / 100 / (settings.steps * len(sizes))
    added = np.zeros((*sizes[0], 3), np.float32)
    with one_thread_each(settings.threads) as (pool, device):
        network = load_network(settings.network, device)
        for octave, size in enumerate(sizes):
            base = tensor_of(resized(rgb, size), device)
            mask = 1.0 if weight is None else tensor_of(resized(weight, size)[..., None], device)
            canvas = (base + tensor_of(resized(added, size, cv2.INTER_CUBIC), device)).clamp_(0, 1)
            for step in range(settings.steps):
                gradient = _ascent(canvas, network, settings, [settings.seed, octave, step], pool)
                # The step is scaled by the mean over the whole picture, so that all tiles change at the same rate.
                gradient.mul_(rate / (float(gradient.abs().mean()) + _NO_DIVISION_BY_0))
                canvas.add_(gradient.clamp_(-_MOST_AT_ONCE * rate, _MOST_AT_ONCE * rate).mul_(mask)).clamp_(0, 1)
                done += size[0] * size[1]
                if progress is not None:
                    progress(done, total)
            added = (canvas - base).cpu().numpy()
    return np.clip(rgb + added, 0, 1).astype(np.float32)


def _octaves(height: int, width: int, settings: DreamSettings) -> list[tuple[int, int]]:
    """(height, width) of every octave, the coarsest first; those too small for the network are left out."""
    sizes = [(round(height / settings.scale ** n), round(width / settings.scale ** n)) for n in range(settings.octaves)]
    return [size for size in sizes if min(size) >= LEAST_PX][::-1]


def _ascent(canvas: Float32[Tensor, "H W 3"], network: Perceptual, settings: DreamSettings, seed: Sequence[int],
            pool: Executor) -> Float32[Tensor, "H W 3"]:
    """Half the gradient of the sum of squares of the layer's features, over the whole picture by tiles."""
    height, width = canvas.shape[:2]
    down, across = (np.random.default_rng([*seed, axis]) for axis in (0, 1))
    tiles = tiles_of(segments(height, settings.tile_px, down), segments(width, settings.tile_px, across))
    layer = network.layers[settings.layer]

    def work(tile: Tile) -> tuple[Tile, Float32[Tensor, "3 h w"]]:
        torch.set_num_threads(1)
        picture = tile.cut(canvas).requires_grad_(True)
        seen = network(picture, [settings.layer])[settings.layer]
        pull = seen.detach().clone()
        for axis, span in ((2, tile.row), (3, tile.column)):
            centres = span.start + layer.offset + layer.stride * torch.arange(seen.shape[axis], device=seen.device)
            outside = ((centres < span.low) | (centres >= span.high)).nonzero().flatten()
            pull.index_fill_(axis, outside, 0.0)  # another tile's own
        seen.backward(pull)
        return tile, picture.grad[0]

    total = torch.zeros_like(canvas)
    for tile, gradient in pool.map(work, tiles):
        add_mirrored(total, tile, gradient)
    return total
