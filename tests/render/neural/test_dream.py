"""A dream makes a layer see more, by as much as asked for, without borders of tiles; threads change nothing."""

import cv2
import numpy as np
import pytest
import torch

from data.errors import ShapeError, UsageError
from models.perceptual import load_network
from render.neural.dream import DreamSettings, dream

QUICK = DreamSettings(layer="fire4", octaves=2, steps=4)


@pytest.fixture(scope="module")
def painting():
    noise = np.random.default_rng(0).random((112, 150, 3)).astype(np.float32)
    return np.clip(0.5 + 4 * (cv2.GaussianBlur(noise, (0, 0), 3) - 0.5), 0, 1)


def seen(rgb, layer="fire4"):
    with torch.no_grad():
        return float(load_network()(torch.from_numpy(rgb).permute(2, 0, 1)[None], [layer])[layer].square().mean())


def test_the_layer_sees_more_and_more(painting):
    strengths = [seen(dream(painting, DreamSettings(layer="fire4", octaves=1, steps=4, strength=s))) for s in (0, 3, 6)]
    assert strengths[0] == pytest.approx(seen(painting), rel=1e-4)
    assert strengths[0] * 1.2 < strengths[1] < strengths[2]


def test_threads_change_nothing_and_tiles_little(painting):
    results = [dream(painting, DreamSettings(layer="fire4", octaves=2, steps=4, threads=n, tile_px=64)) for n in (1, 2)]
    assert results[0].tobytes() == results[1].tobytes()
    assert np.abs(results[0] - dream(painting, QUICK)).mean() < 1e-4


def test_what_is_masked_stays(painting):
    weight = np.zeros(painting.shape[:2], np.float32)
    weight[:, 80:] = 1
    result = dream(painting, QUICK, weight=weight)
    assert np.abs(result - painting)[:, :70].max() < 1e-6 < 0.01 < np.abs(result - painting)[:, 90:].mean()


def test_bad_input_is_told_plainly(painting):
    with pytest.raises(UsageError, match="unknown layer 'conv9'.*fire8"):
        dream(painting, DreamSettings(layer="conv9"))
    with pytest.raises(UsageError, match="strength"):
        dream(painting, DreamSettings(strength=99))
    with pytest.raises(ShapeError, match="32 pixels"):
        dream(np.zeros((1, 1, 3), np.float32))
