"""Works are read so that they show figures as large as the canvas does; the width of their strokes grows with it."""

import pytest

from data.errors import CorpusError
from data.landmarks import outer_eye_distance
from data.parts import Part
from render.restyle.works import stroke_width_px, works_for


def test_works_show_figures_as_large_as_the_canvas(lenders, photo):
    unit = outer_eye_distance(photo[1])
    for work, lender in zip(works_for(lenders, (120, 96), unit), lenders, strict=True):
        eyes_px = outer_eye_distance(lender.landmarks_xy) * work.rgb.shape[1] / lender.width_px
        assert eyes_px * work.scale == pytest.approx(unit, rel=0.02)
        assert Part.FACE in work.parts
    assert not any(work.parts.any() for work in works_for(lenders, (120, 96)))


def test_a_wider_brush_reads_works_larger(lenders):
    plain, wide = (next(works_for(lenders, (60, 48), 12.0, brush_scale=scale)) for scale in (1.0, 2.0))
    assert wide.rgb.shape[0] == pytest.approx(2 * plain.rgb.shape[0], rel=0.05)
    assert wide.scale == pytest.approx(plain.scale / 2, rel=0.05)


def test_without_works_nothing_is_learned():
    with pytest.raises(CorpusError, match="at least one painting"):
        list(works_for([], (60, 48)))
    with pytest.raises(CorpusError, match="too small to measure"):
        stroke_width_px([], (60, 48))
