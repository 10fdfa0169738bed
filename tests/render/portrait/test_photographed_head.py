"""A photographed head keeps its drawing, and takes the tones that the master gives to such sitters; what stood behind it is
cut away."""

import cv2
import numpy as np
import pytest

from data.colour import rgb_to_lab
from data.parts import FACE_PARTS, Part
from models.warping import warped
from render.portrait.photographed_head import person_mask, photographed_head


def test_the_outline_leaves_ground_and_clothes_outside():
    parts = np.full((120, 100), Part.BACKGROUND, np.uint8)
    parts[30:90, 30:70] = Part.FACE
    parts[90:] = Part.CLOTHING
    mask = person_mask(parts, 40.0)
    assert mask[60, 50] == 1 and mask[10, 10] == 0 and mask[110, 50] == 0
    assert mask[60, 30] < 0.5 < mask[60, 34]


@pytest.fixture(scope="module")
def heads(composed):
    """A blue, dim photograph of a sitter, and the same head as it comes out of the master's hand, on an even scene."""
    seen = warped(composed.cast["head"], composed.guide.landmarks, composed.frame)
    photograph = rgb_to_lab(np.clip(seen.colour * np.float32([0.4, 0.5, 0.8]), 0, 1))
    person = person_mask(seen.parts, composed.frame.eye_distance_px)
    scene = np.full_like(photograph, (30.0, 0.0, 0.0))
    toned = photographed_head(photograph, seen.parts, person, scene, composed.cast["scene"], composed.views, composed.layout,
                              composed.frame, np.random.default_rng(2))
    return seen, photograph, person, toned


def test_skin_is_brought_to_the_masters(heads, composed):
    seen, photograph, person, toned = heads
    skin = np.isin(seen.parts, FACE_PARTS) & (person > 0.95)
    masters = np.mean([view.tones[Part.FACE] for view in composed.views], 0)
    assert np.linalg.norm(toned[skin].mean(0) - masters) < 0.3 * np.linalg.norm(photograph[skin].mean(0) - masters)


def test_its_drawing_stays(heads):
    seen, photograph, person, toned = heads
    skin = np.isin(seen.parts, FACE_PARTS) & (person > 0.95)

    def fine(lab):
        return (lab[..., 0] - cv2.GaussianBlur(lab[..., 0], (0, 0), 4))[skin]

    assert np.corrcoef(fine(toned), fine(photograph))[0, 1] > 0.95


def test_outside_the_person_the_scene_shows(heads):
    _, _, person, toned = heads
    np.testing.assert_allclose(toned[person == 0], np.broadcast_to([30.0, 0.0, 0.0], toned.shape)[person == 0], atol=1e-4)
