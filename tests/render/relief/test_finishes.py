"""Claim: the weave fills up under thick paint, varnish levels hollows and adds no more than its thickness, cracks cut no deeper
than the paint."""

import numpy as np

from render.imaging.weave import canvas_weave
from render.relief.finishes import crackled, on_canvas, varnished
from render.relief.relief import Origin, Relief
from tests.render.relief.reliefs import PITCH_MM, strokes


def test_weave_shows_under_thin_paint_and_fills_up_under_thick():
    weave = canvas_weave((256, 256), 0.1, period_mm=0.8, depth_mm=0.06, undulation_mm=0.0, seed=1)
    paint = np.zeros((256, 256), np.float32)
    paint[:, 128:] = 0.5
    covered = on_canvas(Relief(paint, 0.1, np.full(paint.shape, Origin.INFERRED, np.uint8)), weave)
    assert covered.z_mm[:, 140:].std() < 0.1 * covered.z_mm[:, :110].std()
    assert np.corrcoef(covered.z_mm[:, :110].ravel(), weave[:, :110].ravel())[0, 1] > 0.999
    assert covered.provenance == {"canvas": True}


def test_varnish_levels():
    z = strokes(120, 120, 0.4) + np.float32(0.1)
    film = varnished(Relief(z, PITCH_MM, np.full(z.shape, 1, np.uint8)), thickness_mm=0.05)
    assert film.z_mm.std() < z.std() and film.provenance == {"varnish_mm": 0.05}
    assert (film.z_mm - z).min() >= -1e-6 and (film.z_mm - z).max() <= 0.05 + 1e-6
    hollows, ridges = z < np.quantile(z, 0.2), z > np.quantile(z, 0.8)
    assert (film.z_mm - z)[hollows].mean() > (film.z_mm - z)[ridges].mean() + 0.01


def test_cracks_cut_in_lines_and_never_below_the_paint():
    z = strokes(120, 120, 0.4) + np.float32(0.1)
    z[:, :40] = 0.01
    relief = Relief(z, PITCH_MM, np.full(z.shape, 1, np.uint8))
    old = crackled(relief, cell_mm=5.0, depth_mm=0.05)
    cut = z - old.z_mm
    assert cut.min() > -1e-6 and 0.02 < (cut[:, 40:] > 0.02).mean() < 0.35 and cut.max() <= 0.0501
    assert old.z_mm.min() == 0 and cut[:, :40].max() <= 0.01 + 1e-6
    np.testing.assert_array_equal(crackled(relief, cell_mm=5.0, depth_mm=0.05).z_mm, old.z_mm)
    assert (crackled(relief, cell_mm=5.0, depth_mm=0.05, seed=1).z_mm != old.z_mm).any()
