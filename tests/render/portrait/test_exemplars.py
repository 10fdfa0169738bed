"""Exemplars: the cast comes first, a painting counts once, and whoever has the guide's colours is found."""

from dataclasses import replace

import cv2
import numpy as np
import pytest

from data.colour import rgb_to_lab
from models.warping import warped
from render.portrait.exemplars import _misfit_map, choose_exemplars


def test_the_cast_is_chosen_first_and_no_painting_twice(composed):
    cast = list(composed.cast.values())
    chosen = choose_exemplars(composed.guide, composed.views, composed.frame, cast=cast, count=8)
    assert chosen[:7] == cast
    assert len(chosen) == 8 == len({view.name for view in chosen})


def test_no_more_are_chosen_than_asked_for_and_no_more_than_there_are(composed):
    cast = list(composed.cast.values())
    assert choose_exemplars(composed.guide, composed.views, composed.frame, cast=cast, count=3) == cast[:3]
    assert len(choose_exemplars(composed.guide, composed.views, composed.frame, count=50)) == 8


def test_whoever_has_the_guides_colours_is_chosen_first(composed, tmp_path):
    """A painting is repainted in the guide's own colours, those of all others are turned to green."""
    views = []
    for number, view in enumerate(view for view in composed.views if not view.mirrored):
        picture = cv2.imread(view.path)
        if number != 5:
            picture = np.ascontiguousarray(picture[..., ::-1] * [0.2, 1.0, 0.2]).astype(np.uint8)
        path = tmp_path / view.name
        cv2.imwrite(str(path), picture)
        views.append(replace(view, path=str(path)))
    assert choose_exemplars(composed.guide, views, composed.frame, count=1) == [views[5]]


def test_a_larger_scan_goes_before_a_soft_one(composed):
    sharp = composed.views[0]
    soft = replace(sharp, name="soft.png", landmarks_xy=sharp.landmarks_xy / 16, parts=sharp.parts,
                   width_px=sharp.width_px // 16, height_px=sharp.height_px // 16,
                   content_box=tuple(side / 16 for side in sharp.content_box))
    chosen = choose_exemplars(composed.guide, [soft, sharp], composed.frame, count=2)
    assert [view.name for view in chosen] == [sharp.name, "soft.png"]


def test_paint_within_reach_serves_and_paint_beyond_does_not():
    parts = np.zeros((40, 40), np.uint8)
    target = np.zeros((40, 40, 3), np.float32)
    colour = np.zeros((40, 40, 3), np.float32)
    colour[:, :20] = 1.0
    item = type("Seen", (), {"colour": colour, "parts": parts, "valid": np.ones((40, 40), bool)})
    misfit = _misfit_map(item, target, parts)
    assert misfit[20, 30] == 0 == misfit[20, 13]
    assert misfit[20, 10] == pytest.approx(60.0)


def test_only_what_paint_is_wanted_for_counts(composed):
    """Of two views, that is taken which has the guide's colours where paint is wanted."""
    guide, views = composed.guide, [view for view in composed.views if not view.mirrored]
    left = np.zeros(guide.parts.shape, bool)
    left[:, :120] = True
    for wanted in (left, ~left):
        misfits = []
        for view in views:
            found = _misfit_map(warped(view, guide.landmarks, composed.frame), rgb_to_lab(guide.colour), guide.parts)
            misfits.append(found[wanted].mean())
        chosen = choose_exemplars(guide, views, composed.frame, count=1, wanted=wanted)[0]
        assert misfits[views.index(chosen)] < np.median(misfits)
