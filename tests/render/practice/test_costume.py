"""Claims: clothes cover the trunk down to the lower edge and nothing above the chin, say whether linen is seen, every garment
is worn by somebody, and arms with hands are painted over them."""

import numpy as np
import pytest

from data.parts import Part
from render.practice.anatomy import body_outline
from render.practice.costume import GARMENTS, dress, paint_arms
from render.practice.gestures import choose_arms
from render.practice.head_and_face import paint_neck
from render.practice.sleeves import SLEEVES
from tests.render.practice.sitters import laid, sitter


def dressed(sex, seed):
    """The canvas, its anatomy, what is worn, and the canvas' colours before forearms and hands were laid."""
    said = []

    def paint(canvas, rng, anatomy):
        neck = paint_neck(canvas, anatomy, sex)
        arms = choose_arms(rng, anatomy, sex, bottom=canvas.bottom, ledge=None)
        worn = dress(canvas, rng, anatomy, sex, sitter().bust, neck, arms)
        before = canvas.colour.copy()
        paint_arms(canvas, rng, anatomy, worn)
        said.append((worn, before))

    canvas, anatomy = laid(paint, seed=seed)
    assert said[0][0].collar == said[1][0].collar and said[0][0].garment == said[1][0].garment
    return canvas, anatomy, *said[0]


@pytest.mark.parametrize("sex", ["male", "female"])
def test_dress_covers_the_body_and_says_what_is_worn(sex):
    collars, garments = set(), set()
    for seed in range(6):
        canvas, anatomy, worn, _ = dressed(sex, seed)
        body = canvas.mask(body_outline(canvas, anatomy, sex), soft=0) > 0.9
        covered = np.isin(canvas.parts, [Part.CLOTHING, Part.NECK])
        assert covered[body].all()
        assert not covered[canvas.y < anatomy.points[30, 1]].any()
        assert worn.sleeve in GARMENTS[worn.garment].sleeves
        collars.add(worn.collar)
        garments.add(worn.garment)
    assert collars == {"none", "white"} and len(garments) >= 3


def test_arms_with_hands_lie_over_the_clothes():
    seen = 0
    for seed in range(4):
        canvas, _, worn, before = dressed("male", seed)
        for arm, _ in worn.sleeves:
            if arm.joints is None or arm.held:
                continue
            seen += 1
            x, y = np.round(arm.joints[9, :2] * canvas.unit + canvas.centre).astype(int)
            assert canvas.parts[y, x] == Part.NECK
            assert canvas.colour[y, x, 0] > canvas.colour[y, x, 2] + 0.05       # skin
            assert np.abs(canvas.colour[y, x] - before[y, x]).max() > 0.02
    assert seen >= 2


def test_every_garment_is_worn_in_sleeves_that_there_are():
    for sex in ("men", "women"):
        assert abs(sum(getattr(garment, sex) for garment in GARMENTS.values()) - 1) < 1e-9
    assert len(GARMENTS) >= 8
    assert {kind for garment in GARMENTS.values() for kind in garment.sleeves} == set(SLEEVES)
