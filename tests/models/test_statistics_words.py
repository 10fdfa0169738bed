"""A corpus in words: the sentence says what is known and nothing else, and long lists are cut aloud."""

import numpy as np
import pytest

from models.statistics import CATEGORIES
from models.statistics_words import Commonest, in_words, typical_sitter


def most(**values):
    return {name: Commonest(values.get(name), 0.8 if name in values else 0.0) for name in CATEGORIES}


@pytest.mark.parametrize("values, ages, sentence", [
    ({}, [], "The typical sitter is a sitter; 9 sitters."),
    ({"sex": "female"}, [30, 31], "The typical sitter is a woman (80% are women); 9 sitters."),
    ({"sex": "male", "facial_hair": "beard"}, [40] * 4,
     "The typical sitter is a bearded man of 40 to 45 (80% are men); 9 sitters."),
    ({"sex": "female", "facial_hair": "beard", "facing": "frontal", "headwear": "hat"}, [],
     "The typical sitter is a woman, facing the viewer, wearing a hat (80% are women); 9 sitters."),
    ({"facing": "left", "clothing_tone": "dark", "background_tone": "mid", "light_from": "front"}, [20, 30, 40, 50],
     "The typical sitter is a sitter of 30 to 40, facing left, in dark clothes, against a mid background, lit from the "
     "front; 9 sitters."),
    ({"sex": "male", "format": "three-quarter"}, [],
     "The typical sitter is a man, shown to the knees (80% are men); 9 sitters."),
])
def test_the_sentence_says_what_is_known(values, ages, sentence):
    assert typical_sitter(most(**values), np.array(ages, float), 9) == sentence


def test_nobody_is_said_plainly():
    assert typical_sitter(most(), np.empty(0), 0).startswith("No painting of one sitter")


def test_the_table_names_what_there_is_and_cuts_long_lists_aloud():
    summary = {"count": 3, "median": 1.5, "spread": 0.25, "p10": 1.0, "p90": 2.0}
    counts = {"files": 30, "rejected": 25, "copies": 1, "faces": 4, "with_faces": 3, "sitters": 3}
    report = {"sentence": "So.", "counts": counts,
              "distributions": {"hair_tone": {"dark": 2, "red": 0, "abstained": 1}}, "numbers": {},
              "proportions": {"mouth_width": summary, "chin_height": {**summary, "count": 0}},
              "surface": {"weave": {"seen": 1, "told": 2}},
              "rejected": [{"file": f"{n}.png", "reason": "cut short"} for n in range(25)]}
    lines = in_words(report).splitlines()
    assert "hair tone          dark 2   abstained 1" in lines
    assert any(line.split() == ["mouth", "width", "1.50", "0.25", "1.00", "2.00", "3"] for line in lines)
    assert not any("chin" in line for line in lines)
    assert "weave: seen in 1 of 2 paintings fine enough to tell" in lines
    assert "19.png: cut short" in lines and "20.png: cut short" not in lines
    assert lines[-1] == "... and 5 more (--json lists all)"
