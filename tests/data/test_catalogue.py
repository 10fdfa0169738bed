"""Claim: any folder is taken in: good pictures in full, bad files with their reasons, nothing decoded twice, nothing
written there."""

import errno
import json
import os

import cv2
import numpy as np
import pandas as pd
import pytest
import tifffile

from data import catalogue, catalogue_rows, duplicates, first_look
from data.catalogue import Catalogue, curated_row, ingest
from data.corpus_files import natural_order
from data.errors import CorpusError


def painted(seed, width=150, height=200):
    rng = np.random.default_rng(seed)
    canvas = np.full((height, width, 3), rng.uniform(30, 100, 3), np.float32)
    for _ in range(60):
        centre = tuple(int(value) for value in rng.uniform(0, (width, height)))
        axes = tuple(int(value) for value in rng.uniform(3, 25, 2))
        cv2.ellipse(canvas, centre, axes, float(rng.uniform(0, 180)), 0, 360, rng.uniform(10, 220, 3).tolist(), -1)
    return np.clip(canvas + rng.normal(scale=6, size=canvas.shape), 0, 255).astype(np.uint8)


def write(path, picture):
    path.parent.mkdir(parents=True, exist_ok=True)
    assert cv2.imwrite(str(path), picture)


@pytest.fixture
def corpus(tmp_path):
    """Six good pictures and most of what can be wrong."""
    folder = tmp_path / "corpus"
    for number in (1, 2, 10):
        write(folder / f"p_{number}.png", painted(number))
    write(folder / "sub" / "deep.tif", painted(4).astype(np.uint16) * 257)
    write(folder / "again.jpg", cv2.resize(painted(2), None, fx=2, fy=2, interpolation=cv2.INTER_CUBIC))
    (folder / "twin.png").write_bytes((folder / "p_1.png").read_bytes())
    # What can be wrong.
    write(folder / "cut.jpg", painted(5))
    (folder / "cut.jpg").write_bytes((folder / "cut.jpg").read_bytes()[:3000])
    (folder / "text.jpg").write_text("not a picture")
    (folder / "empty.png").write_bytes(b"")
    write(folder / "tiny.png", painted(6, 40, 40))
    (folder / "scan.psd").write_bytes(b"8BPS" + bytes(40))
    (folder / "README.txt").write_text("notes")
    (folder / "notes.pdf").write_bytes(b"%PDF")
    (folder / ".hidden.jpg").write_text("left by a program")
    (folder / ".thumbnails").mkdir()
    write(folder / ".thumbnails" / "p_1.png", painted(1))
    write(folder / "truth" / "p_1.parts.png", painted(1))
    (folder / "folder.jpg").mkdir()
    # What a curator adds.
    tifffile.imwrite(folder / "p_1.height.tif", np.zeros((400, 300), np.uint16))
    tifffile.imwrite(folder / "p_2.height.tif", np.zeros((400, 400), np.uint16))
    tifffile.imwrite(folder / "p_10.height.tif", np.zeros((200, 150), np.uint16))
    tifffile.imwrite(folder / "nobody.height.tif", np.zeros((200, 150), np.uint16))
    (folder / "p_2.landmarks.json").write_text(json.dumps([[float(i), 2.0 * i] for i in range(68)]))
    (folder / "catalogue.csv").write_bytes(
        "file,title,licence,sitter_sex,sitter_age,height_um_per_unit,dpi,sha256,shelf\r\n"
        "p_1.png,Café,CC0,female,33,0.5,600,abc,A 7\r\n"
        "p_2.png,,CC0,,,0.5,,,\r\n"
        "gone.jpg,Lost,CC0,,,,,,B 1\r\n".encode("latin-1"))
    return folder


def by_file(table):
    return {row["file"]: row for row in table.to_dict("records")}


