"""What the relief model learns from: pairs in three guises that keep the height, patches that fit, and a fair loss."""

import numpy as np
import pytest

from models.relief_bands import bands

torch = pytest.importorskip("torch")
fitting = pytest.importorskip("models.relief_fitting")


@pytest.fixture(scope="module")
def pairs():
    rng = np.random.default_rng(0)
    return [fitting.Pair(rng.random((90, 110, 3)).astype(np.float32), rng.random((90, 110)).astype(np.float32))
            for _ in range(3)]


def test_lessons_are_in_units_of_the_bands_and_at_least_a_patch(pairs):
    units = fitting.BandUnits.of(pairs)
    plain, worn, far = fitting.lessons_of(pairs, units, 128, np.random.default_rng(1))
    assert (len(plain), len(worn), len(far)) == (3, 3, 2)
    for lesson in (*plain, *worn, *far):
        assert min(lesson.goal.shape[1:]) >= 128 and lesson.features.shape[1:] == lesson.goal.shape[1:]
    expected = (bands(pairs[0].height) - units.mean_mm[:, None, None]) / units.scale_mm[:, None, None]
    np.testing.assert_allclose(plain[0].goal[:, :90, :110], expected, atol=1e-5)
    # Worn paint is as high as fresh paint.
    np.testing.assert_array_equal(worn[1].goal, plain[1].goal)
    assert not np.array_equal(worn[1].features, plain[1].features)


def test_photographs_keep_colour_and_height_together(pairs):
    rgb, height = fitting._photographed(pairs[0], np.random.default_rng(2))
    assert rgb.shape[:2] == height.shape and 0 <= rgb.min() and rgb.max() <= 1


def test_the_loss_is_least_for_the_truth():
    goal = torch.from_numpy(np.random.default_rng(3).standard_normal((2, 3, 64, 64)).astype(np.float32))
    scale = np.array([0.01, 0.02, 0.05], np.float32)
    right = float(fitting._loss(goal, goal, scale))
    assert right == pytest.approx(0, abs=1e-4)
    assert float(fitting._loss(goal + 0.5 * goal.flip(2), goal, scale)) > 0.2
    # Beyond the margin the network cannot see, and is not judged.
    spoilt = goal.clone()
    spoilt[..., :10, :] = 9
    assert float(fitting._loss(spoilt, goal, scale)) == right


def test_training_goes_on_from_where_it_started(pairs):
    units = fitting.BandUnits.of(pairs)
    told = []

    def train(start, rate):
        return fitting.train(fitting.lessons_of(pairs, units, 48, np.random.default_rng(1)), units.scale_mm,
                             np.random.default_rng(1), seed=0, epochs=1, rate=rate, patch_px=48, batch=1, start=start,
                             half_precision=False, progress=lambda done, total: told.append((done, total)))

    first = train(None, 1e-3)
    resumed = train(first.weights, 1e-12)
    assert told == [(1, 1), (1, 1)] and np.isfinite(first.loss)
    for name, weight in first.weights.items():
        np.testing.assert_allclose(resumed.weights[name], weight, atol=2e-3)
