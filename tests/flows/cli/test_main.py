"""Whatever the user gives, the answer is a result or one clear line: 1 for failure, 2 for misuse, never a traceback."""

import errno
import json
import re
import subprocess
from pathlib import Path

import cv2
import numpy as np
import pytest

from flows.cli.main import cli, main
from render.portrait.guide import Guide
from tests.flows.answers import clear

pytestmark = pytest.mark.slow

REFERENCE = Path(__file__).parents[3] / "docs" / "commands.md"


@pytest.mark.parametrize("name", sorted(cli.commands))
def test_every_command_has_help_and_stands_in_the_reference(atelier, name):
    status, out, _ = atelier(name, "--help")
    assert status == 0 and "Usage: atelier" in out and len(cli.commands[name].help) > 20
    assert f"\n## atelier {name}\n" in REFERENCE.read_text("utf-8"), f"`atelier {name}` is not in docs/commands.md"
    for option in cli.commands[name].params:
        assert getattr(option, "help", None) or option.param_type_name == "argument", f"{name} {option.name} has no help"


@pytest.mark.parametrize("arguments, words", [
    (["run"], ["CORPUS"]),
    (["nonsense"], ["No such command"]),
    (["run", "CORPUS", "--out", "OUT", "--megapixels", "-1"], ["--megapixels -1", "expected"]),
    (["run", "CORPUS", "--out", "OUT", "--megapixels", "nan"], ["--megapixels nan", "expected"]),
    (["run", "CORPUS", "--out", "OUT", "--megapixels", "large"], ["not a valid float"]),
    (["run", "CORPUS", "--out", "OUT", "--width-mm", "0"], ["--width-mm 0", "expected"]),
    (["run", "CORPUS", "--out", "OUT", "--seed", "-1"], ["--seed -1", "expected"]),
    (["run", "CORPUS", "--out", "OUT", "--jobs", "0"], ["--jobs 0", "expected"]),
    (["run", "CORPUS", "--out", "OUT", "--engine", "spray"], ["--engine spray", "expected"]),
    (["run", "CORPUS", "--out", "OUT", "--sitter", "species=cat"], ["species=cat", "sex", "facing"]),
    (["run", "CORPUS", "--out", "OUT", "--sitter", "sex=perhaps"], ["sex=perhaps", "female, male"]),
    (["run", "CORPUS", "--out", "OUT", "--sitter", "age=old"], ["age=old", "years"]),
    (["run", "CORPUS/inside", "--out", "OUT"], ["no folder"]),
    (["run", "CORPUS", "--out", "CORPUS/out"], ["nothing is ever written into a corpus"]),
    (["stats", "CORPUS/practice_001.tif"], ["is a file", "folder"]),
    (["practice", "--out", "OUT", "--count", "0"], ["--count 0", "expected"]),
    (["paint", "OUT"], ["atelier compose"]),
    (["critique", "CORPUS"], ["atelier compose"]),
])
def test_misuse_is_said_and_ends_with_2(atelier, practice_corpus, tmp_path, arguments, words):
    places = {"CORPUS": str(practice_corpus), "OUT": str(tmp_path / "out")}
    arguments = [re.sub("CORPUS|OUT", lambda found: places[found[0]], argument) for argument in arguments]
    before = sorted(practice_corpus.rglob("*"))
    status, out, err = atelier(*arguments)
    clear(status, err, 2, *words)
    assert out == "" and not (tmp_path / "out").exists() and sorted(practice_corpus.rglob("*")) == before


@pytest.mark.parametrize("command", ["run", "stats", "ingest"])
def test_an_empty_folder(atelier, tmp_path, command):
    (tmp_path / "corpus").mkdir()
    arguments = ["--out", tmp_path / "out"] if command == "run" else []
    status, _, err = atelier(command, tmp_path / "corpus", *arguments)
    clear(status, err, 1, "is empty", "expected scans")


def test_a_folder_with_other_files_only(atelier, tmp_path):
    (tmp_path / "corpus").mkdir()
    (tmp_path / "corpus" / "notes.txt").write_text("no scans here")
    status, _, err = atelier("stats", tmp_path / "corpus")
    clear(status, err, 1, "no pictures", "expected JPEG, PNG, TIFF")


def landscapes(folder, count):
    """Painted hills without anybody in them."""
    folder.mkdir(exist_ok=True)
    rng = np.random.default_rng(5)
    for number in range(count):
        picture = np.full((240, 320, 3), (190, 150, 110), np.uint8)
        picture[150 + number * 5:] = rng.integers(20, 120, 3)
        picture = cv2.GaussianBlur(picture, (0, 0), 3) + rng.integers(0, 30, picture.shape).astype(np.uint8)
        cv2.imwrite(str(folder / f"hills_{number}.png"), picture)


def test_no_faces_at_all(atelier, tmp_path):
    landscapes(tmp_path / "corpus", 3)
    status, _, err = atelier("learn", tmp_path / "corpus", "--out", tmp_path / "out")
    clear(status, err, 1, "none of the", "shows a face", "expected portraits")
    status, out, _ = atelier("stats", tmp_path / "corpus")
    assert status == 0 and "No painting of one sitter" in out


