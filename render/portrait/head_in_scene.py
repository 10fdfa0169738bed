"""A head from one painting fitted into the scene of another: skin tone, ground and parts are made to agree."""

import cv2
import numpy as np
from jaxtyping import Float, Float32, UInt8

from data.parts import FACE_PARTS, Part
from models.view import View
from render.imaging.blending import fill_holes
from render.imaging.filters import soften

# Skin is moved by this share of its difference from the skin of the scene's own sitter, and by this much (CIE Lab) at the most.
_SKIN_SHARE, _SKIN_LIMIT_LAB = 0.8, 12
_SKIN_EDGE = 0.06           # sigma over which that change fades out around the skin, outer eye distances
# Share of the skin's change (L*, a*, b*) that is applied to everything else: yellow varnish lies on hair and hat too, but
# their lightness is kept.
_VARNISH = np.array([0.0, 0.5, 0.5], np.float32)
_VARNISH_LIMIT_LAB = 4

# The difference of the two paintings is measured in a ring along the seam and carried smoothly over the picture. Sigmas in
# outer eye distances. The ring is where the blurred mask of the head is within this of 0.5.
_RING_BLUR, _RING_HALF = 0.15, 0.35
_MEMBRANE_BLUR = 0.25       # smooths what was carried
_GROUND_EDGE = 0.05         # softens the border between head and ground
_HEAD_SHIFT, _GROUND_SHIFT = 0.15, 0.85     # share of the difference that everything takes; more that ground and clothes take


def same_skin(head_lab: Float32[np.ndarray, "H W 3"], head_parts: UInt8[np.ndarray, "H W"],
              tone_lab: Float[np.ndarray, " 3"], scene_view: View, eye_px: float) -> Float32[np.ndarray, "H W 3"]:
    """The head with its skin brought to the tone of the scene's own face, so that it agrees with the scene's neck and hands.

    Parameters
    ----------
    head_lab, head_parts
        CIE Lab and parts of the head's painting.
    tone_lab : (3,) float
        Its face's colour.
    scene_view : View
        Whose scene it is brought into; if that shows no face, nothing is changed.
    eye_px : float
        Outer eye distance, texels.
    """
    gap = np.clip(_SKIN_SHARE * (scene_view.tones[Part.FACE] - tone_lab), -_SKIN_LIMIT_LAB, _SKIN_LIMIT_LAB)
    if np.isnan(gap).any():
        return head_lab
    skin = soften(np.isin(head_parts, (*FACE_PARTS, Part.NECK)), _SKIN_EDGE * eye_px)[..., None]
    varnish = np.clip(_VARNISH * gap, -_VARNISH_LIMIT_LAB, _VARNISH_LIMIT_LAB)
    return (head_lab + skin * gap + (1 - skin) * varnish).astype(np.float32)


def same_ground(head_lab: Float32[np.ndarray, "H W 3"], scene_lab: Float32[np.ndarray, "H W 3"],
                inside_head: Float32[np.ndarray, "H W"], head_parts: UInt8[np.ndarray, "H W"],
                eye_px: float) -> Float32[np.ndarray, "H W 3"]:
    """The head's painting with its ground and clothes shifted to those of the scene at the seam; the head itself is
    nearly left alone.

    Parameters
    ----------
    head_lab, scene_lab : (H, W, 3) float32
        CIE Lab.
    inside_head : (H, W) float32
        1 within the seam.
    head_parts : (H, W) uint8
    eye_px : float
        Outer eye distance, texels.
    """
    ring = (np.abs(soften(inside_head, _RING_BLUR * eye_px) - 0.5) < _RING_HALF)
    difference = (scene_lab - head_lab) * ring[..., None]
    membrane = fill_holes(difference, ring)
    membrane = cv2.GaussianBlur(membrane, (0, 0), _MEMBRANE_BLUR * eye_px)
    elsewhere = soften(np.isin(head_parts, (Part.BACKGROUND, Part.CLOTHING)), _GROUND_EDGE * eye_px)[..., None]
    return (head_lab + membrane * (_HEAD_SHIFT + _GROUND_SHIFT * elsewhere)).astype(np.float32)


def without_head(parts: UInt8[np.ndarray, "H W"]) -> UInt8[np.ndarray, "H W"]:
    """The scene's labels with its own head called ground."""
    return np.where(np.isin(parts, (Part.HAIR, *FACE_PARTS)), Part.BACKGROUND, parts).astype(np.uint8)
