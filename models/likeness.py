"""How like a painting is to the sitter that is to be painted: one misfit for each purpose, made of shared criteria.

Four choices ask that question, and each weighs the criteria in its own way:

- the cast (`role_misfit`): who lends body, ground, head, eyes, nose and mouth of a new portrait;
- the broad form (`broad_form_misfit`): from which faces the light and colour of a new face are learned;
- the exemplars (`pose_misfit`, `paint_gap_lab`, `softness_lab`): whose paint a guide is painted with;
- a restyled picture (`restyle_misfit`): whose paint is laid over a face that is there already.

A misfit is 0 for a perfect match and grows without limit. Misfits of different purposes have different units and are never
compared with each other. All weights stand in this file, each with its reason; they were set by eye, no paper gives them.

The criteria themselves, and what they make of what nobody could estimate, stand in `models.likeness_criteria`.
"""

from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

import numpy as np
from jaxtyping import Bool, Float, Float32, Float64, UInt8

from data.estimate import Estimate
from data.landmarks import outer_eye_distance
from data.parts import Part
from models.alignment import Frame
from models.likeness_criteria import (
    Wanted,
    age_gap_years,
    age_years_of,
    breaks_wish,
    differs,
    light_gap,
    octaves_enlarged,
    tone_gap_lab,
)
from models.shape import turn
from models.view import View
from models.warping import coverage

# --- Who lends a role: 1 makes a painting e times less likely to be drawn ----------------------------------------------


class RoleWeights(NamedTuple):
    """What being unlike costs a painting that is to lend one role."""

    other_sex: float
    """The sex is another."""
    age: float
    """Per square of `ROLE_AGE_YEARS` of difference in age."""
    enlarged: float
    """Per doubling of the painting's size up to the portrait's. Soft eyes stay soft: who lends a feature must have been
    scanned at about the portrait's own scale."""
    other_facial_hair: float
    """Facial hair is other than wanted."""


ROLE_WEIGHTS = {
    # Clothes tell the sex but hardly the age (but see OTHER_CHILDHOOD); broad cloth stands being enlarged. The lender's own
    # head is left out, but a beard covers its collar.
    "body": RoleWeights(other_sex=5.0, age=0.0, enlarged=1.2, other_facial_hair=2.0),
    # Hair, beard and the outline of the face come from the head, and they tell the sex more than anything else does.
    "head": RoleWeights(other_sex=12.0, age=0.5, enlarged=2.0, other_facial_hair=6.0),
    # Eyes hold the finest drawing, and the viewer looks at them first. A beard does not reach them.
    "eyes": RoleWeights(other_sex=5.0, age=0.5, enlarged=4.0, other_facial_hair=0.5),
    # A nose is broader form than eyes and mouth. A beard does not reach it.
    "nose": RoleWeights(other_sex=5.0, age=0.5, enlarged=2.5, other_facial_hair=0.5),
    # Lips within a beard are drawn differently from bare ones.
    "mouth": RoleWeights(other_sex=5.0, age=0.5, enlarged=3.0, other_facial_hair=6.0),
}
ROLE_TURN = 0.22
"""Difference in turn that costs 1: a fifth of the way to three-quarter profile is what warping can hide."""
ROLE_AGE_YEARS = 15.0
"""Difference in age that costs one `RoleWeights.age`: less than half a generation hardly shows in paint."""
ROLE_LIGHT = 6.0
"""Difference in light (L* per eye unit) that costs 1: features that are lit differently from the head look pasted in."""
OTHER_LIGHT_FROM = 3.0
"""The light comes from another side than the user asked for."""

# The head alone.
WISH_NOT_SHOWN = 6.0
"""The user asked for this facial hair or headwear, and the head shows another."""
WISH_IN_DOUBT = 4.0
"""Times one minus the confidence: what was asked for must be sure of the head that shows it."""
OTHER_HEADWEAR = 5.0
"""The head has a hat and the sitter none, or the other way about."""
CLOTHING_TONE_LAB = 16.0
"""Difference between the clothes of head's and body's paintings, in Lab, that costs 1: red goes with a cardinal's cap and black
with a councillor's, and how a sitter is dressed tells their rank better than anything else that is measured."""
NECK_TONE_LAB = 25.0
"""The same of their necks, of which parts are seen side by side, and whose tones are brought together afterwards."""

