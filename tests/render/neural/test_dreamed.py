"""A dream over a painting changes its colour, leaves its source map, and adds to what lies over the copied paint."""

from dataclasses import replace

import numpy as np

from render.neural.dream import DreamSettings
from render.neural.dreamed import dreamed
from render.synthesis.exemplar import Synthesis


def test_where_the_dream_lies_over_copied_paint_is_known():
    rng = np.random.default_rng(0)
    colour = rng.random((40, 40, 3)).astype(np.float32) * 1.2 - 0.1
    source = np.zeros((40, 40, 3), np.int32)
    painted = Synthesis(colour, source, 1.0, 0.5, np.ones(1), 1.0)
    settings = DreamSettings(layer="conv1", strength=40.0, octaves=1, steps=2)
    after = dreamed(painted, settings)
    assert after.source is source and not np.array_equal(after.colour, colour)
    assert after.moved is not None and after.moved.shape == (40, 40) and after.moved.any()
    before = np.zeros((40, 40), bool)
    before[:3, :3] = True
    both = dreamed(replace(painted, moved=before), settings)
    assert np.array_equal(both.moved, after.moved | before)
