"""Drawn colours are named as drawn, and the lit side is the side the light comes from."""

import numpy as np
import pytest

from data.parts import Part
from features.sitter.colours import colour_attributes

CLOTH = {"red": ((150, 20, 30), "mid"), "blue": ((30, 50, 140), "dark"), "black": ((18, 17, 16), "dark"),
         "green": ((30, 110, 50), "mid"), "white": ((235, 232, 225), "light")}


def drawn(cloth, *, light=0.0, collar=None):
    """A flat sitter of 200 x 240 px: landmarks on a grid, mesh on half a ball, the face lit from one side."""
    y, x = np.mgrid[:240, :200].astype(np.float64)
    rgb = np.full((240, 200, 3), 60, np.uint8)
    parts = np.zeros((240, 200), np.uint8)
    parts[150:] = Part.CLOTHING
    rgb[150:] = cloth
    face = ((x - 100) / 34) ** 2 + ((y - 92) / 44) ** 2 < 1
    parts[face] = Part.FACE
    shade = 1 + light * (x - 100) / 34
    rgb[face] = np.clip(np.array([200, 160, 130]) * shade[face][:, None], 0, 255)
    hair = (((x - 100) / 40) ** 2 + ((y - 70) / 42) ** 2 < 1) & ~face & (y < 90)
    parts[hair], rgb[hair] = Part.HAIR, (30, 24, 20)
    if collar is not None:
        parts[138:165, 75:125], rgb[138:165, 75:125] = Part.NECK, collar
    landmarks = np.full((68, 2), [100.0, 92.0])
    landmarks[36:42], landmarks[42:48] = [86, 82], [114, 82]
    landmarks[48], landmarks[54] = [90, 112], [110, 112]
    turn, tilt = np.meshgrid(np.linspace(-1.2, 1.2, 26), np.linspace(-1.0, 1.0, 18))
    mesh = np.stack([100 + 34 * np.sin(turn), 92 + 40 * np.sin(tilt), -34 * np.cos(turn) * np.cos(tilt)], -1)
    return rgb, parts, landmarks, mesh.reshape(-1, 3)


@pytest.mark.parametrize("hue", CLOTH)
def test_clothing(hue):
    colour, tone = CLOTH[hue]
    found = colour_attributes(*drawn(colour), hatted=0.0)
    assert found["clothing_hue"].value == hue and found["clothing_tone"].value == tone


@pytest.mark.parametrize("light, side", [(-0.4, "left"), (0.4, "right"), (0.0, "front")])
def test_light(light, side):
    assert colour_attributes(*drawn((40, 40, 40), light=light), hatted=0.0)["light_from"].value == side


def test_collar():
    assert colour_attributes(*drawn((25, 25, 25), collar=(235, 230, 220)), hatted=0.0)["collar"].value == "white"
    assert colour_attributes(*drawn((25, 25, 25), collar=(190, 150, 120)), hatted=0.0)["collar"].value == "none"


def test_hair_is_not_told_under_a_hat():
    assert colour_attributes(*drawn((25, 25, 25)), hatted=0.0)["hair_tone"].value == "dark"
    assert colour_attributes(*drawn((25, 25, 25)), hatted=0.9)["hair_tone"].value is None


def test_under_a_hat_the_beard_tells():
    rgb, parts, landmarks, mesh = drawn((25, 25, 25))
    rgb[118:140, 70:130], parts[118:140, 70:130] = (170, 165, 155), Part.FACE
    grey = colour_attributes(rgb, parts, landmarks, mesh, hatted=0.9, bearded=True)["hair_tone"]
    assert grey.value == "grey" and 0.4 < grey.confidence < 0.9
    rgb[118:140, 70:130] = (30, 24, 20)
    assert colour_attributes(rgb, parts, landmarks, mesh, hatted=0.9, bearded=True)["hair_tone"].value == "dark"


def test_grey_hair_has_less_colour_than_the_skin_beside_it():
    rgb, parts, landmarks, mesh = drawn((25, 25, 25))
    for colour, tone in (((150, 142, 130), "grey"), ((190, 150, 90), "fair"), ((110, 50, 30), "red")):
        rgb[parts == Part.HAIR] = colour
        assert colour_attributes(rgb, parts, landmarks, mesh, hatted=0.0)["hair_tone"].value == tone
