"""One drawn face for tests of alignment and warping: frontal, about 90 px between the outer eye corners, within 400 x 500."""

import numpy as np

from tests.drawn import drawn_face


def face(seed=0, jitter=0.0):
    """(68, 2), always the same but for a jitter of that many pixels."""
    points = drawn_face(np.random.default_rng(0), 0.0)
    return points + np.random.default_rng(seed).normal(0, jitter, points.shape)
