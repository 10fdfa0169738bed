"""What the relief model sees of a picture: strokes, and neither lightness nor hue.

Band-passed colour (what a stroke differs by from its surroundings), shading turned back into height (Pentland 1990,
doi:10.1007/BF00054921), and the structure tensor (Bigun and Granlund 1987), which says how strokes run.
"""

from functools import cache

import cv2
import numpy as np
from jaxtyping import Float, Float32

FEATURE_COUNT = 16
LIGHT_FLOOR = np.float32(0.06)
"""Share of white below which a picture's noise is as large as what paint does to light."""
_STRONGEST = np.float32(3.0)
"""Features are clipped here: shading of paint is weaker, while outlines such as a white collar on a black coat are stronger."""
# Gaussian widths, in texels, of the surroundings that light is compared with.
_NEAR, _FAR, _FARTHER = 1.5, 5.0, 8.0
# Factors that bring each feature of usual paint to a spread of about 1.
_DETAIL_GAIN, _STROKE_GAIN, _BODY_GAIN = 8, 4, 3
_SLOPE_GAIN, _CHROMA_GAIN, _CONTRAST_GAIN, _ENERGY_GAIN = 4, 4, 16, 8
_CONTRAST_SIGMA = 4.0
"""Texels over which local contrast is taken."""
_TENSOR_SIGMAS = (1.5, 4.0)
"""Texels over which the structure tensor of the light, and of the light's near surroundings, is taken."""
_FLAT = np.float32(0.01)
"""Energy of the structure tensor below which a direction means nothing."""
_SLOPE_WINDOWS = ((31, 0.2), (47, 0.03))
"""Side in texels, and damping, of the two integrals of shading: over near and farther surroundings."""
# Where the light comes from, in units of the slope: from above, and from the left or right (custom has it from the left).
_LIGHT_DOWN, _LIGHT_ASIDE = 0.8, (0.6, -0.6)
_SPECTRUM_SIDE = 128
"""Side in texels of the grid on which the integrals are made."""


def stroke_features(rgb: Float[np.ndarray, "H W 3"]) -> Float32[np.ndarray, "F H W"]:
    """What the network sees of a picture (sRGB in [0, 1]); a picture twice as bright looks the same.

    Logarithm of lightness in three bands (a ratio of light does not depend on the pigment below it), its integrals
    against light from the upper left and the upper right, chroma against the surroundings, local contrast, and
    energy and doubled-angle direction of the structure tensor at two scales: `FEATURE_COUNT` planes.
    """
    rgb = np.ascontiguousarray(rgb, np.float32)
    red, green, blue = (np.log(rgb[..., i] + LIGHT_FLOOR) for i in range(3))
    light = (red + 2 * green + blue) * np.float32(0.25)
    near, far, farther = (blurred(light, sigma) for sigma in (_NEAR, _FAR, _FARTHER))
    detail = light - near
    planes = [detail * _DETAIL_GAIN, (near - far) * _STROKE_GAIN, (light - farther) * _BODY_GAIN]
    for surroundings, (size, damping) in zip((far, farther), _SLOPE_WINDOWS, strict=True):
        planes += [cv2.filter2D(light - surroundings, cv2.CV_32F, kernel, borderType=cv2.BORDER_REFLECT_101) * _SLOPE_GAIN
                   for kernel in _slope_integrals(size, damping)]
    planes += [(field - blurred(field, _FAR)) * _CHROMA_GAIN for field in (red - green, blue - green)]
    planes += [np.sqrt(blurred(detail * detail, _CONTRAST_SIGMA)) * _CONTRAST_GAIN]
    for field, sigma in zip((light, near), _TENSOR_SIGMAS, strict=True):
        planes += _structure_tensor(field, sigma)
    return np.clip(np.stack(planes), -_STRONGEST, _STRONGEST).astype(np.float32)


def _structure_tensor(field: Float32[np.ndarray, "H W"], sigma: float) -> list[Float32[np.ndarray, "H W"]]:
    """Its energy, and cosine and sine of twice its angle where there is energy."""
    gx = cv2.Scharr(field, cv2.CV_32F, 1, 0, scale=1 / 16)
    gy = cv2.Scharr(field, cv2.CV_32F, 0, 1, scale=1 / 16)
    xx, yy, xy = (blurred(a * b, sigma) for a, b in ((gx, gx), (gy, gy), (gx, gy)))
    energy = np.sqrt(xx + yy + np.float32(1e-8))
    return [energy * _ENERGY_GAIN, (xx - yy) / (energy + _FLAT) * _ENERGY_GAIN, xy / (energy + _FLAT) * (2 * _ENERGY_GAIN)]


def blurred(field: Float32[np.ndarray, "H W"], sigma: float) -> Float32[np.ndarray, "H W"]:
    """A field blurred by a Gaussian of `sigma` texels, mirrored beyond its edges."""
    return cv2.GaussianBlur(np.ascontiguousarray(field), (0, 0), sigma, borderType=cv2.BORDER_REFLECT_101)


@cache
def _slope_integrals(size: int, damping: float) -> tuple[Float32[np.ndarray, "size size"], ...]:
    """Filters that turn the shading of slopes back into height, for light from the upper left and the upper right.

    Linear shape from shading: a surface lit from the side darkens in proportion to its slope along the light, so height
    is the integral along it; damping keeps what runs along the light, which casts no shading, from growing without
    bound. Cut to a window, so that a texel depends on its surroundings only.
    """
    frequency = 2 * np.pi * np.fft.fftfreq(_SPECTRUM_SIDE)
    fy, fx = frequency[:, None], frequency[None]
    taper = np.hanning(size + 2)[1:-1]
    middle = slice(_SPECTRUM_SIDE // 2 - size // 2, _SPECTRUM_SIDE // 2 + size // 2 + 1)
    kernels = []
    for aside in _LIGHT_ASIDE:
        slope = 1j * (aside * np.sin(fx) + _LIGHT_DOWN * np.sin(fy))
        inverse = np.fft.fftshift(np.fft.ifft2(-np.conj(slope) / (np.abs(slope) ** 2 + damping)).real)
        kernel = inverse[middle, middle] * np.outer(taper, taper)
        kernels.append((kernel[::-1, ::-1]).astype(np.float32))    # filter2D correlates
    return tuple(kernels)
