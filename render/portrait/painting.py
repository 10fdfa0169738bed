"""From a guide to paint: choose the exemplars, bring them to the guide's colours, and let an engine paint.

The engine sees every exemplar warped into the same frame, so a source keeps its place: cheeks come from cheeks. What
differs between paintings and is not brushwork (varnish, cleaning, the photographer's light) is taken out part by part
in Lab before paint is compared.
"""

from dataclasses import dataclass, replace

import cv2
import numpy as np

from data.colour import rgb_to_lab
from data.parts import Part
from models.likeness import NO_PAINT_LAB, SKIN_IMPORTANCE, paint_gap_lab, pose_misfit, softness_lab
from models.shape import turn
from models.warping import warped
from render.imaging.blending import fill_holes
from render.portrait.engines import engine_named
from render.portrait.guide import LOW_BAND, face_mask
from render.synthesis.patch import Exemplar, Synthesis, SynthesisSettings

EXEMPLARS = 12
_CHOOSING_WIDTH_PX = 96
_SHORTLIST = 36
# How far a part's mean may be moved towards the guide (L*, a*, b*) and its spread stretched.
_SHIFT_LIMIT = np.array([14.0, 9.0, 11.0])
_SPREAD_LIMIT = (0.8, 1.25)
_SKIN = (Part.FACE, Part.BROWS, Part.EYES, Part.NOSE, Part.LIPS)
# From which width on the painting takes its drawing from the guide, in outer eye distances (sigma), and how much of it.
_DRAWING = {_SKIN: 0.03, (Part.HAIR, Part.NECK): 0.05, (Part.CLOTHING, Part.BACKGROUND): 0.1}
_DRAWING_SHARE = 0.85
# Fine detail (L*, a*, b*) that any paint may have where the guide has none.
_GRAIN = np.array([1.2, 0.6, 0.6], np.float32)


@dataclass(frozen=True, eq=False)
class Painting:
    """`synthesis`: colour and source map; `exemplars`: the warped views that the source map numbers."""

    synthesis: Synthesis
    exemplars: tuple

    @property
    def names(self):
        return [item.view.name for item in self.exemplars]


def paint(guide, views, frame, *, settings=None, engine="patch", finish=None, exemplars=EXEMPLARS, progress=None,
          checkpoint=None):
    """Paint a guide with the paint of the bank.

    Parameters
    ----------
    guide : Guide
        At the size of `frame`; who lent to it is always among the exemplars, but for a photograph.
    views : sequence of View
        Sitters both ways.
    engine : str
        A key of `render.portrait.engines.PAINT_ENGINES`.
    finish : str, optional
        One of `render.portrait.engines.FINISHES`: what goes over the painting in the end.

    Returns
    -------
    Painting
    """
    lay = engine_named(engine, finish)
    by_name = {(view.name, view.mirrored): view for view in views}
    lenders = list({key: by_name[key] for key in guide.cast.values() if key in by_name}.values())
    chosen = choose_exemplars(guide, views, frame, cast=lenders, count=exemplars)
    plain = _plain(guide, frame)
    bare = (face_mask(guide.landmarks, frame, frame.eye_distance_px) > 0.6) & np.isin(guide.parts, _SKIN)
    seen, bank = [], []
    target = rgb_to_lab(guide.colour)
    for view in chosen:
        item = warped(view, guide.landmarks, frame)
        colour = harmonised(item, target, guide.parts, frame)
        # Plain passages can be painted from anybody's; the scene's own paint is kept for what only it can show.
        valid = item.valid & ~plain if view.name == guide.cast["scene"][0] and len(chosen) > 4 else item.valid
        # Whoever lends the head must not lend the skin of the face too, or a painted sitter comes to look out of it.
        valid = valid & ~bare if view.name == guide.cast["head"][0] and len(chosen) > 4 else valid
        bank.append(Exemplar(np.round(colour * 65535).astype(np.uint16), guide_channels(colour, frame),
                             item.parts, valid, view.name))
        # The colours are in the exemplar now; what stays is where each texel lies in the scan.
        seen.append(replace(item, colour=np.empty((0, 0, 3), np.float32)))
    settings = settings or SynthesisSettings()
    synthesis = lay(guide_channels(guide.colour, frame), guide.parts, bank, settings, guide_weight_map=guide.fidelity,
                    start=guide.colour, progress=progress, checkpoint=checkpoint)
    return Painting(replace(synthesis, colour=drawn(synthesis.colour, guide, frame)), tuple(seen))


