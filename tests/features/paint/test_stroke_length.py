"""Strokes laid at a known length are measured about as long, and noise has none."""

import cv2
import numpy as np
import pytest

from data.parts import Part
from features.paint.brushwork import measure_brushwork
from features.paint.stroke_length import stroke_length_px


@pytest.mark.parametrize("length", [12, 24, 44])
def test_length_of_strokes(length):
    rng = np.random.default_rng(5)
    picture = np.full((500, 500, 3), 128, np.uint8)
    for _ in range(9000):
        x, y = rng.uniform(0, 500, 2)
        angle = 0.6 + rng.normal(0, 0.1)
        dx, dy = 0.5 * length * np.cos(angle), 0.5 * length * np.sin(angle)
        ends = [tuple(int(round(16 * v)) for v in end) for end in ((x - dx, y - dy), (x + dx, y + dy))]
        cv2.line(picture, *ends, (int(rng.integers(60, 200)),) * 3, 3, cv2.LINE_AA, 4)
    parts = np.full((500, 500), Part.CLOTHING, np.uint8)
    cloth = measure_brushwork(picture, parts, face_px=100)["clothing"]
    # Later strokes cover earlier ones: what is seen of a stroke is shorter than it was laid.
    assert 0.45 * length < cloth["stroke_length_px"] < 1.3 * length
    assert cloth["stroke_length_px"] > cloth["stroke_width_px"]


def test_noise_has_no_length():
    noise = np.random.default_rng(2).integers(0, 255, (300, 300, 1), np.uint8).repeat(3, 2)
    found = measure_brushwork(noise, np.full((300, 300), Part.CLOTHING, np.uint8), face_px=100)["clothing"]
    assert found["stroke_length_px"] is None or found["stroke_length_px"] < 6


def test_a_direction_that_is_nowhere_clear_is_not_followed():
    field = np.zeros((40, 40), np.float32)
    along = np.ones((40, 40), complex)
    assert stroke_length_px(field, np.ones((40, 40), bool), along, field, field) is None


@pytest.mark.parametrize("half", [6, 12])
def test_bars_are_as_long_as_drawn(half):
    """Bars of one tone along x, every other pixel of a scan: likeness falls evenly, to a half at half their length."""
    rng = np.random.default_rng(0)
    tones = rng.normal(size=(200, 400 // (2 * half))).astype(np.float32).repeat(2 * half, 1)
    shift = rng.integers(0, 2 * half, 200)
    detail = np.stack([np.roll(row, by) for row, by in zip(tones, shift)])
    ones = np.ones(detail.shape, np.float32)
    found = stroke_length_px(detail, ones > 0, ones + 0j, ones, ones)
    assert found == pytest.approx(2 * 2 * half, rel=0.25)
