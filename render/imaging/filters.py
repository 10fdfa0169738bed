"""Smoothing, with and without regard to edges."""

import cv2
import numpy as np
from jaxtyping import Float32, Shaped

_TEXELS_A_SIGMA = 3     # of the smaller picture of which a broad blur is made
_BOX_AND_TENT = 1 / 12 + 1 / 6    # variance of a box of one texel and of a tent of two


def soften(mask: Shaped[np.ndarray, "H W"], sigma: float) -> Float32[np.ndarray, "H W"]:
    """A mask (H, W) of any dtype as float32, blurred over `sigma` px, at least 0.5."""
    return cv2.GaussianBlur(mask.astype(np.float32), (0, 0), max(sigma, 0.5))


def broad_blur(picture: Float32[np.ndarray, "H W *C"], sigma: float) -> Float32[np.ndarray, "H W *C"]:
    """A Gaussian blur whose time does not grow with its `sigma` (px): broad ones are made of a smaller picture."""
    factor = int(sigma / _TEXELS_A_SIGMA)
    if factor < 2:
        return cv2.GaussianBlur(picture, (0, 0), max(sigma, 0.5))
    height, width = picture.shape[:2]
    small = cv2.resize(picture, (-(-width // factor), -(-height // factor)), interpolation=cv2.INTER_AREA)
    # Means over squares of texels, and straight lines between them, blur too: by as much as so wide a box and a tent do.
    rest = np.sqrt((sigma / factor) ** 2 - _BOX_AND_TENT)
    return cv2.resize(cv2.GaussianBlur(small, (0, 0), float(rest)), (width, height), interpolation=cv2.INTER_LINEAR)


def guided_filter(field: Float32[np.ndarray, "H W C"], lightness: Float32[np.ndarray, "H W"], radius: float,
                  contrast: float) -> Float32[np.ndarray, "H W C"]:
    """A field smoothed, but for edges that a picture has as well: the guided filter (He et al. 2013,
    doi:10.1109/TPAMI.2012.213).

    Parameters
    ----------
    field : (H, W, C) float32
    lightness : (H, W) float32
        L* of the picture.
    radius : float
        Of the neighbourhood, px.
    contrast : float
        Steps of L* below which the picture counts as even.

    Returns
    -------
    (H, W, C) float32
    """
    size = (2 * max(1, round(radius)) + 1,) * 2
    guide = lightness[..., None]
    mean = cv2.blur(lightness, size)[..., None]
    spread = cv2.blur(lightness * lightness, size)[..., None] - mean * mean
    middle = cv2.blur(field, size)
    slope = (cv2.blur(field * guide, size) - middle * mean) / (np.maximum(spread, 0) + np.float32(contrast ** 2))
    return cv2.blur(slope, size) * guide + cv2.blur(middle - slope * mean, size)
