"""Claim: whatever a spreadsheet made of `catalogue.csv`, what can be meant is used, and the rest is named."""

import json

import pytest

from data.curator import match_rows, read_catalogue, read_landmarks

TEXT = "file,title,artist,sitter_sex,sitter_age\r\na.jpg,Doña María,Goya,female,31\r\nb.jpg,\"Man, seated\",Goya,M,40-50\r\n"
WANTED = {
    "a.jpg": {"title": "Doña María", "artist": "Goya", "sex": "female", "age_years": 31.0},
    "b.jpg": {"title": "Man, seated", "artist": "Goya", "sex": "male", "age_years": 45.0},
}


@pytest.mark.parametrize("content", [
    TEXT.encode(), ("\ufeff" + TEXT).encode(), TEXT.encode("latin-1"), ("\ufeff" + TEXT).encode("utf-16-le"),
    TEXT.replace("\r\n", "\n").encode(), TEXT.replace("\r\n", "\r").encode(),
    TEXT.replace('"Man, seated"', "Man? seated").replace(",", ";").replace("?", ",").encode(),
    TEXT.replace('"Man, seated"', "Man? seated").replace(",", "\t").replace("?", ",").encode(),
    TEXT.replace("file,", " Filename ,").encode(), TEXT.replace("a.jpg", "./a.jpg").encode(),
])
def test_every_way_of_writing_it_is_understood(tmp_path, content):
    (tmp_path / "catalogue.csv").write_bytes(content)
    assert read_catalogue(tmp_path) == (WANTED, [])


def test_bad_rows_cost_themselves_only(tmp_path):
    (tmp_path / "catalogue.csv").write_text(
        "file,sex,age,box,height_um_per_unit,single_sitter_portrait,condition\n"
        "a.jpg,unknown,old,1 2,-3,maybe,cracked\n"
        ",male,3\n"
        "\n"
        "b.jpg,male,30,\"[10, 20.5, 30, 40]\",2.5,yes,\n"
        "b.jpg,female\n"
        "c.jpg,f,,,,0,,,surplus\n"
        "sub\\d.jpg\n", encoding="utf-8")
    rows, notes = read_catalogue(tmp_path)
    assert rows["a.jpg"] == {"condition": "cracked"}
    assert rows["b.jpg"] == {"sex": "male", "age_years": 30.0, "box": [10, 20.5, 30, 40], "height_mm_per_unit": 0.0025,
                             "single_sitter_portrait": True}
    assert rows["c.jpg"] == {"sex": "female", "single_sitter_portrait": False}
    assert rows["sub/d.jpg"] == {}
    text = "\n".join(notes)
    for words in ("sex is 'unknown', expected male or female", "age_years is 'old'", "box is '1 2'",
                  "height_mm_per_unit is '-3'", "single_sitter_portrait is 'maybe'", "line 3: no file name",
                  "b.jpg is listed twice", "9 fields where 7 were expected"):
        assert words in text
    assert len(notes) == 8


@pytest.mark.parametrize("content, words", [
    (b"", "no column 'file'"), (b"a,b\n1,2\n", "it has: a, b"), (bytes(range(256)) * 4, "no column"),
    (b"file,t\n\"" + b"x" * 200_000, "field larger"),
])
def test_a_hopeless_catalogue_is_one_note(tmp_path, content, words):
    (tmp_path / "catalogue.csv").write_bytes(content)
    rows, notes = read_catalogue(tmp_path)
    assert rows == {} and len(notes) == 1 and words in notes[0]


def test_no_catalogue_is_no_problem(tmp_path):
    assert read_catalogue(tmp_path) == ({}, [])


def test_rows_find_their_files():
    rows = {"A.JPG": {"n": 1}, "only.jpg": {"n": 2}, "twice.jpg": {"n": 3}, "e\u0301.jpg": {"n": 4}, "gone.jpg": {"n": 5}}
    files = ["a.jpg", "x/only.jpg", "x/twice.jpg", "y/twice.jpg", "\u00e9.jpg"]
    matched, missing = match_rows(rows, files)
    assert matched == {"a.jpg": {"n": 1}, "x/only.jpg": {"n": 2}, "\u00e9.jpg": {"n": 4}}
    assert missing == ["twice.jpg", "gone.jpg"]


def test_landmark_files(tmp_path):
    points = [[float(i), float(2 * i)] for i in range(68)]
    path = tmp_path / "a.landmarks.json"
    path.write_text(json.dumps(points))
    assert read_landmarks(path) == ({"landmarks": points}, None)
    path.write_text(json.dumps({"landmarks": points, "box": [1, 2, 3, 4]}))
    assert read_landmarks(path) == ({"landmarks": points, "box": [1, 2, 3, 4]}, None)
    for wrong in (json.dumps(points[:5]), "no json", "{}", json.dumps({"landmarks": points, "box": [1]}),
                  json.dumps({"box": "here"})):
        path.write_text(wrong)
        values, note = read_landmarks(path)
        assert "box" not in values and note and "a.landmarks.json" in note


def test_what_is_said_of_the_figure_is_read_in_other_words_too(tmp_path):
    (tmp_path / "catalogue.csv").write_text("file,format,hands,ground,torso\na.jpg,Half length,2,Landscape,left\n"
                                            "b.jpg,oil on canvas,three,sky,up\n")
    rows, notes = read_catalogue(tmp_path)
    assert rows["a.jpg"] == {"format": "half-length", "hands": "two", "ground": "landscape", "torso": "left"}
    assert rows["b.jpg"] == {} and len(notes) == 4 and "expected none, one or two" in notes[1]
