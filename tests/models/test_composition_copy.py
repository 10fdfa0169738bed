"""A composition costs nothing within what is usual, a point at what is seldom, and soon more beyond."""

from types import SimpleNamespace

import numpy as np

from models.composition_copy import Limits, copy_verdict, limits_of
from models.composition_likeness import MEASURES, Likeness

LIMITS = {"correlation": Limits(0.5, 0.7), "keypoints": Limits(10, 25), "embedding": Limits(0.4, 0.6)}


def points(**values):
    return copy_verdict({name: Likeness(value, "a.png", False, 50.0) for name, value in values.items()}, LIMITS)


def test_points_rise_beyond_what_is_usual():
    assert points(correlation=0.5, keypoints=3, embedding=0.1).points == 0
    assert np.isclose(points(correlation=0.6).points, 0.5) and np.isclose(points(correlation=0.7).points, 1)
    assert np.isclose(points(correlation=0.8).points, 2.5) and points(keypoints=500).points == 4


def test_the_reason_is_the_worst_measure():
    verdict = points(correlation=0.6, keypoints=60, embedding=0.4)
    assert verdict.is_copy and "60 keypoints agree; usual 10, seldom above 25" in verdict.reason
    assert not points(correlation=0.65, keypoints=5, embedding=0.2).is_copy


def test_nothing_is_a_copy_of_nothing():
    verdict = copy_verdict({}, LIMITS)
    assert verdict.points == 0 and not verdict.is_copy and "no work" in verdict.reason


def test_works_equally_unlike_leave_room():
    usual = {"correlation": np.full(20, 0.2), "keypoints": np.full(20, 3.0), "embedding": np.full(20, 0.1)}
    limits = limits_of(SimpleNamespace(usual=usual))
    assert limits["correlation"] == (0.2, 0.30000000000000004) and limits["keypoints"] == (10, 25)
    few = limits_of(SimpleNamespace(usual={measure: np.zeros(3) for measure in MEASURES}))
    assert few["correlation"].seldom == 0.78 and "embedding" not in few
