"""A painting brought to the guide's colours, part by part in CIE Lab, before its paint is compared with the guide.

This takes out differences between paintings that are not brushwork: varnish, cleaning, the photographer's light.
"""

from typing import NamedTuple

import cv2
import numpy as np
from jaxtyping import Bool, Float, Float32, UInt8

from data.colour import lab_to_rgb, rgb_to_lab
from data.parts import FACE_PARTS, Part
from models.alignment import Frame
from models.warping import Warped
from render.imaging.blending import fill_holes
from render.imaging.filters import broad_blur, soften
from render.portrait.extended import extended
from render.portrait.new_face import LOW_BAND

_TOGETHER: tuple[tuple[Part, ...], ...] = (FACE_PARTS, (Part.BACKGROUND,), (Part.HAIR,), (Part.NECK,), (Part.CLOTHING,))
_LEAST_TEXELS = 50          # parts of fewer texels in either picture are left as they are
# How far a part's mean may be moved towards the guide (L*, a*, b*) and its spread stretched.
_SHIFT_LIMIT = np.array([14.0, 9.0, 11.0])
_SPREAD_LIMIT = (0.8, 1.25)
# Lightening darks or raising their contrast makes JPEG blocks visible: ground and clothes are lightened by no more than this
# (L*), and the spread of their lightness is not raised.
_DARK_PARTS, _DARK_LIFT, _DARK_STRETCH = (Part.BACKGROUND, Part.CLOTHING), 6.0, 1.0
# Sigmas in outer eye distances: corrections change smoothly across the borders of parts, which are not known to a texel.
_BORDER, _FACE_EDGE = 0.08, 0.06
_BROAD_LIMIT_LAB = 30       # most that the broad form of a face is changed
# Noise. Sigmas in outer eye distances: what is finer than the first is looked at; its strength is its root mean square over
# the second; around skin, where nothing is changed, the change fades out over the third.
_FINE, _FELT, _SKIN_EDGE = 0.04, 0.2, 0.05
_NOISE_OF_GUIDE = 1.5       # fine detail may be this many times as strong as the guide's own ...
# Ground. Its form is broader than the first sigma, its border soft by the second (outer eye distances); places that see less
# of it than this share do not know its tone; strokes farther from their surroundings than so many times the usual are specks:
# dust, and flaws of the scan.
_GROUND_FORM, _GROUND_EDGE, _GROUND_SEEN, _SPECK = 0.5, 0.03, 0.02, 2.5
_GRAIN = np.array([1.2, 0.6, 0.6], np.float32)  # ... and this (L*, a*, b*) stronger: any paint has some grain


class _Change(NamedTuple):
    """New Lab of a part = old Lab * gain + offset."""

    gain: Float32[np.ndarray, "parts 3"]
    offset: Float32[np.ndarray, "parts 3"]


def harmonised(item: Warped, target_lab: Float32[np.ndarray, "H W 3"], target_parts: UInt8[np.ndarray, "H W"],
               frame: Frame, *, ground_lab: Float32[np.ndarray, "H W 3"] | None = None) -> Float32[np.ndarray, "H W 3"]:
    """The warped view in the guide's colours.

    Each part's mean and spread are brought towards the guide's, within limits. Faces are aligned to a few texels, so there the
    broad form is replaced by the guide's, and paint is later chosen by its drawing and strokes alone.

    Parameters
    ----------
    item : Warped
        A view on the guide's layout.
    target_lab : (H, W, 3) float32
        CIE Lab of the guide.
    target_parts : (H, W) uint8
        Its parts.
    frame : Frame
    ground_lab : (H, W, 3) float32, optional
        What the guide's ground is or would be at every place, without strokes (`bare_ground`): the view's ground takes on its
        broad form and keeps its own strokes. None to change ground as other parts are.

    Returns
    -------
    (H, W, 3) float32
        sRGB in [0, 1].
    """
    eye_px = frame.eye_distance_px
    lab = rgb_to_lab(extended(item))
    change = _part_changes(lab, item, target_lab, target_parts)
    offset = broad_blur(change.offset[item.parts], _BORDER * eye_px)
    gain = broad_blur(change.gain[item.parts], _BORDER * eye_px)
    lab = lab * gain + offset
    common = (np.isin(item.parts, FACE_PARTS) & np.isin(target_parts, FACE_PARTS)).astype(np.float32)
    both_faces = broad_blur(cv2.erode(common, np.ones((3, 3), np.uint8)), _FACE_EDGE * eye_px)
    lab = _without_noise(lab, target_lab, np.isin(item.parts, (*FACE_PARTS, Part.NECK)), eye_px)
    broad = broad_blur(target_lab - lab, LOW_BAND * eye_px)
    lab = lab + both_faces[..., None] * np.clip(broad, -_BROAD_LIMIT_LAB, _BROAD_LIMIT_LAB)
    if ground_lab is not None:
        lab = _on_ground(lab, (item.parts == Part.BACKGROUND) & item.valid, ground_lab, eye_px)
    return lab_to_rgb(lab)


