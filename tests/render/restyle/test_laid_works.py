"""Works are laid face upon face, or fill the canvas; a master gives as many as its weight is worth, in its own region."""

from dataclasses import replace

import numpy as np
import pytest

from data.errors import CorpusError
from data.parts import Part
from render.restyle.laid_works import lay_masters_works, lay_over
from render.restyle.lenders import Lender, Master
from render.restyle.scene import Scene
from tests.render.restyle.drawn_lenders import QUICK


def test_eyes_come_to_lie_upon_eyes(photo, lenders):
    laid = lay_over(lenders[0], (120, 96), photo[1])
    rows, columns = np.nonzero(laid.labels == Part.EYES)
    middle = photo[1][36:48].mean(0)
    assert np.hypot(columns.mean() - middle[0], rows.mean() - middle[1]) < 2.5
    assert laid.colour.shape == (120, 96, 3) and 0 <= laid.colour.min() <= laid.colour.max() <= 1


def test_without_a_face_the_painted_surface_fills_the_canvas(lenders):
    boxed = replace(lenders[0], content_box=(100, 50, 200, 300))
    laid = lay_over(boxed, (90, 120), None)
    assert laid.valid[2:-2, 2:-2].all() and not laid.labels.any()
    shown = boxed.read(1.0).rgb[125:275, 100:300]  # what a canvas of that shape shows of the middle of it
    assert np.abs(laid.colour.mean((0, 1)) - shown.mean((0, 1))).max() < 0.01


def scene_of(photo, masters, **more):
    parts = np.full((120, 96), Part.FACE, np.uint8)
    return Scene(photo[0], tuple(masters), QUICK, [photo[1]], parts, True, **more)


def masters_of(lenders, *weights):
    many = tuple(replace(lender, name=f"{lender.name} {n}") for n in range(5) for lender in lenders)
    return [Master(many, weight, most_similar=many) for weight in weights]


def test_works_are_shared_out_by_weight(photo, lenders):
    found = lay_masters_works(scene_of(photo, masters_of(lenders, 1.0, 3.0)))
    assert [sum(each.master == number for each in found) for number in (0, 1)] == [3, 9]
    assert len({each.name for each in found}) == 12 and found[0].work.name == found[0].name


def test_in_regions_every_master_gives_all_but_holds_its_own_alone(photo, lenders):
    regions = np.zeros((120, 96), np.uint8)
    regions[:, 48:] = 1
    found = lay_masters_works(scene_of(photo, masters_of(lenders, 1.0, 3.0), regions=regions))
    assert [sum(each.master == number for each in found) for number in (0, 1)] == [12, 12]
    assert not any((each.valid & (regions != each.master)).any() for each in found)


def test_a_face_is_not_painted_without_faces(photo, lenders):
    with pytest.raises(CorpusError, match="at least one painting with a face"):
        lay_masters_works(scene_of(photo, [Master((Lender(lenders[0].path, "faceless", 400, 500),))]))
