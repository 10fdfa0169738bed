"""Cores cover the picture once, all on one grid; what tiles give back lands on the pixels it came from."""

import numpy as np
import pytest
import torch

from data.errors import UsageError
from render.neural.tiles import Tile, add_mirrored, check_tile_px, segments, tensor_of, tiles_of


def spans(length, core, seed=0):
    return segments(length, core, np.random.default_rng(seed))


@pytest.mark.parametrize("length, core", [(50, 64), (300, 64), (1000, 384)])
def test_cores_cover_an_axis_once_and_lie_on_one_grid(length, core):
    for seed in range(5):
        found = spans(length, core, seed)
        assert [each.low for each in found] == [0, *(each.high for each in found[:-1])] and found[-1].high == length
        assert len({each.start % 16 for each in found}) == 1
        assert all(each.high - each.low > core // 3 - 1 for each in found)
    assert len({tuple(spans(length, core, seed)) for seed in range(5)}) > 1  # elsewhere each time


def test_tiles_are_numbered_row_by_row():
    tiles = tiles_of(spans(300, 64), spans(200, 64, 1))
    assert [each.number for each in tiles] == list(range(len(tiles)))
    assert sum((each.row.high - each.row.low) * (each.column.high - each.column.low) for each in tiles) == 300 * 200


def test_a_tile_shows_its_pixels_and_mirrors_them_beyond_the_border():
    rgb = np.random.default_rng(0).random((70, 90, 3)).astype(np.float32)
    tile = Tile(spans(70, 128)[0], spans(90, 128)[0], 0)
    shown = tile.cut(tensor_of(rgb, "cpu"))[0].permute(1, 2, 0).numpy()
    top, left = -tile.row.start, -tile.column.start
    assert np.array_equal(shown[top:top + 70, left:left + 90], rgb)
    assert np.array_equal(shown[top - 5, left:left + 90], rgb[5]) and np.array_equal(shown[top + 73, left:left + 90], rgb[65])


def test_what_mirrored_pixels_ask_for_counts_towards_their_originals():
    tile, total = Tile(spans(70, 128)[0], spans(90, 128)[0], 0), torch.zeros(70, 90, 3)
    add_mirrored(total, tile, torch.ones(3, len(tile.rows(70)), len(tile.columns(90))))
    counts = [np.bincount(at, minlength=n) for at, n in ((tile.rows(70), 70), (tile.columns(90), 90))]
    assert np.array_equal(total[..., 0].numpy(), np.outer(*counts))


def test_tiles_that_cannot_lie_on_the_grid():
    with pytest.raises(UsageError, match="multiple of 16 and at least 64, got 100"):
        check_tile_px(100)
