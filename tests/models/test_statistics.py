"""Statistics against corpora whose make-up is known: counts, abstentions, shrinkage, robust spread, the sentence."""

from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from data.estimate import Estimate
from models.sitters import sitter_of
from models.statistics import Statistics, shrunk, summary
from tests.drawn import drawn_face


def face(*, size=100.0, confidence=0.9, landmark=0.8, turned=0.0, **values):
    points = drawn_face(np.random.default_rng(1), turned)
    points = (points - points.mean(0)) * size / 90 + [300, 250]
    return SimpleNamespace(
        box=(250.0, 200.0, size * 1.6, size * 1.6), confidence=confidence, landmarks_xy=points,
        landmark_confidence=np.full(68, landmark),
        attributes={name: Estimate(value, 0.8, "drawn") for name, value in values.items()})


def painting(number, *faces, reason=None, brushwork=None):
    return SimpleNamespace(file=f"{number}.png", sha256=str(number), width_px=600, height_px=800, faces=faces, reason=reason,
                           brushwork=brushwork or {})


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


@given(arrays(float, (3, 4), elements=st.integers(0, 40).map(float)))
def test_shrinkage_keeps_margins_and_never_leaves_the_simplex(counts):
    cells = shrunk(counts)
    assert cells.min() >= 0 and cells.sum() == pytest.approx(1)
    if counts.sum():
        np.testing.assert_allclose(cells.sum(0), counts.sum(0) / counts.sum(), atol=1e-12)
        np.testing.assert_allclose(cells.sum(1), counts.sum(1) / counts.sum(), atol=1e-12)


def test_shrinkage_fades_as_the_corpus_grows():
    few = np.array([[6.0, 2.0], [2.0, 6.0]])
    gap = lambda counts: np.abs(shrunk(counts) - counts / counts.sum()).max()
    assert gap(few) > gap(few * 10) > gap(few * 100) and gap(few * 1000) < 1e-3


def test_robust_spread_is_the_standard_deviation_of_normal_numbers_and_ignores_strays():
    numbers = np.random.default_rng(2).normal(10, 2, 20_000)
    clean, spoilt = summary(numbers), summary([*numbers, *[1e6] * 200])
    assert clean["spread"] == pytest.approx(2, rel=0.03) and spoilt["spread"] == pytest.approx(2, rel=0.05)
    assert clean["median"] == pytest.approx(10, abs=0.1) and summary([None, np.nan])["count"] == 0


@pytest.mark.parametrize("faces, row, reason", [
    ((face(), face(size=95)), {}, "2 faces of like size"),
    ((face(), face(size=20)), {}, None),
    ((face(size=15),), {}, "too small"),
    ((face(confidence=0.1),), {}, "too uncertain"),
    ((face(landmark=0.1),), {}, "too uncertain"),
    ((), {}, "no face"),
    ((face(),), {"duplicate_of": "better.png"}, "the same painting as better.png"),
    ((face(),), {"duplicate_of": float("nan")}, None),
    ((face(),), {"single_sitter_portrait": False}, "says the catalogue"),
    ((face(),), {"single_sitter_portrait": "0"}, "says the catalogue"),
    ((face(), face(size=95)), {"single_sitter_portrait": True}, None),
])
def test_which_paintings_show_one_sitter(faces, row, reason):
    found, why = sitter_of(painting(0, *faces), row)
    assert (found is faces[0] and why is None) if reason is None else (found is None and reason in why)


def test_rejected_and_failed_files_are_kept_with_their_reason():
    table = pd.DataFrame({"file": ["a.png", "b.png", "c.png"], "rejected": [None, "cut short", None], "duplicate_of": None,
                          "width_px": 600, "height_px": 800})
    statistics = Statistics.of(table, [painting("a", face(sex="male"))], {"c.png": "out of memory"})
    assert statistics.to_json()["rejected"] == [{"file": "b.png", "reason": "cut short"},
                                                {"file": "c.png", "reason": "out of memory"}]
    assert statistics.counts()["sitters"] == 1
