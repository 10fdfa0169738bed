"""Claim: copied paint brings its own height; seams are reconciled without breaking strokes; every texel says where its
height is from; paint laid later has the height that is read from it, at the level of what it covers."""

import numpy as np
import pytest

from data.errors import ShapeError
from models.topography import Topography, spectral_slope
from render.relief.carrying import carry_height, matched, overpainted_relief
from render.relief.relief import Origin, Relief
from tests.render.relief.reliefs import PITCH_MM, strokes


def place(rows, columns, exemplar=0, row=0, column=0):
    y, x = np.mgrid[row:row + rows, column:column + columns]
    return np.stack([np.full((rows, columns), exemplar), y, x], -1).astype(np.int32)


def test_one_copy_gives_its_height_back():
    height = strokes(80, 90, 0.5)
    relief = carry_height(place(60, 70, row=10, column=5), [height], pitch_mm=PITCH_MM, measured=[True])
    np.testing.assert_allclose(relief.z_mm, height[10:70, 5:75], atol=2e-6)
    assert (relief.origin == Origin.MEASURED).all() and relief.shares()["measured"] == 1


def test_seams_are_reconciled_and_strokes_kept():
    left, right = strokes(96, 96, 0.3, level=0.1), strokes(96, 96, 1.2, level=0.4)
    source = place(96, 96)
    source[:, 48:] = place(96, 96, 1)[:, 48:]
    relief = carry_height(source, [left, right], pitch_mm=PITCH_MM, measured=[True, False])
    cut = np.where(source[..., 0] == 0, left, right)
    across = np.abs(np.diff(relief.z_mm, axis=1))
    assert np.abs(np.diff(cut, axis=1))[:, 47].mean() > 0.25
    # The step of 0.3 mm is gone: the seam is no steeper than the strokes themselves.
    assert across[:, 47].mean() < 1.3 * across[:, :40].mean() + 0.02
    for copy, columns in ((left, slice(4, 40)), (right, slice(56, 92))):
        wanted, got = np.diff(copy, axis=0)[:, columns], np.diff(relief.z_mm, axis=0)[:, columns]
        assert np.corrcoef(wanted.ravel(), got.ravel())[0, 1] > 0.999
    assert set(np.unique(relief.origin[:, :47])) == {Origin.MEASURED}
    assert set(np.unique(relief.origin[:, 49:])) == {Origin.INFERRED}
    assert (relief.origin[:, 47] == Origin.CARRIED).all()


def test_an_exemplar_s_edge_goes_on_level():
    height = strokes(40, 50, 0.5)
    relief = carry_height(place(60, 60), [height], pitch_mm=PITCH_MM)
    assert np.ptp(relief.z_mm[45:, :45], axis=0).max() < 0.02 and (relief.origin == Origin.INFERRED).all()


def test_only_inferred_height_is_matched_to_measured_paint():
    rng = np.random.default_rng(3)
    z = (0.2 + 0.01 * rng.standard_normal((96, 120))).astype(np.float32)
    origin = np.full(z.shape, Origin.MEASURED, np.uint8)
    origin[:, 60:] = Origin.INFERRED
    done = matched(Relief(z, PITCH_MM, origin), Topography.measured())
    assert np.abs(done.z_mm - z)[:, :60].max() < 1e-6 < 1e-3 < np.abs(done.z_mm - z)[:, 70:].mean()
    assert spectral_slope(done.z_mm[:, 62:], PITCH_MM) < spectral_slope(z[:, 62:], PITCH_MM) - 1


def test_a_map_too_small_or_all_measured_is_not_matched():
    measured = Relief(strokes(40, 40, 0.3), PITCH_MM, np.full((40, 40), Origin.MEASURED, np.uint8))
    small = Relief(strokes(20, 40, 0.3), PITCH_MM, np.full((20, 40), Origin.INFERRED, np.uint8))
    assert all(matched(relief, Topography.measured()) is relief for relief in (measured, small))


class Reader:
    """Stands where the relief model stands, and reads one height from every picture."""

    def __init__(self, height):
        self.height = height

    def predict(self, rgb, pitch_mm, *, match):
        assert rgb.shape == (*self.height.shape, 3) and pitch_mm == PITCH_MM and match is False
        return self.height


def test_later_paint_has_its_own_strokes_at_the_level_of_what_it_covers():
    below, read = strokes(96, 96, 0.3, level=0.5), strokes(96, 96, 1.2, level=3.0)
    moved = np.zeros((96, 96), bool)
    moved[:, 48:] = True
    relief = Relief(below, PITCH_MM, np.full(below.shape, Origin.MEASURED, np.uint8), {"exemplars": 2})
    over = overpainted_relief(relief, np.zeros((96, 96, 3), np.float32), moved, Reader(read))
    for wanted, columns in ((below, slice(4, 40)), (read, slice(56, 92))):
        slopes = [np.diff(z, axis=0)[:, columns].ravel() for z in (wanted, over.z_mm)]
        assert np.corrcoef(*slopes)[0, 1] > 0.999
    assert abs(over.z_mm[:, 56:].mean() - below.mean()) < 0.02 and over.z_mm.min() >= 0
    assert (over.origin == np.where(moved, Origin.INFERRED, Origin.MEASURED)).all()
    assert over.provenance == {"exemplars": 2, "painted_over": 0.5}
    assert overpainted_relief(relief, np.zeros((96, 96, 3), np.float32), moved & False, Reader(read)) is relief


@pytest.mark.parametrize("source", [place(9, 9, exemplar=2), place(9, 9, exemplar=-1)])
def test_a_source_map_beyond_the_exemplars_is_refused(source):
    with pytest.raises(ShapeError, match="names exemplars"):
        carry_height(source, [strokes(9, 9, 0)], pitch_mm=PITCH_MM)
    with pytest.raises(ShapeError, match="exemplar, row, column"):
        carry_height(source[..., 0], [strokes(9, 9, 0)], pitch_mm=PITCH_MM)
