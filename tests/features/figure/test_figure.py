"""A figure in a mirror is the figure facing the other way, and the figure written as JSON and read again is the same."""

import json

import numpy as np

from features.figure.figure import ANGLES_DEG, LEFT_WRIST, RIGHT_WRIST, Figure
from tests.features.figure.drawn_figure import drawn_figure


def test_writing_and_reading_again_changes_nothing():
    record = json.loads(json.dumps(drawn_figure().to_json(), allow_nan=False))
    again = Figure.from_json(record)
    assert again.to_json() == record and again.hands[1].points_xy is None and again.sure.dtype == bool
    np.testing.assert_array_equal(again.reach, drawn_figure().reach)


def test_directions_are_the_same_from_either_side():
    np.testing.assert_array_equal(180 - ANGLES_DEG[::-1], ANGLES_DEG)


def test_left_and_right_keep_their_meaning_in_a_mirror():
    figure = drawn_figure()
    seen = figure.in_mirror(400)
    np.testing.assert_array_equal(seen.shoulders_xy, [[99, 280], [299, 280]])
    assert seen.torso_turn_deg == 25 and seen.pit_xy.tolist() == [194, 250]
    assert [hand.side for hand in seen.hands] == [None, "right"] and seen.hands[0].cut
    assert seen.hands[1].box == (299, 400, 40, 50) and seen.hands[1].outline_xy[:, 0].min() == 299
    x, y = figure.body_xy[RIGHT_WRIST]
    np.testing.assert_array_equal(seen.body_xy[LEFT_WRIST], [399 - x, y])
    assert seen.reach[0] == figure.reach[-1] and not seen.sure[0]


def test_a_mirror_in_a_mirror_shows_the_figure():
    figure = drawn_figure()
    assert figure.in_mirror(400).in_mirror(400).to_json() == figure.to_json()


def test_a_figure_without_shoulders_is_mirrored_too():
    record = drawn_figure().to_json() | {"shoulders": None, "torso_turn_deg": None}
    seen = Figure.from_json(record).in_mirror(400)
    assert seen.shoulders_xy is None and seen.torso_turn_deg is None
