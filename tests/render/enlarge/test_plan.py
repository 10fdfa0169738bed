"""The size of an enlargement is what was asked for, in any of its units."""

import numpy as np
import pytest

from data.errors import UsageError
from models.alignment import Frame
from models.shape import to_frame
from render.enlarge.plan import PaintedTexels, PrintSize, ScanReading


def test_a_resolution_gives_texels():
    size = PrintSize.of((125, 100), 0.5, width_mm=254.0, dpi=300.0)
    assert (size.width_px, size.height_px) == (3000, 3750) and size.times == 30 and size.pitch_mm == 2.54
    assert size.sentence() == "3000 x 3750 texels (11 megapixels), 254.0 x 317.5 mm at 300 dpi"
    assert size.gigabytes() == 3000 * 3750 * 8 / 1e9


def test_megapixels_give_texels_at_the_size_that_was_painted():
    size = PrintSize.of((125, 100), 0.5, megapixels=2.0)
    assert size.width_mm == 50 and size.width_px * size.height_px == pytest.approx(2e6, rel=0.01)


def test_a_print_smaller_than_the_painting_is_refused():
    with pytest.raises(UsageError, match="at least as wide"):
        PrintSize.of((125, 100), 0.5, megapixels=0.01)


def test_finer_scans_are_read(drawn_bank):
    frame = drawn_bank.cropped(Frame().scaled(100))
    view = drawn_bank.views[0]
    layout = to_frame(view.shape, frame)
    rows, columns = np.mgrid[:frame.height_px, :frame.width_px]
    source = np.stack([0 * rows, rows, columns], -1).astype(np.int32)
    reading = ScanReading.of(source, [view], layout, frame, 2.0)
    assert reading.times == 2 and ScanReading.of(source, [view], layout, frame, 1.0).times == 1
    elsewhere = reading.lenders[0].field + 5
    assert ScanReading.of(source, [view], layout, frame, 2.0, fields={0: elsewhere}).lenders[0].field is elsewhere

    class Flat:
        def predict(self, rgb, pitch_mm, match):
            return np.zeros(rgb.shape[:2], np.float32)

    painted = PaintedTexels(np.full((*source.shape[:2], 3), 0.5, np.float32), np.zeros(source.shape[:2], np.float32), 0.5)
    seen = reading.seen(painted, Flat(), moved=rows > 60)
    assert seen.rgb.shape == (2 * frame.height_px, 2 * frame.width_px, 3) and seen.pitch_mm == 0.25 and seen.detail_factor == 2
    assert seen.rgb[:100].std() > 0.003 and np.ptp(seen.rgb[140:]) < 1e-5
