"""Candidates are judged twice, guide and thumbnail; what is given is kept; a photographed person stays that person."""

import numpy as np
import pytest

from features.picture import find_face_at
from models.alignment import Frame
from render.portrait.compose import Candidate, compose, full_guide, judge, walk
from render.portrait.layout import Given
from render.report.candidate_sheet import candidate_sheet

FRAME = Frame().scaled(160)


@pytest.fixture(scope="module", autouse=True)
def hasty():
    """No detector sees a drawn face: do not look for ever for one without fault."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("render.portrait.compose._PATIENCE", 1)
        patch.setattr("render.portrait.compose._GUIDES", 2)
        yield


@pytest.fixture(scope="module")
def found(drawn_bank):
    return compose(drawn_bank, {}, 2, FRAME, candidates=1)


@pytest.mark.weights
def test_the_best_of_those_painted_small_comes_first(found):
    painted = [candidate for candidate in found if candidate.painted is not None]
    assert painted and found[: len(painted)] == painted
    assert [candidate.score for candidate in painted] == sorted(candidate.score for candidate in painted)
    assert found[0].painted.shape == (*FRAME.size_px[::-1], 3)
    assert {"unseen", "moved", "known", "another", "copied", "seam"} == set(found[0].faults)
    # What was painted is not the guide itself, but follows it.
    assert 0.001 < np.abs(found[0].painted - found[0].thumbnail.colour).mean() < 0.1


@pytest.mark.weights
def test_a_seed_is_a_portrait(found, drawn_bank):
    again = compose(drawn_bank, {}, 2, FRAME, candidates=1)[0]
    np.testing.assert_array_equal(again.painted, found[0].painted)
    np.testing.assert_array_equal(full_guide(again, drawn_bank, FRAME).colour, found[0].thumbnail.colour)


@pytest.mark.weights
def test_a_saved_layout_gives_the_same_face_and_lenders_with_any_seed(found, drawn_bank, tmp_path):
    found[0].layout.save(tmp_path / "layout.json", FRAME, found[0].cast)
    given = Given.load(tmp_path / "layout.json")
    other = compose(drawn_bank, {}, 77, FRAME, given=given, candidates=1)[0]
    np.testing.assert_allclose(other.layout.shape, found[0].layout.shape, atol=1e-3)
    assert {role: view.name for role, view in other.cast.items()} == {
        role: view.name for role, view in found[0].cast.items()}
    assert other.sitter.attributes["sex"] == found[0].sitter.attributes["sex"]


@pytest.mark.weights
def test_a_walk_goes_from_one_sitter_to_the_other_by_equal_steps(found, drawn_bank):
    other = compose(drawn_bank, {}, 3, FRAME, candidates=1)[0]
    way = walk(drawn_bank, found[0], other, FRAME, 5)
    shapes = np.stack([step.layout.shape for step in way])
    np.testing.assert_allclose(shapes[[0, -1]], [found[0].layout.shape, other.layout.shape])
    np.testing.assert_allclose(np.diff(shapes, axis=0), np.broadcast_to(shapes[1] - shapes[0], (4, 68, 2)), atol=1e-9)
    assert way[0].cast is found[0].cast and way[-1].cast is other.cast
    sheet = candidate_sheet(way)
    assert sheet.dtype == np.float32 and 0 <= sheet.min() < 0.2 < sheet.max() <= 1
    assert candidate_sheet(way[:2]).shape[1] < sheet.shape[1]


@pytest.mark.weights
def test_the_judge_sees_a_face_that_moved_one_that_is_missing_and_one_that_is_known(drawn_bank):
    data = pytest.importorskip("skimage.data")
    from features.face.embedding import face_embedding

    photograph = data.astronaut().astype(np.float32) / 255
    where = find_face_at(photograph, np.full((68, 2), [225.0, 120.0]) + np.linspace(-50, 50, 68)[:, None])
    there, _, distance, _ = judge(photograph, where, drawn_bank)
    assert there["unseen"] == 0 and there["moved"] < 0.3
    beside, _, _, _ = judge(photograph, where + [12.0, 0.0], drawn_bank)
    assert beside["moved"] > there["moved"] + 2
    nothing, _, _, _ = judge(np.zeros_like(photograph), where, drawn_bank)
    assert nothing["unseen"] == 3 and nothing["moved"] == 2
    view = drawn_bank.views[0]
    mine = type(view)(**{**vars_of(view), "embedding": face_embedding(photograph, where)})
    likeness, name, distance, _ = judge(photograph, where, drawn_bank, person=mine)
    assert distance < 0.05 and likeness["unlike"] < 0.5 and name == view.name


def vars_of(view):
    return {name: getattr(view, name) for name in view.__dataclass_fields__}


def test_the_score_is_the_sum_of_the_faults():
    assert Candidate(None, {}, None, {"moved": 0.5, "known": 2}, "", 0.0, (1, 0, 1)).score == 2.5
