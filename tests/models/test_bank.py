"""The bank: light and tones are measured, what is saved is what is loaded, the frame closes in on a master of heads."""

from dataclasses import replace

import numpy as np
import pytest

from data.errors import CorpusError
from data.parts import Part
from models.alignment import Frame
from models.bank import Bank
from models.warping import coverage
from tests.features.figure.drawn_figure import drawn_figure


def test_light_and_tones_are_measured(drawn_bank):
    view = drawn_bank.views[2]
    assert np.abs(view.light).max() < 5
    assert view.tones[Part.FACE][0] > view.tones[Part.HAIR][0] + 15


def test_saved_is_loaded(drawn_bank, tmp_path):
    views = list(drawn_bank.views)
    views[3] = replace(views[3], figure=drawn_figure())
    Bank(tuple(views), drawn_bank.shape_model).save(tmp_path)
    again = Bank.load(tmp_path)
    assert [v.name for v in again.views] == [v.name for v in drawn_bank.views]
    assert again.views[3].attributes == drawn_bank.views[3].attributes
    assert again.views[3].content_box == drawn_bank.views[3].content_box
    for name in ("parts", "landmarks_xy", "embedding", "light", "tones"):
        np.testing.assert_array_equal(getattr(again.views[3], name), getattr(drawn_bank.views[3], name))
    assert again.views[3].figure.to_json() == drawn_figure().to_json() and again.views[2].figure is None
    np.testing.assert_array_equal(again.shape_model.modes, drawn_bank.shape_model.modes)


def test_both_ways_is_everybody_and_their_mirror_image(drawn_bank):
    both = drawn_bank.both_ways()
    assert [view.name for view in both] == 2 * [view.name for view in drawn_bank.views]
    assert [view.mirrored for view in both] == [False] * 8 + [True] * 8


def test_the_frame_closes_in_on_a_master_of_heads(drawn_bank):
    frame = Frame(400, 500, 0.2, (0.5, 0.35))

    def master_of(box):
        return Bank(tuple(replace(view, content_box=box) for view in drawn_bank.views), drawn_bank.shape_model)

    assert master_of((-500, -500, 1500, 1500)).cropped(frame) == frame      # half-lengths fill it as it is
    heads = master_of((110, 90, 180, 200))
    nearer = heads.cropped(frame)
    assert nearer.size_px == frame.size_px
    assert nearer.eye_share > frame.eye_share and nearer.eye_centre[1] > frame.eye_centre[1]
    before, after = (np.mean([coverage(view, each) for view in heads.views]) for each in (frame, nearer))
    assert after > 1.5 * before


def test_three_sitters_do_not_make_a_bank(drawn_bank):
    with pytest.raises(CorpusError, match="only 3 paintings with one clear face, at least 4"):
        Bank.learn(drawn_bank.views[:3])
