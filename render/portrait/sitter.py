"""Who sits: attributes drawn from the corpus' own joint distribution, or wished for.

Joint means joint: a sitter's attributes are those of one painted sitter, with age and turn jittered, so bearded women
come up as often as the master painted them.
"""

from dataclasses import dataclass
from difflib import get_close_matches

import numpy as np

from data.errors import CorpusError, UsageError
from models.shape import shape_conditions

# What may be wished for, and the values each wish takes (None: a number).
WISHES = {
    "sex": ("female", "male"),
    "age": None,
    "facing": ("left", "frontal", "right"),
    "facial_hair": ("none", "moustache", "beard"),
    "headwear": ("none", "hat"),
    "clothing_tone": ("dark", "mid", "light"),
    "background_tone": ("dark", "mid", "light"),
    "light_from": ("left", "front", "right"),
}
# Who may be asked to lend what, as ROLE=PAINTING.
ROLES = ("scene", "head", "eyes", "nose", "mouth")
AGE_TOLERANCE_YEARS = 12.0


def parse_wishes(pairs):
    """["sex=female", "age=30", "eyes=NAME"] as a dict; UsageError names what may be wished for."""
    wishes = {}
    for pair in pairs:
        key, equals, value = pair.partition("=")
        key, value = key.strip().replace("-", "_"), value.strip()
        if not equals or key not in (*WISHES, *ROLES):
            raise UsageError(f"unknown sitter wish {pair!r}: write KEY=VALUE with KEY one of {', '.join(WISHES)}; or "
                             f"one of {', '.join(ROLES)} with the file name of the painting that shall lend it; or give "
                             "a photograph of the person to be painted")
        if key in ROLES:
            wishes[key] = value
        elif WISHES[key] is None:
            try:
                number = float(value)
            except ValueError:
                number = np.nan
            if not 0 <= number <= 110:
                raise UsageError(f"sitter wish {key}={value}: expected an age in years from 0 to 110")
            wishes[key] = number
        elif value in WISHES[key]:
            wishes[key] = value
        else:
            raise UsageError(f"sitter wish {key}={value}: expected one of {', '.join(WISHES[key])}")
    return wishes


@dataclass(frozen=True)
class Sitter:
    """The sitter to be painted.

    `attributes` uses the wish names; `turn` is the wanted turn of the head (models.shape.turn); `template` names the
    painted sitter whose combination of attributes was drawn, not whose face is painted. `wishes` as they were given,
    lenders included.
    """

    attributes: dict
    turn: float
    template: str
    wishes: dict

    @property
    def female(self):
        return self.attributes.get("sex") == "female"

    @property
    def age_years(self):
        return float(self.attributes.get("age", 40.0))

    @property
    def conditions(self):
        return shape_conditions(turn=self.turn, female=float(self.female), age_years=self.age_years)

    def sentence(self):
        """The sitter in words."""
        get = self.attributes.get
        person = {"female": "a woman", "male": "a man"}.get(get("sex"), "a sitter")
        words = [person]
        if get("age") is not None:
            words.append(f"of about {round(get('age'))}")
        if get("facial_hair") in ("beard", "moustache"):
            words.append(f"with a {get('facial_hair')}")
        if get("headwear") == "hat":
            words.append("wearing a hat")
        if get("facing"):
            words.append("facing the viewer" if get("facing") == "frontal" else f"facing {get('facing')}")
        if get("clothing_tone"):
            words.append(f"in {get('clothing_tone')} clothes")
        return ", ".join([" ".join(words[:2]), *words[2:]])


def attributes_of(view):
    """A painted sitter's attributes under the wish names; what was abstained from is left out."""
    found = {key: view.value("age_years" if key == "age" else key) for key in WISHES}
    return {key: value for key, value in found.items() if value is not None}


def grants(view, wishes):
    """Which wishes for attributes a view does not fulfil."""
    has = attributes_of(view)
    missed = []
    for key, wanted in wishes.items():
        if key in ROLES:
            continue
        if key == "age":
            if "age" not in has or abs(has["age"] - wanted) > AGE_TOLERANCE_YEARS:
                missed.append(key)
        elif has.get(key) != wanted:
            missed.append(key)
    return missed


def draw_sitter(views, wishes, rng):
    """A sitter from the joint distribution of the corpus, given the wishes.

    Parameters
    ----------
    views : list of View
        Sitters both ways.
    wishes : dict
        From `parse_wishes`.
    rng : numpy.random.Generator

    Raises
    ------
    CorpusError
        No painted sitter, as is or mirrored, fulfils the wishes that cannot be met by mixing (sex, facial hair,
        headwear, facing), or no painting has the name of a wished lender; the message names the nearest.
    """
    names = {view.name for view in views}
    for role in ROLES:
        if role in wishes and wishes[role] not in names:
            near = get_close_matches(wishes[role], sorted(names), 3, 0.3)
            raise CorpusError(f"--sitter {role}={wishes[role]}: no painting of one sitter has that name"
                              + (f"; nearest: {', '.join(near)}" if near else ""))
    asked = {key: wanted for key, wanted in wishes.items() if key not in ROLES}
    if not asked:
        # Mirrored views only serve wishes: the master's own preference for a side is part of the statistics.
        pool = [view for view in views if not view.mirrored]
    else:
        pool = [view for view in views if not grants(view, wishes)]
        as_painted = [view for view in pool if not view.mirrored]
        pool = as_painted if len(as_painted) >= 3 else pool
    if not pool:
        # Tones and age can be mixed from other sitters; who sits and which way cannot.
        firm = {k: v for k, v in asked.items() if k in ("sex", "facial_hair", "headwear", "facing")}
        pool = [view for view in views if not grants(view, firm)]
        if not pool:
            nearest = min(views, key=lambda view: (len(grants(view, firm)), view.mirrored))
            raise CorpusError(
                f"no sitter among {len(views) // 2} is {_words(firm)}; nearest: {nearest.name} ("
                f"{_words(attributes_of(nearest))}), which misses {', '.join(grants(nearest, firm))}. Drop that wish, "
                "or add paintings that show it")
    template = pool[int(rng.integers(len(pool)))]
    attributes = {**attributes_of(template), **asked}
    if "age" in attributes and "age" not in wishes:
        attributes["age"] = float(np.clip(attributes["age"] + rng.normal(0, 4), 1, 95))
    turned = template.turn + float(rng.normal(0, 0.05))
    return Sitter(attributes, turned, template.name, dict(wishes))


def _words(attributes):
    return ", ".join(f"{key}={value:g}" if isinstance(value, float) else f"{key}={value}"
                     for key, value in attributes.items()) or "any"
