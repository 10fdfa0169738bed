"""Claim: differences of bytes are those that plain arithmetic finds, for runs of any multiple of four, from any place on."""

import numba as nb
import numpy as np
import pytest

from render.synthesis.byte_differences import byte_differences


@nb.njit
def differences(a, i, b, j, length):
    return byte_differences(a, nb.uint64(i), b, nb.uint64(j), length)


@pytest.mark.parametrize("length", [0, 4, 8, 12, 16, 20, 28, 60, 64, 200])
def test_as_plain_arithmetic(length):
    rng = np.random.default_rng(length)
    a, b = rng.integers(0, 256, (2, 300), np.uint8)
    for i, j in ((0, 0), (1, 7), (97, 100)):
        wanted = np.abs(a[i:i + length].astype(int) - b[j:j + length]).sum()
        assert differences(a, i, b, j, length) == wanted


def test_the_largest_differences_do_not_overflow():
    assert differences(np.zeros(64, np.uint8), 0, np.full(64, 255, np.uint8), 0, 64) == 64 * 255
