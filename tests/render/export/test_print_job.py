"""Claim: a print job says what will come out before it is made, and what comes out is what was said: sizes to the
micrometre, 65,536 levels kept, layers that add up, colour last."""

import json

import cv2
import numpy as np
import pytest
import tifffile

from data.errors import UsageError
from render.export.files import read_height_file
from render.export.mesh_files import read_stl
from render.export.print_job import plan_print
from render.export.printers import PRINTERS, printer
from render.export.solids import topology
from render.export.wishes import MAKES, Wishes
from render.relief.relief import Relief


@pytest.fixture(scope="module")
def painting():
    rng = np.random.default_rng(0)
    noise = cv2.GaussianBlur(rng.standard_normal((90, 72)).astype(np.float32), (0, 0), 2)
    z = 0.3 + 0.1 * noise / noise.std()
    rgb = cv2.GaussianBlur(rng.random((90, 72, 3)).astype(np.float32), (0, 0), 6)
    return Relief(z - z.min(), 0.25, np.full(z.shape, 3, np.uint8)), rgb


def test_every_kind_is_made_as_it_was_said(painting, tmp_path):
    relief, rgb = painting
    plan = plan_print(relief, printer("polyjet"), Wishes(make=tuple(MAKES), base_mm=1.0, border_mm=3.0, max_error_um=20))
    said = " | ".join(plan.lines)
    assert "24.0 x 28.5 x" in said and "triangles" in said and "MB" in said and "13 pictures of 72 x 90 texels" in said
    names = plan.write(rgb, tmp_path)
    assert sorted(str(path.relative_to(tmp_path)) for path in tmp_path.rglob("*") if path.is_file()) == sorted(names)
    vertices, triangles = read_stl(tmp_path / "relief.stl")
    np.testing.assert_allclose(np.ptp(vertices, axis=0)[:2], (24, 28.5), atol=1e-3)
    assert topology(triangles).watertight and topology(triangles).euler == 2
    assert f"{len(triangles)} triangles" in said
    for name in ("lithophane.stl", "filament.stl"):
        assert topology(read_stl(tmp_path / name)[1]).watertight
    colour = tifffile.imread(tmp_path / "colour.tif")
    assert colour.dtype == np.uint16 and colour.shape == (90, 72, 3)
    slices = sorted((tmp_path / "slices").glob("*.png"))
    assert f"slices/: {len(slices)} pictures of 425 x 531 texels at 600 dpi" in said
    first, last = (cv2.imread(str(path), cv2.IMREAD_UNCHANGED) for path in (slices[0], slices[-1]))
    assert first.shape == (531, 425, 4) and (first[..., 3] == 255).all() and 0 < (last[..., 3] == 255).mean() < 0.5
    assert "printing.txt" in names and "mm" in (tmp_path / "printing.txt").read_text()
    record = json.loads((tmp_path / "print.json").read_text())
    assert record["width_mm"] == 18 and record["files"] == names[:-2]


def test_layers_add_up_to_the_height_and_the_colour_comes_last(painting, tmp_path):
    relief, rgb = painting
    plan_print(relief, printer("elevated-uv"), Wishes(layers=9)).write(rgb, tmp_path)
    about = json.loads((tmp_path / "layers" / "layers.json").read_text())
    assert [layer["material"] for layer in about["layers"]] == ["build"] * 8 + ["colour"]
    total = sum((cv2.imread(str(tmp_path / "layers" / layer["file"]), cv2.IMREAD_UNCHANGED) > 0) * about["layer_mm"]
                for layer in about["layers"][:-1])
    assert np.abs(total - (relief.z_mm - relief.z_mm.min())).max() <= about["layer_mm"] / 2 + 1e-5
    assert cv2.imread(str(tmp_path / "layers" / about["layers"][-1]["file"]), cv2.IMREAD_UNCHANGED).dtype == np.uint16


def test_every_one_of_65536_levels_comes_out_again(tmp_path):
    z = np.random.default_rng(1).permutation(np.arange(65536, dtype=np.float64)).reshape(256, 256)
    relief = Relief((z * 1e-5).astype(np.float32), 0.2, np.ones(z.shape, np.uint8))
    plan_print(relief, printer("resin"), Wishes(make=("height", "maps"))).write(np.full((256, 256, 3), 0.5, np.float32),
                                                                               tmp_path)
    for name in ("height.tif", "height.png", "bump.png"):
        units = tifffile.imread(tmp_path / name) if name.endswith("tif") else cv2.imread(str(tmp_path / name), -1)
        assert units.dtype == np.uint16
        np.testing.assert_array_equal(units, z.astype(np.uint16))
    np.testing.assert_allclose(read_height_file(tmp_path / "height.tif")[0], relief.z_mm, atol=1e-6)


@pytest.mark.parametrize("name", PRINTERS)
def test_what_a_printer_takes_by_itself(painting, name):
    plan = plan_print(painting[0], printer(name), Wishes(base_mm=3.0))
    assert plan.makes == PRINTERS[name].makes and set(plan.makes) <= set(MAKES) and not plan.stops
    assert len(plan.lines) >= 1


def test_too_high_stops_and_fix_lowers_it(painting):
    high = painting[0].scaled_to(9.0)
    assert plan_print(high, printer("elevated-uv"), Wishes()).stops
    fixed = plan_print(high, printer("elevated-uv"), Wishes(fix=True))
    assert not fixed.stops and 3.9 < fixed.relief.relief_mm <= 4


def test_a_budget_too_large_for_an_stl_is_refused_before_anything_is_made(painting):
    with pytest.raises(UsageError, match="3.1 GB"):
        plan_print(painting[0], printer("fdm"), Wishes(triangles=62_000_000, make=("stl",)))


def test_a_print_without_relief_is_not_blamed_for_it(painting):
    flat = Relief(np.ones_like(painting[0].z_mm), painting[0].pitch_mm, painting[0].origin)
    assert plan_print(flat, printer("fdm"), Wishes(make=("lithophane",))).findings == ()
    assert plan_print(flat, printer("fdm"), Wishes(make=("lithophane", "stl"))).stops


def test_progress_is_told_after_every_kind(painting, tmp_path):
    told = []
    plan_print(painting[0], printer("fdm"), Wishes(make=("height", "stl", "maps", "3mf"))).write(
        painting[1], tmp_path, lambda done, total: told.append((done, total)))
    assert told == [(1, 4), (2, 4), (3, 4), (4, 4)]    # both solids together, height, maps, what there is to look at


def test_slices_too_large_for_any_software_are_refused(painting):
    wide = Relief(painting[0].z_mm, 8.0, painting[0].origin)
    with pytest.raises(UsageError, match="smaller --width-mm"):
        plan_print(wide, printer("polyjet"), Wishes(make=("slices",)))


def test_varnish_and_cracks_are_in_the_print(painting):
    plain, old = (plan_print(painting[0], printer("resin"), Wishes(varnish=on, craquelure=on)).relief for on in (False, True))
    assert not np.array_equal(plain.z_mm, old.z_mm) and {"varnish_mm", "craquelure_mm"} <= set(old.provenance)
