"""Composing from the command line: candidates to choose from, layouts taken up again, walks, and a person from a photograph."""

import json

import cv2
import numpy as np
import pytest

pytestmark = pytest.mark.slow

SETTINGS = ("--megapixels", "0.06", "--width-mm", "80", "--candidates", "2")


def landmarks(path):
    """In eye units: each figure is seen in a frame of its own."""
    record = json.loads(path.read_text(encoding="utf-8"))
    width, height = record["frame"]
    middle = np.array(record["eye_centre"]) * [width, height]
    return (np.array(record["landmarks"]) - middle) / (record["eye_share"] * width)


@pytest.fixture(scope="module")
def photograph(tmp_path_factory):
    data = pytest.importorskip("skimage.data")
    path = tmp_path_factory.mktemp("photograph") / "astronaut.png"
    cv2.imwrite(str(path), data.astronaut()[..., ::-1])
    return path


@pytest.mark.weights
def test_another_candidate_can_be_had(atelier, practice_corpus, tmp_path):
    status, out, err = atelier("compose", practice_corpus, "--out", tmp_path / "first", "--seed", "5", *SETTINGS)
    assert status == 0, err
    made = tmp_path / "first" / "work" / "compose"
    assert str(made / "candidates.png") in err
    sheet = cv2.imread(str(made / "candidates.png"))
    assert sheet is not None and sheet.shape[1] >= 600 and sheet.std() > 10
    np.testing.assert_allclose(landmarks(made / "candidate_1.json"), landmarks(made / "layout.json"))
    assert np.abs(landmarks(made / "candidate_2.json") - landmarks(made / "layout.json")).max() > 1e-3
    status, _, err = atelier("compose", practice_corpus, "--out", tmp_path / "second", *SETTINGS,
                             "--layout", made / "candidate_2.json")
    assert status == 0, err
    again = tmp_path / "second" / "work" / "compose" / "layout.json"
    np.testing.assert_allclose(landmarks(again), landmarks(made / "candidate_2.json"), atol=1e-4)
    asked, kept = (json.loads(path.read_text()) for path in (made / "candidate_2.json", again))
    assert kept["cast"] == asked["cast"] and kept["figure"] == asked["figure"] is not None
    assert {"body", "second", "ground", "head", "eyes", "nose", "mouth"} == set(kept["cast"])


@pytest.mark.weights
def test_a_walk_leaves_a_sheet_and_a_layout_for_every_step(atelier, practice_corpus, tmp_path):
    out = tmp_path / "out"
    status, _, err = atelier("walk", practice_corpus, "--out", out, "--seed", "1", "--to-seed", "2", "--steps", "3", *SETTINGS)
    assert status == 0, err
    assert cv2.imread(str(out / "walk" / "walk.png")).shape[1] >= 900
    steps = [landmarks(out / "walk" / f"{number}.json") for number in (1, 2, 3)]
    np.testing.assert_allclose(steps[1], (steps[0] + steps[2]) / 2, atol=1e-4)
    reach = [np.array(json.loads((out / "walk" / f"{number}.json").read_text())["figure"]["outline"]) for number in (1, 2, 3)]
    np.testing.assert_allclose(reach[1], (reach[0] + reach[2]) / 2, atol=2e-4)
    assert np.abs(steps[0] - steps[2]).max() > 1e-3


@pytest.mark.weights
def test_a_photographed_person_is_composed_and_painted(atelier, practice_corpus, photograph, tmp_path):
    out = tmp_path / "out"
    status, _, err = atelier("compose", practice_corpus, "--out", out, "--sitter", photograph, "--sitter",
                             "clothing_tone=dark", *SETTINGS)
    assert status == 0, err
    facts = json.loads((out / "work" / "compose" / "stage.json").read_text())["facts"]
    assert facts["sitter"]["sex"] == "female" and facts["nearest"] == str(photograph) and facts["distance"] < 0.6
    status, printed, err = atelier("paint", out, "--json")
    assert status == 0, err
    # A photograph lends form and colour to the guide; all the paint is the master's.
    assert not any(name == str(photograph) for name, _ in json.loads(printed)["facts"]["exemplars"])


@pytest.mark.parametrize(("options", "status", "words"), [
    (["--sitter", "TMP/missing.jpg"], 2, ["missing.jpg", "no such file"]),
    (["--sitter", "TMP/a.png", "--sitter", "TMP/b.png"], 2, ["one photograph at the most"]),
    (["--layout", "TMP/missing.json"], 2, ["--layout", "no such file"]),
    (["--layout", "TMP/a.png"], 2, ["--layout", "expected a layout"]),
    (["--sitter", "TMP/a.png"], 1, ["a.png", "no clear face", "expected one person"]),
    (["--sitter", "eyes=nobody.tif"], 1, ["eyes=nobody.tif", "no painting of one sitter has that name"]),
    (["--sitter", "body=nobody.tif"], 1, ["body=nobody.tif", "no painting of one sitter has that name"]),
    (["--sitter", "format=tall"], 2, ["format=tall", "expected one of head, bust, half-length"]),
    (["--candidates", "0"], 2, ["--candidates 0", "expected 1 to 50"]),
])
def test_bad_wishes_are_refused_in_plain_words(atelier, practice_corpus, tmp_path, options, status, words):
    for name in ("a.png", "b.png"):
        cv2.imwrite(str(tmp_path / name), np.full((200, 160, 3), 128, np.uint8))
    options = [option.replace("TMP", str(tmp_path)) for option in options]
    found, _, err = atelier("compose", practice_corpus, "--out", tmp_path / "out", "--megapixels", "0.06", *options)
    assert found == status, err
    assert all(word in err for word in words) and "Traceback" not in err


def test_a_walk_needs_two_steps(atelier, practice_corpus, tmp_path):
    status, _, err = atelier("walk", practice_corpus, "--out", tmp_path / "out", "--to-seed", "2", "--steps", "1")
    assert status == 2 and "--steps 1: expected 2 to 60" in err
