"""Faces in any picture in memory (a photograph, a guide, a finished painting): found, measured, and found again.

`features.measure` describes a work of the corpus at its best resolution and with care. Here a picture in memory is looked at
quickly, at no more than 1200 px a side. There are two ways of finding a face, which are deliberately independent:

- `find_faces` asks our own search, the one that measured the corpus: for pictures that come from outside;
- `detect_face` and `find_face_at` ask dlib's HOG detector, which measuring never uses: for judging what was painted, so that
  the judge does not share the blind spots of what guided the painting.

Landmarks are always in pixels of the picture that was given.
"""

from collections.abc import Mapping, Sequence

import cv2
import numpy as np
from jaxtyping import Float, Float32, UInt8

from data.colour import to_uint8
from data.coordinates import rescale_points, unscaled_points
from data.estimate import Estimate
from data.landmarks import outer_eye_distance
from data.parts import FACE_PARTS, Part
from features.face.confidence import face_confidence
from features.face.detection import find_candidates
from features.face.landmarks import find_landmarks, given_landmarks
from features.networks.packaged import run_embedder, run_hog, run_predictor
from features.sitter.attributes import estimate_attributes
from features.sitter.parts import parts_map

LOOK_SIDE_PX = 1200
"""Pictures are looked at reduced to this longest side: larger ones cost time and show no face better."""
_LEAST_SIDE_PX = 32  # a smaller picture holds no face that could be measured
_SURE_FACE = 0.5  # confidence from which a finding counts as a face, as in `features.measure`
_SAME_FACE = 0.6  # two findings nearer than this many outer eye distances are one face
_LEAST_EYES_PX = 90.0  # dlib's detector sees faces from 80 px a side on: smaller ones are shown to it enlarged to this


def find_faces(rgb: Float32[np.ndarray, "H W 3"]) -> list[Float[np.ndarray, "68 2"]]:
    """Landmarks of every sure face of a picture in [0, 1], by our own search, the largest first; empty without any."""
    if min(rgb.shape[:2]) < _LEAST_SIDE_PX:
        return []
    picture, scale = _measurable(rgb)
    found = []
    for candidate in find_candidates(picture):
        geometry = find_landmarks(picture, candidate)
        if face_confidence(candidate, geometry) >= _SURE_FACE:
            found.append(unscaled_points(geometry.landmarks_xy, scale))
    found.sort(key=outer_eye_distance, reverse=True)
    kept: list[np.ndarray] = []
    for points in found:
        if all(np.linalg.norm(points.mean(0) - other.mean(0)) > _SAME_FACE * outer_eye_distance(other) for other in kept):
            kept.append(points)
    return kept


def attributes_of_faces(rgb: Float32[np.ndarray, "H W 3"],
                        faces: Sequence[Float[np.ndarray, "68 2"]]) -> list[dict[str, Estimate]]:
    """Attributes by name of everybody with these landmarks in a picture, the first one thoroughly measured."""
    picture, scale = _measurable(rgb)
    return [estimate_attributes(picture, given_landmarks(picture, rescale_points(points, scale)), thorough=number == 0)[0]
            for number, points in enumerate(faces)]


def parts_of_faces(rgb: Float32[np.ndarray, "H W 3"], faces: Sequence[Float[np.ndarray, "68 2"]],
                   attributes: Sequence[Mapping[str, Estimate]]) -> UInt8[np.ndarray, "H W"]:
    """One parts map of everybody in a picture.

    Parameters
    ----------
    rgb : (H, W, 3) float32
        sRGB in [0, 1].
    faces : sequence of (68, 2)
        Landmarks in pixels of `rgb`.
    attributes : sequence of dict
        Of each face, as `attributes_of_faces` gives them.

    Returns
    -------
    (H, W) uint8
        Values of `data.parts.Part`. Where sitters overlap, heads go over bodies and later heads over earlier ones; all
        BACKGROUND without faces.
    """
    parts = np.zeros(rgb.shape[:2], np.uint8)
    for points, known in zip(faces, attributes, strict=True):
        own = parts_map(rgb, points, attributes=known)
        head = np.isin(own, FACE_PARTS)
        parts = np.where(head | (parts == Part.BACKGROUND), own, parts)
    return parts.astype(np.uint8)


