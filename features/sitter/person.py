"""Sitter or background: a small person segmentation (MediaPipe's selfie model, 6 ms a view) of the whole picture, of the bust
and of the head, blended."""

from typing import NamedTuple

import cv2
import numpy as np
from jaxtyping import Float, Float32, UInt8

from features.face import chips
from features.face.upright import upright_frame
from features.networks.packaged import run_person

_VIEW_PX = 256


class _View(NamedTuple):
    """A square view of the sitter: its side and how far below the eyes its middle lies, in units of eyes to mouth, and its
    weight in the blend with what was seen before it."""

    side: float
    drop: float
    share: float


# Wide views show the body, tight ones the hat. Views wider than this share of the picture's longer side add nothing.
_VIEWS = (_View(9.0, 1.6, 0.65), _View(5.6, 0.8, 0.5))
_AS_WIDE = 0.8
_FADE = 0.25  # width of the border, in halves of the view, over which its weight falls to 0: there the segmentation is unsure


def person_map(rgb_uint8: UInt8[np.ndarray, "H W 3"], landmarks_xy: Float[np.ndarray, "68 2"]) -> Float32[np.ndarray, "H W"]:
    """Probability that a pixel is the sitter with these landmarks: the whole picture, the bust and the head blended."""
    height, width = rgb_uint8.shape[:2]
    whole = run_person(cv2.resize(rgb_uint8, (_VIEW_PX, _VIEW_PX), interpolation=cv2.INTER_AREA))
    seen = cv2.resize(whole, (width, height), interpolation=cv2.INTER_LINEAR)
    eyes, unit, _ = upright_frame(landmarks_xy)
    ramp = np.clip((1 - np.abs(np.linspace(-1, 1, _VIEW_PX))) / _FADE, 0, 1).astype(np.float32)
    for side, drop, share in _VIEWS:
        if side * unit > _AS_WIDE * max(width, height):
            continue
        matrix = chips.view_matrix(eyes + np.array([0, drop * unit]), side * unit, 0.0, _VIEW_PX)
        view = run_person(chips.sample(rgb_uint8, matrix, _VIEW_PX))
        view, fade = (cv2.warpAffine(field, chips.invert(matrix), (width, height), flags=cv2.INTER_LINEAR)
                      for field in (view, share * np.minimum.outer(ramp, ramp)))
        seen = fade * view + (1 - fade) * seen
    return seen
