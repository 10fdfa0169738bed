"""Claim: the surface solves its equation, keeps its slopes over short distances and its level over long ones."""

import numpy as np
import pytest

from render.imaging.poisson import screen_from_length, screen_from_wavelength, screened_poisson


def test_the_equation_is_solved():
    rng = np.random.default_rng(3)
    z, right, down = rng.random((33, 47)), rng.random((33, 46)), rng.random((32, 47))
    f = screened_poisson(z, right, down, screen=screen_from_wavelength(9), dtype=np.float64).astype(np.float64)
    residual = (2 * np.pi / 9) ** 2 * (f - z)
    flow_right, flow_down = np.diff(f, axis=1) - right, np.diff(f, axis=0) - down
    residual[:, :-1] -= flow_right
    residual[:, 1:] += flow_right
    residual[:-1] -= flow_down
    residual[1:] += flow_down
    assert np.abs(residual).max() < 1e-5


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_slopes_of_the_level_itself_change_nothing(dtype):
    z = np.random.default_rng(1).random((20, 30))
    f = screened_poisson(z, np.diff(z, axis=1), np.diff(z, axis=0), screen=screen_from_length(5), dtype=dtype)
    assert f.dtype == np.float32
    np.testing.assert_allclose(f, z, atol=1e-5)


def test_a_step_fades_over_the_length_asked_for():
    z = np.zeros((4, 400))
    z[:, 200:] = 1
    f = screened_poisson(z, np.zeros((4, 399)), np.zeros((3, 400)), screen=screen_from_length(10), dtype=np.float64)
    assert abs(f[0, 210] - (1 - 0.5 * np.exp(-1))) < 0.02 and f[0, 0] < 0.01 < 0.99 < f[0, -1]


def test_waves_of_the_wavelength_come_half_from_the_level():
    x = np.arange(400)
    z = np.tile(np.cos(np.pi * (2 * x + 1) / 40), (4, 1))    # 40 texels a wave, mirrored at both borders as the solver does
    f = screened_poisson(z, np.zeros((4, 399)), np.zeros((3, 400)), screen=screen_from_wavelength(40), dtype=np.float64)
    np.testing.assert_allclose(f, z / 2, atol=0.01)
