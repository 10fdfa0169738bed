"""Layouts are turned as wished, level, typical, and unlike every painted sitter."""

import numpy as np
import pytest

from render.layout import TILT_LIMIT_DEG, TURN_TOLERANCE, blend_layouts, draw_layout
from render.sitter import draw_sitter


@pytest.fixture(scope="module")
def layouts(drawn_bank):
    views = drawn_bank.both_ways()
    return [draw_layout(drawn_bank.shape_model, views, draw_sitter(views, {}, np.random.default_rng(seed)),
                        np.random.default_rng(seed)) for seed in range(8)]


def test_turned_as_wished_and_level(layouts):
    from models.shape import turn
    for layout in layouts:
        assert abs(turn(layout.shape) - layout.sitter.turn) <= 2 * TURN_TOLERANCE
        eyes = layout.shape[42:48].mean(0) - layout.shape[36:42].mean(0)
        assert abs(np.degrees(np.arctan2(eyes[1], eyes[0]))) <= TILT_LIMIT_DEG + 1e-6


def test_new(layouts, drawn_bank):
    for layout in layouts:
        gaps = [np.sqrt(((view.shape - layout.shape) ** 2).sum(1).mean()) for view in drawn_bank.both_ways()]
        assert layout.newness == pytest.approx(min(gaps))
        assert layout.newness > 0.005


def test_same_seed_same_layout(drawn_bank, layouts):
    views = drawn_bank.both_ways()
    again = draw_layout(drawn_bank.shape_model, views, draw_sitter(views, {}, np.random.default_rng(3)),
                        np.random.default_rng(3))
    np.testing.assert_array_equal(again.shape, layouts[3].shape)


def test_a_walk_begins_and_ends_at_its_sitters(layouts):
    np.testing.assert_allclose(blend_layouts(layouts[0], layouts[1], 0.0).shape, layouts[0].shape)
    np.testing.assert_allclose(blend_layouts(layouts[0], layouts[1], 1.0).shape, layouts[1].shape)
    middle = blend_layouts(layouts[0], layouts[1], 0.5).shape
    np.testing.assert_allclose(middle, (layouts[0].shape + layouts[1].shape) / 2)


def test_a_layout_is_written_with_its_sitter(layouts, tmp_path):
    import json
    layouts[0].save(tmp_path / "layout.json")
    record = json.loads((tmp_path / "layout.json").read_text(encoding="utf-8"))
    assert np.shape(record["landmarks"]) == (68, 2)
    assert record["sitter"]["template"] == layouts[0].sitter.template
