"""Restyling, dreams and the fast network by the command line: pictures and films come out, bad input is one clear line."""

import json

import cv2
import numpy as np
import pytest

from data.scan import read_scan
from tests.flows.answers import clear

pytestmark = pytest.mark.slow

av = pytest.importorskip("av", reason="PyAV reads and writes videos")


def write(path, rgb):
    cv2.imwrite(str(path), np.round(np.clip(rgb, 0, 1)[..., ::-1] * 255).astype(np.uint8))
    return path


def painted_in(folder, name, base):
    """A picture of blots in one colour, without anybody in it."""
    noise = cv2.GaussianBlur(np.random.default_rng(len(name)).normal(0, 0.5, (90, 100)), (0, 0), 1.5)[..., None]
    return write(folder / name, np.float32(base) + noise)


@pytest.fixture
def things(tmp_path):
    """A photograph without a face, two pictures to learn from, a mask, a film of three frames, junk."""
    photo = np.full((60, 72, 3), 0.4, np.float32) + np.linspace(0, 0.3, 72, dtype=np.float32)[:, None]
    write(tmp_path / "photo.png", photo)
    painted_in(tmp_path, "red.png", (0.7, 0.2, 0.1))
    painted_in(tmp_path, "bluer.png", (0.1, 0.2, 0.7))
    mask = np.zeros((60, 72, 3), np.float32)
    mask[:, 36:] = 1
    write(tmp_path / "mask.png", mask)
    write(tmp_path / "small_mask.png", mask[:30])
    write(tmp_path / "pixel.png", photo[:1, :1])
    (tmp_path / "broken.mp4").write_bytes(b"not a video at all" * 50)
    (tmp_path / "frames").mkdir()
    with av.open(str(tmp_path / "film.mp4"), "w") as made:
        stream = made.add_stream("libx264", rate=12, options={"crf": "10"})
        stream.width, stream.height, stream.pix_fmt = 72, 60, "yuv420p"
        for number in range(3):
            moved = np.roll(photo, number, 1)
            write(tmp_path / "frames" / f"{number}.png", moved)
            made.mux(stream.encode(av.VideoFrame.from_ndarray(np.round(moved * 255).astype(np.uint8), format="rgb24")))
        made.mux(stream.encode(None))
    return tmp_path


@pytest.mark.parametrize("engine, suffix", [("neural", ".tif"), ("patch", ".jpg")])
def test_a_photograph_by_either_engine(atelier, things, engine, suffix):
    out = things / f"out{suffix}"
    status, said, err = atelier("restyle", things / "photo.png", "--from", things / "red.png", "--out", out, "--engine", engine,
                                "--width-mm", "60", "--brush-mm", "3", "--megapixels", "0.006")
    assert status == 0, err
    painted = read_scan(out)
    assert said == "" and abs(painted.shape[0] * painted.shape[1] / 6000 - 1) < 0.05
    assert painted[..., 0].mean() > painted[..., 2].mean() + 0.1
    assert not list(things.glob(".*"))


def test_two_masters_by_a_mask(atelier, things):
    status, _, err = atelier("restyle", things / "photo.png", "--from", things / "red.png", "--from", things / "bluer.png=2",
                             "--mask", things / "mask.png", "--out", things / "out.png", "--engine", "patch")
    assert status == 0, err
    redder = np.subtract(*np.moveaxis(read_scan(things / "out.png")[..., [0, 2]], 2, 0))
    assert redder[:, :30].mean() > 0.05 > -0.05 > redder[:, 44:].mean()


@pytest.fixture(scope="session")
def network(tmp_path_factory):
    """A fast network taught for a moment."""
    from models.feedforward_style import FastSettings, FastStyle
    from models.style import Work

    rgb = np.random.default_rng(0).random((120, 120, 3)).astype(np.float32)
    settings = FastSettings(steps=2, crop_px=64, style_layers=("conv1",), content_layer="conv1", width=8)
    path = tmp_path_factory.mktemp("fast") / "fast.safetensors"
    FastStyle.train([Work(rgb, np.zeros((120, 120), np.uint8), name="noise")], [(rgb, rgb)], settings).save(path)
    return path


@pytest.mark.parametrize("source, out", [("film.mp4", "out.mp4"), ("frames", "out"), ("photo.png", "out.png")])
def test_the_fast_engine_on_all_that_can_be_painted(atelier, things, network, source, out):
    status, _, err = atelier("restyle", things / source, "--from", network, "--out", things / out)
    assert status == 0, err
    if out.endswith(".mp4"):
        with av.open(str(things / out)) as made:
            assert len(list(made.decode(video=0))) == 3
    else:
        assert (things / out).is_dir() == (source == "frames")
    assert not list(things.glob("*.frames"))


