"""Claim: shadows are as long as geometry says, fall away from the lamp, and no surface lies in its own."""

import numpy as np

from render.export.shadows import Shadows, direction

PITCH = 0.1


def wall():
    z = np.zeros((80, 200), np.float32)
    z[:, 60:64] = 1.0
    return z


def test_a_wall_casts_a_shadow_as_long_as_geometry_says():
    # A wall of 1 mm under a lamp at the left, 26.6 degrees high, shadows 2 mm = 20 texels to its right.
    lit = Shadows(wall(), PITCH).lit_share(180.0, 26.565, softness_deg=0.01)
    row = lit[40]
    assert (row[:58] == 1).all()
    length = int((row[64:] < 0.5).sum())
    assert abs(length - 20) <= 2
    assert (row[90:] == 1).all()


def test_shadow_falls_away_from_the_lamp():
    z = np.zeros((120, 120), np.float32)
    z[56:64, 56:64] = 2.0
    for azimuth, (row, column) in {180.0: (60, 75), 0.0: (60, 45), 90.0: (75, 60), 270.0: (45, 60)}.items():
        lit = Shadows(z, PITCH).lit_share(azimuth, 30.0)
        dark = np.argwhere(lit < 0.5).mean(0)
        assert lit[row, column] < 0.5
        assert np.linalg.norm(dark - (row, column)) < 12


def test_gentle_slopes_far_from_the_origin_do_not_shadow_themselves():
    # 250 mm wide and hardly rough: single precision used to find the surface in its own shadow.
    y, x = np.mgrid[:900, :1100]
    ripples = (0.004 * np.sin(x * 0.7) * np.sin(y * 0.9)).astype(np.float32)
    assert Shadows(ripples, 0.25).lit_share(135.0, 12.0).min() == 1


def test_a_flat_relief_has_no_shadow_and_a_lamp_a_unit_direction():
    assert Shadows(np.ones((9, 12), np.float32), PITCH).lit_share(45.0, 10.0).min() == 1
    np.testing.assert_allclose(direction(90.0, 0.0), (0, 1, 0), atol=1e-12)
    np.testing.assert_allclose(np.linalg.norm(direction(33.0, 21.0)), 1)
