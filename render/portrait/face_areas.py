"""Where the face and its features lie in a picture, told from the 68 landmarks alone: outline, masks, labels, and how
closely paint has to follow.

Lengths are in outer eye distances (`eye_px` texels each), so that every size of picture gets the same areas.
"""

from collections.abc import Sequence
from typing import NamedTuple

import cv2
import numpy as np
from jaxtyping import Float, Float32, UInt8

from data.landmarks import (
    CHIN,
    INNER_LIP,
    JAW,
    LEFT_BROW,
    LEFT_EYE,
    NOSE,
    NOSE_BRIDGE,
    NOSTRILS,
    OUTER_LIP,
    RIGHT_BROW,
    RIGHT_EYE,
)
from data.parts import FACE_PARTS, Part
from models.alignment import Frame
from render.imaging.filters import soften

# The mask of the new face: within the jaw, up to the middle of the forehead, so that the lent hair is left alone.
_MASK_JAW_SHARE = 0.93      # the jaw drawn in towards the nose
_MASK_RISE = 0.28
_MASK_SHRUNK, _MASK_EDGE = 0.05, 0.06


class _Reach(NamedTuple):
    """How far a feature reaches beyond the hull of its landmarks, and over what width (sigma) it fades out."""

    grown: float
    edge: float


_EYE_REACH = _Reach(0.07, 0.04)
_NOSE_REACH = _Reach(0.08, 0.04)
_MOUTH_REACH = _Reach(0.1, 0.05)
_MOUTH_IN_BEARD_REACH = _Reach(0.02, 0.03)  # the lips alone: hair around them is the head's own

# Features as they are drawn into a parts map, the later over the earlier.
_LABELLED: tuple[tuple[Part, Sequence[slice]], ...] = (
    (Part.NOSE, [NOSE]), (Part.BROWS, [LEFT_BROW, RIGHT_BROW]), (Part.EYES, [LEFT_EYE, RIGHT_EYE]), (Part.LIPS, [OUTER_LIP]))

# How closely paint follows the guide. "Drawing" is the difference between lightness blurred by the first and by the second of
# these sigmas (outer eye distances); its strength is its root mean square over the third.
_DRAWING_FINEST, _DRAWING_BROADEST, _DRAWING_FELT = 0.02, 0.12, 0.1
_MUCH_DRAWING = 8.0         # strength of drawing (L*) that counts in full
_DRAWN_FIDELITY = 2.0       # added where the guide has much drawing
_SITTER_FIDELITY = 0.5      # added on skin and hair
_FEATURE_FIDELITY = 4.0     # at eyes, brows, lips and nostrils
_FOLLOWED_CLOSELY = (LEFT_EYE, RIGHT_EYE, OUTER_LIP, NOSTRILS, INNER_LIP, LEFT_BROW, RIGHT_BROW)
_FIDELITY_GROWN, _FIDELITY_EDGE = 0.05, 0.03


def odd_size(radius_px: float) -> int:
    """Side of a square or round kernel of this radius, texels; it reaches one texel at the least."""
    return 2 * max(1, round(radius_px)) + 1


def disc(side_px: int) -> UInt8[np.ndarray, "side side"]:
    """A round kernel for growing and shrinking masks."""
    return cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (side_px, side_px))


def polygon_mask(polygon_xy: Float[np.ndarray, "*N 2"], frame: Frame) -> Float32[np.ndarray, "H W"]:
    """1 within a polygon ((N, 2) texels of the frame), 0 outside, its edge placed to a sixteenth of a texel."""
    mask = np.zeros((frame.height_px, frame.width_px), np.float32)
    cv2.fillPoly(mask, [np.round(polygon_xy * 16).astype(np.int32)], 1.0, cv2.LINE_AA, shift=4)
    return mask


def face_hull(landmarks: Float[np.ndarray, "68 2"], eye_px: float, *, rise: float,
              jaw_xy: Float[np.ndarray, "17 2"] | None = None) -> Float32[np.ndarray, "N 1 2"]:
    """The convex polygon around a face: its jaw, and its brows lifted over the forehead.

    Parameters
    ----------
    landmarks : (68, 2)
        Texels.
    eye_px : float
        Outer eye distance.
    rise : float
        How far the brows are lifted, straight away from the chin, in outer eye distances: 0.28 is the middle of the
        forehead, 0.55 about the hairline.
    jaw_xy : (17, 2), optional
        In place of the landmarks' own jaw.

    Returns
    -------
    (N, 1, 2) float32
        As OpenCV holds contours.
    """
    brows = np.vstack([landmarks[LEFT_BROW], landmarks[RIGHT_BROW]])
    eyes = (landmarks[LEFT_EYE].mean(0) + landmarks[RIGHT_EYE].mean(0)) / 2
    up = (eyes - landmarks[CHIN]) / np.linalg.norm(eyes - landmarks[CHIN])
    jaw = landmarks[JAW] if jaw_xy is None else jaw_xy
    return _hull(np.vstack([jaw, brows + up * rise * eye_px]))


