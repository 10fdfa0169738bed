"""Claim: the validator names what will not print, `fix` does the safe part, and nothing wrong is said of a good relief."""

import numpy as np
import pytest

from render.export.mesh_files import write_stl
from render.export.printers import PRINTERS, printer
from render.export.solids import solid_from_height
from render.export.validation import fine_relief_mm, fix, slope_deg, validate, validate_size, validate_stl
from render.relief.relief import Relief
from tests.render.export.reliefs import gentle


def problems(*arguments, **options):
    return " | ".join(map(str, validate(*arguments, **options)))


@pytest.mark.parametrize("name", PRINTERS)
def test_a_good_relief_stops_nowhere(name):
    findings = validate(gentle(), printer(name), base_mm=3.0)
    assert not [finding for finding in findings if finding.level == "stop"], findings


def test_too_high_is_named_and_fixed():
    high, uv = gentle(6.0), printer("elevated-uv")
    first = validate(high, uv)[0]
    assert first.level == "stop" and first.fixable and "6.00 mm" in first.problem and "4 mm" in first.remedy
    fixed = fix(high, uv)
    assert fixed.relief_mm <= 4.0 and not any(finding.level == "stop" for finding in validate(fixed, uv))
    assert np.corrcoef(fixed.z_mm.ravel(), high.z_mm.ravel())[0, 1] > 0.9999


def test_needles_are_named_and_levelled_and_nothing_else_is_touched():
    good = gentle()
    z = good.z_mm.copy()
    z[50, 50] += 9.0
    spiky = Relief(z, good.pitch_mm, good.origin)
    assert "needles" in problems(spiky, printer("resin"))
    fixed = fix(spiky, printer("resin"))
    changed = np.argwhere(fixed.z_mm != spiky.z_mm)
    np.testing.assert_array_equal(changed, [[50, 50]])
    assert abs(fixed.z_mm[50, 50] - good.z_mm[50, 50]) < 0.1


def test_size_thickness_faintness_and_slope_are_named():
    assert "bed" in problems(gentle(pitch=5.0), printer("fdm"))
    assert "thinnest" in problems(gentle(), printer("cnc"), base_mm=1.0)
    assert "fewer than two layers" in problems(gentle(0.1), printer("fdm"))
    assert "steeper" in problems(gentle(30.0, pitch=0.1), printer("cnc"), base_mm=3.0)
    assert "triangles" in problems(gentle(), printer("fdm"), triangles=9_000_000)
    rough = Relief(np.random.default_rng(0).random((50, 50)).astype(np.float32), 0.1, np.ones((50, 50), np.uint8))
    assert "finer than" in problems(rough, printer("fdm"))
    assert "flat" in problems(Relief(np.ones((9, 9), np.float32), 1.0, np.ones((9, 9), np.uint8)), printer("resin"))


def test_the_worst_is_said_first():
    # A warning is found before the last of these stops.
    found = validate(gentle(31.0, pitch=0.1), printer("cnc"), base_mm=1.0, triangles=9_000_000)
    levels = [finding.level for finding in found]
    assert levels == ["stop"] * 3 + ["warning"] * (len(levels) - 3) and len(levels) > 3


def test_a_mill_does_not_reach_where_ink_would_run():
    steep = gentle(30.0, pitch=0.1)
    assert "the tool does not reach" in problems(steep, printer("cnc"), base_mm=3.0)
    assert "ink runs down" in problems(steep, printer("elevated-uv"))


def test_size_alone_is_asked_of_a_print_without_relief():
    assert "bed" in str(validate_size(gentle(pitch=5.0), printer("fdm"))[0])
    assert validate_size(gentle(30.0, pitch=0.1), printer("cnc")) == []


def test_a_panel_may_lie_across_the_bed():
    assert validate_size(gentle(rows=400, columns=240), printer("resin")) == []    # 120 x 200 mm on 218 x 123 mm
    assert len(validate_size(gentle(rows=400, columns=260), printer("resin"))) == 1    # 130 x 200 mm: fits neither way


def test_relief_finer_than_a_feature_is_measured():
    fine = np.tile(np.float32([0, 1]), (40, 20))
    assert abs(fine_relief_mm(fine, 0.1, 1.0) - 0.5) < 0.01 and fine_relief_mm(fine, 0.1, 0.05) == 0


def test_slope_of_a_plane():
    z = np.tile(np.arange(30, dtype=np.float32), (30, 1))
    np.testing.assert_allclose(slope_deg(z, 1.0), 45, atol=1e-4)


def test_an_stl_is_read_back_and_judged(tmp_path):
    good = gentle()
    solid = solid_from_height(good.z_mm, good.pitch_mm, base_mm=2.0, max_error_mm=0.01)
    write_stl(solid, tmp_path / "a.stl")
    assert validate_stl(tmp_path / "a.stl", solid.extents_mm) == []
    assert "mm" in str(validate_stl(tmp_path / "a.stl", (51.0, 60.0, 3.0))[0])
    raw = bytearray((tmp_path / "a.stl").read_bytes())
    count = len(solid.triangles) - 1
    raw[80:84] = count.to_bytes(4, "little")
    (tmp_path / "holed.stl").write_bytes(raw[:-50])
    assert "open" in str(validate_stl(tmp_path / "holed.stl", solid.extents_mm)[0])
