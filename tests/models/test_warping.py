"""Warps carry landmarks onto landmarks, and a warped view shows its parts where the layout wants them."""

import numpy as np
import pytest

from data.landmarks import LEFT_EYE, OUTER_LIP, RIGHT_EYE, landmark_error
from data.parts import Part
from models.alignment import Frame, place_in_frame
from models.warping import coverage, inside, read_for, warp, warp_field, warped
from tests.models.faces import face


def test_warp_field_carries_layout_to_landmarks():
    frame = Frame().scaled(320)
    landmarks = face()
    layout = place_in_frame(landmarks, frame)(face(5, jitter=1.5))
    field = warp_field(landmarks, layout, frame)
    rounded = np.round(layout).astype(int)
    assert landmark_error(field[rounded[:, 1], rounded[:, 0]], landmarks) < 0.03


def test_far_from_the_face_a_warp_is_shift_and_scale():
    frame, landmarks = Frame().scaled(320), face()
    placing = place_in_frame(landmarks, frame)
    field = warp_field(landmarks, placing(landmarks + np.random.default_rng(0).normal(0, 5, (68, 2))), frame)
    corners = np.array([[0, 0], [319, 0], [0, 399], [319, 399]])
    assert np.abs(placing(field[corners[:, 1], corners[:, 0]]) - corners).max() < 0.02 * 320


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


@pytest.mark.parametrize("mirrored", [False, True])
def test_a_warped_view_shows_its_parts_where_the_layout_wants_them(drawn_bank, mirrored):
    frame = Frame().scaled(240)
    view = drawn_bank.views[1].in_mirror() if mirrored else drawn_bank.views[1]
    layout = drawn_bank.views[6].shape * frame.eye_distance_px + np.array(frame.eye_centre) * frame.size_px
    seen = warped(view, layout, frame)
    assert seen.colour.shape == (300, 240, 3) and seen.colour.dtype == np.float32
    for span, part in ((LEFT_EYE, Part.EYES), (RIGHT_EYE, Part.EYES), (OUTER_LIP, Part.LIPS)):
        x, y = np.round(layout[span].mean(0)).astype(int)
        assert seen.parts[y, x] == part
    x, y = np.round(layout[LEFT_EYE].mean(0)).astype(int)
    assert seen.colour[y, x].mean() < 0.45 < seen.colour[y + 20, x].mean()


def test_pixels_that_were_read_before_give_the_same(drawn_bank):
    frame, view = Frame().scaled(120), drawn_bank.views[2]
    layout = view.shape * frame.eye_distance_px + np.array(frame.eye_centre) * frame.size_px
    pixels = read_for(view, frame)
    assert pixels.scale < 1 and pixels.rgb.shape[1] == round(pixels.scale * view.width_px)
    np.testing.assert_array_equal(warped(view, layout, frame, pixels=pixels).colour, warped(view, layout, frame).colour)


def test_a_small_scan_is_not_enlarged_when_read(drawn_bank):
    assert read_for(drawn_bank.views[0], Frame().scaled(3000)).scale == 1


def test_coverage_is_the_share_that_is_painted(drawn_bank):
    view = drawn_bank.views[0]
    close = Frame(200, 200, 0.5, (0.5, 0.5))
    assert coverage(view, close) == 1
    shares = [coverage(view, Frame(200, 200, share, (0.5, 0.5))) for share in (0.02, 0.04, 0.3)]
    assert shares[1] == pytest.approx(4 * shares[0]) and shares[2] > shares[1]
