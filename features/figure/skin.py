"""Where the picture has the skin of the sitter: colours near those of the face, whatever light falls on them."""

import cv2
import numpy as np
from jaxtyping import Bool, Float32, UInt8

from data.colour import from_uint8, rgb_to_lab
from data.parts import Part

_GAMMA = 2.2
_CALM_PX = 1.0  # blur of the colours
_LEAST_FACE_PX = 30  # of the face; less says nothing of its skin
_LIT, _LIT_PERCENTILE = 0.5, 80  # skin darker than this share of its bright part is left out of the model: shadow, beard
_SPREAD = 0.02  # least spread of the skin's chromaticity
_NEAR = 2.2  # spreads from the face's skin within which a colour may be skin
_DARKEST, _LIGHTEST = 0.42, 1.25  # lightness of skin, in shares of the bright part of the face


def skin_map(rgb_uint8: UInt8[np.ndarray, "H W 3"], parts: UInt8[np.ndarray, "H W"]) -> Bool[np.ndarray, "H W"]:
    """Pixels whose colour the skin of the face could have; none if too little of the face is seen."""
    lightness = rgb_to_lab(cv2.GaussianBlur(from_uint8(rgb_uint8), (0, 0), _CALM_PX))[..., 0]
    chroma = _chromaticity(rgb_uint8)
    face = np.isin(parts, (Part.FACE, Part.NOSE))
    if face.sum() < _LEAST_FACE_PX:
        return np.zeros(parts.shape, bool)
    bright = float(np.percentile(lightness[face], _LIT_PERCENTILE))
    lit = face & (lightness >= _LIT * bright)
    middle = np.median(chroma[lit], axis=0)
    spread = np.cov((chroma[lit] - middle).T) + np.eye(2) * _SPREAD ** 2
    away = chroma - middle
    far = np.einsum("...i,ij,...j->...", away, np.linalg.inv(spread).astype(np.float32), away)
    alike = (far < _NEAR ** 2) & (lightness > _DARKEST * bright) & (lightness < _LIGHTEST * bright)
    return cv2.morphologyEx(alike.astype(np.uint8), cv2.MORPH_OPEN, np.ones((3, 3), np.uint8)) > 0


def _chromaticity(rgb_uint8: UInt8[np.ndarray, "H W 3"]) -> Float32[np.ndarray, "H W 2"]:
    """Shares of red and green in linear light, which shadow leaves as they are."""
    linear = cv2.GaussianBlur((rgb_uint8 / np.float32(255)) ** np.float32(_GAMMA) + np.float32(1e-3), (0, 0), _CALM_PX)
    return linear[..., :2] / linear.sum(-1, keepdims=True)
