"""Claim: overused paintings get dearer and are trimmed to their limit; regions that are too large are cut into pieces that are
not; limits that cannot be met are softened."""

from types import SimpleNamespace

import cv2
import numpy as np
import pytest

from render.synthesis import limits
from render.synthesis.exemplar import SynthesisSettings
from render.synthesis.field import BANS, Search
from render.synthesis.pyramid import pyramid
from render.synthesis.source_map import regions, shares_of
from tests.render.synthesis.paintings import exemplar, guide_of, painted


@pytest.fixture
def search():
    """The only level of a canvas that one exemplar of five fits perfectly."""
    bank = [exemplar(50), *(exemplar(seed) for seed in range(4))]
    settings = SynthesisSettings(levels=1, max_share=0.3, max_region_share=0.2)
    target = painted(50)
    level = pyramid(guide_of(target), bank[0].labels, bank, settings, None)[0]
    found = Search(level, 0, np.arange(5), settings)
    ys, xs = np.mgrid[:found.height, :found.width]
    found.field[...] = np.dstack([0 * ys, np.clip(ys, 2, found.height - 3), np.clip(xs, 2, found.width - 3)])
    found.vote()
    found.recost()
    return found


@pytest.mark.parametrize("groups, limit", [([0, 1, 2, 3, 4], 0.3), ([0, 0, 2, 2, 2], 1.15 / 2), ([0] * 5, 1.15)])
def test_a_limit_that_too_few_paintings_cannot_meet_is_softened(groups, limit):
    few = SimpleNamespace(groups=np.array(groups), settings=SynthesisSettings(max_share=0.3))
    assert limits.share_limit(few) == pytest.approx(limit)


def test_what_a_group_gave_is_told_of_each_of_its_exemplars():
    pair = SimpleNamespace(groups=np.array([0, 1, 0]), count=3)
    np.testing.assert_allclose(limits.group_shares(pair, np.array([0.2, 0.5, 0.3])), [0.5, 0.5, 0.5])


def test_an_overused_painting_gets_dearer_and_an_unused_one_cheaper_again(search):
    search.penalties[1] = 100
    search.field[:8, :8] = 0, 9, 9
    assert limits.keep_limits(search, 0.2)    # a limit is broken
    assert search.penalties[0] > 0 and search.penalties[1] == 90 and not search.penalties[2:].any()
    assert search.usage[0, 2, 2] == 64    # beyond the sixteen texels that lie there themselves


def test_trimming_leaves_each_painting_its_share(search):
    limits.trim(search, 3)
    shares = shares_of(search.field, 5)
    assert shares[0] <= 0.3 and shares.max() <= 0.3 + 1e-9
    kept = search.field[..., 0] == 0
    # What stays does so in patches: few texels are left alone.
    alone = kept & (cv2.blur(kept.astype(np.float32), (3, 3)) < 0.2)
    assert alone.mean() < 0.01


def test_one_large_region_is_divided_and_its_offset_banned_along_the_cut(search):
    assert regions(search.field).sizes.max() > 0.5 * search.cost.size
    limits.keep_limits(search, 0.2)
    assert search.banned.any() and (search.bans[BANS - 1] == (0, 0, 0)).all()
    pieces = regions(search.field).sizes
    assert pieces.max() <= 0.2 * search.cost.size and (pieces > 0.02 * search.cost.size).sum() > 5


def test_the_oldest_ban_gives_way(search):
    inside = np.zeros(search.cost.shape, bool)
    inside[5, 5] = True
    for number in range(BANS + 1):
        limits._ban(search, inside, (1, number, 0))
    assert search.bans[0, 1] == 1 and search.bans[-1, 1] == BANS
    assert search.banned[5, 5] == np.uint64(2 ** 64 - 1) and search.banned.astype(bool).sum() == 1


def test_a_band_cuts_where_regret_is_least():
    inside = np.ones((60, 80), bool)
    regret = np.full(inside.shape, 100, np.float32)
    regret[:, 39:42] = 0
    band = limits._dividing_band(inside, regret, 0.8 * inside.size, 2)
    assert band[:, 37:44].any(1).all() and band[:, :35].sum() + band[:, 46:].sum() == 0
    many = limits._dividing_band(inside, regret, 0.05 * inside.size, 2)
    _, labels = cv2.connectedComponents((inside & ~many).astype(np.uint8), connectivity=4)
    assert np.bincount(labels.ravel())[1:].max() <= 0.05 * inside.size


def test_centres_are_spread_evenly_and_the_same_every_time():
    ys, xs = np.nonzero(np.ones((30, 90), bool))
    centres = limits._centres(ys, xs, 3)
    np.testing.assert_allclose(np.sort(centres[:, 1]), [14.5, 44.5, 74.5], atol=1)
    np.testing.assert_array_equal(limits._centres(ys, xs, 3), centres)
