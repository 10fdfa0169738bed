"""Claims: a neckline shows skin above a white chemise or closes to a collar, a bodice has a girdle at the waist and the form
of a laced body."""

import numpy as np

from data.parts import Part
from render.practice.head_and_face import paint_neck
from render.practice.womens_clothes import bodice_form, paint_bodice, paint_neckline
from tests.render.practice.sitters import changed, empty_canvas, extent, laid


def test_necklines_show_skin_or_linen():
    words = set()
    for seed in range(8):
        said = []

        def paint(canvas, rng, anatomy, said=said):
            neck = paint_neck(canvas, anatomy, "female")
            said.append(paint_neckline(canvas, rng, anatomy, neck))

        canvas, anatomy = laid(paint, seed=seed)
        where = canvas.parts == Part.NECK
        bottom = extent(canvas, where)[3]
        words.add(said[0])
        assert anatomy.chin_y + 0.3 < bottom < anatomy.chin_y + 2.2
        if said[0] == "none":
            breast = where & (np.abs(canvas.x - anatomy.neck_x) < 0.3) & (np.abs(canvas.y - anatomy.chin_y - 1) < 0.15)
            red, _, blue = canvas.colour[breast].mean(0)
            assert red > blue + 0.05
    assert words == {"none", "white"}


def test_a_girdle_lies_around_the_waist():
    canvas, anatomy = laid(lambda canvas, rng, anatomy: paint_bodice(canvas, rng, anatomy, np.array([0.43, 0.10, 0.08])))
    left, top, right, bottom = extent(canvas, canvas.parts == Part.CLOTHING)
    assert anatomy.chin_y + 3 < top < bottom < anatomy.chin_y + 4.2
    assert left < anatomy.neck_x - 1 and anatomy.neck_x + 1 < right
    assert extent(canvas, changed(canvas))[1] > anatomy.chin_y + 0.7  # seams above it, to the breast


def test_a_bodice_has_a_breast_and_a_waist():
    canvas, anatomy = empty_canvas()
    form = bodice_form(canvas, anatomy)
    x, y = canvas.x - anatomy.neck_x, canvas.y - anatomy.chin_y
    breast, waist = form[(np.abs(np.abs(x) - 0.62) < 0.1) & (np.abs(y - 1.95) < 0.1)], form[np.abs(np.abs(x) - 1.55) < 0.1]
    assert breast.min() > 0.2 and waist.min() < -0.2
