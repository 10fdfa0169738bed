"""Features show strokes: not how bright a picture is, but which way its ridges run and how they are lit."""

import cv2
import numpy as np
import pytest

from models.relief_features import FEATURE_COUNT, stroke_features


def ridges(angle, size=96):
    """A grey picture of parallel ridges."""
    y, x = np.mgrid[:size, :size]
    wave = 0.5 + 0.1 * np.sin((x * np.cos(angle) + y * np.sin(angle)) / 2)
    return np.dstack([wave.astype(np.float32)] * 3)


def test_all_features_are_there_and_bounded():
    features = stroke_features(np.random.default_rng(0).random((50, 60, 3)))
    assert features.shape == (FEATURE_COUNT, 50, 60) and features.dtype == np.float32
    assert np.abs(features).max() <= 3


def test_flat_pictures_look_the_same_however_bright():
    grey = np.full((40, 40, 3), 0.1, np.float32)
    np.testing.assert_allclose(stroke_features(grey), stroke_features(9 * grey), atol=1e-4)


@pytest.mark.parametrize("angle, cosine, sine", [(0, 1, 0), (np.pi / 2, -1, 0), (np.pi / 4, 0, 1)])
def test_the_structure_tensor_tells_the_direction(angle, cosine, sine):
    energy, along, across = stroke_features(ridges(angle))[-6:-3, 20:-20, 20:-20].mean((1, 2))
    assert energy > 0.1
    assert np.sign(np.round(along / energy, 1)) == cosine and np.sign(np.round(across / energy, 1)) == sine


def test_shading_turned_back_into_height_is_like_the_height():
    rng = np.random.default_rng(1)
    height = cv2.GaussianBlur(rng.standard_normal((120, 120)).astype(np.float32), (0, 0), 2)
    slope_y, slope_x = np.gradient(height)
    # Lit from the upper left: what rises to the right or downwards turns to the light.
    shaded = np.clip(0.5 * (1 - 1.5 * (0.6 * slope_x + 0.8 * slope_y)), 0.05, 1)
    found = [np.corrcoef(plane[20:-20, 20:-20].ravel(), height[20:-20, 20:-20].ravel())[0, 1]
             for plane in stroke_features(np.dstack([shaded] * 3))[3:7]]
    # Left and right light, near and farther surroundings: the right guess reads it better.
    assert abs(found[0]) > 0.5 and abs(found[0]) > abs(found[1]) and abs(found[2]) > abs(found[3])
