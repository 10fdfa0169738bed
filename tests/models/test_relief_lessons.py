"""A lesson is the middle of a painting with the height of the very same piece; lessons are spread over a corpus."""

import numpy as np
import pytest

from data.errors import ShapeError
from models import relief_lessons
from models.relief_lessons import UNKNOWN_PITCH_MM, relief_lesson, spread_over


def scans(monkeypatch, shape, height_shape=None):
    """Stand-ins for the readers: colour and height that say where each pixel lies."""
    rows, columns = np.mgrid[:shape[0], :shape[1]].astype(np.float32)
    monkeypatch.setattr(relief_lessons, "read_scan", lambda path: np.dstack([rows, columns, 0 * rows]))
    height = np.add(*np.mgrid[:(height_shape or shape)[0], :(height_shape or shape)[1]]).astype(np.float32)
    monkeypatch.setattr(relief_lessons, "read_height", lambda path, mm_per_unit: height * mm_per_unit)


def test_the_middle_is_learned_from(monkeypatch):
    scans(monkeypatch, (1201, 700))
    lesson = relief_lesson("a.tif", "a.height.tif", 2.0, 254.0)
    assert lesson.rgb.shape == (900, 700, 3) and lesson.height_mm.shape == (900, 700) and lesson.pitch_mm == pytest.approx(0.1)
    np.testing.assert_array_equal(lesson.height_mm, 2 * (lesson.rgb[..., 0] + lesson.rgb[..., 1]))
    assert lesson.rgb[0, 0].tolist() == [150, 0, 0]


@pytest.mark.parametrize("dpi", [None, 0.0, float("nan"), float("inf")])
def test_a_scan_that_does_not_say_its_resolution_has_the_usual_one(monkeypatch, dpi):
    scans(monkeypatch, (20, 30))
    assert relief_lesson("a.tif", "a.height.tif", 1.0, dpi).pitch_mm == UNKNOWN_PITCH_MM


def test_a_height_scan_of_another_size_is_refused(monkeypatch):
    scans(monkeypatch, (20, 30), (20, 31))
    with pytest.raises(ShapeError, match=r"its height scan has \(20, 31\) texels, the painting \(20, 30\)"):
        relief_lesson("a.tif", "a.height.tif", 1.0, None)


def test_lessons_are_spread_over_a_corpus():
    assert spread_over(range(3), 16) == range(3)
    assert list(spread_over(list(range(33)), 16)) == list(range(0, 32, 2))
    assert len(spread_over(list(range(100)), 16)) == 16 and spread_over([], 16) == []
