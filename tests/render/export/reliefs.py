"""Height maps that several tests share."""

import cv2
import numpy as np

from render.relief.relief import Origin, Relief

PITCH_MM = 0.1


def rough(rows, columns, seed=0):
    """(rows, columns) float32 mm from 0: random hills 1.5 texels wide."""
    noise = np.random.default_rng(seed).standard_normal((rows, columns)).astype(np.float32)
    z = cv2.GaussianBlur(noise, (0, 0), 1.5)
    return z - z.min()


def gentle(height_mm=0.8, rows=120, columns=100, pitch=0.5):
    """A Relief of random hills 3 texels wide, `height_mm` high."""
    noise = cv2.GaussianBlur(np.random.default_rng(0).random((rows, columns)).astype(np.float32), (0, 0), 3)
    noise -= noise.min()
    return Relief(noise * (height_mm / noise.max()), pitch, np.full(noise.shape, Origin.INFERRED, np.uint8))
