"""A head that keeps its own face, such as a photographed person's, in the master's tones."""

from collections.abc import Sequence

import numpy as np
from jaxtyping import Float32, UInt8

from data.parts import FACE_PARTS, Part
from models.alignment import Frame
from models.view import View
from render.imaging.filters import soften
from render.portrait.layout import Layout
from render.portrait.new_face import draw_broad_form

_LEAST_TEXELS = 50                          # of a part: fewer say nothing of its colours
# Broad forms have less contrast than pictures; the spread of their colours is multiplied by this to make up for it.
_CONTRAST_OF_FINE_FORMS = 1.25
_GAIN_LIMITS = (0.7, 1.3)
# Lightness of hair is compressed softly to this many standard deviations of the master's: photographed gloss is too bright.
_GLOSS_REACH = 1.5
_TONE_EDGE = 0.03
_TONED_TOGETHER: tuple[tuple[Part, ...], ...] = ((*FACE_PARTS, Part.NECK), (Part.HAIR,))


def in_the_masters_tones(lab: Float32[np.ndarray, "H W 3"], parts: UInt8[np.ndarray, "H W"], views: Sequence[View],
                          layout: Layout, frame: Frame, rng: np.random.Generator) -> Float32[np.ndarray, "H W 3"]:
    """Skin and hair brought to the mean and spread that the master gave to those of like sitters.

    Parameters
    ----------
    lab, parts
        CIE Lab and parts of the photograph, carried onto the layout.
    views : sequence of View
        Sitters both ways: how the master painted people like this one.
    layout : Layout
    frame : Frame
    rng : numpy.random.Generator

    Returns
    -------
    (H, W, 3) float32
        CIE Lab.
    """
    drawn = draw_broad_form(views, layout, None, frame, rng)
    result = lab.copy()
    for group in _TONED_TOGETHER:
        chosen = np.isin(parts, group)
        if chosen.sum() < _LEAST_TEXELS:
            continue
        mine, goal = lab[chosen], drawn[chosen]
        gain = np.clip(_CONTRAST_OF_FINE_FORMS * goal.std(0) / np.maximum(mine.std(0), 1e-3), *_GAIN_LIMITS)
        moved = (lab - mine.mean(0)) * gain
        if group == (Part.HAIR,):
            reach = _GLOSS_REACH * goal[:, 0].std()
            moved[..., 0] = reach * np.tanh(moved[..., 0] / reach)
        moved = moved + goal.mean(0)
        weight = soften(chosen, _TONE_EDGE * frame.eye_distance_px)[..., None]
        result = result * (1 - weight) + moved * weight
    return result.astype(np.float32)
