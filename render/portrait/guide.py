"""The guide: what the new portrait should look like, before a stroke of it is painted.

A scene (clothing, hands, ground) from one painting, a head (hair, headwear, beard) from a second, and a face that
nobody has: broad light and colour drawn from the appearance of like-posed sitters, eyes, nose and mouth each with the
fine form of another sitter, all warped to one new layout. Passages meet along seams of least difference and are joined
band by band (Burt and Adelson 1983, doi:10.1145/245.247).
"""

from dataclasses import dataclass

import cv2
import numpy as np

from data.colour import rgb_to_lab
from data.landmarks import (
    CHIN,
    INNER_LIP,
    JAW,
    LEFT_BROW,
    LEFT_EYE,
    NOSE,
    NOSE_BRIDGE,
    NOSTRILS,
    OUTER_LIP,
    RIGHT_BROW,
    RIGHT_EYE,
)
from data.parts import FACE_PARTS, Part
from models.appearance import AppearanceModel
from models.likeness import broad_form_misfit, role_misfit
from models.shape import turn
from models.warping import warped
from render.imaging.blending import blend_bands, fill_holes
from render.imaging.filters import soften
from render.portrait.seam import extended, head_seam, vacated
from render.portrait.sitter import ROLES

NEIGHBOURS = 14
LOW_BAND = 0.15          # of the eye distance: form above it is drawn, below it is lent
_APPEARANCE_WIDTH_PX = 200
_SEAM_WIDTH_PX = 320
# Fine colour of a lent feature is held back a little: varnish and compression tint it more than its lightness.
_VARNISH = np.array([0.0, 0.5, 0.5], np.float32)
_DETAIL_CHROMA = np.array([1.0, 0.6, 0.6], np.float32)


@dataclass(frozen=True, eq=False)
class Guide:
    """`colour` (H, W, 3) float32 sRGB; `parts` (H, W) uint8; `fidelity` (H, W) float32, how closely paint should follow
    (1 ordinary, more at eyes and lips); `landmarks` (68, 2) texels; `cast` role -> (name, mirrored); `seam`: how far (CIE
    Lab) the head's painting still differs from the scene's where they meet."""

    colour: np.ndarray
    parts: np.ndarray
    fidelity: np.ndarray
    landmarks: np.ndarray
    cast: dict
    seam: float = 0.0


def choose_cast(views, sitter, frame, rng, *, person=None, given=None):
    """Who lends what: {role: View}, no painting twice.

    Each role is drawn with a probability that falls with how badly a view fits the sitter; the head must also sit well
    in the scene: like light, like ground behind it. Lenders that were wished for by name are taken. `person`, the view of
    a photograph, lends everything but the scene. `given`, {role: (name, mirrored)}, is kept where the bank has it.
    """
    cast, taken = {}, set()
    for role in ROLES:
        if person is not None and role != "scene":
            cast[role] = person
            continue
        kept = (given or {}).get(role)
        pool = [view for view in views if view.name == sitter.wishes.get(role)]
        pool = pool or [view for view in views if (view.name, view.mirrored) == kept]
        pool = pool or [view for view in views if view.name not in taken] or list(views)
        faults = np.array([role_misfit(view, sitter, role, frame, cast) for view in pool])
        share = np.exp(-(faults - faults.min()))
        chosen = pool[int(rng.choice(len(pool), p=share / share.sum()))]
        cast[role] = chosen
        taken.add(chosen.name)
    return cast


