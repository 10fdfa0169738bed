"""The classical proportions of a face, in units of its outer eye distance.

Thirds of the face, the width of an eye between the eyes, the mouth against the nose: the ratios Leonardo and Duerer
wrote down, measured on the 68 landmarks. Turned heads are foreshortened: `yaw_deg` belongs beside every ratio across.
"""

import numpy as np

from data.landmarks import (
    CHIN,
    LEFT_BROW,
    LEFT_EYE,
    LEFT_EYE_INNER,
    LEFT_EYE_OUTER,
    NOSE_TIP,
    RIGHT_BROW,
    RIGHT_EYE,
    RIGHT_EYE_INNER,
    RIGHT_EYE_OUTER,
    check_landmarks,
    outer_eye_distance,
)


def proportions(landmarks_xy):
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
    base, chin = points[33], points[CHIN]
    middle_third = float(np.linalg.norm(base - brows) / unit)
    lower_third = float(np.linalg.norm(chin - base) / unit)
    left_eye, right_eye = apart(LEFT_EYE_OUTER, LEFT_EYE_INNER), apart(RIGHT_EYE_INNER, RIGHT_EYE_OUTER)
    return {
        "interocular": apart(LEFT_EYE_INNER, RIGHT_EYE_INNER),
        "pupil_distance": float(np.linalg.norm(right - left) / unit),
        "left_eye_width": left_eye, "right_eye_width": right_eye,
        "eye_opening": 0.5 * (_opening(points[LEFT_EYE]) + _opening(points[RIGHT_EYE])) / unit,
        "eyes_between_ratio": apart(LEFT_EYE_INNER, RIGHT_EYE_INNER) / max(1e-9, (left_eye + right_eye) / 2),
        "brow_to_eye": float(np.linalg.norm(brows - eyes) / unit),
        "left_brow_length": apart(17, 21), "right_brow_length": apart(22, 26),
        "nose_length": apart(27, 33), "nose_width": apart(31, 35), "nose_tip_to_base": apart(NOSE_TIP, 33),
        "mouth_width": apart(48, 54), "upper_lip": apart(51, 62), "lower_lip": apart(66, 57),
        "mouth_opening": apart(62, 66), "philtrum": apart(33, 51), "chin_height": apart(57, CHIN),
        "middle_third": middle_third, "lower_third": lower_third,
        "thirds_ratio": middle_third / max(1e-9, lower_third),
        "face_width": apart(0, 16), "jaw_width": apart(4, 12),
        "eyes_to_chin": float(np.linalg.norm(chin - eyes) / unit),
        "face_ratio": float(np.linalg.norm(chin - brows) / max(1e-9, np.linalg.norm(points[16] - points[0]))),
        "mouth_to_nose_ratio": apart(48, 54) / max(1e-9, apart(31, 35)),
        "jaw_angle_deg": 0.5 * (_angle(points[2], points[5], chin) + _angle(points[14], points[11], chin)),
        "left_canthal_tilt_deg": _tilt(points, LEFT_EYE_INNER, LEFT_EYE_OUTER),
        "right_canthal_tilt_deg": _tilt(points, RIGHT_EYE_INNER, RIGHT_EYE_OUTER),
    }


def _opening(eye):
    return float((np.linalg.norm(eye[1] - eye[5]) + np.linalg.norm(eye[2] - eye[4])) / 2)


def _angle(a, corner, b):
    u, v = a - corner, b - corner
    return float(np.degrees(np.arccos(np.clip(u @ v / (np.linalg.norm(u) * np.linalg.norm(v) + 1e-12), -1, 1))))


def _tilt(points, inner, outer):
    """How far the outer corner stands above the inner one, against the line through both eyes."""
    across = points[RIGHT_EYE_OUTER] - points[LEFT_EYE_OUTER]
    across = across / np.linalg.norm(across)
    up = np.array([across[1], -across[0]])
    slant = points[outer] - points[inner]
    return float(np.degrees(np.arctan2(slant @ up, abs(slant @ across))))
