"""Where a beard reaches beyond the jaw. Parts maps call that neck or clothing, for they know the face only as far as its
landmarks go.

A cut parts what is coloured like the beard on the chin from what is coloured like cloth, ground and skin, where the picture has
edges, and not farther down than beards reach.
"""

import cv2
import numpy as np
from jaxtyping import Bool, Float, Float32, Float64, Int, UInt8

from data.landmarks import CHIN, JAW, JAW_LEFT, JAW_RIGHT, LIPS, LOWER_LIP_BOTTOM, NOSE_BASE, OUTER_LIP
from data.parts import Part
from render.imaging.filters import soften
from render.portrait.colour_cut import evidence, two_labels
from render.portrait.face_areas import disc, face_hull, odd_size

_EYE_PX = 40.0              # outer eye distance at which beards are sought, texels
# Lengths in outer eye distances.
_USUAL, _WIDER = 0.4, 0.1   # a usual beard's reach below the chin, and beyond the jaw at the sides
_LONGEST = 2.3              # how many times as far from the mouth as a usual one's a long beard reaches
_BESIDE = 0.2               # no beard reaches farther than this beside the ears
_EGG_EDGE = 0.35            # share of that reach over which the prior changes
_CHIN_BAND = 0.12           # what lies so near to the lips is skin as often as hair
_CLOTH_FROM = 1.0           # clothing farther than this below the chin shows what this painting's cloth looks like
_PRIOR = 2.2                # of a place well within a usual beard
_LEAST = 0.04               # smaller findings (outer eye distances squared) are none
_LEAST_TEXELS = 12
# Hair on the chin differs so much from the cheeks in colour (Lab), or has less colour than this share of theirs, or is darker
# by this share.
_UNLIKE_SKIN_LAB, _GREYER, _DARKER = 11.0, 0.62, 0.55
_PLAIN = 0.45               # share of the chin that must look like hair, or all of it is taken for hair
_LIT_PERCENT = 30           # of the cheeks, the darkest texels are no sample of skin


