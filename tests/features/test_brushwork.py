"""Drawn strokes of known direction, width and colour are measured as drawn."""

import cv2
import numpy as np
import pytest

from data.parts import Part
from features.brushwork import measure_brushwork, palette, stroke_direction


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


def test_an_enlarged_scan_is_found_out():
    rng = np.random.default_rng(4)
    spectrum = np.fft.rfft2(rng.normal(size=(512, 512)))
    radius = np.hypot(np.fft.fftfreq(512)[:, None], np.fft.rfftfreq(512)[None])
    natural = np.fft.irfft2(spectrum / np.maximum(radius, 1 / 512) ** 1.2)
    natural = (natural - natural.min()) / np.ptp(natural)
    sharp = np.repeat((natural * 255).astype(np.uint8)[..., None], 3, 2)
    dull = cv2.resize(cv2.resize(sharp, (170, 170), interpolation=cv2.INTER_AREA), (512, 512),
                      interpolation=cv2.INTER_CUBIC)
    parts = np.zeros((512, 512), np.uint8)
    assert measure_brushwork(sharp, parts, unit_px=100)["usable_px"] < 2.5
    assert measure_brushwork(dull, parts, unit_px=100)["usable_px"] > 3.5


def test_palette_names_the_colours_and_their_shares():
    pixels = np.repeat([[20.0, 5, 5], [70, 10, 20], [50, -30, 30]], [600, 300, 100], axis=0)
    found = palette(pixels, colours=3)
    assert found[0]["lab"] == [20.0, 5.0, 5.0] and found[0]["share"] == 0.6
    assert sum(colour["share"] for colour in found) == pytest.approx(1, abs=0.01)
