"""Smoothing, with and without regard to edges."""

import cv2
import numpy as np


def soften(mask, sigma):
    return cv2.GaussianBlur(mask.astype(np.float32), (0, 0), max(sigma, 0.5))


def guided_filter(field, lightness, radius, contrast):
    """A field smoothed, but for edges that the picture has as well: the guided filter (He et al. 2013,
    doi:10.1109/TPAMI.2012.213).

    `field` : (H, W, C) float32; `lightness` : (H, W) float32, L* of the picture; `radius` : px; `contrast` : steps of L*
    below which the picture counts as even.
    """
    size = (2 * max(1, round(radius)) + 1,) * 2
    guide = lightness[..., None]
    mean = cv2.blur(lightness, size)[..., None]
    spread = cv2.blur(lightness * lightness, size)[..., None] - mean * mean
    middle = cv2.blur(field, size)
    slope = (cv2.blur(field * guide, size) - middle * mean) / (np.maximum(spread, 0) + np.float32(contrast ** 2))
    return cv2.blur(slope, size) * guide + cv2.blur(middle - slope * mean, size)