# The body alone.
CHILDHOOD_YEARS = 13
"""Children wear other clothes and have other shoulders below this age."""
OTHER_CHILDHOOD = 6.0
"""A grown-up's body is asked to carry a child's head, or the other way about."""
FRAME_NOT_COVERED = 24.0
"""Times the share of the frame that the painting leaves empty: nothing of the master's can fill it."""
OTHER_CLOTHING_TONE = 3.0
"""Clothes are darker or lighter than wanted."""
OTHER_CLOTHING_HUE = 6.0
"""Clothes are of another colour than the user asked for: they can be dyed, but folds in their own colour are better."""

# The ground alone.
OTHER_BACKGROUND_TONE = 5.0
"""The ground is darker or lighter than the user asked for."""
OTHER_GROUND = 6.0
"""The user asked for a curtain, say, and the painting shows a landscape."""
LOST_ON_GROUND_LAB, LOST_ON_GROUND = 10.0, 3.5
"""Dark clothes stand out from a ground that is lighter by this; on one that is no lighter the figure is lost, which costs so
much. Light clothes stand out from any darker ground."""
LIGHT_CLOTHES_LAB = 30.0
"""Clothes of this lightness are light."""
GLARING_GROUND_LAB, GLARING_EACH_LAB = 24.0, 8.0
"""A ground lighter than the clothes by more than the first is a stage light; each of the second beyond it costs 1."""


def role_misfit(view: View, sitter: Wanted, role: str, frame: Frame, cast: Mapping[str, View]) -> float:
    """How badly a painting fits to lend one role of a new portrait.

    Parameters
    ----------
    view : View
        Whose painting is asked.
    sitter : Wanted
        Who is to be painted.
    role : str
        A key of `ROLE_WEIGHTS`.
    frame : Frame
        Of the new portrait.
    cast : mapping of View by role
        Who lends the roles before this one: the head must fit the body ("body"), and the features the head ("head").

    Returns
    -------
    float
        From 0; one more makes the painting e times less likely to be drawn.
    """
    misfit: float | np.floating[Any] = 0.0
    for cost in _role_costs(view, sitter, role, frame, cast):
        misfit += cost
    return float(misfit)


def _role_costs(view: View, sitter: Wanted, role: str, frame: Frame,
                cast: Mapping[str, View]) -> Iterator[float | np.floating[Any]]:
    """The costs one by one. They are added up in this order: another order would round otherwise and give, now and then,
    another portrait for the same seed."""
    weights, wanted = ROLE_WEIGHTS[role], sitter.attributes
    yield ((view.turn - sitter.turn) / ROLE_TURN) ** 2
    yield weights.other_sex * differs(view, "sex", wanted, unknown=wanted.get("sex"))
    yield weights.age * (age_gap_years(view, sitter.age_years) / ROLE_AGE_YEARS) ** 2
    yield weights.enlarged * octaves_enlarged(view.eye_distance_px, frame.eye_distance_px)
    yield weights.other_facial_hair * differs(view, "facial_hair", wanted, unknown="none")
    if role == "body":
        yield from _body_costs(view, sitter, frame)
        return
    if role == "head":
        yield from _head_costs(view, sitter, cast["body"])
    reference = cast.get("head", cast["body"])
    yield (light_gap(view, reference.light) / ROLE_LIGHT) ** 2
    yield OTHER_LIGHT_FROM * breaks_wish(view, "light_from", sitter)


def _body_costs(view: View, sitter: Wanted, frame: Frame) -> Iterator[float]:
    yield OTHER_CHILDHOOD * ((age_years_of(view) < CHILDHOOD_YEARS) != (sitter.age_years < CHILDHOOD_YEARS))
    yield (FRAME_NOT_COVERED * (1 - coverage(view, frame))
           + OTHER_CLOTHING_TONE * differs(view, "clothing_tone", sitter.attributes))
    yield OTHER_CLOTHING_HUE * breaks_wish(view, "clothing_hue", sitter)


