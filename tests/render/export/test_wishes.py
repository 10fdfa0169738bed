"""Claim: wishes that cannot be meant are refused by the option's name; every kind of file has someone who foretells it and
someone who makes it."""

import pytest

from data.errors import UsageError
from render.export.forecast import LINES
from render.export.print_files import WRITERS
from render.export.printers import PRINTERS, printer
from render.export.wishes import DEFAULT_TRIANGLES, MAKES, MESHES, WITHOUT_RELIEF, PrintOrder, Wishes
from tests.render.export.reliefs import gentle


def order(name="fdm", **wishes):
    return PrintOrder(gentle(rows=20, columns=30), printer(name), Wishes(**wishes))


@pytest.mark.parametrize("wishes, words", [
    ({"relief_mm": 0.0}, "--relief-mm 0: .*above 0"), ({"relief_mm": float("nan")}, "above 0"),
    ({"base_mm": -1.0}, "--base-mm -1: .*above 0"), ({"base_mm": 5001.0}, "up to 5000"),
    ({"triangles": 5}, "--triangles 5: .*at least 1000"), ({"triangles": 9999, "max_error_um": 3.0}, "one of the two"),
    ({"layers": 1}, "colour layer"), ({"layers": 1001}, "colour layer"), ({"make": ("vase",)}, "--make vase: .*lithophane"),
    ({"border_mm": -3.0}, "0 to 500"), ({"max_error_um": float("nan")}, "micrometres")])
def test_wishes_that_cannot_be_meant_are_refused(wishes, words):
    with pytest.raises(UsageError, match=words):
        Wishes(**wishes)


def test_every_kind_is_foretold_and_made():
    others = set(MAKES) - set(MESHES)
    assert set(MESHES) <= set(MAKES) and set(LINES) == set(WRITERS) == others and set(WITHOUT_RELIEF) <= others


@pytest.mark.parametrize("name", PRINTERS)
def test_without_a_wish_the_printer_decides(name):
    own = order(name)
    assert own.makes == PRINTERS[name].makes and own.shows_relief
    assert own.mesh_detail == (None, min(DEFAULT_TRIANGLES, PRINTERS[name].max_triangles))
    assert own.filament_layer_mm == min(PRINTERS[name].layer_mm, 0.12)


def test_a_wish_outweighs_the_printer():
    assert order(make=("filament",)).makes == ("filament",) and not order(make=("filament", "lithophane")).shows_relief
    assert order(max_error_um=20.0).mesh_detail == (0.02, None) and order(triangles=5000).mesh_detail == (None, 5000)
