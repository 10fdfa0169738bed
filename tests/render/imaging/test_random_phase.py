"""Textures of random phase: strength, direction and colours of the sample, nothing of its picture, at any size."""

import cv2
import numpy as np

from render.imaging.random_phase import random_phase


def striped(seed=0):
    """Fine stripes that run across, red where they are light."""
    noise = cv2.GaussianBlur(np.random.default_rng(seed).normal(0, 1, (40, 50)), (0, 0), sigmaX=5, sigmaY=0.8)
    return np.dstack([4 * noise / noise.std(), 2 * noise / noise.std(), np.zeros_like(noise)]).astype(np.float32)


def test_strength_direction_and_colours_are_the_samples():
    texture = random_phase(striped(), 160, 120, np.random.default_rng(1))
    assert texture.shape == (160, 120, 3) and texture.dtype == np.float32
    assert 2.5 < texture[..., 0].std() < 5.5 and np.abs(texture.mean((0, 1))).max() < 0.1
    across, down = (np.abs(np.diff(texture[..., 0], axis=axis)).mean() for axis in (1, 0))
    assert across < 0.5 * down
    assert np.corrcoef(texture[..., 0].ravel(), texture[..., 1].ravel())[0, 1] > 0.99 and np.ptp(texture[..., 2]) < 1e-5


def test_nothing_of_the_sample_is_found_again():
    sample = striped()
    texture = random_phase(sample, 160, 120, np.random.default_rng(1))
    found = cv2.matchTemplate(texture[..., 0], sample[..., 0], cv2.TM_CCOEFF_NORMED)
    assert found.max() < 0.5


def test_the_seed_decides_and_a_large_sample_is_cut():
    first, again, other = (random_phase(striped(), 30, 30, np.random.default_rng(seed)) for seed in (1, 1, 2))
    np.testing.assert_array_equal(first, again)
    assert first.shape == (30, 30, 3) and np.abs(first - other).max() > 1
