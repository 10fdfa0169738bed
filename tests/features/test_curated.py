"""What a curator says is taken as meant, from a spreadsheet's cells as from Python's values; what is empty says nothing."""

import json
import math

import numpy as np
import pytest

from data.errors import ShapeError
from features.curated import Curated

POINTS = np.random.default_rng(0).uniform(0, 99, (68, 2))


def test_nothing_said_is_nothing():
    for row in (None, {}, {"sex": None, "age_years": math.nan, "collar": "", "box": None, "landmarks": None, "shelf": "B 1"}):
        said = Curated.of_row(row)
        assert said.attributes == {} and said.landmarks_xy is None and said.box is None


def test_attributes_are_sure_and_of_the_catalogue():
    said = Curated.of_row({"facing": "left", "sex": "male", "age_years": 61, "title": "Portrait", "mouth_open": False,
                           "format": "bust", "hands": "one"})
    assert list(said.attributes) == ["sex", "age_years", "facing", "mouth_open", "format", "hands"]
    assert {(each.confidence, each.origin) for each in said.attributes.values()} == {(1.0, "catalogue")}
    assert said.attributes["age_years"].value == 61 and said.attributes["mouth_open"].value is False


def test_other_names_serve_where_ours_are_missing():
    assert Curated.of_row({"sitter_sex": "female", "sitter_age": 33.0}).attributes["age_years"].value == 33.0
    assert Curated.of_row({"sitter_age": 33.0, "age_years": 40.0}).attributes["age_years"].value == 40.0


@pytest.mark.parametrize("landmarks", [POINTS, POINTS.tolist(), POINTS.ravel(), json.dumps(POINTS.tolist()),
                                       " ".join(str(v) for v in POINTS.ravel()), ",".join(str(v) for v in POINTS.ravel())])
def test_landmarks_in_any_writing(landmarks):
    np.testing.assert_allclose(Curated.of_row({"landmarks": landmarks}).landmarks_xy, POINTS)


@pytest.mark.parametrize("box", [(1, 2, 3.5, 4), [1, 2, 3.5, 4], "1 2 3.5 4", "[1, 2, 3.5, 4]", np.array([1, 2, 3.5, 4])])
def test_a_box_in_any_writing(box):
    assert Curated.of_row({"box": box}).box == (1.0, 2.0, 3.5, 4.0)


@pytest.mark.parametrize("row, words", [({"box": "1 2 3"}, "box must be 4 numbers, got 3"),
                                        ({"box": [1, 2, 3, math.inf]}, "box must be 4 numbers"),
                                        ({"landmarks": [1.0] * 135}, "landmarks must be 136 numbers, got 135")])
def test_too_few_numbers_are_refused(row, words):
    with pytest.raises(ShapeError, match=words):
        Curated.of_row(row)
