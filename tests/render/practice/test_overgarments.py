"""Claims: a mantle lies on both shoulders and leaves the middle open, a cloak covers one shoulder and the other hip, a sash
crosses the breast, and steel mirrors light; all are clothing below the chin."""

import numpy as np

from data.parts import Part
from render.practice.armour import paint_cuirass
from render.practice.linen_and_fur import lay_chain
from render.practice.overgarments import paint_cloak, paint_mantle, paint_sash
from tests.render.practice.sitters import changed, extent, laid

RED = np.array([0.45, 0.10, 0.08])


def clothing(paint, **how):
    canvas, anatomy = laid(paint, **how)
    where = canvas.parts == Part.CLOTHING
    assert extent(canvas, where)[1] > anatomy.chin_y - 0.3
    return canvas, where, canvas.x - anatomy.neck_x, canvas.y - anatomy.chin_y


def test_a_mantle_leaves_the_middle_open():
    _, where, x, y = clothing(lambda canvas, rng, anatomy: paint_mantle(canvas, rng, anatomy, RED))
    assert where[(np.abs(np.abs(x) - 1.5) < 0.1) & (np.abs(y - 1.4) < 0.2)].all()
    assert not where[(np.abs(x) < 0.25) & (y > 0)].any()


def test_a_cloak_covers_one_shoulder_and_the_other_hip():
    sides = set()
    for seed in range(6):
        canvas, where, x, y = clothing(lambda canvas, rng, anatomy: paint_cloak(canvas, rng, anatomy, RED), seed=seed)
        shoulders = [where[(np.abs(x - side * 1.8) < 0.1) & (np.abs(y - 1.1) < 0.1)].all() for side in (-1, 1)]
        assert sum(shoulders) == 1
        side = 1 if shoulders[1] else -1
        assert where[(np.abs(x + side * 1.0) < 0.1) & (canvas.y > canvas.bottom - 0.2)].all()
        red, _, blue = canvas.colour[where].mean(0)
        assert red > 1.5 * blue
        sides.add(side)
    assert sides == {-1, 1}


def test_a_sash_crosses_the_breast():
    _, where, x, y = clothing(lambda canvas, rng, anatomy: paint_sash(canvas, rng, anatomy))
    columns = x[where]
    assert columns.min() < -1.2 and columns.max() > 1.2
    assert 0.02 < where.mean() < 0.12


def test_steel_mirrors_the_window():
    canvas, where, x, y = clothing(lambda canvas, rng, anatomy: paint_cuirass(canvas, rng, anatomy, RED))
    assert where[(np.abs(x) < 1.2) & (np.abs(y - 2) < 0.5)].all()
    light = canvas.colour[where].mean(-1)
    assert np.quantile(light, 0.99) > 2 * np.median(light)


def test_a_chain_hangs_from_both_shoulders():
    canvas, anatomy = laid(lambda canvas, rng, anatomy: lay_chain(canvas, rng, anatomy))
    left, top, right, bottom = extent(canvas, changed(canvas))
    assert left < anatomy.neck_x - 0.8 and right > anatomy.neck_x + 0.8
    assert anatomy.chin_y + 0.2 < top and anatomy.chin_y + 1.4 < bottom < anatomy.chin_y + 2.9
    gold = canvas.colour[changed(canvas) & (canvas.colour[..., 0] > 0.45)]
    assert gold[:, 0].mean() > gold[:, 2].mean() + 0.15
