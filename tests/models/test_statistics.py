"""Statistics against corpora whose make-up is known: counts, abstentions, joint distributions, the sentence."""

import numpy as np
import pandas as pd
import pytest

from models.statistics import Statistics
from tests.models.measured import face, painting


def corpus(measurements, **columns):
    table = pd.DataFrame({"file": [one.file for one in measurements], "width_px": 600, "height_px": 800,
                          "rejected": None, "duplicate_of": None, "title": None, "year": None, "artist": None})
    for name, values in columns.items():
        table[name] = pd.Series(values, dtype=object)
    return Statistics.of(table, measurements)


@pytest.fixture
def venetian():
    """Twelve bearded men of 40, facing left in dark clothes, three women facing right, one sitter abstained from."""
    men = [painting(n, face(sex="male", age_years=40.0 + n % 5, facing="left", facial_hair="beard", clothing_tone="dark"),
                    brushwork={"face": {"stroke_width_px": 4.0 + n, "palette": []}, "usable_px": 2.0}) for n in range(12)]
    women = [painting(20 + n, face(sex="female", age_years=25.0, facing="right", facial_hair="none", clothing_tone="light"))
             for n in range(3)]
    return corpus([*men, *women, painting(30, face(sex=None, age_years=None, facing="left"))])


def test_counts_and_abstentions_add_up(venetian):
    assert venetian.counts() == {"files": 16, "rejected": 0, "copies": 0, "with_faces": 16, "faces": 16, "sitters": 16}
    assert venetian.distribution("sex") == {"female": 3, "male": 12, "abstained": 1}
    assert venetian.distribution("facial_hair") == {"none": 3, "moustache": 0, "beard": 12, "abstained": 1}
    assert all(sum(venetian.distribution(name).values()) == 16 for name in ("sex", "facing", "headwear"))


def test_the_typical_sitter_in_one_sentence(venetian):
    sentence = venetian.sentence()
    assert "a bearded man of 40 to 45" in sentence and "facing left" in sentence and "dark clothes" in sentence
    assert "80% are men" in sentence and "16 sitters" in sentence


def test_a_corpus_without_sitters_says_so():
    empty = corpus([painting(0, reason="no face found: no detector saw one")])
    assert "No painting of one sitter" in empty.sentence() and "No painting" in empty.in_words()
    assert empty.to_json()["not_sitters"] == [{"file": "0.png", "reason": "no face found: no detector saw one"}]


def test_everything_is_json(venetian):
    import json

    found = json.loads(json.dumps(venetian.to_json(), allow_nan=False))
    assert len(found["sitters"]) == 16 and found["numbers"]["age_years"]["count"] == 15
    assert found["brushwork"]["stroke_width_px"]["face"]["median"] == pytest.approx(9.5)
    assert found["proportions"]["mouth_width"]["count"] == 16 and "palette" not in found["brushwork"]
    assert "Proportions" in venetian.in_words()


def test_joint_distribution_lies_between_the_counts_and_independence(venetian):
    joint = venetian.joint("sex", "facial_hair")
    assert joint.to_numpy().sum() == pytest.approx(1)
    cells = joint.to_numpy()
    independent = np.outer(cells.sum(1), cells.sum(0))
    assert independent[1, 2] < joint.loc["male", "beard"] <= 12 / 15 + 1e-12
    assert 0 <= joint.loc["female", "beard"] < independent[0, 2]


def test_rejected_and_failed_files_are_kept_with_their_reason():
    table = pd.DataFrame({"file": ["a.png", "b.png", "c.png"], "rejected": [None, "cut short", None], "duplicate_of": None,
                          "width_px": 600, "height_px": 800})
    statistics = Statistics.of(table, [painting("a", face(sex="male"))], {"c.png": "out of memory"})
    assert statistics.to_json()["rejected"] == [{"file": "b.png", "reason": "cut short"},
                                                {"file": "c.png", "reason": "out of memory"}]
    assert statistics.counts()["sitters"] == 1
