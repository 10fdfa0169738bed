"""A face's own frame moves, turns and grows with the face, and leads back to where it came from."""

import numpy as np
import pytest

from data.landmarks import CHIN, LEFT_EYE, RIGHT_EYE
from features.face.outline import face_outline
from features.face.upright import eyes_to_mouth, from_upright, to_upright, upright_frame, upright_places


def turned(points, angle, scale=1.0, shift=0.0):
    turn = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    return scale * points @ turn.T + shift


def test_own_frame_and_back(face):
    upright, frame = to_upright(face.landmarks_xy)
    np.testing.assert_allclose(from_upright(upright, frame), face.landmarks_xy, atol=1e-9)
    np.testing.assert_allclose((upright[LEFT_EYE].mean(0) + upright[RIGHT_EYE].mean(0)) / 2, 0, atol=1e-9)
    assert upright[LEFT_EYE, 1].mean() == pytest.approx(upright[RIGHT_EYE, 1].mean(), abs=1e-9)
    assert eyes_to_mouth(upright) == pytest.approx(1)


@pytest.mark.parametrize("angle", [-0.7, 0.4, 1.2])
def test_in_its_own_frame_a_face_is_the_same_wherever_it_is(face, angle):
    moved = turned(face.landmarks_xy, angle, 3.0, 40.0)
    there, here = to_upright(moved), to_upright(face.landmarks_xy)
    np.testing.assert_allclose(there[0], here[0], atol=1e-9)
    assert there[1].roll_rad - here[1].roll_rad == pytest.approx(angle)
    assert there[1].unit_px == pytest.approx(3 * here[1].unit_px)


def test_down_is_where_the_chin_is(face):
    for angle in (0.0, 0.9):
        points = turned(face.landmarks_xy, angle)
        frame = upright_frame(points)
        way = points[CHIN] - frame.centre_xy
        assert np.linalg.norm(frame.down_xy) == pytest.approx(1)
        assert way @ frame.down_xy > 0.95 * np.linalg.norm(way)


def test_every_pixel_knows_its_place(face):
    frame = upright_frame(face.landmarks_xy)
    x, y = upright_places((512, 512), frame)
    assert x.shape == y.shape == (512, 512) and x.dtype == y.dtype == np.float32
    row, column = 300, 77
    np.testing.assert_allclose(from_upright(np.array([[x[row, column], y[row, column]]]), frame), [[column, row]], atol=1e-3)


def test_the_outline_holds_the_face_and_arches_above_its_brows(face):
    outline = face_outline(face.landmarks_xy)
    upright, _ = to_upright(face.landmarks_xy)
    frame = upright_frame(face.landmarks_xy)
    arch = (outline[17:] - frame.centre_xy) @ np.array([frame.down_xy]).T / frame.unit_px
    np.testing.assert_allclose(outline[:17], face.landmarks_xy[:17], atol=1e-9)
    assert upright[17:27, 1].min() - 0.7 < arch.min() < upright[17:27, 1].min() - 0.5
    np.testing.assert_allclose(face_outline(2 * face.landmarks_xy + 7), 2 * outline + 7, atol=1e-6)