def test_a_corpus_with_everything_in_it(corpus):
    before = {path: path.stat().st_mtime_ns for path in corpus.rglob("*")}
    done = []
    taken = ingest(corpus, progress=lambda *state: done.append(state))
    assert {path: path.stat().st_mtime_ns for path in corpus.rglob("*")} == before
    rows = by_file(taken.table)
    assert list(rows) == sorted(rows, key=natural_order) and list(rows).index("p_2.png") < list(rows).index("p_10.png")
    assert done[-1] == (11, 11) and taken.ignored == 2

    rejected = {file: row["rejected"] for file, row in rows.items() if row["rejected"] is not None}
    reasons = {"cut.jpg": "truncated or damaged JPEG", "text.jpg": "holds text", "empty.png": "0 bytes",
               "tiny.png": "too small", "scan.psd": "PSD files are not read", "gone.jpg": "no such file"}
    assert set(rejected) == set(reasons)
    for file, words in reasons.items():
        assert words in rejected[file] and "\n" not in rejected[file]

    good = rows["p_1.png"]
    assert (good["width_px"], good["height_px"], good["bit_depth"]) == (150, 200, 8)
    assert rows["sub/deep.tif"]["bit_depth"] == 16
    assert good["content_box"] == [0, 0, 150, 200]
    assert (good["title"], good["licence"], good["sex"], good["age_years"]) == ("Café", "CC0", "female", 33)
    assert good["dpi"] == 600 and good["shelf"] == "A 7" and good["curator_sha256"] == "abc"
    assert good["sha256"] != "abc" and len(good["sha256"]) == 64
    assert rows["gone.jpg"]["title"] == "Lost"

    assert (good["height_file"], good["height_mm_per_unit"]) == ("p_1.height.tif", 0.0005)
    assert rows["p_2.png"]["height_file"] is None and rows["p_10.png"]["height_file"] is None
    notes = "\n".join(taken.notes)
    for words in ("p_2.height.tif: 400 x 400 texels do not have the shape", "nobody.height.tif: there is no picture",
                  "p_10.height.tif: catalogue.csv gives no height_mm_per_unit"):
        assert words in notes

    assert (rows["twin.png"]["duplicate_of"], rows["twin.png"]["duplicate_kind"]) == ("p_1.png", "identical")
    assert (rows["p_2.png"]["duplicate_of"], rows["p_2.png"]["duplicate_kind"]) == ("again.jpg", "same")
    assert set(taken.usable.file) == {"p_1.png", "p_10.png", "again.jpg", "sub/deep.tif"}
    assert curated_row(good) == {"sex": "female", "age_years": 33}
    assert curated_row(rows["p_2.png"])["landmarks"][3] == [3, 6]
    assert curated_row(rows["p_10.png"]) == {}


def test_it_survives_storing(corpus, tmp_path):
    taken = ingest(corpus)
    taken.save(tmp_path / "c.parquet")
    loaded = Catalogue.load(tmp_path / "c.parquet")
    pd.testing.assert_frame_equal(loaded.table, taken.table)
    assert (loaded.notes, loaded.ignored) == (taken.notes, taken.ignored)
    # As flows read it, without `load`:
    plain = by_file(pd.read_parquet(tmp_path / "c.parquet"))
    assert curated_row(plain["p_2.png"]) == curated_row(by_file(taken.table)["p_2.png"])
    json.loads(taken.table.to_json(orient="records"))
    (tmp_path / "c.parquet").write_bytes(b"nonsense")
    with pytest.raises(CorpusError, match="ingest the corpus again"):
        Catalogue.load(tmp_path / "c.parquet")


def test_only_new_bytes_are_decoded(corpus, monkeypatch):
    memory = {}
    first = ingest(corpus, memory=memory)
    memory = json.loads(json.dumps(memory))  # as a store on disk would give it back
    decoded = []
    facts = first_look.picture_facts
    monkeypatch.setattr(first_look, "picture_facts", lambda path: decoded.append(path.name) or facts(path))
    monkeypatch.setattr(catalogue_rows, "find_likenesses", lambda *_, **__: pytest.fail("nothing has changed"))
    again = ingest(corpus, memory=memory)
    assert decoded == []
    pd.testing.assert_frame_equal(again.table, first.table)
    monkeypatch.undo()
    monkeypatch.setattr(first_look, "picture_facts", lambda path: decoded.append(path.name) or facts(path))
    write(corpus / "new.png", painted(77))
    os.rename(corpus / "p_10.png", corpus / "renamed.png")
    compare, compared = duplicates.compare_signatures, []
    monkeypatch.setattr(duplicates, "compare_signatures", lambda *pair: compared.append(pair) or compare(*pair))
    before = len(memory[next(key for key in memory if key.startswith("likenesses"))]["compared"])
    more = ingest(corpus, memory=memory)
    assert decoded == ["new.png"]
    assert len(compared) <= 4 < before  # the new one with each of the others, and none of these again
    assert {"new.png", "renamed.png"} < set(more.usable.file)


