"""Claims: a canvas's masks cover what their outlines enclose, layers write parts where they cover, noise is smooth enough to
shade by its slopes, light comes from where the canvas says, spots are round, and strokes follow contours."""

import numpy as np
import pytest

from data.parts import Part
from models.alignment import Frame
from render.imaging.noise import octave_noise
from render.practice.canvas import Canvas, chaikin, soft_step


@pytest.fixture
def canvas():
    return Canvas(Frame(width_px=320, height_px=400), (-0.6, -0.5, 0.6))


def test_a_mask_covers_its_outline(canvas):
    mask = canvas.mask([(-1, 0), (1, 0), (1, 2), (-1, 2)], rounded=0, soft=0)
    assert abs(mask.sum() / canvas.unit ** 2 - 4) < 0.15
    assert mask[round(canvas.centre[1] + canvas.unit), round(canvas.centre[0])] == 1


def test_layers_write_parts_and_colour_where_they_cover(canvas):
    mask = canvas.mask([(-1, 0), (1, 0), (1, 2), (-1, 2)], rounded=0, soft=0.05)
    canvas.lay(mask, (1.0, 0.5, 0.25), Part.NECK, detail=1.0, loading=2.0)
    assert ((canvas.parts == Part.NECK) == (mask >= 0.5)).all()
    assert np.allclose(canvas.colour[..., 1], 0.5 * mask, atol=2e-3)
    assert np.allclose(canvas.loading, 1 + mask, atol=2e-3)
    before = canvas.colour.copy()
    canvas.lay(np.zeros_like(mask), (0, 1, 0), Part.FACE)
    assert (canvas.colour == before).all() and not (canvas.parts == Part.FACE).any()


def test_noise_fills_its_range_without_steps():
    across = np.linspace(0, 3, 4000, dtype=np.float32)[None].repeat(2, 0)
    values = octave_noise(np.random.default_rng(0), across, across * 0.2, octaves=1)[0].astype(np.float64)
    assert 0 <= values.min() and values.max() <= 1 and values.std() > 0.1
    assert np.abs(np.diff(values)).max() < 0.01  # a step of 1/32 cell would be some 0.03


def test_a_pillow_is_lighter_where_the_light_is(canvas):
    mask = canvas.mask([(-1, 0), (1, 0), (1, 2), (-1, 2)])
    shade = canvas.lit(canvas.inflated(mask, 0.8))
    left = shade[(mask > 0.9) & (canvas.x < -0.5)].mean()
    right = shade[(mask > 0.9) & (canvas.x > 0.5)].mean()
    assert left > right + 0.1


def test_cut_corners_stay_inside():
    square = np.array([(0, 0), (1, 0), (1, 1), (0, 1)])
    cut = chaikin(square, 3)
    assert len(cut) == 32 and cut.min() >= 0 and cut.max() <= 1
    line = chaikin(square, 2, closed=False)
    assert (line[0] == square[0]).all() and (line[-1] == square[-1]).all()


def test_spots_are_round_and_fade(canvas):
    bead, glint = canvas.bead((0.5, 0.2), 0.3), canvas.glint((0.5, 0.2), 0.3)
    distance = np.hypot(canvas.x - 0.5, canvas.y - 0.2)
    rim = np.abs(distance - 0.3) < 0.02
    for spot in (bead, glint):
        assert spot.max() > 0.99 and np.abs(spot[rim] - np.exp(-1)).max() < 0.12
        assert spot[distance > 0.9].max() < 1e-3
    assert bead[distance < 0.15].min() > glint[distance < 0.15].min() + 0.1  # a bead's top is flat
    moved = canvas.glint((0.5, 0.2), 0.3, offset=0.2)
    row, column = np.unravel_index(moved.argmax(), moved.shape)
    assert abs(canvas.x[row, column] - 0.3) < 0.02 and abs(canvas.y[row, column]) < 0.02


def test_strokes_run_along_contours(canvas):
    angle = canvas.along_contours(np.hypot(canvas.x, canvas.y), 0.0)
    outwards = (np.cos(angle) * canvas.x + np.sin(angle) * canvas.y) / np.maximum(np.hypot(canvas.x, canvas.y), 0.1)
    away = np.hypot(canvas.x, canvas.y) > 0.5
    assert np.abs(outwards[away]).max() < 0.1


def test_a_canvas_knows_what_it_shows(canvas):
    canvas.parts[:3], canvas.parts[3:5] = Part.HAIR, Part.LIPS
    assert canvas.shows(Part.HAIR, Part.LIPS)[:5].all() and not canvas.shows(Part.HAIR, Part.LIPS)[5:].any()
    left, right = canvas.edges
    assert left < 0 < right and canvas.bottom == canvas.y.max()


def test_shadows_darken_where_they_fall(canvas):
    canvas.colour[:] = 0.5
    mask = canvas.mask([(-1, 0), (1, 0), (1, 2), (-1, 2)], rounded=0, soft=0)
    canvas.darken(mask, 0.5)
    assert (canvas.colour[mask == 0] == 0.5).all() and canvas.colour[mask == 1].max() < 0.35


def test_steps_are_soft_and_keep_their_dtype():
    values = np.linspace(-100, 100, 2001, dtype=np.float32)
    steps = soft_step(values, 0.5)
    assert steps.dtype == np.float32 and (np.diff(steps) >= 0).all()
    assert steps[0] < 1e-6 and steps[1000] == 0.5 and steps[-1] == 1
