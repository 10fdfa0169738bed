"""New faces: the broad form is drawn, smooth and lit as asked; eyes, nose and mouth bring the fine form of who lends them."""

from dataclasses import replace

import cv2
import numpy as np
import pytest

from data.colour import rgb_to_lab
from models.warping import warped
from render.portrait.extended import extended
from render.portrait.face_areas import face_mask, feature_masks
from render.portrait.new_face import LOW_BAND, draw_broad_form, new_face


@pytest.fixture(scope="module")
def lent(composed):
    return {role: warped(view, composed.guide.landmarks, composed.frame) for role, view in composed.cast.items()}


def test_a_broad_form_is_smooth_and_the_seed_decides(composed):
    first, again, other = (draw_broad_form(composed.views, composed.layout, None, composed.frame, np.random.default_rng(seed))
                           for seed in (1, 1, 2))
    np.testing.assert_array_equal(first, again)
    assert first.shape == (*composed.frame.size_px[::-1], 3) and np.abs(first - other).max() > 1
    fine = first - cv2.GaussianBlur(first, (0, 0), 0.5 * LOW_BAND * composed.frame.eye_distance_px)
    assert np.sqrt((fine[..., 0] ** 2).mean()) < 1.0


def test_faces_lit_like_the_head_count_more(composed):
    bright = replace(composed.views[0], light=np.array([40.0, 0.0]))
    views = [bright, *(replace(view, light=np.array([-40.0, 0.0])) for view in composed.views[1:])]
    alike = draw_broad_form(views, composed.layout, bright, composed.frame, np.random.default_rng(0))
    own = warped(bright, composed.guide.landmarks, composed.frame).colour
    own = cv2.GaussianBlur(rgb_to_lab(own), (0, 0), LOW_BAND * composed.frame.eye_distance_px)
    any_light = draw_broad_form(views, composed.layout, None, composed.frame, np.random.default_rng(0))
    face = face_mask(composed.guide.landmarks, composed.frame) > 0.9
    assert np.abs(alike - own)[face].mean() < np.abs(any_light - own)[face].mean()


def test_the_new_face_keeps_the_heads_tone_and_takes_the_lent_features(composed, lent):
    head_lab = rgb_to_lab(extended(lent["head"]))
    face = face_mask(composed.guide.landmarks, composed.frame)
    fresh = new_face(lent, head_lab, face, composed.views, composed.layout, composed.frame, np.random.default_rng(0))

    def fine(lab):
        return (lab - cv2.GaussianBlur(lab, (0, 0), LOW_BAND * composed.frame.eye_distance_px))[..., 0]

    masks = feature_masks(composed.guide.landmarks, composed.frame, bearded=False)
    for role, mask in masks.items():
        inside = mask > 0.95
        theirs, own = fine(rgb_to_lab(extended(lent[role])))[inside], fine(head_lab)[inside]
        assert np.corrcoef(fine(fresh)[inside], theirs)[0, 1] > max(0.9, np.corrcoef(fine(fresh)[inside], own)[0, 1])
    skin = (face > 0.9) & (np.maximum.reduce(list(masks.values())) < 0.05)
    assert np.abs(fresh[skin].mean(0) - head_lab[skin].mean(0)).max() < 5
