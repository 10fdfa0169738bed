"""Proportions say the same whatever the place, size and tilt of a face, and swap sides in the mirror."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from data.landmarks import mirror
from features.face.proportions import proportions


def plain_face():
    rng = np.random.default_rng(1)
    return rng.normal(0, 1, (68, 2)) * [20, 25] + [100, 120]


@settings(deadline=None)    # the first call imports and compiles
@given(st.floats(-3, 3), st.floats(0.2, 9), st.floats(-500, 500))
def test_moving_turning_scaling_change_nothing(angle, scale, shift):
    points = plain_face()
    turn = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    before, after = proportions(points), proportions(scale * points @ turn.T + shift)
    for name, value in before.items():
        assert after[name] == pytest.approx(value, rel=1e-6, abs=1e-6), name


def test_mirror_swaps_sides(face):
    straight, mirrored = proportions(face.landmarks_xy), proportions(mirror(face.landmarks_xy, 512))
    assert straight["left_eye_width"] == pytest.approx(mirrored["right_eye_width"])
    assert straight["left_canthal_tilt_deg"] == pytest.approx(mirrored["right_canthal_tilt_deg"])
    assert straight["nose_length"] == pytest.approx(mirrored["nose_length"])


def test_a_face_has_the_proportions_of_a_face(face):
    found = proportions(face.landmarks_xy)
    assert 0.3 < found["interocular"] < 0.5
    assert 0.7 < found["thirds_ratio"] < 1.3
    assert 1.2 < found["face_width"] < 1.9
    assert 100 < found["jaw_angle_deg"] < 160
