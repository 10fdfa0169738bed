"""Claim: a source map says what was copied in one piece, how much each exemplar gave, and which places serve too often."""

import numpy as np

from render.synthesis.source_map import overuse, regions, shares_of


def test_regions_at_one_offset_are_counted_as_pieces_that_touch():
    ys, xs = np.mgrid[:6, :8]
    source = np.dstack([np.zeros((6, 8), int), ys + 1, xs]).astype(np.int32)
    source[:, 3, 0] = 1
    source[2, 3] = [0, 3, 3]
    numbers, sizes = regions(source)
    assert sorted(sizes) == [2, 3, 43] and numbers.max() == 2
    assert (np.bincount(numbers.ravel()) == sizes).all()


def test_regions_are_numbered_in_reading_order():
    source = np.zeros((4, 4, 3), np.int32)
    source[..., 1], source[..., 2] = np.mgrid[:4, :4]
    source[:2, 2:, 0], source[2:, :2, 0] = 1, 2    # corners do not join
    found = regions(source)
    assert found.numbers[0, 0] == 0 and found.numbers[0, 3] == 1 and found.numbers[3, 0] == 2
    np.testing.assert_array_equal(found.sizes, [4, 4, 4, 4])


def test_shares_add_up_and_count_exemplars_that_gave_nothing():
    source = np.zeros((4, 5, 3), np.int32)
    source[:, 4, 0] = 2
    np.testing.assert_allclose(shares_of(source, 4), [0.8, 0, 0.2, 0])


def test_only_use_beyond_once_per_texel_counts():
    ys, xs = np.mgrid[:8, :12]
    source = np.dstack([0 * ys, ys, xs]).astype(np.int32)
    assert not overuse(source, 2).any() and overuse(source, 2).shape == (2, 2, 3)
    source[...] = 1, 5, 9
    used = overuse(source, 2)
    assert used[1, 1, 2] == 8 * 12 - 16 and used.sum() == 8 * 12 - 16
