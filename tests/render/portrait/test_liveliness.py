"""Energy says how strong detail is in which band; drawn passages ask for that of plain paint; strokes have a direction."""

import cv2
import numpy as np
import pytest

from data.parts import Part
from render.portrait.liveliness import LentView, calm_energies, energies, liveliness_channels, plain, wanted_energies

SHAPE, EYE_PX = (120, 160), 40.0


def noise(sigma, strength, seed=0):
    field = cv2.GaussianBlur(np.random.default_rng(seed).standard_normal(SHAPE).astype(np.float32), (0, 0), sigma)
    return (strength * field / field.std()).astype(np.float32)


def test_energy_is_told_by_band_and_doubles_with_the_detail():
    fine, broad = (energies(noise(sigma, 2.0), EYE_PX) for sigma in (0.5, 4.0))
    assert np.median(fine[..., 0]) > 2 * np.median(fine[..., 1])
    assert np.median(broad[..., 1]) > 4 * np.median(broad[..., 0])
    np.testing.assert_allclose(energies(noise(2.0, 4.0), EYE_PX), 2 * energies(noise(2.0, 2.0), EYE_PX), rtol=1e-3)


def test_twice_the_energy_is_as_far_in_bytes_anywhere():
    levels = [liveliness_channels(np.full((*SHAPE, 2), value, np.float32), np.zeros(SHAPE, np.float32), EYE_PX)[0, 0]
              for value in (0.01, 0.1, 0.2, 0.4)]
    np.testing.assert_array_equal(levels, [[0, 0, 128, 128], [0, 0, 128, 128], [16, 16, 128, 128], [32, 32, 128, 128]])


@pytest.mark.parametrize("degrees, expected", [(0, (176, 128)), (90, (80, 128)), (45, (128, 176))])
def test_strokes_have_a_direction_whatever_their_sign(degrees, expected):
    angle = np.deg2rad(degrees)
    rows, columns = np.indices(SHAPE, np.float32)
    waves = 30 * np.sin((columns * np.cos(angle) + rows * np.sin(angle)) / 4).astype(np.float32)
    channels = liveliness_channels(energies(waves, EYE_PX), waves, EYE_PX)[30:-30, 30:-30, 2:]
    assert np.abs(channels.reshape(-1, 2).astype(int) - expected).max() <= 4


@pytest.fixture
def lender():
    """Ground, calm on the left and lively on the right, above cloth."""
    parts = np.full(SHAPE, Part.BACKGROUND, np.uint8)
    parts[90:] = Part.CLOTHING
    energy = np.full((*SHAPE, 2), 0.5, np.float32)
    energy[:, 80:] = 3.0
    return LentView(energy, parts, np.ones(SHAPE, bool))


def test_drawn_passages_ask_for_the_energy_of_plain_ones(lender):
    calm = calm_energies([lender], Part.BACKGROUND, EYE_PX)
    np.testing.assert_allclose(calm, 0.5)
    assert calm_energies([lender], Part.HAIR, EYE_PX) is None
    parts = lender.parts.copy()
    parts[:40, :40] = Part.FACE
    known = np.zeros(SHAPE, bool)
    known[:, 120:] = True
    own = np.full((*SHAPE, 2), 0.1, np.float32)
    own[60:80, 60:80] = 2.0
    wanted = wanted_energies(own, parts, known, [lender], calm, EYE_PX)[..., 0]
    assert (wanted[:, 120:] == own[:, 120:, 0]).all() and (wanted[:40, :40] == np.float32(0.1)).all()
    assert wanted[20, 80] == wanted[100, 20] == np.float32(0.5)
    assert wanted[70, 70] == 2 and wanted[86, 70] == np.float32(0.5)    # livelier where it was drawn so, but not at an edge


def test_plain_ground_is_neither_lively_nor_beside_a_figure(lender):
    found = plain(lender, np.array([0.5, 0.5], np.float32), EYE_PX)
    assert found[:80, :80].all() and not found[:, 80:].any() and not found[86:].any()
