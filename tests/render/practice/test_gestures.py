"""Claims: about half of the sitters with room for it show hands, wrists and hands lie within the picture and above a ledge, a
sitter's right hand is on the viewer's left, and a bust shows none."""

from collections import Counter

import numpy as np

from render.practice.gestures import GESTURES, HELD, choose_arms
from tests.render.practice.sitters import empty_canvas


def drawn(count=300, **how):
    canvas, anatomy = empty_canvas()
    rng = np.random.default_rng(0)
    bottom = anatomy.chin_y + how.pop("room", 5.2)
    for number in range(count):
        yield anatomy, bottom, choose_arms(rng, anatomy, "male" if number % 2 else "female", bottom=bottom,
                                           ledge=bottom - 0.7 if how.get("ledge") else None)


def test_about_half_show_hands():
    counts = Counter(sum(arm.joints is not None for arm in arms) for _, _, arms in drawn())
    assert set(counts) == {0, 1, 2}
    assert 0.4 < (counts[1] + counts[2]) / 300 < 0.72 and counts[1] > counts[2]


def test_all_gestures_are_made_and_all_things_held():
    arms = [arm for ledge in (False, True) for _, _, both in drawn(ledge=ledge) for arm in both if arm.joints is not None]
    assert {arm.gesture for arm in arms} == set(GESTURES)
    assert {arm.held for arm in arms} == {"", *HELD}
    assert all(bool(arm.held) == GESTURES[arm.gesture].holds for arm in arms)


def test_hands_lie_in_the_picture_and_before_the_body():
    for ledge in (False, True):
        for anatomy, bottom, arms in drawn(100, ledge=ledge):
            assert sorted(arm.side for arm in arms) == [-1, 1]
            for arm in arms:
                if arm.joints is None:
                    assert arm.wrist[1] > bottom        # it hangs out of the picture
                    continue
                assert anatomy.chin_y + 1.2 < arm.joints[:, 1].min() and arm.joints[:, 1].max() < bottom + 0.2
                assert np.abs(arm.joints[:, 0] - anatomy.neck_x).max() < 2.6
                assert arm.side * (arm.elbow[0] - arm.wrist[0]) > 0     # the forearm comes in from its own side
                if ledge and not arm.held:
                    assert arm.wrist[1] < bottom - 0.7


def test_a_bust_shows_no_hands():
    assert all(arm.joints is None for _, _, arms in drawn(60, room=3.0) for arm in arms)
