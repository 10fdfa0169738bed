"""Claim: quilting sews whole blocks of the exemplars along cheap seams, by the guide and within the limits."""

import inspect
from dataclasses import replace

import cv2
import numpy as np
import pytest

from data.errors import UsageError
from render.portrait.engines import PAINT_ENGINES, engine_named
from render.synthesis.exemplar import Exemplar, SynthesisSettings
from render.synthesis.quilting import _cheapest_path, quilt

HEIGHT, WIDTH = 150, 120


def exemplar(seed, *, valid=None):
    blobs = np.random.default_rng(seed // 10).random((7, 6, 3)).astype(np.float32)
    soft = cv2.resize(blobs, (WIDTH, HEIGHT), interpolation=cv2.INTER_CUBIC) * 0.6 + 0.2
    grain = cv2.GaussianBlur(np.random.default_rng(seed).standard_normal((HEIGHT, WIDTH, 1)), (0, 0), 0.8)[..., None]
    colour = np.clip(soft + 0.1 * grain, 0, 1)
    guide = cv2.cvtColor((soft.clip(0, 1) * 255).astype(np.uint8), cv2.COLOR_RGB2LAB)
    return Exemplar((colour * 65535).astype(np.uint16), guide, np.zeros((HEIGHT, WIDTH), np.uint8),
                    np.ones((HEIGHT, WIDTH), bool) if valid is None else valid, f"{seed}")


def test_engines_share_one_interface():
    wanted = list(inspect.signature(engine_named("patch")).parameters)
    for name in PAINT_ENGINES:
        assert list(inspect.signature(engine_named(name)).parameters)[:len(wanted)] == wanted
    with pytest.raises(UsageError, match="unknown engine 'spray'.*patch, quilting, neural"):
        engine_named("spray")


def test_the_cheapest_path_goes_where_blocks_agree():
    error = np.full((20, 9), 5.0, np.float32)
    way = (4 + 3 * np.sin(np.arange(20) / 3)).astype(int)
    error[np.arange(20), way] = 0.1
    np.testing.assert_array_equal(_cheapest_path(error), way)


def test_quilted_by_the_guide_from_whole_blocks_the_same_every_time():
    bank = [exemplar(seed) for seed in range(1, 7)]
    target = exemplar(8)
    settings = SynthesisSettings(seed=2, meld_share=0)
    result = quilt(target.guide, target.labels, bank, settings)
    again = quilt(target.guide, target.labels, bank, settings)
    assert result.colour.tobytes() == again.colour.tobytes()
    wanted = cv2.GaussianBlur(target.colour / np.float32(65535), (0, 0), 4)
    assert np.abs(cv2.GaussianBlur(result.colour, (0, 0), 4) - wanted).mean() < 0.03
    offsets = result.source - np.dstack([np.zeros((HEIGHT, WIDTH), int), *np.mgrid[:HEIGHT, :WIDTH]])
    same = (offsets[:, 1:] == offsets[:, :-1]).all(-1)
    assert same.mean() > 0.8
    assert result.shares.max() <= 0.3 and result.largest_region_share <= 0.04


def test_nothing_is_sewn_in_from_outside_a_scan():
    upper = np.zeros((HEIGHT, WIDTH), bool)
    upper[:HEIGHT * 2 // 3] = True
    bank = [exemplar(seed, valid=upper if seed < 4 else upper[::-1].copy()) for seed in range(1, 7)]
    source = quilt(exemplar(8).guide, bank[0].labels, bank, SynthesisSettings(seed=1)).source
    valid = np.stack([item.valid for item in bank])
    assert valid[source[..., 0], source[..., 1], source[..., 2]].all()


def test_kept_paint_is_there_before_anything_is_sewn():
    bank, left = [exemplar(seed) for seed in range(1, 6)], np.zeros((HEIGHT, WIDTH), bool)
    left[:, :WIDTH // 2] = True
    own = exemplar(8, valid=left)
    result = quilt(own.guide, own.labels, [replace(own, kept=left), *bank], SynthesisSettings(seed=2))
    places = np.moveaxis(np.indices((HEIGHT, WIDTH)), 0, -1)
    assert (result.source[left] == np.dstack([np.zeros((HEIGHT, WIDTH), int), places])[left]).all()
    deep = left & (np.arange(WIDTH) < WIDTH // 2 - 4)
    np.testing.assert_allclose(result.colour[deep], own.colour[deep] / np.float32(65535), atol=1e-6)
    assert (result.source[~left][:, 0] > 0).mean() > 0.8
