"""The sheet of candidates has a column for each, with its pictures and what is held against it."""

from types import SimpleNamespace

import numpy as np
import pytest

from data.parts import Part
from render.report.candidate_sheet import candidate_sheet, layout_drawing
from tests.drawn import draw_sitter_picture, drawn_face


@pytest.fixture(scope="module")
def guide():
    rng = np.random.default_rng(0)
    landmarks = drawn_face(rng, 0.0)
    rgb, parts = draw_sitter_picture(rng, landmarks)
    return SimpleNamespace(colour=rgb.astype(np.float32) / 255, parts=parts, landmarks=landmarks)


def candidate(guide, painted=None, faults=None, refused=""):
    return SimpleNamespace(refused=refused, thumbnail=guide, painted=painted, faults=faults or {},
                           score=sum((faults or {}).values()), nearest="painting.tif", distance=0.5,
                           sitter=SimpleNamespace(sentence=lambda: "a woman of about 30"))


def test_a_column_for_each_and_the_painting_below_the_guide(guide):
    one = candidate_sheet([candidate(guide)])
    assert one.dtype == np.float32 and 0 <= one.min() < 0.2 < one.max() <= 1
    assert candidate_sheet([candidate(guide)] * 3).shape == (one.shape[0], 3 * one.shape[1], 3)
    painted = candidate_sheet([candidate(guide), candidate(guide, guide.colour)])
    cell = one.shape[1] * 500 // 400
    assert painted.shape[0] > one.shape[0] + 0.9 * cell
    # Shorter columns are filled up with black.
    assert painted[-1, : one.shape[1]].max() == 0 < painted[-60, one.shape[1] + 50].max()


def test_faults_are_written_where_there_are_any(guide):
    def caption(faults):
        return candidate_sheet([candidate(guide, faults=faults)])[:100, :300]

    assert np.abs(caption({"moved": 2.0}) - caption({})).max() > 0.5
    np.testing.assert_array_equal(caption({"moved": 0.01, "seam": 0.0})[40:], caption({})[40:])


def test_a_copy_is_said_to_be_one_in_full(guide):
    reason = "The composition is a copy of a_painting_with_a_long_name.jpg in light and dark. " * 3
    said = candidate_sheet([candidate(guide, refused=reason)])
    plain = candidate_sheet([candidate(guide)])
    assert said.shape[0] > plain.shape[0] + 60    # the caption has grown by lines, so that no word is lost


def test_the_drawing_shows_parts_and_lines(guide):
    picture = layout_drawing(guide)
    ground = guide.parts == Part.BACKGROUND
    assert picture.dtype == np.uint8 and (picture[ground] == (58, 54, 50)).all(-1).mean() > 0.99
    x, y = np.round(guide.landmarks[8]).astype(int)
    assert (picture[y, x] < 80).all()
