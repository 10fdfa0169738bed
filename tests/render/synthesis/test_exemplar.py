"""Claim: exemplars and targets of the wrong kind are refused in words that say what was expected and what came."""

from dataclasses import replace

import numpy as np
import pytest

from data.errors import ShapeError
from render.synthesis.exemplar import Exemplar, SynthesisSettings, check_inputs, name_groups

SIDE = 24


def drawn(name="", **other):
    parts = {"colour": np.zeros((SIDE, SIDE, 3), np.uint16), "guide": np.zeros((SIDE, SIDE, 2), np.uint8),
             "labels": np.zeros((SIDE, SIDE), np.uint8), "valid": np.ones((SIDE, SIDE), bool), "name": name}
    return Exemplar(**{**parts, **other})


def check(*, guide=None, labels=None, exemplars=None, settings=None, weights=None, start=None):
    one = drawn()
    check_inputs(one.guide if guide is None else guide, one.labels if labels is None else labels,
                 [one] if exemplars is None else exemplars, settings or SynthesisSettings(), weights, start)


@pytest.mark.parametrize("other, words", [
    ({"colour": np.zeros((SIDE, SIDE, 3))}, "uint16 or float32"), ({"colour": np.zeros((SIDE, SIDE), np.uint16)}, "colour"),
    ({"guide": np.zeros((SIDE, SIDE), np.uint8)}, "guide must be"), ({"guide": np.zeros((SIDE, SIDE, 2))}, "guide must be"),
    ({"valid": np.ones((SIDE, SIDE), np.uint8)}, "valid bool"), ({"valid": np.ones((SIDE, 9), bool)}, "valid bool"),
    ({"labels": np.zeros((SIDE, SIDE), int)}, "labels must be uint8")])
def test_an_exemplar_of_the_wrong_kind_is_refused(other, words):
    with pytest.raises(ShapeError, match=words):
        drawn(**other)


def test_both_kinds_of_colour_are_taken():
    assert drawn().colour.dtype == np.uint16
    assert drawn(colour=np.zeros((SIDE, SIDE, 3), np.float32)).colour.dtype == np.float32


@pytest.mark.parametrize("other, words", [
    ({"guide": np.zeros((SIDE, SIDE, 2))}, "guide must be"), ({"labels": np.zeros((SIDE, SIDE), int)}, "labels uint8"),
    ({"exemplars": []}, "at least one exemplar"), ({"guide": np.zeros((SIDE, SIDE, 3), np.uint8)}, "exemplar 0 has a guide"),
    ({"exemplars": [drawn(valid=np.zeros((SIDE, SIDE), bool))]}, "no exemplar has a valid texel"),
    ({"settings": SynthesisSettings(patch_px=4)}, "patch_px must be odd"), ({"settings": SynthesisSettings(patch_px=17)}, "15"),
    ({"settings": SynthesisSettings(patch_px=7)}, "at least 28 texels"), ({"weights": np.ones((3, 3))}, "guide_weight_map"),
    ({"start": np.ones((SIDE, SIDE))}, "start must be")])
def test_what_does_not_fit_together_is_refused(other, words):
    check()
    with pytest.raises(ShapeError, match=words):
        check(**other)


def test_exemplars_of_one_name_are_one_group():
    names = ("a", "", "b", "a", "", "b")
    np.testing.assert_array_equal(name_groups([drawn(name) for name in names]), [0, 1, 2, 0, 4, 2])


def test_settings_cannot_be_changed_in_place():
    with pytest.raises(AttributeError):
        SynthesisSettings().seed = 1
    assert replace(SynthesisSettings(), seed=1).seed == 1
