"""Drawn compositions: cloaks, hands and grounds of random shapes around one face, for tests of likeness."""

import cv2
import numpy as np

from tests.models.faces import face

WIDTH, HEIGHT = 384, 480
LANDMARKS = face() * 0.55 + [82, 36]


def drawn_picture(seed, shapes=70):
    """(480, 384, 3) float32: the same seed gives the same picture."""
    rng = np.random.default_rng(seed)
    picture = np.full((HEIGHT, WIDTH, 3), rng.uniform(0.1, 0.7, 3), np.float32)
    for _ in range(shapes):
        centre = rng.uniform(0, [WIDTH, HEIGHT])
        angles = np.sort(rng.uniform(0, 2 * np.pi, 5))
        outline = centre + rng.uniform(10, 60, (5, 1)) * np.stack([np.cos(angles), np.sin(angles)], 1)
        cv2.fillPoly(picture, [outline.astype(np.int32)], rng.uniform(0, 1, 3).tolist())
    return cv2.GaussianBlur(picture, (0, 0), 1.0)
