"""Painting: paint of the guide stays where it is known whose it is; elsewhere the drawing of the guide comes back, the strokes
stay, plain passages stay plain, and who lends the head does not lend the skin of the face."""

from dataclasses import replace

import cv2
import numpy as np
import pytest

from data.colour import rgb_to_lab
from data.parts import Part
from models.warping import Warped, warped
from render.portrait.guide import compose_guide
from render.portrait.liveliness import energies
from render.portrait.painting import _lendable, _sharp_enough, drawn, guide_channels, paint


def shifted(picture, by):
    return np.roll(picture, by, 1)


def test_a_painting_gets_the_guides_drawing_and_keeps_its_strokes(composed):
    guide, frame = composed.guide, composed.frame
    rng = np.random.default_rng(0)
    stroke = cv2.GaussianBlur(rng.standard_normal(guide.parts.shape), (0, 0), 1.0)[..., None] * 0.1
    painted = np.clip(shifted(guide.colour, 3) + stroke, 0, 1).astype(np.float32)
    better = drawn(painted, guide, frame)
    face = guide.parts == Part.FACE

    def broad(picture):
        return cv2.GaussianBlur(picture, (0, 0), 0.05 * frame.eye_distance_px)

    before, after = (np.abs(broad(each) - broad(guide.colour))[face].mean() for each in (painted, better))
    assert after < 0.5 * before
    ground = np.s_[:30, :60]
    fine = [each - cv2.GaussianBlur(each, (0, 0), 1.5) for each in (better, painted)]
    assert np.corrcoef(fine[0][ground].ravel(), fine[1][ground].ravel())[0, 1] > 0.99


def test_the_guide_itself_is_left_as_it_is(composed):
    np.testing.assert_allclose(drawn(composed.guide.colour, composed.guide, composed.frame), composed.guide.colour, atol=1e-6)


def test_a_colour_does_not_shine_over_the_border_of_its_part(composed):
    """What is wrong in the clothes is no reason to change the ground."""
    guide = composed.guide
    painted = guide.colour.copy()
    cloth = guide.parts == Part.CLOTHING
    painted[cloth] = np.clip(painted[cloth] + 0.3, 0, 1)
    changed = np.abs(drawn(painted, guide, composed.frame) - painted).max(-1)
    far = cv2.dilate(cloth.astype(np.uint8), np.ones((9, 9))) == 0
    assert changed[cloth].mean() > 0.1 and changed[far & (guide.parts == Part.BACKGROUND)].max() < 0.03


def test_channels_are_bytes_of_lab():
    grey = np.full((50, 40, 3), 0.5, np.float32)
    channels = guide_channels(grey, 5.0)
    assert channels.shape == (50, 40, 4) and channels.dtype == np.uint8
    assert np.ptp(channels.reshape(-1, 4), axis=0).max() == 0
    np.testing.assert_array_equal(channels[0, 0], [136, 128, 128, 136])


def test_the_lender_of_the_head_holds_back_the_skin_of_the_face(composed):
    guide, valid = composed.guide, np.ones(composed.guide.parts.shape, bool)
    bare = np.zeros_like(valid)
    bare[20:30] = True

    def lendable(role):
        return _lendable(Warped(composed.cast[role], guide.colour, guide.parts, valid, None), guide, bare)

    assert not lendable("head")[20:30].any() and lendable("head")[:20].all()
    assert lendable("body").all() and lendable("eyes").all()


@pytest.fixture(scope="module")
def small(composed):
    """A small frame, and its guide with ground that nobody painted above."""
    frame = composed.frame.scaled(120)
    guide = compose_guide(composed.views, composed.layout, composed.figure, composed.cast, frame, np.random.default_rng(9))
    drawn_ground = (guide.parts == Part.BACKGROUND) & (np.arange(guide.parts.shape[1]) < 60)
    colour = np.where(drawn_ground[..., None], guide.colour[drawn_ground].mean(0), guide.colour).astype(np.float32)
    return frame, replace(guide, colour=colour, provenance=guide.provenance.without(drawn_ground))


@pytest.mark.parametrize("engine", ["patch", "quilting"])
def test_a_painting_keeps_the_guides_paint_and_says_whose_it_is(composed, small, engine):
    frame, guide = small
    painting = paint(guide, composed.views, frame, engine=engine, exemplars=8)
    known, source = guide.provenance.known, painting.synthesis.source
    layers = guide.provenance.lenders
    assert painting.keys[:len(layers)] == layers and len(painting.keys) == len(layers) + 8
    assert painting.names[len(layers):][:7] == [view.name for view in composed.cast.values()]
    assert sum(painting.shares) == pytest.approx(1) and painting.synthesis.shares.shape == (len(painting.keys),)
    # Kept paint: of its lender, from its place in the scan, in the guide's colours.
    assert 0.1 < known.mean() < 0.95
    np.testing.assert_array_equal(source[known][:, 0], guide.provenance.lender[known])
    places = np.stack([painting.exemplars[k].field[y, x] for k, y, x in source[known]])
    np.testing.assert_array_equal(places, guide.provenance.field[known])
    deep = cv2.erode(known.astype(np.uint8), np.ones((11, 11))) > 0
    np.testing.assert_allclose(painting.synthesis.colour[deep], guide.colour[deep], atol=1e-4)
    assert np.abs(painting.synthesis.colour - guide.colour).mean() < 0.05


def test_what_nobody_painted_is_as_calm_as_plain_ground(composed, small):
    frame, guide = small
    colour = paint(guide, composed.views, frame, exemplars=6).synthesis.colour
    ground = cv2.erode(((guide.parts == Part.BACKGROUND) & ~guide.provenance.known).astype(np.uint8), np.ones((9, 9))) > 0
    found = energies(rgb_to_lab(colour)[..., 0], frame.eye_distance_px)[..., 0]
    assert ground.sum() > 300
    seen = [warped(view, guide.landmarks, frame) for view in composed.views[:4]]
    plain = [cv2.erode(((each.parts == Part.BACKGROUND) & each.valid).astype(np.uint8), np.ones((9, 9))) > 0 for each in seen]
    usual = [np.median(energies(rgb_to_lab(each.colour)[..., 0], frame.eye_distance_px)[..., 0][where])
             for each, where in zip(seen, plain, strict=True) if where.any()]
    assert 0.4 < np.median(found[ground]) / np.median(usual) < 1.6


def test_the_drawing_leaves_the_guides_own_paint_alone(composed):
    guide, known = composed.guide, np.zeros(composed.guide.parts.shape, bool)
    known[:, :120] = True
    painted = np.where(known[..., None], guide.colour, np.clip(guide.colour + 0.1, 0, 1)).astype(np.float32)
    better = drawn(painted, guide, composed.frame, known)
    np.testing.assert_array_equal(better[known], painted[known])
    assert np.abs(better - guide.colour)[:, 160:].mean() < 0.05


def test_bare_canvas_is_shown_of_scans_that_are_sharp_enough():
    def seen(scale):
        columns = np.indices((6, 8), np.float32)[1] * scale
        return Warped(None, None, None, None, np.dstack([columns, columns]))

    assert _sharp_enough([seen(0.4), seen(0.7), seen(2.0)]) == [False, True, True]
    assert _sharp_enough([seen(0.25), seen(0.5)]) == [False, True]
