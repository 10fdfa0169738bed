"""The shape model: zero weights give the mean, projecting an instance returns its weights, modes are orthonormal with
variance falling, the mirror changes nothing, and completion passes through what is given."""

import numpy as np
import pytest

from data.errors import CorpusError
from models.shape import ShapeModel, mirrored_shape, shape_conditions


@pytest.fixture(scope="module")
def corpus():
    """40 made-up sitters: a turn that moves the nose, a jaw that goes with sex, and four modes of their own."""
    rng = np.random.default_rng(7)
    base = rng.normal(0, 1, (68, 2))
    base = (base + mirrored_shape(base)) / 2
    own = rng.normal(0, 0.05, (4, 68, 2))
    shapes, given = [], []
    for _ in range(40):
        turned, female, age = rng.uniform(-1, 1), float(rng.integers(2)), rng.uniform(20, 70)
        shape = base + np.tensordot(rng.normal(size=4), own, 1)
        shape[27:36, 0] += 0.5 * turned
        shape[:17, 1] += 0.2 * female
        shapes.append(shape)
        given.append(shape_conditions(turn=turned, female=female, age_years=age))
    return np.array(shapes), np.array(given)


@pytest.fixture(scope="module")
def model(corpus):
    return ShapeModel.fit(*corpus)


def test_zero_weights_give_the_conditional_mean(model, corpus):
    given = corpus[1][0]
    np.testing.assert_allclose(model.instance(np.zeros(len(model.deviations)), given), model.mean(given))


def test_projecting_an_instance_returns_its_weights(model, corpus):
    weights = np.linspace(-1.5, 1.5, len(model.deviations))
    np.testing.assert_allclose(model.project(model.instance(weights, corpus[1][3]), corpus[1][3]), weights, atol=1e-9)


def test_modes_are_orthonormal_and_variance_falls(model):
    np.testing.assert_allclose(model.modes @ model.modes.T, np.eye(len(model.modes)), atol=1e-9)
    assert (np.diff(model.deviations) <= 1e-12).all()


def test_the_mean_follows_its_conditions(model):
    left = model.mean(shape_conditions(turn=-0.8, female=0, age_years=40))
    right = model.mean(shape_conditions(turn=0.8, female=0, age_years=40))
    assert right[30, 0] - left[30, 0] == pytest.approx(0.8, rel=0.15)
    np.testing.assert_allclose(mirrored_shape(left), right, atol=1e-6)


def test_samples_are_typical_and_differ(model):
    given = shape_conditions(turn=0.2, female=1, age_years=30)
    first, second = (model.sample(np.random.default_rng(seed), given) for seed in (1, 2))
    assert model.typicality(first, given) < 1.6
    assert np.abs(first - second).max() > 0.01
    np.testing.assert_array_equal(first, model.sample(np.random.default_rng(1), given))


def test_completion_passes_through_the_given_points(model, corpus):
    shape, given = corpus[0][5], corpus[1][5]
    known = np.arange(0, 68, 2)
    completed = model.complete(known, shape[known], given)
    hidden = np.arange(1, 68, 2)
    assert np.abs(completed[known] - shape[known]).max() < 0.03
    before = np.abs(model.mean(given)[hidden] - shape[hidden]).mean()
    assert np.abs(completed[hidden] - shape[hidden]).mean() < 0.5 * before


def test_save_and_load_give_the_same_model(model, tmp_path):
    model.save(tmp_path / "shape.npz")
    loaded = ShapeModel.load(tmp_path / "shape.npz")
    given = shape_conditions(turn=0, female=0, age_years=50)
    np.testing.assert_array_equal(loaded.instance([1.0, -1.0], given), model.instance([1.0, -1.0], given))


def test_three_sitters_are_too_few(corpus):
    with pytest.raises(CorpusError, match="at least 4 sitters, got 3"):
        ShapeModel.fit(corpus[0][:3], corpus[1][:3])




def test_completion_around_a_shape_stays_with_it(model, corpus):
    shapes, conditioned = corpus
    given, known = conditioned[0], np.arange(48, 68)
    points = shapes[1][known] - shapes[1][known].mean(0) + shapes[0][known].mean(0)
    start = model.instance(model.project(shapes[0], given), given)
    around = model.complete(known, points, given, around=start)
    assert np.abs(around[known] - points).mean() < np.abs(start[known] - points).mean()
    # Nothing to change, nothing changed; and elsewhere nearer to the start than a completion of the mean.
    np.testing.assert_allclose(model.complete(known, start[known], given, around=start), start, atol=1e-9)
    rest = np.arange(27)
    assert np.abs(around - start)[rest].mean() < np.abs(model.complete(known, points, given) - start)[rest].mean()
