"""Claims: a hand's bones keep their lengths however it is held, a left hand mirrors a right one, the thumb lies on its own
side, and bent fingers are shorter to look at."""

import numpy as np
import pytest

from render.practice.gestures import GESTURES
from render.practice.hand_pose import (
    FINGERS,
    INDEX,
    LITTLE,
    MIDDLE,
    THUMB,
    WRIST,
    Bend,
    Hold,
    finger_limbs,
    hand_joints,
    palm_limbs,
)

AT = np.array([0.0, 2.0, 0.5])
FLAT = Bend(knuckle=(0, 0), middle=(0, 0), tip=(0, 0), spread=0)


def bones(joints):
    return np.linalg.norm(np.diff(joints, axis=0), axis=1)


def test_a_flat_hand_is_as_long_as_it_is_said_to_be():
    joints = hand_joints(FLAT, Hold(0.0), wrist=AT, length=1.8, right=True)
    assert abs(np.linalg.norm(joints[MIDDLE + 3] - joints[WRIST]) - 1.8) < 0.06
    assert (joints[WRIST] == AT).all()


@pytest.mark.parametrize("name", GESTURES)
def test_bones_keep_their_length(name):
    gesture = GESTURES[name]
    held = hand_joints(gesture.bend, gesture.hold, wrist=AT, length=1.8, right=True)
    flat = hand_joints(FLAT, Hold(37.0, 20.0, 10.0), wrist=AT, length=1.8, right=False)
    for finger in (THUMB, *FINGERS):
        assert np.allclose(bones(held[finger:finger + 4]), bones(flat[finger:finger + 4]))


def test_a_left_hand_mirrors_a_right_one():
    right, left = (hand_joints(Bend(), Hold(20, 30, 5), wrist=AT, length=1.7, right=side) for side in (True, False))
    assert np.allclose((right - AT) * [-1, 1, 1], left - AT)


def test_the_back_of_a_right_hand_has_its_thumb_above_when_it_points_right():
    joints = hand_joints(FLAT, Hold(0.0), wrist=AT, length=1.7, right=True)
    assert joints[INDEX, 0] > AT[0]
    assert joints[THUMB + 3, 1] < joints[INDEX, 1] < joints[LITTLE, 1]      # y goes down


def test_bent_fingers_are_shorter_and_go_away_from_the_viewer():
    flat, bent = (hand_joints(bend, Hold(0.0), wrist=AT, length=1.7, right=True) for bend in (
        FLAT, Bend(knuckle=(50, 50), middle=(60, 60), tip=(30, 30))))
    for finger in FINGERS:
        assert bent[finger + 3, 0] < flat[finger + 3, 0] - 0.3
        assert bent[finger + 3, 2] < flat[finger + 3, 2] - 0.2


def test_limbs_taper_to_the_tips():
    joints = hand_joints(Bend(), Hold(0.0), wrist=AT, length=1.7, right=True)
    for finger in (THUMB, *FINGERS):
        limbs = finger_limbs(joints, finger, 1.7)
        assert (limbs[:, 7] < limbs[:, 3]).all() and np.allclose(limbs[1:, :4], limbs[:-1, 4:])
    assert palm_limbs(joints, 1.7).shape[1] == 8
