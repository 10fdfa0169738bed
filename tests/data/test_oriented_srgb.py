"""Every EXIF orientation is undone, and a window of the upright picture is found in the stored one."""

import numpy as np
import pytest
import pyvips

from data.oriented_srgb import SWAPS_SIDES, as_bytes, as_shares, stored_window, to_srgb, upright, without_alpha


@pytest.mark.parametrize("orientation", range(1, 9))
def test_a_window_of_the_upright_picture_is_the_stored_window_turned(orientation):
    stored = np.arange(7 * 5, dtype=np.uint8).reshape(7, 5)
    whole = upright(pyvips.Image.new_from_array(stored).cast("uchar"), orientation)
    assert (whole.width, whole.height) == ((7, 5) if orientation in SWAPS_SIDES else (5, 7))
    x, y, w, h = 1, 2, 3, 2
    left, top, across, down = stored_window((x, y, w, h), whole.width, whole.height, orientation)
    window = upright(pyvips.Image.new_from_array(stored[top:top + down, left:left + across]).cast("uchar"), orientation)
    np.testing.assert_array_equal(window.numpy(), whole.numpy()[y:y + h, x:x + w])


def test_transparency_is_laid_over_white():
    rgba = np.zeros((2, 2, 4), np.uint8)
    rgba[0, 0] = [10, 20, 30, 255]
    seen = without_alpha(pyvips.Image.new_from_array(rgba, interpretation="srgb")).numpy()
    assert seen[0, 0].tolist() == [10, 20, 30] and (seen[1] == 255).all()


def test_sixteen_bits_become_bytes_rounded_and_shares_exactly():
    deep = np.array([[[0, 128, 129], [257, 65535, 32896]]], np.uint16)
    image = to_srgb(pyvips.Image.new_from_array(deep, interpretation="rgb16"))
    assert as_bytes(image).numpy().tolist() == [[[0, 0, 1], [1, 255, 128]]]
    np.testing.assert_allclose(as_shares(image).numpy(), deep / 65535, rtol=1e-6)


def test_grey_becomes_three_equal_channels():
    seen = to_srgb(pyvips.Image.new_from_array(np.array([[7, 200]], np.uint8), interpretation="b-w")).numpy()
    assert seen.tolist() == [[[7] * 3, [200] * 3]]
