"""A place means the same at every size of a picture, and beyond its edges the picture is mirrored."""

import numpy as np
import pytest

from data.coordinates import mirrored_indices, rescale_points, unscaled_points


def test_places_keep_the_corners_of_pixels():
    # The picture's edges, half a pixel outside the first and last centre, stay its edges.
    assert rescale_points(-0.5, 3.0) == -0.5 and rescale_points(9.5, 3.0) == 29.5
    points = np.float32([[0, 1], [2, 3]])
    there = rescale_points(points, 2.0)
    assert there.dtype == np.float32
    np.testing.assert_array_equal(there, [[0.5, 2.5], [4.5, 6.5]])
    np.testing.assert_allclose(rescale_points(rescale_points(points, np.array([2.0, 5.0])), np.array([0.5, 0.2])), points)


@pytest.mark.parametrize("scale", [0.37, np.array([1.7, 0.6])])
def test_unscaling_undoes_rescaling(scale):
    points = np.random.default_rng(0).uniform(0, 90, (68, 2))
    np.testing.assert_allclose(unscaled_points(rescale_points(points, scale), scale), points, atol=1e-12)


def test_beyond_its_edges_a_row_is_mirrored_without_repeating_the_end():
    assert mirrored_indices(-3, 8, 5).tolist() == [3, 2, 1, 0, 1, 2, 3, 4, 3, 2, 1]
    row = np.arange(9.0)
    np.testing.assert_array_equal(row[mirrored_indices(-4, 13, 9)], np.pad(row, 4, mode="reflect"))
    assert mirrored_indices(-2, 3, 1).tolist() == [0] * 5
