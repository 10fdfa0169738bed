"""Where a picture must be kept to most: at the features of a face, less on its skin, least elsewhere."""

import cv2
import numpy as np
from jaxtyping import Float32, UInt8

from data.parts import Part

_FEATURES = (Part.BROWS, Part.EYES, Part.NOSE, Part.LIPS)
# Lengths as shares of the unit (root of the area of skin and nose, pixels): how far beyond the features their weight
# reaches, and over what distance (sigma of a Gaussian) weights flow into each other.
_BEYOND, _FLOW = 0.04, 0.03
_LEAST_FLOW_PX = 0.8


def face_weights(parts: UInt8[np.ndarray, "H W"], elsewhere: float = 1.0, skin: float = 1.0,
                 features: float = 2.0) -> Float32[np.ndarray, "H W"]:
    """A weight for every pixel that rises towards the features of a face.

    Parameters
    ----------
    parts : (H, W) uint8
        `data.parts.Part`; without a feature of a face in it, weights change abruptly where parts do.
    elsewhere, skin, features : float
        Weights of all that is no face, of its skin, and of brows, eyes, nose and lips and a little around them.

    Returns
    -------
    (H, W) float32
    """
    weight = np.full(parts.shape, elsewhere, np.float32)
    weight[parts == Part.FACE] = skin
    drawn = np.isin(parts, _FEATURES)
    if not drawn.any():
        return weight
    unit = float(max(1, np.isin(parts, (Part.FACE, Part.NOSE)).sum())) ** 0.5
    size = 2 * max(1, round(_BEYOND * unit)) + 1
    weight[cv2.dilate(drawn.astype(np.uint8), np.ones((size, size), np.uint8)) > 0] = features
    return cv2.GaussianBlur(weight, (0, 0), max(_LEAST_FLOW_PX, _FLOW * unit))
