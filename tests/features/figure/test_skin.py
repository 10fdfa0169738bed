"""Skin is what has the colour of the face, in light and in half shadow, and nothing else."""

import numpy as np

from data.parts import Part
from features.figure.skin import skin_map

SKIN = np.array([205, 160, 130])


def scene():
    rgb = np.full((120, 100, 3), (40, 45, 60), np.uint8)
    parts = np.full((120, 100), Part.CLOTHING, np.uint8)
    rgb[10:50, 30:70], parts[10:50, 30:70] = SKIN, Part.FACE
    rgb[80:100, 10:30] = SKIN
    rgb[80:100, 70:90] = (235, 235, 230)
    return np.clip(rgb + np.random.default_rng(2).normal(0, 3, rgb.shape), 0, 255).astype(np.uint8), parts


def test_a_hand_is_skin_and_linen_and_cloth_are_not():
    skin = skin_map(*scene())
    assert skin[83:97, 13:27].mean() > 0.95 and skin[83:97, 73:87].mean() < 0.05 and skin[60:75].mean() < 0.02


def test_half_shadow_changes_nothing():
    rgb, parts = scene()
    rgb[80:100, 10:30] = SKIN * 0.62
    assert skin_map(rgb, parts)[83:97, 13:27].mean() > 0.9


def test_without_a_face_there_is_no_telling():
    rgb, parts = scene()
    parts[:] = Part.CLOTHING
    assert not skin_map(rgb, parts).any()
