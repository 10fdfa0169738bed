"""A face in any picture is found by two ways that know nothing of each other, in the pixels of the picture that was given."""

import cv2
import numpy as np
import pytest

from data.coordinates import rescale_points
from data.landmarks import landmark_error
from data.parts import FACE_PARTS, Part
from features.picture import (
    attributes_of_faces,
    detect_face,
    find_face_at,
    find_faces,
    painted_attributes,
    painted_embedding,
    parts_of_faces,
)

BLANK = np.full((80, 90, 3), 0.5, np.float32)


@pytest.fixture(scope="module")
def shown(photo):
    return photo.astype(np.float32) / 255


def test_nothing_is_no_face():
    assert find_faces(BLANK) == [] and find_faces(BLANK[:20]) == []
    assert detect_face(BLANK) == (None, None)
    assert find_face_at(BLANK, np.full((68, 2), 40.0) + np.linspace(-20, 20, 68)[:, None]) is None
    assert attributes_of_faces(BLANK, []) == []
    parts = parts_of_faces(BLANK, [], [])
    assert parts.shape == (80, 90) and parts.dtype == np.uint8 and not parts.any()


def test_both_ways_find_the_same_face(shown, face):
    ours, = find_faces(shown)
    score, theirs = detect_face(shown)
    assert score > 0.5
    assert landmark_error(ours, face.landmarks_xy) < 0.02 and landmark_error(theirs, face.landmarks_xy) < 0.08
    assert landmark_error(find_face_at(shown, face.landmarks_xy), theirs) < 0.05


def test_two_sitters_are_found_the_larger_first(shown):
    small = cv2.resize(shown, None, fx=0.7, fy=0.7, interpolation=cv2.INTER_AREA)
    both = np.full((512, 1024, 3), 0.3, np.float32)
    both[:len(small), :small.shape[1]] = small
    both[:, 512:] = shown
    first, second = find_faces(both)
    assert first[:, 0].min() > 512 > second[:, 0].max()
    attributes = attributes_of_faces(both, [first, second])
    assert {"facial_hair", "gaze"} <= set(attributes[0]) and "gaze" not in attributes[1]  # the first one thoroughly
    parts = parts_of_faces(both, [first, second], attributes)
    for points in (first, second):
        x, y = points[30].astype(int)
        assert parts[y, x] in FACE_PARTS
    assert parts[20, 1000] == Part.BACKGROUND


def test_a_face_is_told_in_the_pixels_of_a_picture_that_was_reduced_or_enlarged_to_see_it(shown, face):
    large = cv2.resize(shown, None, fx=3, fy=3, interpolation=cv2.INTER_CUBIC).clip(0, 1)
    there = rescale_points(face.landmarks_xy, 3.0)
    assert landmark_error(find_faces(large)[0], there) < 0.03
    assert landmark_error(detect_face(large)[1], there) < 0.08
    tiny = cv2.resize(shown, None, fx=0.3, fy=0.3, interpolation=cv2.INTER_AREA)
    there = rescale_points(face.landmarks_xy, 0.3)
    assert landmark_error(find_face_at(tiny, there), there) < 0.1
    # What was meant to be elsewhere is not found here.
    assert find_face_at(tiny, there + [60.0, 40.0]) is None


def test_what_is_painted_is_measured_like_the_picture_it_shows(shown, face):
    embedding = painted_embedding(shown, face.landmarks_xy)
    large = cv2.resize(shown, None, fx=3, fy=3, interpolation=cv2.INTER_CUBIC).clip(0, 1)
    again = painted_embedding(large, rescale_points(face.landmarks_xy, 3.0))
    assert embedding.shape == (128,) and np.linalg.norm(embedding - again) < 0.2
    seen = painted_attributes(shown, face.landmarks_xy)
    assert seen["sex"].value == "female" and seen["facial_hair"].value == "none"
