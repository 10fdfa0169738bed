"""The network that turns stroke features into bands of height: small and convolutional, so that it can look at strokes
only. Imports torch; `models.relief` imports this when it is needed."""

from collections.abc import Mapping

import numpy as np
import torch
from torch import nn
from torch.nn import functional

from models.relief_bands import BANDS
from models.relief_features import FEATURE_COUNT

STRIDE = 8
"""Texels of the network's coarsest level; sides must be multiples of it."""
_BLOCK = 2
"""Texels a side that the network works on at once."""
_CHANNELS = (48, 64, 96)
"""Of its three levels."""


class Residual(nn.Module):
    """Two convolutions beside a straight way (He et al. 2016, doi:10.1007/978-3-319-46493-0_38)."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.first, self.second = (nn.Conv2d(channels, channels, 3, padding=1) for _ in range(2))
        nn.init.zeros_(self.second.weight)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """(N, C, H, W) to the same."""
        return x + self.second(functional.relu(self.first(functional.relu(x))))


class StrokeNet(nn.Module):
    """A U-shaped network (Ronneberger et al. 2015, doi:10.1007/978-3-319-24574-4_28) that works on 2 x 2 texels at
    once (Shi et al. 2016, doi:10.1109/CVPR.2016.207): as sharp as on single texels, at a quarter of the work."""

    def __init__(self) -> None:
        super().__init__()
        a, b, c = _CHANNELS
        self.enter = nn.Conv2d(FEATURE_COUNT * _BLOCK ** 2, a, 3, padding=1)
        self.top, self.middle, self.bottom = Residual(a), Residual(b), nn.Sequential(Residual(c), Residual(c))
        self.down_middle, self.down_bottom = nn.Conv2d(a, b, 2, stride=2), nn.Conv2d(b, c, 2, stride=2)
        self.up_middle, self.up_top = nn.Conv2d(c, b, 1), nn.Conv2d(b, a, 1)
        self.risen, self.out = Residual(b), nn.Sequential(Residual(a), Residual(a))
        self.head = nn.Conv2d(a, len(BANDS) * _BLOCK ** 2, 3, padding=1)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """(N, FEATURE_COUNT, H, W) to (N, 3, H, W) bands in units of their spread; sides multiples of `STRIDE`."""
        top = self.top(self.enter(functional.pixel_unshuffle(x, _BLOCK)))
        middle = self.middle(self.down_middle(top))
        middle = self.risen(middle + _doubled(self.up_middle(self.bottom(self.down_bottom(middle)))))
        out = self.out(top + _doubled(self.up_top(middle)))
        return functional.pixel_shuffle(self.head(functional.relu(out)), _BLOCK)


def _doubled(x: torch.Tensor) -> torch.Tensor:
    return functional.interpolate(x, scale_factor=2, mode="bilinear", align_corners=False)


def stroke_net(weights: Mapping[str, np.ndarray] | None = None) -> StrokeNet:
    """The network with its weights (arrays by name), or with random ones, laid out in memory as it is fastest."""
    net = StrokeNet()
    if weights is not None:
        net.load_state_dict({name: torch.from_numpy(array.astype(np.float32)) for name, array in weights.items()})
    return net.to(memory_format=torch.channels_last)
