"""A fast network learns a hand in few steps, does not know of tiles or threads, and is read back as it was."""

import numpy as np
import pytest

from data.errors import PortraitError, ShapeError
from models.feedforward_style import FastSettings, FastStyle
from models.style import StyleTargets, Work, style_distance

pytestmark = pytest.mark.slow

QUICK = FastSettings(steps=60, crop_px=96, style_layers=("conv1", "fire2"), content_layer="fire2", width=16,
                     content_weight=0.05, rate=4e-3)


@pytest.fixture(scope="module")
def hand():
    rng = np.random.default_rng(0)
    lines = np.repeat(rng.normal(0, 0.1, (40, 1)), 4, 0)[:150] + rng.normal(0, 0.02, (150, 160))
    rgb = np.clip(lines[..., None] + [0.5, 0.3, 0.2], 0, 1).astype(np.float32)
    return [Work(rgb, np.zeros(rgb.shape[:2], np.uint8), name="lines")]


@pytest.fixture(scope="module")
def lessons():
    y, x = np.mgrid[:130, :150].astype(np.float32)
    rgb = np.stack([0.5 + 0.4 * np.sin(x / 11), 0.5 + 0.4 * np.cos(y / 9), 0.3 + x / 300], 2).astype(np.float32)
    return [(rgb, (0.3 * rgb + 0.7 * np.float32([0.5, 0.3, 0.2])).astype(np.float32))]


@pytest.fixture(scope="module")
def trained(hand, lessons):
    return FastStyle.train(hand, lessons, QUICK)


def test_it_brings_pictures_nearer_to_the_hand(trained, hand, lessons):
    target = StyleTargets.learn(hand, levels=1, layers=QUICK.style_layers)
    labels = np.zeros(lessons[0][0].shape[:2], np.uint8)
    before, after = (style_distance(rgb, labels, target) for rgb in (lessons[0][0], trained.paint(lessons[0][0])))
    assert after < 0.7 * before
    assert trained.record["works"] == ["lines"] and trained.record["loss"][-1] < trained.record["loss"][0]


def test_tiles_and_threads_change_nothing(trained, lessons):
    whole = trained.paint(lessons[0][0], threads=1)
    assert whole.shape == lessons[0][0].shape
    assert np.abs(trained.paint(lessons[0][0], tile_px=64) - whole).max() < 1e-4
    one, two = (trained.paint(lessons[0][0], threads=n, tile_px=64) for n in (1, 2))
    assert one.tobytes() == two.tobytes()


def test_training_twice_gives_the_same_network(trained, hand, lessons):
    again = FastStyle.train(hand, lessons, QUICK)
    assert again.paint(lessons[0][0]).tobytes() == trained.paint(lessons[0][0]).tobytes()


def test_saved_and_read_back(trained, lessons, tmp_path):
    trained.save(tmp_path / "fast.safetensors")
    again = FastStyle.load(tmp_path / "fast.safetensors")
    assert again.record == trained.record and np.array_equal(again.paint(lessons[0][0]), trained.paint(lessons[0][0]))


def test_bad_input_is_told_plainly(trained, hand, tmp_path):
    (tmp_path / "no.safetensors").write_bytes(b"nothing")
    for name in ("no.safetensors", "missing.safetensors"):
        with pytest.raises(PortraitError, match="learn --fast"):
            FastStyle.load(tmp_path / name)
    with pytest.raises(ShapeError, match="8 pixels"):
        trained.paint(np.zeros((1, 1, 3), np.float32))
    with pytest.raises(ShapeError, match="96 pixels"):
        FastStyle.train(hand, [(np.zeros((50, 50, 3), np.float32),) * 2], QUICK)