def test_a_read_only_corpus_is_as_good(corpus):
    folders = [corpus, *(path for path in corpus.rglob("*") if path.is_dir())]
    for folder in folders:
        folder.chmod(0o555)
    try:
        assert len(ingest(corpus).usable) == 4
    finally:
        for folder in folders:
            folder.chmod(0o755)


def test_an_unreadable_file_costs_itself_only(corpus, monkeypatch):
    def refuse(path):
        if path.name == "p_10.png":
            raise OSError(errno.EIO, "Input/output error")
        return real(path)

    real = first_look.sha256_file
    monkeypatch.setattr(first_look, "sha256_file", refuse)
    rows = by_file(ingest(corpus).table)
    assert "Input/output error" in rows["p_10.png"]["rejected"] and rows["p_1.png"]["rejected"] is None


def test_a_decoder_that_fails_oddly_costs_one_file_and_is_asked_again(corpus, monkeypatch):
    read = first_look.read_scan

    def fail(path, **options):
        if path.name == "p_10.png":
            raise MemoryError("no memory")
        return read(path, **options)

    memory = {}
    monkeypatch.setattr(first_look, "read_scan", fail)
    assert "MemoryError" in by_file(ingest(corpus, memory=memory).table)["p_10.png"]["rejected"]
    assert "unsure" not in ingest(corpus, memory=memory).table
    monkeypatch.undo()
    assert by_file(ingest(corpus, memory=memory).table)["p_10.png"]["rejected"] is None


def test_what_is_no_corpus_says_so(tmp_path):
    with pytest.raises(CorpusError, match="there is no folder"):
        ingest(tmp_path / "none")
    (tmp_path / "file.jpg").write_text("x")
    with pytest.raises(CorpusError, match="is a file"):
        ingest(tmp_path / "file.jpg")
    (tmp_path / "empty").mkdir()
    with pytest.raises(CorpusError, match="holds no pictures: expected JPEG, PNG, TIFF or WebP files, found nothing"):
        ingest(tmp_path / "empty")
    (tmp_path / "empty" / "a.txt").write_text("x")
    with pytest.raises(CorpusError, match="found 1 other files"):
        ingest(tmp_path / "empty")
    with pytest.raises(CorpusError, match="none of the 1 pictures .* can be used: file.jpg: not a JPEG"):
        ingest(tmp_path)


def test_names_of_all_kinds(tmp_path):
    for name in ("Doña Isabel [1].png", "a,b;c.png", "UPPER.PNG", "two.dots.png"):
        write(tmp_path / "w.png", painted(len(name)))
        os.rename(tmp_path / "w.png", tmp_path / name)
    write(tmp_path / "w.png", painted(3))
    try:
        os.rename(tmp_path / "w.png", os.fsencode(tmp_path) + b"/latin-\xe9.png")
    except OSError:
        pytest.skip("this file system takes UTF-8 names only")
    rows = by_file(ingest(tmp_path).table)
    assert len(rows) == 5
    assert "rename it" in rows["latin-\\xe9.png"]["rejected"]
    assert sum(row["rejected"] is None for row in rows.values()) == 4


def test_titian(corpora, monkeypatch):
    """A real corpus as a museum might export it, here a tenth of it."""
    wanted = {f"Titian_{number}.jpg" for number in range(1, 26)}
    walk = catalogue.list_corpus

    def a_tenth(corpus):
        found = walk(corpus)
        found.pictures = [file for file in found.pictures if file in wanted]
        return found

    monkeypatch.setattr(catalogue, "list_corpus", a_tenth)
    rows = by_file(ingest(corpora("titian")).table)
    assert rows["Titian_21.jpg"]["single_sitter_portrait"] is True and rows["Titian_3.jpg"]["artist"] == "Titian"
    assert rows["Titian_3.jpg"]["duplicate_of"] == "Titian_4.jpg"
    assert {file for file in wanted if rows[file]["duplicate_of"]} == {"Titian_3.jpg", "Titian_7.jpg"}
    assert all(row["rejected"].endswith("no such file") for file, row in rows.items() if file not in wanted)
