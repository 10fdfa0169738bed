"""What a network trained on photographs sees in a painting: the door to the perceptual networks.

SqueezeNet 1.1 (Iandola et al. 2016, arXiv:1602.07360) in torchvision's shape with the ImageNet weights that the package
`ndf` ships; nothing is downloaded. VGG-19 by choice, where torchvision can download its weights. In both, average
pooling stands in for max pooling, which gives smoother gradients (Gatys et al. 2015, arXiv:1508.06576).
"""

import ctypes
import os
import sys
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from functools import cache, lru_cache

import numpy as np
import torch

from data.errors import PortraitError, UsageError
from models.texture import squeezenet_weights

# Every size of tile has convolutions of its own; oneDNN would keep a thousand of them, which comes to 400 MB.
os.environ.setdefault("ONEDNN_PRIMITIVE_CACHE_CAPACITY", "32")
_M_TRIM_THRESHOLD, _M_MMAP_THRESHOLD = -1, -3


def let_memory_go():
    """Give back what was freed, and from now on large arrays at once. The GNU C library comes to keep pieces of up to
    32 MiB for each thread, which adds up to gigabytes over the tiles of a large canvas."""
    if _c_library() is not None:
        _c_library().mallopt(_M_MMAP_THRESHOLD, 2 << 20)
        trim_memory()


@contextmanager
def memory_kept():
    """Let new arrays lie where others were freed: work on many tiles takes twice as long in memory that is always fresh.
    `trim_memory` gives back what is free at the moment."""
    if _c_library() is not None:
        _c_library().mallopt(_M_MMAP_THRESHOLD, 32 << 20)  # the most there is
        _c_library().mallopt(_M_TRIM_THRESHOLD, 1 << 30)
    try:
        yield
    finally:
        if _c_library() is not None:
            _c_library().mallopt(_M_TRIM_THRESHOLD, 1 << 17)
        let_memory_go()


def trim_memory():
    """Give back what was freed."""
    if _c_library() is not None:
        _c_library().malloc_trim(0)


@cache
def _c_library():
    """The GNU C library, or None where there is another, which has other ways."""
    if sys.platform.startswith("linux"):
        with suppress(OSError, AttributeError):
            library = ctypes.CDLL("libc.so.6")
            return library if library.mallopt and library.malloc_trim else None
    return None


let_memory_go()


@dataclass(frozen=True)
class Layer:
    """Where a layer sits: module number, channels, and its grid: cell i is centred on pixel stride * i + offset."""

    module: int
    channels: int
    stride: int
    offset: int


SQUEEZENET = {
    "conv1": Layer(1, 64, 2, 1), "fire2": Layer(3, 128, 4, 3), "fire3": Layer(4, 128, 4, 3),
    "fire4": Layer(6, 256, 8, 7), "fire5": Layer(7, 256, 8, 7), "fire6": Layer(9, 384, 16, 15),
    "fire7": Layer(10, 384, 16, 15), "fire8": Layer(11, 512, 16, 15), "fire9": Layer(12, 512, 16, 15),
}
VGG19 = {
    "relu1_1": Layer(1, 64, 1, 0), "relu2_1": Layer(6, 128, 2, 0), "relu3_1": Layer(11, 256, 4, 1),
    "relu4_1": Layer(20, 512, 8, 3), "relu5_1": Layer(29, 512, 16, 7),
}
NETWORKS = {"squeezenet": SQUEEZENET, "vgg19": VGG19}
_SQUEEZENET_BGR_MEAN = (104.0, 116.7, 122.7)  # levels of 255, Caffe's order


def check_layers(network, names):
    """The named layers of a network in order of depth; UsageError naming what there is if one is unknown."""
    if network not in NETWORKS:
        raise UsageError(f"unknown network {network!r}: expected one of {', '.join(NETWORKS)}")
    layers = NETWORKS[network]
    for name in names:
        if name not in layers:
            raise UsageError(f"unknown layer {name!r} of {network}: expected one of {', '.join(layers)}")
    return sorted(names, key=lambda name: layers[name].module)