def beard_below_jaw(lab: Float32[np.ndarray, "H W 3"], parts: UInt8[np.ndarray, "H W"], valid: Bool[np.ndarray, "H W"],
                    landmarks: Float[np.ndarray, "68 2"], eye_px: float) -> Bool[np.ndarray, "H W"]:
    """Where the beard reaches beyond the jaw; nowhere if the chin shows none.

    Parameters
    ----------
    lab, parts, valid
        A painting carried onto a layout: CIE Lab, parts, where there is paint.
    landmarks : (68, 2)
        Texels.
    eye_px : float
        Outer eye distance, texels.
    """
    found = np.zeros(parts.shape, bool)
    window = _window(landmarks, eye_px, parts.shape)
    scale = min(1.0, _EYE_PX / eye_px)
    corner = np.array([window[1].start, window[0].start])
    points, unit = (landmarks - corner + 0.5) * scale - 0.5, eye_px * scale
    small = cv2.resize(lab[window], None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
    small = cv2.GaussianBlur(small, (0, 0), 1.0)
    labels, there = (cv2.resize(mask[window].astype(np.uint8), small.shape[1::-1], interpolation=cv2.INTER_NEAREST)
                     for mask in (parts, valid))
    cut = _cut(small, labels, there > 0, points, unit)
    if cut.sum() >= _LEAST * unit ** 2:
        found[window] = cv2.resize(cut.astype(np.float32), lab[window].shape[1::-1], interpolation=cv2.INTER_CUBIC) > 0.5
    return found


def _window(landmarks: Float[np.ndarray, "68 2"], eye_px: float, shape: tuple[int, ...]) -> tuple[slice, slice]:
    top, bottom = landmarks[NOSE_BASE, 1] - 0.6 * eye_px, landmarks[CHIN, 1] + (_LONGEST + 0.3) * eye_px
    left, right = (landmarks[JAW, 0].min() - 1.2 * eye_px, landmarks[JAW, 0].max() + 1.2 * eye_px)
    return (slice(max(0, int(top)), min(shape[0], int(bottom))), slice(max(0, int(left)), min(shape[1], int(right))))


def _cut(lab: Float32[np.ndarray, "h w 3"], parts: UInt8[np.ndarray, "h w"], valid: Bool[np.ndarray, "h w"],
         points: Float[np.ndarray, "68 2"], unit: float) -> Bool[np.ndarray, "h w"]:
    """The cut, at the small size."""
    hull = np.zeros(parts.shape, np.uint8)
    cv2.fillPoly(hull, [np.round(face_hull(points, unit, rise=0.28)).astype(np.int32)], 1)
    face, (y, x) = hull > 0, np.mgrid[:parts.shape[0], :parts.shape[1]]
    hair, skin = _on_the_chin(lab, face, points, unit)
    if hair.sum() < max(_LEAST_TEXELS, _LEAST * unit ** 2):
        return np.zeros(parts.shape, bool)
    egg = _egg(x, y, points, unit)
    beside = np.maximum(points[JAW_LEFT, 0] - x, x - points[JAW_RIGHT, 0]) > _BESIDE * unit
    never = (egg > _LONGEST) | beside | (y < points[NOSE_BASE, 1]) | ~valid
    far = (y > points[CHIN, 1] + _CLOTH_FROM * unit) | (egg > _LONGEST)
    other = valid & ~face & (((parts == Part.CLOTHING) & far) | ((parts == Part.BACKGROUND) & (egg > 1.1)))
    odds = evidence(lab, [hair], [other, skin]) + _PRIOR * np.clip((1 - egg) / _EGG_EDGE, -1.0, 1.0)
    chosen = two_labels(lab, np.where(never, -1e3, np.where(face, 1e3, odds))) & ~face
    count, labels, stats, _ = cv2.connectedComponentsWithStats((chosen | face).astype(np.uint8))
    main = 1 + int(np.argmax(stats[1:, cv2.CC_STAT_AREA])) if count > 1 else 0
    smooth = soften((labels == main), 0.03 * unit) > 0.5
    return smooth & ~face & ~never


def _egg(x: Int[np.ndarray, "h w"], y: Int[np.ndarray, "h w"], points: Float[np.ndarray, "68 2"],
         unit: float) -> Float64[np.ndarray, "h w"]:
    """How far out each place lies in terms of a usual beard, whose rim is at 1."""
    middle = points[OUTER_LIP].mean(0)
    left, right = middle[0] - points[JAW_LEFT + 3, 0], points[JAW_RIGHT - 3, 0] - middle[0]
    wide = np.where(x < middle[0], max(left, 0.2 * unit), max(right, 0.2 * unit)) + _WIDER * unit
    high = points[CHIN, 1] - middle[1] + _USUAL * unit
    return np.hypot((x - middle[0]) / wide, np.maximum(y - middle[1], 0) / high)


def _on_the_chin(lab: Float32[np.ndarray, "h w 3"], face: Bool[np.ndarray, "h w"], points: Float[np.ndarray, "68 2"],
                 unit: float) -> tuple[Bool[np.ndarray, "h w"], Bool[np.ndarray, "h w"]]:
    """Texels of the face that are hair of a beard, and such as are skin."""
    y = np.mgrid[:face.shape[0], :face.shape[1]][0]
    lips = np.zeros(face.shape, np.uint8)
    cv2.fillPoly(lips, [np.round(cv2.convexHull(points[LIPS].astype(np.float32))).astype(np.int32)], 1)
    by_lips = cv2.dilate(lips, disc(odd_size(_CHIN_BAND * unit))) > 0
    cheeks = face & (y < points[NOSE_BASE, 1])
    if cheeks.sum() < _LEAST_TEXELS:
        return np.zeros_like(face), cheeks
    # The lighter half of the cheeks: the other lies in the shade.
    tone = np.median(lab[cheeks][lab[cheeks][:, 0] >= np.median(lab[cheeks][:, 0])], 0)
    shade = np.clip(lab[..., :1] / max(float(tone[0]), 1.0), 0.2, 1.0)
    unlike = np.abs(lab[..., 1:] - tone[1:] * shade).max(-1) * 1.3
    dark = tone[0] - lab[..., 0]
    grey = (np.hypot(lab[..., 1], lab[..., 2]) < _GREYER * np.hypot(*tone[1:]) * shade[..., 0])
    chin = face & ~by_lips & (y > points[OUTER_LIP, 1].mean())
    hair = chin & (grey | (unlike > _UNLIKE_SKIN_LAB) | (dark > _DARKER * tone[0]))
    # A beard that is nearly skin-coloured: then the chin is all beard.
    hair = hair if hair.sum() > _PLAIN * chin.sum() else chin & (y > points[LOWER_LIP_BOTTOM, 1])
    return hair, cheeks & (lab[..., 0] >= np.percentile(lab[cheeks][:, 0], _LIT_PERCENT))
