"""A thin-plate spline passes through its points, is exact on straight maps, and serves any targets once prepared."""

import numpy as np
import pytest

from models.thin_plate import ThinPlateSpline

SIZE = (96, 64)


@pytest.fixture(scope="module")
def nodes():
    """Points on the nodes of the grid, where nothing is interpolated."""
    chosen = np.random.default_rng(0).permutation([(x, y) for x in range(0, 96, 8) for y in range(0, 64, 8)])[:30]
    return chosen.astype(float)


def test_without_stiffness_it_passes_through_its_points(nodes):
    target = nodes + np.random.default_rng(1).normal(0, 3, nodes.shape)
    field = ThinPlateSpline.prepare(nodes, SIZE, stiffness=0).field(target)
    assert field.shape == (64, 96, 2) and field.dtype == np.float32
    x, y = nodes.astype(int).T
    np.testing.assert_allclose(field[y, x], target, atol=1e-4)


def test_straight_maps_are_exact_everywhere_and_stiffness_does_not_matter(nodes):
    ys, xs = np.mgrid[:64, :96]
    everywhere = np.stack([3 * xs - 0.5 * ys + 7, 2 * ys + xs - 1], -1)
    target = np.stack([3 * nodes[:, 0] - 0.5 * nodes[:, 1] + 7, 2 * nodes[:, 1] + nodes[:, 0] - 1], -1)
    for stiffness in (1e-6, 1.0):
        field = ThinPlateSpline.prepare(nodes, SIZE, stiffness=stiffness).field(target)
        np.testing.assert_allclose(field, everywhere, atol=1e-3)


def test_stiffness_smooths(nodes):
    noisy = nodes + np.random.default_rng(2).normal(0, 4, nodes.shape)
    rough, smooth = (ThinPlateSpline.prepare(nodes, SIZE, stiffness=s).field(noisy) for s in (0, 1.0))
    assert np.abs(np.diff(smooth, 2, axis=1)).mean() < 0.3 * np.abs(np.diff(rough, 2, axis=1)).mean()


def test_one_spline_serves_many_targets(nodes):
    spline = ThinPlateSpline.prepare(nodes, SIZE, stiffness=1e-3)
    first, second = spline.field(nodes + 5), spline.field(nodes * 2)
    np.testing.assert_allclose(spline.field(nodes * 3 + 5), first + second, atol=1e-3)


def test_a_finer_grid_says_the_same(nodes):
    target = nodes + 4 * np.sin(nodes[:, ::-1] / 30)
    fine, coarse = (ThinPlateSpline.prepare(nodes, SIZE, stiffness=1e-2, cell_px=cell).field(target) for cell in (2, 8))
    assert np.abs(fine - coarse).max() < 0.3
