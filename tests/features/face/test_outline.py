"""The contour of a face holds all its landmarks, follows the jaw, and moves, turns and grows with the face."""

import cv2
import numpy as np

from data.landmarks import JAW
from features.face.outline import face_outline
from tests.drawn import drawn_face


def test_the_outline_holds_every_landmark_and_is_the_jaw_below():
    points = drawn_face(np.random.default_rng(0), 0.0)
    outline = face_outline(points)
    np.testing.assert_allclose(outline[:17], points[JAW], atol=1e-6)
    inside = [cv2.pointPolygonTest(outline.astype(np.float32), (float(x), float(y)), True) for x, y in points]
    assert min(inside) > -0.5


def test_the_outline_goes_with_the_face():
    points = drawn_face(np.random.default_rng(0), 0.2)
    turn = np.array([[np.cos(0.3), np.sin(0.3)], [-np.sin(0.3), np.cos(0.3)]])
    moved = face_outline(2 * points @ turn + [30, -7])
    np.testing.assert_allclose(moved, 2 * face_outline(points) @ turn + [30, -7], atol=1e-6)
