"""Hair and hat of a lender in another shape: broader or narrower, taller or lower, bent, as no second sitter wears them.

The face keeps its place: what lies within its outline, and all below the chin, is not moved.
"""

import cv2
import numpy as np
from jaxtyping import Float, Float32, Float64

from data.landmarks import CHIN, NOSE_BRIDGE
from models.alignment import Frame
from models.warping import Warped, carried, read_for
from render.portrait.face_areas import face_hull
from render.portrait.figure.figure_layout import Way

_RISE = 0.3                 # of the face's outline above the brows, eye distances: to the hairline
_RELEASED = 0.45            # eye distances outside the face over which hair comes to move as the way says
_STILL_BELOW = 0.4          # eye distances above the chin from which down nothing moves any more
_DRAPE_SHARE = 0.4          # hair and hats wave less than cloth


def hair_carried(head: Warped, landmarks: Float[np.ndarray, "68 2"], way: Way, frame: Frame) -> Warped:
    """A head with its hair or hat carried otherwise.

    Parameters
    ----------
    head : Warped
        On the layout.
    landmarks : (68, 2) float
        The layout, texels of `frame`.
    way : Way
        About the bridge of the nose.
    frame : Frame
    """
    shift = _shift(landmarks, way, frame)
    y, x = np.mgrid[:frame.height_px, :frame.width_px].astype(np.float32)
    across, down = (x + shift[..., 0]).astype(np.float32), (y + shift[..., 1]).astype(np.float32)
    field = cv2.remap(head.field, across, down, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
    # Beyond the frame's edge the field goes on as at the edge, one source texel for one of the frame.
    beyond = np.stack([across - np.clip(across, 0, frame.width_px - 1), down - np.clip(down, 0, frame.height_px - 1)], -1)
    field = (field + beyond * _step(head.field)).astype(np.float32)
    return carried(head.view, field, read_for(head.view, frame))


def _step(field: Float32[np.ndarray, "H W 2"]) -> float:
    """Scan pixels for one texel, at the picture's rim."""
    return float(np.median(np.abs(np.diff(field[0, :, 0]))))


def _shift(landmarks: Float[np.ndarray, "68 2"], way: Way, frame: Frame) -> Float64[np.ndarray, "H W 2"]:
    """How far from each texel its paint is taken, texels."""
    eye_px, centre = frame.eye_distance_px, landmarks[NOSE_BRIDGE].mean(0)
    y, x = np.mgrid[:frame.height_px, :frame.width_px].astype(np.float64)
    across, down = (x - centre[0]) / eye_px, (y - centre[1]) / eye_px
    still = np.ones((frame.height_px, frame.width_px), np.uint8)
    cv2.fillPoly(still, [np.round(face_hull(landmarks, eye_px, rise=_RISE)).astype(np.int32)], 0)
    outside = cv2.distanceTransform(still, cv2.DIST_L2, 5) / eye_px
    free = np.clip(outside / _RELEASED, 0, 1) * np.clip((landmarks[CHIN, 1] - y) / eye_px / _STILL_BELOW, 0, 1)
    free = free * free * (3 - 2 * free)
    return (way.moved(across, down) + _DRAPE_SHARE * way.draped(across, down)) * (free * eye_px)[..., None]
