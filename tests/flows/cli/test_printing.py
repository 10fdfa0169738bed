"""Claim: `atelier export --printer` says what will come out and what will not print before it writes anything, and
`atelier enlarge` gives the same bytes whatever tiles, threads and kill -9 do to it."""

import json
import shutil
import signal
import time

import cv2
import numpy as np
import pytest
import tifffile

from data.files import sha256_file
from data.parts import Part
from models.alignment import Frame
from models.bank import Bank
from models.relief import ReliefModel
from models.shape import to_frame
from models.warping import warped
from render.export.files import write_colour_tiff, write_height


@pytest.fixture(scope="module")
def finished(tmp_path_factory):
    """What export and enlarge need of a finished run: 36 x 45 mm in 72 x 90 texels."""
    folder = tmp_path_factory.mktemp("finished")
    rng = np.random.default_rng(0)
    noise = cv2.GaussianBlur(rng.standard_normal((90, 72)).astype(np.float32), (0, 0), 2)
    rgb = cv2.GaussianBlur(rng.random((90, 72, 3)).astype(np.float32), (0, 0), 6)
    write_colour_tiff(folder / "portrait.tif", rgb, 50.8)
    write_height(folder / "height.tif", (noise - noise.min()) * np.float32(0.1 / noise.std()), 0.5)
    (folder / "work" / "compose").mkdir(parents=True)
    parts = np.zeros((90, 72), np.uint8)
    parts[20:, 10:62] = Part.FACE
    turn = np.linspace(0, 2 * np.pi, 68, endpoint=False)
    np.savez(folder / "work" / "compose" / "guide.npz", colour=rgb, parts=parts, fidelity=np.ones((90, 72), np.float32),
             landmarks=np.stack([36 + 18 * np.cos(turn), 45 + 22 * np.sin(turn)], 1), cast="{}")
    return folder


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
    (["enlarge", "RUN"], ["--dpi or --megapixels"]),
    (["enlarge", "RUN", "--dpi", "300", "--megapixels", "3"], ["one of the two"]),
    (["enlarge", "RUN", "--dpi", "nan"], ["--dpi nan"]),
    (["enlarge", "RUN", "--dpi", "10"], ["at least as wide"]),
    (["enlarge", "RUN", "--dpi", "300", "--width-mm", "0"], ["--width-mm 0"]),
    (["enlarge", "RUN", "--dpi", "20000", "--width-mm", "5000"], ["gigapixels"]),
    (["enlarge", "RUN", "--dpi", "300", "--threads", "0"], ["--threads 0"]),
    (["enlarge", "NOWHERE", "--dpi", "300"], ["height.tif", "finished"]),
])
def test_misuse_is_said_before_anything_is_written(atelier, finished, tmp_path, arguments, words):
    before = files(finished)
    places = {"RUN": finished, "NOWHERE": tmp_path / "nowhere"}
    status, _, err = atelier(*(places.get(argument, argument) for argument in arguments))
    assert status == 2 and "Traceback" not in err and all(word in err for word in words), err
    assert files(finished) == before


@pytest.mark.parametrize("shape, unit, words", [((1, 72), 1e-6, "at least 2 x 2"), ((90, 72), float("nan"), "not finite"),
                                               ((90, 72), 0.0, "flat")])
def test_heights_that_cannot_be_printed_are_refused(atelier, tmp_path, shape, unit, words):
    tifffile.imwrite(tmp_path / "height.tif", np.arange(np.prod(shape), dtype=np.uint16).reshape(shape))
    (tmp_path / "height.json").write_text(json.dumps({"mm_per_unit": unit, "offset_mm": 0, "mm_per_texel": 0.5}))
    status, _, err = atelier("export", tmp_path, "--printer", "fdm")
    assert status == 1 and words in err and "Traceback" not in err and len(files(tmp_path)) == 2


def checksums(folder):
    return [sha256_file(folder / name) for name in ("portrait.tif", "height.tif", "height.json")]


def test_a_killed_enlargement_goes_on_to_the_same_bytes(atelier, atelier_process, finished, tmp_path):
    order = ("enlarge", finished, "--dpi", "600", "--width-mm", "60", "--tile-px", "64", "--threads", "1")
    status, out, err = atelier(*order, "--out", tmp_path / "whole", "--json")
    made = json.loads(out)
    assert status == 0 and made["size_px"] == [1417, 1771] and "600 dpi" in err
    running = atelier_process(*order, "--out", tmp_path / "killed", start=True)
    for _ in range(3000):
        if len(list((tmp_path / "killed").rglob("*.npz"))) >= 3 or running.poll() is not None:
            break
        time.sleep(0.02)
    running.send_signal(signal.SIGKILL)
    running.communicate()
    kept = len(list((tmp_path / "killed").rglob("*.npz")))
    assert kept >= 3 and not (tmp_path / "killed" / "height.json").exists(), "the run ended before it could be killed"
    assert atelier(*order, "--out", tmp_path / "killed")[0] == 0
    assert checksums(tmp_path / "killed") == checksums(tmp_path / "whole")
    assert files(tmp_path / "killed") == ["height.json", "height.tif", "portrait.tif"]
    assert atelier(*order[:-4], "--tile-px", "2048", "--threads", "2", "--out", tmp_path / "other")[0] == 0
    assert checksums(tmp_path / "other") == checksums(tmp_path / "whole")


