"""Smoothing, with and without regard to edges."""

import cv2
import numpy as np
from jaxtyping import Float32, Shaped


def soften(mask: Shaped[np.ndarray, "H W"], sigma: float) -> Float32[np.ndarray, "H W"]:
    """A mask (H, W) of any dtype as float32, blurred over `sigma` px, at least 0.5."""
    return cv2.GaussianBlur(mask.astype(np.float32), (0, 0), max(sigma, 0.5))


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
