"""Hands are looked for where palms, wrists and skin propose; a place without a direction is looked at in several."""

import numpy as np
import pytest

from features.face.upright import FaceFrame
from features.figure import hands
from features.figure.hands import find_hands
from features.figure.pose import Body

FACE = FaceFrame(np.array([200.0, 60.0]), 20.0, 0.0)
NO_SKIN = np.zeros((100, 80), bool)


def body(wrists=((100, 300), (300, 300)), seen=0.9):
    points, visibility = np.full((33, 2), -500.0), np.zeros(33)
    for wrist, little, index, place in ((16, 18, 20, wrists[0]), (15, 17, 19, wrists[1])):
        points[wrist], points[[little, index]] = place, np.add(place, [0, 25])
        visibility[wrist] = seen
    return Body(points, visibility, np.zeros(33), 1.0, 0.0, 1.0)


@pytest.fixture
def models(monkeypatch):
    """Stand-ins: no palm is found; a hand is what is red in the middle of a view, at any turn."""
    monkeypatch.setattr(hands, "run_palms", lambda view: (np.full(2016, -9.0), np.zeros((2016, 18), np.float32)))
    joints = np.random.default_rng(1).uniform(62, 162, (21, 3))
    joints[:, :2] += 112 - joints[:, :2].mean(0)

    def run_hand(view, lite=False):
        red = view[100:124, 100:124, 0].mean() > 200
        return joints, 0.97 if red else 0.01, 0.99

    monkeypatch.setattr(hands, "run_hand", run_hand)


def picture(*places):
    rgb = np.full((500, 400, 3), 30, np.uint8)
    for x, y in places:
        rgb[y - 22:y + 22, x - 22:x + 22] = [230, 150, 120]
    return rgb


def test_hands_are_found_at_the_wrists_the_left_one_first(models):
    found = find_hands(picture((100, 315), (300, 315)), FACE, body(), NO_SKIN)
    assert [round(float(hand.centre_xy[0]), -1) for hand in found] == [100, 300]
    assert all(hand.presence > 0.9 and 0.5 < hand.extent_px / FACE.unit_px < 5 for hand in found)


def test_skin_proposes_a_place_where_no_arm_is_seen(models):
    skin = NO_SKIN.copy()
    skin[84:92, 56:64] = True
    found = find_hands(picture((300, 440)), FACE, body(seen=0.0), skin)
    assert len(found) == 1 and np.linalg.norm(found[0].centre_xy - [300, 440]) < 15


def test_where_the_model_sees_none_there_is_none(models):
    assert find_hands(picture(), FACE, body(), NO_SKIN) == []
    assert find_hands(picture((200, 450)), FACE, body(), NO_SKIN) == []


def test_one_hand_is_not_counted_twice(models):
    assert len(find_hands(picture((100, 315)), FACE, body(((100, 300), (104, 302))), NO_SKIN)) == 1
