"""Garments: one tone for two lenders' clothes, within limits; dye changes cloth and leaves linen and what is beside it."""

import numpy as np
import pytest

from render.portrait.figure.garment import Tone, dyed, toned

WHERE = np.zeros((60, 60), bool)
WHERE[:40] = True
CLOTH = WHERE.astype(np.float32)


def cloth(mean, spread=3.0, seed=0):
    return (np.random.default_rng(seed).normal(0, spread, (60, 60, 3)) + mean).astype(np.float32)


def test_a_tone_is_that_of_what_is_masked_and_of_all_where_hardly_anything_is():
    lab = cloth((20, 0, 0))
    lab[40:] = (90, 0, 0)
    assert Tone.of(lab, WHERE).mean == pytest.approx([20, 0, 0], abs=0.3)
    assert Tone.of(lab, np.zeros_like(WHERE)).mean[0] == pytest.approx(20 + 70 / 3, abs=0.3)


def test_cloth_is_brought_to_the_wanted_tone():
    wanted = Tone(np.array([35.0, 8.0, -5.0]), np.array([3.6, 2.4, 3.0]))
    result = toned(cloth((25, 2, 3)), WHERE, wanted)
    np.testing.assert_allclose(Tone.of(result, WHERE).mean, wanted.mean, atol=1e-3)
    np.testing.assert_allclose(Tone.of(result, WHERE).spread, wanted.spread, atol=1e-3)
    assert result.dtype == np.float32


def test_tones_that_are_far_apart_are_met_part_of_the_way():
    lab, far = cloth((15, 0, 0)), Tone(np.array([90.0, 60.0, 60.0]), np.array([30.0, 0.1, 3.0]))
    before, after = Tone.of(lab, WHERE), Tone.of(toned(lab, WHERE, far), WHERE)
    assert 10 < after.mean[0] - before.mean[0] < 30 and 5 < after.mean[1] - before.mean[1] < 20
    assert 0.6 < (after.spread / before.spread).min() and (after.spread / before.spread).max() < 1.4
    np.testing.assert_array_equal(toned(lab, np.zeros_like(WHERE), far), lab)


def test_dye_reaches_its_colour_and_keeps_the_folds():
    lab = cloth((30, 2, 3))
    red = dyed(lab, CLOTH, np.array([33.0, 13.0, 12.0]))
    np.testing.assert_allclose(Tone.of(red[:36], WHERE[:36]).mean, [33, 13, 12], atol=1.0)
    assert np.corrcoef(red[:36, :, 0].ravel(), lab[:36, :, 0].ravel())[0, 1] > 0.99
    np.testing.assert_array_equal(red[40:], lab[40:])
    faint = dyed(lab, 0.25 * CLOTH + 0.75 * (np.arange(60) < 30), np.array([33.0, 13.0, 12.0]))
    assert 1 < (faint - lab)[:36, 30:, 1].mean() < 0.5 * (faint - lab)[:36, :30, 1].mean()


def test_linen_and_lights_that_the_mask_missed_stay_white():
    lab = cloth((20, 0, 0))
    lab[10:14, 10:30] = (80, 1, 6)
    blue = dyed(lab, CLOTH, np.array([24.0, 4.0, -14.0]))
    np.testing.assert_array_equal(blue[10:14, 10:30], lab[10:14, 10:30])
    assert blue[20:34, :, 2].mean() < -8


def test_without_cloth_or_colour_nothing_is_dyed():
    lab = cloth((30, 2, 3))
    assert dyed(lab, np.zeros_like(CLOTH), np.array([50.0, 0, 0])) is lab
    assert dyed(lab, CLOTH, np.full(3, np.nan)) is lab
