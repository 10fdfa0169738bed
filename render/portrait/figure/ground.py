"""The ground of a portrait: broad light and colour of another painting's ground, without what stands in it."""

import cv2
import numpy as np
from jaxtyping import Bool, Float, Float32

from data.colour import rgb_to_lab
from data.parts import Part
from models.alignment import Frame
from models.shape import to_frame
from models.view import View
from models.warping import warped

_SMALL_PX = 144             # a ground is smooth: it is fitted small
_OFF_THE_FIGURE = 0.2       # eye distances between the figure and what counts as its ground
_LEAST_TEXELS = 500
_ROUNDS, _OUTLIER_LAB = 6, 4.0
_RIDGE, _RIDGE_WEIGHTS = 30.0, np.diag([0.0, 1.0, 1.0, 4.0, 4.0, 4.0])
_LOW, _HIGH = 8, 92         # percentiles of the ground's colours that the fit keeps within
_REST, _REST_LIMIT_LAB, _REST_BLUR = 0.7, 6.0, 0.5      # of what the fit leaves: share, most, and sigma in eye distances
_DARK_LAB = np.array([18.0, 1.0, 4.0], np.float32)


def plain_ground(view: View, layout: Float[np.ndarray, "68 2"], frame: Frame) -> Float32[np.ndarray, "H W 3"]:
    """CIE Lab of a plain ground as this painting has it, all over the frame.

    Parameters
    ----------
    view : View
        Whose ground.
    layout : (68, 2) float
        Onto which its head is carried, eye units.
    frame : Frame
    """
    small = frame.scaled(_SMALL_PX)
    seen = warped(view, to_frame(np.asarray(layout), small), small)
    side = 2 * max(1, round(_OFF_THE_FIGURE * small.eye_distance_px)) + 1
    known = cv2.erode(((seen.parts == Part.BACKGROUND) & seen.valid).astype(np.uint8), np.ones((side, side), np.uint8)) > 0
    fitted = _fitted(rgb_to_lab(seen.colour), known, view, small)
    return cv2.resize(fitted, frame.size_px, interpolation=cv2.INTER_CUBIC)


def _fitted(lab: Float32[np.ndarray, "h w 3"], known: Bool[np.ndarray, "h w"], view: View,
            frame: Frame) -> Float32[np.ndarray, "h w 3"]:
    """A quadratic, robustly fitted and kept within the ground's own colours, with broad unevenness on top."""
    if known.sum() < _LEAST_TEXELS:
        tone = view.tones[Part.BACKGROUND]
        return np.zeros_like(lab) + (_DARK_LAB if np.isnan(tone).any() else tone.astype(np.float32))
    width, height = frame.size_px
    y, x = np.mgrid[:height, :width].astype(np.float64)
    x, y = x / width - 0.5, y / height - 0.5
    design = np.stack([np.ones_like(x), x, y, x * y, x * x, y * y], -1)
    rows, wanted, weight = design[known], lab[known].astype(np.float64), np.ones(int(known.sum()))
    for _ in range(_ROUNDS):
        normal = (rows * weight[:, None]).T @ rows + _RIDGE * _RIDGE_WEIGHTS
        plane = np.linalg.solve(normal, (rows * weight[:, None]).T @ wanted)
        weight = 1 / (1 + (np.linalg.norm(wanted - rows @ plane, axis=1) / _OUTLIER_LAB) ** 2)
    low, high = np.percentile(wanted, [_LOW, _HIGH], axis=0)
    middle, half = (low + high) / 2, (high - low + 2) / 2
    fit = (middle + half * np.tanh((design @ plane - middle) / half)).astype(np.float32)
    sigma = _REST_BLUR * frame.eye_distance_px
    left = np.where(known[..., None], np.clip(lab - fit, -_REST_LIMIT_LAB, _REST_LIMIT_LAB), 0).astype(np.float32)
    felt = cv2.GaussianBlur(known.astype(np.float32), (0, 0), sigma)[..., None]
    return fit + np.float32(_REST) * cv2.GaussianBlur(left, (0, 0), sigma) / np.maximum(felt, 0.3)
