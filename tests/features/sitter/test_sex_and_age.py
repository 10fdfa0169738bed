"""Sex and age are answered from several views of one upright piece: turning, mirroring, scaling the picture hardly matters."""

import cv2
import numpy as np
import pytest

from data.landmarks import mirror
from features.sitter.sex_and_age import (
    _AGE_VIEWS,
    _FIVE,
    _SEX_VIEWS,
    _TEMPLATE,
    _aligned,
    _evened,
    sex_and_age,
    sex_log_odds,
)


def test_log_odds_are_even_at_even_and_bounded_at_certainty():
    assert sex_log_odds(np.array([0.5, 0.5])) == 0
    assert sex_log_odds(np.array([0.9])) == pytest.approx(-sex_log_odds(np.array([0.1])))
    assert 6 < sex_log_odds(np.array([1.0])) < 8
    # One confident view is outvoted by three others.
    assert sex_log_odds(np.array([1.0, 0.05, 0.05, 0.05])) < 0


@pytest.mark.parametrize("roll, side", [(0.0, 100.0), (0.5, 40.0), (-1.2, 300.0)])
def test_the_square_fits_a_face_that_is_the_template(roll, side):
    padded = (_TEMPLATE + 0.2) / 1.4 - 0.5
    turn = np.array([[np.cos(roll), -np.sin(roll)], [np.sin(roll), np.cos(roll)]])
    points = np.zeros((68, 2))
    points[_FIVE] = side * padded @ turn.T + [70, 90]
    centre, found_side, found_roll = _aligned(points)
    np.testing.assert_allclose(centre, [70, 90], atol=1e-9)
    assert (found_side, found_roll) == (pytest.approx(side), pytest.approx(roll))


def test_evening_brings_a_dark_face_to_the_average():
    rng = np.random.default_rng(0)
    dark = np.clip(rng.normal([60, 40, 30], 15, (160, 160, 3)), 0, 255).astype(np.uint8)
    even = _evened(dark, dark)
    np.testing.assert_allclose(even.reshape(-1, 3).mean(0), [150, 115, 95], atol=4)
    assert even.std() > dark.std()
    assert _evened(np.full_like(dark, 7), np.full_like(dark, 7)).std() < 60  # no contrast is not made out of nothing


@pytest.mark.weights
def test_the_photographed_woman_of_forty(photo, face):
    male, years = sex_and_age(photo, face.landmarks_xy)
    assert male.shape == (len(_SEX_VIEWS),) and years.shape == (len(_AGE_VIEWS),)
    assert sex_log_odds(male) < -1 and 25 < years.mean() < 55


@pytest.mark.weights
def test_neither_mirror_nor_size_nor_turn_matter_much(photo, face):
    male, years = sex_and_age(photo, face.landmarks_xy)
    matrix = cv2.getRotationMatrix2D((222, 115), 25, 1.4)
    turned = cv2.warpAffine(photo, matrix, (512, 512), flags=cv2.INTER_CUBIC, borderMode=cv2.BORDER_REPLICATE)
    for rgb, points in ((np.ascontiguousarray(photo[:, ::-1]), mirror(face.landmarks_xy, 512)),
                        (turned, face.landmarks_xy @ matrix[:, :2].T + matrix[:, 2])):
        other_male, other_years = sex_and_age(rgb, points)
        assert abs(other_years.mean() - years.mean()) < 5
        assert np.sign(sex_log_odds(other_male)) == np.sign(sex_log_odds(male))
