"""Claims: accents fall on eyes, brows, nostrils and mouth and nowhere else, the young have no lines, the older the darker
they are, a razor leaves the lips alone; none of it changes a part."""

import numpy as np

from data.parts import Part
from render.practice.face_details import paint_details, paint_shaven_chin, paint_years
from tests.render.practice.sitters import GREY, changed, laid

HAIR = np.array([0.3, 0.2, 0.1])


def darkness(age_years):
    canvas, _ = laid(lambda canvas, rng, anatomy: paint_years(canvas, anatomy, age_years))
    return float((GREY - canvas.colour).mean())


def test_accents_fall_on_the_features():
    canvas, anatomy = laid(lambda canvas, rng, anatomy: paint_details(canvas, rng, anatomy, "male", HAIR))
    rows, columns = np.nonzero(changed(canvas))
    spots = np.stack([canvas.x[rows, columns], canvas.y[rows, columns]], 1)
    apart = np.linalg.norm(spots[:, None] - anatomy.points[None, 17:], axis=-1).min(1)
    assert apart.max() < 0.2
    for feature in (slice(17, 22), slice(22, 27), slice(36, 42), slice(42, 48), slice(60, 68)):
        assert (np.linalg.norm(spots - anatomy.points[feature].mean(0), axis=1) < 0.1).any()
    assert (canvas.parts == Part.BACKGROUND).all()


def test_lines_come_with_age():
    assert darkness(30) == 0 < darkness(45) < darkness(64) == darkness(90)


def test_a_razor_leaves_lips_and_brows_alone():
    canvas, anatomy = laid(lambda canvas, rng, anatomy: paint_shaven_chin(canvas, anatomy))
    column, row = np.round(anatomy.points[[8, 57]].mean(0) * canvas.unit + canvas.centre).astype(int)
    red, _, blue = canvas.colour[row, column]
    assert red < blue < GREY
    lip = np.round(anatomy.points[[62, 66]].mean(0) * canvas.unit + canvas.centre).astype(int)[::-1]
    assert canvas.colour[tuple(lip)].mean() > canvas.colour[row, column].mean() + 0.02
    assert not changed(canvas)[canvas.y < 0].any()
