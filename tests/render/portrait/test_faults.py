"""The judge sees a face that moved, one that is missing and one that is known; what counts as a fault, counts as much as it
says."""

from dataclasses import replace

import numpy as np
import pytest

from features.face.embedding import face_embedding
from features.picture import find_face_at
from render.portrait.faults import familiarity_limit, is_faultless, judge_face


@pytest.fixture(scope="module")
def photograph():
    """The astronaut of scikit-image, and where her face is."""
    data = pytest.importorskip("skimage.data")
    rgb = data.astronaut().astype(np.float32) / 255
    where = find_face_at(rgb, np.full((68, 2), [225.0, 120.0]) + np.linspace(-50, 50, 68)[:, None])
    return rgb, where


@pytest.mark.weights
def test_a_face_that_is_where_it_was_meant_and_one_that_moved(photograph, drawn_bank):
    rgb, where = photograph
    there = judge_face(rgb, where, drawn_bank).faults
    assert there["unseen"] == 0 and there["moved"] < 0.6
    assert judge_face(rgb, where + [12.0, 0.0], drawn_bank).faults["moved"] > there["moved"] + 4


@pytest.mark.weights
def test_a_face_that_is_missing(photograph, drawn_bank):
    rgb, where = photograph
    nothing = judge_face(np.zeros_like(rgb), where, drawn_bank)
    assert nothing.faults["unseen"] == 3 and nothing.faults["moved"] == 4
    assert nothing.landmarks_xy is where


@pytest.mark.weights
def test_a_painted_sitter_is_known_again(photograph, drawn_bank):
    rgb, where = photograph
    mine = replace(drawn_bank.views[3], embedding=face_embedding(rgb, where))
    bank = replace(drawn_bank, views=(*drawn_bank.views[:3], mine, *drawn_bank.views[4:]))
    found = judge_face(rgb, where, bank)
    assert found.nearest == mine.name and found.distance < 0.05
    assert found.faults["known"] == pytest.approx(80 * (familiarity_limit(bank) - found.distance))
    stranger = judge_face(rgb, where, drawn_bank)
    assert stranger.distance > 0.3 and stranger.faults["known"] < found.faults["known"]


@pytest.mark.weights
def test_a_person_is_judged_by_the_photograph(photograph, drawn_bank):
    rgb, where = photograph
    person = replace(drawn_bank.views[0], embedding=face_embedding(rgb, where))
    found = judge_face(rgb, where, drawn_bank, person=person)
    assert found.distance < 0.05 and found.nearest == person.name
    assert found.faults["unlike"] == pytest.approx(10 * found.distance) and found.faults["known"] == 0


def test_the_limit_is_how_alike_the_masters_sitters_usually_are(drawn_bank):
    # Every drawn sitter lies 0.4 along an axis of their own.
    assert familiarity_limit(drawn_bank) == pytest.approx(0.4 * 2 ** 0.5)


@pytest.mark.parametrize(("faults", "fine"), [
    ({"unseen": 0.0, "moved": 2.4, "known": 0.9}, True), ({"unseen": 3.0, "moved": 0.0}, False),
    ({"unseen": 0.0, "moved": 2.6}, False), ({"unseen": 0.0, "moved": 0.0, "known": 1.0}, False),
    ({"unseen": 0.0, "moved": 0.0, "another": 1.5}, False),
    ({"unseen": 0.0, "moved": 0.0, "step": 9.0, "garment": 2.0}, True)])
def test_faultless_means_seen_in_place_new_and_as_asked(faults, fine):
    assert is_faultless(faults) is fine
