"""A canvas has the texels that were asked for, and they fill the width of the print."""

import pytest

from render.portrait.canvas import canvas_frame, canvas_in_words, texel_pitch_mm


@pytest.mark.parametrize("megapixels", [0.05, 1.0, 20.0])
def test_a_canvas_has_the_texels_that_were_asked_for(megapixels):
    frame = canvas_frame(megapixels)
    assert frame.width_px * frame.height_px / 1e6 == pytest.approx(megapixels, rel=0.02)
    assert texel_pitch_mm(frame, 200.0) * frame.width_px == pytest.approx(200.0)


def test_a_canvas_is_told_in_texels_millimetres_and_dpi():
    assert canvas_in_words(canvas_frame(1.0), 200.0) == "894 x 1118 texels, 200.0 x 250.1 mm at 114 dpi"
