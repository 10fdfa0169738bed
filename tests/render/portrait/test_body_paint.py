"""Each measure of a body's paint costs for what it is about, and not for a clean drawn body."""

import numpy as np
import pytest

from models.view_key import ViewKey
from render.portrait.body_paint import cut_neck, empty, fading, patched, stretched, two_tones
from render.portrait.provenance import Provenance

EYE_PX, HEIGHT, WIDTH = 40.0, 320, 256
YY, XX = np.mgrid[:HEIGHT, :WIDTH].astype(np.float32)
BODY = (YY > 150) & (np.abs(XX - 128) < np.minimum(30 + 0.9 * (YY - 150), 110))
FOLDS = (30 + 8 * np.sin(XX / 9 + YY / 25)).astype(np.float32)
LEFT, RIGHT = BODY & (XX < 128), BODY & (XX >= 128)


def lab(lightness, ground=55.0):
    return np.dstack([np.where(BODY, lightness, ground), np.full_like(FOLDS, 4), np.full_like(FOLDS, 8)]).astype(np.float32)


def carried(x, y):
    return Provenance.nobody(BODY.shape).covered(BODY, ViewKey("one", False), np.dstack([x, y]).astype(np.float32))


def test_an_outline_that_cannot_be_told_from_the_ground_fades():
    assert fading(lab(FOLDS), BODY, ~BODY, EYE_PX) == 0
    assert fading(lab(30 + 0.2 * (FOLDS - 30), ground=30.0), BODY, ~BODY, EYE_PX) > 0.5


def test_a_step_of_tone_along_the_cut_is_a_patch():
    assert patched(lab(FOLDS), RIGHT, LEFT, EYE_PX) < 0.1
    assert patched(lab(FOLDS + 20 * LEFT), RIGHT, LEFT, EYE_PX) > 2


def test_a_coat_of_two_halves_has_two_tones():
    red = lab(FOLDS) + (LEFT[..., None] * np.array([0, 20, 0], np.float32))
    assert two_tones(lab(FOLDS), RIGHT, LEFT, EYE_PX) == 0
    assert two_tones(red, RIGHT, LEFT, EYE_PX) > 1.5
    assert two_tones(red, RIGHT & (XX > 245), LEFT, EYE_PX) == 0     # a second part so small is a trimming


def test_light_cloth_without_folds_is_empty_and_dark_cloth_may_be():
    assert empty(lab(FOLDS)[..., 0], BODY, EYE_PX) == 0
    assert empty(np.where(BODY, 30, 55).astype(np.float32), BODY, EYE_PX) > 1
    assert empty(np.where(BODY, 6, 55).astype(np.float32), BODY, EYE_PX) == 0


def test_a_cut_goes_through_the_bosom():
    bosom = (np.abs(XX - 128) < 40) & (YY > 150) & (YY < 200)
    assert cut_neck(bosom, RIGHT, LEFT, EYE_PX) == pytest.approx(50 / EYE_PX, abs=0.3)
    assert cut_neck(bosom & RIGHT, RIGHT, LEFT, EYE_PX) == 0


def test_paint_drawn_out_or_folded_over_is_stretched_where_it_is_seen():
    plain, lightness = np.full_like(FOLDS, 10), lab(FOLDS)[..., 0]
    assert stretched(carried(XX * 2, YY * 2), lightness, BODY, EYE_PX) == 0
    assert stretched(carried(XX * 2, YY * 8), lightness, BODY, EYE_PX) > 3
    assert stretched(carried(XX * 2, YY * 8), plain, BODY, EYE_PX) < 0.01
    wound = np.abs((YY % 40) - 20)
    assert stretched(carried(XX, wound), lightness, BODY, EYE_PX) > 2


def test_a_body_that_shows_nothing_has_no_faults():
    none = np.zeros_like(BODY)
    assert fading(lab(FOLDS), none, ~none, EYE_PX) == patched(lab(FOLDS), none, none, EYE_PX) == 0
    assert empty(FOLDS, none, EYE_PX) == stretched(Provenance.nobody(BODY.shape), FOLDS, none, EYE_PX) == 0
