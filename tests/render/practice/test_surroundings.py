"""Claims: every background fills the canvas as background, carries the ground on behind the figure, and differs from the
plain one beside the sitter; a ledge lies along the lower edge, now and then."""

import numpy as np

from data.parts import Part
from render.practice.surroundings import BACKGROUNDS, choose_ledge, paint_background, paint_ledge
from tests.render.practice.sitters import changed, extent, laid, sitter


def backgrounds(count=24):
    """{kind: canvas} of all kinds that the first seeds paint."""
    found = {}
    for seed in range(count):
        said = []

        def paint(canvas, rng, _, said=said):
            said.append(paint_background(canvas, rng, sitter().bust, np.hypot(canvas.x, canvas.y) < 1))

        canvas, _ = laid(paint, seed=seed)
        found.setdefault(said[0], canvas)
    return found


def test_all_backgrounds_fill_the_canvas():
    found = backgrounds()
    assert set(found) == set(BACKGROUNDS)
    for canvas in found.values():
        assert (canvas.parts == Part.BACKGROUND).all()
        assert 0.015 <= canvas.colour.min() and canvas.colour.std() > 0.01
        assert 0.79 <= canvas.loading.min() and canvas.loading.max() <= 1.31


def test_the_ground_does_not_show_who_stood_there():
    bust = sitter().bust.copy()
    said = []
    for inside in (0.0, 1.0):
        def paint(canvas, rng, _, inside=inside):
            figure = np.hypot(canvas.x, canvas.y) < 1
            bust[figure] = inside
            paint_background(canvas, rng, bust, figure)

        said.append(laid(paint)[0].colour)
    assert (said[0] == said[1]).all()


def test_a_ledge_lies_along_the_lower_edge_now_and_then():
    def paint(canvas, rng, _):
        top = choose_ledge(canvas, rng)
        if top is not None:
            paint_ledge(canvas, rng, top)

    canvases = [laid(paint, seed=seed, on=Part.CLOTHING)[0] for seed in range(20)]
    ledges = [canvas for canvas in canvases if changed(canvas).any()]
    assert 1 <= len(ledges) <= 12
    for canvas in ledges:
        left, top, right, bottom = extent(canvas, canvas.parts == Part.BACKGROUND)
        assert (left, right) == canvas.edges and bottom == canvas.bottom and 0.4 < bottom - top < 1
