"""Claim: a height scan gives millimetres at every texel, holes filled from beside them, and says what is wrong with it."""

import numpy as np
import pytest
import tifffile

from data.errors import ScanError, UsageError
from data.height_scan import height_size, read_height


def test_heights_are_millimetres(tmp_path):
    units = np.random.default_rng(0).integers(0, 60000, (50, 70)).astype(np.uint16)
    tifffile.imwrite(tmp_path / "h.tif", units)
    height = read_height(tmp_path / "h.tif", 0.0005)
    assert height.dtype == np.float32 and np.allclose(height, units * 0.0005, atol=1e-4)
    assert height_size(tmp_path / "h.tif") == (70, 50)
    tall = units.astype(np.float32)
    tall[10:20, 10:20] = np.nan
    tifffile.imwrite(tmp_path / "f.tif", tall)
    filled = read_height(tmp_path / "f.tif", 0.001)
    assert np.isfinite(filled).all() and np.allclose(filled[:10], units[:10] * 0.001, atol=1e-3)
    assert np.isclose(filled[10, 12], units[9, 12] * 0.001, atol=1e-3)
    tifffile.imwrite(tmp_path / "rgb.tif", np.zeros((9, 9, 3), np.uint8), photometric="rgb")
    tifffile.imwrite(tmp_path / "holes.tif", np.full((9, 9), np.nan, np.float32))
    (tmp_path / "text.tif").write_text("no TIFF")
    for name, words in {"rgb.tif": "one channel", "holes.tif": "holes", "text.tif": "not a readable TIFF"}.items():
        with pytest.raises(ScanError, match=words):
            read_height(tmp_path / name, 0.001)
    with pytest.raises(UsageError, match="mm_per_unit"):
        read_height(tmp_path / "h.tif", -1)
