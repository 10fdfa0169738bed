"""A harmonised painting has the guide's colours part by part, within limits, keeps its own strokes, and loses the noise that
the guide's paint has not."""

from dataclasses import replace

import cv2
import numpy as np
import pytest

from data.colour import lab_to_rgb, rgb_to_lab
from data.parts import Part
from models.alignment import Frame
from models.warping import Warped
from render.portrait.harmonise import bare_ground, harmonised

FRAME = Frame(200, 250, eye_share=0.2)


@pytest.fixture
def target():
    """Lab and parts of a guide: a face between ground and cloth, each in one tone with a little paint on it."""
    parts = np.full((250, 200), Part.BACKGROUND, np.uint8)
    parts[60:160, 60:140], parts[180:] = Part.FACE, Part.CLOTHING
    tones = {Part.BACKGROUND: (30, 0, 5), Part.FACE: (65, 15, 18), Part.CLOTHING: (40, 20, 10)}
    lab = np.zeros((250, 200, 3), np.float32)
    for part, tone in tones.items():
        lab[parts == part] = tone
    return lab + strokes(1, 2.0), parts


def strokes(seed, strength, sigma=2.0):
    noise = cv2.GaussianBlur(np.random.default_rng(seed).standard_normal((250, 200, 1)), (0, 0), sigma)[..., None]
    return (strength * noise / noise.std() * [1, 0.3, 0.3]).astype(np.float32)


def warped(lab, parts):
    return Warped(None, lab_to_rgb(lab), parts, np.ones(parts.shape, bool), np.zeros((*parts.shape, 2), np.float32))


def test_varnish_is_taken_off_every_part(target):
    lab, parts = target
    yellowed = warped(lab + np.float32([-4, 2, 9]), parts)
    gap = np.abs(rgb_to_lab(harmonised(yellowed, lab, parts, FRAME)) - lab)
    inner = cv2.erode((parts > 0).astype(np.uint8), np.ones((25, 25))) > 0
    assert gap[inner].mean() < 1.0 and np.abs(rgb_to_lab(yellowed.colour) - lab)[inner].mean() > 4


def test_what_is_too_far_off_is_brought_nearer_by_the_limit(target):
    lab, parts = target
    seen = rgb_to_lab(harmonised(warped(lab + np.float32([0, 0, 30]), parts), lab, parts, FRAME))
    ground = (slice(5, 40), slice(5, 40))
    assert (seen - lab)[ground][..., 2].mean() == pytest.approx(30 - 11, abs=1.5)


def test_darks_of_ground_and_cloth_are_hardly_lifted(target):
    lab, parts = target
    seen = rgb_to_lab(harmonised(warped(lab - np.float32([14, 0, 0]), parts), lab, parts, FRAME))
    assert (seen - lab)[210:, :, 0].mean() == pytest.approx(-8, abs=1.0)


def test_the_strokes_of_a_face_stay_its_own(target):
    lab, parts = target
    own = strokes(7, 2.0)
    seen = rgb_to_lab(harmonised(warped(lab - strokes(1, 2.0) + own + np.float32([8, 0, 0]), parts), lab, parts, FRAME))
    face = (slice(80, 140), slice(80, 120))

    def fine(picture):
        return (picture - cv2.GaussianBlur(picture, (0, 0), 4))[face][..., 0].ravel()

    assert np.corrcoef(fine(seen), fine(own))[0, 1] > 0.95
    assert abs((seen - lab)[face][..., 0].mean()) < 1.0


def test_coloured_grain_on_the_ground_is_held_back(target):
    lab, parts = target
    grain = 8 * np.random.default_rng(3).standard_normal(lab.shape).astype(np.float32)
    seen = rgb_to_lab(harmonised(warped(lab + grain, parts), lab, parts, FRAME))
    ground = (slice(5, 40), slice(5, 190))
    assert (seen - lab)[ground].std() < 0.5 * grain[ground].std()


def test_parts_that_one_picture_does_not_show_are_left_alone(target):
    lab, parts = target
    seen = warped(np.full_like(lab, 50.0) * [1, 0, 0], np.full_like(parts, Part.HAIR))
    out = rgb_to_lab(harmonised(seen, lab, parts, FRAME))
    np.testing.assert_allclose(out[100, 100], [50, 0, 0], atol=0.5)


def test_what_lies_outside_the_painted_surface_tells_nothing(target):
    lab, parts = target
    framed = warped(lab + np.float32([-4, 2, 9]), parts)
    colour, valid = framed.colour.copy(), framed.valid.copy()
    colour[:20], valid[:20] = (0.9, 0.1, 0.9), False
    framed = replace(framed, colour=colour, valid=valid)
    inner = (slice(25, 50), slice(5, 190))
    assert np.abs(rgb_to_lab(harmonised(framed, lab, parts, FRAME)) - lab)[inner].mean() < 2.0


def test_ground_takes_on_the_broad_form_of_a_drawn_ground_and_keeps_its_strokes(target):
    lab, parts = target
    ground = parts == Part.BACKGROUND
    drawn = np.zeros_like(lab) + np.float32([30, 0, 5])
    drawn[..., 0] += np.linspace(-5, 5, 200, dtype=np.float32)
    drawn[parts == Part.FACE] = (65, 15, 18)
    behind = bare_ground(drawn, ground, FRAME)
    assert np.abs(behind - drawn)[ground].mean() < 1.5 and np.abs(behind - (30, 0, 5))[~ground].max() < 12
    own = strokes(5, 1.0)
    own[20, 20] += (40, 0, 0)    # a speck of dust
    lender = warped(np.where(ground[..., None], np.float32([24, 3, 9]) + own, lab).astype(np.float32), parts)
    seen = rgb_to_lab(harmonised(lender, drawn, parts, FRAME, ground_lab=behind))
    inner = cv2.erode(ground.astype(np.uint8), np.ones((9, 9)), borderValue=0) > 0
    fine = [each[..., 0] - cv2.GaussianBlur(each[..., 0], (0, 0), 3) for each in (seen, own)]
    assert np.corrcoef(fine[0][inner], fine[1][inner])[0, 1] > 0.8
    assert np.abs(cv2.GaussianBlur(seen - drawn, (0, 0), 8))[inner].mean() < 1.5
    assert abs(seen[20, 20, 0] - drawn[20, 20, 0]) < 20
