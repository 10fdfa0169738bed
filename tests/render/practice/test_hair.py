"""Claims: every cut marks hair around the head and leaves the face free, longer cuts reach further down, hair behind the
head is darker than in front, age greys, and all masses of one head come from its own seed."""

from collections import Counter
from dataclasses import replace

import numpy as np
import pytest

from data.parts import Part
from render.practice.hair import HAIR_CUTS, Mass, choose_hair, paint_hair
from tests.render.practice.sitters import extent, laid


def worn(name, sex="female"):
    """A head of hair of the cut `name`."""
    style = choose_hair(np.random.default_rng(1), sex, 30)
    return replace(style, name=name, cut=HAIR_CUTS[name], volume=HAIR_CUTS[name].volume)


def hair(style, mass, **how):
    return laid(lambda canvas, _, anatomy: paint_hair(canvas, anatomy, style, mass), **how)


@pytest.mark.parametrize("name", HAIR_CUTS)
def test_a_cut_frames_the_face_and_leaves_it_free(name):
    canvas, anatomy = hair(worn(name), Mass.FRONT, on=Part.FACE)
    where = canvas.parts == Part.HAIR
    left, top, right, _ = extent(canvas, where)
    assert top < anatomy.points[17:27, 1].min() and left < anatomy.skull[0] < right
    for landmark in (8, 27, 30, 36, 45, 57):  # chin, nose, eyes, mouth
        column, row = np.round(anatomy.points[landmark] * canvas.unit + canvas.centre).astype(int)
        assert not where[row, column]
    assert (canvas.certainty[where] > 0).all()


def test_longer_cuts_reach_further_down():
    lowest = {name: extent(canvas, canvas.parts == Part.HAIR)[3]
              for name in HAIR_CUTS for canvas, _ in [hair(worn(name), Mass.BEHIND)]}
    assert lowest["short"] < lowest["bob"] < lowest["loose"]


def test_only_long_hair_has_tresses_and_only_short_hair_shows_ears():
    assert [name for name in HAIR_CUTS if worn(name).over_shoulders] == ["loose"]
    assert [name for name in HAIR_CUTS if worn(name).shows_ears] == ["drawn back", "short", "bald"]
    canvas, anatomy = hair(worn("loose"), Mass.TRESSES)
    where = canvas.parts == Part.HAIR
    beside = np.abs(canvas.x - anatomy.neck_x)[where & (canvas.y > anatomy.chin_y)]
    assert len(beside) and beside.min() > 0.5  # the neck stays bare


def test_hair_behind_the_head_is_darker():
    behind, front = (hair(worn("loose"), mass)[0] for mass in (Mass.BEHIND, Mass.FRONT))
    both = (behind.parts == Part.HAIR) & (front.parts == Part.HAIR)
    assert behind.colour[both].mean() < front.colour[both].mean() - 0.01


def test_hair_depends_on_its_seed_alone():
    style = worn("curled")
    first, second = (hair(style, Mass.FRONT, seed=seed)[0] for seed in (0, 1))
    other, _ = hair(replace(style, seed=style.seed + 1), Mass.FRONT)
    assert (first.colour == second.colour).all() and (first.colour != other.colour).any()


def test_age_greys_and_men_alone_go_bald():
    rng = np.random.default_rng(0)
    tones = [Counter(choose_hair(rng, "male", age).tone for _ in range(300)) for age in (30, 70)]
    assert tones[0]["grey"] == 0 and tones[1]["grey"] > 60
    cuts = {(sex, age): {choose_hair(rng, sex, age).name for _ in range(300)} for sex in ("male", "female") for age in (30, 70)}
    assert {who for who, names in cuts.items() if "bald" in names} == {("male", 70)}
    assert set().union(*cuts.values()) == set(HAIR_CUTS)
