"""Claim: what measured paintings teach holds for a painter it has not seen, depends on a texel's surroundings only, and the
shipped numbers are those of the committed command."""

import cv2
import numpy as np
import pytest

from data.errors import ShapeError
from models.reading import Reading, reading_features
from models.relief import ReliefModel


def photographed(seed, rows=150, columns=130, brightness=1.0):
    """Colour, poor readings of the height (the layer is wrong altogether), and the height: few ridges, lit from the upper
    left, a texel or two wide."""
    rng = np.random.default_rng(seed)
    noise = [rng.standard_normal((rows, columns)).astype(np.float32) for _ in range(6)]
    height = cv2.GaussianBlur(noise[0], (0, 0), sigmaX=4, sigmaY=1.0)
    height = np.maximum(height - height.std(), 0)
    slope_y, slope_x = np.gradient(height)
    colour = cv2.GaussianBlur(rng.random((rows, columns, 3)).astype(np.float32), (0, 0), 8)
    shade = 1 + 0.6 * (0.6 * slope_x + 0.8 * slope_y) / slope_y.std() * 0.1
    colour = np.clip((colour - colour.min()) / np.ptp(colour) * shade[..., None] * brightness, 0, 1)
    poor = [0.01 * (height / height.std() * 0.4 + cv2.GaussianBlur(field, (0, 0), 1.2) * 4)
            for field in (*noise[1:3], *noise[4:])]
    layer = 0.1 + 0.01 * cv2.GaussianBlur(noise[3], (0, 0), 10) * 30
    return colour.astype(np.float32), np.stack([*poor[:2], layer, *poor[2:], layer]).astype(np.float32), height


def like(a, b):
    return np.corrcoef(a.ravel(), b.ravel())[0, 1]


@pytest.fixture(scope="module")
def fitted():
    return Reading.fit([photographed(1), photographed(2)], pitch_mm=0.85)


def test_unseen_pictures_are_read_better_than_before(fitted):
    rgb, bands, height = photographed(9)
    brush, layer = fitted.bands(rgb, bands, 0.1)
    assert brush.shape == layer.shape == height.shape and brush.dtype == layer.dtype == np.float32
    assert like(brush, height) > like(bands[:2].sum(0), height) + 0.1
    assert 0.5 < brush.std() / bands[:2].sum(0).std() < 2
    assert fitted.layer_weight < 0.2 and like(brush + layer, height) > like(brush + bands[2], height) + 0.03
    for one, other in zip((brush, layer), fitted.bands(rgb, bands, 0.1)):
        np.testing.assert_array_equal(one, other)


def test_a_darker_photograph_reads_the_same(fitted):
    rgb, bands, _ = photographed(9, brightness=0.9)
    assert like(fitted.brush_band(rgb, bands), fitted.brush_band(rgb * np.float32(0.6), bands)) > 0.9


def test_a_texel_depends_on_its_surroundings_only(fitted):
    rgb, bands, _ = photographed(4, rows=300, columns=260)
    whole = fitted.bands(rgb, bands, 0.1)
    part = fitted.bands(rgb[40:, 40:], bands[:, 40:, 40:], 0.1)
    for some, all_of_it in zip(part, whole):
        np.testing.assert_allclose(some[100:, 100:], all_of_it[140:, 140:], atol=1e-3 * whole[0].std())


def test_flat_paint_stays_flat(fitted):
    nothing = np.zeros((6, 60, 60), np.float32)
    read = fitted.brush_band(np.full((60, 60, 3), 0.4, np.float32), nothing)
    np.testing.assert_array_equal(read, nothing[0])
    assert np.isfinite(reading_features(np.zeros((60, 60, 3), np.float32), nothing)).all()


def test_bad_samples_are_refused():
    with pytest.raises(ShapeError, match="at least one painting"):
        Reading.fit([], pitch_mm=0.85)
    rgb, bands, height = photographed(1)
    with pytest.raises(ShapeError, match="one size"):
        Reading.fit([(rgb, bands, height[1:])], pitch_mm=0.85)


@pytest.fixture(scope="module")
def measured(corpora):
    """{painter: (rgb, bands, height)} as the shipped relief model reads them."""
    from benchmarks.fit_relief import MEASURED_MM, measured_paintings
    model = ReliefModel.default()
    return {name: (rgb, model.both_ways(rgb, MEASURED_MM / model.metadata["pitch_mm"]), height)
            for name, (rgb, height) in measured_paintings(corpora("relief")).items()}


@pytest.mark.weights
def test_a_painter_left_out_is_read_better_than_by_practice_alone(measured):
    for name, (rgb, bands, height) in measured.items():
        reading = Reading.fit([sample for other, sample in measured.items() if other != name], pitch_mm=0.85)
        found = like(sum(reading.bands(rgb, bands, 0.1)), height)
        assert found > 0.13 and found > like(bands[:3].sum(0), height) + 0.05


@pytest.mark.weights
def test_shipped_numbers_are_those_of_the_command(measured):
    fitted, shipped = Reading.fit(list(measured.values()), pitch_mm=0.85), Reading.measured()
    np.testing.assert_allclose(shipped.weights, fitted.weights, rtol=0.02, atol=1e-3)
    assert abs(shipped.layer_weight - fitted.layer_weight) < 0.02
