"""Faces are found where they are, small, tilted or several, and not in noise."""

import cv2
import numpy as np
import pytest

from features.face.detection import candidate_from_box, find_candidates

CENTRE = np.array([222, 115])


def test_face_is_found_in_its_place(photo):
    best = find_candidates(photo)[0]
    assert np.linalg.norm(best.centre_xy - CENTRE) < 25
    assert 80 < best.side_px < 180 and best.score > 0.7
    assert abs(best.roll_rad) < 0.35


@pytest.mark.parametrize("angle", [-40, 40])
def test_tilted_face_is_found(photo, angle):
    matrix = cv2.getRotationMatrix2D(tuple(float(v) for v in CENTRE), angle, 1.0)
    turned = cv2.warpAffine(photo, matrix, (512, 512), borderMode=cv2.BORDER_REPLICATE)
    best = find_candidates(turned)[0]
    assert np.linalg.norm(best.centre_xy - CENTRE) < 30
    assert np.degrees(best.roll_rad) == pytest.approx(-angle, abs=20)


def test_small_faces_are_told_apart(photo):
    canvas = np.full((1400, 1000, 3), 60, np.uint8)
    small = cv2.resize(photo, (256, 256), interpolation=cv2.INTER_AREA)
    for x, y in ((100, 200), (600, 900)):
        canvas[y:y + 256, x:x + 256] = small
    sure = [c for c in find_candidates(canvas) if c.score > 0.7]
    assert len(sure) == 2
    truth = [CENTRE / 2 + [100, 200], CENTRE / 2 + [600, 900]]
    for place in truth:
        assert min(np.linalg.norm(c.centre_xy - place) for c in sure) < 20


def test_noise_holds_no_face():
    rng = np.random.default_rng(3)
    noise = cv2.GaussianBlur(rng.integers(0, 255, (600, 500, 3)).astype(np.uint8), (0, 0), 5)
    assert all(c.score < 0.75 for c in find_candidates(noise))


def test_a_drawn_box_is_kept_near(photo):
    found = candidate_from_box(photo, (165, 50, 115, 140))
    assert found.source == "curator" and np.linalg.norm(found.centre_xy - CENTRE) < 25