def bare_ground(target_lab: Float32[np.ndarray, "H W 3"], ground: Bool[np.ndarray, "H W"],
                frame: Frame) -> Float32[np.ndarray, "H W 3"]:
    """A guide's ground without strokes, continued behind the figure.

    Parameters
    ----------
    target_lab : (H, W, 3) float32
        CIE Lab of the guide.
    ground : (H, W) bool
        Where it shows ground.
    frame : Frame
    """
    broad, weight = _broad_within(target_lab, ground, frame.eye_distance_px)
    return fill_holes(broad, weight >= _GROUND_SEEN)


def _on_ground(lab: Float32[np.ndarray, "H W 3"], ground: Bool[np.ndarray, "H W"], ground_lab: Float32[np.ndarray, "H W 3"],
               eye_px: float) -> Float32[np.ndarray, "H W 3"]:
    """A picture whose ground has the broad form of another, and its own strokes without specks."""
    broad, weight = _broad_within(lab, ground, eye_px)
    fine = lab - broad
    spread = np.sqrt(_broad_within(fine ** 2, ground, eye_px)[0])
    fine = np.clip(fine, -_SPECK * spread, _SPECK * spread)
    share = (soften(ground, _GROUND_EDGE * eye_px) * (weight > _GROUND_SEEN))[..., None]
    return (lab + share * (ground_lab + fine - lab)).astype(np.float32)


def _broad_within(picture: Float32[np.ndarray, "H W 3"], mask: Bool[np.ndarray, "H W"],
                  eye_px: float) -> tuple[Float32[np.ndarray, "H W 3"], Float32[np.ndarray, "H W"]]:
    """The broad form of what lies within a mask, and how much of the mask each place sees."""
    inside = mask.astype(np.float32)
    weight = broad_blur(inside, _GROUND_FORM * eye_px)
    broad = broad_blur(picture * inside[..., None], _GROUND_FORM * eye_px)
    return broad / np.maximum(weight, 1e-6)[..., None], weight


def _part_changes(lab: Float32[np.ndarray, "H W 3"], item: Warped, target_lab: Float32[np.ndarray, "H W 3"],
                  target_parts: UInt8[np.ndarray, "H W"]) -> _Change:
    """How the colours of each part are changed; parts that one of the pictures hardly shows are left alone."""
    shift, spread = np.zeros((len(Part), 3), np.float32), np.ones((len(Part), 3), np.float32)
    centre = np.zeros((len(Part), 3), np.float32)
    for group in _TOGETHER:
        mine, theirs = np.isin(item.parts, group) & item.valid, np.isin(target_parts, group)
        if mine.sum() < _LEAST_TEXELS or theirs.sum() < _LEAST_TEXELS:
            continue
        own, goal = lab[mine], target_lab[theirs]
        for part in group:
            centre[part] = own.mean(0)
            shift[part] = np.clip(goal.mean(0) - own.mean(0), -_SHIFT_LIMIT, _SHIFT_LIMIT)
            spread[part] = np.clip(goal.std(0) / np.maximum(own.std(0), 1e-3), *_SPREAD_LIMIT)
            if part in _DARK_PARTS:
                shift[part, 0], spread[part, 0] = min(shift[part, 0], _DARK_LIFT), min(spread[part, 0], _DARK_STRETCH)
    return _Change(spread, shift + (1 - spread) * centre)


def _without_noise(lab: Float32[np.ndarray, "H W 3"], target_lab: Float32[np.ndarray, "H W 3"],
                   skin: Bool[np.ndarray, "H W"], eye_px: float) -> Float32[np.ndarray, "H W 3"]:
    """The picture with fine detail outside skin limited to a little more than the guide has there: poor scans of dark grounds
    are full of coloured noise, which is not brushwork."""
    fine, strength = _fine_detail(lab, eye_px)
    allowed = _NOISE_OF_GUIDE * _fine_detail(target_lab, eye_px)[1] + _GRAIN
    gain = np.minimum(1.0, allowed / np.maximum(strength, 1e-3))
    away = broad_blur((~skin).astype(np.float32), _SKIN_EDGE * eye_px)[..., None]
    return lab - away * (1 - gain) * fine


def _fine_detail(lab: Float32[np.ndarray, "H W 3"],
                 eye_px: float) -> tuple[Float[np.ndarray, "H W 3"], Float[np.ndarray, "H W 3"]]:
    """What is finer than 0.04 outer eye distances, and its strength around each place (root mean square)."""
    fine = lab - broad_blur(lab, _FINE * eye_px)
    return fine, np.sqrt(broad_blur(fine ** 2, _FELT * eye_px))
