"""Criteria of likeness between a painting and the sitter that is to be painted, unweighed: each in a unit of its own.

`models.likeness` weighs them. Criteria deliberately treat unknown attributes differently: an unknown sex counts as the wanted
one, facial hair and headwear that were not found count as "none", and an unknown tone fulfils no wish.
"""

from collections.abc import Mapping
from typing import Any, Protocol

import numpy as np
from jaxtyping import Float

from data.parts import Part
from models.view import UNKNOWN_AGE_YEARS, View

UNKNOWN_TONE_GAP_LAB = 20.0
"""A part that one painting does not show is taken to differ as two clearly different colours do."""


class Wanted(Protocol):
    """The sitter that is to be painted, as far as likeness needs to know them."""

    @property
    def attributes(self) -> Mapping[str, Any]:
        """Value by wish name ("sex", "facial_hair", ...); what is unknown is left out."""

    @property
    def wishes(self) -> Mapping[str, Any]:
        """The attributes that the user asked for; all others were drawn at random."""

    @property
    def turn(self) -> float:
        """Turn of the head, as `models.shape.turn` measures it."""

    @property
    def age_years(self) -> float:
        """Age, with a default where it is unknown."""


def octaves_enlarged(eye_distance_px: float, wanted_px: float) -> float:
    """How often a face must be doubled in size to be shown with `wanted_px` between its outer eye corners; 0 for a face
    that is large enough."""
    return max(0.0, np.log2(wanted_px / eye_distance_px))


def age_gap_years(view: View, age_years: float) -> float:
    """Years between the ages of two sitters."""
    return abs(age_years_of(view) - age_years)


def light_gap(view: View, light: Float[np.ndarray, " 2"]) -> np.floating[Any]:
    """How differently two faces are lit: the length of the difference between their slopes of lightness (`View.light`), in
    L* per eye unit."""
    return np.linalg.norm(view.light - light)


def tone_gap_lab(view: View, other: View, part: Part) -> float:
    """How far the median colours of one part lie apart in two paintings.

    Parameters
    ----------
    view, other : View
    part : Part

    Returns
    -------
    float
        In CIE Lab; `UNKNOWN_TONE_GAP_LAB` if either painting shows none of it.
    """
    gap = np.linalg.norm(view.tones[part] - other.tones[part])
    return UNKNOWN_TONE_GAP_LAB if np.isnan(gap) else float(gap)


def differs(view: View, attribute: str, wanted: Mapping[str, Any], unknown: str | None = None) -> bool:
    """Whether a painted sitter differs from the wanted one in an attribute.

    Parameters
    ----------
    view : View
    attribute : str
    wanted : mapping of values by attribute name
        An attribute that is left out is met by everybody.
    unknown : str, optional
        What an attribute counts as that could not be estimated in the painting.
    """
    value = view.value(attribute, unknown)
    return value != wanted.get(attribute, value)


def age_years_of(view: View) -> float:
    """The age of a painted sitter; `UNKNOWN_AGE_YEARS` where it is not known."""
    return float(view.value("age_years", UNKNOWN_AGE_YEARS))


def breaks_wish(view: View, attribute: str, sitter: Wanted) -> bool:
    """Whether the user asked for another value of an attribute than the painting shows.

    Parameters
    ----------
    view : View
    attribute : str
    sitter : Wanted
    """
    return attribute in sitter.wishes and differs(view, attribute, sitter.attributes)
