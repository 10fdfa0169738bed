"""A lender is read no larger than asked for, its painted surface is known, and one of the bank stays as it was painted."""

import json

import cv2
import numpy as np
import pytest

from data.errors import UsageError
from data.scan import read_scan
from render.restyle.lenders import Lender, Master
from tests.drawn import drawn_bank  # noqa: F401, a fixture


def test_a_painting_is_read_at_a_share_of_its_size_and_never_enlarged(lenders):
    half, whole, more = (lenders[0].read(scale) for scale in (0.5, 1.0, 3.0))
    assert half.rgb.shape == (250, 200, 3) and half.parts.shape == half.valid.shape == (250, 200) and half.scale == 0.5
    assert whole.rgb.shape == more.rgb.shape == (500, 400, 3) and more.scale == 1
    assert np.array_equal(whole.rgb, read_scan(lenders[0].path)) and np.array_equal(whole.parts, lenders[0].parts)
    assert max(lenders[0].read(0.001).rgb.shape) == 48  # smaller says nothing


def test_the_painted_surface_is_the_content_box_without_its_rim(lenders):
    boxed = Lender(lenders[0].path, "boxed", 400, 500, content_box=(100, 50, 200, 300))
    seen = boxed.read(0.5)
    rows, columns = np.nonzero(seen.valid)
    assert (columns.min(), columns.max(), rows.min(), rows.max()) == (51, 148, 26, 173) and not seen.parts.any()
    assert Lender(lenders[0].path, "whole", 400, 500).read(0.5).valid.all()


def test_a_file_without_a_face_lends_as_a_whole(tmp_path):
    path = tmp_path / "grey.png"
    cv2.imwrite(str(path), np.full((80, 90, 3), 128, np.uint8))
    found = Lender.of_file(path)
    assert (found.width_px, found.height_px) == (90, 80) and found.landmarks_xy is None and found.parts is None
    assert found.name == found.path == str(path) and Lender.of_file(path, "grey").name == "grey"


def test_a_sitter_of_the_bank_lends_as_painted(drawn_bank):  # noqa: F811
    view = drawn_bank.views[0]
    lender = Lender.of_view(view)
    assert lender.name == view.name and np.array_equal(lender.face_xy, view.landmarks_xy)
    assert lender.attributes["sex"] == view.attributes["sex"] and lender.sha256 == view.sha256
    with pytest.raises(UsageError, match="in a mirror"):
        Lender.of_view(next(each for each in drawn_bank.both_ways() if each.mirrored))


def test_masters_are_told_apart_by_works_weight_and_network(lenders):
    keys = [Master(tuple(lenders)).key, Master(tuple(lenders[:2])).key, Master(tuple(lenders), 2.0).key]
    assert len({json.dumps(key) for key in keys}) == 3
