"""The bank: a mirrored view mirrors everything it says, a warped view shows its landmarks where the layout wants them,
and what is saved is what is loaded."""

import numpy as np
import pytest

from data.errors import CorpusError
from data.parts import Part
from models.alignment import Frame
from models.bank import Bank, warped


def test_the_mirror_turns_heads_and_back(drawn_bank):
    view = drawn_bank.views[0]
    mirrored = view.in_mirror()
    assert mirrored.turn == pytest.approx(-view.turn)
    assert mirrored.value("facing") == "right" and view.value("facing") == "left"
    np.testing.assert_allclose(mirrored.in_mirror().landmarks_xy, view.landmarks_xy)
    np.testing.assert_array_equal(mirrored.in_mirror().parts, view.parts)


@pytest.mark.parametrize("mirrored", [False, True])
def test_a_warped_view_shows_its_parts_where_the_layout_wants_them(drawn_bank, mirrored):
    frame = Frame().scaled(240)
    view = drawn_bank.views[1].in_mirror() if mirrored else drawn_bank.views[1]
    layout = drawn_bank.views[6].shape * frame.eye_distance_px + np.array(frame.eye_centre) * frame.size_px
    seen = warped(view, layout, frame)
    assert seen.colour.shape == (300, 240, 3) and seen.colour.dtype == np.float32
    for span, part in ((slice(36, 42), Part.EYES), (slice(42, 48), Part.EYES), (slice(48, 60), Part.LIPS)):
        x, y = np.round(layout[span].mean(0)).astype(int)
        assert seen.parts[y, x] == part
    x, y = np.round(layout[36:42].mean(0)).astype(int)
    assert seen.colour[y, x].mean() < 0.45 < seen.colour[y + 20, x].mean()


def test_light_and_tones_are_measured(drawn_bank):
    view = drawn_bank.views[2]
    assert np.abs(view.light).max() < 5
    assert view.tones[Part.FACE][0] > view.tones[Part.HAIR][0] + 15


def test_saved_is_loaded(drawn_bank, tmp_path):
    drawn_bank.save(tmp_path)
    again = Bank.load(tmp_path)
    assert [v.name for v in again.views] == [v.name for v in drawn_bank.views]
    np.testing.assert_array_equal(again.views[3].parts, drawn_bank.views[3].parts)
    assert again.views[3].attributes == drawn_bank.views[3].attributes
    np.testing.assert_array_equal(again.shape_model.modes, drawn_bank.shape_model.modes)


def test_three_sitters_do_not_make_a_bank(drawn_bank):
    with pytest.raises(CorpusError, match="only 3 paintings with one clear face, at least 4"):
        Bank.learn(drawn_bank.views[:3])
