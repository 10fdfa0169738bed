"""The classical proportions of a face, in units of its outer eye distance.

Thirds of the face, the width of an eye between the eyes, the mouth against the nose: the ratios Leonardo and Duerer
wrote down, measured on the 68 landmarks. Turned heads are foreshortened: `yaw_deg` belongs beside every ratio across.
"""

import numpy as np
from jaxtyping import Float

from data.landmarks import (
    CHIN,
    JAW_LEFT,
    JAW_RIGHT,
    LEFT_BROW,
    LEFT_EYE,
    LEFT_EYE_INNER,
    LEFT_EYE_OUTER,
    LOWER_LIP_BOTTOM,
    LOWER_LIP_INNER,
    MOUTH_LEFT,
    MOUTH_RIGHT,
    NOSE_BASE,
    NOSE_ROOT,
    NOSE_TIP,
    RIGHT_BROW,
    RIGHT_EYE,
    RIGHT_EYE_INNER,
    RIGHT_EYE_OUTER,
    UPPER_LIP_INNER,
    UPPER_LIP_TOP,
    check_landmarks,
    outer_eye_distance,
)

# Ends of the brows and of the nostrils; on the jaw, where its width is taken, and a point above and at its bend.
_LEFT_BROW_ENDS, _RIGHT_BROW_ENDS, _NOSTRIL_ENDS = (17, 21), (22, 26), (31, 35)
_JAW_WIDTH, _LEFT_BEND, _RIGHT_BEND = (4, 12), (2, 5), (14, 11)
_LEAST = 1e-9  # keeps ratios finite


def proportions(landmarks_xy: Float[np.ndarray, "68 2"]) -> dict[str, float]:
    """Ratios by name.

    Parameters
    ----------
    landmarks_xy : (68, 2)

    Returns
    -------
    dict of str to float
        Lengths in outer eye distances, `_deg` in degrees, `_ratio` without unit. Moving, turning or scaling
        the face changes nothing.
    """
    points = check_landmarks(landmarks_xy)
    unit = outer_eye_distance(points)

    def apart(a, b):
        return float(np.linalg.norm(points[a] - points[b]) / unit)

    left, right = points[LEFT_EYE].mean(0), points[RIGHT_EYE].mean(0)
    brows = (points[LEFT_BROW].mean(0) + points[RIGHT_BROW].mean(0)) / 2
    eyes = (left + right) / 2
    base, chin = points[NOSE_BASE], points[CHIN]
    middle_third = float(np.linalg.norm(base - brows) / unit)
    lower_third = float(np.linalg.norm(chin - base) / unit)
    left_eye, right_eye = apart(LEFT_EYE_OUTER, LEFT_EYE_INNER), apart(RIGHT_EYE_INNER, RIGHT_EYE_OUTER)
    jaw = float(np.linalg.norm(points[JAW_RIGHT] - points[JAW_LEFT]))
    return {
        "interocular": apart(LEFT_EYE_INNER, RIGHT_EYE_INNER),
        "pupil_distance": float(np.linalg.norm(right - left) / unit),
        "left_eye_width": left_eye, "right_eye_width": right_eye,
        "eye_opening": 0.5 * (_opening(points[LEFT_EYE]) + _opening(points[RIGHT_EYE])) / unit,
        "eyes_between_ratio": apart(LEFT_EYE_INNER, RIGHT_EYE_INNER) / max(_LEAST, (left_eye + right_eye) / 2),
        "brow_to_eye": float(np.linalg.norm(brows - eyes) / unit),
        "left_brow_length": apart(*_LEFT_BROW_ENDS), "right_brow_length": apart(*_RIGHT_BROW_ENDS),
        "nose_length": apart(NOSE_ROOT, NOSE_BASE), "nose_width": apart(*_NOSTRIL_ENDS),
        "nose_tip_to_base": apart(NOSE_TIP, NOSE_BASE),
        "mouth_width": apart(MOUTH_LEFT, MOUTH_RIGHT), "upper_lip": apart(UPPER_LIP_TOP, UPPER_LIP_INNER),
        "lower_lip": apart(LOWER_LIP_INNER, LOWER_LIP_BOTTOM), "mouth_opening": apart(UPPER_LIP_INNER, LOWER_LIP_INNER),
        "philtrum": apart(NOSE_BASE, UPPER_LIP_TOP), "chin_height": apart(LOWER_LIP_BOTTOM, CHIN),
        "middle_third": middle_third, "lower_third": lower_third,
        "thirds_ratio": middle_third / max(_LEAST, lower_third),
        "face_width": apart(JAW_LEFT, JAW_RIGHT), "jaw_width": apart(*_JAW_WIDTH),
        "eyes_to_chin": float(np.linalg.norm(chin - eyes) / unit),
        "face_ratio": float(np.linalg.norm(chin - brows) / max(_LEAST, jaw)),
        "mouth_to_nose_ratio": apart(MOUTH_LEFT, MOUTH_RIGHT) / max(_LEAST, apart(*_NOSTRIL_ENDS)),
        "jaw_angle_deg": 0.5 * (_angle_deg(*points[[*_LEFT_BEND, CHIN]]) + _angle_deg(*points[[*_RIGHT_BEND, CHIN]])),
        "left_canthal_tilt_deg": _tilt_deg(points, LEFT_EYE_INNER, LEFT_EYE_OUTER),
        "right_canthal_tilt_deg": _tilt_deg(points, RIGHT_EYE_INNER, RIGHT_EYE_OUTER),
    }


def _opening(eye: Float[np.ndarray, "6 2"]) -> float:
    """How far the lids of an eye stand apart."""
    return float((np.linalg.norm(eye[1] - eye[5]) + np.linalg.norm(eye[2] - eye[4])) / 2)


def _angle_deg(a: np.ndarray, corner: np.ndarray, b: np.ndarray) -> float:
    """The angle at a corner between the ways to two points."""
    u, v = a - corner, b - corner
    return float(np.degrees(np.arccos(np.clip(u @ v / (np.linalg.norm(u) * np.linalg.norm(v) + 1e-12), -1, 1))))


def _tilt_deg(points: Float[np.ndarray, "68 2"], inner: int, outer: int) -> float:
    """How far the outer corner of an eye stands above the inner one, against the line through both eyes."""
    across = points[RIGHT_EYE_OUTER] - points[LEFT_EYE_OUTER]
    across = across / np.linalg.norm(across)
    up = np.array([across[1], -across[0]])
    slant = points[outer] - points[inner]
    return float(np.degrees(np.arctan2(slant @ up, abs(slant @ across))))