def face_mask(landmarks: Float[np.ndarray, "68 2"], frame: Frame) -> Float32[np.ndarray, "H W"]:
    """1 within a face ((68, 2) texels of the frame), falling to 0 before jaw and hairline."""
    eye_px, centre = frame.eye_distance_px, landmarks[NOSE].mean(0)
    jaw = centre + (landmarks[JAW] - centre) * _MASK_JAW_SHARE
    mask = polygon_mask(face_hull(landmarks, eye_px, rise=_MASK_RISE, jaw_xy=jaw), frame)
    shrunk = cv2.erode(mask, disc(2 * round(_MASK_SHRUNK * eye_px) + 1))
    return soften(shrunk, _MASK_EDGE * eye_px)


def feature_masks(landmarks: Float[np.ndarray, "68 2"], frame: Frame, *,
                  bearded: bool) -> dict[str, Float32[np.ndarray, "H W"]]:
    """Where features are lent: soft areas of the eyes with their brows, of the nose, and of the mouth.

    Parameters
    ----------
    landmarks : (68, 2)
        Texels of `frame`.
    frame : Frame
    bearded : bool
        Within a beard or moustache the mouth is the lips alone.

    Returns
    -------
    dict
        "eyes", "nose", "mouth": (H, W) float32 in [0, 1].
    """
    def area(points: np.ndarray, reach: _Reach) -> np.ndarray:
        grown = cv2.dilate(polygon_mask(_hull(points), frame), disc(odd_size(reach.grown * frame.eye_distance_px)))
        return soften(grown, reach.edge * frame.eye_distance_px)

    left = area(np.vstack([landmarks[LEFT_EYE], landmarks[LEFT_BROW]]), _EYE_REACH)
    right = area(np.vstack([landmarks[RIGHT_EYE], landmarks[RIGHT_BROW]]), _EYE_REACH)
    nose = area(np.vstack([landmarks[NOSTRILS], landmarks[NOSE_BRIDGE][1:]]), _NOSE_REACH)
    mouth = area(landmarks[OUTER_LIP], _MOUTH_IN_BEARD_REACH if bearded else _MOUTH_REACH)
    return {"eyes": np.maximum(left, right), "nose": nose, "mouth": mouth}


def label_features(parts: UInt8[np.ndarray, "H W"], landmarks: Float[np.ndarray, "68 2"]) -> UInt8[np.ndarray, "H W"]:
    """A parts map with nose, brows, eyes and lips drawn into it where the landmarks (texels) say."""
    labelled = parts.copy()
    for part, spans in _LABELLED:
        for span in spans:
            cv2.fillPoly(labelled, [np.round(_hull(landmarks[span])).astype(np.int32)], int(part))
    return labelled


def fidelity(lightness: Float32[np.ndarray, "H W"], parts: UInt8[np.ndarray, "H W"],
             landmarks: Float[np.ndarray, "68 2"], eye_px: float) -> Float32[np.ndarray, "H W"]:
    """How closely paint has to follow the guide.

    Parameters
    ----------
    lightness : (H, W) float32
        L* of the guide.
    parts : (H, W) uint8
    landmarks : (68, 2)
        Texels.
    eye_px : float
        Outer eye distance.

    Returns
    -------
    (H, W) float32
        1 on plain cloth and ground, up to 3 where the guide has much drawing (lace, jewels, edges), 4 at eyes, lips and
        nostrils.
    """
    drawing = (cv2.GaussianBlur(lightness, (0, 0), _DRAWING_FINEST * eye_px)
               - cv2.GaussianBlur(lightness, (0, 0), _DRAWING_BROADEST * eye_px))
    strength = np.sqrt(cv2.GaussianBlur(drawing ** 2, (0, 0), _DRAWING_FELT * eye_px))
    weight = 1.0 + _DRAWN_FIDELITY * np.clip(strength / _MUCH_DRAWING, 0, 1).astype(np.float32)
    weight[np.isin(parts, (*FACE_PARTS, Part.NECK, Part.HAIR))] += _SITTER_FIDELITY
    for span in _FOLLOWED_CLOSELY:
        cv2.fillPoly(weight, [np.round(_hull(landmarks[span])).astype(np.int32)], _FEATURE_FIDELITY)
    size = odd_size(_FIDELITY_GROWN * eye_px)
    return soften(cv2.dilate(weight, np.ones((size, size), np.uint8)), _FIDELITY_EDGE * eye_px)


def _hull(points: Float[np.ndarray, "N 2"]) -> Float32[np.ndarray, "M 1 2"]:
    return cv2.convexHull(points.astype(np.float32))