def compose_guide(views, layout, cast, frame, rng):
    """Put the guide together.

    Parameters
    ----------
    views : list of View
        Sitters both ways; like-posed ones shape the broad light and colour of the face.
    layout : Layout
    cast : dict of View
        From `choose_cast`.
    frame : Frame
    rng : numpy.random.Generator

    Returns
    -------
    Guide
    """
    landmarks = layout.landmarks(frame)
    unit = frame.eye_distance_px
    lent = {role: warped(view, landmarks, frame) for role, view in cast.items()}
    scene, head = lent["scene"], lent["head"]
    scene_lab, head_lab = rgb_to_lab(vacated(scene, unit)), rgb_to_lab(extended(head))
    inside_head = np.zeros((frame.height_px, frame.width_px), np.float32)
    seam = head_seam(cast["scene"], cast["head"], layout, frame.scaled(_SEAM_WIDTH_PX))
    seam = seam * (frame.width_px / _SEAM_WIDTH_PX)
    cv2.fillPoly(inside_head, [np.round(seam * 16).astype(np.int32)], 1.0, cv2.LINE_AA, shift=4)
    photograph = all(cast[role] is cast["head"] for role in ROLES[1:])
    if photograph:
        # What stands behind the head in a photograph has no place in the picture, nor may its light rim the hair.
        size = 2 * max(1, round(0.02 * unit)) + 1
        person = ~np.isin(head.parts, (Part.BACKGROUND, Part.CLOTHING))
        person = soften(cv2.erode(person.astype(np.uint8), np.ones((size, size), np.uint8)), 0.02 * unit)
        inside_head *= person
        head_lab = _in_the_masters_tones(head_lab, head.parts, views, layout, frame, rng)
        skin = np.isin(head.parts, FACE_PARTS) & (person > 0.9)
        head_lab = _same_skin(head_lab, head.parts, np.median(head_lab[skin], 0), cast["scene"], unit)
        head_lab = scene_lab + person[..., None] * (head_lab - scene_lab)
    else:
        head_lab = _same_skin(head_lab, head.parts, cast["head"].tones[Part.FACE], cast["scene"], unit)
    head_lab = _agree(head_lab, scene_lab, inside_head, head.parts, unit)
    gap = np.linalg.norm(cv2.GaussianBlur(head_lab - scene_lab, (0, 0), 0.06 * unit), axis=-1)
    along = np.clip(np.round(seam).astype(int), 0, np.array(frame.size_px) - 1)
    lab = blend_bands(head_lab, scene_lab, inside_head, levels=_levels(unit))
    parts = np.where(inside_head > 0.5, head.parts, _without_head(scene.parts, inside_head))
    if not photograph:
        face = face_mask(landmarks, frame, unit) * soften(~np.isin(parts, (Part.HAIR, Part.BACKGROUND)), 0.06 * unit)
        fresh = _new_face(views, layout, cast, lent, head_lab, frame, landmarks, unit, rng, face)
        lab = lab * (1 - face[..., None]) + fresh * face[..., None]
    parts = label_features(parts, landmarks)
    colour = np.clip(cv2.cvtColor(lab.astype(np.float32), cv2.COLOR_LAB2RGB), 0, 1)
    return Guide(colour, parts, fidelity(lab[..., 0], parts, landmarks, unit), landmarks,
                 {role: (view.name, view.mirrored) for role, view in cast.items()},
                 float(gap[along[:, 1], along[:, 0]].mean()))


def _levels(unit):
    return max(2, int(np.log2(max(unit, 8))) - 2)


def _same_skin(head_lab, head_parts, tone, scene_view, unit):
    """The head, whose face is of `tone` (Lab), with its skin in the tone of the face that the scene was painted with, and
    so of its neck and hands."""
    gap = np.clip(0.8 * (scene_view.tones[Part.FACE] - tone), -12, 12)
    if np.isnan(gap).any():
        return head_lab
    skin = soften(np.isin(head_parts, (*FACE_PARTS, Part.NECK)), 0.06 * unit)[..., None]
    # Yellow varnish lies on hair and hat as well; their lightness is their own.
    return (head_lab + skin * gap + (1 - skin) * np.clip(_VARNISH * gap, -4, 4)).astype(np.float32)


def _agree(head_lab, scene_lab, inside_head, head_parts, unit):
    """Shift ground and clothes of the head's painting to those of the scene at the seam, and leave the head itself."""
    ring = (np.abs(soften(inside_head, 0.15 * unit) - 0.5) < 0.35)
    difference = (scene_lab - head_lab) * ring[..., None]
    membrane = fill_holes(difference, ring)
    membrane = cv2.GaussianBlur(membrane, (0, 0), 0.25 * unit)
    elsewhere = soften(np.isin(head_parts, (Part.BACKGROUND, Part.CLOTHING)), 0.05 * unit)[..., None]
    return (head_lab + membrane * (0.15 + 0.85 * elsewhere)).astype(np.float32)


