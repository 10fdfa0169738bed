"""The new face: broad light and colour drawn from the appearance of similar sitters, fine form lent feature by feature.

Broad and fine are separated by a Gaussian of `LOW_BAND` outer eye distances.
"""

from collections.abc import Mapping, Sequence

import cv2
import numpy as np
from jaxtyping import Float, Float32

from data.colour import rgb_to_lab
from models.alignment import Frame
from models.appearance import AppearanceModel
from models.likeness import broad_form_misfit
from models.shape import turn
from models.view import View
from models.warping import Warped, warped
from render.portrait.extended import extended
from render.portrait.face_areas import feature_masks
from render.portrait.layout import Layout

LOW_BAND = 0.15
"""Sigma that parts broad from fine form, outer eye distances: form above it is drawn, below it is lent."""
NEIGHBOURS = 14
"""Painted faces from which a broad form is drawn, at the most: those that are most like the sitter."""
_APPEARANCE_WIDTH_PX = 200      # of the frame in which broad forms are compared; they hold nothing finer
_APPEARANCE_MODES = 8
_APPEARANCE_SPREAD = 0.8        # of the drawn weights, standard deviations
_MOST_MISFIT = 8                # beyond the best one's: misfits are cut off here, so that every face counts a little
# Two paintings may differ in contrast by cleaning or varnish: a lent feature meets the head's own, within limits.
_CONTRAST_LIMITS = (0.75, 1.35)
# Fine colour (L*, a*, b*) of a lent feature is held back a little: varnish and compression tint it more than its lightness.
_DETAIL_CHROMA = np.array([1.0, 0.6, 0.6], np.float32)
_OWN_FORM, _DRAWN_FORM = 0.3, 0.7       # shares of the head's own broad form and of the drawn one


def new_face(lent: Mapping[str, Warped], head_lab: Float32[np.ndarray, "H W 3"], face: Float32[np.ndarray, "H W"],
             views: Sequence[View], layout: Layout, frame: Frame,
             rng: np.random.Generator) -> Float32[np.ndarray, "H W 3"]:
    """The new face, to be shown where `face` is.

    Parameters
    ----------
    lent : mapping of Warped by role
        Head, eyes, nose and mouth on the new layout.
    head_lab : (H, W, 3) float32
        CIE Lab of the head as it sits in its scene.
    face : (H, W) float32
        1 within the face.
    views : sequence of View
        Sitters both ways.
    layout : Layout
    frame : Frame
    rng : numpy.random.Generator
        For the broad form.

    Returns
    -------
    (H, W, 3) float32
        CIE Lab.
    """
    detail = _fine(head_lab, frame)
    broad_head = head_lab - detail
    detail = _with_lent_features(detail, lent, face, layout, frame)
    drawn = draw_broad_form(views, layout, lent["head"].view, frame, rng)
    weight = face[..., None]
    # Keep the head's own overall tone, which must fit its hair, neck and light; take the form mostly from the draw.
    shift = ((broad_head - drawn) * weight).sum((0, 1)) / np.maximum(weight.sum(), 1e-6)
    # Colour moves as far as light falls on it: a beard's black would turn blue where skin becomes cooler.
    lit = np.clip(drawn[..., :1] * weight.sum() / max(float((drawn[..., :1] * weight).sum()), 1e-6), 0, 1)
    shift = np.concatenate([np.broadcast_to(shift[:1], lit.shape), shift[1:] * lit], -1)
    return (detail + _OWN_FORM * broad_head + _DRAWN_FORM * (drawn + shift)).astype(np.float32)


def draw_broad_form(views: Sequence[View], layout: Layout, head: View | None, frame: Frame,
                    rng: np.random.Generator) -> Float32[np.ndarray, "H W 3"]:
    """A draw from the appearance of like-posed sitters.

    Parameters
    ----------
    views : sequence of View
        Sitters both ways.
    layout : Layout
        Onto which they are carried; its sitter says who is like.
    head : View, optional
        Whose light the face should have; without it any light will do.
    frame : Frame
    rng : numpy.random.Generator

    Returns
    -------
    (H, W, 3) float32
        CIE Lab, with nothing finer than the low band.
    """
    small = frame.scaled(_APPEARANCE_WIDTH_PX)
    turned, light = turn(layout.shape), None if head is None else head.light
    misfits = np.array([broad_form_misfit(view, layout.sitter, turned, light) for view in views])
    order = np.argsort(misfits, kind="stable")[:NEIGHBOURS]
    landmarks = layout.landmarks(small)
    seen = [warped(views[i], landmarks, small) for i in order]
    labs = np.stack([cv2.GaussianBlur(rgb_to_lab(item.colour), (0, 0), LOW_BAND * small.eye_distance_px) for item in seen])
    importance = np.exp(-0.5 * (misfits[order] - misfits[order[0]]).clip(0, _MOST_MISFIT))
    model = AppearanceModel.fit(labs, np.stack([item.valid for item in seen]), count=_APPEARANCE_MODES,
                                importance=importance)
    return cv2.resize(model.sample(rng, spread=_APPEARANCE_SPREAD), frame.size_px, interpolation=cv2.INTER_CUBIC)


def _with_lent_features(detail: Float32[np.ndarray, "H W 3"], lent: Mapping[str, Warped], face: Float32[np.ndarray, "H W"],
                        layout: Layout, frame: Frame) -> Float32[np.ndarray, "H W 3"]:
    """The head's fine form with eyes, nose and mouth replaced by those of other sitters."""
    strength = _contrast(detail, face)
    bearded = layout.sitter.attributes.get("facial_hair", "none") != "none"
    for role, mask in feature_masks(layout.landmarks(frame), frame, bearded=bearded).items():
        other = _fine(rgb_to_lab(extended(lent[role])), frame)
        gain = np.clip(strength / max(_contrast(other, face), 1e-3), *_CONTRAST_LIMITS) * _DETAIL_CHROMA
        detail = detail * (1 - mask[..., None]) + gain * other * mask[..., None]
    return detail


def _fine(lab: Float32[np.ndarray, "H W 3"], frame: Frame) -> Float32[np.ndarray, "H W 3"]:
    """What is finer than the low band."""
    return lab - cv2.GaussianBlur(lab, (0, 0), LOW_BAND * frame.eye_distance_px)


def _contrast(detail: Float[np.ndarray, "H W 3"], face: Float32[np.ndarray, "H W"]) -> float:
    """Root mean square of the fine lightness within the face."""
    return float(np.sqrt((detail[..., 0] ** 2 * face).sum() / max(face.sum(), 1e-6)))
