"""Drawn works with known strokes, in place of a master's, and settings small enough for a test."""

import numpy as np

from models.style import Work

LAYERS = ("conv1", "fire2", "fire3")
SMALL = {"style_layers": LAYERS, "content_layer": "fire3", "steps": (8, 6), "coarsest_px": 64}


def strokes(seed, base, size=(120, 136), horizontal=True):
    """A picture of strokes of one direction in one colour."""
    rng = np.random.default_rng(seed)
    lines = np.repeat(rng.normal(0, 0.12, (size[0 if horizontal else 1] // 4 + 1, 1)), 4, 0)[:size[0 if horizontal else 1]]
    field = lines + rng.normal(0, 0.02, size if horizontal else size[::-1])
    field = field if horizontal else field.T
    return np.clip(field[..., None] + np.float32(base), 0, 1).astype(np.float32)


def draw_photo():
    """A picture (96, 112, 3) and its parts: background at the left, clothing at the right."""
    y, x = np.mgrid[:96, :112].astype(np.float32)
    rgb = np.stack([0.3 + 0.4 * (x > 50), 0.5 + 0.2 * np.sin(y / 9), 0.4 + 0.003 * y], 2).astype(np.float32)
    parts = np.where(x > 50, 8, 0).astype(np.uint8)
    return rgb, parts


def draw_works():
    """Three works: dark strokes across for the background, light ones upright for clothing."""
    made = []
    for seed in range(3):
        halves = strokes(seed, (0.3, 0.2, 0.1)), strokes(seed, (0.7, 0.5, 0.3), horizontal=False)
        rgb = np.concatenate([halves[0][:, :68], halves[1][:, 68:]], 1)
        parts = np.zeros(rgb.shape[:2], np.uint8)
        parts[:, 68:] = 8
        made.append(Work(np.ascontiguousarray(rgb), parts, name=f"work {seed}"))
    return made