def drawn(colour, guide, frame):
    """A painting of the guide with the guide's drawing: (H, W, 3) float32.

    Patches that fit on the whole still blur a lip or shift an eyelid. What is broader than a stroke of that part is
    brought back to the guide; the strokes themselves stay as they were painted.
    """
    unit, astray = frame.eye_distance_px, guide.colour - colour
    correction = np.zeros_like(colour)
    weight = np.zeros((*colour.shape[:2], 1), np.float32)
    for parts, width in _DRAWING.items():
        inside = np.isin(guide.parts, parts).astype(np.float32)[..., None]
        # Within a part alone: a red cap must not shine on the wall behind it.
        near = cv2.GaussianBlur(inside, (0, 0), width * unit)[..., None]
        here = cv2.GaussianBlur(inside, (0, 0), 0.02 * unit)[..., None] * (near > 1e-3)
        correction += here * cv2.GaussianBlur(astray * inside, (0, 0), width * unit) / np.maximum(near, 1e-3)
        weight += here
    return np.clip(colour + _DRAWING_SHARE * correction / np.maximum(weight, 1e-6), 0, 1).astype(np.float32)


def _plain(guide, frame):
    """(H, W) bool: ground without anything on it, a good way off the figure, and dark cloth without folds or pattern."""
    unit = frame.eye_distance_px
    lightness = rgb_to_lab(guide.colour)[..., 0]
    form = cv2.GaussianBlur(lightness, (0, 0), 0.1 * unit)
    unrest = cv2.GaussianBlur((form - cv2.GaussianBlur(form, (0, 0), 0.6 * unit)) ** 2, (0, 0), 0.3 * unit)
    plain = (guide.parts == Part.BACKGROUND) & (unrest < 2.5 ** 2)
    plain |= (guide.parts == Part.CLOTHING) & (form < 22) & (unrest < 1.5 ** 2)
    size = 2 * round(0.15 * unit) + 1
    return cv2.erode(plain.astype(np.uint8), np.ones((size, size), np.uint8)) > 0


def guide_channels(rgb, frame):
    """(H, W, 4) uint8: L*, a*, b* smoothed to the scale of form, and L* of finer drawing."""
    lab = rgb_to_lab(rgb)
    unit = frame.eye_distance_px
    smooth = cv2.GaussianBlur(lab, (0, 0), max(0.7, 0.035 * unit))
    fine = cv2.GaussianBlur(lab[..., 0], (0, 0), max(0.5, 0.012 * unit))
    channels = np.dstack([smooth[..., 0] * 2.55, smooth[..., 1:] * 1.6 + 128, fine * 2.55])
    return np.clip(np.round(channels), 0, 255).astype(np.uint8)


def harmonised(item, target_lab, target_parts, frame):
    """The warped view in the guide's colours, float32 RGB.

    Each part's Lab mean and spread are brought towards the guide's, within limits. Faces lie on one another to a few
    texels, so there the broad form is the guide's altogether, and paint is chosen for its drawing and strokes alone.
    """
    unit = frame.eye_distance_px
    lab = rgb_to_lab(fill_holes(item.colour, item.valid) if not item.valid.all() else item.colour)
    shift, spread = np.zeros((9, 3), np.float32), np.ones((9, 3), np.float32)
    centre = np.zeros((9, 3), np.float32)
    for group in (_SKIN, (Part.BACKGROUND,), (Part.HAIR,), (Part.NECK,), (Part.CLOTHING,)):
        mine, theirs = np.isin(item.parts, group) & item.valid, np.isin(target_parts, group)
        if mine.sum() < 50 or theirs.sum() < 50:
            continue
        a, b = lab[mine], target_lab[theirs]
        for part in group:
            centre[part] = a.mean(0)
            shift[part] = np.clip(b.mean(0) - a.mean(0), -_SHIFT_LIMIT, _SHIFT_LIMIT)
            spread[part] = np.clip(b.std(0) / np.maximum(a.std(0), 1e-3), *_SPREAD_LIMIT)
            if part in (Part.BACKGROUND, Part.CLOTHING):
                # Lifting darks or stretching them brings out what a JPEG file hides there in blocks.
                shift[part, 0], spread[part, 0] = min(shift[part, 0], 6.0), min(spread[part, 0], 1.0)
    # Corrections change smoothly across the borders of parts, which are not known to a texel.
    offset = cv2.GaussianBlur((shift + (1 - spread) * centre)[item.parts], (0, 0), 0.08 * unit)
    gain = cv2.GaussianBlur(spread[item.parts], (0, 0), 0.08 * unit)
    lab = lab * gain + offset
    both_faces = (np.isin(item.parts, _SKIN) & np.isin(target_parts, _SKIN)).astype(np.float32)
    both_faces = cv2.GaussianBlur(cv2.erode(both_faces, np.ones((3, 3), np.uint8)), (0, 0), 0.06 * unit)
    lab = _without_noise(lab, target_lab, np.isin(item.parts, (*_SKIN, Part.NECK)), unit)
    broad = cv2.GaussianBlur(target_lab - lab, (0, 0), LOW_BAND * unit)
    lab = lab + both_faces[..., None] * np.clip(broad, -30, 30)
    return np.clip(cv2.cvtColor(lab.astype(np.float32), cv2.COLOR_LAB2RGB), 0, 1)


