"""A beard is found as far as it reaches below the jaw, and cloth is not; collars called hair are left out."""

import cv2
import numpy as np
import pytest

from data.landmarks import CHIN, JAW, OUTER_LIP
from data.parts import Part
from render.portrait.beard import beard_below_jaw
from render.portrait.face_areas import face_hull
from render.portrait.hair import only_hair
from tests.drawn import drawn_face

EYE_PX = 90.0
SKIN, BEARD, CLOTH, GROUND, HAIR = ([70, 14, 20], [22, 3, 5], [35, 40, 25], [50, 0, 8], [25, 5, 8])


def drawn(beard_px):
    """A face with a beard so far below the chin, over red cloth: (Lab, parts, landmarks, the beard below the jaw)."""
    points = drawn_face(np.random.default_rng(1), 0.0)
    lab = np.full((420, 400, 3), GROUND, np.float32)
    parts = np.zeros((420, 400), np.uint8)
    hull = [np.round(face_hull(points, EYE_PX, rise=0.28)).astype(np.int32)]
    lab[300:], parts[300:] = CLOTH, Part.CLOTHING
    lab[270:305, 160:240], parts[270:305, 160:240] = SKIN, Part.NECK
    face = cv2.fillPoly(np.zeros(parts.shape, np.uint8), hull, 1) > 0
    mouth, chin = points[OUTER_LIP].mean(0), points[CHIN]
    beard = np.zeros(parts.shape, np.uint8)
    if beard_px:
        half = (int(points[JAW, 0].max() - points[JAW, 0].min()) // 2 - 25, int(chin[1] - mouth[1]) + beard_px)
        cv2.ellipse(beard, (int(mouth[0]), int(mouth[1])), half, 0, 0, 180, 1, -1)
    lab[face], parts[face] = SKIN, Part.FACE
    lab[beard > 0] = BEARD
    lab += cv2.GaussianBlur(np.random.default_rng(4).normal(0, 4, lab.shape), (0, 0), 1).astype(np.float32)
    return lab, parts, points, (beard > 0) & ~face


@pytest.mark.parametrize("beard_px", [30, 60])
def test_a_beard_is_found_to_its_tip(beard_px):
    lab, parts, points, beard = drawn(beard_px)
    found = beard_below_jaw(lab, parts, np.ones(parts.shape, bool), points, EYE_PX)
    assert (found & beard).sum() > 0.85 * beard.sum()
    assert (found & ~beard).sum() < 0.25 * beard.sum()


def test_a_white_collar_called_hair_is_left_out_and_a_lock_stays():
    lab, parts, points, _ = drawn(0)
    jaw, chin = points[JAW], int(points[CHIN, 1])
    x = int(jaw[-1, 0])
    lab[90:chin + 20, x:x + 30], parts[90:chin + 20, x:x + 30] = HAIR, Part.HAIR        # a lock on the right
    x = int(jaw[0, 0])
    lab[90:int(points[OUTER_LIP, 1].mean()), x - 30:x], parts[90:chin + 40, x - 30:x] = HAIR, Part.HAIR
    lab[int(points[OUTER_LIP, 1].mean()):chin + 40, x - 30:x] = [88, 0, 4]              # a collar below that on the left
    head = np.isin(parts, (Part.HAIR, Part.FACE))
    kept = only_hair(lab, parts, head, points, EYE_PX)
    right = int(jaw[-1, 0])
    assert kept[90:chin, right + 5:right + 25].mean() > 0.95
    assert kept[int(points[OUTER_LIP, 1].mean()) + 12:chin + 30, x - 25:x - 5].mean() < 0.15
    assert not (kept & ~head).any()
