"""Keypoints agree where one shift, turn and scale carries a passage into another picture; chance does not."""

from types import SimpleNamespace

import numpy as np
import pytest

from models.keypoint_agreement import agreeing


def keypoints(seed, count=80):
    rng = np.random.default_rng(seed)
    return SimpleNamespace(points_xy=rng.uniform(0, 360, (count, 2)).astype(np.float32),
                           points_size=rng.uniform(3, 9, count).astype(np.float32),
                           points_angle=rng.uniform(0, 6.2, count).astype(np.float32),
                           descriptors=rng.integers(0, 120, (count, 128)).astype(np.uint8))


def moved(given, *, turn_deg=0.0, scale=1.0, shift=(0.0, 0.0), kept=None, seed=9):
    """The same passage elsewhere, its measurements a little off; beyond `kept` the keypoints are scattered."""
    rng, angle = np.random.default_rng(seed), np.radians(turn_deg)
    rotation = np.array([[np.cos(angle), np.sin(angle)], [-np.sin(angle), np.cos(angle)]])
    points = scale * given.points_xy @ rotation + np.asarray(shift) + rng.normal(0, 0.5, given.points_xy.shape)
    if kept is not None:
        points[kept:] = rng.uniform(0, 360, points[kept:].shape)
    noise = rng.normal(0, 0.05, (2, len(points)))
    return SimpleNamespace(points_xy=points.astype(np.float32),
                           points_size=(given.points_size * scale * np.exp(noise[0])).astype(np.float32),
                           points_angle=(given.points_angle + angle + noise[1]).astype(np.float32),
                           descriptors=np.clip(given.descriptors + rng.integers(-5, 6, given.descriptors.shape), 0, 255)
                           .astype(np.uint8))


@pytest.mark.parametrize("how", [{}, {"turn_deg": 25.0}, {"scale": 1.7, "shift": (40.0, -20.0)}, {"scale": 0.5}])
def test_a_passage_is_found_again_wherever_it_lies(how):
    given = keypoints(0)
    assert agreeing(given, moved(given, **how)) == 80


def test_only_what_moved_together_agrees():
    given = keypoints(1)
    assert 30 <= agreeing(given, moved(given, scale=1.3, kept=30)) <= 34


def test_other_pictures_do_not_agree():
    assert agreeing(keypoints(2), keypoints(3)) <= 3


def test_what_is_drawn_together_to_a_spot_does_not_agree():
    given = keypoints(4)
    assert agreeing(given, moved(given, scale=0.05, shift=(100, 100))) == 0


def test_pictures_with_hardly_a_keypoint_agree_in_none():
    given, few = keypoints(5), keypoints(6, count=2)
    assert agreeing(given, few) == agreeing(few, given) == 0
