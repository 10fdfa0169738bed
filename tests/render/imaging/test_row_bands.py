"""Bands cover all rows once, in order."""

import pytest

from render.imaging.row_bands import row_bands


@pytest.mark.parametrize("height", [1, 256, 257, 1000])
def test_bands_cover_all_rows_once(height):
    bands = row_bands(height)
    assert [row for low, high in bands for row in range(low, high)] == list(range(height))
    assert all(high - low <= 256 for low, high in bands)
