"""The bands of a height add up to it and part it by scale."""

import numpy as np

from models.relief_bands import bands, brush_band


def test_bands_add_up():
    height = np.random.default_rng(0).random((60, 70)).astype(np.float32)
    parted = bands(height)
    assert parted.shape == (3, 60, 70) and parted.dtype == np.float32
    np.testing.assert_allclose(parted.sum(0), height, atol=1e-6)
    np.testing.assert_array_equal(brush_band(height), parted[0] + parted[1])


def test_waves_lie_in_the_band_of_their_length():
    x = np.arange(200, dtype=np.float32)
    for wavelength, band in ((4, 0), (20, 1), (150, 2)):
        wave = np.tile(np.sin(2 * np.pi * x / wavelength), (200, 1)).astype(np.float32)
        assert np.argmax(bands(wave)[:, :, 40:160].std((1, 2))) == band
