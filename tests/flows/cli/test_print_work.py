"""Claim: `atelier export --printer` says what will come out and what will not print before it writes anything; its options
are the wishes that a print job takes."""

import dataclasses
import json

import click
import numpy as np
import pytest
import tifffile

from flows.cli.main import cli
from render.export.wishes import DEFAULT_TRIANGLES, Wishes

pytestmark = pytest.mark.slow


def files(folder):
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*"))


def test_printers_are_listed(atelier):
    status, out, _ = atelier("export", "--list-printers")
    assert status == 0 and [line.split()[0] for line in out.splitlines()] == ["elevated-uv", "polyjet", "fdm", "resin", "cnc"]


def test_a_check_says_everything_and_writes_nothing(atelier, finished):
    before = files(finished)
    status, out, err = atelier("export", finished, "--printer", "fdm", "--check", "--json", "--width-mm", "90")
    said = json.loads(out)
    assert status == 0 and files(finished) == before and said["prints"] and said["width_mm"] == pytest.approx(90)
    assert "90.0 x 112.5 x" in err and "triangles" in err and "MB" in err and said["plan"][0] in err


def test_a_print_job_is_made_as_said(atelier, finished, tmp_path):
    status, out, err = atelier("export", finished, "--printer", "elevated-uv", "--out", tmp_path / "job", "--json",
                               "--sculpt-mm", "2", "--varnish")
    said = json.loads(out)
    assert status == 0 and set(said["files"]) == {name for name in files(tmp_path / "job") if name != "layers"}
    assert {"colour.tif", "height.tif", "height.png", "raking-left.png", "raking-bottom.png", "depth.png", "relief.html",
            "printing.txt"} <= set(said["files"])
    assert len([name for name in said["files"] if name.startswith("layers/layer_")]) == 13
    assert 2 < said["relief_mm"] < 3.2 and tifffile.imread(tmp_path / "job" / "height.tif").dtype == np.uint16


def test_what_will_not_print_is_refused_until_it_is_fixed(atelier, finished, tmp_path):
    order = ("export", finished, "--printer", "elevated-uv", "--relief-mm", "9", "--out", tmp_path / "job")
    status, _, err = atelier(*order)
    assert status == 1 and "9.00 mm high, the most here is 4 mm" in err and "--fix" in err and not (tmp_path / "job").exists()
    status, _, err = atelier(*order, "--fix")
    assert status == 0 and "relief 4.00 mm" in err and (tmp_path / "job" / "printing.txt").is_file()
    status, _, err = atelier("export", finished, "--printer", "resin", "--width-mm", "400")
    assert status == 1 and "bed" in err and "--width-mm" in err


@pytest.mark.parametrize("arguments, words", [
    (["export", "RUN", "--printer", "laser"], ["unknown printer", "elevated-uv", "fdm"]),
    (["export", "RUN", "--printer", "fdm", "--make", "vase"], ["--make vase", "lithophane"]),
    (["export", "RUN", "--printer", "fdm", "--width-mm", "0"], ["--width-mm 0", "above 0"]),
    (["export", "RUN", "--printer", "fdm", "--width-mm", "nan"], ["--width-mm nan", "above 0"]),
    (["export", "RUN", "--printer", "fdm", "--relief-mm", "0"], ["--relief-mm 0", "above 0"]),
    (["export", "RUN", "--printer", "fdm", "--relief-mm", "nan"], ["--relief-mm nan"]),
    (["export", "RUN", "--printer", "fdm", "--sculpt-mm", "-1"], ["--sculpt-mm -1"]),
    (["export", "RUN", "--printer", "fdm", "--triangles", "60000000"], ["3.0 GB", "--max-error-um"]),
    (["export", "RUN", "--printer", "fdm", "--triangles", "9000", "--max-error-um", "2"], ["one of the two"]),
    (["export", "RUN", "--fix"], ["--fix", "name the printer"]),
    (["export", "NOWHERE", "--printer", "fdm"], ["height.tif", "finished"]),
])
def test_misuse_is_said_before_anything_is_written(refused, arguments, words):
    refused(arguments, words)


@pytest.mark.parametrize("shape, unit, words", [((1, 72), 1e-6, "at least 2 x 2"), ((90, 72), float("nan"), "not finite"),
                                               ((90, 72), 0.0, "flat")])
def test_heights_that_cannot_be_printed_are_refused(atelier, tmp_path, shape, unit, words):
    tifffile.imwrite(tmp_path / "height.tif", np.arange(np.prod(shape), dtype=np.uint16).reshape(shape))
    (tmp_path / "height.json").write_text(json.dumps({"mm_per_unit": unit, "offset_mm": 0, "mm_per_texel": 0.5}))
    status, _, err = atelier("export", tmp_path, "--printer", "fdm")
    assert status == 1 and words in err and "Traceback" not in err and len(files(tmp_path)) == 2


def test_an_enlarged_print_can_be_exported(atelier, finished, tmp_path):
    assert atelier("enlarge", finished, "--megapixels", "0.1", "--out", tmp_path / "large")[0] == 0
    status, out, _ = atelier("export", tmp_path / "large", "--printer", "cnc", "--base-mm", "3", "--check", "--json")
    assert status == 0 and json.loads(out)["width_mm"] == pytest.approx(36, abs=1e-6)


def test_every_wish_of_a_print_job_has_an_option_with_its_default():
    export = cli.commands["export"]
    # Within the group, as from a shell: a command remembers how its help was first asked for.
    given = export.make_context("export", ["DIR"], parent=click.Context(cli, **cli.context_settings)).params
    for wish in dataclasses.fields(Wishes):
        assert given[wish.name] == wish.default, wish.name
    assert any(f"[default: {DEFAULT_TRIANGLES}]" in (getattr(option, "help", None) or "") for option in export.params)
