"""Provenance says of every texel whose paint it is: what is laid over covers, and files keep it."""

import numpy as np
import pytest

from data.errors import ShapeError
from models.view_key import ViewKey
from render.portrait.provenance import NOBODY, Provenance

FIRST, SECOND = ViewKey("a.png", False), ViewKey("b.png", True)


def a_field(value):
    return np.full((4, 6, 2), value, np.float32)


def half_and_corner():
    left, corner = np.zeros((4, 6), bool), np.zeros((4, 6), bool)
    left[:, :3], corner[0, 0] = True, True
    return left, corner


def test_what_is_laid_over_covers_what_lay_there():
    left, corner = half_and_corner()
    found = Provenance.nobody((4, 6)).covered(left, FIRST, a_field(7)).covered(corner, SECOND, a_field(9))
    assert found.lenders == (FIRST, SECOND)
    assert (found.lender[0, 0], found.lender[1, 0], found.lender[0, 5]) == (1, 0, NOBODY)
    assert (found.field[0, 0] == 9).all() and (found.field[1, 0] == 7).all() and (found.field[0, 5] == 0).all()
    assert (found.known == left).all()


def test_a_whole_picture_is_laid_over_with_its_gaps():
    left, corner = half_and_corner()
    below = Provenance.nobody((4, 6)).covered(np.ones((4, 6), bool), FIRST, a_field(7))
    above = Provenance.nobody((4, 6)).covered(corner, SECOND, a_field(9))
    found = below.laid_over(left, above)
    assert found.lenders[found.lender[0, 0]] == SECOND
    assert found.lender[1, 1] == NOBODY and found.lenders[found.lender[2, 4]] == FIRST


def test_files_keep_it(tmp_path):
    left, _ = half_and_corner()
    kept = Provenance.nobody((4, 6)).covered(left, SECOND, a_field(3.25))
    np.savez(tmp_path / "kept.npz", **kept.arrays())
    with np.load(tmp_path / "kept.npz") as held:
        found = Provenance.of_arrays(held, (4, 6))
    assert found.lenders == kept.lenders and isinstance(found.lenders[0], ViewKey)
    assert (found.lender == kept.lender).all() and (found.field == kept.field).all()


def test_a_file_without_it_is_nobodys_paint(tmp_path):
    np.savez(tmp_path / "old.npz", colour=np.zeros(3))
    with np.load(tmp_path / "old.npz") as held:
        assert not Provenance.of_arrays(held, (4, 6)).known.any()


def test_places_must_go_with_texels():
    with pytest.raises(ShapeError, match="place for each"):
        Provenance((FIRST,), np.zeros((4, 6), np.uint8), np.zeros((4, 5, 2), np.float32))
