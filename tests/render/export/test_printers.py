"""Claim: every printer of the table is complete, in figures that can be meant, and takes files that can be made."""

from dataclasses import fields

import pytest

from data.errors import UsageError
from render.export.printers import PRINTERS, Printer, printer
from render.export.wishes import MAKES


@pytest.mark.parametrize("name", PRINTERS)
def test_every_printer_is_complete(name):
    one = PRINTERS[name]
    assert one.name == name and one.title and one.typical_of and one.steep_fault
    assert all(side > 0 for side in one.bed_mm) and len(one.bed_mm) == 2
    assert 0 < one.layer_mm <= one.max_relief_mm and 0 < one.feature_mm < min(one.bed_mm)
    assert 0 < one.steepest_deg <= 90 and one.thinnest_mm >= 0 and one.max_triangles >= 100_000
    assert one.makes and set(one.makes) <= set(MAKES) and (one.dpi is None or one.dpi > 0)
    assert one.dpi or "slices" not in one.makes    # slices are pictures of dots


def test_the_record_has_the_figures_and_not_the_words_about_them():
    record = printer("polyjet").record()
    assert list(record) == ["name", "title", "bed_mm", "max_relief_mm", "feature_mm", "layer_mm", "steepest_deg",
                            "thinnest_mm", "max_triangles", "makes", "dpi"]
    assert set(record) | {"steep_fault", "typical_of"} == {field.name for field in fields(Printer)}
    assert record["layer_mm"] == 0.027 and record["makes"] == ("slices", "3mf")


def test_unknown_printers_are_refused_with_the_choice():
    with pytest.raises(UsageError, match="elevated-uv"):
        printer("laser")
