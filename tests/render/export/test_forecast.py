"""What is foretold of a print is what comes out, and what no software opens is refused before it is made."""

import numpy as np
import pytest

from data.errors import UsageError
from render.export.forecast import forecast
from render.export.printers import printer
from render.export.solids import framed, solid_from_height
from render.export.wishes import PrintOrder, Wishes
from tests.render.export.reliefs import gentle


def order(name="fdm", relief=None, **wishes):
    return PrintOrder(relief or gentle(rows=40, columns=30), printer(name), Wishes(**wishes))


def test_triangles_for_an_error_bound_are_exact():
    asked = order(make=("stl",), max_error_um=20.0, border_mm=2.0)
    lines, triangles = forecast(asked)
    z, _ = framed(asked.relief.z_mm, 0.5, border_mm=2.0)
    made = solid_from_height(z, 0.5, base_mm=2.0, max_error_mm=0.02)
    assert triangles == len(made.triangles)
    assert lines == [f"relief.stl: {made.describe()} (as STL)"]


def test_triangles_for_a_budget_are_an_upper_bound():
    _, triangles = forecast(order(make=("3mf",), triangles=5000))
    assert triangles == min(5000, 2 * 1200 + 8 * 70)


def test_kinds_without_a_solid_have_lines_and_no_triangles():
    lines, triangles = forecast(order("elevated-uv", make=("colour", "height", "layers")))
    assert triangles is None and [line.split(":")[0] for line in lines] == ["colour.tif", "height.tif, height.png", "layers/"]
    assert "13 pictures of 30 x 40 texels at 51 dpi: 12 masks" in lines[2]


def test_slices_that_no_software_opens_are_refused():
    wide = gentle(rows=40, columns=30, pitch=50.0)
    with pytest.raises(UsageError, match="ask for a smaller --width-mm"):
        forecast(order("polyjet", wide, make=("slices",)))


def test_a_lithophane_does_not_look_at_the_relief():
    lines, _ = forecast(order(make=("lithophane",)))
    assert lines == ["lithophane.stl: 15.0 x 20.0 mm, 0.8 to 3 mm thick"]
    assert np.ptp(gentle().z_mm) == pytest.approx(0.8)