def detect_face(rgb: Float32[np.ndarray, "H W 3"]) -> tuple[float, Float[np.ndarray, "68 2"]] | tuple[None, None]:
    """Score and landmarks of the best face by dlib's HOG detector at its normal threshold; (None, None) without one."""
    picture, _ = _judged(rgb)
    boxes, scores = run_hog(picture, 0.0)
    if not boxes:
        return None, None
    best = int(np.argmax(scores))
    sizes = np.array([picture.shape[1], picture.shape[0]]) / np.array([rgb.shape[1], rgb.shape[0]])
    return float(scores[best]), unscaled_points(run_predictor(picture, boxes[best:best + 1])[0], sizes)


def find_face_at(rgb: Float32[np.ndarray, "H W 3"], wanted_xy: Float[np.ndarray, "68 2"], *,
                 least_eyes_px: float = _LEAST_EYES_PX) -> Float[np.ndarray, "68 2"] | None:
    """The landmarks that dlib's detector, at its normal threshold, and predictor see where a face was meant to be.

    Parameters
    ----------
    rgb : (H, W, 3) float32
        sRGB in [0, 1].
    wanted_xy : (68, 2)
        Where the face was meant to be, in pixels of `rgb`; a finding counts if its box holds their middle.
    least_eyes_px : float
        A face whose outer eye corners lie nearer together than this is looked at enlarged to it.

    Returns
    -------
    (68, 2) float64, or None
        In pixels of `rgb`; None if the detector sees no face there.
    """
    scale = max(1.0, least_eyes_px / outer_eye_distance(wanted_xy))
    picture = to_uint8(cv2.resize(rgb, None, fx=scale, fy=scale, interpolation=cv2.INTER_CUBIC) if scale > 1 else rgb)
    centre = rescale_points(wanted_xy.mean(0), scale)
    boxes = [box for box in run_hog(picture)[0] if box[0] < centre[0] < box[2] and box[1] < centre[1] < box[3]]
    if not boxes:
        return None
    box = min(boxes, key=lambda box: np.hypot(*(np.reshape(box, (2, 2)).mean(0) - centre)))
    return unscaled_points(run_predictor(picture, [box])[0], scale)


def painted_embedding(rgb: Float32[np.ndarray, "H W 3"],
                      landmarks_xy: Float[np.ndarray, "68 2"]) -> Float32[np.ndarray, "128"]:
    """The face embedding of a painted face given by its landmarks, from the picture reduced to `LOOK_SIDE_PX`."""
    picture, scale = _judged(rgb)
    return run_embedder(picture, rescale_points(landmarks_xy, scale))


def painted_attributes(rgb: Float32[np.ndarray, "H W 3"], landmarks_xy: Float[np.ndarray, "68 2"]) -> dict[str, Estimate]:
    """All attributes of a painted face given by its landmarks, measured as if nothing were known of what was wanted."""
    picture, scale = _judged(rgb)
    attributes, _, _ = estimate_attributes(picture, given_landmarks(picture, rescale_points(landmarks_xy, scale)))
    return attributes


def _reduced(rgb):
    """The picture (H, W, 3) of at most LOOK_SIDE_PX a side, and its share of the size given."""
    scale = min(1.0, LOOK_SIDE_PX / max(rgb.shape[:2]))
    return cv2.resize(rgb, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA) if scale < 1 else rgb, scale


def _measurable(rgb):
    """What a picture from outside is measured in: (h, w, 3) uint8, and its share of the size given."""
    small, scale = _reduced(rgb)
    return np.ascontiguousarray(to_uint8(small)), scale


def _judged(rgb):
    """What a painted picture is judged by: (h, w, 3) uint8, and its share of the size given.

    Halves are rounded up here and to even numbers in `_measurable`: stored judgements must not change by a unit.
    """
    small, scale = _reduced(rgb)
    return np.ascontiguousarray(np.clip(np.asarray(small, np.float32) * 255 + 0.5, 0, 255).astype(np.uint8)), scale
