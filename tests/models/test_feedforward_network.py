"""A new network paints the softened picture, and the noise of a place is the same in whatever tile it lies."""

import numpy as np
import pytest

torch = pytest.importorskip("torch")

from models.feedforward_network import GRID, StyleNetwork, network_input  # noqa: E402  needs torch


def test_noise_belongs_to_places_and_not_to_tiles():
    rgb = np.random.default_rng(0).random((40, 48, 3)).astype(np.float32)
    whole = network_input(rgb, 100, 200)
    part = network_input(rgb[8:24, 16:40], 108, 216)
    assert whole.shape == (1, 5, 40, 48)
    torch.testing.assert_close(part, whole[:, :, 8:24, 16:40], atol=1e-6, rtol=0)
    assert not torch.equal(network_input(rgb, 100, 201)[:, 3:], whole[:, 3:])


def test_noise_lies_around_the_middle():
    noise = network_input(np.zeros((128, 128, 3), np.float32), -7, 5)[0, 3:]
    assert noise.mean((1, 2)).numpy() == pytest.approx(0.5, abs=0.02) and noise[0].min() >= 0 and noise[0].max() < 1


def test_an_untaught_network_softens():
    network = StyleNetwork(16).eval()
    rgb = np.random.default_rng(0).random((8 * GRID, 10 * GRID, 3)).astype(np.float32)
    with torch.no_grad():
        painted = network(network_input(rgb, 0, 0))[0].permute(1, 2, 0).numpy()
    assert painted.shape == rgb.shape
    np.testing.assert_allclose(painted.mean((0, 1)), rgb.mean((0, 1)), atol=0.01)
    assert painted.std() < 0.5 * rgb.std()
