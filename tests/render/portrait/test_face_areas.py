"""Areas of the face lie where the landmarks say, scale with the face, and fade out as far as they should."""

import numpy as np
import pytest

from data.landmarks import CHIN, LEFT_BROW, LEFT_EYE, LEFT_EYE_OUTER, OUTER_LIP, RIGHT_EYE_OUTER
from data.parts import Part
from models.alignment import Frame
from render.portrait.face_areas import (
    face_hull,
    face_mask,
    feature_masks,
    fidelity,
    label_features,
    odd_size,
    polygon_mask,
)
from tests.drawn import drawn_face

FRAME = Frame(400, 500, eye_share=0.22)


@pytest.fixture(scope="module")
def landmarks():
    return drawn_face(np.random.default_rng(1), 0.0)


def at(mask, point_xy):
    x, y = np.round(point_xy).astype(int)
    return mask[y, x]


def test_kernels_have_a_middle_and_reach_at_least_one_texel():
    assert [odd_size(radius) for radius in (0.0, 0.4, 1.0, 2.6)] == [3, 3, 3, 7]


def test_a_polygon_covers_its_area():
    square = np.array([[10.0, 10.0], [30.0, 10.0], [30.0, 40.0], [10.0, 40.0]])
    assert polygon_mask(square, Frame(60, 50)).sum() == pytest.approx(21 * 31, rel=0.02)


def test_the_hull_rises_with_the_brows_straight_away_from_the_chin(landmarks):
    eye_px = FRAME.eye_distance_px
    low, high = (face_hull(landmarks, eye_px, rise=rise)[:, 0] for rise in (0.0, 0.5))
    assert low[:, 1].min() - high[:, 1].min() == pytest.approx(0.5 * eye_px, rel=1e-3)
    assert high[:, 1].max() == pytest.approx(landmarks[CHIN, 1], abs=1e-3)


def test_the_face_is_whole_within_and_gone_before_jaw_and_hair(landmarks):
    mask = face_mask(landmarks, FRAME)
    assert at(mask, landmarks[30]) > 0.99 and at(mask, landmarks[LEFT_EYE].mean(0)) > 0.95
    assert at(mask, landmarks[CHIN]) < 0.1 and at(mask, landmarks[0]) < 0.1
    assert at(mask, landmarks[LEFT_BROW].mean(0) - [0, 0.5 * FRAME.eye_distance_px]) < 0.05


def test_features_are_apart_and_a_beard_leaves_the_lips_alone(landmarks):
    masks = feature_masks(landmarks, FRAME, bearded=False)
    middles = {"eyes": landmarks[LEFT_EYE].mean(0), "nose": landmarks[30], "mouth": landmarks[OUTER_LIP].mean(0)}
    for role, point in middles.items():
        assert at(masks[role], point) > 0.95
        assert all(at(other, point) < 0.1 for name, other in masks.items() if name != role)
    within = feature_masks(landmarks, FRAME, bearded=True)["mouth"]
    assert at(within, landmarks[OUTER_LIP].mean(0)) > 0.9 and within.sum() < 0.7 * masks["mouth"].sum()


def test_labels_are_drawn_over_what_was_there(landmarks):
    parts = np.full((500, 400), Part.FACE, np.uint8)
    labelled = label_features(parts, landmarks)
    assert at(labelled, landmarks[LEFT_EYE].mean(0)) == Part.EYES and at(labelled, landmarks[OUTER_LIP].mean(0)) == Part.LIPS
    assert at(labelled, landmarks[LEFT_BROW].mean(0)) == Part.BROWS and at(labelled, landmarks[30]) == Part.NOSE
    assert set(np.unique(parts)) == {Part.FACE} and labelled[0, 0] == Part.FACE


def test_paint_follows_drawing_and_features_most(landmarks):
    lightness = np.full((500, 400), 40, np.float32)
    lightness[400:, :200] += 20 * np.indices((100, 200)).sum(0) % 2 * np.float32(20)  # a pattern in one corner
    lightness[400:, :200:8] = 90
    parts = np.full((500, 400), Part.CLOTHING, np.uint8)
    weight = fidelity(lightness, parts, landmarks, FRAME.eye_distance_px)
    assert weight[450, 350] == pytest.approx(1.0, abs=0.01)
    assert 1.5 < weight[450, 100] <= 3.01
    for point in (LEFT_EYE_OUTER, RIGHT_EYE_OUTER):
        assert at(weight, landmarks[point]) > 3.0
    assert weight.max() <= 4.01
