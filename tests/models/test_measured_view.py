"""A view that was kept as arrays is the view that was made; keys name views whichever way round they are seen."""

from types import SimpleNamespace

import numpy as np
import pytest

from data.errors import CorpusError
from models import measured_view
from models.measured_view import view_arrays, view_from_arrays, view_of_photograph
from models.view_key import ViewKey, views_by_key


@pytest.fixture
def measured(drawn_bank, monkeypatch):
    """(path, measurement, face) of a drawn sitter, whose parts and embedding are given."""
    view = drawn_bank.views[0]
    seen = []
    monkeypatch.setattr(measured_view, "parts_map", lambda rgb, landmarks, attributes: seen.append((rgb, landmarks))
                        or view.parts)
    monkeypatch.setattr(measured_view, "face_embedding", lambda rgb, landmarks: view.embedding)
    monkeypatch.setattr(measured_view, "VIEW_SIDE_PX", 250)
    face = SimpleNamespace(landmarks_xy=view.landmarks_xy, attributes=view.attributes, figure=view.figure)
    return view, SimpleNamespace(file=view.name, sha256=view.sha256, width_px=400, height_px=500), face, seen


def test_a_view_is_the_same_from_its_arrays(measured):
    view, measurement, face, seen = measured
    arrays = view_arrays(view.path, measurement, face, None)
    again = view_from_arrays(view.path, measurement, face, None, arrays)
    assert set(arrays) == {"embedding", "parts", "light", "tones"} and again.content_box == (0, 0, 400, 500)
    for name in ("landmarks_xy", "embedding", "parts", "light", "tones"):
        np.testing.assert_array_equal(getattr(again, name), getattr(view, name))
    assert again.name == view.name and again.attributes == view.attributes


def test_parts_are_told_apart_in_a_reduced_reading(measured):
    view, measurement, face, seen = measured
    view_arrays(view.path, measurement, face, None)
    rgb, landmarks = seen[0]
    assert rgb.shape[:2] == (250, 200)
    np.testing.assert_allclose(landmarks, (view.landmarks_xy + 0.5) / 2 - 0.5)


def test_a_photograph_without_a_clear_face_is_told(monkeypatch):
    monkeypatch.setattr(measured_view, "measure_scan", lambda path: SimpleNamespace(faces=(), reason=None))
    with pytest.raises(CorpusError, match="--sitter a.png: no clear face in this photograph .none found."):
        view_of_photograph("a.png")


def test_of_several_people_the_largest_is_meant(monkeypatch):
    faces = [SimpleNamespace(box=(0, 0, side, side), embedding=embedding) for side, embedding in
             ((10, 1), (30, 1), (90, None))]
    monkeypatch.setattr(measured_view, "measure_scan", lambda path: SimpleNamespace(faces=faces, reason=None))
    monkeypatch.setattr(measured_view, "measured_view", lambda path, measurement, face, box: face)
    assert view_of_photograph("a.png") is faces[1]


def test_views_are_found_by_their_keys(drawn_bank):
    found = views_by_key(drawn_bank.both_ways())
    assert len(found) == 2 * len(drawn_bank.views)
    name = drawn_bank.views[1].name
    assert found[ViewKey(name, True)].mirrored and not found[name, False].mirrored