def test_an_enlarged_print_can_be_exported(atelier, finished, tmp_path):
    assert atelier("enlarge", finished, "--megapixels", "0.1", "--out", tmp_path / "large")[0] == 0
    status, out, _ = atelier("export", tmp_path / "large", "--printer", "cnc", "--base-mm", "3", "--check", "--json")
    assert status == 0 and json.loads(out)["width_mm"] == pytest.approx(36, abs=1e-6)


@pytest.fixture(scope="module")
def scanned(drawn_bank, tmp_path_factory):
    """A finished run of 100 x 125 texels with its work: copied from scans of 400 x 500 pixels."""
    folder = tmp_path_factory.mktemp("scanned")
    frame = drawn_bank.cropped(Frame().scaled(100))
    view = drawn_bank.views[0]
    layout = to_frame(view.shape, frame)
    seen = warped(view, layout, frame)
    rng = np.random.default_rng(0)
    noise = cv2.GaussianBlur(rng.standard_normal(seen.valid.shape).astype(np.float32), (0, 0), 2)
    write_colour_tiff(folder / "portrait.tif", seen.colour, 50.8)
    write_height(folder / "height.tif", (noise - noise.min()) * np.float32(0.02 / noise.std()), 0.5)
    for stage in ("compose", "learn", "paint"):
        (folder / "work" / stage).mkdir(parents=True)
    np.savez(folder / "work" / "compose" / "guide.npz", colour=seen.colour, parts=seen.parts, landmarks=layout, cast="{}",
             fidelity=np.ones(seen.valid.shape, np.float32))
    drawn_bank.save(folder / "work" / "learn")
    ReliefModel.default().save(folder / "work" / "learn" / "relief.safetensors")
    rows, columns = np.mgrid[:seen.valid.shape[0], :seen.valid.shape[1]]
    np.save(folder / "work" / "paint" / "source.npy", np.stack([0 * rows, rows, columns], -1).astype(np.int32))
    (folder / "work" / "paint" / "stage.json").write_text(json.dumps({"facts": {"exemplars": [[view.name, False]]}}))
    return folder


def test_an_enlargement_begins_with_what_finer_scans_show(atelier, scanned, tmp_path):
    made = []
    for out, more in (("one", ("--tile-px", "60", "--threads", "1")), ("two", ("--threads", "2"))):
        status, said, err = atelier("enlarge", scanned, "--megapixels", "0.8", *more, "--json", "--out", tmp_path / out)
        made.append(json.loads(said))
        assert status == 0 and made[-1]["times_finer"] >= 2 and f"{made[-1]['times_finer']} times finer" in err
    assert checksums(tmp_path / "one") == checksums(tmp_path / "two")
    # As a run without its work, which has nothing to read from.
    (tmp_path / "bare").mkdir()
    for path in scanned.glob("*.*"):
        shutil.copy(path, tmp_path / "bare")
    status, said, _ = atelier("enlarge", tmp_path / "bare", "--megapixels", "0.8", "--json", "--out", tmp_path / "plain")
    assert status == 0 and json.loads(said)["times_finer"] == 1
    pictures = [tifffile.imread(tmp_path / name / "portrait.tif").astype(np.float32) / 65535 for name in ("one", "plain")]
    bank = Bank.load(scanned / "work" / "learn")
    view, frame = bank.views[0], bank.cropped(Frame().scaled(100))
    layout = (to_frame(view.shape, frame) + 0.5) * (pictures[0].shape[1] / 100) - 0.5
    true = warped(view, layout, frame.scaled(pictures[0].shape[1]))
    fine = [(field - cv2.GaussianBlur(field, (0, 0), 5))[true.valid] for field in (*pictures, true.colour)]
    likeness = [np.corrcoef(field.ravel(), fine[2].ravel())[0, 1] for field in fine[:2]]
    assert likeness[0] > 0.8 and likeness[0] > likeness[1] + 0.3


def test_scans_that_are_gone_are_told(atelier, scanned, drawn_bank, tmp_path):
    shutil.copytree(scanned, tmp_path / "run")
    record = json.loads((tmp_path / "run" / "work" / "learn" / "bank.json").read_text())
    for sitter in record["sitters"]:
        sitter["path"] += ".gone"
    (tmp_path / "run" / "work" / "learn" / "bank.json").write_text(json.dumps(record))
    status, said, err = atelier("enlarge", tmp_path / "run", "--megapixels", "0.1", "--json", "--out", tmp_path / "print")
    assert status == 0 and "not there any more" in err and json.loads(said)["times_finer"] == 1
