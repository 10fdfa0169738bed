"""Drawn strokes of known direction, width and colour are measured as drawn."""

import numpy as np
import pytest

from data.parts import Part
from features.paint.brushwork import _direction, lab_lightness, measure_brushwork


def stripes(angle_deg, width_px, size=256):
    """Lightness waves whose crests run along `angle_deg` (0 along x, 90 along y); half a period is `width_px`."""
    y, x = np.mgrid[:size, :size]
    across = -x * np.sin(np.radians(angle_deg)) + y * np.cos(np.radians(angle_deg))
    wave = 0.5 + 0.25 * np.sin(np.pi * across / width_px)
    return np.repeat(wave[..., None], 3, 2).astype(np.float32)


@pytest.mark.parametrize("angle", [0, 30, 60, 90, 135, 170])
def test_direction_of_stripes(angle):
    rgb = np.round(stripes(angle, 4) * 255).astype(np.uint8)
    found = measure_brushwork(rgb, np.full((256, 256), Part.CLOTHING, np.uint8), face_px=100)["clothing"]
    assert (found["direction_deg"] - angle + 90) % 180 == pytest.approx(90, abs=2)
    assert found["coherence"] > 0.9 and found["direction_order"] > 0.9


def test_a_direction_lies_between_nothing_and_pi():
    rng = np.random.default_rng(0)
    slopes = rng.normal(size=(2, 40, 40)).astype(np.float32)
    slopes[1, :4] = -1e-9  # a hair below a full turn
    angle, coherence = _direction(slopes[0] ** 2, slopes[1] ** 2, slopes[0] * slopes[1])
    assert angle.dtype == np.float32 and (angle >= 0).all() and (angle < np.float32(np.pi)).all()
    np.testing.assert_allclose(coherence, 1, atol=1e-5)  # single slopes agree with themselves


def test_noise_has_no_direction():
    noise = np.random.default_rng(2).integers(0, 255, (256, 256, 1), np.uint8).repeat(3, 2)
    found = measure_brushwork(noise, np.full((256, 256), Part.CLOTHING, np.uint8), face_px=100)["clothing"]
    assert found["coherence"] < 0.35 and found["direction_order"] < 0.2


def test_contrast_lies_in_the_octave_of_the_waves():
    parts = np.full((256, 256), Part.CLOTHING, np.uint8)
    for width, octave in ((1.5, 0), (3, 1), (6, 2), (12, 3)):
        rgb = np.round(stripes(0, width) * 255).astype(np.uint8)
        contrast = measure_brushwork(rgb, parts, face_px=100)["clothing"]["contrast"]
        assert len(contrast) == 6 and int(np.argmax(contrast)) == octave


def test_lightness_is_the_same_for_bytes_and_shares():
    rgb = np.random.default_rng(3).integers(0, 256, (20, 30, 3), np.uint8)
    np.testing.assert_allclose(lab_lightness(rgb), lab_lightness(rgb.astype(np.float32) / 255), atol=1e-4)
    assert lab_lightness(np.full((4, 4, 3), 255, np.uint8)) == pytest.approx(100, abs=0.01)


@pytest.mark.parametrize("width", [3, 5, 8])
def test_width_and_direction_by_part(width):
    rgb = np.round(stripes(45, width) * 255).astype(np.uint8)
    parts = np.full((256, 256), Part.CLOTHING, np.uint8)
    parts[:, :128] = Part.BACKGROUND
    found = measure_brushwork(rgb, parts, face_px=100, pitch_mm=0.5)
    cloth = found["clothing"]
    assert cloth["stroke_width_px"] == pytest.approx(width, rel=0.25)
    assert cloth["stroke_width_mm"] == pytest.approx(cloth["stroke_width_px"] * 0.5, abs=0.01)
    assert cloth["direction_deg"] == pytest.approx(45, abs=3) and cloth["coherence"] > 0.8
    assert cloth["direction_order"] > 0.9 and "face" not in found
