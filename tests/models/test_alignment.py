"""Alignment is unchanged by moving, turning and scaling, never reflects, and warps carry landmarks onto landmarks."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from data.errors import ShapeError
from data.landmarks import LEFT_EYE, MIRRORED, RIGHT_EYE, landmark_error, mirror
from models.alignment import Frame, align, inside, place_in_frame, procrustes, thin_plate, warp, warp_field
from models.shape import to_eye_units, turn


def face(seed=0, jitter=0.0):
    """A drawn face of 68 points, about 100 px between the outer eye corners."""
    rng = np.random.default_rng(seed)
    angles = np.linspace(np.pi, 0, 17)
    jaw = np.stack([120 * np.cos(angles), 30 + 130 * np.sin(angles)], 1)
    brow = np.stack([np.linspace(-70, -20, 5), -40 - 8 * np.sin(np.linspace(0, np.pi, 5))], 1)
    bridge = np.stack([np.zeros(4), np.linspace(-10, 35, 4)], 1)
    nostrils = np.stack([np.linspace(-20, 20, 5), 48 + 4 * np.sin(np.linspace(0, np.pi, 5))], 1)
    turns = np.array([np.pi, 4 * np.pi / 3, 5 * np.pi / 3, 0, np.pi / 3, 2 * np.pi / 3])
    eye = np.stack([-35 + 17 * np.cos(turns), -8 + 8 * np.sin(turns)], 1)
    other = eye[[3, 2, 1, 0, 5, 4]] * [-1, 1]
    around = np.linspace(np.pi, 3 * np.pi, 12, endpoint=False)
    lips = np.stack([40 * np.cos(around), 85 + 16 * np.sin(around)], 1)
    inner = np.stack([25 * np.cos(around), 85 + 5 * np.sin(around)], 1)[[0, 2, 3, 4, 6, 8, 9, 10]]
    points = np.vstack([jaw, brow, brow[::-1] * [-1, 1], bridge, nostrils, eye, other, lips, inner]) + [300.0, 260.0]
    return points + rng.normal(0, jitter, points.shape)


@settings(max_examples=40, deadline=None)
@given(st.floats(0.2, 5), st.floats(-3, 3), st.floats(-500, 500), st.floats(-500, 500))
def test_procrustes_undoes_any_similarity(scale, angle, dx, dy):
    points = face()
    cos, sin = np.cos(angle), np.sin(angle)
    moved = scale * points @ np.array([[cos, -sin], [sin, cos]]).T + [dx, dy]
    found = procrustes(points, moved)
    assert found.scale == pytest.approx(scale, rel=1e-6)
    assert np.linalg.det(found.rotation) == pytest.approx(1)
    np.testing.assert_allclose(found(points), moved, atol=1e-6)
    np.testing.assert_allclose(found.inverse()(moved), points, atol=1e-6)


def test_procrustes_never_reflects():
    points = face(jitter=6)
    assert np.linalg.det(procrustes(points, points * [-1, 1]).rotation) == pytest.approx(1)


def test_procrustes_refuses_unlike_sets():
    with pytest.raises(ShapeError, match="one shape"):
        procrustes(np.zeros((4, 2)), np.zeros((5, 2)))


def test_mirror_is_its_own_inverse_and_keeps_names():
    points = face(jitter=4)
    flipped = mirror(points, 640)
    np.testing.assert_allclose(mirror(flipped, 640), points)
    assert flipped[LEFT_EYE].mean(0)[0] < flipped[RIGHT_EYE].mean(0)[0]
    assert sorted(MIRRORED) == list(range(68))


def test_generalised_alignment_takes_out_place_size_and_turn():
    rng = np.random.default_rng(1)
    shapes = []
    for _ in range(8):
        angle, scale = rng.uniform(-1, 1), rng.uniform(0.3, 3)
        cos, sin = np.cos(angle), np.sin(angle)
        shapes.append(scale * face() @ np.array([[cos, -sin], [sin, cos]]).T + rng.uniform(-99, 99, 2))
    aligned, mean = align(np.array(shapes))
    assert np.abs(aligned - aligned[0]).max() < 1e-6
    assert np.sqrt((mean ** 2).sum(1).mean()) == pytest.approx(1)


def test_place_in_frame_puts_the_eyes_where_the_frame_wants_them():
    frame = Frame().scaled(320)
    placed = place_in_frame(face(), frame)(face())
    eyes = (placed[LEFT_EYE].mean(0) + placed[RIGHT_EYE].mean(0)) / 2
    np.testing.assert_allclose(eyes, [0.5 * 320, 0.27 * 400], atol=1e-6)


def test_thin_plate_passes_through_its_points_without_stiffness():
    source, target = face(), face(3, jitter=5)
    np.testing.assert_allclose(thin_plate(source, target, stiffness=0)(source), target, atol=1e-4)


def test_warp_field_carries_layout_to_landmarks():
    frame = Frame().scaled(320)
    landmarks = face()
    layout = place_in_frame(landmarks, frame)(face(5, jitter=1.5))
    field = warp_field(landmarks, layout, frame)
    rounded = np.round(layout).astype(int)
    there = field[rounded[:, 1], rounded[:, 0]]
    assert landmark_error(there, landmarks) < 0.03


def test_warp_reads_the_scan_where_the_field_points():
    frame = Frame().scaled(160)
    landmarks = face()
    layout = place_in_frame(landmarks, frame)(landmarks)
    ys, xs = np.mgrid[0:600, 0:640].astype(np.float32)
    field = warp_field(landmarks, layout, frame)
    seen = warp(np.dstack([xs, ys]), field)
    known = inside(field, 640, 600, margin_px=3)
    assert known.mean() > 0.2
    np.testing.assert_allclose(seen[known], field[known], atol=0.1)


def test_eye_units_and_turn_do_not_depend_on_the_scan():
    points = face(jitter=3)
    np.testing.assert_allclose(to_eye_units(points * 3.7 + [40, -9]), to_eye_units(points), atol=1e-9)
    assert turn(face()) == pytest.approx(0, abs=1e-9)
    moved = face()
    moved[30, 0] -= 20
    assert turn(moved) < -0.3
