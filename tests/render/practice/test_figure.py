"""Claims: a figure's words are the ones the prior drew, what it wears it shows, its canvas is a picture from edge to edge, and
the same generator gives the same figure."""

from functools import cache

import numpy as np
import pytest

from data.parts import FACE_PARTS, Part
from models.portrait_prior import PortraitPrior
from render.practice.costume import GARMENTS
from render.practice.figure import compose_figure
from render.practice.hair import HAIR_COLOURS, HAIR_CUTS
from render.practice.hats import HAT_KINDS
from render.practice.surroundings import BACKGROUNDS
from tests.render.practice.sitters import FRAME, LAYERS

WISHES = ({"sex": "female", "headwear": "none", "facial_hair": "none"},
          {"sex": "female", "headwear": "hat", "facial_hair": "none"},
          {"sex": "male", "headwear": "hat", "facial_hair": "beard"},
          {"sex": "male", "headwear": "none", "facial_hair": "moustache"})


def figure(seed, wish):
    rng = np.random.default_rng(seed)
    return compose_figure(PortraitPrior.load().sample(rng, frame=FRAME, **wish), rng)


@cache
def figures():
    """(wish, figure) for a few sitters of every kind."""
    return [(wish, figure(seed, wish)) for wish in WISHES for seed in range(3)]


def test_a_figure_keeps_its_words():
    for wish, one in figures():
        words = one.attributes
        assert {key: words[key] for key in wish} == wish
        assert words["hat"] in (HAT_KINDS if wish["headwear"] == "hat" else ("none",))
        assert words["collar"] in ("none", "white")
        assert words["hair"] in HAIR_CUTS and words["background"] in BACKGROUNDS
        assert words["hair_tone"] in {colour.tone for colour in HAIR_COLOURS.values()}
        assert words["background_tone"] in ("dark", "mid", "light") and words["clothing_tone"] in ("dark", "mid", "light")
        assert words["light_from"] in ("left", "right", "front")
        assert words["garment"] in GARMENTS and words["sleeves"] in GARMENTS[words["garment"]].sleeves
        assert words["format"] == "half-length" and isinstance(words["ledge"], bool)


def test_a_figure_tells_where_its_hands_are():
    shown = 0
    for _, one in figures():
        words, hands = one.attributes, one.hand_joints_px()
        assert words["hands"] == ("none", "one", "two")[len(hands)]
        assert words["gestures"] == sorted(hand["gesture"] for hand in hands)
        assert words["held"] == sorted(hand["held"] for hand in hands if hand["held"])
        for hand in hands:
            shown += 1
            columns, rows = np.round(hand["joints"][[2, 3]].T).astype(int)      # the thumb lies before all else
            assert (one.canvas.parts[rows, columns] == Part.NECK).all()
    assert shown >= 3


def test_a_figure_shows_all_its_parts():
    for _, one in figures():
        canvas = one.canvas
        shown = {Part.BACKGROUND, Part.CLOTHING, Part.HAIR, Part.NECK, *FACE_PARTS} - {Part.BROWS}  # hair may hide brows
        assert set(np.unique(canvas.parts)) >= shown
        assert canvas.parts.shape == canvas.colour.shape[:2] == FRAME.size_px[::-1]
        assert np.isfinite(canvas.colour).all() and canvas.colour.min() > 0 and canvas.colour.max() <= 1.05
        assert 0 <= canvas.detail.min() and canvas.detail.max() <= 1


def test_fine_brushes_follow_the_outlines():
    for _, one in figures():
        parts, detail = one.canvas.parts, one.canvas.detail
        outline = parts[:, 1:] != parts[:, :-1]
        assert detail[:, 1:][outline].mean() > detail.mean() + 0.1


@pytest.mark.parametrize("wish", WISHES[1:3])
def test_the_same_generator_gives_the_same_figure(wish):
    one, again, other = figure(5, wish), figure(5, wish), figure(6, wish)
    for layer in LAYERS:
        assert getattr(one.canvas, layer).tobytes() == getattr(again.canvas, layer).tobytes()
    assert one.attributes == again.attributes
    assert (one.canvas.colour != other.canvas.colour).any()
