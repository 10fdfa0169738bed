"""A view shows what lies in its square, upright, and is reduced without aliasing."""

import numpy as np
import pytest

from features.face import chips


def ramp(size=200):
    """A picture whose red says x and whose green says y, as floats."""
    y, x = np.mgrid[:size, :size].astype(np.float32)
    return np.stack([x, y, np.zeros_like(x)], -1)


@pytest.mark.parametrize("side, size", [(60.0, 60), (60.0, 150), (120.0, 24), (90.0, 64)])
@pytest.mark.parametrize("roll", [0.0, 0.5])
def test_a_view_shows_the_places_it_says(side, size, roll):
    matrix = chips.view_matrix((100.0, 95.0), side, roll, size)
    view = chips.sample(ramp(), matrix, size)
    y, x = np.mgrid[:size, :size].reshape(2, -1)
    places = chips.apply(chips.invert(matrix), np.stack([x, y], 1).astype(np.float64)).reshape(size, size, 2)
    np.testing.assert_allclose(view[2:-2, 2:-2, :2], places[2:-2, 2:-2], atol=0.6)
    np.testing.assert_allclose(places.mean((0, 1)), [100, 95], atol=1e-9)


def test_maps_compose_and_go_back():
    one, other = chips.view_matrix((10.0, 20.0), 30.0, 0.3, 64), chips.view_matrix((5.0, -3.0), 7.0, -1.0, 50)
    points = np.random.default_rng(0).normal(0, 50, (9, 2))
    both = chips.apply(chips.compose(one, other), points)
    np.testing.assert_allclose(both, chips.apply(one, chips.apply(other, points)), atol=1e-9)
    np.testing.assert_allclose(chips.apply(chips.invert(one), chips.apply(one, points)), points, atol=1e-9)


def test_fine_hatching_is_averaged_away_in_a_reduced_view():
    hatched = np.zeros((512, 512, 3), np.uint8)
    hatched[:, ::2] = 255
    view = chips.sample(hatched, chips.view_matrix((256.0, 256.0), 400.0, 0.2, 50), 50)
    assert abs(view.astype(float) - 127.5).max() < 12


def test_outside_the_picture_the_border_is_shown():
    white = np.full((50, 50, 3), 255, np.uint8)
    matrix = chips.view_matrix((0.0, 0.0), 60.0, 0.0, 60)
    assert (chips.sample(white, matrix, 60) == 255).all()
    bordered = chips.sample(white, matrix, 60, border=(127, 0, 9))
    assert bordered[0, 0].tolist() == [127, 0, 9] and bordered[-1, -1].tolist() == [255, 255, 255]


def test_calm_is_grey_from_black_to_white():
    picture = np.clip(ramp(200) * 0.4 + 60, 0, 255).astype(np.uint8)
    calm = chips.calmed(picture, 2.0)
    assert (calm[..., 0] == calm[..., 2]).all() and calm.min() == 0 and calm.max() == 255
