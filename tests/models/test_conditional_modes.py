"""Modes follow their conditions, are orthonormal, and survive being stored in 8 bits."""

import numpy as np

from models.conditional_modes import Modes


def test_modes_follow_their_conditions_and_are_orthonormal():
    rng = np.random.default_rng(0)
    given = rng.standard_normal((200, 2))
    slope, hidden = rng.standard_normal((2, 30)), 0.2 * rng.standard_normal((3, 30))
    values = 5 + given @ slope + rng.standard_normal((200, 3)) @ hidden
    modes = Modes.fit(values, given, 3, ridge=1e-6)
    assert np.allclose(modes.modes @ modes.modes.T, np.eye(3), atol=1e-9)
    assert (np.diff(modes.spread) <= 0).all()
    assert np.abs(modes.expected([1.0, -1.0]) - (5 + slope[0] - slope[1])).max() < 0.4
    left = values - np.stack([modes.expected(row) for row in given])
    assert np.abs(left - left @ modes.modes.T @ modes.modes).max() < 1e-6


def test_eight_bits_keep_modes_to_a_percent():
    rng = np.random.default_rng(1)
    modes = Modes.fit(rng.standard_normal((40, 50)), rng.standard_normal((40, 2)), 5)
    packed = modes.packed("x")
    assert packed["x.modes"].dtype == np.int8 and packed["x.mean"].dtype == np.int16
    again = Modes.unpacked(packed, "x")
    assert np.abs(again.modes - modes.modes).max() < 0.01 * np.abs(modes.modes).max()
    assert np.abs(again.mean - modes.mean).max() < 1e-4 * np.abs(modes.mean).max()


def test_draws_are_about_the_mean_and_never_monsters():
    rng = np.random.default_rng(2)
    modes = Modes.fit(rng.standard_normal((60, 20)), np.zeros((60, 1)), 8)
    draws = np.stack([modes.sample(rng, [0.0], 1.0) for _ in range(400)])
    weights = (draws - modes.expected([0.0])) @ modes.modes.T / modes.spread
    assert np.abs(weights).max() < 1.7 + 1e-9 and np.abs(weights.mean(0)).max() < 0.2
    np.testing.assert_array_equal(modes.sample(rng, [0.0], 0.0), modes.expected([0.0]))
