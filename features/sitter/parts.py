"""The parts map: what each pixel of a portrait shows.

A small person segmentation tells sitter from background; the landmarks give face, brows, eyes, nose and lips; colours learned
from the picture itself, with a prior of place, tell hair, neck and clothing apart. All of it happens on a reduced grid
(`features.sitter.coarse_parts`); the contours are smoothed there and enlarged as smooth fields, so they carry no steps.
"""

from collections.abc import Mapping

import cv2
import numpy as np
from jaxtyping import Float, Float32, Shaped, UInt8

from data.colour import to_uint8
from data.coordinates import rescale_points
from data.estimate import Estimate
from data.landmarks import LEFT_BROW, LEFT_EYE, NOSE_ROOT, NOSTRILS, OUTER_LIP, RIGHT_BROW, RIGHT_EYE, check_landmarks
from data.parts import Part
from features.face.upright import upright_frame
from features.sitter.coarse_parts import coarse_fields, filled

# The grid: pixels from eyes to mouth, at most; its longer side, at most and at least.
_GRID_UNIT_PX, _GRID_SIDE_PX, _GRID_LEAST_SIDE_PX = 26, 420, 64
# What each of `features.sitter.place_prior.LAYERS` becomes in a parts map.
_COARSE = (Part.BACKGROUND, Part.HAIR, Part.FACE, Part.NECK, Part.CLOTHING)
# Features are drawn a little larger than their landmarks; brows as bands of this thickness, in units of eyes to mouth.
_NOSE_GROWN, _EYES_GROWN, _LIPS_GROWN, _BROWS_THICK = 1.08, 1.25, 1.06, 0.09
# How thick a brow is along its five landmarks, and how much thinner above them than below.
_BROW_PROFILE, _BROW_ABOVE = np.array([0.5, 0.9, 1.0, 0.9, 0.5]), 0.6
# What a feature may be drawn over: it never spills over hair or background.
_UNDER_FEATURES = (Part.FACE, Part.NOSE, Part.BROWS, Part.EYES)


def parts_map(rgb: Shaped[np.ndarray, "H W 3"], landmarks_xy: Float[np.ndarray, "68 2"], *,
              attributes: Mapping[str, Estimate] | None = None) -> UInt8[np.ndarray, "H W"]:
    """Label every pixel of a portrait.

    Parameters
    ----------
    rgb : (H, W, 3) float32 in [0, 1] or uint8
    landmarks_xy : (68, 2)
        In pixels of `rgb`.
    attributes : dict of str to Estimate, optional
        A beard, where known, keeps the colour below the chin with the face.

    Returns
    -------
    (H, W) uint8
        Values of data.parts.Part.
    """
    points = check_landmarks(landmarks_xy)
    height, width = rgb.shape[:2]
    unit = upright_frame(points).unit_px
    scale = min(1.0, _GRID_UNIT_PX / unit, _GRID_SIDE_PX / max(height, width))
    scale = max(scale, _GRID_LEAST_SIDE_PX / max(height, width))
    small = cv2.resize(rgb, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
    if small.dtype != np.uint8:
        small = to_uint8(small)
    ratio = np.array(small.shape[1::-1]) / np.array([width, height])
    fields = coarse_fields(small, rescale_points(points, ratio), _bearded(attributes))
    labels = _enlarged(fields, width, height)
    _draw_features(labels, points, unit)
    return labels


def _bearded(attributes: Mapping[str, Estimate] | None) -> bool:
    beard = (attributes or {}).get("facial_hair")
    return beard is not None and beard.value == "beard"


def _enlarged(fields: Float32[np.ndarray, "5 h w"], width: int, height: int) -> UInt8[np.ndarray, "H W"]:
    """Labels from smooth fields, layer by layer so that memory stays small."""
    best = np.full((height, width), -1.0, np.float32)
    labels = np.zeros((height, width), np.uint8)
    for part, layer in zip(_COARSE, fields):
        layer = cv2.resize(layer, (width, height), interpolation=cv2.INTER_LINEAR)
        np.copyto(labels, np.uint8(part), where=layer > best)
        np.maximum(best, layer, out=best)
    return labels


def _draw_features(labels: UInt8[np.ndarray, "H W"], points: Float[np.ndarray, "68 2"], unit: float) -> None:
    """Brows, eyes, nose and lips as polygons over the face, a little larger than their landmarks; `unit` is eyes to mouth in
    pixels."""
    low = np.clip(np.floor(points.min(0) - unit).astype(int), 0, None)
    high = np.minimum(np.ceil(points.max(0) + unit).astype(int), labels.shape[1::-1])
    if (high <= low).any():
        return
    window = labels[low[1]:high[1], low[0]:high[0]]
    near = points - low
    for brow in (LEFT_BROW, RIGHT_BROW):
        _draw(window, _thickened(near[brow], _BROWS_THICK * unit), Part.BROWS)
    nose = np.vstack([near[NOSE_ROOT], near[NOSTRILS]])
    _draw(window, _grown(cv2.convexHull(nose.astype(np.float32))[:, 0], _NOSE_GROWN), Part.NOSE)
    for eye in (LEFT_EYE, RIGHT_EYE):
        _draw(window, _grown(near[eye], _EYES_GROWN), Part.EYES)
    _draw(window, _grown(near[OUTER_LIP], _LIPS_GROWN), Part.LIPS)


def _grown(contour: Float[np.ndarray, "N 2"], factor: float) -> Float[np.ndarray, "N 2"]:
    """A contour enlarged around its middle."""
    middle = contour.mean(0)
    return middle + factor * (contour - middle)


def _thickened(line: Float[np.ndarray, "5 2"], thickness: float) -> Float[np.ndarray, "10 2"]:
    """A brow's line as a closed band, thinner towards its ends."""
    normal = np.gradient(line, axis=0)[:, ::-1] * [1, -1]
    normal /= np.maximum(np.linalg.norm(normal, axis=1, keepdims=True), 1e-6)
    width = thickness * _BROW_PROFILE[:, None]
    return np.vstack([line + normal * width, (line - normal * _BROW_ABOVE * width)[::-1]])


def _draw(window: UInt8[np.ndarray, "h w"], contour: Float[np.ndarray, "N 2"], part: Part) -> None:
    """One feature, only over what belongs to the sitter's face."""
    window[filled(window.shape, contour) & np.isin(window, _UNDER_FEATURES)] = part
