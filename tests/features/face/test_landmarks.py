"""Landmarks move with the picture, mirror with it, and two independent sources agree on them."""

import tempfile
from dataclasses import replace

import cv2
import numpy as np

from data.landmarks import LEFT_EYE, NOSE_TIP, RIGHT_EYE, landmark_error, mirror
from features.face.detection import find_candidates
from features.face.geometry import confidence_of
from features.face.landmarks import find_landmarks, given_landmarks
from features.face.mesh import MeshViews
from features.measure import measure_scan


def measure_faces(rgb):
    """Faces of a picture through a file, as users have them."""
    with tempfile.TemporaryDirectory() as folder:
        cv2.imwrite(f"{folder}/picture.png", np.ascontiguousarray(rgb[..., ::-1]))
        return measure_scan(f"{folder}/picture.png").faces


def measured(rgb):
    return find_landmarks(rgb, find_candidates(rgb)[0])


def test_eyes_nose_and_mouth_lie_where_the_photo_has_them(face):
    points = face.landmarks_xy
    np.testing.assert_allclose(points[LEFT_EYE].mean(0), [199, 107], atol=8)
    np.testing.assert_allclose(points[RIGHT_EYE].mean(0), [243, 107], atol=8)
    np.testing.assert_allclose(points[NOSE_TIP], [222, 128], atol=12)
    assert 140 < points[48:68, 1].mean() < 170


def test_sources_agree_and_say_so(face):
    assert face.disagreement < 0.06
    assert face.face_logit > 5
    assert (face.landmark_confidence > 0.3).all() and face.landmark_confidence.mean() > 0.7


def test_scaling_the_picture_scales_the_landmarks(photo, face):
    large = cv2.resize(photo, None, fx=1.7, fy=1.7, interpolation=cv2.INTER_CUBIC)
    assert landmark_error((measured(large).landmarks_xy + 0.5) / 1.7 - 0.5, face.landmarks_xy) < 0.02


def test_mirroring_the_picture_mirrors_the_landmarks(photo, face):
    flipped = measured(np.ascontiguousarray(photo[:, ::-1]))
    assert landmark_error(mirror(flipped.landmarks_xy, 512), face.landmarks_xy) < 0.03


def test_turning_the_picture_turns_the_landmarks(photo, face):
    matrix = cv2.getRotationMatrix2D((222, 115), 25, 1.0)
    turned = measured(cv2.warpAffine(photo, matrix, (512, 512), borderMode=cv2.BORDER_REPLICATE))
    expected = face.landmarks_xy @ matrix[:, :2].T + matrix[:, 2]
    assert landmark_error(turned.landmarks_xy, expected) < 0.04


def test_blur_lowers_confidence(photo, face):
    blurred = measured(cv2.GaussianBlur(photo, (0, 0), 6))
    assert blurred.landmark_confidence.mean() < face.landmark_confidence.mean()


def test_given_landmarks_stay(photo, face):
    moved = face.landmarks_xy + 2.0
    kept = given_landmarks(photo, moved)
    np.testing.assert_array_equal(kept.landmarks_xy, moved)
    assert kept.mesh_xyz.shape == (468, 3) and kept.face_logit > 5
    assert (kept.landmark_confidence == 1).all() and 0.01 < kept.disagreement < 0.2


def test_a_careful_look_goes_on_from_a_quick_one(photo, face):
    candidate = find_candidates(photo)[0]
    views = MeshViews(photo, candidate)
    quick = find_landmarks(photo, candidate, careful=False, views=views)
    careful = find_landmarks(photo, candidate, views=views)
    assert landmark_error(quick.landmarks_xy, face.landmarks_xy) < 0.03
    np.testing.assert_array_equal(careful.landmarks_xy, face.landmarks_xy)


def test_a_point_is_trusted_less_the_more_it_may_err():
    errors = np.linspace(0, 0.3, 20)
    confidence = confidence_of(errors)
    assert confidence[0] == 1 and (np.diff(confidence) < 0).all() and confidence_of(np.array([0.075]))[0] == 0.5


def test_the_error_to_expect_grows_with_disagreement_and_falls_with_the_mesh_own_flag(face):
    def expected(**changed):
        return replace(face, **changed).expected_error

    assert expected(disagreement=0.2) > expected(disagreement=0.05) and expected(spread=0.1) > expected(spread=0.01)
    assert expected(face_logit=2.0) > expected(face_logit=25.0)


def test_a_stretched_face_is_looked_at_in_other_ways(photo, face):
    # As Modigliani drew: half again as long as wide.
    long = cv2.resize(photo, (341, 512), interpolation=cv2.INTER_AREA)
    truth = (face.landmarks_xy + 0.5) * [341 / 512, 1] - 0.5
    found = measured(long)
    assert landmark_error(found.landmarks_xy, truth) < 0.05 and found.expected_error < 0.06
    # Flatter still: the first look alone goes astray, and says so.
    longer = cv2.resize(photo, (250, 512), interpolation=cv2.INTER_AREA)
    there = (face.landmarks_xy + 0.5) * [250 / 512, 1] - 0.5
    candidate = find_candidates(longer)[0]
    quick, careful = (find_landmarks(longer, candidate, careful=way) for way in (False, True))
    assert quick.expected_error > careful.expected_error
    assert landmark_error(careful.landmarks_xy, there) < min(0.08, landmark_error(quick.landmarks_xy, there))


def test_a_hatched_drawing_is_seen_through(photo, face):
    grey = cv2.GaussianBlur(cv2.cvtColor(photo, cv2.COLOR_RGB2GRAY), (0, 0), 1)[20:220, 120:320]
    grey, truth = cv2.resize(grey, (400, 400)), (face.landmarks_xy - [120, 20] + 0.5) * 2 - 0.5
    y, x = np.mgrid[:400, :400]
    ink = np.sin((x + y) * 1.3) * 60 + np.sin((x - y) * 1.3) * 60
    drawing = np.repeat(np.where(grey + ink > 110, 240, 30).astype(np.uint8)[..., None], 3, 2)
    found = measure_faces(drawing)
    assert found and landmark_error(found[0].landmarks_xy, truth) < 0.1


def test_worse_pictures_are_trusted_less(photo, face):
    confidences = []
    for blur in (0, 4, 9):
        seen = cv2.GaussianBlur(photo, (0, 0), blur) if blur else photo
        candidates = find_candidates(seen)
        confidences.append(find_landmarks(seen, candidates[0]).landmark_confidence.mean() if candidates else 0.0)
    assert confidences[0] > 0.9 and confidences[2] < 0.8 and confidences[0] > confidences[2]
