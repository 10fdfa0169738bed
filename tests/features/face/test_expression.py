"""A mouth drawn with its corners up smiles, with its corners down is grave; a turned head or a beard is less sure."""

import numpy as np

from data.landmarks import NOSE_BRIDGE
from features.face.expression import expression
from tests.drawn import drawn_face


def face(lift=0.0, brows=0.0):
    """A drawn face whose mouth has corners `lift` and whose brows stand `brows` higher, in eyes to mouth."""
    points = drawn_face(np.random.default_rng(1), 0.0)
    unit = points[[48, 54], 1].mean() - points[36:48, 1].mean()
    points[48:68] = points[[48, 54]].mean(0) + (points[48:68] - points[[48, 54]].mean(0)) * [0.84, 1.0]
    points[[48, 54, 60, 64], 1] -= lift * unit
    points[17:27, 1] = points[36:48, 1].mean() - (0.30 + brows) * unit
    assert points[NOSE_BRIDGE, 1].max() < points[48, 1]
    return points


def test_corners_of_the_mouth():
    assert expression(face(), 0.0, 0.02, False)["expression"].value == "neutral"
    assert expression(face(lift=0.10), 0.0, 0.02, False)["expression"].value == "smiling"
    assert expression(face(lift=-0.10), 0.0, 0.02, False)["expression"].value == "grave"
    assert expression(face(brows=0.16), 0.0, 0.5, False)["expression"].value == "surprised"


def test_what_hides_the_mouth_makes_it_less_sure():
    said = [expression(face(lift=0.08), yaw, 0.02, beard)["expression"]
            for yaw, beard in ((0.0, False), (0.0, True), (48.0, False))]
    assert said[0].confidence > max(said[1].confidence, said[2].confidence) and said[0].origin == "geometry"
    assert expression(face(lift=0.045), 45.0, 0.02, True)["expression"].value is None
