"""Drawn strokes of known direction, width and colour are measured as drawn."""

import cv2
import numpy as np
import pytest

from data.parts import Part
from features.paint.brushwork import measure_brushwork, palette, stroke_direction


def stripes(angle_deg, width_px, size=256):
    """Lightness waves whose crests run along `angle_deg` (0 along x, 90 along y); half a period is `width_px`."""
    y, x = np.mgrid[:size, :size]
    across = -x * np.sin(np.radians(angle_deg)) + y * np.cos(np.radians(angle_deg))
    wave = 0.5 + 0.25 * np.sin(np.pi * across / width_px)
    return np.repeat(wave[..., None], 3, 2).astype(np.float32)


@pytest.mark.parametrize("angle", [0, 30, 60, 90, 135, 170])
def test_direction_of_stripes(angle):
    found, coherence = stroke_direction(stripes(angle, 4), 4.0)
    assert found.dtype == np.float32 and (found >= 0).all() and (found < np.pi).all()
    turned = np.exp(2j * found[40:-40, 40:-40]).mean()
    assert np.degrees(np.angle(turned * np.exp(-2j * np.radians(angle)))) / 2 == pytest.approx(0, abs=2)
    assert coherence[40:-40, 40:-40].mean() > 0.9


def test_noise_has_no_direction():
    noise = np.random.default_rng(2).random((256, 256, 1)).astype(np.float32).repeat(3, 2)
    assert stroke_direction(noise, 6.0)[1].mean() < 0.35


@pytest.mark.parametrize("width", [3, 5, 8])
def test_width_and_direction_by_part(width):
    rgb = np.round(stripes(45, width) * 255).astype(np.uint8)
    parts = np.full((256, 256), Part.CLOTHING, np.uint8)
    parts[:, :128] = Part.BACKGROUND
    found = measure_brushwork(rgb, parts, unit_px=100, pitch_mm=0.5)
    cloth = found["clothing"]
    assert cloth["stroke_width_px"] == pytest.approx(width, rel=0.25)
    assert cloth["stroke_width_mm"] == pytest.approx(cloth["stroke_width_px"] * 0.5, abs=0.01)
    assert cloth["direction_deg"] == pytest.approx(45, abs=3) and cloth["coherence"] > 0.8
    assert cloth["direction_order"] > 0.9 and "face" not in found


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
    cloth = measure_brushwork(picture, parts, unit_px=100)["clothing"]
    # Later strokes cover earlier ones: what is seen of a stroke is shorter than it was laid.
    assert 0.45 * length < cloth["stroke_length_px"] < 1.3 * length
    assert cloth["stroke_length_px"] > cloth["stroke_width_px"]


def test_noise_has_no_length():
    noise = np.random.default_rng(2).integers(0, 255, (300, 300, 1), np.uint8).repeat(3, 2)
    found = measure_brushwork(noise, np.full((300, 300), Part.CLOTHING, np.uint8), unit_px=100)["clothing"]
    assert found["stroke_length_px"] is None or found["stroke_length_px"] < 6


def test_palette_names_the_colours_and_their_shares():
    pixels = np.repeat([[20.0, 5, 5], [70, 10, 20], [50, -30, 30]], [600, 300, 100], axis=0)
    found = palette(pixels, colours=3)
    assert found[0]["lab"] == [20.0, 5.0, 5.0] and found[0]["share"] == 0.6
    assert sum(colour["share"] for colour in found) == pytest.approx(1, abs=0.01)
