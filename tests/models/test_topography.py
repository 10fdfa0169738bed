"""Claim: matching gives a relief the measured spectrum and distribution, keeps every ridge where it is, and the shipped
numbers are those of the measured paintings."""

import cv2
import numpy as np
import pytest

from data.errors import ShapeError
from models.topography import Topography, excess_kurtosis, radial_spectrum, skewness, spectral_slope


def fractal(slope, shape=(128, 160), seed=0):
    """Noise whose power falls with frequency to the power of `slope`."""
    noise = np.fft.rfft2(np.random.default_rng(seed).standard_normal(shape))
    frequency = np.hypot(np.fft.fftfreq(shape[0])[:, None], np.fft.rfftfreq(shape[1])[None])
    frequency[0, 0] = 1
    return np.fft.irfft2(noise * frequency ** (slope / 2), s=shape)


def weave_period_mm(height, pitch_mm):
    """Spacing of the canvas' threads, mm: the strongest period between 0.45 and 1.1 mm along rows and columns.

    Strokes run any way and threads along the frame, so the spectrum is read within a hand's breadth of the two axes.
    """
    z = np.asarray(height, np.float64)
    z = (z - z.mean()) / z.std()
    side = 4 * max(z.shape)
    window = np.hanning(z.shape[0])[:, None] * np.hanning(z.shape[1])[None]
    power = np.abs(np.fft.fft2(np.clip(z, -2, 2) * window, s=(side, side))) ** 2
    frequency = np.fft.fftfreq(side) / pitch_mm
    near = np.abs(frequency) < 0.12
    found = []
    for line in (power[:, near].sum(1), power[near].sum(0)):
        # Of a falling spectrum the peak is what stands out of the fall.
        line = np.where((frequency > 1 / 1.1) & (frequency < 1 / 0.45), line * np.abs(frequency) ** 3, 0)
        found.append(1 / frequency[np.argmax(line)])
    return float(np.mean(found))


@pytest.mark.parametrize("slope", [-1.0, -2.0, -3.0])
def test_slope_is_found(slope):
    assert abs(spectral_slope(fractal(slope), 0.3) - slope) < 0.25


def test_spectrum_counts_per_millimetre():
    x = np.arange(128) * 0.5
    wave = np.tile(np.sin(2 * np.pi * x * 0.4), (128, 1))    # 0.4 per mm
    frequency, power = radial_spectrum(wave, 0.5)
    assert abs(np.log(frequency[np.argmax(power)] / 0.4)) < 0.3


def test_matching_reaches_the_target_and_keeps_ridges_in_place():
    paint = np.exp(1.0 * fractal(-3.0, seed=4) / fractal(-3.0, seed=4).std())
    target = Topography.fit([(paint, 0.3)])
    smooth = fractal(-2.4, seed=9)
    matched = target.match(smooth, 0.3)
    assert abs(spectral_slope(matched, 0.3) - spectral_slope(paint, 0.3)) < 0.35
    assert abs(skewness(matched) - skewness(paint)) < 0.35 * skewness(paint)
    assert skewness(smooth) < 0.3
    np.testing.assert_allclose([matched.mean(), matched.std()], [smooth.mean(), smooth.std()], rtol=1e-4, atol=1e-6)
    assert np.corrcoef(matched.ravel(), smooth.ravel())[0, 1] > 0.7
    np.testing.assert_array_equal(matched, target.match(smooth, 0.3))


def test_weave_is_found_among_strokes():
    y, x = np.mgrid[:64, :64] * 0.15
    threads = np.sin(2 * np.pi * x / 0.6) + np.sin(2 * np.pi * y / 0.7)
    strokes = fractal(-3.0, (64, 64), seed=2)
    assert abs(weave_period_mm(strokes / strokes.std() * 2 + threads, 0.15) - 0.65) < 0.03


def test_flat_stays_flat_and_tiny_is_refused():
    np.testing.assert_array_equal(Topography.measured().match(np.ones((40, 40)), 0.3), np.ones((40, 40)))
    with pytest.raises(ShapeError, match="24 x 24"):
        radial_spectrum(np.ones((8, 90)), 0.3)


def measured(folder):
    """The measured samples as {name: (grey levels, pitch in mm)}, frames cut off."""
    paths = [*sorted(folder.glob("*_test_height.png")), *sorted(folder.glob("patch_*.png"))]
    return {path.stem: (cv2.imread(str(path), cv2.IMREAD_GRAYSCALE).astype(float)[3:-3, 3:-3],
                        0.85 if "test" in path.stem else 10 / 64) for path in paths}


def test_shipped_numbers_are_the_measured_ones(corpora):
    fitted, shipped = Topography.fit(list(measured(corpora("relief")).values())), Topography.measured()
    for name in ("per_mm", "log_power", "quantiles"):
        np.testing.assert_allclose(getattr(shipped, name), getattr(fitted, name), atol=1e-3)


def test_left_out_paintings_are_matched_within_the_measured_range(corpora):
    samples = measured(corpora("relief"))
    skews, kurtoses = zip(*((skewness(z), excess_kurtosis(z)) for z, _ in samples.values()))
    for artist in ("artist1", "artist2"):
        target = Topography.fit([sample for name, sample in samples.items() if artist not in name])
        relief = target.match(fractal(-2.0, (171, 135), seed=1), 0.85)
        assert min(skews) <= skewness(relief) <= max(skews)
        assert min(kurtoses) <= excess_kurtosis(relief) <= max(kurtoses)
        slopes = [spectral_slope(z, pitch) for name, (z, pitch) in samples.items()]
        assert min(slopes) - 0.2 <= spectral_slope(relief, 0.85) <= max(slopes) + 0.2


def test_the_canvas_has_the_measured_weave(corpora):
    from render.imaging.weave import WEAVE_PERIOD_MM, canvas_weave

    periods = [weave_period_mm(z, pitch) for name, (z, pitch) in measured(corpora("relief")).items() if "patch" in name]
    assert len(periods) == 8 and abs(np.median(periods) - WEAVE_PERIOD_MM) < 0.03
    assert abs(weave_period_mm(canvas_weave((256, 256), 0.08), 0.08) - np.median(periods)) < 0.06
