"""Claim: a level takes over what the coarser one found, doubled; it looks farther only where nothing near may be copied; what
is kept of it is enough to go on."""

import numpy as np
import pytest

from render.synthesis.exemplar import SynthesisSettings
from render.synthesis.field import Search
from render.synthesis.pyramid import pyramid
from render.synthesis.task import NEVER
from tests.render.synthesis.paintings import HEIGHT, WIDTH, exemplar, guide_of, painted

SETTINGS = SynthesisSettings(seed=1, levels=2)


def searches(bank, settings=SETTINGS):
    """One search a level, finest first."""
    target = painted(50, rough=0)
    levels = pyramid(guide_of(target), bank[0].labels, bank, settings, None)
    return [Search(level, number, np.arange(len(bank)), settings) for number, level in enumerate(levels)], target


@pytest.fixture(scope="module")
def bank():
    return [exemplar(seed) for seed in range(3)]


def test_a_finer_level_inherits_offsets_doubled(bank):
    (fine, coarse), target = searches(bank)
    coarse.begin(target)
    coarse.penalties[:] = 3, 4, 5
    coarse.bans[63] = 2, -3, 5
    coarse.banned[0, 0] = 1
    fine.inherit(coarse)
    y, x = 40, 51
    k, sy, sx = coarse.field[y // 2, x // 2]
    np.testing.assert_array_equal(fine.field[y, x], (k, 2 * sy, 2 * sx + 1))
    np.testing.assert_array_equal(fine.penalties, (3, 4, 5))
    np.testing.assert_array_equal(fine.bans[63], (2, -6, 10))
    assert fine.banned[:2, :2].all() and not fine.banned[2:].any()
    half = SETTINGS.patch_px // 2
    assert fine.field[..., 1:].min() >= half and fine.field[..., 2].max() <= WIDTH - 1 - half


def test_the_reach_is_that_of_the_settings_but_where_nothing_near_may_be_copied():
    left = np.zeros((HEIGHT, WIDTH), bool)
    left[:, :40] = True
    (fine, _), _ = searches([exemplar(seed, valid=left) for seed in range(2)])
    reaches = fine.task.reaches
    assert fine.reach == round(SETTINGS.reach * WIDTH) == reaches[60, 20]
    for column in (60, 80, 95):
        assert column - 40 <= reaches[60, column] <= column - 40 + 10


def test_what_is_kept_is_enough_to_go_on(bank):
    (_, coarse), target = searches(bank)
    coarse.begin(target)
    coarse.improve(0, 2, 5, 2)
    (fine, again), _ = searches(bank)
    again.restore({name: np.copy(value) for name, value in coarse.state().items()})
    first, second = (fine, searches(bank)[0][0])
    first.inherit(coarse)
    second.inherit(again)
    np.testing.assert_array_equal(first.field, second.field)
    np.testing.assert_array_equal(first.canvas, second.canvas)


def test_improving_lowers_what_the_field_costs(bank):
    (_, coarse), target = searches(bank)
    coarse.begin(target)
    before = coarse.mean_cost()
    coarse.improve(0, 3, 5, 4)
    coarse.vote()
    coarse.recost()
    assert coarse.mean_cost() < before and (coarse.cost < NEVER).mean() > 0.8


def test_without_a_start_the_guide_alone_decides(bank):
    (_, coarse), target = searches(bank)
    coarse.begin(None)
    gap = coarse.canvas[2:-2, 2:-2, 0].astype(float) - coarse.level.guide[..., 1]
    assert np.abs(gap).mean() < 12    # levels of lightness; the guide's first channel is L
    assert np.abs(coarse.canvas[2:-2, 2:-2, 0].astype(float) - 128).mean() > 12


def test_limits_can_be_forgotten(bank):
    (_, coarse), target = searches(bank)
    coarse.begin(target)
    coarse.penalties[:], coarse.banned[:], coarse.usage[:] = 9, 1, 7
    coarse.forget_limits()
    assert not coarse.penalties.any() and not coarse.banned.any() and not coarse.usage.any()
