"""The neural engine brings a picture's features nearer to many works', part by part, and tiles change nothing.

Drawn works with known strokes stand for a master's.
"""

from dataclasses import replace

import numpy as np
import pytest
import torch

from data.errors import CorpusError, ShapeError, UsageError
from models.style import StyleTargets, Work, part_distances, quantiles, style_distance
from render.imaging.colour_transfer import match_tones
from render.neural.optimise import FINISH, NeuralSettings, _apart, _Level, _masters, _transport, neural_paint
from render.neural.tiles import one_thread_each
from tests.drawn import Kept

LAYERS = ("conv1", "fire2", "fire3")
SMALL = {"style_layers": LAYERS, "content_layer": "fire3", "steps": (8, 6), "coarsest_px": 64}


def strokes(seed, base, size=(120, 136), horizontal=True):
    """A picture of strokes of one direction in one colour."""
    rng = np.random.default_rng(seed)
    lines = np.repeat(rng.normal(0, 0.12, (size[0 if horizontal else 1] // 4 + 1, 1)), 4, 0)[:size[0 if horizontal else 1]]
    field = lines + rng.normal(0, 0.02, size if horizontal else size[::-1])
    field = field if horizontal else field.T
    return np.clip(field[..., None] + np.float32(base), 0, 1).astype(np.float32)


@pytest.fixture(scope="module")
def photo():
    y, x = np.mgrid[:96, :112].astype(np.float32)
    rgb = np.stack([0.3 + 0.4 * (x > 50), 0.5 + 0.2 * np.sin(y / 9), 0.4 + 0.003 * y], 2).astype(np.float32)
    parts = np.where(x > 50, 8, 0).astype(np.uint8)
    return rgb, parts


@pytest.fixture(scope="module")
def works():
    made = []
    for seed in range(3):
        halves = strokes(seed, (0.3, 0.2, 0.1)), strokes(seed, (0.7, 0.5, 0.3), horizontal=False)
        rgb = np.concatenate([halves[0][:, :68], halves[1][:, 68:]], 1)
        parts = np.zeros(rgb.shape[:2], np.uint8)
        parts[:, 68:] = 8
        made.append(Work(np.ascontiguousarray(rgb), parts, name=f"work {seed}"))
    return made


@pytest.fixture(scope="module")
def targets(works):
    return NeuralSettings(**SMALL).learn(works, 96, 112)


def test_features_come_nearer_to_the_works_in_every_part(photo, targets):
    painted = neural_paint(*photo, targets, NeuralSettings(**{**SMALL, "steps": (24, 20), "content_weight": 0.2}))
    before, after = (part_distances(rgb, photo[1], targets) for rgb in (photo[0], painted))
    assert painted.shape == photo[0].shape and painted.dtype == np.float32
    assert all(after[part] < 0.6 * before[part] for part in before)


def test_a_style_is_near_to_itself_and_far_from_another(works, targets):
    other = strokes(9, (0.2, 0.6, 0.8))
    own = style_distance(works[0].rgb, works[0].parts, targets)
    assert own < 0.5 * style_distance(other, np.zeros(other.shape[:2], np.uint8), targets)


@pytest.mark.parametrize("loss", ["wasserstein", "gram"])
def test_one_and_two_threads_give_the_same_bytes(photo, targets, loss):
    results = [neural_paint(*photo, targets, NeuralSettings(**SMALL, threads=threads, style_loss=loss, tile_px=64))
               for threads in (1, 2, 2)]
    assert results[0].tobytes() == results[1].tobytes() == results[2].tobytes()


def test_the_gradient_does_not_know_of_tiles(photo, works):
    """Gram statistics are exact over the whole picture, so tiled and untiled gradients agree to rounding."""
    settings = {"content_layer": "fire5", "style_loss": "gram", "style_layers": ("conv1", "fire2", "fire4", "fire6")}
    rgb, parts = np.tile(photo[0], (2, 2, 1)), np.tile(photo[1], (2, 2))
    targets = NeuralSettings(**settings).learn(works, *parts.shape)
    gradients = []
    for tile_px in (64, 512):
        with one_thread_each(1) as (pool, device):
            job = _Level(rgb, rgb, parts, None, _masters(targets, None, parts), 0,
                         NeuralSettings(**settings, tile_px=tile_px), "cpu")
            assert (len(job._tiles(0)) > 4) == (tile_px == 64)
            job.measure(pool, 0)
            gradients.append(job.pull(pool, 0)[0])
    gap = (gradients[0] - gradients[1]).abs().max() / gradients[1].abs().max()
    assert float(gap) < 1e-3


def test_strips_change_nothing(photo, targets, monkeypatch):
    whole = neural_paint(*photo, targets, NeuralSettings(**SMALL))
    monkeypatch.setattr("render.neural.optimise.strips",
                        lambda height: [(low, min(height, low + 20)) for low in range(0, height, 20)])
    assert np.abs(neural_paint(*photo, targets, NeuralSettings(**SMALL)) - whole).max() < 1e-3


def test_edges_of_the_picture_stay_sharp_at_any_price_of_variation(photo, targets):
    settings = NeuralSettings(**{**SMALL, "steps": (1, 16)}, tv_weight=3000.0, tones=0.0, levels=1)
    painted = neural_paint(*photo, targets, settings)
    before, after = (np.abs(np.diff(rgb[..., 0], axis=1))[:, 50].mean() for rgb in (photo[0], painted))
    assert after > 0.9 * before


def test_tones_of_a_large_picture_are_those_of_the_same_picture_small(works):
    targets = StyleTargets.of_tones(works)
    y, x = np.mgrid[:900, :1200].astype(np.float32)
    rgb = np.stack([0.3 + 0.3 * (x > 600), 0.5 + 0.2 * np.sin(y / 90), 0.4 + 0.0003 * y], 2).astype(np.float32)
    parts = np.where(x > 600, 8, 0).astype(np.uint8)
    large = match_tones(rgb, parts, [((targets, 1.0),)], 0.8)
    small = match_tones(np.ascontiguousarray(rgb[1::3, 1::3]), np.ascontiguousarray(parts[1::3, 1::3]),
                        [((targets, 1.0),)], 0.8)
    gap = np.abs(large[1::3, 1::3] - small)
    assert np.abs(small - rgb[1::3, 1::3]).mean() > 0.05 > 0.01 > np.median(gap) and gap.mean() < 0.01


def test_a_run_cut_short_ends_in_the_same_bytes(photo, targets):
    kept = Kept()
    whole = neural_paint(*photo, targets, NeuralSettings(**SMALL), checkpoint=kept)
    assert [level for level, _ in kept.states] == [1, 0]
    del kept.states[1:]
    assert neural_paint(*photo, targets, NeuralSettings(**SMALL), checkpoint=kept).tobytes() == whole.tobytes()


def test_colours_are_kept_where_asked(photo, works):
    import cv2
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


def test_transport_takes_one_distribution_to_another():
    generator = torch.Generator().manual_seed(1)
    features, turns = torch.randn(3, 5000, generator=generator), torch.eye(3)
    goals = quantiles(torch.exp(torch.randn(3, 5000, generator=generator)))
    steps, table = _transport(turns, quantiles(features), goals)
    moved = features - _apart(features, steps, table)
    # Quantiles know nothing of the farthest one in a hundred.
    assert torch.allclose(quantiles(moved)[:, 1:-1], goals[:, 1:-1], atol=0.02, rtol=0.02)
    assert (moved[0][features[0].argsort()].diff() > -0.05).all()  # what was more stays more, to a step of the table


def test_quantiles_of_known_numbers():
    knots = quantiles(torch.arange(100.0)[None], 4)
    assert torch.allclose(knots, torch.tensor([[12.0, 37.0, 62.0, 87.0]]), atol=1)


@pytest.mark.parametrize("change, message", [
    ({"strength": 2}, "strength"), ({"style_layers": ("fire99",)}, "unknown layer 'fire99'"),
    ({"network": "resnet"}, "unknown network"), ({"tile_px": 100}, "multiple of 16"), ({"style_loss": "l2"}, "style_loss")])
def test_settings_that_cannot_be_meant(photo, targets, change, message):
    with pytest.raises(UsageError, match=message):
        neural_paint(*photo, targets, NeuralSettings(**{**SMALL, **change}))


def test_pictures_that_cannot_be_painted(photo, targets):
    with pytest.raises(ShapeError, match="32 pixels"):
        neural_paint(np.zeros((1, 1, 3), np.float32), np.zeros((1, 1), np.uint8), targets)
    with pytest.raises(ShapeError, match="parts"):
        neural_paint(photo[0], photo[1][1:], targets)
    with pytest.raises(ShapeError, match="regions"):
        neural_paint(*photo, [targets], regions=photo[1][1:])
    with pytest.raises(CorpusError, match="at least one painting"):
        StyleTargets.learn([], levels=1, layers=LAYERS)


def test_a_style_is_learned_alike_on_any_number_of_threads():
    works = [Work(strokes(seed, (0.5, 0.4, 0.3), (360, 420)), np.zeros((360, 420), np.uint8), name=str(seed))
             for seed in range(2)]
    found, before = [], torch.get_num_threads()
    try:
        for threads in (1, 2):
            torch.set_num_threads(threads)
            learned = StyleTargets.learn(works, levels=2, layers=("conv1", "fire3", "fire5"))
            assert torch.get_num_threads() == threads
            found.append(b"".join(value.tobytes() for level in learned.samples for parts in level.values()
                                  for value in parts.values()))
    finally:
        torch.set_num_threads(before)
    assert found[0] == found[1]
