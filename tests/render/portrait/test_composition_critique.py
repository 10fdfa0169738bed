"""A portrait that is a painting of the corpus is called a copy of it, and its arrangement that painting's."""

import numpy as np
import pytest

from models.alignment import Frame, place_in_frame
from models.composition import describe_work
from models.composition_likeness import CompositionIndex
from models.warping import warped
from render.portrait.composition_critique import composition_figures, painted_arrangement


@pytest.fixture(scope="module")
def index(drawn_bank):
    views, frame = drawn_bank.views, drawn_bank.cropped(Frame().scaled(240))
    return CompositionIndex.learn([view.name for view in views], [describe_work(view, frame) for view in views], frame)


def test_a_painting_of_the_corpus_is_a_copy_of_itself(drawn_bank, index):
    view, frame = drawn_bank.views[2], index.frame
    layout = place_in_frame(view.landmarks_xy, frame)(view.landmarks_xy)
    yy, xx = np.mgrid[:frame.height_px, :frame.width_px]
    source = np.dstack([np.zeros_like(yy), yy, xx]).astype(np.int32)
    arrangement = painted_arrangement(source, [view], layout, frame)
    assert arrangement.share > 0.95
    figures = composition_figures(warped(view, layout, frame).colour, layout, index, arrangement, [view.name])
    assert figures["correlation_painting"] == view.name and figures["correlation"] > 0.9
    assert figures["is_copy"] and figures["arrangement_painting"] == view.name
    assert "copy of" in figures["sentence"] and f"{view.name}'s" in figures["sentence"]


def test_paint_that_was_carried_otherwise_is_looked_for_where_it_lies(drawn_bank, index):
    view, frame = drawn_bank.views[2], index.frame
    layout = place_in_frame(view.landmarks_xy, frame)(view.landmarks_xy)
    yy, xx = np.mgrid[:frame.height_px, :frame.width_px]
    source = np.dstack([np.zeros_like(yy), yy, xx]).astype(np.int32)
    bent = warped(view, layout, frame).field.copy()
    bent[..., 0] += 0.3 * np.ptp(bent[..., 0]) * np.sin(yy / frame.height_px * 12).astype(np.float32)
    assert painted_arrangement(source, [view], layout, frame, fields={0: bent}).share < 0.5


def test_without_a_source_map_nothing_is_said_of_arrangement(drawn_bank, index):
    figures = composition_figures(np.full((300, 240, 3), 0.4, np.float32), drawn_bank.views[0].shape * 30 + [120, 81], index)
    assert figures["arrangement_share"] is None and "arrangement" not in figures["sentence"]
    assert figures["works"] == len(drawn_bank.views)