def _without_head(parts, inside_head):
    """The scene's labels with what is left of its own head called ground."""
    left = np.isin(parts, (Part.HAIR, *FACE_PARTS))
    return np.where(left, Part.BACKGROUND, parts).astype(np.uint8)


def face_mask(landmarks, frame, unit):
    """(H, W) float32: 1 within the face, falling to 0 at jaw and hairline."""
    mask = np.zeros((frame.height_px, frame.width_px), np.float32)
    brows = np.vstack([landmarks[LEFT_BROW], landmarks[RIGHT_BROW]])
    eyes = (landmarks[LEFT_EYE].mean(0) + landmarks[RIGHT_EYE].mean(0)) / 2
    up = (eyes - landmarks[CHIN]) / np.linalg.norm(eyes - landmarks[CHIN])
    centre = landmarks[NOSE].mean(0)
    jaw = centre + (landmarks[JAW] - centre) * 0.93
    hull = cv2.convexHull(np.vstack([jaw, brows + up * 0.28 * unit]).astype(np.float32))
    cv2.fillPoly(mask, [np.round(hull * 16).astype(np.int32)], 1.0, cv2.LINE_AA, shift=4)
    shrunk = cv2.erode(mask, cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (2 * round(0.05 * unit) + 1,) * 2))
    return soften(shrunk, 0.06 * unit)


def feature_masks(landmarks, frame, unit, *, bearded):
    """{role: (H, W) float32} soften regions of eyes with brows, nose, and mouth (lips alone within a beard)."""
    def region(points, margin, edge):
        mask = np.zeros((frame.height_px, frame.width_px), np.float32)
        hull = cv2.convexHull(points.astype(np.float32))
        cv2.fillPoly(mask, [np.round(hull * 16).astype(np.int32)], 1.0, cv2.LINE_AA, shift=4)
        size = 2 * max(1, round(margin * unit)) + 1
        return soften(cv2.dilate(mask, cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (size, size))), edge * unit)

    left = region(np.vstack([landmarks[LEFT_EYE], landmarks[LEFT_BROW]]), 0.07, 0.04)
    right = region(np.vstack([landmarks[RIGHT_EYE], landmarks[RIGHT_BROW]]), 0.07, 0.04)
    nose = region(np.vstack([landmarks[NOSTRILS], landmarks[NOSE_BRIDGE][1:]]), 0.08, 0.04)
    mouth = region(landmarks[OUTER_LIP], 0.02 if bearded else 0.1, 0.03 if bearded else 0.05)
    return {"eyes": np.maximum(left, right), "nose": nose, "mouth": mouth}


def _new_face(views, layout, cast, lent, head_lab, frame, landmarks, unit, rng, face):
    """Lab of the new face: drawn broad form, lent fine form."""
    sigma = LOW_BAND * unit

    def fine(lab):
        return lab - cv2.GaussianBlur(lab, (0, 0), sigma)

    detail = fine(head_lab)
    broad_head = head_lab - detail
    strength = _contrast(detail, face)
    bearded = layout.sitter.attributes.get("facial_hair", "none") != "none"
    for role, mask in feature_masks(landmarks, frame, unit, bearded=bearded).items():
        other = fine(rgb_to_lab(extended(lent[role])))
        # Two paintings may differ in contrast by cleaning or varnish: meet the head's own.
        gain = np.clip(strength / max(_contrast(other, face), 1e-3), 0.75, 1.35) * _DETAIL_CHROMA
        detail = detail * (1 - mask[..., None]) + gain * other * mask[..., None]
    drawn = draw_broad_form(views, layout, cast["head"], frame, rng)
    weight = face[..., None]
    # Keep the head's own overall tone (it must fit its hair, neck and light); take the form from the draw.
    shift = ((broad_head - drawn) * weight).sum((0, 1)) / np.maximum(weight.sum(), 1e-6)
    return detail + 0.3 * broad_head + 0.7 * (drawn + shift)


