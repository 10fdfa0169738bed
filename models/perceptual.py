"""The perceptual networks: trained on photographs, their features describe what a painting shows and how it is painted.

SqueezeNet 1.1, whose weights are installed with Atelier (`models.squeezenet`); VGG-19 by choice, where torchvision can
download its weights. In both, average pooling stands in for max pooling, which gives smoother gradients (Gatys et al.
2015, arXiv:1508.06576).
"""

import os
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache

import torch

from data.errors import PortraitError, UsageError
from models.memory import let_memory_go
from models.squeezenet import BGR_MEANS, squeezenet_features

# oneDNN compiles convolutions for every size of tile and would keep a thousand of them, which takes 400 MB.
os.environ.setdefault("ONEDNN_PRIMITIVE_CACHE_CAPACITY", "32")
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
# Of RGB in [0, 1], as torchvision's networks were trained.
_VGG_MEAN, _VGG_SPREAD = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)


def check_layers(network: str, names: Iterable[str]) -> list[str]:
    """The named layers of a network in order of depth; UsageError naming what there is if one is unknown."""
    if network not in NETWORKS:
        raise UsageError(f"unknown network {network!r}: expected one of {', '.join(NETWORKS)}")
    layers = NETWORKS[network]
    for name in names:
        if name not in layers:
            raise UsageError(f"unknown layer {name!r} of {network}: expected one of {', '.join(layers)}")
    return sorted(names, key=lambda name: layers[name].module)


class Perceptual(torch.nn.Module):
    """Features of RGB in [0, 1], (N, 3, H, W), at named layers; weights are frozen, gradients reach the picture."""

    def __init__(self, name: str, modules: Iterable[torch.nn.Module], layers: dict[str, Layer],
                 to_input: Callable[[torch.Tensor], torch.Tensor]) -> None:
        super().__init__()
        self.name, self.layers, self._to_input = name, layers, to_input
        self.modules_in_order = torch.nn.ModuleList(modules)
        for parameter in self.parameters():
            parameter.requires_grad_(False)
        self.eval()

    def check(self, names: Iterable[str]) -> list[str]:
        """As `check_layers`, of this network."""
        return check_layers(self.name, names)

    def forward(self, rgb: torch.Tensor, names: Sequence[str]) -> dict[str, torch.Tensor]:
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
@torch.inference_mode(False)  # kept for later callers: made in inference mode, it would refuse them gradients
def load_network(name: str = "squeezenet", device: str = "cpu", pretrained: bool = True) -> Perceptual:
    """A perceptual network, loaded once.

    Parameters
    ----------
    name : str
        `squeezenet` or `vgg19`.
    device : str
        As torch names it.
    pretrained : bool
        False leaves VGG-19's weights random: for timing only.

    Raises
    ------
    UsageError
        For another name.
    PortraitError
        If VGG-19 cannot be downloaded.
    MissingModelError
        If SqueezeNet's weights are not installed.
    """
    if name == "squeezenet":
        means = _channels(BGR_MEANS, device)
        made = Perceptual(name, _average_pooled(squeezenet_features(), ceil=True), SQUEEZENET,
                          lambda rgb: rgb.flip(1) * 255.0 - means)
    elif name == "vgg19":
        mean, spread = _channels(_VGG_MEAN, device), _channels(_VGG_SPREAD, device)
        made = Perceptual(name, _average_pooled(_vgg19_features(pretrained), ceil=False), VGG19,
                          lambda rgb: (rgb - mean) / spread)
    else:
        raise UsageError(f"unknown network {name!r}: expected squeezenet or vgg19")
    return made.to(device)


def _vgg19_features(pretrained: bool) -> torch.nn.Sequential:
    """VGG-19 before its classifier (Simonyan and Zisserman 2015, arXiv:1409.1556)."""
    import torchvision  # takes a second; who only names a layer need not wait

    try:
        weights = torchvision.models.VGG19_Weights.IMAGENET1K_V1 if pretrained else None
        return torchvision.models.vgg19(weights=weights).features
    except OSError as error:
        raise PortraitError(f"torchvision could not download the weights of VGG-19 ({error}): use the network "
                            "'squeezenet', whose weights are installed") from error


def _channels(values: Sequence[float], device: str) -> torch.Tensor:
    """One number a channel, to be taken with (N, 3, H, W)."""
    return torch.tensor(values).view(1, 3, 1, 1).to(device)


def _average_pooled(modules: Iterable[torch.nn.Module], *, ceil: bool) -> Iterator[torch.nn.Module]:
    """The modules with average pooling, none of which changes its input in place."""
    for module in modules:
        if isinstance(module, torch.nn.MaxPool2d):
            yield torch.nn.AvgPool2d(module.kernel_size, module.stride, ceil_mode=ceil)
        elif isinstance(module, torch.nn.ReLU):
            yield torch.nn.ReLU(inplace=False)  # a layer that is looked at must stay as it was
        else:
            yield module