def ground_misfit(view: View, sitter: Wanted, body: View, clothing_lab: Float[np.ndarray, " 3"]) -> float:
    """How badly a painting fits to lend the ground of a figure.

    Parameters
    ----------
    view : View
    sitter : Wanted
    body : View
        Who lends the body, whose light the ground must share.
    clothing_lab : (3,) float
        Median colour of the figure's clothes, CIE Lab.

    Returns
    -------
    float
        From 0; infinite if the painting shows no ground.
    """
    tone = view.tones[Part.BACKGROUND]
    if np.isnan(tone).any():
        return float("inf")
    above = float(tone[0] - clothing_lab[0])
    stands_out = abs(above) if clothing_lab[0] > LIGHT_CLOTHES_LAB else above
    return float((light_gap(view, body.light) / ROLE_LIGHT) ** 2 / 4
                 + OTHER_BACKGROUND_TONE * breaks_wish(view, "background_tone", sitter)
                 + OTHER_GROUND * breaks_wish(view, "ground", sitter)
                 + LOST_ON_GROUND * float(np.clip(1 - stands_out / LOST_ON_GROUND_LAB, 0, 1))
                 + max(0.0, above - GLARING_GROUND_LAB) / GLARING_EACH_LAB)


def _head_costs(view: View, sitter: Wanted, body: View) -> Iterator[float]:
    asked = [key for key in ("facial_hair", "headwear") if key in sitter.wishes and key in view.attributes]
    yield sum(WISH_NOT_SHOWN * (view.value(key) != sitter.wishes[key])
              + WISH_IN_DOUBT * (1 - view.attributes[key].confidence) for key in asked)
    yield OTHER_HEADWEAR * differs(view, "headwear", sitter.attributes, unknown="none")
    yield (tone_gap_lab(view, body, Part.CLOTHING) / CLOTHING_TONE_LAB
           + tone_gap_lab(view, body, Part.NECK) / NECK_TONE_LAB)


# --- Whose light and colour a new face is learned from: a painting counts exp(-misfit / 2) -----------------------------

BROAD_FORM_TURN = 0.2
"""Difference in turn that costs 1. Narrower than for a role: faces are averaged here, and shadows of unlike turns blur."""
BROAD_FORM_LIGHT = 5.0
"""Difference in light (L* per eye unit) that costs 1: averaging faces lit from opposite sides would lose the light's side."""
BROAD_FORM_OTHER_SEX = 4.0
"""The masters painted men's skin darker and redder than women's."""
BROAD_FORM_OTHER_FACIAL_HAIR = 4.0
"""A beard's darkness would spread over the cheeks of a bare face."""
BROAD_FORM_AGE_YEARS_SQUARED = 400
"""Square of the difference in age (20 years) that costs 1: age shows in fine form, which is not learned here."""


def broad_form_misfit(view: View, sitter: Wanted, turned: float, light: Float[np.ndarray, " 2"] | None) -> float:
    """How badly a painted face fits to teach the broad light and colour of a new face.

    Parameters
    ----------
    view : View
    sitter : Wanted
        Who is to be painted. Sex that is unknown on one side alone counts as another.
    turned : float
        Turn of the new face, as `models.shape.turn` measures it on its layout.
    light : (2,) float, optional
        How the new head is lit (`View.light`); None: any light will do.

    Returns
    -------
    float
        From 0; a painting counts exp(-misfit / 2).
    """
    misfit: float | np.floating[Any] = ((view.turn - turned) / BROAD_FORM_TURN) ** 2
    misfit += 0.0 if light is None else (light_gap(view, light) / BROAD_FORM_LIGHT) ** 2
    misfit += BROAD_FORM_OTHER_SEX * (view.value("sex") != sitter.attributes.get("sex"))
    misfit += BROAD_FORM_OTHER_FACIAL_HAIR * (view.value("facial_hair", "none")
                                              != sitter.attributes.get("facial_hair", "none"))
    return float(misfit + age_gap_years(view, sitter.age_years) ** 2 / BROAD_FORM_AGE_YEARS_SQUARED)


# --- Whose paint a guide is painted with -------------------------------------------------------------------------------

