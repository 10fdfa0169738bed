"""Networks of several masters mix by weight, or hold the regions that are theirs."""

from types import SimpleNamespace

import numpy as np
import pytest

from render.restyle.lenders import Master
from render.restyle.network_engine import ENGINE
from render.restyle.scene import Scene
from render.restyle.settings import RestyleSettings


def flat(value, weight):
    """A master whose network paints everything in one tone."""
    return Master(weight=weight, network=SimpleNamespace(paint=lambda rgb: np.full_like(rgb, value)))


def scene(masters, regions=None):
    return Scene(np.zeros((40, 48, 3), np.float32), tuple(masters), RestyleSettings("fast"), [], np.zeros((40, 48), np.uint8),
                 False, regions)


def test_masters_mix_by_weight():
    told = []
    painted = ENGINE.paint(scene([flat(0.2, 3.0), flat(1.0, 1.0)]), lambda done, total: told.append((done, total)), None)
    assert painted == pytest.approx(0.4) and told == [(1, 2), (2, 2)]


def test_each_holds_its_own_region():
    regions = np.zeros((40, 48), np.uint8)
    regions[:, 24:] = 1
    painted = ENGINE.paint(scene([flat(0.2, 3.0), flat(1.0, 1.0)], regions), None, None)
    assert painted[:, :24] == pytest.approx(0.2) and painted[:, 24:] == pytest.approx(1.0)
