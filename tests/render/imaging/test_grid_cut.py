"""A grid is cut where it is cheapest, and as far as texels insist."""

import numpy as np

from render.imaging.grid_cut import grid_cut


def test_the_cut_runs_where_it_is_cheap():
    price = np.full((5, 8), 5.0)
    price[:, 2] = 0.5    # between columns 2 and 3
    first, second = np.zeros((5, 8)), np.zeros((5, 8))
    second[:, 0], first[:, 7] = 100, 100    # the left end has the first label, the right end the second
    found = grid_cut([((0, 1), price), ((1, 0), np.ones((5, 8)))], first, second)
    assert not found[:, :3].any() and found[:, 3:].all()


def test_a_texel_that_insists_enough_stands_alone():
    price, nothing = np.ones((5, 5)), np.zeros((5, 5))
    for insists, alone in ((3.0, False), (6.0, True)):
        first = nothing.copy()
        first[2, 2] = insists
        found = grid_cut([((0, 1), price), ((1, 0), price)], first, nothing + 1.0)
        assert found[2, 2] == alone and found.sum() == alone
