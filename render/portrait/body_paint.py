"""What is wrong with the paint of a composed body: plain measures on arrays, 0 for a body as it should be, about 1 where
somebody who looks for it finds the fault.

`render.portrait.body_faults` says how much each counts. Lengths are in outer eye distances, areas in their squares, colours in
Lab, unless said otherwise.
"""

import cv2
import numpy as np
from jaxtyping import Bool, Float32

from render.portrait.provenance import NOBODY, Provenance

_COLOUR_WEIGHTS = np.array([1.0, 0.7, 0.7], np.float32)
"""Steps of hue are felt less than steps of lightness: the shadows of one cloth differ in it."""
_NEAR_OUTLINE, _FAINT, _MOST_FAINT = 0.1, 8.0, 0.3
"""Sigma of what lies on one side of an outline, contrast below which it is not seen, and the share of it that may be so: the
shadow side of a genuine body."""
_NEAR_CUT, _STEP, _MOST_STEP, _CUT_LENGTH = 0.05, 4.0, 4.0, 4.0
"""Sigma of what lies on one side of a cut; a step that is seen; at most so many of them count; as much above it along so long
a cut counts 1."""
_OTHER_CHROMA = 10.0        # a*, b* between two parts that are seen as two colours
_FOLD_FINE, _FOLD_BROAD, _FOLD_LIMIT = 0.03, 0.35, 20.0     # sigmas between which folds lie; the most that one counts, L*
_EMPTY_FELT, _FLAT, _FLAT_LIGHT, _MOST_FLAT = 0.25, 2.0, 14.0, 0.1
"""Sigma over which folds are felt, L* of them below which cloth is empty, its own L* from which that is seen (painters leave
the dark empty), and the share of a body that may be so."""
_CUT_FELT = 0.12            # sigma over which it is felt what a cut goes through
_STRETCHED, _STRETCH_FELT, _STRETCH_SEEN = 2.0, 0.12, 5.0
"""Times as much in one direction as across it; sigma over which form is felt; L* of form in which all stretching is seen: on
plain dark cloth it is not."""


def fading(lab: Float32[np.ndarray, "H W 3"], body: Bool[np.ndarray, "H W"], ground: Bool[np.ndarray, "H W"],
           eye_px: float) -> float:
    """For the share of a body's outline at which it does not stand out from the ground.

    Parameters
    ----------
    lab : (H, W, 3) float32
    body, ground : (H, W) bool
    eye_px : float
        Outer eye distance, texels.
    """
    edge, step = _across(lab, body, ground, _NEAR_OUTLINE * eye_px)
    if edge.sum() < eye_px / 2:
        return 0.0
    faint = float((np.linalg.norm(step * _COLOUR_WEIGHTS, axis=-1)[edge] < _FAINT).mean())
    return max(0.0, faint - _MOST_FAINT) / _MOST_FAINT


def patched(lab: Float32[np.ndarray, "H W 3"], second: Bool[np.ndarray, "H W"], first: Bool[np.ndarray, "H W"],
            eye_px: float) -> float:
    """For steps of tone along the cut between what two lenders gave.

    Parameters
    ----------
    lab : (H, W, 3) float32
    second, first : (H, W) bool
    eye_px : float
        Outer eye distance, texels.
    """
    edge, step = _across(lab, second, first, _NEAR_CUT * eye_px)
    above = np.clip(np.linalg.norm(step * _COLOUR_WEIGHTS, axis=-1)[edge] / _STEP - 1, 0, _MOST_STEP)
    return float(above.sum()) / (_CUT_LENGTH * eye_px)


def two_tones(lab: Float32[np.ndarray, "H W 3"], second: Bool[np.ndarray, "H W"], first: Bool[np.ndarray, "H W"],
              eye_px: float) -> float:
    """For parts of two lenders that are of different colour: a coat of two halves.

    Parameters
    ----------
    lab : (H, W, 3) float32
    second, first : (H, W) bool
    eye_px : float
        Outer eye distance, texels.
    """
    if min(second.sum(), first.sum()) < eye_px ** 2:
        return 0.0
    return float(np.linalg.norm(np.median(lab[second][:, 1:], 0) - np.median(lab[first][:, 1:], 0))) / _OTHER_CHROMA


def empty(lightness: Float32[np.ndarray, "H W"], body: Bool[np.ndarray, "H W"], eye_px: float) -> float:
    """For the share of a body that is light enough to be seen, and flat: no fold, no ornament.

    Parameters
    ----------
    lightness : (H, W) float32
        L*.
    body : (H, W) bool
    eye_px : float
        Outer eye distance, texels.
    """
    if not body.any():
        return 0.0
    flat = (_form(lightness, body, eye_px, _EMPTY_FELT) < _FLAT) & (lightness > _FLAT_LIGHT)
    return max(0.0, float(flat[body].mean()) - _MOST_FLAT) / _MOST_FLAT