def test_three_faces_only(atelier, corpus_of, tmp_path):
    status, _, err = atelier("learn", corpus_of(3), "--out", tmp_path / "out")
    clear(status, err, 1, "only 3 paintings", "at least 4", "add portraits")


def spoil(folder):
    """Junk of every kind beside the good paintings; the names of the files that must be rejected."""
    good = next(folder.glob("*.tif"))
    rgb = np.full((200, 160, 3), 120, np.uint8) + np.arange(160, dtype=np.uint8)[:, None] % 40
    cv2.imwrite(str(folder / "whole.jpg"), rgb)
    whole = (folder / "whole.jpg").read_bytes()
    (folder / "truncated.jpg").write_bytes(whole[: len(whole) // 2])
    (folder / "whole.jpg").unlink()
    (folder / "text.jpg").write_text("This is not a picture, it only says so.\n" * 20)
    (folder / "nothing.png").write_bytes(b"")
    (folder / "cut.tif").write_bytes(good.read_bytes()[:3000])
    (folder / "folder.jpg").mkdir()
    return {"truncated.jpg", "text.jpg", "nothing.png", "cut.tif"}


def test_junk_is_listed_with_reasons_and_the_good_paintings_are_used(atelier, corpus_of):
    corpus = corpus_of(5)
    junk = spoil(corpus)
    status, out, _ = atelier("stats", corpus, "--json")
    assert status == 0
    found = json.loads(out)
    assert {one["file"] for one in found["rejected"]} == junk and all(len(one["reason"]) > 8 for one in found["rejected"])
    assert found["counts"]["sitters"] == 5 and len(found["sitters"]) == 5
    status, out, _ = atelier("ingest", corpus)
    assert status == 0 and all(re.search(rf"{re.escape(name)} .*rejected: ", out) for name in junk)


def test_measure_prints_a_line_for_every_image(atelier, practice_corpus, tmp_path):
    landscapes(tmp_path / "more", 1)
    (tmp_path / "more" / "text.jpg").write_text("not a picture")
    images = [practice_corpus / "practice_001.tif", tmp_path / "more" / "hills_0.png", tmp_path / "more" / "text.jpg",
              tmp_path / "more" / "gone.jpg"]
    status, out, err = atelier("measure", *images, "--json")
    clear(status, err, 1, "text.jpg", "gone.jpg: cannot be read: No such file")
    lines = [json.loads(line) for line in out.splitlines()]
    assert [line["file"] for line in lines] == [str(image) for image in images]
    face, hills, text, gone = lines
    assert face["reason"] is None and face["width_px"] == 320 and len(face["faces"]) == 1
    assert np.array(face["faces"][0]["landmarks"]).shape == (68, 2) and len(face["faces"][0]["box"]) == 4
    assert {"value", "confidence", "origin"} <= set(face["faces"][0]["attributes"]["sex"])
    assert hills["faces"] == [] and hills["reason"] and hills["height_px"] == 240
    assert text["faces"] == gone["faces"] == [] and text["reason"] and gone["reason"]


def test_measure_ends_with_0_when_every_image_could_be_read(atelier, practice_corpus):
    status, out, _ = atelier("measure", practice_corpus / "practice_002.tif")
    assert status == 0 and "practice_002.tif" in out and "facing" in out


def test_what_was_measured_once_is_not_even_decoded_again(atelier, practice_corpus, monkeypatch):
    first = atelier("stats", practice_corpus, "--json")
    assert first[0] == 0

    def never(*_, **__):
        raise AssertionError("decoded again")

    monkeypatch.setattr("data.first_look.read_scan", never)
    monkeypatch.setattr("data.first_look.scan_info", never)
    monkeypatch.setattr("flows.corpus.measuring._pool", never)
    assert atelier("stats", practice_corpus, "--json")[:2] == first[:2]


def test_one_painting_more_costs_one_painting(atelier, corpus_of, practice_corpus, monkeypatch):
    from flows.corpus import measuring

    corpus = corpus_of(4)
    atelier("stats", corpus)
    (corpus / "new.tif").write_bytes((practice_corpus / "practice_006.tif").read_bytes() + b" ")
    measured = []
    call = measuring.Measurer.call
    monkeypatch.setattr(measuring.Measurer, "call", lambda self, file, *more: measured.append(file) or call(self, file, *more))
    assert atelier("stats", corpus)[0] == 0
    assert measured == ["new.tif"]


def test_a_curators_word_is_measured_anew(atelier, corpus_of):
    corpus = corpus_of(4)
    atelier("stats", corpus)
    name = sorted(path.name for path in corpus.glob("*.tif"))[0]
    (corpus / "catalogue.csv").write_text(f"file,sex,age_years\n{name},female,71\n")
    _, out, _ = atelier("stats", corpus, "--json")
    sitter = next(one for one in json.loads(out)["sitters"] if one["file"] == name)
    assert (sitter["sex"], sitter["age_years"], sitter["sex_origin"]) == ("female", 71.0, "catalogue")


def test_damaged_cache_records_are_made_again(atelier, corpus_of, cache):
    corpus = corpus_of(4)
    first = atelier("stats", corpus, "--json")
    for kind in ("ingest", "measure"):
        for path in (cache / kind).glob("*/*.json"):
            path.write_bytes(path.read_bytes()[:100])
    assert atelier("stats", corpus, "--json")[:2] == first[:2]


def test_tables_can_be_exported(atelier, practice_corpus, tmp_path):
    import pandas as pd

    status, _, _ = atelier("stats", practice_corpus, "--csv", tmp_path / "t.csv", "--parquet", tmp_path / "t.parquet")
    csv, parquet = pd.read_csv(tmp_path / "t.csv"), pd.read_parquet(tmp_path / "t.parquet")
    assert status == 0 and len(csv) == len(parquet) == 7 and list(csv.columns) == list(parquet.columns)


def test_an_output_folder_with_other_things_is_left_alone(atelier, practice_corpus, tmp_path):
    out = tmp_path / "out"
    out.mkdir()
    (out / "thesis.txt").write_text("years of work")
    status, _, err = atelier("run", practice_corpus, "--out", out)
    clear(status, err, 1, "holds other files", "--force")
    assert sorted(path.name for path in out.iterdir()) == ["thesis.txt"]
    (tmp_path / "file").write_text("")
    status, _, err = atelier("run", practice_corpus, "--out", tmp_path / "file")
    clear(status, err, 1, "is a file")


def test_a_read_only_corpus_serves_and_unreadable_files_are_rejected(atelier_process, corpus_of):
    corpus = corpus_of(5)
    hidden = sorted(corpus.glob("*.tif"))[0]
    hidden.chmod(0)
    corpus.chmod(0o555)
    try:
        done = atelier_process("stats", corpus, "--json", plain_user=True)
        assert done.returncode == 0, done.stderr
        found = json.loads(done.stdout)
        assert [one["file"] for one in found["rejected"]] == [hidden.name]
        assert "permission" in found["rejected"][0]["reason"].lower() or "denied" in found["rejected"][0]["reason"].lower()
        assert found["counts"]["sitters"] == 4
        corpus.chmod(0)
        done = atelier_process("stats", corpus, plain_user=True)
        clear(done.returncode, done.stderr, 1, "cannot be read", "permission")
    finally:
        corpus.chmod(0o755)


def test_an_output_folder_that_cannot_be_written(atelier_process, practice_corpus, tmp_path):
    locked = tmp_path / "locked"
    locked.mkdir(mode=0o555)
    done = atelier_process("run", practice_corpus, "--out", locked / "out", plain_user=True)
    clear(done.returncode, done.stderr, 1, "cannot be written", "--out")
    done = atelier_process("stats", practice_corpus, "--cache", locked / "cache", plain_user=True)
    clear(done.returncode, done.stderr, 1, "cache folder", "--cache DIR")


def test_a_full_disk_is_said_and_nothing_is_lost(atelier, practice_corpus, tmp_path, monkeypatch):
    def full(guide, path):
        from data.files import replacing

        with replacing(path) as beside:
            beside.write_bytes(b"half")
            raise OSError(errno.ENOSPC, "No space left on device")

    out = tmp_path / "out"
    arguments = ("compose", practice_corpus, "--out", out, "--megapixels", "0.05", "--candidates", "1")
    with monkeypatch.context() as patched:
        patched.setattr(Guide, "save", full)
        status, _, err = atelier(*arguments)
    clear(status, err, 1, "no space left", "run the same command again")
    assert not list((out / "work" / "compose").glob("*guide.npz"))
    learned = (out / "work" / "learn" / "stage.json").stat().st_mtime_ns
    status, _, err = atelier(*arguments)
    assert status == 0, err
    assert (out / "work" / "learn" / "stage.json").stat().st_mtime_ns == learned


def test_a_disk_that_is_really_full(atelier_process, practice_corpus, tmp_path):
    small = tmp_path / "small"
    small.mkdir()
    mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=400k", "tmpfs", small], capture_output=True)
    if mounted.returncode:
        pytest.skip("no right to mount a small disk: run as root to fill a real one")
    try:
        done = atelier_process("compose", practice_corpus, "--out", small / "out", "--megapixels", "0.2")
        clear(done.returncode, done.stderr, 1, "no space left")
    finally:
        subprocess.run(["umount", small], check=True)


def test_ctrl_c_says_that_work_is_kept(atelier, practice_corpus, monkeypatch):
    def interrupted(*_, **__):
        raise KeyboardInterrupt

    monkeypatch.setattr("flows.corpus.corpus_view.view_corpus", interrupted)
    status, _, err = atelier("stats", practice_corpus)
    clear(status, err, 130, "kept")


def test_main_gives_back_a_status_and_does_not_exit():
    assert main(["--version"]) == 0


def test_practice_does_not_paint_over_things(atelier, tmp_path):
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "mine.txt").write_text("")
    status, _, err = atelier("practice", "--out", tmp_path / "out", "--count", "1")
    clear(status, err, 2, "is not empty", "--force")
    assert [path.name for path in (tmp_path / "out").iterdir()] == ["mine.txt"]
