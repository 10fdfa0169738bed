"""Whose paint a guide is painted with: the views that together cover it best."""

from collections.abc import Sequence

import cv2
import numpy as np
from jaxtyping import Bool, Float32, UInt8

from data.colour import rgb_to_lab
from data.coordinates import rescale_points
from data.parts import FACE_PARTS
from models.alignment import Frame
from models.likeness import NO_PAINT_LAB, SKIN_IMPORTANCE, paint_gap_lab, pose_misfit, softness_lab
from models.shape import turn
from models.view import View
from models.warping import Warped, warped
from render.portrait.guide import Guide

EXEMPLARS = 12
"""Views whose paint a portrait is painted with: each more costs memory and time, and helps less than the one before."""
_CHOOSING_WIDTH_PX = 96     # paint is compared in a frame of this width
_SHORTLIST = 36             # views that are compared at all: those most alike in pose and scale
_REACH_PX, _REACH_STEP_PX = 8, 4    # paint up to this far from a place counts for it; offsets are tried in these steps


def choose_exemplars(guide: Guide, views: Sequence[View], frame: Frame, *, cast: Sequence[View] = (),
                     count: int = EXEMPLARS, wanted: Bool[np.ndarray, "H W"] | None = None) -> list[View]:
    """The views whose paint together covers the guide best: the cast, then one by one whichever reduces the misfit most.

    The misfit of a view at a place is the smallest difference between the guide there and the view's paint near that place
    (`models.likeness.paint_gap_lab`). Each painting counts once, as painted or mirrored.

    Parameters
    ----------
    guide : Guide
        At the size of `frame`.
    views : sequence of View
        Sitters both ways.
    frame : Frame
    cast : sequence of View
        Who is chosen in any case, first, as far as `count` allows.
    count : int
        How many to choose; there are fewer if the bank has fewer.
    wanted : (H, W) bool, optional
        What their paint is wanted for; None for all of the guide.

    Returns
    -------
    list of View
    """
    small = frame.scaled(_CHOOSING_WIDTH_PX)
    target = cv2.resize(rgb_to_lab(guide.colour), small.size_px, interpolation=cv2.INTER_AREA)
    parts = cv2.resize(guide.parts, small.size_px, interpolation=cv2.INTER_NEAREST)
    landmarks = rescale_points(guide.landmarks, small.width_px / frame.width_px)
    shortlist = _shortlist(views, turn(guide.landmarks), frame.eye_distance_px, cast)
    misfits = np.stack([_misfit_map(warped(view, landmarks, small), target, parts) for view in shortlist])
    misfits += softness_lab(shortlist, frame.eye_distance_px)[:, None, None]
    importance = np.where(np.isin(parts, FACE_PARTS), SKIN_IMPORTANCE, 1.0)
    if wanted is not None:
        importance = importance * cv2.resize(wanted.astype(np.float32), small.size_px, interpolation=cv2.INTER_AREA)
    picked = list(range(min(len(cast), count)))
    best = misfits[picked].min(0) if picked else np.full(parts.shape, NO_PAINT_LAB, np.float32)
    while len(picked) < min(count, len(shortlist)):
        gains = [-1.0 if i in picked else float(((best - np.minimum(best, misfits[i])) * importance).sum())
                 for i in range(len(shortlist))]
        picked.append(int(np.argmax(gains)))
        best = np.minimum(best, misfits[picked[-1]])
    return [shortlist[i] for i in picked]


def _shortlist(views: Sequence[View], turned: float, eye_px: float, cast: Sequence[View]) -> list[View]:
    """The cast, then the views that are most alike in pose and scale, each painting once."""
    order = np.argsort([pose_misfit(view, turned, eye_px) for view in views], kind="stable")
    shortlist, names = list(cast), {view.name for view in cast}
    for index in order:
        if len(shortlist) >= _SHORTLIST:
            break
        if views[index].name not in names:
            shortlist.append(views[index])
            names.add(views[index].name)
    return shortlist


def _misfit_map(item: Warped, target: Float32[np.ndarray, "H W 3"], parts: UInt8[np.ndarray, "H W"], *,
                reach: int = _REACH_PX, step: int = _REACH_STEP_PX) -> Float32[np.ndarray, "H W"]:
    """How far the nearest paint of a view is from the guide's, within reach of each place: CIE Lab."""
    lab = rgb_to_lab(item.colour)
    best = np.full(parts.shape, NO_PAINT_LAB, np.float32)
    for dy in range(-reach, reach + 1, step):
        for dx in range(-reach, reach + 1, step):
            lab_there, parts_there, valid_there = (np.roll(each, (dy, dx), (0, 1)) for each in (lab, item.parts, item.valid))
            best = np.minimum(best, paint_gap_lab(lab_there, parts_there, valid_there, target, parts))
    return best