def test_a_film_by_the_patch_engine(atelier, things):
    status, _, err = atelier("restyle", things / "frames", "--from", things / "red.png", "--out", things / "painted",
                             "--engine", "patch")
    assert status == 0 and "3 frames" in err, err
    assert len(list((things / "painted").glob("frame_*.png"))) == 3


def test_a_dream(atelier, things):
    status, _, err = atelier("dream", things / "photo.png", "--out", things / "out.png", "--layer", "fire3", "--strength", "3")
    assert status == 0, err
    change = np.abs(read_scan(things / "out.png") - read_scan(things / "photo.png")).mean()
    assert 0.002 < change < 0.05


@pytest.mark.parametrize("arguments, status, words", [
    (["photo.png", "--from", "red.png", "--faces", "yes"], 1, ["no face was found", "asked for"]),
    (["broken.mp4", "--from", "red.png"], 1, ["broken.mp4", "broken or of an unknown kind"]),
    (["pixel.png", "--from", "red.png"], 1, ["at least 32 pixels", "1 x 1"]),
    (["photo.png", "--from", "red.png", "--mask", "small_mask.png"], 1, ["72 x 30", "72 x 60", "own size"]),
    (["photo.png", "--from", "nothing"], 2, ["nothing", "expected a corpus"]),
    (["nothing.png", "--from", "red.png"], 2, ["there is no", "expected a photograph"]),
    (["photo.png", "--from", "red.png=-1"], 2, ["weight above 0"]),
    (["photo.png", "--from", "red.png", "--engine", "oil"], 2, ["unknown engine 'oil'", "neural, patch, fast"]),
    (["photo.png", "--from", "red.png", "--engine", "fast"], 2, ["learn", "--fast"]),
    (["photo.png", "--from", "red.png", "--strength", "2"], 2, ["strength", "between 0 and 1"]),
    (["photo.png", "--from", "red.png", "--brush-mm", "2"], 2, ["--width-mm"]),
    (["photo.png", "--from", "red.png", "--megapixels", "-1"], 2, ["--megapixels -1", "expected"]),
    (["photo.png", "--from", "red.png", "--out", "photo.png"], 2, ["the input itself"]),
    (["photo.png", "--from", "red.png", "--out", "out.xyz"], 2, ["out.xyz", ".png"]),
    (["frames", "--from", "red.png", "--mask", "mask.png"], 2, ["--mask", "single picture"]),
])
def test_bad_input_to_restyle_is_told_plainly(atelier, things, arguments, status, words):
    given = [things / each if "." in each or each in ("frames", "nothing") else each for each in arguments]
    if "--out" not in arguments:
        given += ["--out", things / ("out.mp4" if arguments[0] == "broken.mp4" else "out.png")]
    before = {path: path.read_bytes() for path in things.rglob("*") if path.is_file()}
    found, said, err = atelier("restyle", *given)
    clear(found, err, status, *words)
    assert said == "" and before == {path: path.read_bytes() for path in things.rglob("*") if path.is_file()}


def test_an_unknown_layer_is_told_plainly(atelier, things, practice_corpus):
    status, _, err = atelier("dream", things / "photo.png", "--out", things / "out.png", "--layer", "fire99")
    clear(status, err, 2, "unknown layer 'fire99'", "fire9")
    status, _, err = atelier("run", practice_corpus, "--out", things / "out", "--dream", "fire99")
    clear(status, err, 2, "unknown layer 'fire99'")
    status, _, err = atelier("run", practice_corpus, "--out", things / "out", "--engine", "neural", "--finish", "neural")
    clear(status, err, 2, "--finish neural", "another engine")
    assert not (things / "out").exists()


@pytest.mark.parametrize("options", [["--engine", "neural"], ["--finish", "neural", "--dream", "fire3"]])
def test_a_neural_portrait_has_height_and_knows_where_it_was_repainted(atelier, practice_corpus, tmp_path, options):
    out = tmp_path / "out"
    status, _, err = atelier("compose", practice_corpus, "--out", out, "--megapixels", "0.05", "--width-mm", "60", *options)
    assert status == 0, err
    status, _, err = atelier("relief", out)
    assert status == 0, err
    colour, moved = (np.load(out / "work" / "paint" / name) for name in ("colour.npy", "moved.npy"))
    height, origin = (np.load(out / "work" / "relief" / name) for name in ("height.npy", "origin.npy"))
    # The engine starts from the guide's own paint, which is kept: it may find nothing to repaint in a picture this small.
    assert colour.shape[:2] == moved.shape == height.shape and moved.mean() < 1
    assert moved.any() or "--dream" not in options
    assert np.isfinite(height).all() and 0.02 < np.ptp(height) < 5
    assert (origin[moved] == 3).all()
    facts = json.loads((out / "work" / "relief" / "stage.json").read_text(encoding="utf-8"))["facts"]
    assert facts["provenance"].get("painted_over", 0) == pytest.approx(moved.mean(), abs=1e-6)
