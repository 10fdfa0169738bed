"""Grounds: the ground's own colours all over the frame, with nothing of who sat before it."""

from dataclasses import replace

import cv2
import numpy as np
import pytest

from data.colour import rgb_to_lab
from data.parts import Part
from render.portrait.figure.ground import plain_ground


@pytest.fixture(scope="module")
def painted(composed, tmp_path_factory):
    """A sitter as white as snow before a brown ground that is lighter on the right."""
    view = next(view for view in composed.views if not view.mirrored)
    across = np.linspace(60, 110, view.width_px)[None, :, None] * np.ones((view.height_px, 1, 1))
    rgb = np.where((view.parts == Part.BACKGROUND)[..., None], across * [1.0, 0.8, 0.6], 255.0)
    path = tmp_path_factory.mktemp("ground") / "snow.png"
    cv2.imwrite(str(path), rgb[..., ::-1].astype(np.uint8))
    return replace(view, path=str(path))


def test_nothing_of_the_sitter_is_left(painted, composed):
    lab = plain_ground(painted, composed.layout.shape, composed.frame)
    assert lab.shape == (*composed.frame.size_px[::-1], 3) and lab.dtype == np.float32
    darkest, lightest = (rgb_to_lab(np.float32([[[level, 0.8 * level, 0.6 * level]]]) / 255)[0, 0] for level in (60, 110))
    assert lab[..., 0].min() > darkest[0] - 4 and lab[..., 0].max() < lightest[0] + 4
    assert np.abs(lab[..., 1:] - (darkest + lightest)[1:] / 2).max() < 5


def test_its_light_falls_as_in_its_painting(painted, composed):
    lab = plain_ground(painted, composed.layout.shape, composed.frame)
    third = lab.shape[1] // 3
    assert lab[:, -third:, 0].mean() > lab[:, :third, 0].mean() + 3


def test_it_is_the_same_at_any_size(painted, composed):
    small, large = (plain_ground(painted, composed.layout.shape, composed.frame.scaled(width)) for width in (120, 360))
    assert np.abs(cv2.resize(large, small.shape[1::-1], interpolation=cv2.INTER_AREA) - small).mean() < 0.5


def test_a_painting_without_ground_gives_its_tone_or_a_dark(painted, composed):
    filled = replace(painted, parts=np.full_like(painted.parts, Part.CLOTHING))
    lab = plain_ground(filled, composed.layout.shape, composed.frame)
    np.testing.assert_allclose(lab.reshape(-1, 3).mean(0), painted.tones[Part.BACKGROUND], atol=1)
    tones = painted.tones.copy()
    tones[Part.BACKGROUND] = np.nan
    assert plain_ground(replace(filled, tones=tones), composed.layout.shape, composed.frame)[..., 0].mean() < 25
