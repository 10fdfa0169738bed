"""Paint is lent by those most like the sitter, or nearest in colour, and works appear as large as their faces say."""

from dataclasses import replace

import cv2
import numpy as np
import pytest

from data.estimate import Estimate
from data.landmarks import outer_eye_distance
from render.restyle.choosing import MOST_WORKS, most_similar, nearest_in_colour, scaled_lenders
from render.restyle.lenders import Lender
from tests.drawn import drawn_face


def test_paint_is_laid_by_lenders_like_the_sitter(photo, lenders):
    def with_beard(lender, value):
        return replace(lender, name=value, attributes={"facial_hair": Estimate(value, 0.9, "model")})

    bearded = [with_beard(lender, "beard") for lender in lenders]
    bare = [with_beard(lender, "none") for lender in lenders]
    for wanted in ("beard", "none"):
        chosen = most_similar(bearded + bare, photo[1], {"facial_hair": Estimate(wanted, 0.9, "model")})
        assert [lender.name for lender in chosen[:3]] == [wanted] * 3
    # Nothing is known of the sitter: the way they sit decides alone.
    turned = replace(lenders[0], landmarks_xy=drawn_face(np.random.default_rng(1), 0.9))
    assert most_similar([turned, lenders[1]], photo[1], {})[0] is lenders[1]


def test_faces_decide_how_large_works_appear_where_the_canvas_has_one(lenders):
    faceless = Lender("none.png", "none", 800, 600)
    found = list(scaled_lenders([faceless, *lenders], (120, 96), 30.0, 2))
    assert [each.lender for each in found] == lenders[:2] and all(each.by_face for each in found)
    assert found[0].scale * outer_eye_distance(lenders[0].landmarks_xy) == pytest.approx(30)


def test_without_a_face_whole_works_appear_as_large_as_the_canvas(lenders):
    faceless = Lender("none.png", "none", 800, 600)
    found = list(scaled_lenders([faceless, *lenders], (120, 96), None, 9))
    assert [each.lender for each in found] == [faceless, *lenders] and not any(each.by_face for each in found)
    assert [each.scale for each in found] == [120 / 800, *[120 / 500] * 3]
    assert [each.lender for each in scaled_lenders([faceless], (120, 96), 30.0, 9)] == [faceless]  # no other is left


def write_even(folder, name, rgb, **more):
    path = folder / f"{name}.png"
    cv2.imwrite(str(path), np.full((60, 80, 3), np.array(rgb[::-1]) * 255, np.uint8))
    return Lender(str(path), name, 80, 60, **more)


def test_a_sky_is_painted_from_skies(tmp_path):
    works = [write_even(tmp_path, name, rgb) for name, rgb in (
        ("brown", (0.4, 0.3, 0.2)), ("blue", (0.3, 0.5, 0.9)), ("grey", (0.5, 0.5, 0.6)))]
    sky = np.full((40, 200, 3), (0.35, 0.5, 0.85), np.float32)
    assert [each.name for each in nearest_in_colour(works, sky)] == ["blue", "grey", "brown"]
    assert nearest_in_colour(works[:1], sky) == tuple(works[:1])


def test_portraits_are_left_out_where_there_are_scenes_enough(tmp_path):
    scenes = [write_even(tmp_path, f"scene {n}", (0.1 * n, 0.3, 0.3)) for n in range(6)]
    portrait = write_even(tmp_path, "portrait", (0.5, 0.5, 0.5), landmarks_xy=np.zeros((68, 2)))
    grey = np.full((40, 40, 3), 0.5, np.float32)
    assert portrait not in nearest_in_colour([portrait, *scenes], grey)
    assert nearest_in_colour([portrait, *scenes[:5]], grey)[0] is portrait
    assert len(nearest_in_colour(scenes * 6, grey)) == max(MOST_WORKS.values())
