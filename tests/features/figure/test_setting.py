"""Formats follow from how far the picture reaches; hands are told where arms and hands agree; grounds by what is drawn."""

from types import SimpleNamespace

import cv2
import numpy as np
import pytest

from data.landmarks import CHIN
from data.parts import Part
from features.face.upright import upright_frame
from features.figure.figure import Hand
from features.figure.grid import Grid
from features.figure.pose import Body
from features.figure.setting import format_attribute, ground_attribute, hands_attribute, torso_attributes
from tests.drawn import drawn_face


def grid(below=8.0, ground=None):
    """A face with so much picture below the chin, in units of eyes to mouth, clothes below, over a ground."""
    points = drawn_face(np.random.default_rng(4), 0.0)
    unit = upright_frame(points).unit_px
    points = points * 14 / unit + [40, 20]
    height, width = int(points[CHIN, 1] + below * 14) + 2, 220
    rgb = np.full((height, width, 3), 60, np.uint8) if ground is None else ground(height, width)
    parts = np.full((height, width), Part.BACKGROUND, np.uint8)
    parts[int(points[CHIN, 1]) + 20:, 50:120] = Part.CLOTHING
    parts[10:int(points[CHIN, 1]) + 20, 60:110] = Part.FACE
    return Grid(rgb, parts, np.zeros(parts.shape, bool), points, np.ones(2))


@pytest.mark.parametrize("below, name", [(1.5, "head"), (4, "bust"), (7.5, "half-length"), (12, "three-quarter"),
                                         (22, "full-length")])
def test_formats(below, name):
    found = format_attribute(grid(below))["format"]
    assert found.value == name and found.confidence > 0.7


def test_at_a_limit_the_format_is_withheld():
    found = format_attribute(grid(5.6))["format"]
    assert found.value is None and found.confidence < 0.55


def body(*seen):
    """Wrists at (60, 120) and (140, 120), seen as surely as is said."""
    points, visibility = np.zeros((33, 2)), np.zeros(33)
    for (wrist, little, index), x, sure in zip(((16, 18, 20), (15, 17, 19)), (60, 140), seen):
        points[[wrist, little, index]], visibility[wrist] = (x, 120), sure
    return Body(points, visibility, np.zeros(33), 1.0, -40.0, 0.9)


def hand(x, joints=True):
    return Hand((x - 10.0, 110.0, 20.0, 20.0), np.zeros((4, 2)), np.zeros((21, 2)) if joints else None, None, False, 0.95)


@pytest.mark.parametrize("hands, seen, told", [
    ([hand(60), hand(140)], (0.9, 0.9), "two"), ([hand(60)], (0.9, 0.1), "one"), ([hand(60)], (0.9, 0.95), None),
    ([], (0.1, 0.2), "none"), ([], (0.9, 0.9), None), ([hand(60), hand(140, joints=False)], (0.9, 0.1), None)])
def test_hands_are_told_where_no_arm_speaks_against_it(hands, seen, told):
    assert hands_attribute(hands, body(*seen), grid())["hands"].value == told


def test_two_hands_beside_each_other_belong_to_two_arms():
    near = hands_attribute([hand(60)], body(0.9, 0.95), SimpleNamespace(**vars(grid())))["hands"]
    assert near.value is None


def test_a_torso_turned_left():
    told = torso_attributes(body(0.9, 0.9))
    assert told["torso"].value == "left" and told["torso_turn_deg"].value == -40.0


def plain(height, width):
    rows, columns = np.mgrid[:height, :width]
    return np.repeat((60 + 30 * rows / height + 20 * (columns / width) ** 2)[..., None], 3, 2).astype(np.uint8)


def landscape(height, width):
    rgb = plain(height, width)
    rgb[:, 130:] = (120, 150, 200)
    rgb[60:, 130:] = (90, 90, 40)
    cv2.circle(rgb, (175, 60), 14, (30, 40, 20), -1)
    return rgb


def interior(height, width):
    rgb = np.full((height, width, 3), (70, 55, 40), np.uint8)
    rgb[40:52] = (140, 115, 80)
    rgb[:30, 150:190], rgb[60:, 160:200] = (25, 18, 12), (120, 95, 66)
    return rgb


def curtain(height, width):
    folds = 70 + 45 * np.sin(np.arange(width) / 3.0)
    return np.repeat(np.repeat(folds[None, :, None], height, 0), 3, 2).astype(np.uint8)


@pytest.mark.parametrize("ground", [plain, landscape, interior, curtain])
def test_grounds(ground):
    found = ground_attribute(grid(8, ground))["ground"]
    assert found.value == ground.__name__ and found.origin == "colour"


def test_no_ground_at_all_is_withheld():
    full = grid()
    full.parts[:] = Part.CLOTHING
    assert ground_attribute(full)["ground"].value is None
