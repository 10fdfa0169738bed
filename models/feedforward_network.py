"""The network that paints in one pass, and what it is shown: a picture, and noise that belongs to its place."""

import cv2
import numpy as np
import torch
from jaxtyping import Float32

GRID = 4
"""The network halves a picture twice: sides and corners of tiles are multiples of this."""
_SLOPE = 0.1
"""Of its leaky units below 0."""
_FINE, _HALF = 12, 24
"""Channels at full and half size; at a quarter they are a setting."""
_RESIDUALS = 3
"""Pairs of convolutions at a quarter of the size."""
_SOFTENED = 2
"""Times that a picture is averaged over 3 x 3 pixels before the network adds to it."""
_NOISE_CHANNELS = 2
_NOISE_REACH, _NOISE_SIGMA, _NOISE_CONTRAST = 8, 2.5, 5
"""Of the broad noise: pixels that it looks at and sigma of the blur, and what makes up for the contrast lost."""


class StyleNetwork(torch.nn.Module):
    """RGB and two channels of noise (N, 5, H, W), sides multiples of `GRID` -> RGB (N, 3, H, W), not clipped."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.fine = _layer(3 + _NOISE_CHANNELS, _FINE)
        self.down = torch.nn.ModuleList([_layer(_FINE, _HALF, 4, 2), _layer(_HALF, width, 4, 2)])
        for each in self.down:
            each.padding = (1, 1)
        self.blocks = torch.nn.ModuleList([_layer(width, width) for _ in range(2 * _RESIDUALS)])
        self.up = torch.nn.ModuleList([_layer(width, _HALF), _layer(_HALF, _FINE)])
        self.out = _layer(_FINE, 3)
        torch.nn.init.zeros_(self.out.weight)
        torch.nn.init.zeros_(self.out.bias)

    def forward(self, seen: torch.Tensor) -> torch.Tensor:
        """Paint."""
        relu, grow = torch.nn.functional.leaky_relu, torch.nn.functional.interpolate
        soft = seen[:, :3]
        for _ in range(_SOFTENED):
            soft = torch.nn.functional.avg_pool2d(soft, 3, 1, 1, count_include_pad=False)
        # The network sees only the softened picture, so that a photograph's grain and single hairs cannot come through.
        fine = relu(self.fine(torch.cat([soft, seen[:, 3:]], 1) - 0.5), _SLOPE)
        half = relu(self.down[0](fine), _SLOPE)
        value = relu(self.down[1](half), _SLOPE)
        for first, second in zip(self.blocks[::2], self.blocks[1::2], strict=True):
            value = value + 0.5 * second(relu(first(value), _SLOPE))
        # Enlarging by nearest neighbour before a convolution avoids checkerboard patterns.
        value = relu(self.up[0](grow(value, scale_factor=2.0)), _SLOPE) + half
        value = relu(self.up[1](grow(value, scale_factor=2.0)), _SLOPE) + fine
        return soft + torch.tanh(self.out(value))  # no more than the whole range of colour


def _layer(inputs: int, outputs: int, size: int = 3, stride: int = 1) -> torch.nn.Conv2d:
    return torch.nn.Conv2d(inputs, outputs, size, stride, size // 2)


def network_input(rgb: Float32[np.ndarray, "H W 3"], top: int, left: int) -> torch.Tensor:
    """(1, 5, H, W): a picture and the noise of its place.

    Parameters
    ----------
    rgb : (H, W, 3) float32
        sRGB in [0, 1].
    top, left : int
        Where its first pixel lies on the whole canvas.
    """
    grain = _noise(rgb.shape[0], rgb.shape[1], top, left)
    return torch.from_numpy(np.concatenate([rgb, grain], 2)).permute(2, 0, 1)[None]


def _noise(height: int, width: int, top: int, left: int, reach: int = _NOISE_REACH) -> Float32[np.ndarray, "H W 2"]:
    """Numbers around 0.5: hashed from each pixel's place, and the same smoothed over some pixels.

    The hash mixes as the finaliser of MurmurHash3 does (Appleby 2011), from odd multiples of row and column.
    """
    rows = np.arange(top - reach, top + height + reach, dtype=np.int64).astype(np.uint64)[:, None]
    columns = np.arange(left - reach, left + width + reach, dtype=np.int64).astype(np.uint64)
    value = rows * np.uint64(0x9E3779B97F4A7C15) ^ columns * np.uint64(0xC2B2AE3D27D4EB4F)
    for shift, factor in ((33, 0xFF51AFD7ED558CCD), (29, 0xC4CEB9FE1A85EC53)):
        value = (value ^ (value >> np.uint64(shift))) * np.uint64(factor)
    fine = ((value >> np.uint64(40)).astype(np.float32) / np.float32(1 << 24))
    blurred = cv2.GaussianBlur(fine, (2 * reach + 1,) * 2, _NOISE_SIGMA, borderType=cv2.BORDER_REFLECT)
    broad = (blurred - 0.5) * _NOISE_CONTRAST + 0.5
    inner = slice(reach, -reach)
    return np.dstack([fine[inner, inner], broad[inner, inner]])
