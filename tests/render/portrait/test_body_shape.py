"""Each measure of a body's shape costs for what it is about, and not for a clean drawn body."""

import numpy as np

from data.landmarks import CHIN, JAW
from render.portrait.body_shape import (
    afloat,
    broad,
    collar_scrap,
    crooked,
    cut_hands,
    lone_hands,
    pieces,
    ragged,
    scrap,
)

EYE_PX, HEIGHT, WIDTH = 40.0, 320, 256
YY, XX = np.mgrid[:HEIGHT, :WIDTH].astype(np.float32)
BODY = (YY > 150) & (np.abs(XX - 128) < 30 + 0.9 * (YY - 150))
LEFT, RIGHT = BODY & (XX < 128), BODY & (XX >= 128)
HAIR = (np.abs(XX - 128) < 45) & (YY > 40) & (YY < 145)


def disc(x, y, radius):
    return (XX - x) ** 2 + (YY - y) ** 2 < radius ** 2


def landmarks(turned=False):
    points, across = np.zeros((68, 2)), np.linspace(-1, 1, 17)
    points[JAW] = np.stack([128 + 30 * across, 100 + 35 * (1 - across ** 2)], 1)
    points[CHIN], points[27] = [128, 135], [128, 92]
    points[30], points[33] = [106 if turned else 128, 110], [128, 114]
    return points


def test_a_missing_shoulder_is_crooked():
    assert crooked(BODY, landmarks()[CHIN], EYE_PX) == 0
    assert crooked(BODY & (XX > 100), landmarks()[CHIN], EYE_PX) > 1


def test_a_body_like_an_egg_stands_afloat():
    assert afloat(BODY, EYE_PX) == 0
    assert afloat(disc(128, 260, 110) & (np.abs(XX - 128) < 80), EYE_PX) > 1
    assert afloat(BODY & (XX > 60), EYE_PX) == 0        # an arm leaves the picture on one side
    assert afloat(np.zeros_like(BODY), EYE_PX) == 0


def test_spikes_of_the_outline_are_ragged():
    spikes = BODY & ~((YY % 16 < 4) & (np.abs(XX - 128) > 5 + 0.9 * (YY - 150)))
    assert ragged(spikes, EYE_PX) > ragged(BODY, EYE_PX) + 0.5


def test_a_hand_needs_a_sleeve_of_its_own_lender():
    hand = disc(90, 260, 15)
    assert lone_hands([hand], RIGHT, BODY, EYE_PX) == 0
    assert lone_hands([hand], hand, BODY, EYE_PX) > 0.9


def test_a_cut_along_a_hand_is_seen():
    assert cut_hands([disc(90, 260, 15)], RIGHT, BODY) == 0
    assert cut_hands([disc(128, 260, 15) & LEFT], RIGHT, BODY) > 0.2


def test_something_beside_the_far_cheek_of_a_turned_face_is_a_scrap():
    ground = np.full((HEIGHT, WIDTH, 3), 30, np.float32)
    picture = ground.copy()
    assert scrap(picture, ground, BODY, landmarks(turned=True), EYE_PX) == 0
    picture[disc(75, 115, 12)] = 5
    assert scrap(picture, ground, BODY, landmarks(turned=True), EYE_PX) > 0.5
    assert scrap(picture, ground, BODY, landmarks(turned=False), EYE_PX) == 0


def test_linen_beside_the_jaw_is_a_scrap_of_a_collar():
    lightness = np.full((HEIGHT, WIDTH), 15, np.float32)
    assert collar_scrap(lightness, HAIR, landmarks(), EYE_PX) == 0
    lightness[disc(166, 125, 6)] = 70
    assert collar_scrap(lightness, HAIR, landmarks(), EYE_PX) > 0.3
    assert collar_scrap(lightness + 45, HAIR, landmarks(), EYE_PX) > 0.3
    assert collar_scrap(np.full_like(lightness, 70), HAIR, landmarks(), EYE_PX) == 0    # white hair is no linen


def test_pieces_are_told_apart_and_small_ones_left_out():
    found = pieces(disc(50, 50, 10) | disc(100, 100, 12) | disc(200, 200, 2), 50)
    assert len(found) == 2 and all(piece.sum() > 200 for piece in found)


def test_shoulders_may_be_too_broad_for_a_head():
    chin = landmarks()[CHIN]
    assert broad(BODY & (np.abs(XX - 128) < 90), chin, EYE_PX) == 0
    assert broad(np.ones_like(BODY), chin, EYE_PX) > 0.5
