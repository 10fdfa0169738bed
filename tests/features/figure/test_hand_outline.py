"""The outline of a hand holds all of its skin and the bare forearm, and stops at the sleeve and at the picture's edge."""

import cv2
import numpy as np

from features.figure.hand_outline import hand_outline, spot_outline
from features.figure.hands import SeenHand
from features.figure.pose import Body

SKIN, SLEEVE = (200, 155, 125), (40, 42, 58)
# Wrist at (200, 200), fingers downwards.
JOINTS = np.array([[200, 200], *[[180 - 6 * k, 212 + 8 * k] for k in range(4)],
                   *[[188 + 9 * finger, 236 + 14 * k] for finger in range(4) for k in range(4)]], float)


def scene(forearm):
    rgb = np.full((400, 400, 3), SLEEVE, np.uint8)
    hull = cv2.convexHull(JOINTS.astype(np.int32))
    hand = cv2.dilate(cv2.fillPoly(np.zeros((400, 400), np.uint8), [hull], 1), np.ones((11, 11), np.uint8))
    rgb[hand > 0] = SKIN
    if forearm:
        rgb[110:205, 188:213] = SKIN
    noise = np.random.default_rng(3).normal(0, 3, rgb.shape)
    points = np.zeros((33, 2))
    points[13], points[14] = (200, 60), (20, 390)
    return np.clip(rgb + noise, 0, 255).astype(np.uint8), Body(points, np.ones(33), np.zeros(33), 1.0, 0.0, 1.0), hand > 0


def filled(outline):
    return cv2.fillPoly(np.zeros((400, 400), np.uint8), [np.rint(outline).astype(np.int32)], 1) > 0


def test_all_skin_of_the_hand_is_inside_and_the_sleeve_is_not():
    rgb, body, hand = scene(forearm=False)
    inside = filled(hand_outline(rgb, SeenHand(JOINTS, 0.9, 1.0), body))
    assert (inside & hand).sum() > 0.9 * hand.sum() and (inside & ~hand).sum() < 0.15 * hand.sum()


def test_a_bare_forearm_belongs_to_it():
    rgb, body, _ = scene(forearm=True)
    inside = filled(hand_outline(rgb, SeenHand(JOINTS, 0.9, 1.0), body))
    assert inside[120:190, 192:209].mean() > 0.9 and inside[100:190, :170].mean() < 0.02


def test_the_outline_stays_within_the_picture():
    rgb, body, _ = scene(forearm=False)
    outline = hand_outline(np.ascontiguousarray(rgb[:270]), SeenHand(JOINTS, 0.9, 1.0), body)
    assert outline.min() >= 0 and outline[:, 1].max() <= 269


def test_a_spot_of_skin_has_an_outline_a_little_larger():
    spot = np.zeros((60, 60), bool)
    spot[20:40, 25:35] = True
    outline = spot_outline(spot, 14.0)
    assert (outline.min(0) < [26, 21]).all() and (outline.max(0) > [33, 38]).all() and len(outline) >= 4
