"""Who lends what: each role another painting, whoever was wished for or given where there is such a view, the likest most
often; a photographed person lends the head and all that is in it, never the figure."""

from dataclasses import replace

import numpy as np
import pytest

from data.estimate import Estimate
from render.portrait.cast import FACE_ROLES, choose_cast
from render.portrait.figure.figure import FIGURE_ROLES


@pytest.fixture
def choose(composed):
    def chosen(seed=0, wishes=None, views=None, lenders=None, **options):
        sitter = replace(composed.layout.sitter, wishes=wishes or {})
        return choose_cast(views or composed.views, sitter, composed.frame, np.random.default_rng(seed),
                           lenders or composed.figure.lenders, **options)

    return chosen


def test_seven_paintings_lend_the_seven_roles(choose):
    for seed in range(5):
        cast = choose(seed)
        assert tuple(cast) == (*FIGURE_ROLES, *FACE_ROLES) and len({view.name for view in cast.values()}) == 7
        assert not cast.keeps_face


def test_the_seed_decides(choose):
    assert dict(choose(3)) == dict(choose(3))
    assert len({tuple(view.name for view in choose(seed).values()) for seed in range(12)}) > 3


def test_who_was_wished_for_lends_and_who_was_given_too(choose, composed):
    eyes, nose = composed.views[1].name, composed.views[5]
    cast = choose(wishes={"eyes": eyes}, given={"nose": (nose.name, True), "mouth": ("nobody.png", False)})
    assert cast["eyes"].name == eyes
    assert (cast["nose"].name, cast["nose"].mirrored) == (nose.name, True)
    assert cast["mouth"].name in {view.name for view in composed.views}


def test_a_wish_goes_before_what_was_given(choose, composed):
    first, second = composed.views[1].name, composed.views[5].name
    assert choose(wishes={"head": first}, given={"head": (second, False)})["head"].name == first


def test_a_photographed_person_lends_the_head_alone_and_keeps_the_face(choose, composed):
    person = replace(composed.views[0], name="photograph.jpg")
    cast = choose(person=person)
    assert all(cast[role] is person for role in FACE_ROLES)
    assert {role: cast[role] for role in FIGURE_ROLES} == composed.figure.lenders
    assert cast.keeps_face


def test_one_painting_wished_for_in_every_role_keeps_its_face_too(choose, composed):
    alone = [view for view in composed.views if not view.mirrored]
    assert choose(wishes=dict.fromkeys(FACE_ROLES, alone[2].name), views=alone).keeps_face


def test_the_unlike_are_hardly_ever_cast(choose, composed):
    bearded = {"facial_hair": Estimate("beard", 0.9, "drawn"), "sex": Estimate("male", 0.9, "drawn")}
    sitter = composed.layout.sitter
    assert sitter.attributes["facial_hair"] == "none"
    odd = [replace(view, attributes={**view.attributes, **bearded}) for view in composed.views if view.name == "sitter2.png"]
    views = [view for view in composed.views if view.name != "sitter2.png"] + odd
    heads = [choose(seed, views=views)["head"].name for seed in range(40)]
    assert heads.count("sitter2.png") <= 2


def test_a_bank_too_small_for_seven_paintings_lends_twice(choose, composed):
    few = [view for view in composed.views if view.name in ("sitter0.png", "sitter1.png", "sitter2.png")]
    lenders = dict(zip(FIGURE_ROLES, few, strict=False))
    assert len({view.name for view in choose(views=few, lenders=lenders).values()}) == 3
