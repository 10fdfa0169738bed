"""A photographed woman's figure: shoulders, outline and format, in pixels of the scan, the same however often it is written."""

import json

import numpy as np
import pytest

from features.figure.figure import Figure
from features.figure.measuring import measure_figure


@pytest.fixture(scope="module")
def measured(photo, face):
    return measure_figure(photo, face.landmarks_xy, {}, lambda points: 2 * np.asarray(points) + 100)


def test_what_is_told(measured):
    assert set(measured.attributes) == {"format", "hands", "torso", "torso_turn_deg", "ground"}
    assert measured.attributes["format"].value == "half-length"
    assert all(0 <= told.confidence <= 1 for told in measured.attributes.values())


def test_places_are_in_scan_pixels(measured, face):
    figure = measured.figure
    (left, _), (right, _) = (figure.shoulders_xy - 100) / 2
    assert left < face.landmarks_xy[:, 0].min() < face.landmarks_xy[:, 0].max() < right
    pit = (figure.pit_xy - 100) / 2
    assert abs(pit[0] - face.landmarks_xy[8, 0]) < 30 and 5 < pit[1] - face.landmarks_xy[8, 1] < 60
    assert figure.sure.any() and figure.reach.min() > 0.3


def test_a_figure_that_was_kept_is_the_one_that_was_made(measured):
    record = measured.figure.to_json()
    assert Figure.from_json(json.loads(json.dumps(record))).to_json() == record
    np.testing.assert_array_equal(Figure.from_json(record).body_xy, measured.figure.body_xy)
