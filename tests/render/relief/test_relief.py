"""Claim: a relief is a finite height map above its base, with a size in mm and an origin for every texel; it cannot be changed
in place."""

import numpy as np
import pytest

from data.errors import ShapeError, UsageError
from render.relief.relief import Origin, Relief, raised
from tests.render.relief.reliefs import strokes


def test_size_and_stretch():
    relief = Relief(strokes(40, 60, 0.1), 0.3, np.ones((40, 60), np.uint8))
    np.testing.assert_allclose(relief.size_mm, (18.0, 12.0))
    np.testing.assert_allclose(relief.scaled_to(1.5).relief_mm, 1.5, rtol=1e-6)
    assert not relief.z_mm.flags.writeable
    with pytest.raises(UsageError, match="higher than 0 mm"):
        relief.scaled_to(0)
    with pytest.raises(UsageError, match="flat"):
        Relief(np.ones((4, 4), np.float32), 0.3, np.ones((4, 4), np.uint8)).scaled_to(1.0)


def test_other_heights_keep_origins_and_stay_above_the_base():
    relief = Relief(strokes(40, 60, 0.1), 0.3, np.full((40, 60), Origin.CARRIED, np.uint8), {"exemplars": 3})
    lower = raised(relief, relief.z_mm - 1, sunk_mm=1.0)
    assert lower.z_mm.min() == 0 and lower.provenance == {"exemplars": 3, "sunk_mm": 1.0}
    np.testing.assert_allclose(np.diff(lower.z_mm), np.diff(relief.z_mm), atol=1e-6)
    np.testing.assert_array_equal(lower.origin, relief.origin)
    np.testing.assert_array_equal(raised(relief, relief.z_mm + 1).z_mm, relief.z_mm + 1)


@pytest.mark.parametrize("z, message", [
    (np.full((4, 4), np.nan), "not finite"), (np.zeros((1, 9)), "at least 2 x 2"), (np.zeros(9), "two-dimensional"),
    (np.full((4, 4), -1.0), "below the base")])
def test_bad_heights_are_refused(z, message):
    with pytest.raises(ShapeError, match=message):
        Relief(z, 0.1, np.ones(z.shape, np.uint8))


def test_an_origin_map_of_another_size_or_a_pitch_of_none_is_refused():
    with pytest.raises(ShapeError, match="origin map"):
        Relief(np.zeros((4, 4)), 0.1, np.ones((4, 5), np.uint8))
    with pytest.raises(UsageError, match="positive length"):
        Relief(np.zeros((4, 4)), 0.0, np.ones((4, 4), np.uint8))