def cut_neck(neck: Bool[np.ndarray, "H W"], second: Bool[np.ndarray, "H W"], first: Bool[np.ndarray, "H W"],
             eye_px: float) -> float:
    """For the length of the cut that goes through bare neck and bosom, where no seam can be.

    Parameters
    ----------
    neck : (H, W) bool
    second, first : (H, W) bool
        What two lenders gave.
    eye_px : float
        Outer eye distance, texels.
    """
    bare, sigma_px = neck[..., None].astype(np.float32), _CUT_FELT * eye_px
    edge, _ = _across(bare, second, first, sigma_px)
    both = [_mean_within(bare, side, sigma_px)[..., 0] > 0.5 for side in (second, first)]
    return float((edge & both[0] & both[1]).sum()) / eye_px


def stretched(provenance: Provenance, lightness: Float32[np.ndarray, "H W"], body: Bool[np.ndarray, "H W"],
              eye_px: float) -> float:
    """For paint that is drawn out in one direction, or folded over, where there is form that shows it.

    Parameters
    ----------
    provenance : Provenance
        Of the body.
    lightness : (H, W) float32
        L*.
    body : (H, W) bool
    eye_px : float
        Outer eye distance, texels.
    """
    down, across = np.gradient(provenance.field, axis=(0, 1))
    lender = provenance.lender
    same = (lender != NOBODY) & body
    for shift in ((1, 0), (-1, 0), (0, 1), (0, -1)):
        same &= np.roll(lender, shift, (0, 1)) == lender
    same[[0, -1]] = same[:, [0, -1]] = False
    if not same.any():
        return 0.0
    (a, c), (b, d) = (each[same].T for each in (across, down))
    determinant, square = a * d - b * c, a * a + b * b + c * c + d * d
    root = np.sqrt(np.maximum(square ** 2 - 4 * determinant ** 2, 0))
    ratio = np.sqrt((square + root) / np.maximum(square - root, 1e-9))
    folded = determinant * np.sign(np.median(determinant)) <= 0
    drawn_out = np.where(folded, 1.0, np.clip(np.log2(ratio / _STRETCHED), 0, 1))
    seen = np.minimum(_form(lightness, body, eye_px, _STRETCH_FELT)[same] / _STRETCH_SEEN, 1)
    return 10 * float((drawn_out * seen).mean())


def _form(lightness: Float32[np.ndarray, "H W"], body: Bool[np.ndarray, "H W"], eye_px: float,
          felt: float) -> Float32[np.ndarray, "H W"]:
    """Strength (L*) of folds and ornaments within a body."""
    inside = body.astype(np.float32)
    fine = cv2.GaussianBlur(lightness, (0, 0), max(0.5, _FOLD_FINE * eye_px))
    broad = _mean_within(lightness[..., None], body, _FOLD_BROAD * eye_px)[..., 0]
    form = np.clip(fine - broad, -_FOLD_LIMIT, _FOLD_LIMIT) * inside
    return np.sqrt(cv2.GaussianBlur(form ** 2, (0, 0), felt * eye_px))


def _across(values: Float32[np.ndarray, "H W C"], one: Bool[np.ndarray, "H W"], other: Bool[np.ndarray, "H W"],
            sigma_px: float) -> tuple[Bool[np.ndarray, "H W"], Float32[np.ndarray, "H W C"]]:
    """Where one area meets another, and how much the means of both sides differ there."""
    near = cv2.dilate(one.astype(np.uint8), np.ones((5, 5), np.uint8))
    thin = cv2.morphologyEx(near, cv2.MORPH_GRADIENT, np.ones((2, 2), np.uint8)) > 0
    return thin & other, _mean_within(values, one, sigma_px) - _mean_within(values, other, sigma_px)


def _mean_within(values: Float32[np.ndarray, "H W C"], area: Bool[np.ndarray, "H W"],
                 sigma_px: float) -> Float32[np.ndarray, "H W C"]:
    """Mean of what lies near each texel within an area."""
    weight = cv2.GaussianBlur(area.astype(np.float32), (0, 0), sigma_px)
    blurred = cv2.GaussianBlur(values * area[..., None].astype(np.float32), (0, 0), sigma_px)
    return blurred.reshape(values.shape) / np.maximum(weight, 1e-3)[..., None]