def _without_noise(lab, target_lab, skin, unit):
    """Fine detail away from skin held to what the guide's own paint has there, and a little more: a poor scan of a dark
    ground is full of coloured grain, which is nobody's brushwork."""
    def parted(picture):
        fine = picture - cv2.GaussianBlur(picture, (0, 0), 0.04 * unit)
        return fine, np.sqrt(cv2.GaussianBlur(fine ** 2, (0, 0), 0.2 * unit))

    fine, strength = parted(lab)
    allowed = 1.5 * parted(target_lab)[1] + _GRAIN
    gain = np.minimum(1.0, allowed / np.maximum(strength, 1e-3))
    away = cv2.GaussianBlur((~skin).astype(np.float32), (0, 0), 0.05 * unit)[..., None]
    return lab - away * (1 - gain) * fine


def choose_exemplars(guide, views, frame, *, cast=(), count=EXEMPLARS):
    """The views whose paint together covers the guide best: the cast, then greedily whatever helps most.

    For every view and place: how far the nearest colour of the same part lies, within reach, from the guide's. Each
    painting counts once, as painted or mirrored.
    """
    small = frame.scaled(_CHOOSING_WIDTH_PX)
    target = cv2.resize(rgb_to_lab(guide.colour), small.size_px, interpolation=cv2.INTER_AREA)
    parts = cv2.resize(guide.parts, small.size_px, interpolation=cv2.INTER_NEAREST)
    landmarks = (guide.landmarks + 0.5) * (small.width_px / frame.width_px) - 0.5
    wanted = turn(guide.landmarks)
    order = np.argsort([pose_misfit(view, wanted, frame.eye_distance_px) for view in views], kind="stable")
    shortlist, names = list(cast), {view.name for view in cast}
    for index in order:
        if len(shortlist) >= _SHORTLIST:
            break
        if views[index].name not in names:
            shortlist.append(views[index])
            names.add(views[index].name)
    misfits = np.stack([_misfit_map(warped(view, landmarks, small), target, parts) for view in shortlist])
    misfits += softness_lab(shortlist, frame.eye_distance_px)[:, None, None]
    importance = np.where(np.isin(parts, _SKIN), SKIN_IMPORTANCE, 1.0)
    picked = list(range(min(len(cast), count)))
    best = misfits[picked].min(0) if picked else np.full(parts.shape, NO_PAINT_LAB, np.float32)
    while len(picked) < min(count, len(shortlist)):
        gains = [-1.0 if i in picked else float(((best - np.minimum(best, misfits[i])) * importance).sum())
                 for i in range(len(shortlist))]
        picked.append(int(np.argmax(gains)))
        best = np.minimum(best, misfits[picked[-1]])
    return [shortlist[i] for i in picked]


def _misfit_map(item, target, parts, reach=8, step=4):
    lab = rgb_to_lab(item.colour)
    best = np.full(parts.shape, NO_PAINT_LAB, np.float32)
    for dy in range(-reach, reach + 1, step):
        for dx in range(-reach, reach + 1, step):
            moved = np.roll(lab, (dy, dx), (0, 1))
            labels, valid = np.roll(item.parts, (dy, dx), (0, 1)), np.roll(item.valid, (dy, dx), (0, 1))
            best = np.minimum(best, paint_gap_lab(moved, labels, valid, target, parts))
    return best
