"""A view in a mirror: everything sided changes sides, and twice mirrored is as before."""

from dataclasses import replace

import numpy as np
import pytest

from data.estimate import Estimate
from data.landmarks import LEFT_EYE, MIRRORED, RIGHT_EYE, mirror
from models.shape import mirrored_shape
from tests.features.figure.drawn_figure import drawn_figure
from tests.models.faces import face


def test_the_mirror_turns_heads_and_back(drawn_bank):
    view = drawn_bank.views[0]
    mirrored = view.in_mirror()
    assert mirrored.turn == pytest.approx(-view.turn)
    assert mirrored.value("facing") == "right" and view.value("facing") == "left"
    assert mirrored.mirrored and not mirrored.in_mirror().mirrored
    np.testing.assert_allclose(mirrored.in_mirror().landmarks_xy, view.landmarks_xy)
    np.testing.assert_array_equal(mirrored.in_mirror().parts, view.parts)
    np.testing.assert_allclose(mirrored.shape, mirrored_shape(view.shape), atol=1e-9)


def test_everything_sided_changes_sides(drawn_bank):
    said = {"facing": "left", "light_from": "front", "gaze": "right", "yaw_deg": -20.0, "sex": "male", "torso": "right",
            "torso_turn_deg": 12.0}
    view = replace(drawn_bank.views[0], attributes={name: Estimate(value, 0.5, "drawn") for name, value in said.items()},
                   figure=drawn_figure())
    mirrored = view.in_mirror()
    assert {name: mirrored.value(name) for name in said} == {"facing": "right", "light_from": "front", "gaze": "left",
                                                             "yaw_deg": 20.0, "sex": "male", "torso": "left",
                                                             "torso_turn_deg": -12.0}
    assert mirrored.figure.hands[1].side == "right"
    np.testing.assert_array_equal(mirrored.figure.shoulders_xy[:, 0], [99, 299])
    np.testing.assert_allclose(mirrored.light, view.light * [-1, 1])
    x, y, w, h = mirrored.content_box
    assert (view.width_px - x - w, y, w, h) == view.content_box


def test_what_is_unknown_has_the_default(drawn_bank):
    view = replace(drawn_bank.views[0], attributes={"hair_tone": Estimate(None, 0.0, "abstained")})
    assert view.value("hair_tone", "dark") == "dark" and view.value("never heard of") is None


def test_a_mirror_keeps_the_landmarks_names():
    points = face(jitter=4)
    flipped = mirror(points, 640)
    np.testing.assert_allclose(mirror(flipped, 640), points)
    assert flipped[LEFT_EYE].mean(0)[0] < flipped[RIGHT_EYE].mean(0)[0]
    assert sorted(MIRRORED) == list(range(68))
