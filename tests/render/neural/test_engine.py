"""The neural engine takes the patch engine's place: same arguments, a source map that still speaks of the exemplars."""

import cv2
import numpy as np
import pytest

from render.neural.engine import NEURAL_PHASE, finished, moved, synthesise_neural
from render.neural.settings import NeuralSettings
from render.synthesis.exemplar import Exemplar, SynthesisSettings
from render.synthesis.patch import synthesise
from tests.drawn import Kept

QUICK = NeuralSettings(style_layers=("conv1", "fire2"), content_layer="fire2", steps=(4, 4), coarsest_px=64, tone_match=0.0)


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
    patches = synthesise(guide, labels, exemplars, SynthesisSettings(), start=start)
    over = finished(synthesise, QUICK)(guide, labels, exemplars, SynthesisSettings(), start=start)
    assert np.array_equal(over.source, patches.source)
    change = np.abs(over.colour - patches.colour).mean()
    assert 1e-4 < change < 0.08
    assert over.moved.shape == labels.shape and over.moved.mean() < 0.5 and patches.moved is None


@pytest.mark.parametrize("engine", [lambda *a, **k: synthesise_neural(*a, **k, neural=QUICK), finished(synthesise, QUICK)])
def test_a_run_cut_short_in_either_half_ends_in_the_same_bytes(easel, engine):
    guide, labels, exemplars, start = easel
    kept = Kept()
    whole = engine(guide, labels, exemplars, SynthesisSettings(), start=start, checkpoint=kept)
    assert kept.states[0].phase == "" and kept.states[-1].phase == NEURAL_PHASE
    for number in range(len(kept.states)):
        again = engine(guide, labels, exemplars, SynthesisSettings(), start=start, checkpoint=Kept(kept.states[:number + 1]))
        assert again.colour.tobytes() == whole.colour.tobytes() and np.array_equal(again.source, whole.source)
        assert np.array_equal(again.moved, whole.moved) and again.energy == whole.energy


def test_moved_is_where_paint_changed():
    before = np.full((40, 40, 3), 0.5, np.float32)
    after = before.copy()
    after[10:20, 10:20] = 0.8
    found = moved(before, after)
    assert found[15, 15] and not found[30:, 30:].any()
