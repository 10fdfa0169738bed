"""Claim: raking light shades slopes by where the lamp stands, leaves flat paint its colour, and is the same every time."""

import numpy as np
import pytest
from PIL import Image

from data.errors import UsageError
from render.export.raking import (
    cast_shadows,
    depth_shaded,
    raking_light,
    raking_views,
    visible_exaggeration,
    write_looks,
)

PITCH = 0.1


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


def test_views_that_share_their_shadows_are_the_same_bytes():
    rough, rgb = np.random.default_rng(0).random((50, 70)).astype(np.float32), np.full((50, 70, 3), 0.5, np.float32)
    shadows = cast_shadows(rough, PITCH, 2.0)
    np.testing.assert_array_equal(raking_light(rough, PITCH, rgb, exaggeration=2.0, shadows=shadows),
                                  raking_light(rough, PITCH, rgb, exaggeration=2.0))


def test_looks_are_reduced_and_keep_their_slopes(tmp_path):
    ridges = np.tile((np.arange(2800) % 28 < 14).astype(np.float32), (20, 1))
    names = write_looks(ridges, PITCH, np.full((20, 2800, 3), 0.5, np.float32), tmp_path)
    assert names == [f"raking-{side}.png" for side in ("left", "top", "right", "bottom")] + ["depth.png"]
    assert sorted(path.name for path in tmp_path.iterdir()) == sorted(names)
    with Image.open(tmp_path / "depth.png") as picture:
        assert picture.size == (1400, 10)
        np.testing.assert_allclose(picture.info["dpi"], 25.4 / (2 * PITCH), rtol=1e-3)


def test_bad_lamps_are_refused():
    with pytest.raises(UsageError, match="elevation"):
        raking_light(np.zeros((9, 9), np.float32), PITCH, elevation_deg=0)
    with pytest.raises(UsageError, match="unknown side"):
        raking_views(np.zeros((9, 9), np.float32), PITCH, sides=("behind",))


def test_thin_relief_is_shown_higher_and_thick_relief_as_it_is():
    rng = np.random.default_rng(1)
    rough = rng.random((60, 60)).astype(np.float32)
    thin, thick = (visible_exaggeration(rough * scale, PITCH) for scale in (0.01 * PITCH, 2 * PITCH))
    assert thick == 1 and thin > 5 and thin == round(thin)
    assert visible_exaggeration(np.zeros((20, 20), np.float32), PITCH) == 20
