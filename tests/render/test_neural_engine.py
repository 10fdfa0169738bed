"""The neural engine takes the patch engine's place: same arguments, a source map that still speaks of the exemplars."""

import cv2
import numpy as np
import pytest

from render.neural import NeuralSettings
from render.neural_engine import finish, moved, synthesise_neural
from render.synthesis import Exemplar, SynthesisSettings

QUICK = NeuralSettings(style_layers=("conv1", "fire2"), content_layer="fire2", steps=(4, 4), coarsest_px=64, tones=0.0)


@pytest.fixture(scope="module")
def easel():
    y, x = np.mgrid[:80, :88].astype(np.float32)
    labels = np.where(x > 44, 8, 0).astype(np.uint8)
    start = np.stack([0.3 + 0.3 * (x > 44), 0.4 + y / 400, 0.4 + 0 * x], 2).astype(np.float32)
    exemplars = []
    for seed in range(2):
        grain = cv2.GaussianBlur(np.random.default_rng(seed).normal(0, 0.4, (80, 88)), (0, 0), 1.2)[..., None]
        colour = np.clip(start + grain, 0, 1)
        exemplars.append(Exemplar(np.round(colour * 65535).astype(np.uint16), np.round(start * 255).astype(np.uint8),
                                  labels, np.ones((80, 88), bool), f"work {seed}"))
    return np.round(start * 255).astype(np.uint8), labels, exemplars, start


def test_same_arguments_same_kind_of_result(easel):
    guide, labels, exemplars, start = easel
    told = []
    result = synthesise_neural(guide, labels, exemplars, SynthesisSettings(), start=start, neural=QUICK,
                               progress=lambda done, total: told.append(done / total))
    assert result.colour.shape == start.shape and result.colour.dtype == np.float32
    assert result.source.shape == start.shape and 0 <= result.source[..., 0].min() <= result.source[..., 0].max() < 2
    assert told == sorted(told) and told[-1] == 1


def test_a_finish_keeps_the_source_map(easel):
    guide, labels, exemplars, start = easel
    from render.synthesis import synthesise
    patches = synthesise(guide, labels, exemplars, SynthesisSettings(), start=start)
    finished = finish(patches, labels, exemplars, QUICK)
    assert finished.source is patches.source
    change = np.abs(finished.colour - patches.colour).mean()
    assert 1e-4 < change < 0.08


def test_moved_is_where_paint_changed():
    before = np.full((40, 40, 3), 0.5, np.float32)
    after = before.copy()
    after[10:20, 10:20] = 0.8
    found = moved(before, after)
    assert found[15, 15] and not found[30:, 30:].any()
