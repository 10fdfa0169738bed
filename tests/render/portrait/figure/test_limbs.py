"""Limbs: a measured hand lies where its outline does, a sleeve between its joints; where nothing was measured, skin in the
clothes is a hand, a low neckline is none."""

from dataclasses import replace

import numpy as np
import pytest

from data.colour import rgb_to_lab
from data.parts import Part
from features.figure.figure import LEFT_ELBOW, LEFT_WRIST
from models.warping import Warped, warped
from render.portrait.figure.limbs import limbs_of
from tests.render.portrait.figure.conftest import with_hand

SKIN = (0.8, 0.6, 0.45)


def limbs(view, composed, seen=None):
    seen = seen or warped(view, composed.guide.landmarks, composed.frame)
    return limbs_of(seen, rgb_to_lab(seen.colour), composed.frame, composed.guide.landmarks)


def test_a_hand_lies_where_its_outline_does(composed):
    view = with_hand(composed.views[0])
    field = warped(view, composed.guide.landmarks, composed.frame).field
    (left, top), (right, bottom) = view.figure.hands[0].outline_xy[[0, 2]]
    hands, arms = limbs(view, composed)
    inside = (field[..., 0] > left) & (field[..., 0] < right) & (field[..., 1] > top) & (field[..., 1] < bottom)
    grown = 0.2 * view.eye_distance_px
    near = (field[..., 0] > left - grown) & (field[..., 0] < right + grown)
    near &= (field[..., 1] > top - grown) & (field[..., 1] < bottom + grown)
    assert inside.sum() > 300 and hands[inside].all() and near[hands].all() and not arms.any()


def test_a_sleeve_lies_between_joints_that_are_seen(composed):
    view = with_hand(composed.views[0])
    ends = [LEFT_ELBOW, LEFT_WRIST]
    body_xy, seen = view.figure.body_xy.copy(), view.figure.visibility.copy()
    body_xy[ends], seen[ends] = [[150.0, 400.0], [230.0, 400.0]], 0.9
    _, arms = limbs(replace(view, figure=replace(view.figure, body_xy=body_xy, visibility=seen)), composed)
    field = warped(view, composed.guide.landmarks, composed.frame).field
    along = (field[..., 0] > 150) & (field[..., 0] < 230)
    off = np.abs(field[..., 1] - 400) / view.eye_distance_px
    assert arms[along & (off < 0.2)].all() and not arms[off > 0.35].any()
    seen[LEFT_WRIST] = 0.4
    _, unseen = limbs(replace(view, figure=replace(view.figure, body_xy=body_xy, visibility=seen)), composed)
    assert not unseen.any()


@pytest.mark.parametrize(("below", "found"), [(2.2, True), (0.9, False)])
def test_skin_far_below_the_chin_is_a_hand_where_none_was_measured(composed, below, found):
    height, width = composed.guide.parts.shape
    chin, eye_px = composed.guide.landmarks[8], 0.6 * composed.frame.eye_distance_px
    frame = replace(composed.frame, eye_share=0.6 * composed.frame.eye_share)
    colour, parts = np.full((height, width, 3), 0.15, np.float32), np.full((height, width), Part.CLOTHING, np.uint8)
    parts[:int(chin[1])] = Part.FACE
    colour[:int(chin[1])] = SKIN
    y, x = int(chin[1] + below * eye_px), int(chin[0])
    colour[y - 8:y + 9, x - 10:x + 11] = SKIN
    seen = Warped(composed.views[0], colour, parts, np.ones(parts.shape, bool), np.zeros((height, width, 2), np.float32))
    hands, arms = limbs_of(seen, rgb_to_lab(colour), frame, composed.guide.landmarks)
    assert bool(hands.any()) is found and not arms.any()
    if found:
        assert hands[y, x] and hands.mean() < 0.03
