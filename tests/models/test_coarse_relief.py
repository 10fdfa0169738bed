"""Claim: what measured paintings teach holds for a painter it has not seen, even where photograph and scan do not quite lie on
each other, depends on a texel's surroundings only, and the shipped numbers are those of the committed command."""

import cv2
import numpy as np
import pytest

from data.errors import ShapeError
from models.coarse_relief import CoarseRelief, coarse_features, local_spread
from models.relief import ReliefModel

pytestmark = [pytest.mark.weights, pytest.mark.slow]


def photographed(seed, rows=150, columns=130, brightness=1.0):
    """Colour, poor readings of the strokes, and the height: few ridges, lit from the upper left, a texel or two wide."""
    rng = np.random.default_rng(seed)
    noise = [rng.standard_normal((rows, columns)).astype(np.float32) for _ in range(3)]
    height = cv2.GaussianBlur(noise[0], (0, 0), sigmaX=4, sigmaY=1.0)
    height = np.maximum(height - height.std(), 0)
    slope_y, slope_x = np.gradient(height)
    colour = cv2.GaussianBlur(rng.random((rows, columns, 3)).astype(np.float32), (0, 0), 8)
    shade = 1 + 0.6 * (0.6 * slope_x + 0.8 * slope_y) / slope_y.std() * 0.1
    colour = np.clip((colour - colour.min()) / np.ptp(colour) * shade[..., None] * brightness, 0, 1)
    poor = [0.01 * (height / height.std() * 0.4 + cv2.GaussianBlur(field, (0, 0), 1.2) * 4) for field in noise[1:]]
    return colour.astype(np.float32), np.stack(poor).astype(np.float32), height


def like(a, b):
    return np.corrcoef(a.ravel(), b.ravel())[0, 1]


@pytest.fixture(scope="module")
def fitted():
    return CoarseRelief.fit([photographed(1), photographed(2)], pitch_mm=0.85)


def test_unseen_pictures_are_read_better_than_before(fitted):
    rgb, strokes, height = photographed(9)
    told = fitted.relative_height(rgb, strokes)
    assert told.shape == height.shape and told.dtype == np.float32
    assert like(told, height) > like(strokes.sum(0), height) + 0.1
    assert 0.5 < told.std() < 2
    np.testing.assert_array_equal(told, fitted.relative_height(rgb, strokes))


def test_scans_that_lie_askew_teach_as_well(fitted):
    askew = []
    for seed in (1, 2):
        rgb, strokes, height = photographed(seed)
        turn = cv2.getRotationMatrix2D((64.5, 74.5), 1.5, 1.01)
        askew.append((rgb, strokes, cv2.warpAffine(height, turn, (130, 150), borderMode=cv2.BORDER_REFLECT)))
    rgb, strokes, height = photographed(9)
    plainly = like(fitted.relative_height(rgb, strokes), height)
    assert like(CoarseRelief.fit(askew, pitch_mm=0.85).relative_height(rgb, strokes), height) > plainly - 0.02


def test_a_darker_photograph_reads_the_same(fitted):
    rgb, strokes, _ = photographed(9, brightness=0.9)
    assert like(fitted.relative_height(rgb, strokes), fitted.relative_height(rgb * np.float32(0.6), strokes)) > 0.9


def test_a_texel_depends_on_its_surroundings_only(fitted):
    rgb, strokes, _ = photographed(4, rows=300, columns=260)
    whole = fitted.relative_height(rgb, strokes)
    part = fitted.relative_height(rgb[40:, 40:], strokes[:, 40:, 40:])     # tiles fall elsewhere
    np.testing.assert_allclose(part[100:, 100:], whole[140:, 140:], atol=1e-3 * whole.std())


def test_flat_paint_stays_flat(fitted):
    nothing = np.zeros((2, 60, 60), np.float32)
    told = fitted.relative_height(np.full((60, 60, 3), 0.4, np.float32), nothing)
    assert np.abs(told[8:-8, 8:-8]).max() < 1e-3
    assert all(np.isfinite(planes).all() for *_, planes in coarse_features(np.zeros((60, 60, 3), np.float32), nothing))
    np.testing.assert_array_equal(local_spread(nothing[0]), nothing[0])


def test_same_bytes_on_one_thread_and_two():
    import torch
    from threadpoolctl import threadpool_limits
    model, rgb = ReliefModel.default(), photographed(4)[0]
    before = torch.get_num_threads()
    try:
        results = []
        for threads in (1, 2):
            torch.set_num_threads(threads)
            with threadpool_limits(threads):
                results.append(model.predict(rgb, 0.7).tobytes())
    finally:
        torch.set_num_threads(before)
    assert results[0] == results[1]


def test_bad_samples_are_refused():
    with pytest.raises(ShapeError, match="at least one painting"):
        CoarseRelief.fit([], pitch_mm=0.85)
    rgb, strokes, height = photographed(1)
    with pytest.raises(ShapeError, match="one size"):
        CoarseRelief.fit([(rgb, strokes, height[1:])], pitch_mm=0.85)


@pytest.fixture(scope="module")
def measured(corpora):
    """The shipped relief model; {painter: (rgb, height)}; {painter: samples to learn from}."""
    from benchmarks.fit_relief import measured_paintings, samples_of
    model, pairs = ReliefModel.default(), measured_paintings(corpora("relief"))
    return model, pairs, samples_of(model, pairs)


def test_a_painter_left_out_is_read_better_than_by_practice_alone(measured):
    model, pairs, samples = measured
    for name, (rgb, height) in pairs.items():
        coarse = CoarseRelief.fit([sample for other in samples if other != name for sample in samples[other]], pitch_mm=0.85)
        strokes = samples[name][0][1].sum(0)
        found = like(model.coarse_height(rgb, coarse) * local_spread(strokes), height)
        assert found > 0.2 and found > like(strokes, height) + 0.08


def test_shipped_numbers_are_those_of_the_command(measured):
    shipped = CoarseRelief.measured()
    fitted = CoarseRelief.fit([sample for both in measured[2].values() for sample in both], pitch_mm=0.85)
    scale = np.abs(fitted.weights).max()
    np.testing.assert_allclose(shipped.weights, fitted.weights, rtol=0.02, atol=1e-3 * scale)
    assert shipped.pitch_mm == fitted.pitch_mm
