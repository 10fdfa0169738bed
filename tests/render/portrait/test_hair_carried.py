"""Hair carried otherwise: the face and all below the chin keep their place, hair around it moves, its field with it."""

import cv2
import numpy as np
import pytest

from data.landmarks import CHIN
from models.warping import warped
from render.portrait.face_areas import face_hull
from render.portrait.figure.figure_layout import Way
from render.portrait.hair_carried import hair_carried


@pytest.fixture(scope="module")
def heads(composed):
    head = warped(composed.cast["head"], composed.guide.landmarks, composed.frame)
    return head, hair_carried(head, composed.guide.landmarks, Way.draw(np.random.default_rng(3)), composed.frame)


def test_the_face_and_all_below_the_chin_keep_their_place(heads, composed):
    before, after = heads
    still = np.zeros(before.parts.shape, np.uint8)
    hull = face_hull(composed.guide.landmarks, composed.frame.eye_distance_px, rise=0.3)
    cv2.fillPoly(still, [np.round(hull).astype(np.int32)], 1)
    inside = cv2.erode(still, np.ones((3, 3))) > 0
    inside[int(composed.guide.landmarks[CHIN, 1]) + 1:] = True
    np.testing.assert_allclose(after.field[inside], before.field[inside], atol=1e-2)
    np.testing.assert_array_equal(after.parts[inside], before.parts[inside])


def test_hair_moves_smoothly(heads, composed):
    before, after = heads
    eye_px, top = composed.frame.eye_distance_px, composed.guide.landmarks[:, 1].min()
    above = np.s_[int(max(0, top - 1.2 * eye_px)):int(top - 0.7 * eye_px), int(composed.frame.width_px / 2)]
    shift = np.linalg.norm(after.field - before.field, axis=-1) / before.view.eye_distance_px
    assert shift[above].max() > 0.03
    # Nothing is folded: neighbours in the portrait are neighbours in the scan, the same way round.
    step = float(np.median(np.diff(before.field[..., 0], axis=1)))
    assert (np.diff(after.field[..., 0], axis=1) / step).min() > 0.1


def test_what_is_seen_lies_where_the_field_says(heads):
    _, after = heads
    rgb = cv2.imread(after.view.path)[..., ::-1].astype(np.float32) / 255
    rgb = rgb[:, ::-1] if after.view.mirrored else rgb
    there = cv2.remap(np.ascontiguousarray(rgb), *np.moveaxis(after.field, -1, 0), cv2.INTER_LINEAR)
    gap = np.abs(cv2.GaussianBlur(after.colour, (0, 0), 2) - cv2.GaussianBlur(there, (0, 0), 2)).max(-1)
    assert np.median(gap[after.valid]) < 0.02
    assert (after.parts[after.valid] == after.view.parts[tuple(
        np.round(np.moveaxis(after.field, -1, 0)[::-1]).astype(int))[0][after.valid],
        np.round(after.field[..., 0]).astype(int)[after.valid]]).mean() > 0.99


def test_a_way_that_moves_nothing_leaves_the_head_as_it_is(heads, composed):
    before, _ = heads
    still = Way(np.zeros((2, 2)), np.zeros((3, 2)), np.zeros((0, 5)))
    same = hair_carried(before, composed.guide.landmarks, still, composed.frame)
    np.testing.assert_allclose(same.field, before.field, atol=1e-3)
    np.testing.assert_allclose(same.colour, before.colour, atol=2e-3)
