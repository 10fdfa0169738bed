"""The whole flow on a small practice corpus: every promised file, the same bytes whatever happens on the way."""

import hashlib
import json
import os
import signal
import time
from pathlib import Path

import numpy as np
import psutil
import pytest
import tifffile

pytestmark = pytest.mark.slow

SETTINGS = ("--megapixels", "0.06", "--width-mm", "80", "--seed", "4", "--triangles", "20000")
PROMISED = ("portrait.tif", "portrait.png", "height.tif", "height.json", "relief.stl", "relief.3mf",
            "raking.png", "sources.tif", "relief.glb", "relief.ply", "relief.html", "report.html", "run.json",
            "critique.json", "statistics.json")
FINAL = ("portrait.tif", "height.tif", "sources.tif", "relief.stl")


def checksums(out, names=FINAL):
    return {name: hashlib.sha256((out / name).read_bytes()).hexdigest() for name in names}


@pytest.fixture(scope="module")
def made(atelier_process, practice_corpus, tmp_path_factory):
    """A run on all cores, by the command line in a process of its own."""
    out = tmp_path_factory.mktemp("made") / "out"
    done = atelier_process("run", practice_corpus, "--out", out, *SETTINGS, "--json")
    assert done.returncode == 0, done.stderr
    return out, done


@pytest.fixture(scope="module")
def again(made, atelier_process, practice_corpus):
    """The same command once more."""
    return atelier_process("run", practice_corpus, "--out", made[0], *SETTINGS, "--json")


def test_every_promised_file_is_there_and_the_record_has_its_checksum(made, practice_corpus):
    out, done = made
    record = json.loads((out / "run.json").read_text(encoding="utf-8"))
    assert json.loads(done.stdout) == record
    assert all((out / name).stat().st_size > 0 for name in PROMISED)
    assert len(list((out / "slices").glob("layer_*.png"))) == 13
    assert set(PROMISED) - {"run.json"} <= set(record["outputs"])
    assert all(hashlib.sha256((out / name).read_bytes()).hexdigest() == sha for name, sha in record["outputs"].items())
    assert record["inputs"] == {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in
                                practice_corpus.glob("practice_???.tif")}
    assert record["arguments"]["megapixels"] == 0.06 and record["seed"] == 4 and record["versions"]["prefect"]
    assert set(record["timings_s"]) == {"ingest", "measure", "learn", "compose", "paint", "relief", "export", "critique",
                                        "report", "this_run"}


def test_the_files_fit_one_another(made):
    out, _ = made
    with tifffile.TiffFile(out / "portrait.tif") as tiff:
        portrait, resolution = tiff.asarray(), tiff.pages[0].tags["XResolution"].value
    height, sources = tifffile.imread(out / "height.tif"), tifffile.imread(out / "sources.tif")
    about = json.loads((out / "height.json").read_text(encoding="utf-8"))
    assert portrait.dtype == height.dtype == np.uint16
    assert portrait.shape == (*height.shape, 3) and sources.shape == height.shape
    assert abs(portrait.shape[0] * portrait.shape[1] / 60_000 - 1) < 0.02
    assert about["mm_per_texel"] * height.shape[1] == pytest.approx(80.0)
    assert resolution[0] / resolution[1] == pytest.approx(25.4 / about["mm_per_texel"], rel=1e-3)
    assert about["mm_per_unit"] * np.ptp(height) == pytest.approx(about["relief_mm"], rel=1e-3)
    named = json.loads((out / "sources.json").read_text(encoding="utf-8"))["sources"]
    assert sources.min() >= 1 and sources.max() <= len(named)
    assert sum(one["share"] for one in named) == pytest.approx(1.0)


def test_the_solid_is_as_large_as_asked_for_and_closed(made):
    from render.export.mesh_files import read_stl
    from render.export.solids import topology

    vertices, triangles = read_stl(made[0] / "relief.stl")
    width, height, depth = np.ptp(vertices, axis=0)
    assert width == pytest.approx(80.0, abs=1e-3) and height / width == pytest.approx(1.25, rel=0.01) and depth > 2.0
    assert topology(triangles).watertight and len(triangles) <= 20_000


def test_the_same_command_again_does_nothing_twice(made, again):
    assert again.returncode == 0, again.stderr
    record = json.loads(again.stdout)
    assert len(record["reused"]) == 9
    assert {name: sha for name, sha in record["outputs"].items() if name in FINAL} == checksums(made[0])


