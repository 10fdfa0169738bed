"""Hands and arms of a carried body, as whole objects that no cut should go through."""

import cv2
import numpy as np
from jaxtyping import Bool, Float, Float32

from data.landmarks import CHIN
from data.parts import Part
from features.figure.figure import (
    LEFT_ELBOW,
    LEFT_SHOULDER,
    LEFT_WRIST,
    RIGHT_ELBOW,
    RIGHT_SHOULDER,
    RIGHT_WRIST,
)
from models.alignment import Frame
from models.warping import Warped

# Where no hand was measured, hands are skin below the neck: within this distance of the face's chromaticity, as light as this
# share of its lights, and this far below the chin (a low neckline is no hand).
_HAND_CHROMA, _HAND_LIGHT, _HAND_BELOW = 0.09, 0.4, 1.8
_CHROMA_BLUR = 0.03         # sigma, eye distances
_LEAST_HAND = 0.08          # area of a hand, square eye distances; less is a highlight
_HAND_GROWN = 0.12
_ARM_WIDTH = 0.5            # eye distances
_ARM_SEEN = 0.6             # least visibility of both ends of an upper arm or forearm
_ARMS = ((LEFT_SHOULDER, LEFT_ELBOW), (LEFT_ELBOW, LEFT_WRIST), (RIGHT_SHOULDER, RIGHT_ELBOW), (RIGHT_ELBOW, RIGHT_WRIST))


def limbs_of(seen: Warped, lab: Float32[np.ndarray, "h w 3"], frame: Frame,
             landmarks: Float[np.ndarray, "68 2"]) -> tuple[Bool[np.ndarray, "h w"], Bool[np.ndarray, "h w"]]:
    """Masks of hands with bare arms, and of sleeves that lead there.

    Parameters
    ----------
    seen : Warped
    lab : (h, w, 3) float32
        Its colours, CIE Lab.
    frame : Frame
    landmarks : (68, 2) float
        Texels of `frame`.
    """
    skin = _skin_below(seen, lab, frame, landmarks)
    figure = seen.view.figure
    if figure is None:
        return skin, np.zeros(skin.shape, bool)
    hands = _drawn(seen, [hand.outline_xy for hand in figure.hands], None)
    thickness = max(1, round(_ARM_WIDTH * frame.eye_distance_px * _parts_per_texel(seen)))
    bones = [figure.body_xy[list(ends)] for ends in _ARMS if figure.visibility[list(ends)].min() >= _ARM_SEEN]
    arms = _drawn(seen, bones, thickness)
    side = 2 * max(1, round(_HAND_GROWN * frame.eye_distance_px)) + 1
    grown = cv2.dilate(hands.astype(np.uint8), np.ones((side, side), np.uint8)) > 0
    count, labels = cv2.connectedComponents(skin.astype(np.uint8))
    beside = [k for k in range(1, count) if grown[labels == k].any()] if figure.hands else list(range(1, count))
    return (grown | np.isin(labels, beside)) & seen.valid, arms & seen.valid


def _parts_per_texel(seen: Warped) -> float:
    """Texels of the parts map for one of the frame."""
    step = float(np.median(np.abs(np.diff(seen.field[..., 0], axis=1))))
    return step * seen.view.parts.shape[1] / seen.view.width_px


def _drawn(seen: Warped, shapes: list[np.ndarray], thickness: int | None) -> Bool[np.ndarray, "h w"]:
    """Polygons (or lines of that thickness) in scan pixels, as they are seen in the frame."""
    height, width = seen.view.parts.shape
    ratio = np.array([width / seen.view.width_px, height / seen.view.height_px])
    canvas = np.zeros((height, width), np.uint8)
    for shape in shapes:
        points = np.round((shape + 0.5) * ratio - 0.5).astype(np.int32)
        if thickness is None:
            cv2.fillPoly(canvas, [points], 1)
        else:
            cv2.line(canvas, tuple(map(int, points[0])), tuple(map(int, points[1])), 1, thickness)
    at = ((seen.field + 0.5) * ratio.astype(np.float32) - 0.5).astype(np.float32)
    return cv2.remap(canvas, at[..., 0], at[..., 1], cv2.INTER_NEAREST, borderMode=cv2.BORDER_CONSTANT) > 0


def _skin_below(seen: Warped, lab: Float32[np.ndarray, "h w 3"], frame: Frame,
                landmarks: Float[np.ndarray, "68 2"]) -> Bool[np.ndarray, "h w"]:
    """Skin in the clothes, by the colour of the face."""
    eye_px = frame.eye_distance_px
    linear = cv2.GaussianBlur(np.clip(seen.colour, 1e-3, 1) ** 2.2, (0, 0), max(0.5, _CHROMA_BLUR * eye_px))
    chroma = linear / linear.sum(-1, keepdims=True)
    face = np.isin(seen.parts, (Part.FACE, Part.NOSE)) & seen.valid
    if face.sum() < 50:
        return np.zeros(face.shape, bool)
    below = np.arange(frame.height_px)[:, None] > landmarks[CHIN][1] + _HAND_BELOW * eye_px
    skin = (np.linalg.norm(chroma - np.median(chroma[face], 0), axis=-1) < _HAND_CHROMA) \
        & (lab[..., 0] > _HAND_LIGHT * np.percentile(lab[face][:, 0], 80)) & (seen.parts == Part.CLOTHING) & seen.valid & below
    opened = cv2.morphologyEx(skin.astype(np.uint8), cv2.MORPH_OPEN, np.ones((3, 3), np.uint8))
    count, labels, stats, _ = cv2.connectedComponentsWithStats(opened)
    large = [k for k in range(1, count) if stats[k, cv2.CC_STAT_AREA] > _LEAST_HAND * eye_px ** 2]
    side = 2 * max(1, round(_HAND_GROWN * eye_px)) + 1
    return cv2.dilate(np.isin(labels, large).astype(np.uint8), np.ones((side, side), np.uint8)) > 0
