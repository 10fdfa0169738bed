"""Grounds: the ground's own colours all over the frame with its own grain, or what stands in it carried elsewhere; nothing of
who sat before it."""

from dataclasses import replace

import cv2
import numpy as np
import pytest

from data.colour import rgb_to_lab
from data.parts import Part
from models.view_key import ViewKey
from models.warping import warped
from render.portrait.figure.figure_layout import Way
from render.portrait.figure.ground import carried_ground, plain_ground, surfaced


def snow_white(view, path):
    """A sitter as white as snow before a brown ground that is lighter on the right."""
    across = np.linspace(60, 110, view.width_px)[None, :, None] * np.ones((view.height_px, 1, 1))
    rgb = np.where((view.parts == Part.BACKGROUND)[..., None], across * [1.0, 0.8, 0.6], 255.0)
    cv2.imwrite(str(path), rgb[..., ::-1].astype(np.uint8))
    return replace(view, path=str(path))


@pytest.fixture(scope="module")
def painted(composed, tmp_path_factory):
    return snow_white(composed.views[0], tmp_path_factory.mktemp("ground") / "snow.png")


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


def test_a_plain_ground_has_the_grain_of_its_painting(composed):
    view, shape, frame = composed.views[0], composed.layout.shape, composed.frame
    plain = plain_ground(view, shape, frame)
    first, again, other = (surfaced(plain, view, shape, frame, np.random.default_rng(seed)) for seed in (1, 1, 2))
    np.testing.assert_array_equal(first, again)
    assert np.abs(first - other).max() > 1 and np.abs((first - plain).mean((0, 1))).max() < 0.2
    seen = warped(view, composed.guide.landmarks, frame)
    ground = cv2.erode(((seen.parts == Part.BACKGROUND) & seen.valid).astype(np.uint8), np.ones((15, 15))) > 0
    own = rgb_to_lab(seen.colour)[..., 0]
    painted = (own - cv2.GaussianBlur(own, (0, 0), 0.12 * frame.eye_distance_px))[ground].std()
    assert 0.5 < (first - plain)[..., 0].std() / painted < 1.5


def test_without_plain_paint_there_is_no_grain(painted, composed):
    filled = replace(painted, parts=np.full_like(painted.parts, Part.CLOTHING))
    lab = plain_ground(filled, composed.layout.shape, composed.frame)
    assert surfaced(lab, filled, composed.layout.shape, composed.frame, np.random.default_rng(0)) is lab


def test_a_carried_ground_shows_its_painting_but_never_its_sitter(composed, tmp_path):
    head = np.where(np.isin(composed.views[0].parts, (Part.NECK, Part.CLOTHING)), Part.BACKGROUND, composed.views[0].parts)
    painted = snow_white(replace(composed.views[0], parts=head.astype(np.uint8)), tmp_path / "head.png")
    way = Way.draw(np.random.default_rng(2))
    layer = carried_ground(painted, composed.layout.shape, way, composed.frame)
    assert layer.valid.all() and (layer.parts == Part.BACKGROUND).all()
    # The sitter is as white as snow, the ground is not.
    assert layer.lab[..., 0].max() < 55
    known = layer.provenance.known
    assert 0.05 < known.mean() < 0.9 and layer.provenance.lenders == (ViewKey(painted.name, False),)
    rgb = cv2.imread(painted.path)[..., ::-1].astype(np.float32) / 255
    there = cv2.remap(rgb, *np.moveaxis(layer.provenance.field, -1, 0), cv2.INTER_LINEAR)
    assert np.abs(layer.lab - rgb_to_lab(there))[known].max() < 3
