"""The 68 facial landmarks, by name.

Order: iBUG 300-W as dlib gives it (Sagonas et al. 2016, doi:10.1016/j.imavis.2016.01.002). Left and right are the
viewer's, as one speaks of a picture; the sitter's own left eye is our RIGHT_EYE. Points are (x, y) in pixels.
"""

import numpy as np
from jaxtyping import Float, Float64
from numpy.typing import ArrayLike

from data.errors import ShapeError

JAW = slice(0, 17)
LEFT_BROW = slice(17, 22)
RIGHT_BROW = slice(22, 27)
NOSE_BRIDGE = slice(27, 31)
NOSTRILS = slice(31, 36)
LEFT_EYE = slice(36, 42)
RIGHT_EYE = slice(42, 48)
OUTER_LIP = slice(48, 60)
INNER_LIP = slice(60, 68)
BROWS = slice(17, 27)
NOSE = slice(27, 36)
EYES = slice(36, 48)
LIPS = slice(48, 68)
# The points of each of these are joined to draw a face: jaw, brows, nose, eyes, lips.
LINES = (JAW, LEFT_BROW, RIGHT_BROW, NOSE_BRIDGE, NOSTRILS, LEFT_EYE, RIGHT_EYE, OUTER_LIP, INNER_LIP)
# Single points.
LEFT_EYE_OUTER, LEFT_EYE_INNER, RIGHT_EYE_INNER, RIGHT_EYE_OUTER = 36, 39, 42, 45
NOSE_ROOT, NOSE_TIP, NOSE_BASE = 27, 30, 33
JAW_LEFT, CHIN, JAW_RIGHT = 0, 8, 16  # the jaw begins and ends beside the ears
MOUTH_LEFT, MOUTH_RIGHT = 48, 54
# On the mouth's middle line: outer and inner edge of the upper lip, inner and outer edge of the lower one.
UPPER_LIP_TOP, UPPER_LIP_INNER, LOWER_LIP_INNER, LOWER_LIP_BOTTOM = 51, 62, 66, 57

# Landmark i of a mirrored face is landmark MIRRORED[i] of the face.
MIRRORED = np.array(
    [*range(16, -1, -1), *range(26, 16, -1), 27, 28, 29, 30, 35, 34, 33, 32, 31, 45, 44, 43, 42, 47, 46, 39, 38, 37, 36,
     41, 40, 54, 53, 52, 51, 50, 49, 48, 59, 58, 57, 56, 55, 64, 63, 62, 61, 60, 67, 66, 65])


def check_landmarks(points_xy: ArrayLike) -> Float64[np.ndarray, "68 2"]:
    """The landmarks as a (68, 2) float64 array; ShapeError if they are not finite or not 68."""
    points = np.asarray(points_xy, np.float64)
    if points.shape != (68, 2) or not np.isfinite(points).all():
        raise ShapeError(f"landmarks must be 68 finite (x, y) points, got an array of shape {points.shape}")
    return points


def mirror(points_xy: Float[np.ndarray, "68 2"], width_px: int) -> Float64[np.ndarray, "68 2"]:
    """Landmarks of the picture flipped left to right, renumbered so that names keep their meaning.

    `width_px` is the picture's width; pixel centres lie on integers, so x becomes width_px - 1 - x.
    """
    flipped = check_landmarks(points_xy)[MIRRORED].copy()
    flipped[:, 0] = width_px - 1 - flipped[:, 0]
    return flipped


def outer_eye_distance(points_xy: Float[np.ndarray, "68 2"]) -> float:
    """Distance between the outer eye corners, the unit of every proportion and of NME (landmark error)."""
    points = check_landmarks(points_xy)
    return float(np.linalg.norm(points[RIGHT_EYE_OUTER] - points[LEFT_EYE_OUTER]))


def landmark_error(found_xy: Float[np.ndarray, "68 2"], true_xy: Float[np.ndarray, "68 2"]) -> float:
    """Mean point-to-point distance over the outer eye distance of the true landmarks (NME)."""
    distances = np.linalg.norm(check_landmarks(found_xy) - check_landmarks(true_xy), axis=1)
    return float(distances.mean() / outer_eye_distance(true_xy))
