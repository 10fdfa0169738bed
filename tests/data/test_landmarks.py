"""Landmarks keep their names when mirrored, and their error does not depend on the size of the picture."""

import numpy as np
import pytest

from data.errors import ShapeError
from data.landmarks import (
    JAW,
    LEFT_EYE,
    LINES,
    MIRRORED,
    MOUTH_LEFT,
    MOUTH_RIGHT,
    RIGHT_BROW,
    RIGHT_EYE,
    check_landmarks,
    landmark_error,
    mirror,
    outer_eye_distance,
)


@pytest.fixture
def points():
    return np.random.default_rng(0).uniform(10, 90, (68, 2))


def test_mirroring_twice_changes_nothing_and_renumbers_once(points):
    there = mirror(points, 101)
    np.testing.assert_allclose(mirror(there, 101), points)
    assert sorted(MIRRORED) == list(range(68)) and (MIRRORED[MIRRORED] == np.arange(68)).all()
    assert set(MIRRORED[LEFT_EYE]) == set(range(42, 48)) == set(range(68)[RIGHT_EYE])
    assert set(MIRRORED[RIGHT_BROW]) == set(range(17, 22)) and MIRRORED[MOUTH_LEFT] == MOUTH_RIGHT
    np.testing.assert_allclose(there[JAW][::-1], [100, 0] + points[JAW] * [-1, 1])


def test_the_lines_of_a_face_hold_every_landmark_once():
    assert [number for line in LINES for number in range(68)[line]] == list(range(68))


def test_an_error_is_in_outer_eye_distances(points):
    moved = points + [0.1 * outer_eye_distance(points), 0]
    assert landmark_error(moved, points) == pytest.approx(0.1)
    assert landmark_error(7 * moved, 7 * points) == pytest.approx(0.1)


@pytest.mark.parametrize("wrong", [np.zeros((5, 2)), np.full((68, 2), np.nan), np.zeros(136)])
def test_what_are_no_landmarks_is_refused(wrong):
    with pytest.raises(ShapeError, match="68 finite"):
        check_landmarks(wrong)
