"""The parts map knows the features by the landmarks, the sitter from the background, and is one smooth piece."""

import cv2
import numpy as np

from data.parts import FACE_PARTS, Part
from features.sitter.bust import cut_bust
from features.sitter.parts import parts_map


def test_parts_of_a_photo(photo, face):
    parts = parts_map(photo, face.landmarks_xy)
    assert parts.shape == (512, 512) and parts.dtype == np.uint8
    points = np.round(face.landmarks_xy).astype(int)

    def at(xy):
        return parts[int(xy[1]), int(xy[0])]

    assert at(points[36:42].mean(0)) == Part.EYES and at(points[42:48].mean(0)) == Part.EYES
    assert at(points[30]) == Part.NOSE
    assert at((points[51] + points[62]) / 2) == Part.LIPS
    assert at((points[2] + points[31]) / 2) == Part.FACE
    assert at((222, 25)) == Part.HAIR
    assert at((230, 420)) == Part.CLOTHING
    assert at((20, 20)) == Part.BACKGROUND
    face_share = np.isin(parts, FACE_PARTS).mean()
    assert 0.03 < face_share < 0.12


def test_the_sitter_is_one_piece(photo, face):
    parts = parts_map(photo, face.landmarks_xy)
    _, _, stats, _ = cv2.connectedComponentsWithStats((parts > 0).astype(np.uint8))
    areas = np.sort(stats[1:, cv2.CC_STAT_AREA])
    assert areas[-1] / areas.sum() > 0.99


def test_size_and_type_of_the_picture_do_not_matter(photo, face):
    parts = parts_map(photo, face.landmarks_xy)
    large = cv2.resize(photo, (1024, 1024), interpolation=cv2.INTER_CUBIC).astype(np.float32) / 255
    again = parts_map(large, (face.landmarks_xy + 0.5) * 2 - 0.5)
    assert (again[::2, ::2] == parts).mean() > 0.97


def test_same_picture_same_parts(photo, face):
    assert np.array_equal(parts_map(photo, face.landmarks_xy), parts_map(photo, face.landmarks_xy))


def test_bust_holds_the_face(photo, face):
    bust = cut_bust(photo, face.landmarks_xy)
    x, y = bust.from_picture(face.landmarks_xy[[30]])[0]
    assert bust.parts[round(y), round(x)] == Part.NOSE
    left, top, right, bottom = bust.window
    assert 0 <= left < right <= 512 and 0 <= top < bottom <= 512 and bust.parts.shape == bust.rgb.shape[:2]
    np.testing.assert_allclose(bust.from_picture([left - 0.5, top - 0.5]), -0.5)
    np.testing.assert_allclose(bust.from_picture([right - 0.5, bottom - 0.5]), np.array(bust.rgb.shape[1::-1]) - 0.5)
