"""Claims: the face's parts lie at its landmarks, ears on the sides that are seen, the neck below the chin, and the head's
shadow falls on neck and clothes alone."""

import numpy as np
import pytest

from data.parts import FACE_PARTS, Part
from render.practice.head_and_face import lay_face, lively, paint_ears, paint_neck, shade_below_chin
from tests.render.practice.sitters import changed, empty_canvas, extent, laid, sitter


def test_parts_of_a_face_lie_at_its_landmarks():
    draw = sitter()
    canvas, _ = laid(lambda canvas, rng, anatomy: lay_face(canvas, draw.face, draw.landmarks_xy))
    assert set(np.unique(canvas.parts)) == {Part.BACKGROUND, *FACE_PARTS}
    points = draw.landmarks_xy
    for place, part in ((points[36:42].mean(0), Part.EYES), (points[42:48].mean(0), Part.EYES), (points[30], Part.NOSE),
                        (points[[51, 57]].mean(0), Part.LIPS), (points[19], Part.BROWS), (points[[2, 31]].mean(0), Part.FACE)):
        column, row = np.round(place).astype(int)
        assert canvas.parts[row, column] == part


def test_a_lively_face_has_more_detail_and_stays_in_range():
    face = sitter().face
    lifted = lively(face)
    assert lifted.dtype == np.float32 and lifted.min() >= 0 and lifted.max() <= 1
    assert np.abs(np.diff(lifted, axis=1)).mean() > np.abs(np.diff(face, axis=1)).mean()


@pytest.mark.parametrize("facing, sides", [("frontal", {-1, 1}), ("left", {1}), ("right", {-1})])
def test_a_turned_head_hides_the_far_ear(facing, sides):
    canvas, anatomy = laid(lambda canvas, rng, anatomy: paint_ears(canvas, anatomy, pearl=False), facing=facing)
    middle = anatomy.points[[0, 16], 0].mean()
    assert set(np.sign(canvas.x[canvas.parts == Part.FACE] - middle)) == sides


def test_pearls_hang_below_the_ears():
    bare, pearls = (laid(lambda canvas, rng, anatomy, pearl=pearl: paint_ears(canvas, anatomy, pearl=pearl))[0]
                    for pearl in (False, True))
    assert extent(pearls, changed(pearls))[3] > extent(bare, changed(bare))[3]
    assert (bare.parts == pearls.parts).all()


@pytest.mark.parametrize("sex", ["male", "female"])
def test_the_neck_lies_where_its_mask_says(sex):
    canvas, anatomy = empty_canvas()
    mask = paint_neck(canvas, anatomy, sex)
    assert ((canvas.parts == Part.NECK) == (mask >= 0.5)).all()
    left, _, right, bottom = extent(canvas, mask >= 0.5)
    assert left < anatomy.neck_x < right and anatomy.chin_y + 0.5 < bottom < anatomy.chin_y + 1.3


def test_the_chins_shadow_falls_on_neck_and_clothes_alone():
    shaded = {part: changed(laid(lambda canvas, rng, anatomy: shade_below_chin(canvas, anatomy), on=part)[0]).any()
              for part in (Part.NECK, Part.CLOTHING, Part.HAIR, Part.BACKGROUND)}
    assert shaded == {Part.NECK: True, Part.CLOTHING: True, Part.HAIR: False, Part.BACKGROUND: False}
