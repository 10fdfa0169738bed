"""What the eye would see at once where a head sits on a body it was not painted for, in points."""

import cv2
import numpy as np
from jaxtyping import Bool, Float, Float32

from data.landmarks import CHIN, JAW
from data.parts import FACE_PARTS, Part
from models.alignment import Frame
from render.portrait.join import Joined
from render.portrait.neck import neck_sides
from render.portrait.skin import skin_share, skin_tone

_LEAST_SKIN = 0.08          # less bare skin below the jaw (outer eye distances squared) shows no step of tone
_HUE_LAB = 9.0              # skin of face and neck may differ in a*, b* by so much, each unit of it more is a point; ...
_LIGHTER, _DARKER = 5.0, 26.0   # ... a neck may be so much lighter or darker than the face's lit skin (L*)
_STEP_LAB = 9.0             # that costs a point beyond it
_STRIP = (0.08, 0.3)        # depth below the jaw in which a neck, collar or beard must stand, outer eye distances
_FREE, _FLOATING = 0.08, 5.0    # share of it that may show ground, and points for all of it beyond
_NARROWEST = 0.55           # width of what carries the head, as a share of the jaw's: narrower is a fault
_LEAST_GAP, _GAP_POINTS = 0.05, 8.0 # so much of a neck may be filled in (outer eye distances squared); points for each more
_ALMOST_NONE = 0.02
_FINE = 0.03                # what is finer than this (sigma, outer eye distances) is compared in sharpness
_SHARPNESS_STEP = 1.6       # octaves by which the sharpness of head and body may differ
_LIGHT_STEP = 10.0          # L* per eye unit by which their light may differ; a point each as much more


def join_fault(joined: Joined, landmarks: Float[np.ndarray, "68 2"], frame: Frame, *,
               head_light: Float[np.ndarray, " 2"] | None = None,
               body_light: Float[np.ndarray, " 2"] | None = None) -> dict[str, float]:
    """Points for a join, by what is wrong with it; 0 for what is as it should be.

    Parameters
    ----------
    joined : Joined
    landmarks : (68, 2)
        Texels of `frame`.
    frame : Frame
    head_light, body_light : (2,) float, optional
        `View.light` of who lends the head and of who lends the body.

    Returns
    -------
    dict
        "skin": a step in tone from face to neck. "floating": ground where a neck should stand. "neck": what carries the head
        is too thin. "sharpness": one is painted or scanned more finely. "light": they are lit from different sides.
        "gap": much of the neck was painted by nobody.
    """
    eye_px, layer = frame.eye_distance_px, joined.layer
    light = (0.0 if head_light is None or body_light is None else
             max(0.0, float(np.linalg.norm(np.subtract(head_light, body_light))) / _LIGHT_STEP - 1))
    floating, thin = _carried(layer.parts == Part.BACKGROUND, landmarks, eye_px)
    return {"skin": _skin_step(joined, landmarks, eye_px), "floating": floating, "neck": thin,
            "sharpness": _sharpness_step(joined, eye_px), "light": light,
            "gap": _invented(joined, eye_px)}


def _skin_step(joined: Joined, landmarks: Float[np.ndarray, "68 2"], eye_px: float) -> float:
    lab, parts = joined.layer.lab, joined.layer.parts
    tone = skin_tone(lab, np.isin(parts, FACE_PARTS))
    below = (np.arange(parts.shape[0]) > landmarks[CHIN, 1])[:, None]
    # Colours are halved: skin of another hue is what is looked for.
    paler = np.array([1.0, 0.5, 0.5], np.float32)
    rough = skin_share(lab * paler, tone * paler) > 0.6
    neck = (parts == Part.NECK) & below & rough
    if np.isnan(tone).any() or neck.sum() < _LEAST_SKIN * eye_px ** 2:
        return 0.0
    step = skin_tone(lab, neck) - tone
    hue = max(0.0, float(np.hypot(step[1], step[2])) - _HUE_LAB)
    lightness = max(0.0, float(step[0]) - _LIGHTER, -float(step[0]) - _DARKER)
    return (hue + lightness) / _STEP_LAB


def _carried(ground: Bool[np.ndarray, "H W"], landmarks: Float[np.ndarray, "68 2"], eye_px: float) -> tuple[float, float]:
    """Points for ground right below the jaw, and for a neck too thin to carry the head."""
    left, right = (int(np.clip(side, 0, ground.shape[1] - 1)) for side in neck_sides(landmarks, eye_px))
    chin = landmarks[CHIN, 1]
    strip = ground[int(chin + _STRIP[0] * eye_px):int(chin + _STRIP[1] * eye_px) + 1, left:right + 1]
    if not strip.size:
        return 0.0, 0.0
    jaw = float(np.ptp(landmarks[JAW, 0]))
    wide = ground[int(chin + _STRIP[1] * eye_px), max(0, int(landmarks[JAW, 0].min())):int(landmarks[JAW, 0].max()) + 1]
    carried = float((~wide).sum()) / max(jaw, 1.0)
    return _FLOATING * max(0.0, float(strip.mean()) - _FREE), _FLOATING * max(0.0, _NARROWEST - carried)


def _invented(joined: Joined, eye_px: float) -> float:
    """Points for the part of a neck that neither painting shows."""
    filled = ((joined.layer.parts == Part.NECK) & ~joined.layer.provenance.known & (joined.head < _ALMOST_NONE)
              & (joined.own_neck < _ALMOST_NONE))
    filled = cv2.erode(filled.astype(np.uint8), np.ones((3, 3), np.uint8))      # not the edges, which are mixed
    return max(0.0, float(filled.sum()) / eye_px ** 2 - _LEAST_GAP) * _GAP_POINTS


def _sharpness_step(joined: Joined, eye_px: float) -> float:
    lightness = np.ascontiguousarray(joined.layer.lab[..., 0])
    fine = np.abs(lightness - cv2.GaussianBlur(lightness, (0, 0), _FINE * eye_px))
    inside = cv2.erode((joined.head > 0.98).astype(np.uint8), np.ones((3, 3), np.uint8)) > 0
    cloth = joined.layer.parts == Part.CLOTHING
    if inside.sum() < eye_px ** 2 / 4 or cloth.sum() < eye_px ** 2 / 4:
        return 0.0
    strength = [_typical(fine, where, lightness) for where in (inside, cloth)]
    return max(0.0, float(abs(np.log2(strength[0] / strength[1]))) - _SHARPNESS_STEP)


def _typical(fine: Float32[np.ndarray, "H W"], where: Bool[np.ndarray, "H W"], lightness: Float32[np.ndarray, "H W"]) -> float:
    """Strength of fine detail where there is much of it; dark paint, which shows little, is not held against it."""
    return float(np.percentile(fine[where] / (8.0 + lightness[where]), 90)) + 1e-4
