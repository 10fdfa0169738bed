"""Dream: what a layer of the network sees in a painting, made stronger, in octaves.

After Mordvintsev et al. 2015 ("Inceptionism", Google Research blog): gradient ascent on the mean square of a layer's
features, from coarse to fine, each octave's finding carried to the next. Tiles that lie elsewhere at each step keep
memory bounded and borders out of sight; the step's size comes from the whole picture.
"""

from dataclasses import dataclass

import cv2
import numpy as np
import torch

from data.errors import UsageError
from models.perceptual import check_layers, load_network
from render.neural.optimise import _check_picture, _resized
from render.neural.tiles import Tile, add_reflected, one_thread_each, segments, tensor_of

ALGORITHM_VERSION = "1"


@dataclass(frozen=True)
class DreamSettings:
    """`layer` to amplify; `strength`: mean change of a pixel aimed at, in hundredths of the range, over all octaves;
    `octaves`, each `scale` times finer than the one before; `steps` in each."""

    layer: str = "fire8"
    strength: float = 6.0
    octaves: int = 4
    scale: float = 1.5
    steps: int = 10
    network: str = "squeezenet"
    tile_px: int = 512
    threads: int | None = None
    seed: int = 0

    def check(self):
        """UsageError where these settings cannot be meant, an unknown layer among them."""
        check_layers(self.network, [self.layer])
        if not 0 <= self.strength <= 50:
            raise UsageError(f"dream strength must lie between 0 and 50 (hundredths of the range), got {self.strength}")
        if self.octaves < 1 or self.steps < 1 or not 1.1 <= self.scale <= 3:
            raise UsageError(f"a dream needs at least 1 octave and 1 step, and a scale from 1.1 to 3; got {self.octaves}, "
                             f"{self.steps} and {self.scale}")
        if self.tile_px % 16 or self.tile_px < 64:
            raise UsageError(f"tile_px must be a multiple of 16 and at least 64, got {self.tile_px}")


def dream(rgb, settings=None, *, weight=None, progress=None):
    """The picture with more of what the layer sees in it.

    Parameters
    ----------
    rgb : (H, W, 3) float32 in [0, 1]
    weight : (H, W) float32 in [0, 1], optional
        How much a place may change (0 on a face leaves it alone).

    Returns
    -------
    (H, W, 3) float32 in [0, 1]
    """
    settings = settings or DreamSettings()
    settings.check()
    _check_picture(rgb, np.zeros(rgb.shape[:2], np.uint8), weight, None, None)
    height, width = rgb.shape[:2]
    sizes = [(round(height / settings.scale ** n), round(width / settings.scale ** n)) for n in range(settings.octaves)]
    sizes = [size for size in sizes if min(size) >= 32][::-1]
    total, done = sum(h * w for h, w in sizes) * settings.steps, 0
    rate = settings.strength / 100 / (settings.steps * len(sizes))
    added = np.zeros((*sizes[0], 3), np.float32)
    with one_thread_each(settings.threads) as (pool, device):
        network = load_network(settings.network, device)
        for octave, size in enumerate(sizes):
            base = tensor_of(_resized(rgb, size), device)
            mask = 1.0 if weight is None else tensor_of(_resized(weight, size)[..., None], device)
            canvas = (base + tensor_of(_resized(added, size, cv2.INTER_CUBIC), device)).clamp_(0, 1)
            for step in range(settings.steps):
                gradient = _ascent(canvas, network, settings, [settings.seed, octave, step], pool)
                # The whole picture's mean sets the pace, so no tile runs ahead of another.
                gradient.mul_(rate / (float(gradient.abs().mean()) + 1e-12))
                canvas.add_(gradient.clamp_(-6 * rate, 6 * rate).mul_(mask)).clamp_(0, 1)
                done += size[0] * size[1]
                if progress is not None:
                    progress(done, total)
            added = (canvas - base).cpu().numpy()
    return np.clip(rgb + added, 0, 1).astype(np.float32)


def _ascent(canvas, network, settings, seed, pool):
    """Gradient of the layer's mean square, over the whole picture by tiles."""
    height, width = canvas.shape[:2]
    down, across = (np.random.default_rng([*seed, axis]) for axis in (0, 1))
    rows, columns = segments(height, settings.tile_px, down), segments(width, settings.tile_px, across)
    tiles = [Tile(row, column, 0) for row in rows for column in columns]
    layer = network.layers[settings.layer]

    def work(tile):
        torch.set_num_threads(1)
        picture = tile.cut(canvas).requires_grad_(True)
        seen = network(picture, [settings.layer])[settings.layer]
        pull = seen.detach().clone()
        for axis, (start, low, high) in ((2, tile.row), (3, tile.column)):
            centres = start + layer.offset + layer.stride * torch.arange(seen.shape[axis], device=seen.device)
            outside = ((centres < low) | (centres >= high)).nonzero().flatten()
            pull.index_fill_(axis, outside, 0.0)  # another tile's own
        seen.backward(pull)
        return tile, picture.grad[0]

    total = torch.zeros_like(canvas)
    for tile, gradient in pool.map(work, tiles):
        add_reflected(total, tile, gradient)
    return total
