"""By place alone each part of a sitter is likeliest where it is on people, and a beard goes with the face."""

import numpy as np
import pytest

from features.face.outline import face_outline
from features.face.upright import to_upright, upright_places
from features.sitter.coarse_parts import filled
from features.sitter.place_prior import BACKGROUND, CLOTHING, FACE, HAIR, LAYERS, NECK, FacePlaces, place_prior
from tests.drawn import drawn_face


@pytest.fixture(scope="module")
def places():
    """A drawn face in the upper half of a picture, 20 px from eyes to mouth."""
    points = drawn_face(np.random.default_rng(1), 0.0)
    upright, frame = to_upright(points)
    points = 20 * upright + [100, 90]
    _, frame = to_upright(points)
    shape = (260, 200)
    return FacePlaces.of(*upright_places(shape, frame), filled(shape, face_outline(points)), upright)


def likeliest(places, x, y, bearded=False):
    """The likeliest part at a place of the face's own frame."""
    row, column = np.unravel_index(np.argmin((places.x - x) ** 2 + (places.y - y) ** 2), places.x.shape)
    return int(place_prior(places, bearded)[:, row, column].argmax())


def test_every_part_is_likeliest_where_it_is(places):
    assert likeliest(places, places.middle, 0.3) == FACE
    assert likeliest(places, places.middle, places.brow - 1.0) == HAIR
    assert likeliest(places, places.middle, places.chin + 0.35) == NECK
    assert likeliest(places, places.middle + 1.5, places.chin + 2.5) == CLOTHING
    assert likeliest(places, places.middle + 4.0, 0.0) == BACKGROUND


def test_both_sides_are_alike(places):
    prior = place_prior(places, False)
    column = int(np.argmin(np.abs(places.x[0] - places.middle)))
    left, right = prior[:, :, column - 60:column - 5], prior[:, :, column + 6:column + 61][:, :, ::-1]
    assert np.corrcoef(left.ravel(), right.ravel())[0, 1] > 0.97


def test_a_beard_makes_the_chin_likelier_face_and_changes_nothing_else(places):
    shaven, bearded = place_prior(places, False), place_prior(places, True)
    changed = shaven != bearded
    assert changed[FACE].any() and not changed[[layer for layer in LAYERS if layer != FACE]].any()
    assert (places.aside[changed[FACE]] < places.half).all() and (places.y[changed[FACE]] > places.chin - 0.31).all()
    assert (bearded[FACE][changed[FACE]] > shaven[FACE][changed[FACE]]).all()


def test_scores_are_single_precision(places):
    assert place_prior(places, True).dtype == np.float32 and all(each.dtype == np.float32 for each in places[:4])
