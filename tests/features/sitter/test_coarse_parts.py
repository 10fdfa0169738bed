"""Colours learned from the picture part the sitter, skin below the chin is a neckline, and pieces apart from their part go."""

import cv2
import numpy as np
import pytest

from data.estimate import Estimate
from features.sitter import coarse_parts
from features.sitter.coarse_parts import coarse_fields, filled
from features.sitter.parts import parts_map
from features.sitter.person import person_map
from features.sitter.place_prior import BACKGROUND, CLOTHING, FACE, NECK


def test_what_lies_within_a_contour_is_filled():
    mask = filled((40, 50), np.array([[9.5, 9.5], [29.5, 9.5], [29.5, 19.5], [9.5, 19.5]]))
    assert mask.dtype == bool and mask[15, 20] and not mask[25, 20] and 200 <= mask.sum() <= 235


def test_only_large_pieces_and_the_one_asked_for_are_kept():
    mask = np.zeros((30, 60), np.uint8)
    mask[2:12, 2:12], mask[2:6, 20:30], mask[20:22, 50:52] = 1, 1, 1
    kept = coarse_parts._large_pieces(mask, 0.3)
    assert kept[5, 5] and kept[4, 25] and not kept[20, 50]
    at = coarse_parts._piece_at(mask, (25, 4))
    assert at[4, 25] and at.sum() == 40
    assert coarse_parts._piece_at(mask, (59, 29)).sum() == 100  # nothing there: the largest
    assert not coarse_parts._large_pieces(np.zeros((5, 5)), 0.5).any()


def test_a_piece_apart_from_its_part_goes_to_what_surrounds_it():
    fields = np.zeros((5, 60, 60), np.float32)
    fields[BACKGROUND] = 0.5
    fields[CLOTHING, 40:], fields[FACE, 15:42, 20:40] = 0.9, 0.95
    fields[CLOTHING, 3:7, 3:7] = 0.9
    points = np.full((68, 2), [30.0, 25.0])
    labels = coarse_parts._without_islands(fields, points).argmax(0)
    assert labels[5, 5] == BACKGROUND and labels[55, 30] == CLOTHING and labels[25, 30] == FACE


def test_a_neckline_is_uncovered_where_the_paint_is_skin(photo, face):
    """Cloth in the colour of the face's skin below the chin is taken for a low neckline."""
    points = face.landmarks_xy
    skin = np.median(photo[100:150, 200:245].reshape(-1, 3), axis=0).astype(np.uint8)
    bare = photo.copy()
    chin = points[8].astype(int)
    cv2.ellipse(bare, (int(chin[0]), int(chin[1]) + 35), (45, 40), 0, 0, 360, skin.tolist(), -1)
    bare[:chin[1] - 10] = photo[:chin[1] - 10]
    small, plain = (cv2.resize(each[:320, 60:380], None, fx=0.4, fy=0.4, interpolation=cv2.INTER_AREA)
                    for each in (bare, photo))
    there = (points - [60, 0] + 0.5) * 0.4 - 0.5
    row, column = round((chin[1] + 45) * 0.4), round((chin[0] - 60) * 0.4)
    uncovered, before = (coarse_fields(each, there, False)[:, row, column] for each in (small, plain))
    assert uncovered[NECK] > before[NECK] and uncovered.argmax() == NECK


@pytest.mark.weights
def test_the_segmentation_knows_the_sitter_from_the_room(photo, face):
    person = person_map(photo, face.landmarks_xy)
    assert person.shape == (512, 512) and person.dtype == np.float32 and 0 <= person.min() and person.max() <= 1
    assert person[115, 222] > 0.9 and person[420, 230] > 0.9 and person[20, 20] < 0.2


@pytest.mark.weights
def test_a_known_beard_keeps_the_chin_with_the_face(photo, face):
    beard = {"facial_hair": Estimate("beard", 1.0, "catalogue")}
    none = {"facial_hair": Estimate("none", 1.0, "catalogue")}
    np.testing.assert_array_equal(parts_map(photo, face.landmarks_xy, attributes=none), parts_map(photo, face.landmarks_xy))
    assert (parts_map(photo, face.landmarks_xy, attributes=beard) != parts_map(photo, face.landmarks_xy)).any()
