"""Weights are greatest at the features of a face and have no steps around them."""

import numpy as np

from data.parts import Part
from render.neural.fidelity import face_weights


def test_weights_rise_from_all_else_to_skin_to_features():
    parts = np.zeros((120, 100), np.uint8)
    parts[20:100, 20:80] = Part.FACE
    parts[40:48, 35:45] = Part.EYES
    weights = face_weights(parts, 0.1, 0.4, 3.0)
    assert weights.dtype == np.float32 and weights.shape == parts.shape
    assert abs(weights[5, 5] - 0.1) < 0.01 and abs(weights[85, 50] - 0.4) < 0.01 and weights[44, 40] > 2.5
    assert np.abs(np.diff(weights, axis=0)).max() < 1.0  # a step would be 2.6


def test_without_features_parts_alone_decide():
    parts = np.full((40, 40), Part.FACE, np.uint8)
    parts[:, 20:] = Part.BACKGROUND
    assert np.array_equal(face_weights(parts, 1.0, 1.5, 3.0), np.where(parts == Part.FACE, np.float32(1.5), np.float32(1)))
