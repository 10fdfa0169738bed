"""A gap below the jaw is found between its corners and the collar; of two necks the cut takes one or the other."""

import numpy as np

from data.landmarks import CHIN
from render.portrait.neck import Necks, choose_neck, gap_below_jaw, in_tune, neck_sides, without_gap
from tests.drawn import drawn_face

EYE_PX, SKIN = 90.0, np.float32([65, 15, 20])
POINTS = drawn_face(np.random.default_rng(1), 0.0)
CHIN_Y = int(POINTS[CHIN, 1])


def shoulders(top):
    return np.repeat(np.arange(460)[:, None] > top, 400, 1)


def test_the_gap_is_as_wide_as_the_neck_and_ends_at_the_collar():
    gap = gap_below_jaw(shoulders(CHIN_Y + 40), POINTS, EYE_PX)
    left, right = neck_sides(POINTS, EYE_PX)
    assert gap[CHIN_Y + 20, round(left) + 4:round(right) - 3].all()
    assert not gap[CHIN_Y + 20, :round(left) - 40].any() and not gap[CHIN_Y + 20, round(right) + 41:].any()
    assert not gap[CHIN_Y + 41:].any()


def test_a_body_that_reaches_the_jaw_has_no_gap():
    assert gap_below_jaw(shoulders(CHIN_Y - 80), POINTS, EYE_PX).sum() == 0


def necks(body_top, head_neck, step):
    shape = (460, 400)
    body, gap = shoulders(body_top), gap_below_jaw(shoulders(body_top), POINTS, EYE_PX)
    own = np.zeros(shape, bool)
    own[CHIN_Y:CHIN_Y + 60, 150:250] = head_neck
    under = np.zeros(shape, bool)
    under[:CHIN_Y, 140:260] = True
    head_lab, body_lab = np.full((*shape, 3), SKIN), np.full((*shape, 3), SKIN + np.float32([step, 0, 0]))
    return Necks(head_lab, body_lab, own, np.ones(shape, np.float32), under, body, gap, ~own & ~under)


def test_the_bodys_own_neck_is_preferred_and_the_heads_fills_a_gap():
    assert choose_neck(necks(CHIN_Y - 20, True, 0.0), POINTS, EYE_PX)[CHIN_Y + 25:].max() < 0.05
    chosen = choose_neck(necks(CHIN_Y + 50, True, 4.0), POINTS, EYE_PX)
    assert chosen[CHIN_Y + 8:CHIN_Y + 40, 165:235].mean() > 0.9
    assert chosen[CHIN_Y + 75:].max() == 0                   # never where the head's painting shows no neck
    assert ((chosen > 0.05) & (chosen < 0.95)).mean() < 0.02     # decided, not mixed


def test_necks_agree_where_they_meet_and_keep_their_own_tone_farther_up():
    pair = necks(CHIN_Y + 30, True, -8.0)
    chosen = np.where(np.arange(460)[:, None] < CHIN_Y + 40, 1, 0) * np.ones((1, 400), np.float32)
    both = np.ones(chosen.shape, bool)
    tuned = in_tune(pair.head_lab, pair.body_lab, chosen.astype(np.float32), both, EYE_PX)
    assert abs(tuned[CHIN_Y + 33, 200, 0] - (SKIN[0] - 8)) < 3
    assert abs(tuned[CHIN_Y - 60, 200, 0] - SKIN[0]) < 0.5


def test_a_gap_takes_a_dark_lining_from_cloth_and_shade_from_skin():
    body = shoulders(CHIN_Y + 40)
    gap = gap_below_jaw(body, POINTS, EYE_PX)
    lab = np.full((460, 400, 3), [30, 5, 5], np.float32)
    lab[~body] = [90, 0, 0]
    lab[:, ::3] += np.float32([30, 0, 0])
    filled = without_gap(lab, body, gap, np.zeros(body.shape, np.float32), EYE_PX)
    assert abs(np.median(filled[gap][:, 0]) - 30) < 3        # of cloth in two tones the darker, and none of the old ground
    bare = without_gap(lab, body, gap, np.ones(body.shape, np.float32), EYE_PX)
    assert np.median(bare[gap][:, 0]) < np.median(lab[body][:, 0])
