"""Claims: cloth covers its mask in about its colour, folds have ridges between 0 and 1, strokes run along them, and light on
a body falls off downwards."""

import numpy as np

from data.parts import Part
from render.practice.cloth import CLOTH_COLOURS, Folds, along_folds, body_light, fold_ridges, lay_cloth
from tests.render.practice.sitters import empty_canvas, laid

SQUARE = [(-1, 1), (1, 1), (1, 3), (-1, 3)]


def test_cloth_covers_its_mask_in_its_colour():
    base = np.array(CLOTH_COLOURS["crimson"].rgb)
    canvas, _ = laid(lambda canvas, rng, _: lay_cloth(canvas, rng, canvas.mask(SQUARE), base, Folds(height=0.3)))
    where = canvas.parts == Part.CLOTHING
    assert (where == (canvas.mask(SQUARE) >= 0.5)).all()
    assert np.abs(np.median(canvas.colour[where], 0) - base).max() < 0.2
    assert canvas.colour[where].std(0)[0] > 0.02  # folds are seen


def test_folds_are_ridges_along_which_strokes_run():
    canvas, _ = empty_canvas()
    ridges = fold_ridges(np.random.default_rng(0), canvas.x, canvas.y * 0.1)
    assert ridges.dtype == np.float32 and 0 <= ridges.min() < 0.3 < 0.6 < ridges.max() <= 1
    dy, dx = np.gradient(ridges)
    assert (dx ** 2).mean() > 4 * (dy ** 2).mean()
    angle = along_folds(canvas, canvas.x)[10:-10, 10:-10] % np.pi
    assert np.abs(angle - np.pi / 2).max() < 1e-3


def test_light_on_a_body_falls_off_downwards():
    canvas, _ = empty_canvas()
    rows = body_light(canvas, np.ones_like(canvas.x)).mean(1)
    assert (np.diff(rows) <= 1e-6).all() and rows[-1] < rows[0] - 0.2
