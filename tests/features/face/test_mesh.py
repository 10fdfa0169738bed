"""The mesh looks at a face from several views, once each, and its picks are brought to the 68-point convention."""

import numpy as np
import pytest

from data.landmarks import landmark_error
from features.face import mesh
from features.face.detection import find_candidates
from features.face.mesh import ALL_VIEWS, MeshViews, correct_mesh, turn_descriptor

pytestmark = pytest.mark.weights


@pytest.fixture(scope="module")
def candidate(photo):
    return find_candidates(photo)[0]


def test_every_view_is_taken_once(photo, candidate, monkeypatch):
    taken, run = [], mesh.run_mesh
    monkeypatch.setattr(mesh, "run_mesh", lambda chip: taken.append(chip) or run(chip))
    views = MeshViews(photo, candidate)
    first = views.first_logit
    assert len(taken) == 2  # one finds the place, the other looks
    quick = views.find(2)
    assert len(taken) == 3 and quick.picks_xy.shape == (2, 68, 2)
    careful = views.find()
    assert len(taken) == 1 + ALL_VIEWS and careful.picks_xy.shape == (ALL_VIEWS, 68, 2)
    np.testing.assert_array_equal(careful.picks_xy[:2], quick.picks_xy)
    assert first == views.first_logit and careful.mesh_xyz.shape == (468, 3)


def test_a_mirrored_view_keeps_the_numbering(photo, candidate):
    straight, mirrored = MeshViews(photo, candidate).find(2).picks_xy
    assert landmark_error(mirrored, straight) < 0.05


def test_nothing_is_told_from_something(photo, candidate):
    blank = np.full_like(photo, 120)
    assert MeshViews(blank, candidate).first_logit < 0 < 5 < MeshViews(photo, candidate).first_logit


def test_the_correction_moves_with_the_face_and_brings_it_nearer_to_dlib(face, photo, candidate):
    picks = MeshViews(photo, candidate).find().picks_xy.mean(0)
    corrected = correct_mesh(picks)
    assert landmark_error(corrected, face.dlib_xy) < landmark_error(picks, face.dlib_xy)
    np.testing.assert_allclose(correct_mesh(3 * picks - 20), 3 * corrected - 20, atol=1e-6)
    assert turn_descriptor(np.full((68, 2), -0.5)).tolist() == [1.0, -0.5, 0.25, 0.5]
