"""Alignment finds shift and scale and never turns; a placed face has its eyes where the frame wants them."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from data.landmarks import CHIN, LEFT_EYE, RIGHT_EYE, outer_eye_distance
from models.alignment import EYES_TO_CHIN, Frame, align_upright, eye_middle, face_size, place_in_frame
from tests.models.faces import face


@settings(max_examples=40, deadline=None)
@given(st.floats(0.2, 5), st.floats(-500, 500), st.floats(-500, 500))
def test_any_shift_and_scale_is_found(scale, dx, dy):
    points = face()
    found = align_upright(points, scale * points + [dx, dy])
    assert found.scale == pytest.approx(scale, rel=1e-6)
    np.testing.assert_allclose(found(points), scale * points + [dx, dy], atol=1e-6)
    np.testing.assert_allclose(np.hstack([points, np.ones((68, 1))]) @ found.matrix.T, found(points), atol=1e-9)


def test_a_leaning_head_goes_on_leaning():
    cos, sin = np.cos(0.3), np.sin(0.3)
    leaning = face() @ np.array([[cos, -sin], [sin, cos]]).T
    placed = align_upright(leaning, face())(leaning)
    across = placed[45] - placed[36]
    assert np.arctan2(across[1], across[0]) == pytest.approx(0.3)


def test_place_in_frame_puts_the_eyes_where_the_frame_wants_them():
    frame = Frame().scaled(320)
    placed = place_in_frame(face(), frame)(face())
    np.testing.assert_allclose(eye_middle(placed), [0.5 * 320, 0.27 * 400], atol=1e-6)
    np.testing.assert_allclose(eye_middle(placed), (placed[LEFT_EYE].mean(0) + placed[RIGHT_EYE].mean(0)) / 2)
    assert face_size(placed) == pytest.approx(frame.eye_distance_px)


def test_a_turned_head_is_as_large_as_a_frontal_one():
    turned = face()
    turned[:, 0] = 200 + 0.6 * (turned[:, 0] - 200)     # eyes draw together; the height from eyes to chin stays
    height = np.linalg.norm(turned[CHIN] - eye_middle(turned))
    assert face_size(turned) == pytest.approx(height / EYES_TO_CHIN)
    assert face_size(turned) > 0.9 * face_size(face()) > 1.2 * outer_eye_distance(turned)


def test_a_frame_keeps_its_aspect_unless_told():
    frame = Frame(600, 900, 0.2, (0.4, 0.3))
    assert frame.scaled(300) == Frame(300, 450, 0.2, (0.4, 0.3))
    assert frame.scaled(300, 500).size_px == (300, 500)
    assert frame.eye_distance_px == pytest.approx(120)
