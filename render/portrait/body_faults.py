"""The critic of bodies: what is wrong with a composed body at a glance, weighed as an eye weighs it.

The weights were fitted to marks given by eye to 108 composed guides of Titian sitters
(`tests/render/portrait/figure/labels_of_bodies.csv`). On 68 others rank correlation with the marks is 0.68 (0.44 for the same
points unweighed, without the measures of `body_paint` and `body_shape`); of two candidates of one sitter with unlike marks, the
better has fewer points in 15 of 22. Dark bodies hide their faults: how light a body is follows the marks as well (0.69), and
once that is allowed for 0.24 is left.
"""

from collections.abc import Mapping
from typing import Any

import numpy as np
from jaxtyping import Float32

from data.colour import rgb_to_lab
from data.landmarks import CHIN
from data.parts import FACE_PARTS, Part
from models.alignment import Frame
from render.portrait import body_paint, body_shape
from render.portrait.figure.build import BuiltFigure
from render.portrait.guide import Guide

_LEAST_HAND = 0.12          # square eye distances: less is a finger
_BEARABLE = 3.0             # a fault of so many points counts half of that; a worse one is hardly seen as worse
_MENTIONED = 0.1            # points from which a fault is worth a word


BODY_WEIGHTS: dict[str, tuple[float, str]] = {
    # Where two garments meet without a reason: what marks followed most.
    "step": (0.5, "the two lenders' cloths differ along the cut"),
    "patched": (0.5, "a step of tone is seen along the cut"),
    "cut neck": (0.5, "a cut goes through the neck or the bosom"),
    "two tones": (0.6, "the two lenders' parts are of different colour"),
    "garment": (0.25, "two garments do not go together"),      # of itself hardly seen: a cloak over a doublet is two garments
    "fog": (0.5, "dark cloth was lightened into fog"),
    # Paint that was carried too far.
    "stretched": (0.6, "paint is drawn out"),
    "empty": (0.5, "cloth in the light is flat and empty"),
    "dull": (0.3, "the body is lost in the dark"),     # marks forgave it; but all other faults are small in the dark
    # The shape of the body.
    "broad": (0.6, "the shoulders are too broad for the head"),
    "crooked": (0.2, "a shoulder is missing or far higher than the other"),
    "afloat": (0.4, "the body has no arms and stands free on both sides"),
    "ragged": (0.15, "the outline has spikes and notches"),
    "outline": (0.4, "the outline is not the lenders'"),
    "fading": (0.05, "the outline cannot be told from the ground"),     # seldom noticed: so do genuine ones
    "bare": (1.0, "a part of the body is no one's paint"),      # did not occur in what was marked: as before
    # Hands: pictures with hands had no worse marks, whatever was wrong with them; the plan sees to it that few are cut.
    "hands": (0.2, "a hand is cut, or has no arm"),
    "cut hands": (0.2, "a cut runs along a hand"),
    "lone hands": (0.1, "a hand has another's sleeve"),
    # Between head and body; "floating", "neck" and "gap" hardly occurred in what was marked: as before.
    "scrap": (0.8, "a scrap of the head's painting hangs beside the cheek"),
    "collar scrap": (0.4, "linen of the head's painting hangs beside the jaw"),
    "skin": (0.2, "face and neck have different skin"),
    "floating": (1.0, "the head floats above the body"),
    "neck": (1.0, "the neck is too thin"),
    "gap": (1.0, "much of the neck is nobody's paint"),
    "sharpness": (0.2, "head and body differ in sharpness"),
    "light": (0.1, "head and body are lit from different sides"),
}
"""{name: (points for a first point of the measure, what the eye sees)}, for the measures of a composed body, of its plan
(`render.portrait.figure.plan`) and of its join to the head (`render.portrait.join_faults`). Two points are one mark of the five
between a portrait that passes and one that makes you wince."""


def body_measures(guide: Guide, built: BuiltFigure, ground_lab: Float32[np.ndarray, "H W 3"], frame: Frame) -> dict[str, float]:
    """What is measured of a body in its guide, by name, not weighed.

    Parameters
    ----------
    guide : Guide
    built : BuiltFigure
        The figure that it shows, at the same size.
    ground_lab : (H, W, 3) float32
        CIE Lab of the ground behind it.
    frame : Frame
        Of the guide.
    """
    eye_px, landmarks, shown = frame.eye_distance_px, guide.landmarks, built.layer.valid
    lab, body = rgb_to_lab(guide.colour), np.isin(guide.parts, (Part.CLOTHING, Part.NECK))
    second, first = built.second & body, body & shown & ~built.second
    hands = body_shape.pieces(built.hands & body, _LEAST_HAND * eye_px ** 2)
    return {"fading": body_paint.fading(lab, body, guide.parts == Part.BACKGROUND, eye_px),
            "patched": body_paint.patched(lab, second, first, eye_px),
            "two tones": body_paint.two_tones(lab, second, first, eye_px),
            "empty": body_paint.empty(lab[..., 0], body, eye_px),
            "crooked": body_shape.crooked(body, landmarks[CHIN], eye_px),
            "broad": body_shape.broad(body, landmarks[CHIN], eye_px),
            "afloat": body_shape.afloat(body, eye_px),
            "ragged": body_shape.ragged(shown, eye_px),
            "lone hands": body_shape.lone_hands(hands, built.second, shown, eye_px),
            "cut hands": body_shape.cut_hands(hands, built.second, shown),
            "cut neck": body_paint.cut_neck(guide.parts == Part.NECK, second, first, eye_px),
            "stretched": body_paint.stretched(built.layer.provenance, lab[..., 0], body, eye_px),
            "scrap": body_shape.scrap(lab, ground_lab, body | np.isin(guide.parts, FACE_PARTS), landmarks, eye_px),
            "collar scrap": body_shape.collar_scrap(lab[..., 0], guide.parts == Part.HAIR, landmarks, eye_px)}


def weighed(points: Mapping[str, float]) -> dict[str, float]:
    """Measures as an eye weighs them: a fault twice as large is not twice as bad. Names without a weight stay as they are.

    Parameters
    ----------
    points : mapping of float
        Of the body, its plan and its join to the head, by name.
    """
    return {name: BODY_WEIGHTS[name][0] * _felt(value) if name in BODY_WEIGHTS else value for name, value in points.items()}


def _felt(value: float) -> float:
    value = max(0.0, value)
    return value / (1 + value / _BEARABLE)


def body_figures(faults: Mapping[str, float]) -> dict[str, Any]:
    """What the critic of bodies held against the composition that was chosen.

    Parameters
    ----------
    faults : mapping of float
        Points of a candidate, by name: those of other critics are left out.

    Returns
    -------
    dict
        "faults": {name: points}. "points": their sum. "sentence".
    """
    found = {name: round(float(faults[name]), 3) for name in BODY_WEIGHTS if name in faults}
    worst = sorted((name for name in found if found[name] >= _MENTIONED), key=lambda name: -found[name])[:3]
    points = round(sum(found.values()), 3)
    if not worst:
        return {"faults": found, "points": points, "sentence": "Nothing of the composed body catches the eye."}
    named = ", ".join(f"{BODY_WEIGHTS[name][1]} ({found[name]:.1f})" for name in worst)
    return {"faults": found, "points": points,
            "sentence": f"What catches the eye in the composed body ({points:.1f} points in all): {named}."}
