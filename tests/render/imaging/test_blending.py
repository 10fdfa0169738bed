"""Bands join without a step and lose nothing; holes are filled from around them."""

import numpy as np

from render.imaging.blending import blend_bands, fill_holes


def test_bands_give_back_either_picture():
    rng = np.random.default_rng(0)
    top, bottom = rng.random((2, 61, 47, 3)).astype(np.float32)
    np.testing.assert_allclose(blend_bands(top, bottom, np.ones((61, 47), np.float32), levels=3), top, atol=1e-5)
    np.testing.assert_allclose(blend_bands(top, bottom, np.zeros((61, 47), np.float32), levels=3), bottom, atol=1e-5)


def test_bands_join_without_a_step():
    top, bottom = np.full((64, 64, 3), 1.0, np.float32), np.zeros((64, 64, 3), np.float32)
    mask = np.zeros((64, 64), np.float32)
    mask[:, 32:] = 1
    row = blend_bands(top, bottom, mask, levels=4)[32, :, 0]
    assert np.abs(np.diff(row)).max() < 0.2


def test_holes_are_filled_from_around():
    picture = np.tile(np.linspace(0, 1, 80, dtype=np.float32)[None, :, None], (60, 1, 3))
    known = np.ones((60, 80), bool)
    known[20:40, 30:50] = False
    spoilt = picture.copy()
    spoilt[~known] = 99
    filled = fill_holes(spoilt, known)
    np.testing.assert_allclose(filled[known], picture[known], atol=1e-6)
    assert np.abs(filled - picture).max() < 0.2
