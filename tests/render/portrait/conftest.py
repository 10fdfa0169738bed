"""One composition of drawn sitters, made once for all tests of this room."""

from typing import NamedTuple

import numpy as np
import pytest

from models.alignment import Frame
from models.view import View
from render.portrait.cast import Cast, choose_cast
from render.portrait.figure.figure import Figure, draw_figure
from render.portrait.guide import Guide, compose_guide
from render.portrait.layout import Layout, draw_layout
from render.portrait.sitter import draw_sitter


class Composition(NamedTuple):
    views: list[View]
    layout: Layout
    figure: Figure
    cast: Cast
    canvas: Frame
    frame: Frame
    guide: Guide


@pytest.fixture(scope="session")
def composed(drawn_bank):
    views, canvas = drawn_bank.both_ways(), drawn_bank.cropped(Frame()).scaled(240)
    rng = np.random.default_rng(4)
    sitter = draw_sitter(views, {}, rng)
    layout = draw_layout(drawn_bank.shape_model, views, sitter, rng)
    figure = draw_figure(views, sitter, layout.shape, canvas, rng)
    frame = figure.layout.framed(canvas)
    cast = choose_cast(views, sitter, frame, rng, figure.lenders)
    guide = compose_guide(views, layout, figure, cast, frame, np.random.default_rng(9))
    return Composition(views, layout, figure, cast, canvas, frame, guide)