EXEMPLAR_ENLARGED_TURN = 0.5
"""One doubling in size costs as much as this difference in turn, when paintings are shortlisted: half of the way to
three-quarter profile, because paint that is blurred shows everywhere, and a turned cheek only at the cheek."""
SOFT_PAINT_LAB = 2.5
"""One doubling in size costs as much as paint this far off in colour (CIE Lab): just about what one sees."""
OTHER_PART_LAB = 15.0
"""Paint of another part of the portrait costs as much as paint this far off in colour: cloth of the very tone of a cheek
still has no strokes of skin."""
NO_PAINT_LAB = 60.0
"""Outside the painted surface: farther off than any colour on one palette is from another."""
SKIN_IMPORTANCE = 3.0
"""How much more a texel of the face counts than one elsewhere."""


def pose_misfit(view: View, turned: float, eye_distance_px: float) -> float:
    """How badly a painting fits to be looked at more closely as an exemplar.

    Parameters
    ----------
    view : View
    turned : float
        Turn of the new face, as `models.shape.turn` measures it.
    eye_distance_px : float
        Between the outer eye corners of the new face.

    Returns
    -------
    float
        From 0, in units of turn.
    """
    return abs(view.turn - turned) + EXEMPLAR_ENLARGED_TURN * octaves_enlarged(view.eye_distance_px, eye_distance_px)


def softness_lab(views: list[View], eye_distance_px: float) -> Float32[np.ndarray, " N"]:
    """What it costs each painting to be enlarged to `eye_distance_px` between the eyes, in CIE Lab."""
    octaves = [octaves_enlarged(view.eye_distance_px, eye_distance_px) for view in views]
    return SOFT_PAINT_LAB * np.array(octaves, np.float32)


def paint_gap_lab(lab: Float32[np.ndarray, "H W 3"], parts: UInt8[np.ndarray, "H W"], valid: Bool[np.ndarray, "H W"],
                  wanted_lab: Float32[np.ndarray, "H W 3"],
                  wanted_parts: UInt8[np.ndarray, "H W"]) -> Float64[np.ndarray, "H W"]:
    """How far the paint of an exemplar is from a guide, texel by texel.

    Parameters
    ----------
    lab, parts, valid
        Colour (CIE Lab), parts and painted surface of the exemplar, carried onto the guide's layout.
    wanted_lab, wanted_parts
        Colour and parts of the guide.

    Returns
    -------
    (H, W) float64
        Distance in CIE Lab, with `OTHER_PART_LAB` and `NO_PAINT_LAB` on top where they apply.
    """
    colour_gap = np.linalg.norm(lab - wanted_lab, axis=-1)
    return colour_gap + OTHER_PART_LAB * (parts != wanted_parts) + NO_PAINT_LAB * ~valid


# --- Whose paint is laid over a face that is there already --------------------------------------------------------------

RESTYLE_UNLIKE = {
    "facial_hair": 0.6,  # A cheek cannot be painted from a beard.
    "sex": 0.3,          # Skin is painted differently, but it is skin.
    "headwear": 0.2,     # A hat covers only the forehead.
}
"""What differing in an attribute costs, in units of turn: 1 is a head turned to three-quarter profile."""
RESTYLE_ENOUGH_PX = 110.0
"""Between the outer eye corners: a face this large shows its strokes, and larger ones are no better for being larger. Half
this size costs 1, as much as a head turned to three-quarter profile."""


def restyle_misfit(painted_xy: Float[np.ndarray, "68 2"], painted: Mapping[str, Estimate],
                   face_xy: Float[np.ndarray, "68 2"], attributes: Mapping[str, Estimate]) -> float:
    """How badly a painted face fits to have its paint laid over a given face.

    Parameters
    ----------
    painted_xy, painted
        Landmarks of the painted face, in pixels of its scan, and the attributes of its sitter.
    face_xy, attributes
        The same of the face that is to be painted over. What is unknown on either side costs nothing.

    Returns
    -------
    float
        From 0, in units of turn.
    """
    misfit = abs(turn(painted_xy) - turn(face_xy))
    for name, cost in RESTYLE_UNLIKE.items():
        values = [each[name].value if name in each else None for each in (attributes, painted)]
        misfit += cost * (None not in values and values[0] != values[1])
    return misfit + octaves_enlarged(outer_eye_distance(painted_xy), RESTYLE_ENOUGH_PX)
