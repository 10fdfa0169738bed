"""A measurement written as JSON and read again is the same, and says of doubtful landmarks why."""

import json

import numpy as np
import pytest

from data.errors import ShapeError
from data.estimate import Estimate
from features.face.proportions import proportions
from features.measurement import ALGORITHM_VERSION, Face, Measurement


def face(confidence=0.9, **more):
    points = np.random.default_rng(2).uniform(0, 300, (68, 2))
    return Face((1.23, 4.56, 70.0, 80.0), 0.87654321, points, np.full(68, confidence),
                {"sex": Estimate("female", 0.91, "model:x"), "age_years": Estimate(None, 0.2, "model:y")}, **more)


@pytest.mark.parametrize("embedding", [None, np.linspace(-1, 1, 128, dtype=np.float32)])
def test_writing_and_reading_again_changes_nothing(embedding):
    found = Measurement("a.jpg", "00", 300, 400, (face(embedding=embedding), face(source="curator")), None, {"weave": True})
    record = json.loads(json.dumps(found.to_json(), allow_nan=False))
    for again in (Measurement.from_json(record), Measurement.from_json(json.dumps(record))):
        assert again.to_json() == record and again.version == ALGORITHM_VERSION
    assert list(record) == ["file", "width_px", "height_px", "faces", "reason", "sha256", "brushwork", "version"]
    assert again.sitter.attributes["age_years"].value is None and again.faces[1].source == "curator"


def test_proportions_follow_from_the_landmarks_as_written():
    one = face()
    record = one.to_json()
    again = proportions(np.array(record["landmarks"]))
    assert record["proportions"] == {name: round(value, 4) for name, value in again.items()}
    assert one.proportions == proportions(one.landmarks_xy)


def test_doubtful_landmarks_say_so():
    assert face(0.5).doubt is None
    assert "confidence 0.40, two sources 0.21 eye distances" in face(0.4, disagreement=0.21).doubt
    assert face(0.4).to_json()["doubt"] == face(0.4).doubt


def test_without_a_face_there_is_no_sitter():
    nothing = Measurement("a.jpg", "00", 300, 400, (), "no face found")
    assert nothing.sitter is None and Measurement.from_json(nothing.to_json()).reason == "no face found"


def test_broken_landmarks_are_refused():
    record = face().to_json() | {"landmarks": [[1, 2]]}
    with pytest.raises(ShapeError, match="68 finite"):
        Face.from_json(record)
