"""The page of a run: whose paint it is by share, its pictures within it, and nothing fetched from elsewhere."""

import re

import cv2
import numpy as np
import pytest

from render.portrait.guide import Guide
from render.portrait.provenance import Provenance
from render.report.corpus_page import Card, Page
from render.report.run_page import Made, write_run_page
from tests.drawn import drawn_face


@pytest.fixture
def made(tmp_path):
    for name in ("raking", "raking-left", "candidates"):
        cv2.imwrite(str(tmp_path / f"{name}.png"), np.full((50, 40, 3), 90, np.uint8))
    height, width = 125, 100
    landmarks = drawn_face(np.random.default_rng(0), 0.0) / 4
    ys, xs = np.mgrid[:height, :width]
    source = np.dstack([np.digitize(xs, [50, 80]), ys, xs]).astype(np.int32)
    guide = Guide(np.full((height, width, 3), 0.5, np.float32), np.zeros((height, width), np.uint8),
                  np.ones((height, width), np.float32), landmarks, {}, Provenance.nobody((height, width)))
    return Made(arguments={"seed": 7, "width_mm": None}, sitter="a man & no other", guide=guide,
                cast={"body": ("a.png", False), "head": ("b.png", True), "eyes": ("a.png", False)},
                colour=np.full((height, width, 3), 30000, np.uint16), source=source,
                exemplars=[("a.png", False), ("b.png", True), ("a.png", True)],
                height_mm=np.linspace(0, 1.5, height * width, dtype=np.float32).reshape(height, width),
                raking=tmp_path / "raking.png", candidates=tmp_path / "candidates.png", exaggeration=3.0,
                critique={"layout": {"nme": 0.031, "sentence": "Kept."}, "texture": None, "sentences": ["Kept."]},
                seconds={"paint": 2.5, "relief": 1.0}, print_size="21 x 30 cm", pitch_mm=0.3)


@pytest.fixture
def text(made, tmp_path):
    counted = ("files", "rejected", "copies", "faces", "with_faces", "sitters")
    statistics = {"sentence": "Few.", "counts": dict.fromkeys(counted, 2),
                  "distributions": {}, "confidence": {}, "joint": {}, "proportions": {}, "numbers": {}, "brushwork": {},
                  "surface": {}, "rejected": [], "not_sitters": []}
    cards = [Card(name, "", "", "", "", False, True, "", {}, {}, picture=f"data:image/png;base64,{name}")
             for name in ("a.png", "c.png")]
    columns = {"names": [], "values": [], "sex": [], "file": []}
    write_run_page(tmp_path / "run.html", made, Page("corpus", statistics, cards, [], columns))
    return (tmp_path / "run.html").read_text(encoding="utf-8")


def test_nothing_is_fetched_and_words_are_escaped(text):
    assert not re.search(r"""(src|href)\s*=\s*["']?(https?:|//)|@import|url\(""", text)
    assert "a man &amp; no other" in text and "a man & no" not in text


def test_shares_add_up_by_painting_the_largest_first(text):
    legend = text[text.index('id="legend"'):text.index("<h3>Time")]
    assert re.findall(r"<span>(\w\.png): ([\d.]+) %", legend) == [("a.png", "70.0"), ("b.png", "30.0")]
    assert "(body; eyes)" in legend and "(head, mirrored)" in legend
    assert "data:image/png;base64,a.png" in legend and "c.png" not in legend


def test_lamps_are_shown_where_there_are_pictures_of_them(text):
    assert "A lamp at the left." in text and "A lamp at the right." not in text
    assert "shown 3 times as high" in text and "1.50 mm of relief" in text


def test_arguments_times_and_critique_are_told(text):
    assert "as it is" in text and "3.5 s" in text and "<li>Kept.</li>" in text and "0.031" in text