def test_no_server_and_no_worker_is_left(made, again):
    ours = [process for process in psutil.process_iter(["cmdline", "ppid"]) if process.info["ppid"] == 1
            and "prefect.server.api.server:create_app" in (process.info["cmdline"] or [])]
    assert not ours


def test_nothing_was_written_into_the_corpus_or_the_home(made, practice_corpus, cache):
    assert not [path for path in practice_corpus.rglob("*") if path.stat().st_mtime > made[0].stat().st_ctime + 1]
    assert (cache / "prefect").is_dir()


def test_other_arguments_need_another_folder_or_force(atelier, made, practice_corpus):
    status, _, err = atelier("run", practice_corpus, "--out", made[0], *SETTINGS[:-2], "--seed", "5")
    assert status == 1 and "a run with other arguments" in err and "--force" in err and "Traceback" not in err


def test_stage_by_stage_gives_the_same_bytes_on_one_thread(made, atelier_process, practice_corpus, tmp_path):
    out = tmp_path / "out"
    one = dict.fromkeys(("NUMBA_NUM_THREADS", "OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"), "1")
    for command in (["compose", practice_corpus, "--out", out, *SETTINGS, "--jobs", "1"], ["paint", out], ["relief", out],
                    ["export", out]):
        done = atelier_process(*command, environment=one)
        assert done.returncode == 0, done.stderr
    assert checksums(out) == checksums(made[0])


def _killed_when(process, ready, seconds=240):
    """kill -9 as soon as `ready()`; fails if the process ends before."""
    deadline = time.time() + seconds
    while not ready():
        assert process.poll() is None, f"it ended before it could be killed: {process.communicate()[1]}"
        assert time.time() < deadline
        time.sleep(0.02)
    children = psutil.Process(process.pid).children(recursive=True)
    os.kill(process.pid, signal.SIGKILL)
    process.communicate()
    return children


def test_killed_while_measuring_it_goes_on_with_what_is_left(atelier_process, practice_corpus, tmp_path):
    own = {"ATELIER_CACHE": str(tmp_path / "cache")}
    arguments = ("learn", practice_corpus, "--out", tmp_path / "out", "--jobs", "1")
    records = lambda: {path: path.stat().st_mtime_ns for path in Path(own["ATELIER_CACHE"]).glob("measure/*/*.json")}
    children = _killed_when(atelier_process(*arguments, start=True, environment=own), lambda: len(records()) >= 2)
    kept = records()
    assert 2 <= len(kept) < 7
    psutil.wait_procs(children, timeout=20)
    assert not any(child.is_running() and child.status() != psutil.STATUS_ZOMBIE for child in children)
    done = atelier_process(*arguments, environment=own)
    assert done.returncode == 0, done.stderr
    after = records()
    assert len(after) == 7 and {path: after[path] for path in kept} == kept


def test_killed_while_painting_it_goes_on_to_the_same_bytes(made, atelier_process, practice_corpus, tmp_path):
    out = tmp_path / "out"
    done = atelier_process("compose", practice_corpus, "--out", out, *SETTINGS)
    assert done.returncode == 0, done.stderr
    composed = (out / "work" / "compose" / "stage.json").stat().st_mtime_ns
    _killed_when(atelier_process("paint", out, start=True), (out / "work" / "paint" / "checkpoint.npz").exists)
    assert not (out / "work" / "paint" / "colour.npy").exists()
    done = atelier_process("run", practice_corpus, "--out", out, *SETTINGS)
    assert done.returncode == 0, done.stderr
    assert checksums(out) == checksums(made[0])
    assert (out / "work" / "compose" / "stage.json").stat().st_mtime_ns == composed


def test_the_flow_can_be_deployed():
    import yaml

    from flows.run.portrait import portrait_flow

    settings = yaml.safe_load((Path(__file__).parents[3] / "prefect.yaml").read_text(encoding="utf-8"))["deployments"][0]
    path, name = settings["entrypoint"].split(":")
    assert (Path(__file__).parents[3] / path).is_file() and name == "portrait_flow"
    assert set(settings["parameters"]) <= set(portrait_flow.parameters.properties)


def test_telemetry_is_off():
    from prefect.settings import get_current_settings

    import flows.run.portrait  # noqa: F401 - settles Prefect's settings

    assert os.environ["DO_NOT_TRACK"] == "1"
    assert get_current_settings().server.analytics_enabled is False
