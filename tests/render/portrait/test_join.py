"""A joined head keeps its own paint, the body keeps its own, nothing of either's old ground is left; every texel is one
painting's or nobody's. Faults are found where a head floats or its skin is of another tone."""

from dataclasses import replace

import numpy as np
import pytest

from data.colour import rgb_to_lab
from data.errors import ShapeError
from data.parts import FACE_PARTS, Part
from models.view_key import ViewKey
from models.warping import warped
from render.portrait.join import bearded_below, join, without_head
from render.portrait.join_faults import join_fault
from render.portrait.layer import Layer
from render.portrait.provenance import NOBODY, Provenance

GROUND = np.float32([60, -20, 30])


@pytest.fixture(scope="module")
def parts_of_it(composed):
    landmarks = composed.layout.landmarks(composed.frame)
    head, lender = (warped(composed.cast[role], landmarks, composed.frame) for role in ("head", "body"))
    where = without_head(lender, landmarks, composed.frame.eye_distance_px)
    nobody = Provenance.nobody(where.shape)
    key = ViewKey(lender.view.name, bool(lender.view.mirrored))
    labels = np.where(where, np.where(lender.parts == Part.NECK, Part.NECK, Part.CLOTHING), Part.BACKGROUND)
    body = Layer(rgb_to_lab(lender.colour), labels.astype(np.uint8), where,
                 nobody.covered(where, key, lender.field))
    ground = Layer(np.tile(GROUND, (*where.shape, 1)), np.zeros(where.shape, np.uint8), np.ones(where.shape, bool), nobody)
    return head, body, ground, landmarks


@pytest.fixture(scope="module")
def joined(parts_of_it, composed):
    return join(*parts_of_it, composed.frame, fine=False)


def test_a_body_is_what_is_left_without_the_head(parts_of_it, composed):
    _, body, _, landmarks = parts_of_it
    assert not bearded_below(parts_of_it[0], landmarks, composed.frame.eye_distance_px).any()     # a shaven sitter
    assert not body.valid[:int(landmarks[30, 1])].any() and body.valid.mean() > 0.03


def test_head_body_and_ground_keep_their_paint(parts_of_it, joined):
    head, body, ground, _ = parts_of_it
    face = np.isin(head.parts, FACE_PARTS) & (joined.head > 0.999)
    assert face.sum() > 300
    assert np.abs(joined.layer.lab[face] - rgb_to_lab(head.colour)[face]).mean() < 1.0
    free = (joined.layer.parts == Part.BACKGROUND) & (joined.layer.provenance.lender == NOBODY)
    assert np.median(np.abs(joined.layer.lab[free] - GROUND)) < 0.5
    assert joined.layer.lab[..., :][joined.layer.parts == Part.CLOTHING].size


def test_provenance_names_one_painting_or_nobody(parts_of_it, joined, composed):
    head, _, _, _ = parts_of_it
    whose = joined.layer.provenance
    number = whose.lenders.index(ViewKey(head.view.name, bool(head.view.mirrored)))
    assert (whose.lender[joined.head > 0.99] == number)[head.valid[joined.head > 0.99]].all()
    # Soft edges count as the head's, as long as it shows at all.
    assert (whose.lender[(joined.head > 0.2) & head.valid] == number).all()
    assert (whose.lender[(joined.head < 0.02) & (joined.own_neck < 0.02)] != number).all()
    assert (whose.lender == NOBODY).any()
    np.testing.assert_array_equal(whose.field[whose.lender == number], head.field[whose.lender == number])


def test_the_same_head_is_joined_alike_twice(parts_of_it, joined, composed):
    again = join(*parts_of_it, composed.frame, fine=False)
    assert again.layer.lab.tobytes() == joined.layer.lab.tobytes()


def test_skin_of_another_tone_is_moved_and_told(parts_of_it, composed):
    tanned = join(*parts_of_it, composed.frame, skin_lab=np.array([55.0, 20.0, 35.0]), fine=False)
    assert np.abs(tanned.skin_shift_lab).max() > 1


def test_a_floating_head_and_a_green_neck_are_faults(parts_of_it, joined, composed):
    head, body, ground, landmarks = parts_of_it
    sound = join_fault(joined, landmarks, composed.frame)
    assert set(sound) == {"skin", "floating", "neck", "sharpness", "light", "gap"} and sound["floating"] < 0.5
    parts = joined.layer.parts.copy()
    parts[(joined.head < 0.5) & (np.arange(len(parts)) < landmarks[8, 1] + 20)[:, None]] = Part.BACKGROUND
    floating = replace(joined, layer=replace(joined.layer, parts=parts))
    assert join_fault(floating, landmarks, composed.frame)["floating"] > 2
    unknown = joined.layer.provenance.without(np.ones(parts.shape, bool))
    low = np.where(joined.layer.parts == Part.CLOTHING, Part.NECK, joined.layer.parts).astype(np.uint8)
    invented = replace(joined, layer=replace(joined.layer, parts=low, provenance=unknown))
    assert sound["gap"] < 1 < join_fault(invented, landmarks, composed.frame)["gap"]
    lit = join_fault(joined, landmarks, composed.frame, head_light=np.array([20.0, 0]), body_light=np.array([-20.0, 0]))
    assert lit["light"] > 2
    lab = joined.layer.lab.copy()
    lab[joined.layer.parts == Part.NECK] -= np.float32([0, 22, 0])
    assert join_fault(replace(joined, layer=replace(joined.layer, lab=lab)), landmarks, composed.frame)["skin"] > sound["skin"]


def test_a_layer_is_of_one_size(joined):
    with pytest.raises(ShapeError):
        replace(joined.layer, valid=joined.layer.valid[:-1])
