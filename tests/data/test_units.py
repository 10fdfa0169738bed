"""Inches and millimetres."""

import pytest

from data.units import MM_PER_INCH, texels_per_inch


def test_a_print_of_an_inch_a_texel_has_one_dpi():
    assert texels_per_inch(MM_PER_INCH) == 1 and texels_per_inch(0.0846666) == pytest.approx(300, abs=0.01)
