"""Claims: a plait or a ribbon lies over the forehead as hair, and now and then there is neither."""

import numpy as np

from data.parts import Part
from render.practice.hair import choose_hair
from render.practice.plait import paint_plait
from tests.render.practice.sitters import changed, extent, laid, sitter


def test_plaits_and_ribbons_lie_above_the_brows():
    style = choose_hair(np.random.default_rng(1), "female", 30)
    bare = 0
    for seed in range(30):
        canvas, anatomy = laid(lambda canvas, rng, anatomy: paint_plait(canvas, rng, anatomy, style, sitter().landmarks_xy),
                               seed=seed)
        if not changed(canvas).any():
            bare += 1
            continue
        left, _, right, bottom = extent(canvas, canvas.parts == Part.HAIR)
        assert bottom < 0.5 and left < anatomy.skull[0] < right
        middle = np.abs(canvas.x - anatomy.skull[0]) < 0.2
        assert canvas.y[(canvas.parts == Part.HAIR) & middle].max() < anatomy.points[17:27, 1].min()
    assert 0 < bare < 12
