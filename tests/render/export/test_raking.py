"""Claim: raking light shades slopes by where the lamp stands and casts shadows of the right length."""

import numpy as np
import pytest

from data.errors import UsageError
from render.export.raking import Shadows, depth_shaded, raking_light, raking_views, visible_exaggeration

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


def test_slopes_towards_the_lamp_are_brighter():
    y, x = np.mgrid[:100, :100]
    ripples = (0.1 * np.sin(x * 0.5)).astype(np.float32)
    left, right = raking_views(ripples, PITCH, sides=("left", "right"), elevation_deg=25).values()
    rising = np.cos(x * 0.5) > 0.3
    assert left[rising].mean() > left[~rising].mean() + 0.05
    assert right[rising].mean() < right[~rising].mean() - 0.05


def test_flat_paint_keeps_its_colour_and_everything_stays_in_range():
    rgb = np.full((40, 40, 3), (0.6, 0.3, 0.2), np.float32)
    seen = raking_light(np.zeros((40, 40), np.float32), PITCH, rgb, gloss=0)
    np.testing.assert_allclose(seen, rgb, atol=1e-3)
    rough = np.random.default_rng(0).random((40, 40)).astype(np.float32)
    for picture in (raking_light(rough, PITCH), depth_shaded(rough, PITCH)):
        assert picture.shape == (40, 40, 3) and picture.dtype == np.float32
        assert 0 <= picture.min() and picture.max() <= 1


def test_same_relief_same_light():
    rough = np.random.default_rng(0).random((50, 70)).astype(np.float32)
    np.testing.assert_array_equal(raking_light(rough, PITCH), raking_light(rough, PITCH))


def test_bad_lamps_are_refused():
    with pytest.raises(UsageError, match="elevation"):
        raking_light(wall(), PITCH, elevation_deg=0)
    with pytest.raises(UsageError, match="unknown side"):
        raking_views(wall(), PITCH, sides=("behind",))


def test_gentle_slopes_far_from_the_origin_do_not_shadow_themselves():
    # 250 mm wide and hardly rough: single precision used to find the surface in its own shadow.
    y, x = np.mgrid[:900, :1100]
    ripples = (0.004 * np.sin(x * 0.7) * np.sin(y * 0.9)).astype(np.float32)
    assert Shadows(ripples, 0.25).lit_share(135.0, 12.0).min() == 1


def test_thin_relief_is_shown_higher_and_thick_relief_as_it_is():
    rng = np.random.default_rng(1)
    rough = rng.random((60, 60)).astype(np.float32)
    thin, thick = (visible_exaggeration(rough * scale, PITCH) for scale in (0.01 * PITCH, 2 * PITCH))
    assert thick == 1 and thin > 5 and thin == round(thin)
    assert visible_exaggeration(np.zeros((20, 20), np.float32), PITCH) == 20
