"""The parts map: which part of a portrait every pixel shows.

A person-segmentation network (see features.networks) separates sitter and ground; it was made for people before a
camera and works on painted ones. Within the sitter, the face follows from the landmarks, and hair, neck and clothing
from place and colour: each is learned from where it certainly is in this very painting.
"""

import cv2
import numpy as np

from data.landmarks import (
    CHIN,
    JAW,
    LEFT_BROW,
    LEFT_EYE,
    NOSE,
    OUTER_LIP,
    RIGHT_BROW,
    RIGHT_EYE,
    check_landmarks,
)
from data.parts import Part
from features.networks import run_person

ALGORITHM_VERSION = 1
_WORKING_PX = 480


def parts_map(rgb, landmarks_xy, *, attributes=None):
    """Label every pixel of a portrait.

    Parameters
    ----------
    rgb : (H, W, 3) float32 in [0, 1]
    landmarks_xy : (68, 2)
        In pixels of `rgb`.
    attributes : dict of Estimate, optional
        `facial_hair` says whether what hangs below the jaw may be a beard.

    Returns
    -------
    (H, W) uint8
        Labels of `data.parts.Part`.
    """
    landmarks = check_landmarks(landmarks_xy)
    height, width = rgb.shape[:2]
    scale = min(1.0, _WORKING_PX / max(height, width))
    small = cv2.resize(np.ascontiguousarray(rgb, np.float32), None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
    points = (landmarks + 0.5) * [small.shape[1] / width, small.shape[0] / height] - 0.5
    hair = (attributes or {}).get("facial_hair")
    labels = _label(small, points, bearded=hair is not None and hair.value == "beard")
    labels = cv2.resize(labels, (width, height), interpolation=cv2.INTER_NEAREST)
    return _features(labels, landmarks)


def person_matte(rgb, landmarks_xy):
    """Probability of "sitter" for every pixel, (H, W) float32, edges drawn to those of the picture."""
    height, width = rgb.shape[:2]
    unit, centre = _unit(landmarks_xy), landmarks_xy[JAW].mean(0)
    # The network expects a person to fill its view: show it the whole and a half-length around the face.
    half = 5.0 * unit
    crop = [max(0, centre[0] - half), max(0, centre[1] - 0.7 * half), min(width, centre[0] + half),
            min(height, centre[1] + 1.3 * half)]
    total, weight = np.zeros((height, width), np.float32), np.zeros((height, width), np.float32)
    for x0, y0, x1, y1 in (np.round(crop).astype(int), np.array([0, 0, width, height])):
        view = np.round(rgb[y0:y1, x0:x1] * 255).astype(np.uint8)
        seen = run_person(cv2.resize(view, (256, 256), interpolation=cv2.INTER_AREA))
        inside = (1.0 if weight.any() else 2.0)
        total[y0:y1, x0:x1] += inside * cv2.resize(seen, (x1 - x0, y1 - y0), interpolation=cv2.INTER_LINEAR)
        weight[y0:y1, x0:x1] += inside
    return np.clip(_guided(total / np.maximum(weight, 1e-6), rgb, radius=max(3, round(0.12 * unit))), 0, 1)


def _unit(points):
    """Size of the face: eye-to-chin height over 1.26, or the eye distance if larger."""
    eyes = (points[LEFT_EYE].mean(0) + points[RIGHT_EYE].mean(0)) / 2
    return max(np.linalg.norm(points[36] - points[45]), np.linalg.norm(points[CHIN] - eyes) / 1.26)


def _guided(mask, rgb, *, radius, epsilon=1e-3):
    """Guided filter (He, Sun and Tang 2013, doi:10.1109/TPAMI.2012.213) with the lightness as guide."""
    guide = np.sqrt(np.clip(rgb.mean(-1), 0, 1)).astype(np.float32)
    size = (2 * radius + 1,) * 2

    def mean(picture):
        return cv2.blur(picture, size)

    average, mask_average = mean(guide), mean(mask)
    slope = (mean(guide * mask) - average * mask_average) / (mean(guide * guide) - average ** 2 + epsilon)
    return mean(slope) * guide + mean(mask_average - slope * average)


def _label(rgb, points, *, bearded):
    height, width = rgb.shape[:2]
    unit, chin = _unit(points), points[CHIN]
    eyes = (points[LEFT_EYE].mean(0) + points[RIGHT_EYE].mean(0)) / 2
    ys, xs = np.mgrid[:height, :width].astype(np.float32)
    right, down = (xs - eyes[0]) / unit, (ys - eyes[1]) / unit
    below = (ys - chin[1]) / unit
    lab = cv2.cvtColor(cv2.GaussianBlur(rgb, (0, 0), max(0.6, 0.02 * unit)), cv2.COLOR_RGB2LAB)
    face = _polygon((height, width), face_outline(points))
    person = person_matte(rgb, points)
    person = np.maximum(person, face.astype(np.float32)) > 0.5
    person = _largest(_smooth(person, 0.05 * unit), face)
    labels = np.zeros((height, width), np.uint8)
    labels[person] = Part.CLOTHING
    # Hair surely is around the upper face; clothes surely are well below the chin.
    radius = np.hypot(right * 0.95, (down - 0.1) * 0.85)
    crown = person & ~face & (radius < 1.9) & (below < -0.55)
    cloth = person & (below > 1.3)
    skin_tone, skin_spread = _tone(lab, face & (down > 0.1) & (down < 0.9))
    hair_tone, hair_spread = _tone(lab, crown & (radius < 1.25))
    cloth_tone, cloth_spread = _tone(lab, cloth)
    to_hair = np.linalg.norm((lab - hair_tone) / hair_spread, axis=-1)
    to_cloth = np.linalg.norm((lab - cloth_tone) / cloth_spread, axis=-1)
    to_skin = np.linalg.norm((lab - skin_tone) / skin_spread, axis=-1)
    labels[crown | (person & (down < -0.3))] = Part.HAIR
    beside = person & ~face & (below >= -0.55) & (below < 1.0) & (np.abs(right) > 0.35) & (radius < 2.3)
    hanging = _smooth(beside & (to_hair < 0.9 * to_cloth) & (to_hair < to_skin) & (below < 0.9), 0.05 * unit)
    labels[hanging & beside] = Part.HAIR
    labels[person & ~face & (below < -0.25) & (radius < 1.4)] = Part.HAIR
    widening = (0.6 + 0.6 * np.clip(below, 0, 1)) * unit
    throat = person & ~face & (below > -0.7) & (below < 1.6) & (np.abs(xs - chin[0]) < widening)
    linen = (lab[..., 0] > skin_tone[0] + 8) & (below < 0.7) & (np.abs(lab[..., 2]) < 25)
    neck = throat & ((to_skin < np.minimum(to_cloth, to_hair) * 1.1) | linen)
    under = person & ~face & (below > -0.5) & (below < 0.25) & (np.abs(xs - chin[0]) < 0.5 * unit)
    neck = _smooth(neck | under, 0.06 * unit) & throat
    labels[neck] = Part.NECK
    if bearded:
        beard_tone, beard_spread = _tone(lab, face & (down > 1.0))
        to_beard = np.linalg.norm((lab - beard_tone) / beard_spread, axis=-1)
        reach = person & ~face & (below > -0.6) & (below < 1.3) & (np.abs(xs - chin[0]) < 0.62 * unit)
        beard = _smooth(reach & (to_beard < to_cloth) & (to_beard < to_skin), 0.05 * unit) & reach
        labels[_largest(beard | face, face) & beard & ~face] = Part.HAIR
    labels[face] = Part.FACE
    return labels


def face_outline(points):
    """The face with its forehead up to about the hairline, (N, 2) polygon."""
    eyes = (points[LEFT_EYE].mean(0) + points[RIGHT_EYE].mean(0)) / 2
    up = eyes - points[CHIN]
    up = up / max(np.linalg.norm(up), 1e-6)
    brows = np.vstack([points[LEFT_BROW], points[RIGHT_BROW]])
    arch = np.sin(np.linspace(0.12, 0.88, len(brows)) * np.pi)[:, None]
    return cv2.convexHull(np.vstack([points[JAW], brows + up * 0.52 * arch * _unit(points)]).astype(np.float32))[:, 0]


def _polygon(shape, polygon):
    mask = np.zeros(shape, np.uint8)
    cv2.fillPoly(mask, [np.round(polygon).astype(np.int32)], 1)
    return mask > 0


def _smooth(mask, sigma):
    return cv2.GaussianBlur(mask.astype(np.float32), (0, 0), max(sigma, 0.6)) > 0.5


def _largest(mask, core):
    """The connected pieces of a mask that touch `core`, holes filled; all of it if none does."""
    count, numbers = cv2.connectedComponents(mask.astype(np.uint8))
    kept = np.isin(numbers, np.setdiff1d(np.unique(numbers[core & mask]), [0])) if (core & mask).any() else mask
    outside, holes = cv2.connectedComponents((~np.pad(kept, 1)).astype(np.uint8))
    return (np.pad(kept, 1) | (holes != holes[0, 0]))[1:-1, 1:-1] if outside > 1 else kept


def _tone(lab, mask):
    """Median and spread of Lab where a part surely is; a far-off tone where it is nowhere."""
    if mask.sum() < 12:
        return np.array([-500.0, 0, 0], np.float32), np.ones(3, np.float32)
    chosen = lab[mask]
    middle = np.median(chosen, 0)
    return middle, np.maximum(1.5 * np.median(np.abs(chosen - middle), 0), [6.0, 3.0, 3.0])


def _features(labels, points):
    for part, spans in ((Part.NOSE, [NOSE]), (Part.BROWS, [LEFT_BROW, RIGHT_BROW]), (Part.EYES, [LEFT_EYE, RIGHT_EYE]),
                        (Part.LIPS, [OUTER_LIP])):
        for span in spans:
            hull = cv2.convexHull(points[span].astype(np.float32))
            cv2.fillPoly(labels, [np.round(hull).astype(np.int32)], int(part))
    return labels
