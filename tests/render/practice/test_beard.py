"""Claims: a beard lies around the mouth and leaves the lips free, a full one covers chin and neck and counts as face there,
a moustache stays between nose and mouth."""

import numpy as np

from data.parts import Part
from render.practice.beard import paint_beard
from tests.render.practice.sitters import changed, extent, laid

DARK = np.array([0.15, 0.1, 0.07])


def beard(*, full, on=Part.NECK, seed=3):
    return laid(lambda canvas, rng, anatomy: paint_beard(canvas, rng, anatomy, DARK, full=full), on=on, seed=seed)


def test_a_full_beard_covers_the_chin_and_leaves_the_lips():
    for seed in range(3):
        canvas, anatomy = beard(full=True, seed=seed)
        where = canvas.parts == Part.FACE
        left, top, right, bottom = extent(canvas, where)
        assert bottom > anatomy.chin_y and top > anatomy.points[30, 1] - 0.4
        assert left > anatomy.points[0, 0] - 0.2 and right < anatomy.points[16, 0] + 0.2
        column, row = np.round(anatomy.points[8] * canvas.unit + canvas.centre).astype(int)
        lip = np.round(anatomy.points[57] * canvas.unit + canvas.centre).astype(int)[::-1]
        assert canvas.colour[row, column].mean() < canvas.colour[tuple(lip)].mean()
        assert (canvas.certainty[where] > 0).all()


def test_a_beard_leaves_the_parts_of_the_face_their_names():
    canvas, _ = beard(full=True, on=Part.LIPS)
    assert (canvas.parts == Part.LIPS).all() and changed(canvas).any()


def test_a_moustache_stays_below_the_nose_and_above_the_chin():
    canvas, anatomy = beard(full=False)
    _, top, _, bottom = extent(canvas, changed(canvas))
    assert anatomy.points[30, 1] - 0.05 < top and bottom < anatomy.points[57, 1] + 0.15
    assert (canvas.parts == Part.NECK).all()
