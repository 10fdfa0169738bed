"""The contour of a face: the jaw as the landmarks give it, and a forehead, which they leave open."""

import numpy as np
from jaxtyping import Float

from data.landmarks import JAW, JAW_LEFT, JAW_RIGHT, LEFT_BROW, RIGHT_BROW, check_landmarks
from features.face.upright import from_upright, to_upright

# In units of eyes to mouth: how high the hairline stands above the brows.
_FOREHEAD = 0.62
_ARCH_POINTS = 17  # both ends of the jaw with them
# A superellipse: a forehead is squarer than an ellipse (which has the exponent 1).
_SQUARENESS = 0.7


def face_outline(landmarks_xy: Float[np.ndarray, "68 2"]) -> Float[np.ndarray, "N 2"]:
    """Closed contour of the face: the jaw, and a forehead that arches above the brows."""
    upright, frame = to_upright(check_landmarks(landmarks_xy))
    left, right = upright[JAW_LEFT], upright[JAW_RIGHT]
    brow_top = min(upright[LEFT_BROW, 1].min(), upright[RIGHT_BROW, 1].min())
    top = brow_top - _FOREHEAD
    angle = np.linspace(0, np.pi, _ARCH_POINTS)[1:-1]
    middle, half = (left + right) / 2, (right - left) / 2
    arch = middle[None] + np.cos(angle)[:, None] * half[None]
    arch[:, 1] += (top - middle[1]) * np.sin(angle) ** _SQUARENESS
    return from_upright(np.vstack([upright[JAW], arch]), frame)
