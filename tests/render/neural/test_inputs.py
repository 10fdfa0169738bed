"""Pictures that the network cannot look at, and maps of another size, are told plainly by their names."""

import numpy as np
import pytest

from data.errors import ShapeError
from render.neural.inputs import check_picture, resized

RGB = np.zeros((40, 50, 3), np.float32)


def test_bad_pictures_are_told_plainly():
    with pytest.raises(ShapeError, match="float32 RGB"):
        check_picture(RGB.astype(np.float64))
    with pytest.raises(ShapeError, match="at least 32 pixels a side to be painted, got 50 x 20"):
        check_picture(RGB[:20])
    with pytest.raises(ShapeError, match="fidelity must have the picture's size"):
        check_picture(RGB, parts=RGB[..., 0], fidelity=RGB[1:, :, 0])
    check_picture(RGB, parts=RGB[..., 0], fidelity=None)


def test_a_picture_of_the_wanted_size_is_not_copied():
    assert np.shares_memory(resized(RGB, (40, 50)), RGB) and resized(RGB, (20, 25)).shape == (20, 25, 3)
