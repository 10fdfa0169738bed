"""The grid shows the whole picture small, with places that go there and back, and no skin near the face."""

import numpy as np

from features.figure.grid import grid_of


def test_places_go_there_and_back(photo, face):
    grid = grid_of(photo, face.landmarks_xy, {})
    np.testing.assert_allclose(grid.to_picture(grid.landmarks_xy), face.landmarks_xy, atol=1e-6)
    np.testing.assert_allclose(grid.from_picture(face.landmarks_xy), grid.landmarks_xy, atol=1e-6)
    assert grid.rgb.shape[:2] == grid.parts.shape == grid.skin.shape and abs(grid.unit_px - 14) < 0.5
    assert not grid.skin[:int(grid.chin_xy[1])].any()
