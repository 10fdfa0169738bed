"""Faces are found where they are, small, tilted or several, and not in noise; findings of one face become one."""

import cv2
import numpy as np
import pytest

from features.face import chips, detection
from features.face.detection import (
    CURATOR,
    FaceCandidate,
    candidate_from_box,
    enough,
    find_candidates,
    merged,
    overlap,
    search,
)

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


def test_a_drawn_box_in_which_no_detector_sees_a_face_is_believed(photo, monkeypatch):
    monkeypatch.setattr(detection, "run_blazeface", lambda view: (np.full(896, -50.0), np.zeros((896, 16))))
    empty = candidate_from_box(photo, (50, 60, 80, 100))
    assert empty.source == CURATOR and empty.roll_rad == 0 and empty.side_px == 90
    np.testing.assert_allclose(empty.centre_xy, [90, 110])


def candidate(x, y, side, score=0.8, source="blazeface"):
    return FaceCandidate(np.array([x, y], float), side, np.array([x, y]) + np.zeros((6, 2)), score, source)


def test_overlap_is_one_of_the_same_none_of_others_and_counts_a_box_within_another():
    box = candidate(100, 100, 40)
    assert overlap(box, box) == 1.0
    assert overlap(box, candidate(120, 100, 40)) == pytest.approx(1 / 3)
    assert overlap(box, candidate(140, 100, 40)) == overlap(box, candidate(300, 10, 40)) == 0.0
    within = candidate(100, 100, 4)
    assert overlap(box, within) == overlap(within, box) == pytest.approx(0.6)


def test_findings_of_one_view_are_averaged_by_score_and_of_several_views_the_best_is_kept():
    alike = merged([candidate(100, 100, 40, 0.9), candidate(110, 100, 40, 0.3)])
    assert len(alike) == 1 and alike[0].centre_xy == pytest.approx([102.5, 100]) and alike[0].score == 0.9
    other_view = merged([candidate(100, 100, 40, 0.9), candidate(110, 100, 40, 0.3, "blazeface-tile")])
    assert len(other_view) == 1 and other_view[0].centre_xy == pytest.approx([100, 100])
    apart = merged([candidate(100, 100, 10, 0.9), candidate(300, 100, 90, 0.8)])
    assert [one.side_px for one in apart] == [90, 10]  # the most prominent first, not the surest
    assert merged([]) == []


def test_the_whole_picture_is_enough_only_for_a_face_of_some_size():
    assert enough(0, [(0.9, 101.0)], 1000, sure=0.7) and not enough(0, [(0.9, 99.0)], 1000, sure=0.7)
    assert enough(1, [(0.9, 5.0)], 1000, sure=0.7) and not enough(1, [(0.7, 500.0)], 1000, sure=0.7)
    assert not enough(3, [], 1000, sure=0.7)


@pytest.mark.parametrize("width, height, share", [(1000, 600, 0.55), (1000, 300, 0.55), (400, 1400, 0.4), (500, 500, 0.4)])
def test_tiles_leave_no_place_out(width, height, share):
    covered = np.zeros((height, width), bool)
    for matrix in detection._tiles(width, height, share):
        corners = chips.apply(chips.invert(matrix), np.array([[-0.5, -0.5], [255.5, 255.5]]))
        (left, top), (right, bottom) = corners
        covered[max(0, round(top)):round(bottom), max(0, round(left)):round(right)] = True
    assert covered.all()


def test_the_search_goes_on_from_cheap_to_dear(photo):
    steps = list(search(photo))
    assert len(steps) == 5 and steps[0][0].source == "blazeface"
    sources = [{one.source for one in step} for step in steps]
    assert sources[1] <= {"blazeface-tile"} and sources[3] <= {"blazeface-tilted"}
    assert sources[2] <= {"blazeface-wide", "blazeface-calm", "blazeface-far"} and sources[2]
