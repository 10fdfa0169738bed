"""Candidates are judged twice, guide and thumbnail; what is given is kept, the figure too; a photographed person stays that
person; what repeats a painting of the corpus costs points."""

from dataclasses import replace

import numpy as np
import pytest

from models.alignment import Frame
from render.portrait.cast import Cast
from render.portrait.compose import Candidate, compose, full_guide, walk
from render.portrait.layout import Given

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module", autouse=True)
def hasty():
    """No detector sees a drawn face: do not look for ever for one without fault."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("render.portrait.compose._PATIENCE", 1)
        patch.setattr("render.portrait.compose._GUIDES", 2)
        yield


@pytest.fixture(scope="module")
def calls():
    """Of the progress callable, while `found` was composed."""
    return []


@pytest.fixture(scope="module")
def canvas(drawn_bank):
    return drawn_bank.cropped(Frame()).scaled(160)


@pytest.fixture(scope="module")
def found(drawn_bank, canvas, calls):
    return compose(drawn_bank, {}, 2, canvas, candidates=1, progress=lambda done, total: calls.append((done, total)))


@pytest.mark.weights
def test_the_best_of_those_painted_small_comes_first(found, canvas):
    painted = [candidate for candidate in found if candidate.painted is not None]
    assert painted and found[: len(painted)] == painted
    assert [candidate.score for candidate in painted] == sorted(candidate.score for candidate in painted)
    assert found[0].painted.shape == (*canvas.size_px[::-1], 3)
    assert {"unseen", "moved", "known", "another"} <= set(found[0].faults)
    assert set(found[0].figure.faults) | set(found[0].thumbnail.join_faults) <= set(found[0].faults)
    # What was painted is not the guide itself, but follows it.
    assert 0.001 < np.abs(found[0].painted - found[0].thumbnail.colour).mean() < 0.1


@pytest.mark.weights
def test_a_seed_is_a_portrait(found, drawn_bank, canvas):
    again = compose(drawn_bank, {}, 2, canvas, candidates=1)[0]
    np.testing.assert_array_equal(again.painted, found[0].painted)
    guide = full_guide(again, drawn_bank, canvas)
    # Its hair is cut out more finely than the thumbnail's.
    assert np.abs(guide.colour - found[0].thumbnail.colour).mean() < 0.01
    np.testing.assert_array_equal(guide.landmarks, found[0].thumbnail.landmarks)


@pytest.mark.weights
def test_a_saved_layout_gives_the_same_face_and_lenders_with_any_seed(found, drawn_bank, canvas, tmp_path):
    found[0].layout.save(tmp_path / "layout.json", found[0].frame(canvas), found[0].cast, found[0].figure.layout)
    given = Given.load(tmp_path / "layout.json")
    other = compose(drawn_bank, {}, 77, canvas, given=given, candidates=1)[0]
    np.testing.assert_allclose(other.layout.shape, found[0].layout.shape, atol=1e-3)
    assert {role: view.name for role, view in other.cast.items()} == {
        role: view.name for role, view in found[0].cast.items()}
    assert other.sitter.attributes["sex"] == found[0].sitter.attributes["sex"]
    assert other.figure.layout.to_json() == given.figure.to_json() == found[0].figure.layout.to_json()
    assert other.frame(canvas) == found[0].frame(canvas)


@pytest.mark.weights
def test_a_walk_goes_from_one_sitter_to_the_other_by_equal_steps(found, drawn_bank, canvas):
    other = compose(drawn_bank, {}, 3, canvas, candidates=1)[0]
    way = walk(drawn_bank, found[0], other, canvas, 5)
    shapes = np.stack([step.layout.shape for step in way])
    np.testing.assert_allclose(shapes[[0, -1]], [found[0].layout.shape, other.layout.shape])
    np.testing.assert_allclose(np.diff(shapes, axis=0), np.broadcast_to(shapes[1] - shapes[0], (4, 68, 2)), atol=1e-9)
    assert way[0].cast is found[0].cast and way[-1].cast is other.cast
    outlines = np.stack([step.figure.layout.outline.log_reach for step in way])
    np.testing.assert_allclose(outlines[[0, -1]], [each.figure.layout.outline.log_reach for each in (found[0], other)])
    np.testing.assert_allclose(np.diff(outlines, axis=0), np.tile(outlines[1] - outlines[0], (4, 1)), atol=1e-9)
    assert way[0].figure.lenders == found[0].figure.lenders and way[-1].figure.lenders == other.figure.lenders


@pytest.mark.weights
def test_a_photographed_person_keeps_face_and_proportions(drawn_bank, canvas):
    person = replace(drawn_bank.views[3], name="photograph.png")
    candidate = compose(drawn_bank, {"age": 44.0}, 5, canvas, person=person, candidates=1)[0]
    np.testing.assert_array_equal(candidate.layout.shape, person.shape)
    assert candidate.cast.keeps_face and candidate.cast["head"] is person
    assert not any(view is person for view in candidate.figure.lenders.values())
    assert candidate.sitter.attributes["age"] == 44 and candidate.sitter.template == "photograph.png"
    assert "unlike" in candidate.faults and "another" not in candidate.faults


@pytest.mark.weights
def test_progress_comes_to_its_end(found, calls):
    assert calls == sorted(calls) and calls[0] == (1, 4) and calls[-1] == (4, 4)


def test_the_score_is_the_sum_of_the_faults():
    assert Candidate(None, None, Cast({}), None, {"moved": 0.5, "known": 2}, "", 0.0, (1, 0, 1)).score == 2.5


def test_copies_come_last_whatever_else_speaks_for_them(found):
    copy = replace(found[0], faults={}, refused="The composition is a copy of a.png in drawing.")
    assert copy.score == 0 and sorted([copy, found[0]], key=lambda candidate: candidate.rank) == [found[0], copy]
