"""Guides: bands join without a step and lose nothing, holes are filled from around, seams close, the new face has its
eyes where the layout wants them, thumbnail and full size are one composition."""

import cv2
import numpy as np
import pytest

from data.parts import Part
from models.alignment import Frame
from render.imaging.blending import blend_bands, fill_holes
from render.portrait.guide import choose_cast, compose_guide
from render.portrait.layout import draw_layout
from render.portrait.seam import _closed_path, head_seam
from render.portrait.sitter import draw_sitter


@pytest.fixture(scope="module")
def composed(drawn_bank):
    views, frame = drawn_bank.both_ways(), Frame().scaled(240)
    rng = np.random.default_rng(4)
    sitter = draw_sitter(views, {}, rng)
    layout = draw_layout(drawn_bank.shape_model, views, sitter, rng)
    cast = choose_cast(views, sitter, frame, rng)
    return views, layout, cast, compose_guide(views, layout, cast, frame, np.random.default_rng(9))


def test_bands_give_back_either_picture():
    rng = np.random.default_rng(0)
    top, bottom = rng.random((2, 61, 47, 3)).astype(np.float32)
    np.testing.assert_allclose(blend_bands(top, bottom, np.ones((61, 47), np.float32), levels=3), top, atol=1e-5)
    np.testing.assert_allclose(blend_bands(top, bottom, np.zeros((61, 47), np.float32), levels=3), bottom, atol=1e-5)


def test_bands_join_without_a_step():
    top, bottom = np.full((64, 64, 3), 1.0, np.float32), np.zeros((64, 64, 3), np.float32)
    mask = np.zeros((64, 64), np.float32)
    mask[:, 32:] = 1
    row = blend_bands(top, bottom, mask, levels=4)[32, :, 0]
    assert np.abs(np.diff(row)).max() < 0.2


def test_holes_are_filled_from_around():
    picture = np.tile(np.linspace(0, 1, 80, dtype=np.float32)[None, :, None], (60, 1, 3))
    known = np.ones((60, 80), bool)
    known[20:40, 30:50] = False
    spoilt = picture.copy()
    spoilt[~known] = 99
    filled = fill_holes(spoilt, known)
    np.testing.assert_allclose(filled[known], picture[known], atol=1e-6)
    assert np.abs(filled - picture).max() < 0.2


def test_the_cheapest_path_closes():
    cost = np.full((60, 30), 5.0)
    valley = np.round(15 + 6 * np.sin(np.linspace(0, 2 * np.pi, 60, endpoint=False))).astype(int)
    cost[np.arange(60), valley] = 0
    path = _closed_path(cost)
    assert abs(path[0] - path[-1]) <= 3
    assert (path == valley).mean() > 0.95


def test_the_cast_is_of_five_paintings(composed):
    _, _, cast, guide = composed
    assert len({view.name for view in cast.values()}) == 5
    assert set(guide.cast) == {"scene", "head", "eyes", "nose", "mouth"}


def test_features_lie_where_the_layout_wants_them(composed):
    _, layout, _, guide = composed
    landmarks = layout.landmarks(Frame().scaled(240))
    np.testing.assert_allclose(guide.landmarks, landmarks)
    lightness = cv2.cvtColor(guide.colour, cv2.COLOR_RGB2LAB)[..., 0]
    for span in (slice(36, 42), slice(42, 48)):
        x, y = np.round(landmarks[span].mean(0)).astype(int)
        assert guide.parts[y, x] == Part.EYES
        assert lightness[y, x] < lightness[y + 14, x] - 10
    assert guide.fidelity.max() > 2 * np.median(guide.fidelity)


def test_thumbnail_and_full_size_are_one_composition(composed):
    views, layout, cast, guide = composed
    large = compose_guide(views, layout, cast, Frame().scaled(480), np.random.default_rng(9))
    small = cv2.resize(large.colour, (240, 300), interpolation=cv2.INTER_AREA)
    assert np.abs(small - guide.colour).mean() < 0.02


def test_the_seam_goes_around_the_face(composed):
    _, layout, cast, _ = composed
    frame = Frame().scaled(240)
    seam = head_seam(cast["scene"], cast["head"], layout, frame)
    line = seam.astype(np.float32)
    inside = [cv2.pointPolygonTest(line, (float(x), float(y)), False) for x, y in layout.landmarks(frame)]
    assert min(inside) > 0
