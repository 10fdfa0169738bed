"""The appearance model returns what it was given: weights through instance and project, missing paint from others."""

import numpy as np
import pytest

from data.errors import CorpusError
from models.appearance import AppearanceModel


@pytest.fixture(scope="module")
def pictures():
    rng = np.random.default_rng(0)
    modes = rng.normal(size=(3, 12, 10, 3))
    return (50 + np.tensordot(rng.normal(size=(20, 3)) * [9, 4, 2], modes, 1)).astype(np.float32)


def test_project_inverts_instance(pictures):
    model = AppearanceModel.fit(pictures, count=3)
    weights = np.array([1.0, -0.5, 0.25], np.float32)
    np.testing.assert_allclose(model.project(model.instance(weights)), weights, atol=1e-3)
    assert (np.diff(model.deviations) <= 0).all()


def test_three_modes_explain_pictures_of_three_modes(pictures):
    model = AppearanceModel.fit(pictures, count=3)
    again = model.instance(model.project(pictures[4]))
    assert np.abs(again - pictures[4]).max() < 0.05


def test_unseen_paint_does_not_pull_the_mean(pictures):
    valid = np.ones(pictures.shape[:3], bool)
    valid[10:, :6] = False
    spoilt = pictures.copy()
    spoilt[10:, :6] = -1000
    mean = AppearanceModel.fit(spoilt, valid).mean
    np.testing.assert_allclose(mean[:6], pictures[:10, :6].mean(0), atol=0.01)


def test_one_picture_is_too_few(pictures):
    with pytest.raises(CorpusError, match="at least 2 pictures, got 1"):
        AppearanceModel.fit(pictures[:1])
