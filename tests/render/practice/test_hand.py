"""Claims: a painted hand is skin along all its fingers, marked as neck as bare skin is, with dark between fingers that touch
and nothing painted away from it; what it holds lies between fingers and thumb."""

import numpy as np
import pytest

from data.parts import Part
from render.practice.gestures import GESTURES, HELD, Arm
from render.practice.hand import paint_hand
from render.practice.hand_pose import FINGERS, THUMB, hand_joints
from render.practice.held import lay_held
from tests.render.practice.sitters import changed, laid

LENGTH = 1.8


def joints_of(name, right=True):
    gesture = GESTURES[name]
    return hand_joints(gesture.bend, gesture.hold, wrist=np.array([-0.8, 2.4, 0.5]), length=LENGTH, right=right)


def texel_of(canvas, point):
    return tuple(np.round(point[:2] * canvas.unit + canvas.centre).astype(int)[::-1])


@pytest.mark.parametrize("name", ["breast", "waist", "ledge"])
def test_a_hand_is_skin_along_its_fingers(name):
    joints = joints_of(name)
    canvas, anatomy = laid(lambda canvas, rng, anatomy: paint_hand(canvas, rng, joints, LENGTH, anatomy.skin))
    for finger in (THUMB, *FINGERS):
        for joint in joints[finger + 1:finger + 4]:
            here = texel_of(canvas, joint)
            assert canvas.parts[here] == Part.NECK
            red, _, blue = canvas.colour[here]
            assert red > blue
    near = np.min([np.hypot(canvas.x - x, canvas.y - y) for x, y, _ in joints], axis=0)
    assert not changed(canvas)[near > 0.7].any()
    assert (canvas.detail[canvas.parts == Part.NECK] > 0.9).mean() > 0.8


def test_fingers_are_told_apart():
    """Across four outstretched fingers lightness rises and falls at least three times."""
    joints = joints_of("breast")
    canvas, _ = laid(lambda canvas, rng, anatomy: paint_hand(canvas, rng, joints, LENGTH, anatomy.skin))
    start, end = joints[6], joints[18]
    line = [canvas.colour[texel_of(canvas, start + (end - start) * share)].mean() for share in np.linspace(-0.1, 1.1, 60)]
    smooth = np.convolve(line, np.ones(3) / 3, "valid")
    lows = sum(smooth[k] < smooth[k - 1] and smooth[k] <= smooth[k + 1] and smooth[k] < np.median(smooth) - 0.02
               for k in range(1, len(smooth) - 1))
    assert lows >= 3


@pytest.mark.parametrize("thing", HELD)
def test_what_is_held_lies_before_the_fingers_and_behind_the_thumb(thing):
    joints = joints_of("holding")
    place = np.zeros(3)
    arm = Arm(-1, place, place, joints[0], "holding", joints, LENGTH, thing)

    def paint(canvas, rng, anatomy):
        paint_hand(canvas, rng, joints, LENGTH, anatomy.skin, thumb=False)
        lay_held(canvas, rng, arm)
        held = canvas.parts == Part.CLOTHING
        paint_hand(canvas, rng, joints, LENGTH, anatomy.skin, fingers=False)
        said.append(held)

    said = []
    canvas, _ = laid(paint)
    assert 0.002 < said[0].mean() < 0.2
    assert canvas.parts[texel_of(canvas, joints[THUMB + 2])] == Part.NECK
