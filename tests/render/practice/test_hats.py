"""Claims: every hat sits on the head within the picture, marks itself as hair as parts maps do, throws its shadow on the
face below, keeps its kind's silhouette, and is worn as often as its table says."""

from collections import Counter

import numpy as np
import pytest

from data.parts import Part
from render.practice.hats import HAT_KINDS, choose_hat, paint_hat
from tests.render.practice.sitters import GREY, changed, extent, laid


def hat(kind, **how):
    return laid(lambda canvas, rng, anatomy: paint_hat(canvas, rng, anatomy, kind), **how)


@pytest.mark.parametrize("kind", HAT_KINDS)
@pytest.mark.parametrize("facing", ["left", "frontal"])
def test_a_hat_sits_on_the_head(kind, facing):
    for seed in range(3):
        canvas, anatomy = hat(kind, seed=seed, facing=facing)
        left, top, right, bottom = extent(canvas, canvas.parts == Part.HAIR)
        crown = anatomy.skull[1] - anatomy.skull_half[1]
        assert top < crown + 0.1  # over the crown, not over the eyes
        if kind == "veil":
            columns, rows = np.round(anatomy.points[27:] * canvas.unit + canvas.centre).astype(int).T
            assert anatomy.chin_y < bottom and not changed(canvas)[rows, columns].any()     # the face is left free
        else:
            assert bottom < anatomy.points[36, 1] + 0.1
        assert left < anatomy.skull[0] - 0.5 < anatomy.skull[0] + 0.5 < right
        assert set(np.unique(canvas.parts)) == {Part.BACKGROUND, Part.HAIR}


def test_a_hat_shades_the_face_and_nothing_behind_the_sitter():
    on_face, _ = hat("beret", on=Part.FACE)
    on_ground, _ = hat("beret")
    bare = on_face.parts == Part.FACE
    assert (on_face.colour[bare].min(-1) < GREY - 0.05).any()
    assert np.count_nonzero(changed(on_ground) & bare) < np.count_nonzero(changed(on_face) & bare)


def test_kinds_differ_in_width():
    widths = {}
    for kind in HAT_KINDS:
        canvas, _ = hat(kind)
        left, _, right, _ = extent(canvas, canvas.parts == Part.HAIR)
        widths[kind] = right - left
    assert widths["cap"] < widths["turban"] < widths["brim"]
    assert widths["cap"] < widths["beret"]


def test_men_and_women_wear_what_the_table_says():
    rng = np.random.default_rng(0)
    men, women = (Counter(choose_hat(rng, sex) for _ in range(2000)) for sex in ("male", "female"))
    assert set(men) | {"veil"} == set(women) == set(HAT_KINDS)
    assert men.most_common(1)[0][0] == "beret" and women.most_common(1)[0][0] == "veil" and not men["veil"]
