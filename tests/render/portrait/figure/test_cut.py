"""Cuts: where both pictures agree, where the wish leans, never where only one can show, and around a hand."""

import numpy as np
import pytest

from render.portrait.figure.cut import graph_cut

HEIGHT, WIDTH = 40, 60
NONE = np.zeros((HEIGHT, WIDTH), bool)
RIGHT_OF_THE_MIDDLE = np.tile(6 * np.tanh((np.arange(WIDTH) - 29.5) / 10), (HEIGHT, 1)).astype(np.float32)


def flat(lightness=40.0):
    return np.full((HEIGHT, WIDTH, 3), [lightness, 0, 0], np.float32)


def test_pictures_that_agree_are_cut_where_it_is_wished():
    second = graph_cut(flat(), flat(), RIGHT_OF_THE_MIDDLE, NONE, NONE, NONE, NONE)
    np.testing.assert_array_equal(second, np.tile(np.arange(WIDTH) >= 30, (HEIGHT, 1)))


def test_where_only_one_can_show_it_does():
    only_first, only_second = NONE.copy(), NONE.copy()
    only_first[:10, 50:], only_second[30:, :10] = True, True
    second = graph_cut(flat(), flat(), RIGHT_OF_THE_MIDDLE, only_first, only_second, NONE, NONE)
    assert not second[only_first].any() and second[only_second].all()


def test_the_cut_goes_where_the_pictures_are_alike():
    other = flat(60)
    other[:, 36:39] = flat()[:, 36:39]
    second = graph_cut(flat(), other, RIGHT_OF_THE_MIDDLE / 4, NONE, NONE, NONE, NONE)
    begins = second.argmax(1)
    assert second.any(1).all() and begins.min() >= 36 and begins.max() <= 39


@pytest.mark.parametrize("kind", ["hands", "arms"])
def test_the_cut_goes_around_what_is_whole(kind):
    whole = NONE.copy()
    whole[10:24, 24:36] = True
    other = flat(41)
    given = {"hands": NONE, "arms": NONE, kind: whole}
    through = graph_cut(flat(), other, RIGHT_OF_THE_MIDDLE / 3, NONE, NONE, NONE, NONE)
    around = graph_cut(flat(), other, RIGHT_OF_THE_MIDDLE / 3, NONE, NONE, given["hands"], given["arms"])
    assert 0.3 < through[whole].mean() < 0.7
    assert around[whole].mean() in (0, 1)


def test_a_hand_counts_more_than_an_arm():
    """A hand on one side of the wished cut, an arm across all of it: the cut must go through the arm."""
    arm, hand = NONE.copy(), NONE.copy()
    arm[:, 20:40] = True
    hand[10:30, 26:34] = True
    second = graph_cut(flat(), flat(), RIGHT_OF_THE_MIDDLE, NONE, NONE, hand, arm)
    assert second[hand].mean() in (0, 1) and 0.2 < second[arm].mean() < 0.8