class Perceptual(torch.nn.Module):
    """Features of RGB in [0, 1], (N, 3, H, W), at named layers; weights are frozen."""

    def __init__(self, name, modules, layers, to_input):
        super().__init__()
        self.name, self.layers, self._to_input = name, layers, to_input
        self.modules_in_order = torch.nn.ModuleList(modules)
        for parameter in self.parameters():
            parameter.requires_grad_(False)
        self.eval()

    def check(self, names):
        """As `check_layers`."""
        return check_layers(self.name, names)

    def forward(self, rgb, names):
        """{layer: (N, C, h, w)} for the named layers; nothing deeper is computed."""
        wanted = {self.layers[name].module: name for name in names}
        last, value, found = max(wanted), self._to_input(rgb), {}
        for number, module in enumerate(self.modules_in_order):
            value = module(value)
            if number in wanted:
                found[wanted[number]] = value
            if number == last:
                return found
        raise AssertionError("unreachable: layers are numbered within the network")


@lru_cache(maxsize=4)
def load_network(name="squeezenet", device="cpu", pretrained=True):
    """The perceptual network `squeezenet` or `vgg19`.

    `pretrained=False` leaves VGG-19's weights random: for timing only.
    """
    import torchvision
    if name == "squeezenet":
        network = torchvision.models.squeezenet1_1(weights=None)
        _fill(network, squeezenet_weights())
        mean = torch.tensor(_SQUEEZENET_BGR_MEAN).view(1, 3, 1, 1).to(device)
        made = Perceptual(name, _average_pooled(network.features, ceil=True), SQUEEZENET,
                          lambda rgb: rgb.flip(1) * 255.0 - mean)
    elif name == "vgg19":
        try:
            weights = torchvision.models.VGG19_Weights.IMAGENET1K_V1 if pretrained else None
            network = torchvision.models.vgg19(weights=weights)
        except OSError as error:
            raise PortraitError(f"torchvision could not download the weights of VGG-19 ({error}): use the network "
                                "'squeezenet', whose weights are installed") from error
        mean = torch.tensor((0.485, 0.456, 0.406)).view(1, 3, 1, 1).to(device)
        spread = torch.tensor((0.229, 0.224, 0.225)).view(1, 3, 1, 1).to(device)
        made = Perceptual(name, _average_pooled(network.features, ceil=False), VGG19, lambda rgb: (rgb - mean) / spread)
    else:
        raise UsageError(f"unknown network {name!r}: expected squeezenet or vgg19")
    return made.to(device)


def _average_pooled(modules, *, ceil):
    for module in modules:
        if isinstance(module, torch.nn.MaxPool2d):
            yield torch.nn.AvgPool2d(module.kernel_size, module.stride, ceil_mode=ceil)
        elif isinstance(module, torch.nn.ReLU):
            yield torch.nn.ReLU(inplace=False)  # a layer that is looked at must stay as it was
        else:
            yield module


def _fill(network, arrays):
    """Copy {conv1: [kernel HWIO, bias], fire2/squeeze1x1: ...} into torchvision's modules."""
    places = {"conv1": network.features[0]}
    for number, index in zip(range(2, 10), (3, 4, 6, 7, 9, 10, 11, 12), strict=True):
        for part in ("squeeze1x1", "expand1x1", "expand3x3"):
            places[f"fire{number}/{part}"] = getattr(network.features[index], part.replace("squeeze1x1", "squeeze"))
    for name, module in places.items():
        kernel, bias = arrays[name]
        module.weight.data.copy_(torch.from_numpy(np.ascontiguousarray(np.transpose(kernel, (3, 2, 0, 1)))))
        module.bias.data.copy_(torch.from_numpy(np.ascontiguousarray(bias).reshape(-1)))
