"""Claim: landmarks, colours, places and estimates keep their meaning when mirrored, converted, rescaled or stored."""

import json

import numpy as np
import pytest

from data.colour import from_linear, from_uint8, from_uint16, lab_to_rgb, rgb_to_lab, to_linear, to_uint8, to_uint16
from data.coordinates import rescale_points
from data.errors import ShapeError
from data.estimate import Estimate
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


def test_bytes_and_shares_go_both_ways():
    bytes_, units = np.arange(256, dtype=np.uint8), np.arange(0, 65536, 7, dtype=np.uint16)
    assert (to_uint8(from_uint8(bytes_)) == bytes_).all() and from_uint8(bytes_).dtype == np.float32
    assert (to_uint16(from_uint16(units)) == units).all() and from_uint16(units)[-1] <= 1
    assert to_uint8(np.array([-1.0, 0.499, 2.0])).tolist() == [0, 127, 255]


def test_lab_goes_both_ways_and_knows_black_white_and_grey():
    rgb = np.random.default_rng(1).uniform(0.02, 0.98, (20, 30, 3)).astype(np.float32)
    # OpenCV reads its cube roots off a table: good to a unit of 8 bits.
    np.testing.assert_allclose(lab_to_rgb(rgb_to_lab(rgb)), rgb, atol=4e-3)
    black, white, grey = rgb_to_lab(np.array([[[0, 0, 0], [1, 1, 1], [0.5, 0.5, 0.5]]], np.float32))[0]
    np.testing.assert_allclose([black, white], [[0, 0, 0], [100, 0, 0]], atol=0.05)
    assert 50 < grey[0] < 57 and abs(grey[1:]).max() < 0.1


def test_linear_light_comes_back_and_middle_grey_is_a_fifth_of_white():
    values = np.linspace(0, 1, 500, dtype=np.float32)
    assert to_linear(values).dtype == from_linear(values).dtype == np.float32
    np.testing.assert_allclose(from_linear(to_linear(values)), values, atol=1e-6)
    np.testing.assert_allclose(to_linear(np.array([0.0, 0.5, 1.0])), [0, 0.214, 1], atol=1e-3)


def test_places_keep_the_corners_of_pixels():
    # The picture's edges, half a pixel outside the first and last centre, stay its edges.
    assert rescale_points(-0.5, 3.0) == -0.5 and rescale_points(9.5, 3.0) == 29.5
    points = np.float32([[0, 1], [2, 3]])
    there = rescale_points(points, 2.0)
    assert there.dtype == np.float32
    np.testing.assert_array_equal(there, [[0.5, 2.5], [4.5, 6.5]])
    np.testing.assert_allclose(rescale_points(rescale_points(points, np.array([2.0, 5.0])), np.array([0.5, 0.2])), points)


def test_an_estimate_survives_json():
    for value in ("female", 31.5, True, None):
        told = Estimate(value, 0.123456, "model:look")
        record = json.loads(json.dumps(told.to_json()))
        assert record == {"value": value, "confidence": 0.1235, "origin": "model:look"}
        assert Estimate.from_json(record).to_json() == record
