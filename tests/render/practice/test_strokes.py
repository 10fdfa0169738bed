"""Claims: strokes bring the reference back, run where they are told, pile paint up in a plausible range that does not
follow lightness, and are the same for the same seed."""

import cv2
import numpy as np
import pytest

from data.errors import ShapeError
from render.imaging.weave import painters_weave
from render.practice.strokes import StrokeSettings, paint_strokes, stroke_field


def _scene(seed=0, height=200, width=160):
    rng = np.random.default_rng(seed)
    small = rng.random((6, 5, 3)).astype(np.float32)
    return np.clip(0.15 + 0.7 * cv2.resize(small, (width, height), interpolation=cv2.INTER_CUBIC), 0, 1)


def _elongation(height_mm):
    """Mean squared slope across over along the rows: above 1 for relief that runs along x."""
    dy, dx = np.gradient(cv2.GaussianBlur(height_mm, (0, 0), 1.0))
    return (dy ** 2).mean() / (dx ** 2).mean()


def test_the_picture_comes_back_as_strokes():
    reference = _scene()
    colour, height_mm = paint_strokes(reference, seed=1)
    assert colour.shape == reference.shape and colour.dtype == height_mm.dtype == np.float32
    low = [cv2.GaussianBlur(picture, (0, 0), 6) for picture in (reference, colour)]
    assert np.abs(low[0] - low[1]).mean() < 0.03
    fine = colour - cv2.GaussianBlur(colour, (0, 0), 2)
    assert fine.std() > 3 * (reference - cv2.GaussianBlur(reference, (0, 0), 2)).std()


def test_thickness_is_in_the_range_of_oil_paint_and_ignores_lightness():
    correlations = []
    for seed in range(4):
        colour, height_mm = paint_strokes(_scene(seed), seed=seed)
        assert 0 < height_mm.min() and height_mm.max() < 0.6
        assert 0.01 < (np.quantile(height_mm, 0.95) - np.quantile(height_mm, 0.05)) < 0.25
        correlations.append(np.corrcoef(colour.mean(-1).ravel(), height_mm.ravel())[0, 1])
    assert abs(np.mean(correlations)) < 0.15


def test_strokes_run_where_they_are_told():
    grey = np.full((200, 160, 3), 0.5, np.float32)
    along_x = paint_strokes(grey, seed=3, direction=np.zeros((200, 160)), certainty=np.ones((200, 160)))[1]
    along_y = paint_strokes(grey, seed=3, direction=np.full((200, 160), np.pi / 2), certainty=np.ones((200, 160)))[1]
    assert _elongation(along_x) > 1.3 > 1 / 1.3 > _elongation(along_y)


def test_field_follows_stripes():
    y, x = np.mgrid[:120, :120]
    stripes = (0.5 + 0.4 * np.sin((x + y) * 0.4))[..., None].repeat(3, 2).astype(np.float32)
    turn_x, turn_y = stroke_field(stripes, 6.0)
    angle = np.arctan2(turn_y, turn_x)[30:90, 30:90] % np.pi
    assert np.abs(np.median(angle) - 0.75 * np.pi) < 0.05


def test_a_loaded_brush_leaves_more_paint():
    loading = np.full((160, 160), 0.6, np.float32)
    loading[:, 80:] = 1.6
    height_mm = paint_strokes(np.full((160, 160, 3), 0.4, np.float32), seed=0, loading=loading)[1]
    assert height_mm[:, 100:].mean() > 1.5 * height_mm[:, :60].mean()


def test_the_finest_brush_brings_back_what_others_leave():
    picture = _scene()
    picture[90:110, 60:100] = 0.55 + 0.4 * (np.arange(40) // 3 % 2)[None, :, None]      # stripes as narrow as a brush
    finest = np.zeros(picture.shape[:2], bool)
    finest[85:115, 55:105] = True
    without, with_it = (paint_strokes(picture, seed=2, finest=where)[0] for where in (None, finest))
    error = [np.abs(painted - picture)[92:108, 62:98].mean() for painted in (without, with_it)]
    assert error[1] < 0.75 * error[0]
    assert (without[:60] == with_it[:60]).all()


def test_thin_paint_shows_the_canvas():
    """The weave's own period stands out in the height of thin paint."""
    settings = StrokeSettings()
    loading = np.full((240, 240), 0.15, np.float32)
    height_mm = paint_strokes(np.full((240, 240, 3), 0.3, np.float32), seed=0, loading=loading, settings=settings)[1]
    weave = painters_weave(240, 240, settings.thread_mm / settings.pitch_mm, 0)
    fine = [picture - cv2.GaussianBlur(picture, (0, 0), 4) for picture in (height_mm, weave)]
    assert np.corrcoef(fine[0].ravel(), fine[1].ravel())[0, 1] > 0.5


def test_same_seed_same_bytes_other_seed_other_strokes():
    first, second, other = (paint_strokes(_scene(), seed=seed) for seed in (4, 4, 5))
    assert first[0].tobytes() == second[0].tobytes() and first[1].tobytes() == second[1].tobytes()
    assert np.abs(first[0] - other[0]).mean() > 0.005


@pytest.mark.parametrize("reference", [np.zeros((20, 20)), np.full((20, 20, 3), np.nan)])
def test_what_is_no_picture_is_refused(reference):
    with pytest.raises(ShapeError, match="reference must be finite"):
        paint_strokes(reference, seed=0)
