"""The neural engine brings a picture's features nearer to many works', part by part, and tiles change nothing.

Drawn works with known strokes stand for a master's.
"""

from dataclasses import replace

import cv2
import numpy as np
import pytest

from data.errors import CorpusError, ShapeError, UsageError
from models.style import StyleTargets, Work, part_distances, style_distance
from render.neural.optimise import neural_paint
from render.neural.settings import FINISH, NeuralSettings
from tests.drawn import Kept
from tests.render.neural.drawn_works import LAYERS, SMALL, strokes

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def targets(works):
    return NeuralSettings(**SMALL).learn(works, 96, 112)


def test_features_come_nearer_to_the_works_in_every_part(photo, targets):
    painted = neural_paint(*photo, targets, NeuralSettings(**{**SMALL, "steps": (24, 20), "content_weight": 0.2}))
    before, after = (part_distances(rgb, photo[1], targets) for rgb in (photo[0], painted))
    assert painted.shape == photo[0].shape and painted.dtype == np.float32
    assert all(after[part] < 0.6 * before[part] for part in before)


@pytest.mark.parametrize("loss", ["wasserstein", "gram"])
def test_one_and_two_threads_give_the_same_bytes(photo, targets, loss):
    results = [neural_paint(*photo, targets, NeuralSettings(**SMALL, threads=threads, style_loss=loss, tile_px=64))
               for threads in (1, 2, 2)]
    assert results[0].tobytes() == results[1].tobytes() == results[2].tobytes()


def test_bands_of_rows_change_nothing(photo, targets, monkeypatch):
    whole = neural_paint(*photo, targets, NeuralSettings(**SMALL))
    monkeypatch.setattr("render.neural.descent.row_bands",
                        lambda height: [(low, min(height, low + 20)) for low in range(0, height, 20)])
    assert np.abs(neural_paint(*photo, targets, NeuralSettings(**SMALL)) - whole).max() < 1e-3


def test_edges_of_the_picture_stay_sharp_at_any_price_of_variation(photo, targets):
    settings = NeuralSettings(**{**SMALL, "steps": (1, 16)}, tv_weight=3000.0, tone_match=0.0, levels=1)
    painted = neural_paint(*photo, targets, settings)
    before, after = (np.abs(np.diff(rgb[..., 0], axis=1))[:, 50].mean() for rgb in (photo[0], painted))
    assert after > 0.9 * before


def test_a_run_cut_short_ends_in_the_same_bytes(photo, targets):
    kept = Kept()
    whole = neural_paint(*photo, targets, NeuralSettings(**SMALL), checkpoint=kept)
    assert [state.level for state in kept.states] == [1, 0]
    del kept.states[1:]
    assert neural_paint(*photo, targets, NeuralSettings(**SMALL), checkpoint=kept).tobytes() == whole.tobytes()


def test_colours_are_kept_where_asked(photo, works):
    settings = NeuralSettings(**SMALL, keep_colours=True)
    painted = neural_paint(*photo, settings.learn(works, 96, 112), settings)
    lab = [cv2.cvtColor(rgb, cv2.COLOR_RGB2LAB) for rgb in (painted, photo[0])]
    assert np.median(np.abs(lab[0] - lab[1])[..., 1:]) < 1.0 < np.abs(lab[0] - lab[1])[..., 0].max()


def test_masters_mix_by_weight_and_by_region(photo, works, targets):
    other = NeuralSettings(**SMALL).learn([Work(strokes(5, (0.1, 0.6, 0.2)), np.zeros((120, 136), np.uint8))], 96, 112)
    settings = NeuralSettings(**SMALL)
    mixed = neural_paint(*photo, [(targets, 1), (other, 1)], settings)
    alone = [neural_paint(*photo, each, settings) for each in (targets, other)]
    green = [float((rgb[..., 1] - rgb[..., 0]).mean()) for rgb in (alone[0], mixed, alone[1])]
    assert green[0] < green[1] < green[2]
    regions = np.zeros(photo[1].shape, np.uint8)
    regions[:, 56:] = 1
    split = neural_paint(*photo, [targets, other], settings, regions=regions)
    assert np.abs(split - alone[0])[:, :40].mean() < np.abs(split - alone[1])[:, :40].mean()
    assert np.abs(split - alone[1])[:, 72:].mean() < np.abs(split - alone[0])[:, 72:].mean()


def test_lbfgs_lowers_the_distance_too(photo, targets):
    painted = neural_paint(*photo, targets, NeuralSettings(**SMALL, optimiser="lbfgs", content_weight=0.2))
    assert style_distance(painted, photo[1], targets) < 0.8 * style_distance(photo[0], photo[1], targets)


def test_a_finish_keeps_the_forms(photo, targets):
    settings = replace(FINISH, style_layers=LAYERS, content_layer="fire3", levels=1)
    finished = neural_paint(*photo, targets, settings)
    assert 0.001 < np.abs(finished - photo[0]).mean() < 0.1


@pytest.mark.parametrize("change, message", [({"style_layers": ("fire99",)}, "unknown layer 'fire99'"),
                                             ({"network": "resnet"}, "unknown network"), ({"strength": 2}, "strength")])
def test_settings_that_cannot_be_meant(photo, targets, change, message):
    with pytest.raises(UsageError, match=message):
        neural_paint(*photo, targets, NeuralSettings(**{**SMALL, **change}))


def test_weights_of_masters_that_cannot_be_meant(photo, targets):
    for weights in ((0.0, 0.0), (1.0, -1.0)):
        with pytest.raises(UsageError, match="must not be negative and must not all be 0"):
            neural_paint(*photo, [(targets, weight) for weight in weights])


def test_pictures_that_cannot_be_painted(photo, targets):
    with pytest.raises(ShapeError, match="32 pixels"):
        neural_paint(np.zeros((1, 1, 3), np.float32), np.zeros((1, 1), np.uint8), targets)
    with pytest.raises(ShapeError, match="parts"):
        neural_paint(photo[0], photo[1][1:], targets)
    with pytest.raises(ShapeError, match="regions"):
        neural_paint(*photo, [targets], regions=photo[1][1:])
    with pytest.raises(CorpusError, match="at least one painting"):
        StyleTargets.learn([], levels=1, layers=LAYERS)
