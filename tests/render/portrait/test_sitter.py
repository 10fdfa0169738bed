"""Sitters come from the corpus' joint distribution: combinations never painted do not come up, wishes are granted or
refused in plain words."""

from types import SimpleNamespace

import numpy as np
import pytest

from data.errors import CorpusError, UsageError
from data.estimate import Estimate
from render.portrait.sitter import (
    FIGURE_WISHES,
    attributes_of,
    draw_sitter,
    is_as_wished,
    measured_name,
    parse_wishes,
    photographed_sitter,
    wishes_missed,
)


def view(name, sex, beard, facing, age=40.0, mirrored=False):
    values = {"sex": sex, "facial_hair": beard, "facing": facing, "age_years": age, "headwear": "none"}
    attributes = {key: Estimate(value, 0.9, "test") for key, value in values.items()}
    return SimpleNamespace(name=name, mirrored=mirrored, attributes=attributes,
                           turn={"left": -0.6, "frontal": 0.0, "right": 0.6}[facing],
                           value=lambda key, default=None: attributes[key].value if key in attributes else default)


@pytest.fixture
def views():
    painted = [view(f"man{i}", "male", "beard", "left", 30.0 + i) for i in range(6)]
    painted += [view(f"woman{i}", "female", "none", "right", 20.0 + i) for i in range(3)]
    other = {"left": "right", "right": "left"}
    return painted + [view(v.name, v.value("sex"), v.value("facial_hair"), other[v.value("facing")],
                           v.value("age_years"), True) for v in painted]


def test_attributes_come_jointly(views):
    rng = np.random.default_rng(0)
    drawn = [draw_sitter(views, {}, rng).attributes for _ in range(300)]
    pairs = {(a["sex"], a["facial_hair"]) for a in drawn}
    assert pairs == {("male", "beard"), ("female", "none")}
    assert np.mean([a["sex"] == "female" for a in drawn]) == pytest.approx(1 / 3, abs=0.08)


def test_wishes_are_granted_by_the_mirror_too(views):
    sitter = draw_sitter(views, parse_wishes(["sex=female", "facing=left"]), np.random.default_rng(1))
    assert sitter.attributes["sex"] == "female" and sitter.turn < -0.3


def test_the_wished_age_is_kept_even_if_nobody_has_it(views):
    sitter = draw_sitter(views, parse_wishes(["sex=female", "age=70"]), np.random.default_rng(1))
    assert sitter.attributes["age"] == 70


def test_an_unsupported_combination_names_the_nearest(views):
    with pytest.raises(CorpusError, match=r"no sitter among 9 is sex=female, facial_hair=beard; nearest: (wo)?man"):
        draw_sitter(views, parse_wishes(["sex=female", "facial_hair=beard"]), np.random.default_rng(0))


@pytest.mark.parametrize(("pair", "message"), [
    ("hat=yes", "unknown sitter wish 'hat=yes'.*KEY one of sex, age"), ("sex", "unknown sitter wish"),
    ("sex=lady", "expected one of female, male"), ("age=old", "age in years from 0 to 110"),
    ("age=-3", "age in years from 0 to 110")])
def test_misuse_is_told(pair, message):
    with pytest.raises(UsageError, match=message):
        parse_wishes([pair])


def test_same_seed_same_sitter(views):
    first, second = (draw_sitter(views, {}, np.random.default_rng(5)) for _ in range(2))
    assert first == second


def test_a_view_grants_what_it_shows(views):
    assert wishes_missed(views[0], {"sex": "male", "age": 35.0}) == []
    assert wishes_missed(views[0], {"sex": "female", "age": 80.0}) == ["sex", "age"]
    assert attributes_of(views[0])["facing"] == "left"


def test_an_age_near_the_wished_one_will_do():
    assert is_as_wished("age", 40.0, 52.0) and not is_as_wished("age", 40.0, 52.1)
    assert is_as_wished("sex", "female", "female") and not is_as_wished("sex", "female", "male")


def test_wishes_are_measured_under_names_of_their_own():
    assert measured_name("age") == "age_years" and measured_name("sex") == "sex"
    assert "age_years" not in attributes_of(view("man", "male", "beard", "left"))


def test_a_photographed_person_sits_as_they_are_but_for_what_is_wished():
    sitter = photographed_sitter(view("photograph", "female", "none", "right", 33.0), {"age": 60.0})
    assert sitter.attributes["sex"] == "female" and sitter.age_years == 60
    assert sitter.turn == 0.6 and sitter.sentence() == "a woman of about 60, facing right"


def test_tones_that_nobody_shows_are_mixed_in(views):
    sitter = draw_sitter(views, parse_wishes(["sex=female", "clothing_tone=light"]), np.random.default_rng(1))
    assert sitter.attributes["sex"] == "female" and sitter.attributes["clothing_tone"] == "light"


def test_lenders_are_wished_for_by_name(views):
    wishes = parse_wishes(["eyes=man2", "sex=female"])
    sitter = draw_sitter(views, wishes, np.random.default_rng(1))
    assert sitter.attributes["sex"] == "female" and "eyes" not in sitter.attributes
    assert sitter.wishes == {"eyes": "man2", "sex": "female"}
    with pytest.raises(CorpusError, match="mouth=man9: no painting of one sitter has that name; nearest: man"):
        draw_sitter(views, parse_wishes(["mouth=man9"]), np.random.default_rng(1))


def test_wishes_for_the_figure_are_told_from_those_for_the_sitter(views):
    pairs = ["format=bust", "hands=one", "ground=curtain", "clothing-hue=red"]
    wishes = parse_wishes(pairs)
    assert tuple(wishes) == FIGURE_WISHES and list(wishes.values()) == ["bust", "one", "curtain", "red"]
    # Nobody was painted so: that is no reason to refuse, and no reason for another sitter.
    with_wishes, without = (draw_sitter(views, given, np.random.default_rng(3)) for given in (wishes, {}))
    assert with_wishes.template == without.template and with_wishes.wishes == wishes
    assert with_wishes.attributes == {**without.attributes, **wishes}
    with pytest.raises(UsageError, match="format=full-length: expected one of head, bust, half-length"):
        parse_wishes(["format=full-length"])


def test_a_figure_is_not_drawn_with_a_sitter(views):
    """How one painting is framed says nothing of the next."""
    for one in views:
        one.attributes.update({"hands": Estimate("two", 0.9, "test"), "format": Estimate("bust", 0.9, "test")})
    assert not set(FIGURE_WISHES) & set(draw_sitter(views, {}, np.random.default_rng(0)).attributes)
    assert not set(FIGURE_WISHES) & set(photographed_sitter(views[0], {}).attributes)
    assert photographed_sitter(views[0], {"hands": "one"}).attributes["hands"] == "one"


def test_who_lends_the_body_was_called_the_scene(views):
    assert parse_wishes(["scene=man2"]) == parse_wishes(["body=man2"]) == {"body": "man2"}
    with pytest.raises(CorpusError, match="second=man9: no painting of one sitter has that name; nearest: man"):
        draw_sitter(views, parse_wishes(["second=man9"]), np.random.default_rng(1))
