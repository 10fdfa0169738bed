"""Shrunk tables keep their margins and come nearer to the counts as these grow; robust spread ignores strays."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from models.robust import shrunk, summary


@given(arrays(float, (3, 4), elements=st.integers(0, 40).map(float)))
def test_shrinkage_keeps_margins_and_never_leaves_the_simplex(counts):
    cells = shrunk(counts)
    assert cells.min() >= 0 and cells.sum() == pytest.approx(1)
    if counts.sum():
        np.testing.assert_allclose(cells.sum(0), counts.sum(0) / counts.sum(), atol=1e-12)
        np.testing.assert_allclose(cells.sum(1), counts.sum(1) / counts.sum(), atol=1e-12)


def test_shrinkage_fades_as_the_corpus_grows():
    few = np.array([[6.0, 2.0], [2.0, 6.0]])
    gap = lambda counts: np.abs(shrunk(counts) - counts / counts.sum()).max()
    assert gap(few) > gap(few * 10) > gap(few * 100) and gap(few * 1000) < 1e-3


def test_robust_spread_is_the_standard_deviation_of_normal_numbers_and_ignores_strays():
    numbers = np.random.default_rng(2).normal(10, 2, 20_000)
    clean, spoilt = summary(numbers), summary([*numbers, *[1e6] * 200])
    assert clean["spread"] == pytest.approx(2, rel=0.03) and spoilt["spread"] == pytest.approx(2, rel=0.05)
    assert clean["median"] == pytest.approx(10, abs=0.1) and summary([None, np.nan])["count"] == 0


def test_a_table_without_counts_is_even():
    np.testing.assert_array_equal(shrunk(np.zeros((2, 5))), np.full((2, 5), 0.1))
