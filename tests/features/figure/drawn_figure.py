"""A made-up figure in a picture of 400 x 500 pixels."""

import numpy as np

from features.figure.figure import ANGLES_DEG, Figure, Hand

SQUARE = np.array([[0, 0], [40, 0], [40, 50], [0, 50]], float)


def drawn_figure():
    """Shoulders at (100, 280) and (300, 280); the hand on the viewer's left with joints, one on the right without."""
    rng = np.random.default_rng(0)
    left = Hand((60.0, 400.0, 40.0, 50.0), SQUARE + [60, 400], rng.uniform(60, 100, (21, 2)).round(1), "left", False, 0.9)
    right = Hand((330.0, 449.0, 40.0, 50.0), SQUARE + [330, 449], None, None, True, 0.4)
    body = rng.uniform(0, 400, (33, 2)).round(1)
    return Figure(np.array([[100.0, 280.0], [300.0, 280.0]]), 0.8, -25.0, body, rng.uniform(0, 1, 33).round(3), (left, right),
                  np.array([205.0, 250.0]), np.linspace(1, 4, len(ANGLES_DEG)).round(3), np.arange(len(ANGLES_DEG)) < 40)
