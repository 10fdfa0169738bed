"""An empty canvas with a sitter's anatomy, on which tests lay one thing at a time."""

from collections.abc import Callable
from functools import cache

import numpy as np

from data.parts import Part
from models.alignment import Frame
from models.portrait_prior import Draw, PortraitPrior
from render.practice.anatomy import Anatomy, read_anatomy, read_light
from render.practice.canvas import Canvas

LAYERS = ("colour", "parts", "direction", "certainty", "detail", "loading", "finest")
FRAME = Frame(width_px=160, height_px=200)
GREY = 0.5

Paint = Callable[[Canvas, np.random.Generator, Anatomy], object]


@cache
def sitter(facing: str = "frontal") -> Draw:
    """The same sitter every time, who looks where it is asked."""
    return PortraitPrior.load().sample(np.random.default_rng(8), frame=FRAME, sex="female", facing=facing, headwear="none")


def empty_canvas(facing: str = "frontal", light: tuple[float, float, float] | None = None) -> tuple[Canvas, Anatomy]:
    """A grey canvas that shows background everywhere, under the light of the sitter's face or another; and the anatomy."""
    draw = sitter(facing)
    canvas = Canvas(draw.frame, read_light(draw.face, draw.landmarks_xy) if light is None else light)
    canvas.colour[:] = GREY
    return canvas, read_anatomy(canvas, draw.landmarks_xy, draw.face)


def laid(paint: Paint, *, seed: int = 3, facing: str = "frontal", on: Part | None = None) -> tuple[Canvas, Anatomy]:
    """The empty canvas after `paint(canvas, rng, anatomy)`, if need be on one that shows the part `on` everywhere.

    Whatever is painted must be finite, a colour, and the same for the same generator: that is checked for all.
    """
    (canvas, anatomy), (again, _) = empty_canvas(facing), empty_canvas(facing)
    for one in (canvas, again):
        if on is not None:
            one.parts[:] = on
        paint(one, np.random.default_rng(seed), anatomy)
    for layer in LAYERS:
        first, second = getattr(canvas, layer), getattr(again, layer)
        assert first.tobytes() == second.tobytes(), f"{layer} differs with the same generator"
        assert np.isfinite(first).all(), layer
    assert canvas.colour.min() >= -0.05 and canvas.colour.max() <= 1.1
    return canvas, anatomy


def extent(canvas: Canvas, where: np.ndarray) -> tuple[float, float, float, float]:
    """Left, top, right and bottom of a mask in eye units."""
    assert where.any(), "nothing was laid"
    x, y = canvas.x[where], canvas.y[where]
    return float(x.min()), float(y.min()), float(x.max()), float(y.max())


def changed(canvas: Canvas) -> np.ndarray:
    """Where the canvas is no longer the grey it began with."""
    return np.abs(canvas.colour - GREY).max(-1) > 0.02
