"""The ground of a portrait: broad light and colour of another painting's ground, with the grain of its canvas; or, where that
shows a landscape or a curtain, the ground itself, carried elsewhere."""

import cv2
import numpy as np
from jaxtyping import Bool, Float, Float32, UInt8

from data.colour import rgb_to_lab
from data.parts import Part
from models.alignment import Frame
from models.shape import to_frame
from models.view import View
from models.view_key import ViewKey
from models.warping import carried, read_for, warped
from render.imaging.blending import fill_holes
from render.imaging.filters import soften
from render.imaging.random_phase import random_phase
from render.portrait.figure.body import scan_places
from render.portrait.figure.figure_layout import Way
from render.portrait.layer import Layer
from render.portrait.provenance import Provenance

_SMALL_PX = 144             # a ground is smooth: it is fitted small
_OFF_THE_FIGURE = 0.2       # eye distances between the figure and what counts as its ground
_LEAST_TEXELS = 500
_ROUNDS, _OUTLIER_LAB = 6, 4.0
_RIDGE, _RIDGE_WEIGHTS = 30.0, np.diag([0.0, 1.0, 1.0, 4.0, 4.0, 4.0])
_LOW, _HIGH = 8, 92         # percentiles of the ground's colours that the fit keeps within
_REST, _REST_LIMIT_LAB, _REST_BLUR = 0.7, 6.0, 0.5      # of what the fit leaves: share, most, and sigma in eye distances
# Grain is what is finer than this (sigma, eye distances), at most so strong; it is looked at in the calmest square of this
# side.
_GRAIN, _GRAIN_LIMIT_LAB, _SAMPLE, _LEAST_SAMPLE_PX = 0.12, 6.0, 1.4, 16
_ALL_KNOWN = 0.99
_ENOUGH = 0.15              # share of the frame that must show ground for what lies behind the figure to be filled from it
_GROUND_MOVED = 1.4         # a ground bears more stretching than a body
_GROUND_EDGE = 0.15         # sigma over which a carried ground becomes plain, eye distances
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


def surfaced(lab: Float32[np.ndarray, "H W 3"], view: View, layout: Float[np.ndarray, "68 2"], frame: Frame,
             rng: np.random.Generator) -> Float32[np.ndarray, "H W 3"]:
    """A plain ground with the grain that this painting's ground has where it is plain; as it is where none shows.

    Parameters
    ----------
    lab : (H, W, 3) float32
        From `plain_ground`.
    view, layout, frame
        As of `plain_ground`.
    rng : numpy.random.Generator
    """
    seen, eye_px = warped(view, to_frame(np.asarray(layout), frame), frame), frame.eye_distance_px
    side = 2 * max(1, round(_OFF_THE_FIGURE * eye_px)) + 1
    known = cv2.erode(((seen.parts == Part.BACKGROUND) & seen.valid).astype(np.uint8), np.ones((side, side), np.uint8))
    own = rgb_to_lab(seen.colour)
    fine = own - cv2.GaussianBlur(own, (0, 0), _GRAIN * eye_px)
    square = _calmest_square(fine[..., 0], known, round(_SAMPLE * eye_px))
    if square is None:
        return lab
    top, left, size = square
    sample = np.clip(fine[top:top + size, left:left + size], -_GRAIN_LIMIT_LAB, _GRAIN_LIMIT_LAB)
    return (lab + random_phase(sample, frame.height_px, frame.width_px, rng)).astype(np.float32)


def _calmest_square(fine: Float32[np.ndarray, "H W"], known: UInt8[np.ndarray, "H W"],
                    size: int) -> tuple[int, int, int] | None:
    """Top, left and side of the calmest square of plain ground: as large as wished for, or half that."""
    for side in (size, size // 2):
        if side < _LEAST_SAMPLE_PX or side > min(known.shape):
            continue
        full = cv2.boxFilter(known.astype(np.float32), -1, (side, side), anchor=(0, 0), borderType=cv2.BORDER_CONSTANT)
        energy = cv2.boxFilter(fine * fine, -1, (side, side), anchor=(0, 0), borderType=cv2.BORDER_CONSTANT)
        fits = full > _ALL_KNOWN
        fits[known.shape[0] - side + 1:] = fits[:, known.shape[1] - side + 1:] = False
        if fits.any():
            top, left = np.unravel_index(int(np.where(fits, energy, np.inf).argmin()), fits.shape)
            return int(top), int(left), side
    return None


def carried_ground(view: View, layout: Float[np.ndarray, "68 2"], way: Way, frame: Frame) -> Layer:
    """A ground with what stands in it, stretched and bent; behind its own sitter, and where its painting ends, plain.

    Parameters
    ----------
    view : View
    layout : (68, 2) float
        Onto which its head is carried, eye units.
    way : Way
        About the middle between the eyes.
    frame : Frame
    """
    eye_px = frame.eye_distance_px
    (at_x, at_y), (rows, columns) = to_frame(np.zeros((1, 2)), frame)[0], np.mgrid[:frame.height_px, :frame.width_px]
    x, y = (columns - at_x) / eye_px, (rows - at_y) / eye_px
    moved = np.stack([x, y], -1) + _GROUND_MOVED * way.moved(x, y) + way.draped(x, y)
    field = scan_places(view, layout, moved, frame)
    seen = carried(view, field, read_for(view, frame))
    side = 2 * max(1, round(_OFF_THE_FIGURE * eye_px)) + 1
    shown = cv2.erode(((seen.parts == Part.BACKGROUND) & seen.valid).astype(np.uint8), np.ones((side, side), np.uint8)) > 0
    share = soften(shown, _GROUND_EDGE * eye_px)[..., None] * shown[..., None]
    own = rgb_to_lab(seen.colour)
    behind = fill_holes(own, shown) if shown.mean() > _ENOUGH else plain_ground(view, layout, frame)
    lab = own * share + behind * (1 - share)
    whose = Provenance.nobody(shown.shape).covered(share[..., 0] > _ALL_KNOWN, ViewKey(view.name, bool(view.mirrored)), field)
    return Layer(lab.astype(np.float32), np.full(shown.shape, Part.BACKGROUND, np.uint8), np.ones(shown.shape, bool), whose)


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
