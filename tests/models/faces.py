"""A drawn face for tests of alignment and warping: symmetric, frontal, every landmark where one would look for it."""

import numpy as np


def face(seed=0, jitter=0.0):
    """68 points, about 100 px between the outer eye corners, within 640 x 600."""
    rng = np.random.default_rng(seed)
    angles = np.linspace(np.pi, 0, 17)
    jaw = np.stack([120 * np.cos(angles), 30 + 130 * np.sin(angles)], 1)
    brow = np.stack([np.linspace(-70, -20, 5), -40 - 8 * np.sin(np.linspace(0, np.pi, 5))], 1)
    bridge = np.stack([np.zeros(4), np.linspace(-10, 35, 4)], 1)
    nostrils = np.stack([np.linspace(-20, 20, 5), 48 + 4 * np.sin(np.linspace(0, np.pi, 5))], 1)
    turns = np.array([np.pi, 4 * np.pi / 3, 5 * np.pi / 3, 0, np.pi / 3, 2 * np.pi / 3])
    eye = np.stack([-35 + 17 * np.cos(turns), -8 + 8 * np.sin(turns)], 1)
    other = eye[[3, 2, 1, 0, 5, 4]] * [-1, 1]
    around = np.linspace(np.pi, 3 * np.pi, 12, endpoint=False)
    lips = np.stack([40 * np.cos(around), 85 + 16 * np.sin(around)], 1)
    inner = np.stack([25 * np.cos(around), 85 + 5 * np.sin(around)], 1)[[0, 2, 3, 4, 6, 8, 9, 10]]
    points = np.vstack([jaw, brow, brow[::-1] * [-1, 1], bridge, nostrils, eye, other, lips, inner]) + [300.0, 260.0]
    return points + rng.normal(0, jitter, points.shape)
