"""Figures: the same at two sizes; every texel that is one painting's shows that painting's very paint; hands and linen are not
dyed."""

from dataclasses import replace

import cv2
import numpy as np
import pytest

from data.colour import rgb_to_lab
from data.parts import Part
from models.view_key import ViewKey
from render.portrait.figure.build import build_figure
from render.portrait.figure.figure_layout import FigureLayout, Way
from render.portrait.figure.outline import draw_outline


@pytest.fixture(scope="module")
def layout(bodies, slanting):
    rng = np.random.default_rng(3)
    return FigureLayout(draw_outline(bodies, rng), (Way.draw(rng), Way.draw(rng)), Way.draw(rng), slanting)


@pytest.fixture(scope="module")
def built(bodies, layout, composed):
    return build_figure(bodies[0], bodies[3], layout, composed.frame)


def read(view, field):
    """The scan's colours at places of it, CIE Lab."""
    rgb = cv2.imread(view.path)[..., ::-1].astype(np.float32) / 255
    return rgb_to_lab(cv2.remap(rgb, field[..., 0], field[..., 1], cv2.INTER_LINEAR))


def broad(lab, where):
    share = cv2.GaussianBlur(where.astype(np.float32), (0, 0), 2)
    return cv2.GaussianBlur(lab * where[..., None], (0, 0), 2) / np.maximum(share, 1e-6)[..., None]


def test_both_lend_and_every_texel_is_one_paintings(built, bodies):
    whose = built.layer.provenance
    assert whose.lenders == tuple(ViewKey(body.view.name, False) for body in (bodies[0], bodies[3]))
    body = built.layer.valid
    assert 0.15 < (built.second & body).sum() / body.sum() < 0.85
    assert whose.known[body].mean() > 0.85 and not whose.known[~body].any()
    assert (whose.lender[built.second & whose.known] == 1).all() and (whose.lender[~built.second & whose.known] == 0).all()


def test_provenance_points_at_the_very_paint(built, bodies):
    """The first lender's clothes keep their tone: the scan at those places has the colours shown."""
    whose = built.layer.provenance
    own = whose.lender == 0
    there = read(bodies[0].view, whose.field)
    inner = cv2.erode(own.astype(np.uint8), np.ones((11, 11))) > 0
    assert inner.sum() > 2000
    gap = np.linalg.norm(broad(built.layer.lab, own) - broad(there, own), axis=-1)[inner]
    # Along the cut the broad forms of both are blended.
    assert np.median(gap) < 0.5 and np.quantile(gap, 0.9) < 3

    def fine(lab):
        return (lab[..., 0] - cv2.GaussianBlur(lab[..., 0], (0, 0), 4))[inner]

    assert np.corrcoef(fine(built.layer.lab), fine(there))[0, 1] > 0.8


def test_the_second_lenders_clothes_are_in_the_firsts_tone(built, bodies):
    whose, lab = built.layer.provenance, built.layer.lab
    theirs = (whose.lender == 1) & (built.layer.parts == Part.CLOTHING) & ~built.hands
    own = (whose.lender == 0) & (built.layer.parts == Part.CLOTHING) & ~built.hands
    as_painted = read(bodies[3].view, whose.field)[theirs].mean(0)
    wanted = lab[own].mean(0)
    assert np.linalg.norm(lab[theirs].mean(0) - wanted) < 0.7 * np.linalg.norm(as_painted - wanted)


def test_a_figure_is_the_same_at_two_sizes(built, bodies, layout, composed):
    small = build_figure(bodies[0], bodies[3], layout, composed.frame.scaled(120))
    size = small.layer.valid.shape[::-1]
    for name in ("second", "hands"):
        large = cv2.resize(getattr(built, name).astype(np.float32), size, interpolation=cv2.INTER_AREA) > 0.5
        assert (large != getattr(small, name)).mean() < 0.02
    valid = cv2.resize(built.layer.valid.astype(np.float32), size, interpolation=cv2.INTER_AREA) > 0.5
    assert (valid != small.layer.valid).mean() < 0.02
    inner = cv2.erode((valid & small.layer.valid).astype(np.uint8), np.ones((7, 7))) > 0
    lab = cv2.resize(built.layer.lab, size, interpolation=cv2.INTER_AREA)
    assert np.median(np.linalg.norm(lab - small.layer.lab, axis=-1)[inner]) < 3


def test_dye_changes_the_cloth_and_leaves_hands_alone(built, bodies, layout, composed):
    red = build_figure(bodies[0], bodies[3], replace(layout, dye=(35.0, 40.0, 25.0)), composed.frame)
    np.testing.assert_array_equal(red.layer.valid, built.layer.valid)
    moved = red.layer.lab - built.layer.lab
    hands = cv2.erode(built.hands.astype(np.uint8), np.ones((5, 5))) > 0
    off = cv2.dilate((built.hands | (built.layer.parts == Part.NECK)).astype(np.uint8), np.ones((15, 15))) > 0
    cloth = cv2.erode((built.layer.valid & ~off).astype(np.uint8), np.ones((9, 9))) > 0
    assert cloth.sum() > 500 and moved[cloth][:, 1].mean() > 5
    assert hands.sum() > 50 and np.abs(moved[hands]).max() < 1


def test_the_same_layout_gives_the_same_bytes(built, bodies, layout, composed):
    again = build_figure(bodies[0], bodies[3], layout, composed.frame)
    assert again.layer.lab.tobytes() == built.layer.lab.tobytes()
    np.testing.assert_array_equal(again.layer.provenance.field, built.layer.provenance.field)
