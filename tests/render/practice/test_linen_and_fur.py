"""Claims: every collar lies between chin and shoulders, says its word and marks neck; linen is light, fur is clothing on both
sides of the opening, pearls hang on the neck."""

import numpy as np
import pytest

from data.parts import Part
from render.practice.linen_and_fur import (
    COLLAR_KINDS,
    below_picture,
    lay_chemise,
    lay_collar,
    lay_lapels,
    lay_pearls,
    lay_shirt,
)
from tests.render.practice.sitters import changed, extent, laid


@pytest.mark.parametrize("kind", COLLAR_KINDS)
def test_a_collar_lies_on_the_neck_and_says_its_word(kind):
    words = []
    canvas, anatomy = laid(lambda canvas, rng, anatomy: words.append(lay_collar(canvas, rng, anatomy, kind)))
    if kind == "plain":
        assert words == ["none"] * 2 and not changed(canvas).any()
        return
    where = canvas.parts == Part.NECK
    left, top, right, bottom = extent(canvas, where)
    assert words == ["white"] * 2
    assert anatomy.chin_y - 0.3 < top < bottom < anatomy.chin_y + 1.2
    assert left < anatomy.neck_x - 0.4 and anatomy.neck_x + 0.4 < right
    assert canvas.colour[where].mean() > 0.55


@pytest.mark.parametrize("lay", [lay_shirt, lambda canvas, rng, anatomy: lay_chemise(
    canvas, rng, anatomy, canvas.mask(anatomy.from_neck([(-0.8, 0.8), (0.8, 0.8), (0.6, 1.6), (-0.6, 1.6)])))])
def test_shirts_are_light_and_lie_below_the_chin(lay):
    canvas, anatomy = laid(lay)
    where = canvas.parts == Part.NECK
    _, top, _, bottom = extent(canvas, where)
    assert anatomy.chin_y - 0.2 < top < bottom < anatomy.chin_y + 1.8
    assert canvas.colour[where].mean() > 0.5


def test_lapels_leave_the_middle_open():
    canvas, anatomy = laid(lambda canvas, rng, anatomy: lay_lapels(canvas, rng, anatomy, np.array([0.2, 0.1, 0.1]), 0.6))
    where = canvas.parts == Part.CLOTHING
    left, top, right, bottom = extent(canvas, where)
    assert left < anatomy.neck_x - 0.8 and anatomy.neck_x + 0.8 < right
    assert top > anatomy.chin_y - 0.1 and bottom == canvas.bottom < anatomy.chin_y + below_picture(canvas, anatomy)
    assert not where[np.abs(canvas.x - anatomy.neck_x) < 0.1].any()


def test_pearls_hang_on_the_neck():
    canvas, anatomy = laid(lay_pearls)
    left, top, right, bottom = extent(canvas, changed(canvas))
    assert anatomy.neck_x - 0.8 < left < right < anatomy.neck_x + 0.8
    assert anatomy.chin_y < top < bottom < anatomy.chin_y + 0.9
    assert (canvas.parts == Part.BACKGROUND).all()  # beads are no part of their own
