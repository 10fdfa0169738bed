"""Layouts of figures: kept as JSON and read back, walked by equal steps, framed as close as wished; reasons and ways do what
they are called."""

import json

import numpy as np
import pytest

from features.figure.figure import ANGLES_DEG
from models.alignment import Frame
from render.portrait.figure.figure_layout import REASONS, FigureLayout, Reason, Way
from render.portrait.figure.outline import Outline

PIT = np.array([0.0, 1.5])
FRAME = Frame().scaled(200)


def layout(seed=0, **changes):
    rng = np.random.default_rng(seed)
    outline = Outline(rng.normal(0.5, 0.2, len(ANGLES_DEG)), rng.normal(0.5, 0.2, len(ANGLES_DEG)), PIT + rng.normal(0, 0.1, 2))
    given = {"closer": 1.12, "aside": -0.02, "dye": (30.0, 20.0, 10.0), "ground": Way.draw(rng), "ground_flipped": True,
             "ground_lift": 2.5, "grain": 7, **changes}
    return FigureLayout(outline, (Way.draw(rng), Way.draw(rng)), Way.draw(rng), Reason.draw("slant", rng), **given)


@pytest.mark.parametrize("changes", [{}, {"dye": None, "ground": None}])
def test_a_layout_survives_json(changes):
    before = layout(**changes)
    text = json.dumps(before.to_json())
    after = FigureLayout.of_json(json.loads(text))
    assert json.dumps(after.to_json()) == text
    np.testing.assert_allclose(after.outline.log_reach, before.outline.log_reach, atol=1e-4)
    np.testing.assert_array_equal(after.ways[1].waves, before.ways[1].waves)
    assert after.reason == before.reason and after.dye == before.dye and after.grain == 7
    assert after.ground_flipped and after.ground_lift == 2.5
    assert (after.ground is None) == (before.ground is None)
    assert after.framed(FRAME) == before.framed(FRAME)


@pytest.mark.parametrize("broken", [{}, {"ways": []}, {"reason": {"kind": "side"}}, {"outline": "none"}])
def test_what_is_no_layout_is_refused(broken):
    held = {**layout().to_json(), **broken} if broken else {}
    with pytest.raises((KeyError, TypeError, ValueError)):
        FigureLayout.of_json(held)


def test_between_two_layouts_outline_and_frame_go_by_equal_steps():
    first, second = layout(1, closer=1.0, aside=0.0), layout(2, closer=1.5, aside=0.04)
    steps = [first.between(first, second, share) for share in (0.0, 0.5, 1.0)]
    for step, share in zip(steps, (0.0, 0.5, 1.0), strict=True):
        np.testing.assert_allclose(step.outline.log_reach,
                                   (1 - share) * first.outline.log_reach + share * second.outline.log_reach)
        np.testing.assert_allclose(step.outline.pit, (1 - share) * first.outline.pit + share * second.outline.pit)
        assert (step.closer, step.aside) == pytest.approx((1 + 0.5 * share, 0.04 * share))
        # What cannot be half way is that of the layout it is asked of.
        assert step.reason == first.reason and step.ways is first.ways and step.dye == first.dye


def test_a_closer_frame_shows_the_eyes_larger_lower_and_aside():
    near = FigureLayout.framing(FRAME, 2.0, 0.05)
    assert near.size_px == FRAME.size_px and near.eye_distance_px == pytest.approx(2 * FRAME.eye_distance_px)
    assert near.eye_centre[0] == pytest.approx(FRAME.eye_centre[0] + 0.05) and near.eye_centre[1] > FRAME.eye_centre[1]
    assert FigureLayout.framing(FRAME, 1.0, 0.0) == FRAME


@pytest.mark.parametrize(("kind", "theirs", "others"), [
    ("side", [(1.5, 1.5)], [(-1.5, 1.5)]), ("slant", [(2.5, 0.5), (2.0, 1.5)], [(-1.5, 0.5)]),
    ("below", [(0.0, 3.0)], [(0.0, 0.5)]), ("middle", [(0.0, 1.0), (0.0, 2.0)], [(-2.0, 0.5), (2.0, 0.5)])])
def test_the_second_lender_takes_over_where_the_reason_says(kind, theirs, others):
    def lean(reason, x, y):
        column, row = np.round(np.array(FRAME.eye_centre) * FRAME.size_px + (PIT + [x, y]) * FRAME.eye_distance_px).astype(int)
        return reason.lean(FRAME, PIT)[row, column]

    for seed in range(5):
        drawn = Reason.draw(kind, np.random.default_rng(seed))
        assert drawn == Reason.draw(kind, np.random.default_rng(seed)) and drawn.kind in REASONS
        for places, sign in ((theirs, 1), (others, -1)):
            assert all(sign * lean(drawn, drawn.side * x, y) > 0 for x, y in places)


def test_ways_are_drawn_within_their_bounds():
    y, x = np.mgrid[-3:3:40j, -3:3:40j]
    shifts = []
    for seed in range(30):
        way = Way.draw(np.random.default_rng(seed))
        assert way.to_json() == Way.draw(np.random.default_rng(seed)).to_json()
        # Broader and shorter, or narrower and taller, never merely larger; and little of it near the pit of the neck.
        assert 0.1 < abs(way.stretch[0, 0] - way.stretch[1, 1]) < 0.4
        assert np.abs(way.moved(x * 0, y * 0)).max() == 0 and np.abs(way.moved(x, y)).max() < 2
        shifts.append(np.sqrt((way.draped(x, y) ** 2).sum(-1).mean()))
        assert np.abs(way.for_hard().draped(x, y)).max() < 0.5 * np.abs(way.draped(x, y)).max()
    assert 0.05 < np.mean(shifts) < 0.4


@pytest.mark.parametrize("spoilt", [{"pit": None}, {"pit": [0, None]}, {"outline": [1.0, 2.0]}, {"hair": {"stretch": 1}}])
def test_a_spoilt_layout_is_said_to_be_one(spoilt):
    with pytest.raises((ValueError, KeyError, TypeError)):
        FigureLayout.of_json({**layout().to_json(), **spoilt})
