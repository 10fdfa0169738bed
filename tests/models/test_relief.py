"""Claim: height is read from strokes, not from lightness; the same pairs and seed give the same bytes on any number of
threads; the shipped model knows the practice master's brush."""

import cv2
import numpy as np
import pytest

from data.errors import ShapeError
from models.relief import SHIPPED, ReliefModel
from models.relief_bands import brush_band
from models.relief_features import stroke_features

pytestmark = pytest.mark.slow


def painted(seed, rows=144, columns=160):
    """Ridges along wavering strokes, lit from the upper left; colours have nothing to do with height."""
    rng = np.random.default_rng(seed)
    noise = rng.standard_normal((rows, columns)).astype(np.float32)
    height = 0.2 + 0.05 * cv2.GaussianBlur(noise, (0, 0), sigmaX=5, sigmaY=1.2) * 5
    slope_y, slope_x = np.gradient(height / 0.25)
    colour = cv2.GaussianBlur(rng.random((rows, columns, 3)).astype(np.float32), (0, 0), 12)
    colour = (colour - colour.min()) / np.ptp(colour) * 0.7 + 0.1
    shade = 1 + 0.5 * (0.6 * slope_x + 0.8 * slope_y)
    return np.clip(colour * shade[..., None], 0, 1).astype(np.float32), height.astype(np.float32)


def like(a, b):
    return np.corrcoef(a.ravel(), b.ravel())[0, 1]


@pytest.fixture(scope="module")
def fitted():
    return ReliefModel.fit([painted(1), painted(2)], pitch_mm=0.25, seed=3, epochs=3)


def test_unseen_height_is_found(fitted):
    colour, height = painted(9)
    predicted = fitted.predict(colour, 0.25)
    assert predicted.shape == height.shape and predicted.dtype == np.float32 and predicted.min() >= 0
    assert like(brush_band(predicted), brush_band(height)) > 0.6
    lightness = cv2.cvtColor(colour, cv2.COLOR_RGB2Lab)[..., 0]
    assert abs(like(predicted, lightness)) < 0.3


def test_brightness_and_pigment_are_not_height(fitted):
    colour, _ = painted(9)
    seen = stroke_features(colour)
    np.testing.assert_allclose(stroke_features(np.full_like(colour, 0.9)), stroke_features(np.full_like(colour, 0.1)),
                               atol=1e-4)
    darker = stroke_features(colour * 0.6)
    assert min(like(a, b) for a, b in zip(seen, darker)) > 0.95
    assert like(fitted.predict(colour, 0.25), fitted.predict(colour * 0.6, 0.25)) > 0.9


def test_same_seed_same_bytes_on_one_thread_and_two(fitted):
    import torch
    colour, _ = painted(9)
    before = torch.get_num_threads()
    try:
        results = []
        for threads in (1, 2):
            torch.set_num_threads(threads)
            again = ReliefModel.fit([painted(1)], pitch_mm=0.25, seed=3, epochs=1, batch=2)
            results.append(again.predict(colour, 0.25).tobytes() + fitted.predict(colour, 0.25).tobytes())
            assert torch.get_num_threads() == threads
    finally:
        torch.set_num_threads(before)
    assert results[0] == results[1]


def test_a_texel_depends_on_its_surroundings_only(fitted):
    colour = np.concatenate([painted(seed, columns=600)[0] for seed in (1, 2, 3, 4)])
    whole = fitted.predict_bands(colour)
    part = fitted.predict_bands(colour[96:, 96:])    # tiles fall elsewhere
    np.testing.assert_allclose(part[:, 90:-90, 90:-90], whole[:, 186:-90, 186:-90], atol=2e-5)


def test_saved_models_come_back(fitted, tmp_path):
    fitted.save(tmp_path / "m.safetensors")
    back = ReliefModel.load(tmp_path / "m.safetensors")
    colour, _ = painted(9)
    np.testing.assert_array_equal(back.predict(colour, 0.25), fitted.predict(colour, 0.25))
    assert back.provenance == fitted.provenance and back.provenance["pairs"] == 2
    assert (tmp_path / "m.safetensors").stat().st_size < 2 ** 21


def test_finer_texels_are_thinner_but_not_in_proportion(fitted):
    colour, _ = painted(9)
    fine, coarse = fitted.predict(colour, 0.0625), fitted.predict(colour, 0.25)
    np.testing.assert_allclose(coarse, 2 * fine, rtol=1e-4)


def test_coarse_pictures_are_read_at_the_size_strokes_had_in_training(fitted):
    colour, height = painted(9)
    half = [cv2.resize(field, (80, 72), interpolation=cv2.INTER_AREA) for field in (colour, height)]
    assert like(fitted.predict(half[0], 0.5), half[1]) > like(fitted.predict(half[0], 0.25), half[1]) + 0.05


@pytest.mark.weights
def test_shipped_model_reads_the_practice_brush():
    from benchmarks.fit_relief import judge
    from render.practice.practice import paint_one
    judged = judge(ReliefModel.default(), [paint_one(77, number)[:2] for number in (1, 2)])
    assert judged["brush"] > 0.75 and judged["normals_deg"] < 1 < 12 and judged["height"] > 0.7
    assert abs(judged["lightness"]) < 0.2


@pytest.mark.weights
def test_grain_of_a_dark_photograph_is_not_relief():
    from render.practice.practice import paint_one
    rgb = paint_one(77, 1)[0][200:600, 100:500] * np.float32(0.25)
    grain = np.random.default_rng(0).standard_normal(rgb.shape).astype(np.float32) * np.float32(0.012)
    model = ReliefModel.load(SHIPPED)
    clean, grainy = (brush_band(model.predict(picture, 0.254)) for picture in (rgb, np.clip(rgb + grain, 0, 1)))
    flat = np.full_like(rgb, 0.12)
    nothing = brush_band(model.predict(np.clip(flat + grain, 0, 1), 0.254))
    assert grainy.std() < 1.25 * clean.std() and nothing.std() < 0.55 * clean.std()


@pytest.mark.weights
def test_only_the_shipped_model_is_matched_to_measured_paint(fitted):
    colour, _ = painted(9)
    shipped = ReliefModel.default()
    np.testing.assert_array_equal(fitted.predict(colour, 0.25), fitted.predict(colour, 0.25, match=False))
    fine, coarse = ([shipped.predict(colour, pitch, match=match) for match in (None, False)] for pitch in (0.254, 0.8))
    np.testing.assert_array_equal(*fine)
    assert not np.array_equal(*coarse) and like(*map(brush_band, coarse)) > 0.6


@pytest.mark.parametrize("rgb, height, message", [
    (np.zeros((20, 20)), np.zeros((20, 20)), r"\(H, W, 3\)"),
    (np.zeros((20, 20, 3)), np.zeros((19, 20)), "picture's size"),
    (np.full((20, 20, 3), np.nan), np.zeros((20, 20)), "not finite"),
    (np.zeros((20, 20, 3)), np.full((20, 20), np.inf), "finite")])
def test_bad_pairs_are_refused(rgb, height, message):
    with pytest.raises(ShapeError, match=message):
        ReliefModel.fit([(rgb, height)], pitch_mm=0.25)


def test_no_pairs_and_no_pitch_are_refused(fitted):
    with pytest.raises(ShapeError, match="at least one pair"):
        ReliefModel.fit([], pitch_mm=0.25)
    with pytest.raises(ShapeError, match="pitch_mm"):
        fitted.predict(painted(1)[0], 0)
