"""Sex, facial hair and headwear by small linear classifiers on frozen features, fitted to hand labels.

The face embedding, trained on photographs to tell people apart, also carries sex and beard, and holds on paint;
thumbnails and gradient histograms of head and chin add what lies outside its view. The weights (`looks.npz`) come from
`python -m benchmarks.fit_features`; the labels are in tests/features/labels.json.
"""

from collections.abc import Mapping
from functools import cache
from importlib.resources import files

import cv2
import numpy as np
from jaxtyping import Float, Float32, UInt8

from data.colour import from_uint8, rgb_to_lab
from features.face import chips
from features.face.upright import upright_frame

_VIEW_PX = 64
_COARSE_GRADIENTS = ((_VIEW_PX, _VIEW_PX), (32, 32), (16, 16), (16, 16), 8)  # of OpenCV's HOG: window, block, step, cell, bins
# Name: down from the eyes' middle and side of the view, in units of eyes to mouth; side of its thumbnail in pixels.
_VIEWS = {"head": (-0.8, 3.2, 8), "bust": (0.2, 4.6, 10), "chin": (1.0, 2.0, 8)}
# The face itself, whose mean colour is subtracted from the thumbnails: how far below the eyes, side, and size in pixels.
_FACE_DROP, _FACE_SIDE, _FACE_PX = 0.4, 1.2, 8
# The feature is repeated this often, so that the penalty on weights costs this one strong feature less than the embedding's.
_SEX_REPEATED = 12
_MOST_LOGIT = 30  # keeps the exponential finite
PARTS_OF_LOOK = {"sex": ("embedding", "sex_logit"), "beard": ("embedding", "chin"),
                 "facial_hair": ("embedding", "chin"), "hat": ("embedding", "head", "bust")}
"""Which features each classifier looks at, in the order of its weights."""

Look = dict[str, Float32[np.ndarray, " K"]]
"""Features of one face by name."""


def look(rgb: UInt8[np.ndarray, "H W 3"], landmarks_xy: Float[np.ndarray, "68 2"],
         embedding: Float32[np.ndarray, "128"] | None, sex_logit: float) -> Look:
    """The features of one face.

    Parameters
    ----------
    rgb : (H, W, 3) uint8
    landmarks_xy : (68, 2)
        In pixels of `rgb`.
    embedding : (128,) float32 or None
        Of the face, or None for a bystander: then the result has no embedding either.
    sex_logit : float
        Mean log odds of "male" from `features.sitter.sex_and_age`.

    Returns
    -------
    dict of str to (K,) float32
        "sex_logit", "head", "bust", "chin" and, where there is one, "embedding".
    """
    frame = upright_frame(landmarks_xy)
    eyes, unit, roll = frame
    down = frame.down_xy
    face = chips.sample(rgb, chips.view_matrix(eyes + _FACE_DROP * unit * down, _FACE_SIDE * unit, roll, _FACE_PX), _FACE_PX)
    colour = _lab(face).reshape(-1, 3).mean(0)
    found = {"sex_logit": np.repeat(np.float32(sex_logit), _SEX_REPEATED)}
    if embedding is not None:
        found["embedding"] = np.asarray(embedding, np.float32)
    gradients = cv2.HOGDescriptor(*_COARSE_GRADIENTS)
    for name, (drop, side, size) in _VIEWS.items():
        view = chips.sample(rgb, chips.view_matrix(eyes + drop * unit * down, side * unit, roll, _VIEW_PX), _VIEW_PX)
        thumbnail = _lab(cv2.resize(view, (size, size), interpolation=cv2.INTER_AREA)) - colour
        found[name] = np.concatenate([thumbnail.ravel(), np.ravel(gradients.compute(view))]).astype(np.float32)
    return found


def _lab(rgb_uint8: UInt8[np.ndarray, "h w 3"]) -> Float32[np.ndarray, "h w 3"]:
    return rgb_to_lab(from_uint8(rgb_uint8))


@cache
def _weights() -> dict[str, np.ndarray]:
    """Weights of each classifier, the offset last; "sex_logit_only" holds slope and offset of a calibration."""
    with files("features.sitter").joinpath("looks.npz").open("rb") as stream:
        stored = np.load(stream, allow_pickle=False)
        return {name: stored[name] for name in stored.files}


def probability(name: str, features: Mapping[str, np.ndarray]) -> float | None:
    """Calibrated probability of "male", "beard", "any facial hair" or "hat" (`name` as in PARTS_OF_LOOK); None where a part of
    the look is missing."""
    if any(part not in features for part in PARTS_OF_LOOK[name]):
        return None
    weights = _weights()[name]
    vector = np.concatenate([features[part] for part in PARTS_OF_LOOK[name]])
    return _sigmoid(float(vector @ weights[:-1] + weights[-1]))


def probability_male(features: Mapping[str, np.ndarray]) -> float:
    """Calibrated probability of "male"; of a face without an embedding the network's own answer, calibrated."""
    found = probability("sex", features)
    if found is not None:
        return found
    slope, offset = _weights()["sex_logit_only"]
    return _sigmoid(slope * float(features["sex_logit"][0]) + offset)


def _sigmoid(value: float) -> float:
    return float(1 / (1 + np.exp(-np.clip(value, -_MOST_LOGIT, _MOST_LOGIT))))
