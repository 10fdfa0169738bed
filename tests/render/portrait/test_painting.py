"""Painting: the drawing of the guide comes back and the strokes stay, plain passages are found, and who lends the head does
not lend the skin of the face."""

import cv2
import numpy as np
import pytest

from data.parts import Part
from models.warping import Warped
from render.portrait.guide import Guide, compose_guide
from render.portrait.painting import _lendable, drawn, guide_channels, paint, plain_passages
from render.portrait.provenance import Provenance


def shifted(picture, by):
    return np.roll(picture, by, 1)


def test_a_painting_gets_the_guides_drawing_and_keeps_its_strokes(composed):
    guide, frame = composed.guide, composed.frame
    rng = np.random.default_rng(0)
    stroke = cv2.GaussianBlur(rng.standard_normal(guide.parts.shape), (0, 0), 1.0)[..., None] * 0.1
    painted = np.clip(shifted(guide.colour, 3) + stroke, 0, 1).astype(np.float32)
    better = drawn(painted, guide, frame)
    face = guide.parts == Part.FACE

    def broad(picture):
        return cv2.GaussianBlur(picture, (0, 0), 0.05 * frame.eye_distance_px)

    before, after = (np.abs(broad(each) - broad(guide.colour))[face].mean() for each in (painted, better))
    assert after < 0.5 * before
    ground = np.s_[:30, :60]
    fine = [each - cv2.GaussianBlur(each, (0, 0), 1.5) for each in (better, painted)]
    assert np.corrcoef(fine[0][ground].ravel(), fine[1][ground].ravel())[0, 1] > 0.99


def test_the_guide_itself_is_left_as_it_is(composed):
    np.testing.assert_allclose(drawn(composed.guide.colour, composed.guide, composed.frame), composed.guide.colour, atol=1e-6)


def test_a_colour_does_not_shine_over_the_border_of_its_part(composed):
    """What is wrong in the clothes is no reason to change the ground."""
    guide = composed.guide
    painted = guide.colour.copy()
    cloth = guide.parts == Part.CLOTHING
    painted[cloth] = np.clip(painted[cloth] + 0.3, 0, 1)
    changed = np.abs(drawn(painted, guide, composed.frame) - painted).max(-1)
    far = cv2.dilate(cloth.astype(np.uint8), np.ones((9, 9))) == 0
    assert changed[cloth].mean() > 0.1 and changed[far & (guide.parts == Part.BACKGROUND)].max() < 0.03


def test_channels_are_bytes_of_lab():
    grey = np.full((50, 40, 3), 0.5, np.float32)
    channels = guide_channels(grey, 5.0)
    assert channels.shape == (50, 40, 4) and channels.dtype == np.uint8
    assert np.ptp(channels.reshape(-1, 4), axis=0).max() == 0
    np.testing.assert_array_equal(channels[0, 0], [136, 128, 128, 136])


def test_plain_is_calm_ground_and_dark_cloth_and_nothing_else(composed):
    frame = composed.frame
    height, width = composed.guide.parts.shape
    parts = np.full((height, width), Part.BACKGROUND, np.uint8)
    parts[200:] = Part.CLOTHING
    colour = np.full((height, width, 3), 0.3, np.float32)
    colour[200:, :120] = 0.05       # dark cloth on the left, light cloth on the right
    colour[200:, 120:] = 0.7
    colour[:100, 120:] += 0.25 * (np.indices((100, 120)).sum(0) // 12 % 2)[..., None]    # a pattern on the wall
    guide = Guide(colour, parts, np.ones((height, width), np.float32), composed.guide.landmarks, {},
                  Provenance.nobody(parts.shape))
    plain = plain_passages(guide, frame)
    assert plain[40, 40] and plain[270, 40]
    assert not plain[50, 180] and not plain[270, 200]


def test_scene_and_head_hold_back_what_others_can_give(composed):
    guide, valid = composed.guide, np.ones(composed.guide.parts.shape, bool)
    plain, bare = np.zeros_like(valid), np.zeros_like(valid)
    plain[:10], bare[20:30] = True, True

    def lendable(role):
        return _lendable(Warped(composed.cast[role], guide.colour, guide.parts, valid, None), guide, plain, bare)

    assert not lendable("scene")[:10].any() and lendable("scene")[10:].all()
    assert not lendable("head")[20:30].any() and lendable("head")[:20].all()
    assert lendable("eyes").all()


def test_a_painting_says_whose_paint_it_is(composed):
    small = composed.frame.scaled(80)
    guide = compose_guide(composed.views, composed.layout, composed.cast, small, np.random.default_rng(9))
    painting = paint(guide, composed.views, small, engine="quilting", exemplars=6)
    assert painting.synthesis.colour.shape == guide.colour.shape
    assert painting.names == [key.name for key in painting.keys] and sum(painting.shares) == pytest.approx(1)
    assert painting.names[:5] == [view.name for view in composed.cast.values()] and len(painting.names) == 6
    assert 0 <= painting.synthesis.source[..., 0].min() and painting.synthesis.source[..., 0].max() < 6
    assert np.abs(painting.synthesis.colour - guide.colour).mean() < 0.08
