"""Drawing a figure: the seed decides; wishes for format, hands, ground, hue and lender change what they say; lenders and layout
give the same figure again."""

from dataclasses import replace
from functools import cache

import numpy as np
import pytest

from data.errors import CorpusError
from data.estimate import Estimate
from data.parts import Part
from render.portrait.figure.figure import FIGURE_ROLES, draw_figure, figure_of


@pytest.fixture(scope="module", autouse=True)
def hasty():
    """A few of the sixteen views are enough to draw from, and a few ways to carry them."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("render.portrait.figure.figure._NEAREST", 6)
        patch.setattr("render.portrait.figure.figure._GROUNDS", 4)
        patch.setattr("render.portrait.figure.plan._FIRST_TRIED", 2)
        patch.setattr("render.portrait.figure.plan._SECOND_TRIED", 1)
        patch.setattr("render.portrait.figure.carry._WAYS_TRIED", 2)
        yield


@pytest.fixture(scope="module")
def draw(composed):
    @cache
    def plainly(seed):
        return anew(seed)

    def drawn(seed=0, views=None, **wishes):
        return anew(seed, views, **wishes) if views or wishes else plainly(seed)

    def anew(seed, views=None, **wishes):
        sitter = composed.layout.sitter
        sitter = replace(sitter, wishes=wishes, attributes={**sitter.attributes, **wishes})
        return draw_figure(views or composed.views, sitter, composed.layout.shape, composed.canvas, np.random.default_rng(seed))

    drawn.anew = anew
    return drawn


def told(figure):
    return {role: (view.name, view.mirrored) for role, view in figure.lenders.items()}, figure.layout.to_json(), figure.faults


def test_the_seed_decides(draw):
    first = told(draw(1))
    assert first == told(draw.anew(1)) and first != told(draw(2))


def test_three_paintings_lend(draw):
    for figure in (draw(1), draw(2)):
        assert tuple(figure.lenders) == FIGURE_ROLES and len({view.name for view in figure.lenders.values()}) == 3


def test_lenders_and_layout_give_the_figure_again(draw, composed):
    figure = draw(1)
    frame = figure.layout.framed(composed.canvas)
    again = figure_of(figure.lenders, figure.layout, composed.layout.shape, frame)
    first, second = figure.layers(frame), again.layers(frame)
    np.testing.assert_allclose(first.figure.layer.lab, second.figure.layer.lab, atol=1e-3)
    np.testing.assert_array_equal(first.ground.lab, second.ground.lab)
    assert first.ground.valid.all() and (first.ground.parts == Part.BACKGROUND).all()
    assert figure.layout.ground is None and not first.ground.provenance.known.any()


def test_a_closer_format_is_seen_closer(draw, composed):
    half, bust, head = (draw(0, format=wished).layout.closer for wished in ("half-length", "bust", "head"))
    assert half <= bust <= head and head > half
    # The corpus shows no more than it shows: a half-length portrait of heads is as far away as they allow.
    assert half == 1.0 and composed.canvas.eye_share > 0.125


@pytest.mark.xfail(reason="a wish for the body's lender is weighed, not granted: the plan with the fewest faults is taken")
def test_a_wished_lender_lends_the_body(draw):
    for name in ("sitter1.png", "sitter6.png"):
        assert draw(0, body=name).first.view.name == name


def test_other_hands_than_were_wished_for_cost_points(draw):
    assert draw(0, hands="none").faults["other hands"] == 0     # drawn sitters have none
    assert draw(0, hands="one").faults["other hands"] > 0 and "other hands" not in draw(0).faults


def coloured(views, hues):
    """Views whose clothes have a hue of their own, by name."""
    return [replace(view, attributes={**view.attributes, "clothing_hue": Estimate(hues(view.name), 0.9, "drawn")})
            for view in views]


def test_clothes_are_of_the_wished_hue_or_dyed_with_it(draw, composed):
    views = coloured(composed.views, lambda name: "red" if name < "sitter4" else "black")
    red = np.median([view.tones[Part.CLOTHING] for view in views if view.name < "sitter4"], 0)
    for seed in range(2):
        figure = draw(seed, views, clothing_hue="red")
        if figure.first.view.value("clothing_hue") == "red":
            assert figure.layout.dye is None
        else:
            np.testing.assert_allclose(figure.layout.dye, red)
    # Nobody wears it: nothing says what this master's blue is.
    assert draw(0, views, clothing_hue="blue").layout.dye is None


def test_the_ground_is_of_the_wished_kind(draw, composed):
    curtained = ("sitter2.png", "sitter3.png", "sitter5.png")
    views = [replace(view, attributes={**view.attributes, "ground": Estimate(
        "curtain" if view.name in curtained else "plain", 0.9, "drawn")}) for view in composed.views]
    figure, plain = draw(0, views, ground="curtain"), draw(0, views, ground="plain")
    # A ground with something in it is carried with it; a plain one is made anew.
    assert figure.ground.name in curtained and figure.layout.ground is not None
    assert plain.ground.name not in curtained and plain.layout.ground is None


def test_one_painting_alone_gives_a_figure_of_its_own_in_a_mirror(draw, composed):
    only = [view for view in composed.views if view.name == "sitter3.png"]
    figure = draw(0, only)
    assert {view.name for view in figure.lenders.values()} == {"sitter3.png"}
    assert figure.first.view.mirrored != figure.second.view.mirrored


def test_paintings_that_show_no_bodies_are_refused_in_plain_words(draw, composed):
    heads = [replace(view, parts=np.where(np.isin(view.parts, (Part.CLOTHING, Part.NECK)), Part.BACKGROUND, view.parts)
                     .astype(np.uint8)) for view in composed.views]
    with pytest.raises(CorpusError, match="no two of 6 paintings show so much of a body.*format=bust"):
        draw(0, heads)
