"""The sitter: attributes drawn from the corpus' own joint distribution, or wished for.

All attributes are taken from one painted sitter, with age and turn varied a little, so that combinations of attributes are as
frequent as in the master's paintings.

Wishes and sitters use the names of `WISHES`, as people write them and as the JSON files hold them. Measuring calls one of
them by another name (`age_years`): `measured_name` translates, and nothing else does.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Any, TypeAlias

import numpy as np
from jaxtyping import Float

from data.errors import CorpusError, UsageError
from models.shape import shape_conditions
from models.view import UNKNOWN_AGE_YEARS, View

Wishes: TypeAlias = dict[str, Any]
"""{name of `WISHES`: a word, or a number for the age; role of `ROLES`: name of the painting that shall lend it}."""

WISHES: dict[str, tuple[str, ...] | None] = {
    "sex": ("female", "male"),
    "age": None,
    "facing": ("left", "frontal", "right"),
    "facial_hair": ("none", "moustache", "beard"),
    "headwear": ("none", "hat"),
    "clothing_tone": ("dark", "mid", "light"),
    "background_tone": ("dark", "mid", "light"),
    "light_from": ("left", "front", "right"),
    "format": ("head", "bust", "half-length"),
    "hands": ("none", "one", "two"),
    "ground": ("plain", "curtain", "landscape"),
    "clothing_hue": ("black", "grey", "white", "red", "orange", "brown", "yellow", "green", "teal", "blue", "purple"),
}
"""What may be wished for, and the values each wish takes (None: a number)."""
FIRM_WISHES = ("sex", "facing", "facial_hair", "headwear")
"""Wishes that some painted sitter must fulfil: they cannot be made by combining several sitters."""
FIGURE_WISHES = ("format", "hands", "ground", "clothing_hue")
"""Wishes about the figure: they say what it shall be like, but are not drawn with a sitter."""
FACE_ROLES = ("head", "eyes", "nose", "mouth")
"""Who lends what to the face."""
ROLES = ("body", "second", *FACE_ROLES)
"""Who may be asked to lend what, as ROLE=PAINTING: `body` the figure, `second` what of the garment is not the first's."""
_FORMER_ROLES = {"scene": "body"}
AGE_TOLERANCE_YEARS = 12.0
"""An age this near the wished one fulfils the wish: one and a half times the mean error of estimating an age in a painting."""

_MEASURED_AS = {"age": "age_years"}
_OLDEST_YEARS = 110
_AGE_SPREAD_YEARS = 4.0     # standard deviation by which a drawn sitter's age differs from the template's
_DRAWN_AGES_YEARS = (1, 95)
_TURN_SPREAD = 0.05         # standard deviation by which a drawn sitter's turn differs from the template's
_ENOUGH_AS_PAINTED = 3      # from this many paintings on that fulfil the wishes, mirror images are left out


def measured_name(wish: str) -> str:
    """The name of the measured attribute (`features.sitter.attributes`) that a wish is about."""
    return _MEASURED_AS.get(wish, wish)


def parse_wishes(pairs: Iterable[str]) -> Wishes:
    """["sex=female", "age=30", "eyes=NAME"] as a dict; UsageError names what may be wished for."""
    wishes = {}
    for pair in pairs:
        key, equals, value = pair.partition("=")
        key, value = key.strip().replace("-", "_"), value.strip()
        key = _FORMER_ROLES.get(key, key)
        if not equals or key not in (*WISHES, *ROLES):
            raise UsageError(f"unknown sitter wish {pair!r}: write KEY=VALUE with KEY one of {', '.join(WISHES)}; or "
                             f"one of {', '.join(ROLES)} with the file name of the painting that shall lend it; or give "
                             "a photograph of the person to be painted")
        wishes[key] = value if key in ROLES else _wished_value(key, value)
    return wishes


def _wished_value(key: str, text: str) -> str | float:
    """The text of a wish for an attribute as its value; UsageError if it has no such value."""
    values = WISHES[key]
    if values is not None:
        if text not in values:
            raise UsageError(f"sitter wish {key}={text}: expected one of {', '.join(values)}")
        return text
    try:
        number = float(text)
    except ValueError:
        number = np.nan
    if not 0 <= number <= _OLDEST_YEARS:
        raise UsageError(f"sitter wish {key}={text}: expected an age in years from 0 to {_OLDEST_YEARS}")
    return number


@dataclass(frozen=True)
class Sitter:
    """The sitter to be painted.

    Attributes
    ----------
    attributes : dict
        By the names of `WISHES`; what nobody knows is left out.
    turn : float
        Wanted turn of the head (`models.shape.turn`).
    template : str
        The painted sitter whose combination of attributes was drawn (not whose face is painted).
    wishes : dict
        As they were given, lenders included.
    """

    attributes: dict[str, Any]
    turn: float
    template: str
    wishes: Wishes

    @property
    def female(self) -> bool:
        """Whether a woman sits; False where nobody knows."""
        return self.attributes.get("sex") == "female"

    @property
    def age_years(self) -> float:
        """Age, or that of a usual sitter (`UNKNOWN_AGE_YEARS`) where nobody knows."""
        return float(self.attributes.get("age", UNKNOWN_AGE_YEARS))

    @property
    def conditions(self) -> Float[np.ndarray, " C"]:
        """What the shape model is conditioned on."""
        return shape_conditions(turn=self.turn, female=float(self.female), age_years=self.age_years)

    def sentence(self) -> str:
        """The sitter in words."""
        get = self.attributes.get
        words = [{"female": "a woman", "male": "a man"}.get(get("sex", ""), "a sitter")]
        if get("age") is not None:
            words.append(f"of about {round(self.age_years)}")
        if get("facial_hair") in ("beard", "moustache"):
            words.append(f"with a {get('facial_hair')}")
        if get("headwear") == "hat":
            words.append("wearing a hat")
        if get("facing"):
            words.append("facing the viewer" if get("facing") == "frontal" else f"facing {get('facing')}")
        if get("clothing_tone"):
            words.append(f"in {get('clothing_tone')} clothes")
        return ", ".join([" ".join(words[:2]), *words[2:]])


