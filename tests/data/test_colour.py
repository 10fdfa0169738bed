"""Colours survive every conversion and its inverse; bytes are rounded and clipped; linear light is the standard's."""

import numpy as np
import pytest

from data.colour import (
    LUMA,
    from_linear,
    from_uint8,
    from_uint16,
    lab_to_rgb,
    rgb_to_lab,
    to_linear,
    to_uint8,
    to_uint16,
)


def test_bytes_and_shares_go_both_ways():
    bytes_, units = np.arange(256, dtype=np.uint8), np.arange(0, 65536, 7, dtype=np.uint16)
    assert (to_uint8(from_uint8(bytes_)) == bytes_).all() and from_uint8(bytes_).dtype == np.float32
    assert (to_uint16(from_uint16(units)) == units).all() and from_uint16(units)[-1] <= 1
    assert to_uint8(np.array([-1.0, 0.499, 2.0])).tolist() == [0, 127, 255]


def test_lab_goes_both_ways_and_knows_black_white_and_grey():
    rgb = np.random.default_rng(1).uniform(0.02, 0.98, (20, 30, 3)).astype(np.float32)
    # OpenCV reads its cube roots off a table: good to a unit of 8 bits.
    np.testing.assert_allclose(lab_to_rgb(rgb_to_lab(rgb)), rgb, atol=4e-3)
    black, white, grey = rgb_to_lab(np.array([[[0, 0, 0], [1, 1, 1], [0.5, 0.5, 0.5]]], np.float32))[0]
    np.testing.assert_allclose([black, white], [[0, 0, 0], [100, 0, 0]], atol=0.05)
    assert 50 < grey[0] < 57 and abs(grey[1:]).max() < 0.1


def test_linear_light_goes_both_ways_and_has_the_standards_values():
    encoded = np.linspace(0, 1, 101)
    np.testing.assert_allclose(from_linear(to_linear(encoded)), encoded, atol=1e-7)
    # IEC 61966-2-1: half of the encoded range is about a fifth of the light.
    assert to_linear(np.float64(0.5)) == pytest.approx(0.21404, abs=1e-5)
    assert from_linear(np.array([-1.0, 2.0])).tolist() == [0, pytest.approx(1)]
    assert to_linear(encoded.astype(np.float32)).dtype == np.float32


def test_light_and_shade_of_white_is_one():
    assert float(np.ones(3, np.float32) @ LUMA) == pytest.approx(1, abs=1e-6)


def test_linear_light_comes_back_and_middle_grey_is_a_fifth_of_white():
    values = np.linspace(0, 1, 500, dtype=np.float32)
    assert to_linear(values).dtype == from_linear(values).dtype == np.float32
    np.testing.assert_allclose(from_linear(to_linear(values)), values, atol=1e-6)
    np.testing.assert_allclose(to_linear(np.array([0.0, 0.5, 1.0])), [0, 0.214, 1], atol=1e-3)
