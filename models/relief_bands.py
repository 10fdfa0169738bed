"""The three bands of a height field, which are learned apart so that the faint fine band is not drowned by the coarse one:
detail (bristles and ridges), stroke (the body of a stroke) and layer (how thickly a passage is laid)."""

import cv2
import numpy as np
from jaxtyping import Float, Float32

BANDS = ("detail", "stroke", "layer")
BAND_SIGMAS = (1.5, 6.0)
"""Gaussian widths, in texels, that part the bands: detail is finer than the first, layer coarser than the second."""


def bands(height: Float[np.ndarray, "H W"]) -> Float32[np.ndarray, "3 H W"]:
    """Part a height field into the three bands, in the order of `BANDS`; they add up to it."""
    height = np.ascontiguousarray(height, np.float32)
    fine, coarse = (cv2.GaussianBlur(height, (0, 0), sigma, borderType=cv2.BORDER_REFLECT) for sigma in BAND_SIGMAS)
    return np.stack([height - fine, fine - coarse, coarse])


def brush_band(height: Float[np.ndarray, "H W"]) -> Float32[np.ndarray, "H W"]:
    """Detail and stroke together: the impasto without the slow swell of layers and canvas, in the unit of `height`."""
    parted = bands(height)
    return parted[0] + parted[1]
