"""The reach of a drawn body is the drawn body's, and what the picture cuts off is not taken for its outline."""

import numpy as np
import pytest

from data.landmarks import CHIN
from data.parts import Part
from features.figure.figure import ANGLES_DEG
from features.figure.grid import Grid
from features.figure.silhouette import silhouette
from tests.drawn import drawn_face

RADIUS = 2.5  # of the round body, in outer eye distances


@pytest.fixture(scope="module")
def grid():
    """A face over a round body about the pit of the neck; the picture ends 1.8 eye distances to the right of it."""
    points = drawn_face(np.random.default_rng(4), 0.0) + [150, 0]
    unit = float(np.linalg.norm(points[45] - points[36]))
    pit = points[CHIN] + [0, 0.35 * unit]
    height, width = 700, int(pit[0] + 1.8 * unit)
    rows, columns = np.mgrid[:height, :width]
    parts = np.full((height, width), Part.BACKGROUND, np.uint8)
    parts[np.hypot(columns - pit[0], rows - pit[1]) < RADIUS * unit] = Part.CLOTHING
    parts[rows < pit[1] - 0.5 * unit] = Part.BACKGROUND
    parts[(np.abs(columns - points[CHIN, 0]) < 0.4 * unit) & (np.abs(rows - points[CHIN, 1]) < 0.5 * unit)] = Part.NECK
    return Grid(np.zeros((height, width, 3), np.uint8), parts, np.zeros((height, width), bool), points, np.ones(2))


def test_the_pit_lies_below_the_chin(grid):
    found = silhouette(grid)
    unit = grid.eye_distance_px
    np.testing.assert_allclose((found.pit_xy - grid.chin_xy) / unit, [0, 0.35], atol=0.05)


def test_the_reach_is_that_of_the_body(grid):
    found = silhouette(grid)
    left = (ANGLES_DEG >= 110) & (ANGLES_DEG <= 180)
    assert found.sure[left].all()
    np.testing.assert_allclose(found.reach[left], RADIUS, atol=0.13)


def test_what_the_picture_cuts_off_is_not_sure(grid):
    found = silhouette(grid)
    cut = (ANGLES_DEG >= 0) & (ANGLES_DEG <= 36)
    assert not found.sure[cut].any() and (found.reach[cut] < RADIUS).all()