def _in_the_masters_tones(lab, parts, views, layout, frame, rng):
    """A photographed head with skin and hair brought to the tones the master gave to like sitters."""
    drawn = draw_broad_form(views, layout, None, frame, rng)
    result = lab.copy()
    for group in ((*FACE_PARTS, Part.NECK), (Part.HAIR,)):
        chosen = np.isin(parts, group)
        if chosen.sum() < 50:
            continue
        mine, goal = lab[chosen], drawn[chosen]
        # Broad forms have less contrast than pictures: 1.25 makes up for the fine forms.
        gain = np.clip(1.25 * goal.std(0) / np.maximum(mine.std(0), 1e-3), 0.7, 1.3)
        moved = (lab - mine.mean(0)) * gain
        if group == (Part.HAIR,):
            # A lamp's gloss on combed hair is nothing that paint of the master's can follow.
            reach = 1.5 * goal[:, 0].std()
            moved[..., 0] = reach * np.tanh(moved[..., 0] / reach)
        moved = moved + goal.mean(0)
        weight = soften(chosen, 0.03 * frame.eye_distance_px)[..., None]
        result = result * (1 - weight) + moved * weight
    return result.astype(np.float32)


def _contrast(detail, face):
    return float(np.sqrt((detail[..., 0] ** 2 * face).sum() / max(face.sum(), 1e-6)))


def draw_broad_form(views, layout, head, frame, rng):
    """A draw from the appearance of like-posed sitters, lit like `head` if given; (H, W, 3) Lab, smooth above the low
    band."""
    small = frame.scaled(_APPEARANCE_WIDTH_PX)
    turned, light = turn(layout.shape), None if head is None else head.light
    faults = np.array([broad_form_misfit(view, layout.sitter, turned, light) for view in views])
    order = np.argsort(faults, kind="stable")[:NEIGHBOURS]
    landmarks = layout.landmarks(small)
    seen = [warped(views[i], landmarks, small) for i in order]
    labs = np.stack([cv2.GaussianBlur(rgb_to_lab(item.colour), (0, 0), LOW_BAND * small.eye_distance_px) for item in seen])
    model = AppearanceModel.fit(labs, np.stack([item.valid for item in seen]), count=8,
                                importance=np.exp(-0.5 * (faults[order] - faults[order[0]]).clip(0, 8)))
    drawn = model.sample(rng, spread=0.8)
    return cv2.resize(drawn, frame.size_px, interpolation=cv2.INTER_CUBIC)


def label_features(parts, landmarks):
    """Brows, eyes, nose and lips drawn into a parts map from the layout's own landmarks."""
    labelled = parts.copy()
    for part, spans in ((Part.NOSE, [NOSE]), (Part.BROWS, [LEFT_BROW, RIGHT_BROW]), (Part.EYES, [LEFT_EYE, RIGHT_EYE]),
                        (Part.LIPS, [OUTER_LIP])):
        for span in spans:
            hull = cv2.convexHull(landmarks[span].astype(np.float32))
            cv2.fillPoly(labelled, [np.round(hull).astype(np.int32)], int(part))
    return labelled


def fidelity(lightness, parts, landmarks, unit):
    """How closely paint follows the guide: 1 on plain cloth and ground, up to 3 where the guide has much drawing (lace,
    jewels, edges), 4 at eyes, lips and nostrils."""
    drawing = cv2.GaussianBlur(lightness, (0, 0), 0.02 * unit) - cv2.GaussianBlur(lightness, (0, 0), 0.12 * unit)
    strength = np.sqrt(cv2.GaussianBlur(drawing ** 2, (0, 0), 0.1 * unit))
    weight = 1.0 + 2.0 * np.clip(strength / 8.0, 0, 1).astype(np.float32)
    weight[np.isin(parts, (*FACE_PARTS, Part.NECK, Part.HAIR))] += 0.5
    for span in (LEFT_EYE, RIGHT_EYE, OUTER_LIP, NOSTRILS, INNER_LIP, LEFT_BROW, RIGHT_BROW):
        hull = cv2.convexHull(landmarks[span].astype(np.float32))
        cv2.fillPoly(weight, [np.round(hull).astype(np.int32)], 4.0)
    size = 2 * max(1, round(0.05 * unit)) + 1
    return soften(cv2.dilate(weight, np.ones((size, size), np.uint8)), 0.03 * unit)
