"""Findings are judged together: sure ones are kept once each, the sitter is the large sure face, else there is a reason."""

from dataclasses import replace

import numpy as np
import pytest

from features.curated import Curated
from features.face.detection import CURATOR, FaceCandidate
from features.face.geometry import Geometry
from features.face_search import (
    FoundFace,
    _hopeless,
    _plain_profile,
    curated_faces,
    judge_faces,
    looked_at_with_care,
    search_faces,
)
from features.scan_region import ScanRegion

REGION = ScanRegion(np.zeros((100, 200, 3), np.uint8), np.array([10.0, 20.0]), np.array([2.0, 2.0]), (10, 20, 400, 200))


def finding(x, confidence, size=20.0, score=0.8, source="blazeface"):
    """A face at x of REGION whose eyes and mouth lie half of `size` apart."""
    points = np.full((68, 2), [x, 50.0])
    points[36:48, 1] -= size / 4
    points[48:68, 1] += size / 4
    geometry = Geometry(points, np.ones(68), np.zeros((468, 3)), points, points, 0.05, 0.02, 20.0)
    candidate = FaceCandidate(np.array([x, 50.0]), size, np.zeros((6, 2)), score, source)
    return FoundFace(candidate, geometry, REGION, confidence)


def test_sizes_are_in_scan_pixels():
    assert finding(50, 0.9, size=20.0).size_px == pytest.approx(40)
    assert finding(50, 0.9).source == "blazeface" and replace(finding(50, 0.9), candidate=None).source == CURATOR


def test_a_face_found_twice_is_kept_once_at_its_surest():
    judged = judge_faces([finding(50, 0.7), finding(52, 0.9), finding(120, 0.8)])
    assert [face.confidence for face in judged.faces] == [0.9, 0.8] and judged.reason is None


def test_the_sitter_is_large_and_sure():
    small, large = finding(30, 0.99, size=10.0), finding(120, 0.7, size=30.0)
    assert judge_faces([small, large]).faces == [large, small]
    assert judge_faces([small, replace(large, confidence=0.4)]).faces == [small]


def test_without_a_sure_face_there_is_a_reason():
    assert judge_faces([]).reason == "no face found: no detector saw one"
    judged = judge_faces([finding(50, 0.31), finding(52, 0.2), finding(120, 0.1)])
    assert judged.faces == []
    assert judged.reason == "no face found: the best of 2 candidates is a face with confidence 0.31 only"


def test_a_weak_finding_that_the_mesh_takes_for_no_face_is_given_up():
    def hopeless(score, logit, source="blazeface"):
        return _hopeless(finding(0, 0.5, score=score, source=source).candidate, logit)

    assert hopeless(0.5, -3.0) and not hopeless(0.5, 0.0) and not hopeless(0.8, -3.0)
    assert not hopeless(0.5, -3.0, "blazeface-calm")


def test_a_large_sure_finding_is_believed_though_the_mesh_may_not_know_profiles():
    large, small = (finding(0, 0.5, size=size, score=0.9).candidate for size in (30.0, 20.0))
    assert _plain_profile(large, 200) and not _plain_profile(small, 200)
    assert not _plain_profile(replace(large, score=0.7), 200)


@pytest.mark.weights
def test_who_was_pointed_out_is_the_face(photo, face):
    region = ScanRegion(photo, np.array([100.0, 0.0]), np.array([2.0, 2.0]), (100, 0, 1024, 1024))
    assert curated_faces(region, Curated()) == []
    given, = curated_faces(region, Curated(landmarks_xy=region.to_scan(face.landmarks_xy)))
    np.testing.assert_allclose(given.geometry.landmarks_xy, face.landmarks_xy)
    assert given.confidence == 1 and given.candidate is None and looked_at_with_care(given) is given
    boxed, = curated_faces(region, Curated(box=(100 + 2 * 165, 2 * 50, 2 * 115, 2 * 140)))
    assert boxed.confidence == 1 and boxed.source == CURATOR
    assert np.linalg.norm(boxed.geometry.landmarks_xy - face.landmarks_xy, axis=1).mean() < 3


@pytest.mark.weights
def test_the_search_stops_at_a_sure_face_of_some_size(photo, face):
    region = ScanRegion(photo, np.zeros(2), np.ones(2), (0, 0, 512, 512))
    found = search_faces(region)
    assert len(found) == 1 and found[0].confidence > 0.9 and found[0].careful
    np.testing.assert_allclose(found[0].geometry.landmarks_xy, face.landmarks_xy, atol=1e-9)
    quick = replace(found[0], careful=False)
    assert looked_at_with_care(quick).careful
    np.testing.assert_array_equal(looked_at_with_care(quick).geometry.landmarks_xy, found[0].geometry.landmarks_xy)
