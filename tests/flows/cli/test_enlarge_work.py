"""Claim: `atelier enlarge` gives the same bytes whatever tiles, threads and kill -9 do to it, and begins with what finer scans
show."""

import json
import shutil
import signal
import time

import cv2
import numpy as np
import pytest
import tifffile

from data.files import sha256_file
from models.alignment import Frame
from models.bank import Bank
from models.relief import ReliefModel
from models.shape import to_frame
from models.warping import warped
from render.export.files import write_colour_tiff, write_height
from render.portrait.guide import Guide
from render.portrait.provenance import Provenance

pytestmark = pytest.mark.slow


def files(folder):
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*"))


@pytest.mark.parametrize("arguments, words", [
    (["enlarge", "RUN"], ["--dpi or --megapixels"]),
    (["enlarge", "RUN", "--dpi", "300", "--megapixels", "3"], ["one of the two"]),
    (["enlarge", "RUN", "--dpi", "nan"], ["--dpi nan"]),
    (["enlarge", "RUN", "--dpi", "10"], ["at least as wide"]),
    (["enlarge", "RUN", "--dpi", "300", "--width-mm", "0"], ["--width-mm 0"]),
    (["enlarge", "RUN", "--dpi", "20000", "--width-mm", "5000"], ["gigapixels"]),
    (["enlarge", "RUN", "--dpi", "300", "--threads", "0"], ["--threads 0"]),
    (["enlarge", "NOWHERE", "--dpi", "300"], ["height.tif", "finished"]),
])
def test_misuse_is_said_before_anything_is_written(refused, arguments, words):
    refused(arguments, words)


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
    guide = Guide(seen.colour, seen.parts, np.ones(seen.valid.shape, np.float32), layout, {},
                  Provenance.nobody(seen.parts.shape))
    guide.save(folder / "work" / "compose" / "guide.npz")
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
