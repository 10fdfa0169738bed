"""A photographed head keeps its drawing, and takes the tones that the master gives to such sitters."""

import cv2
import numpy as np
import pytest

from data.colour import rgb_to_lab
from data.parts import FACE_PARTS, Part
from models.warping import warped
from render.portrait.photographed_head import in_the_masters_tones


@pytest.fixture(scope="module")
def heads(composed):
    """A blue, dim photograph of a sitter, and the same head as it comes out of the master's hand."""
    seen = warped(composed.cast["head"], composed.guide.landmarks, composed.frame)
    photograph = rgb_to_lab(np.clip(seen.colour * np.float32([0.4, 0.5, 0.8]), 0, 1))
    toned = in_the_masters_tones(photograph, seen.parts, composed.views, composed.layout, composed.frame,
                                 np.random.default_rng(2))
    return seen, photograph, toned


def well_inside(chosen):
    return cv2.erode(chosen.astype(np.uint8), np.ones((5, 5))) > 0


def test_skin_is_brought_to_the_masters(heads, composed):
    seen, photograph, toned = heads
    skin = well_inside(np.isin(seen.parts, FACE_PARTS))
    masters = np.mean([view.tones[Part.FACE] for view in composed.views], 0)
    assert np.linalg.norm(toned[skin].mean(0) - masters) < 0.3 * np.linalg.norm(photograph[skin].mean(0) - masters)


def test_its_drawing_stays(heads):
    seen, photograph, toned = heads
    skin = well_inside(np.isin(seen.parts, FACE_PARTS))

    def fine(lab):
        return (lab[..., 0] - cv2.GaussianBlur(lab[..., 0], (0, 0), 4))[skin]

    assert np.corrcoef(fine(toned), fine(photograph))[0, 1] > 0.95


def test_gloss_of_hair_is_kept_within_the_masters_lights(heads, composed):
    seen, photograph, _ = heads
    hair = well_inside(seen.parts == Part.HAIR)
    rows, columns = np.nonzero(hair)
    glossy = photograph.copy()
    glossy[rows[:40], columns[:40], 0] = 100.0
    toned = in_the_masters_tones(glossy, seen.parts, composed.views, composed.layout, composed.frame, np.random.default_rng(2))
    assert toned[hair][:, 0].max() < 80 < glossy[hair][:, 0].max()


def test_what_is_neither_skin_nor_hair_is_left_alone(heads):
    seen, photograph, toned = heads
    other = np.isin(seen.parts, (*FACE_PARTS, Part.NECK, Part.HAIR)).astype(np.uint8)
    far = cv2.dilate(other, np.ones((15, 15), np.uint8)) == 0
    assert far.sum() > 500
    np.testing.assert_allclose(toned[far], photograph[far], atol=0.05)
