"""Claims: each eye has a dark pupil in the middle of its iris with one light in it, a white that is lighter than the iris and
not white, both eyes look the same way, the finest brush comes back for them, and brows take after the hair."""

from functools import cache

import numpy as np

from data.landmarks import LEFT_BROW, LEFT_EYE, RIGHT_BROW, RIGHT_EYE
from models.alignment import Frame
from models.portrait_prior import PortraitPrior
from render.practice.anatomy import read_anatomy, read_light
from render.practice.canvas import Canvas
from render.practice.eyes import paint_brows, paint_eyes
from tests.render.practice.sitters import laid

LARGE = Frame(width_px=320, height_px=400, eye_share=0.4)


@cache
def painted(seed=3):
    """A grey canvas with nothing but the eyes of a sitter, large enough to look into them."""
    draw = PortraitPrior.load().sample(np.random.default_rng(8), frame=LARGE, facing="frontal", sex="female")
    canvas = Canvas(draw.frame, read_light(draw.face, draw.landmarks_xy))
    canvas.colour[:] = 0.5
    anatomy = read_anatomy(canvas, draw.landmarks_xy, draw.face)
    paint_eyes(canvas, np.random.default_rng(seed), anatomy)
    return canvas, anatomy


def window(canvas, ring, wider=0.0):
    left, top = ring.min(0) - wider
    right, bottom = ring.max(0) + wider
    return (canvas.x > left) & (canvas.x < right) & (canvas.y > top) & (canvas.y < bottom)


def iris_aside(canvas, ring):
    """Where the darkest of the eye lies, in widths of the eye from its middle."""
    inside = canvas.mask(ring, rounded=1, soft=0) > 0.9
    inside &= canvas.y > (ring[1, 1] + ring[2, 1]) / 2 + 0.015       # below the lashes
    darkness = np.where(inside, np.clip(0.25 - canvas.colour.max(-1), 0, None), 0)
    return ((darkness * canvas.x).sum() / darkness.sum() - ring[[0, 3], 0].mean()) / np.ptp(ring[:, 0])


def test_both_eyes_look_the_same_way():
    for seed in range(3):
        canvas, anatomy = painted(seed)
        left, right = (iris_aside(canvas, anatomy.points[eye]) for eye in (LEFT_EYE, RIGHT_EYE))
        assert abs(left - right) < 0.12 and abs(left) < 0.3


def test_an_eye_has_white_iris_pupil_and_light():
    canvas, anatomy = painted()
    for eye in (LEFT_EYE, RIGHT_EYE):
        ring = anatomy.points[eye]
        light = canvas.colour.mean(-1)[canvas.mask(ring, rounded=1, soft=0) > 0.9]
        assert light.min() < 0.12                       # pupil
        assert light.max() > 0.55                       # the light in it
        assert 0.25 < np.quantile(light, 0.85) < 0.75   # a white that is none
        assert canvas.finest[window(canvas, ring)].all()
    assert canvas.finest.mean() < 0.1


def test_brows_take_after_the_hair():
    means = {}
    for name, hair in (("fair", np.array([0.62, 0.45, 0.24])), ("black", np.array([0.10, 0.08, 0.07]))):
        canvas, anatomy = laid(lambda canvas, rng, anatomy, hair=hair: paint_brows(canvas, rng, anatomy, "male", hair))
        where = np.abs(canvas.colour - 0.5).max(-1) > 0.1
        means[name] = canvas.colour[where].mean()
        spots = np.stack([canvas.x[where], canvas.y[where]], 1)
        line = np.vstack([anatomy.points[LEFT_BROW], anatomy.points[RIGHT_BROW]])
        assert np.linalg.norm(spots[:, None] - line[None], axis=-1).min(1).max() < 0.2
    assert means["fair"] > means["black"] + 0.02
