"""Settings that cannot be meant are told plainly; sizes halve from level to level and steps go over from coarse to fine."""

from dataclasses import replace

import pytest

from data.errors import UsageError
from render.neural.settings import FINISH, NeuralSettings


@pytest.mark.parametrize("change, message", [
    ({"strength": 2}, "strength"), ({"tile_px": 100}, "multiple of 16"), ({"tile_px": 48}, "at least 64"),
    ({"style_loss": "l2"}, "style_loss must be wasserstein or gram"), ({"optimiser": "sgd"}, "adam or lbfgs"),
    ({"steps": (0, 3)}, "two counts")])
def test_settings_that_cannot_be_meant(change, message):
    with pytest.raises(UsageError, match=message):
        replace(NeuralSettings(), **change).check()


def test_levels_halve_until_the_coarsest_fits():
    plan = NeuralSettings(coarsest_px=320, steps=(40, 30)).plan(1000, 1280)
    assert [each.size for each in plan] == [(1000, 1280), (500, 640), (250, 320)]
    assert [each.steps for each in plan] == [30, 35, 40] and plan[1].pixels == 320_000


def test_no_level_is_too_small_for_the_network():
    assert [each.size for each in NeuralSettings(coarsest_px=32).plan(64, 600)] == [(64, 600), (32, 300)]
    assert [each.size for each in NeuralSettings(coarsest_px=32).plan(40, 40)] == [(40, 40)]


def test_a_finish_works_at_the_finest_levels_only():
    assert [each.size for each in FINISH.plan(1000, 1280)] == [(1000, 1280), (500, 640)]
