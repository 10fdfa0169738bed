"""The bodies of the drawn sitters, each with a hand in its cloth, on the layout of one composition."""

from dataclasses import replace

import numpy as np
import pytest

from data.landmarks import JAW
from features.figure.figure import ANGLES_DEG, BODY_POINTS, Figure, Hand
from render.portrait.figure.body import body_of
from render.portrait.figure.figure_layout import Reason, Way

HAND_PX = (52, 40)
"""Width and height of the hand that every drawn sitter has, scan pixels."""
STILL = Way(np.zeros((2, 2)), np.zeros((3, 2)), np.zeros((0, 5)))
"""Carries a body as it is."""


def with_hand(view):
    """The view with a rectangular hand below the viewer's left of its chin."""
    middle = view.landmarks_xy[JAW].mean(0)[0]
    x, y, (width, height) = middle - 70.0, 375.0, HAND_PX
    outline = np.array([[x, y], [x + width, y], [x + width, y + height], [x, y + height]])
    hand = Hand((x, y, width, height), outline, None, "left", False, 0.9)
    unseen = np.zeros((BODY_POINTS, 2)), np.zeros(BODY_POINTS)
    angles = len(ANGLES_DEG)
    return replace(view, figure=Figure(None, 0.0, None, *unseen, (hand,), np.array([middle, 300.0]), np.ones(angles),
                                       np.zeros(angles, bool)))


@pytest.fixture(scope="session")
def bodies(composed):
    """Of the eight sitters, as painted."""
    return [body_of(with_hand(view), composed.layout.shape, composed.frame) for view in composed.views if not view.mirrored]


@pytest.fixture(scope="session")
def still():
    return STILL


@pytest.fixture(scope="session")
def slanting():
    """The second lender takes over on the right of a slanting line."""
    return Reason("side", 1.0, 10.0, 0.1)