def attributes_of(view: View) -> dict[str, Any]:
    """A painted sitter's attributes by the names of `WISHES`; what measuring abstained from is left out."""
    found = {key: view.value(measured_name(key)) for key in WISHES}
    return {key: value for key, value in found.items() if value is not None}


def is_as_wished(key: str, value: Any, wanted: Any) -> bool:
    """Whether a value fulfils a wish.

    Parameters
    ----------
    key : str
        Name of the wish.
    value
        What a sitter has.
    wanted
        What was wished for: the same word, or an age within 12 years of theirs, is as wished.
    """
    return abs(value - wanted) <= AGE_TOLERANCE_YEARS if key == "age" else value == wanted


def wishes_missed(view: View, wishes: Mapping[str, Any]) -> list[str]:
    """Which wishes for attributes a view does not fulfil, by their names; wishes for lenders are passed over."""
    has = attributes_of(view)
    return [key for key, wanted in wishes.items()
            if key not in ROLES and not (key in has and is_as_wished(key, has[key], wanted))]


def photographed_sitter(person: View, wishes: Wishes) -> Sitter:
    """The sitter that a photograph shows, with what is wished for in place of what was measured."""
    own = {key: value for key, value in attributes_of(person).items() if key not in FIGURE_WISHES}
    return Sitter({**own, **wishes}, person.turn, person.name, dict(wishes))


def draw_sitter(views: Sequence[View], wishes: Wishes, rng: np.random.Generator) -> Sitter:
    """A sitter from the joint distribution of the corpus, given the wishes.

    Parameters
    ----------
    views : sequence of View
        Sitters both ways.
    wishes : dict
        From `parse_wishes`.
    rng : numpy.random.Generator

    Returns
    -------
    Sitter

    Raises
    ------
    CorpusError
        No painted sitter, as is or mirrored, fulfils the firm wishes (`FIRM_WISHES`), or no painting has the name of a
        wished lender; the message names the nearest.
    """
    _check_lenders(views, wishes)
    asked = {key: wanted for key, wanted in wishes.items() if key not in ROLES}
    of_sitter = {key: wanted for key, wanted in asked.items() if key not in FIGURE_WISHES}
    pool = _fulfilling(views, of_sitter) or _nearly_fulfilling(views, of_sitter)
    template = pool[int(rng.integers(len(pool)))]
    own = {key: value for key, value in attributes_of(template).items() if key not in FIGURE_WISHES}
    attributes = {**own, **asked}
    if "age" in attributes and "age" not in wishes:
        attributes["age"] = float(np.clip(attributes["age"] + rng.normal(0, _AGE_SPREAD_YEARS), *_DRAWN_AGES_YEARS))
    turned = template.turn + float(rng.normal(0, _TURN_SPREAD))
    return Sitter(attributes, turned, template.name, dict(wishes))


def _check_lenders(views: Sequence[View], wishes: Wishes) -> None:
    names = {view.name for view in views}
    for role in ROLES:
        if role in wishes and wishes[role] not in names:
            near = get_close_matches(wishes[role], sorted(names), 3, 0.3)
            raise CorpusError(f"--sitter {role}={wishes[role]}: no painting of one sitter has that name"
                              + (f"; nearest: {', '.join(near)}" if near else ""))


def _fulfilling(views: Sequence[View], asked: Wishes) -> list[View]:
    """The views that fulfil every wish, as painted where there are enough of them; all, as painted, without a wish."""
    if not asked:
        # Mirrored views are used only to fulfil wishes: the master's own preference for a side is part of the statistics.
        return [view for view in views if not view.mirrored]
    pool = [view for view in views if not wishes_missed(view, asked)]
    as_painted = [view for view in pool if not view.mirrored]
    return as_painted if len(as_painted) >= _ENOUGH_AS_PAINTED else pool


def _nearly_fulfilling(views: Sequence[View], asked: Wishes) -> list[View]:
    """The views that fulfil the firm wishes: tones and age can be taken from other sitters; CorpusError if there are none."""
    firm = {key: wanted for key, wanted in asked.items() if key in FIRM_WISHES}
    pool = [view for view in views if not wishes_missed(view, firm)]
    if not pool:
        nearest = min(views, key=lambda view: (len(wishes_missed(view, firm)), view.mirrored))
        raise CorpusError(
            f"no sitter among {len(views) // 2} is {_words(firm)}; nearest: {nearest.name} ("
            f"{_words(attributes_of(nearest))}), which misses {', '.join(wishes_missed(nearest, firm))}. Drop that wish, "
            "or add paintings that show it")
    return pool


def _words(attributes: Mapping[str, Any]) -> str:
    return ", ".join(f"{key}={value:g}" if isinstance(value, float) else f"{key}={value}"
                     for key, value in attributes.items()) or "any"
