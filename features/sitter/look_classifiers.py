"""Sex, facial hair and headwear by small linear classifiers on frozen features, fitted to hand labels.

The face embedding, trained on photographs to tell people apart, also carries sex and beard, and holds on paint;
thumbnails and gradient histograms of head and chin add what lies outside its view. The weights (`looks.npz`) come from
`python -m benchmarks.fit_features`; the labels are in tests/features/labels.json.
"""

from functools import cache
from importlib.resources import files

import cv2
import numpy as np

from features.face import chips
from features.face.landmarks import upright_frame

_COARSE_GRADIENTS = ((64, 64), (32, 32), (16, 16), (16, 16), 8)
# Name: down from the eyes' middle and side of the view, in units of eyes to mouth.
_VIEWS = {"head": (-0.8, 3.2), "bust": (0.2, 4.6), "chin": (1.0, 2.0)}
PARTS_OF_LOOK = {"sex": ("embedding", "sex_logit"), "beard": ("embedding", "chin"),
                 "facial_hair": ("embedding", "chin"), "hat": ("embedding", "head", "bust")}


def look(rgb, landmarks_xy, embedding, sex_logit):
    """The features of one face by name, each a (K,) float32 vector.

    `rgb` (H, W, 3) uint8, `embedding` (128,) of it or None where the face is too small to matter, `sex_logit` the mean
    log odds of "male" from `features.sitter.sex_and_age`.
    """
    eyes, unit, roll = upright_frame(landmarks_xy)
    down = np.array([-np.sin(roll), np.cos(roll)])
    face = chips.sample(rgb, chips.view_matrix(eyes + 0.4 * unit * down, 1.2 * unit, roll, 8), 8)
    colour = _lab(face).reshape(-1, 3).mean(0)
    # Repeated, so that shrinking the weights costs this one strong feature less than each of the embedding's.
    found = {"sex_logit": np.repeat(np.float32(sex_logit), 12)}
    if embedding is not None:
        found["embedding"] = np.asarray(embedding, np.float32)
    gradients = cv2.HOGDescriptor(*_COARSE_GRADIENTS)
    for name, (drop, side) in _VIEWS.items():
        view = chips.sample(rgb, chips.view_matrix(eyes + drop * unit * down, side * unit, roll, 64), 64)
        size = 10 if name == "bust" else 8
        thumbnail = _lab(cv2.resize(view, (size, size), interpolation=cv2.INTER_AREA)) - colour
        found[name] = np.concatenate([thumbnail.ravel(), gradients.compute(view).ravel()]).astype(np.float32)
    return found


def _lab(rgb_uint8):
    return cv2.cvtColor(rgb_uint8.astype(np.float32) / 255, cv2.COLOR_RGB2LAB)


@cache
def _weights():
    with files("features.sitter").joinpath("looks.npz").open("rb") as stream:
        stored = np.load(stream, allow_pickle=False)
        return {name: stored[name] for name in stored.files}


def probability(name, features):
    """Calibrated probability of "male", "beard", "any facial hair" or "hat" (`name` as in PARTS_OF_LOOK), or None.

    None where a part of the look is missing; for sex the network's own answer, calibrated, then serves.
    """
    weights = _weights()
    if any(part not in features for part in PARTS_OF_LOOK[name]):
        if name != "sex":
            return None
        slope, offset = weights["sex_logit_only"]
        return _sigmoid(slope * float(features["sex_logit"][0]) + offset)
    vector = np.concatenate([features[part] for part in PARTS_OF_LOOK[name]])
    return _sigmoid(float(vector @ weights[name][:-1] + weights[name][-1]))


def _sigmoid(value):
    return float(1 / (1 + np.exp(-np.clip(value, -30, 30))))
