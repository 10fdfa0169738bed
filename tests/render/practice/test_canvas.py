"""Claims: a canvas's masks cover what their outlines enclose, layers write parts where they cover, noise is smooth enough to
shade by its slopes, light comes from where the canvas says, and a figure's words are the ones the prior drew."""

import numpy as np
import pytest

from data.parts import Part
from models.alignment import Frame
from models.portrait_prior import PortraitPrior
from render.imaging.noise import octave_noise
from render.practice.canvas import Canvas, chaikin
from render.practice.figure import compose_figure
from render.practice.mixing import ramp


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
    colours = ramp(np.linspace(0, 1, 9, dtype=np.float32), (0.5, 0.3, 0.2))
    assert (np.diff(colours, axis=0) > 0).all()


def test_cut_corners_stay_inside():
    square = np.array([(0, 0), (1, 0), (1, 1), (0, 1)])
    cut = chaikin(square, 3)
    assert len(cut) == 32 and cut.min() >= 0 and cut.max() <= 1
    line = chaikin(square, 2, closed=False)
    assert (line[0] == square[0]).all() and (line[-1] == square[-1]).all()


@pytest.mark.parametrize("wish", [{"sex": "female", "headwear": "none", "facial_hair": "none"},
                                  {"sex": "male", "headwear": "hat", "facial_hair": "beard"}])
def test_a_figure_keeps_its_words(wish):
    for seed in range(3):
        rng = np.random.default_rng(seed)
        figure = compose_figure(PortraitPrior.load().sample(rng, frame=Frame(width_px=320, height_px=400), **wish), rng)
        assert {key: figure.attributes[key] for key in wish} == wish
        assert (figure.attributes["hat"] == "none") == (wish["headwear"] == "none")
        assert np.isfinite(figure.canvas.colour).all() and figure.canvas.colour.max() <= 1.05
        assert figure.attributes["collar"] in ("none", "white")
        assert figure.attributes["hair_tone"] in ("dark", "brown", "red", "fair", "grey")
        assert figure.attributes["background_tone"] in ("dark", "mid", "light")
