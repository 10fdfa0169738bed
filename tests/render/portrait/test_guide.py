"""Guides: the new face has its features where the layout wants them, the scene and the head are those of the cast, thumbnail
and full size are one composition."""

import cv2
import numpy as np

from data.colour import rgb_to_lab
from data.parts import Part
from models.warping import warped
from render.portrait.cast import Cast
from render.portrait.guide import Guide, compose_guide


def test_features_lie_where_the_layout_wants_them(composed):
    guide, landmarks = composed.guide, composed.layout.landmarks(composed.frame)
    np.testing.assert_allclose(guide.landmarks, landmarks)
    lightness = rgb_to_lab(guide.colour)[..., 0]
    for span in (slice(36, 42), slice(42, 48)):
        x, y = np.round(landmarks[span].mean(0)).astype(int)
        assert guide.parts[y, x] == Part.EYES
        assert lightness[y, x] < lightness[y + 14, x] - 10
    assert guide.fidelity.max() > 2 * np.median(guide.fidelity)


def test_the_guide_names_its_cast(composed):
    assert composed.guide.cast == {role: (view.name, view.mirrored) for role, view in composed.cast.items()}


def test_what_is_saved_is_read_back_whole(composed, tmp_path):
    composed.guide.save(tmp_path / "guide.npz")
    again = Guide.load(tmp_path / "guide.npz")
    for name in ("colour", "parts", "fidelity", "landmarks"):
        before, after = getattr(composed.guide, name), getattr(again, name)
        assert before.dtype == after.dtype
        np.testing.assert_array_equal(before, after)
    assert again.cast == composed.guide.cast and again.seam == composed.guide.seam > 0


def test_far_from_the_head_the_scene_is_left_as_it_is(composed):
    scene = warped(composed.cast["scene"], composed.guide.landmarks, composed.frame)
    across, down = np.meshgrid(*map(np.arange, composed.frame.size_px))
    x, y = composed.guide.landmarks.mean(0)
    far = np.hypot(across - x, down - y) > 2.5 * composed.frame.eye_distance_px
    far &= (scene.parts == Part.CLOTHING) & (cv2.erode(scene.valid.astype(np.uint8), np.ones((5, 5))) > 0)
    assert far.sum() > 200
    assert np.abs(composed.guide.colour[far] - scene.colour[far]).mean() < 0.01


def test_thumbnail_and_full_size_are_one_composition(composed):
    large = compose_guide(composed.views, composed.layout, composed.cast, composed.frame.scaled(480), np.random.default_rng(9))
    small = cv2.resize(large.colour, composed.frame.size_px, interpolation=cv2.INTER_AREA)
    assert np.abs(small - composed.guide.colour).mean() < 0.02


def test_a_cast_that_keeps_its_face_gives_that_face_in_the_masters_tones(composed):
    head = composed.cast["head"]
    cast = Cast({role: composed.cast["scene"] if role == "scene" else head for role in composed.cast}, keeps_face=True)
    kept = compose_guide(composed.views, composed.layout, cast, composed.frame, np.random.default_rng(9))
    own = warped(head, composed.guide.landmarks, composed.frame).colour
    x, y = np.round(composed.guide.landmarks[27:36].mean(0)).astype(int)
    nose = np.s_[y - 12:y + 12, x - 12:x + 12, 0]

    def alike(guide):
        return np.corrcoef(guide.colour[nose].ravel(), own[nose].ravel())[0, 1]

    assert alike(kept) > max(0.96, alike(composed.guide))
