"""The expected error grows with disagreement and spread and falls with the mesh's certainty; confidence falls with it."""

from dataclasses import replace

import numpy as np
import pytest

from features.face.geometry import Geometry, confidence_of
from tests.drawn import drawn_face


@pytest.fixture
def geometry():
    points = drawn_face(np.random.default_rng(0), 0.0)
    return Geometry(points, np.ones(68), np.zeros((468, 3)), points, points, 0.05, 0.02, 25.0)


def test_what_makes_landmarks_worse_raises_their_expected_error(geometry):
    usual = geometry.expected_error
    assert replace(geometry, disagreement=0.1).expected_error > usual
    assert replace(geometry, spread=0.04).expected_error > usual
    assert replace(geometry, face_logit=5.0).expected_error > usual
    # Figures beyond what was seen when the model was fitted change nothing more.
    assert replace(geometry, face_logit=90.0).expected_error == replace(geometry, face_logit=40.0).expected_error


def test_confidence_is_half_where_half_of_the_points_are_wrong():
    found = confidence_of(np.array([0.0, 0.075, 10.0]))
    np.testing.assert_allclose(found, [1, 0.5, 0], atol=1e-6)


def test_the_size_of_a_face_is_twice_eyes_to_mouth(geometry):
    larger = replace(geometry, landmarks_xy=3 * geometry.landmarks_xy)
    assert larger.face_px == pytest.approx(3 * geometry.face_px)
