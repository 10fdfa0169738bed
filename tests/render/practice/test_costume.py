"""Claims: clothes cover the body down to the lower edge and nothing above the chin, say whether linen is seen, and sleeves lie
on both sides of the body."""

import numpy as np
import pytest

from data.parts import Part
from render.practice.anatomy import body_outline
from render.practice.costume import dress, paint_sleeves
from render.practice.head_and_face import paint_neck
from tests.render.practice.sitters import laid, sitter


@pytest.mark.parametrize("sex", ["male", "female"])
def test_dress_covers_the_body_and_says_whether_linen_is_seen(sex):
    words = set()
    for seed in range(6):
        said = []

        def paint(canvas, rng, anatomy, said=said):
            neck = paint_neck(canvas, anatomy, sex)
            said.append(dress(canvas, rng, anatomy, sex, sitter().bust, neck))

        canvas, anatomy = laid(paint, seed=seed)
        body = canvas.mask(body_outline(canvas, anatomy, sex), soft=0) > 0.9
        covered = np.isin(canvas.parts, [Part.CLOTHING, Part.NECK])
        assert covered[body].all()
        assert not covered[canvas.y < anatomy.points[30, 1]].any()
        assert said[0] == said[1]
        words.add(said[0])
    assert words == {"none", "white"}


def test_sleeves_lie_on_both_sides_and_leave_the_breast():
    colour = np.array([0.43, 0.10, 0.08])
    canvas, anatomy = laid(lambda canvas, rng, anatomy: paint_sleeves(canvas, rng, anatomy, colour, "male"))
    where = canvas.parts == Part.CLOTHING
    aside = (canvas.x - anatomy.neck_x)[where]
    assert (aside < 0).any() and (aside > 0).any() and np.abs(aside).min() > 0.9
    assert canvas.y[where].min() > anatomy.chin_y + 0.3
