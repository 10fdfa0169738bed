"""Layouts are turned as wished, level, typical, and unlike every painted sitter."""

import numpy as np
import pytest

from data.errors import UsageError
from models.alignment import Frame
from render.portrait.layout import FEATURES, TILT_LIMIT_DEG, TURN_TOLERANCE, Given, blend_layouts, draw_layout
from render.portrait.sitter import draw_sitter


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


def test_a_layout_is_kept_with_its_figure_and_lenders(composed, tmp_path):
    path = tmp_path / "layout.json"
    composed.layout.save(path, composed.frame, composed.cast, composed.figure.layout)
    given = Given.load(path)
    assert given.figure.to_json() == composed.figure.layout.to_json()
    assert given.cast == {role: (view.name, view.mirrored) for role, view in composed.cast.items()}
    np.testing.assert_allclose(given.shape, composed.layout.shape, atol=1e-4)


def test_a_layout_without_a_figure_keeps_the_face_alone(composed, tmp_path):
    composed.layout.save(tmp_path / "layout.json", composed.frame)
    given = Given.load(tmp_path / "layout.json")
    assert given.figure is None and given.cast == {} and given.whole


def test_a_figure_that_is_none_is_refused(composed, tmp_path):
    import json
    composed.layout.save(tmp_path / "layout.json", composed.frame, composed.cast, composed.figure.layout)
    record = json.loads((tmp_path / "layout.json").read_text(encoding="utf-8"))
    del record["figure"]["outline"]
    (tmp_path / "layout.json").write_text(json.dumps(record), encoding="utf-8")
    with pytest.raises(UsageError, match="expected a layout"):
        Given.load(tmp_path / "layout.json")


def test_given_landmarks_are_kept_and_the_others_completed(layouts, drawn_bank, tmp_path):
    import json
    layouts[0].save(tmp_path / "layout.json", Frame().scaled(320))
    record = json.loads((tmp_path / "layout.json").read_text(encoding="utf-8"))
    free = [*range(48, 68), 3]
    for point in free:
        record["landmarks"][point] = None
    (tmp_path / "part.json").write_text(json.dumps(record), encoding="utf-8")
    given = Given.load(tmp_path / "part.json")
    assert list(given.known) == [point for point in range(68) if point not in free]
    views, sitter = drawn_bank.both_ways(), layouts[0].sitter
    drawn = [draw_layout(drawn_bank.shape_model, views, sitter, np.random.default_rng(seed), given=given) for seed in (1, 2)]
    for layout in drawn:
        np.testing.assert_allclose(layout.shape[given.known], layouts[0].shape[given.known], atol=1e-3)
        # The mouth lies between nose and chin, near where it was: the model knows what goes with such a face.
        assert layout.shape[33, 1] < layout.shape[51, 1] < layout.shape[57, 1] < layout.shape[8, 1]
        assert np.abs(layout.shape[free] - layouts[0].shape[free]).mean() < 0.12
    assert np.abs(drawn[0].shape[free] - drawn[1].shape[free]).max() > 1e-4


def test_a_lender_gives_the_form_of_a_feature_and_the_draw_its_place(drawn_bank):
    views = drawn_bank.both_ways()
    mouth, plain = FEATURES["mouth"], draw_sitter(views, {}, np.random.default_rng(5))

    def form(shape):
        return shape[mouth] - shape[mouth].mean(0)

    without = draw_layout(drawn_bank.shape_model, views, plain, np.random.default_rng(6)).shape

    def gap(view, shape):
        return float(np.abs(form(shape) - form(view.shape)).mean())

    nearest = {name: min((view for view in views if view.name == name), key=lambda view: abs(view.turn - plain.turn))
               for name in sorted({view.name for view in views})}
    lender = max(nearest.values(), key=lambda view: gap(view, without))
    asked = draw_sitter(views, {"mouth": lender.name}, np.random.default_rng(5))
    lent = draw_layout(drawn_bank.shape_model, views, asked, np.random.default_rng(6)).shape
    assert gap(lender, lent) < 1e-9 < gap(lender, without)
    np.testing.assert_allclose(lent[mouth].mean(0), without[mouth].mean(0), atol=0.05)


@pytest.mark.parametrize(("text", "words"), [
    ("no json", "expected a layout"), ('{"landmarks": [[1, 2]], "frame": [320, 400]}', "1 landmarks"),
    ('{"landmarks": [], "frame": [320]}', "expected a layout"), ('{"frame": [320, 400]}', "KeyError")])
def test_a_file_that_is_no_layout_is_refused(tmp_path, text, words):
    (tmp_path / "layout.json").write_text(text, encoding="utf-8")
    with pytest.raises(UsageError, match=words):
        Given.load(tmp_path / "layout.json")
    with pytest.raises(UsageError, match="cannot be read"):
        Given.load(tmp_path / "missing.json")
