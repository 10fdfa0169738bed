"""A picture is made ready once for a shot: faces and parts are its own, what was chosen and learned is kept."""

from dataclasses import replace

import numpy as np

from data.parts import Part
from render.restyle.lenders import Lender, Master
from render.restyle.preparing import prepare
from tests.render.restyle.drawn_lenders import QUICK

PATCH = replace(QUICK, engine="patch")


def test_parts_are_told_apart_where_both_picture_and_works_show_faces(photo, lenders):
    masters = [Master(tuple(lenders))]
    scene = prepare(photo[0], masters, PATCH, faces=[photo[1]])
    assert scene.parts_known and scene.eye_distance_px > 10
    assert np.isin([Part.FACE, Part.EYES, Part.CLOTHING], scene.labels).all()
    assert len(scene.masters[0].most_similar) == 3
    faceless = prepare(photo[0], masters, PATCH, faces=[])
    assert not faceless.parts_known and not faceless.labels.any() and faceless.eye_distance_px is None
    unknown = prepare(photo[0], [Master((Lender(lenders[0].path, "faceless", 400, 500),))], PATCH, faces=[photo[1]])
    assert not unknown.parts_known and unknown.parts.any() and not unknown.labels.any()


def test_a_scene_of_the_same_shot_keeps_what_was_learned(photo, lenders):
    first = prepare(photo[0], [Master(tuple(lenders))], QUICK, faces=[photo[1]])
    moved = np.roll(photo[0], 3, 1)
    later = prepare(moved, [Master(tuple(lenders))], QUICK, faces=[photo[1] + [3, 0]], like=first)
    assert later.targets is first.targets and later.masters is first.masters and np.array_equal(later.rgb, moved)
    assert not np.array_equal(later.parts, first.parts)
    without = prepare(moved, [Master(tuple(lenders))], QUICK, faces=[], like=first)
    assert without.targets is not first.targets  # another kind of picture
