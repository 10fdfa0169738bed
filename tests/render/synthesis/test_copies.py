"""Claim: copies come through as they are inside a region, seams are feathered and melded away, a misfit has little to say."""

import numpy as np

from render.synthesis.copies import blend, meld, vote
from tests.render.synthesis.paintings import HEIGHT, WIDTH, painted


def test_other_layers_come_along_with_the_source_map():
    rng = np.random.default_rng(1)
    layers = [rng.random((40, 50, 1)).astype(np.float32) for _ in range(2)]
    ys, xs = np.mgrid[:40, :50]
    source = np.dstack([(xs >= 25).astype(int), np.clip(ys + 3, 0, 39), xs]).astype(np.int32)
    carried = blend(source, layers)
    np.testing.assert_allclose(carried[4:30, 5:22], layers[0][7:33, 5:22], atol=1e-6)
    np.testing.assert_allclose(carried[4:30, 28:45], layers[1][7:33, 28:45], atol=1e-6)


def test_integers_are_read_as_shares_of_their_range():
    ys, xs = np.mgrid[:6, :7]
    source = np.dstack([0 * ys, ys, xs]).astype(np.int32)
    for kind in (np.uint8, np.uint16):
        white = np.full((6, 7, 2), np.iinfo(kind).max, kind)
        np.testing.assert_allclose(blend(source, [white]), 1)


def test_melding_takes_out_steps_between_copies_and_keeps_their_grain():
    whole = painted(7)
    layers = [whole * 0.8 + 0.15, whole * 0.8]
    ys, xs = np.mgrid[:HEIGHT, :WIDTH]
    source = np.dstack([(xs >= WIDTH // 2).astype(int), ys, xs]).astype(np.int32)
    seamed = np.where(xs[..., None] < WIDTH // 2, *layers)
    melded = meld(source, layers, seamed, layers[1], 6.0)
    assert np.abs(melded - layers[1]).max() < 0.02
    assert np.abs(seamed - layers[1]).max() > 0.14
    # Without an anchor the step becomes a ramp.
    ramp = meld(source, layers, seamed, None, 6.0)
    middle = slice(WIDTH // 2 - 1, WIDTH // 2 + 1)
    steps = np.diff((ramp - layers[1])[:, middle], axis=1)
    assert np.abs(steps).max() < 0.03


def test_patches_vote_on_what_lies_under_them_and_a_misfit_hardly_counts():
    sources = np.zeros((2, 12, 14, 4), np.uint8)
    sources[0], sources[1] = 100, 200
    ys, xs = np.mgrid[:12, :14]
    field = np.dstack([0 * ys, ys, xs]).astype(np.int32)
    field[6, 7, 0] = 1    # one patch comes from the other exemplar
    fits = vote(sources, field, np.full((12, 14), 100, np.int32), 3, 0.01)
    assert (fits[5:8, 6:9] == 111).all()    # one vote of nine, rounded
    cost = np.full((12, 14), 100, np.int32)
    cost[6, 7] = 2000
    assert (vote(sources, field, cost, 3, 0.01) == 100).all()
    assert (fits[:5] == 100).all() and (fits[:, :6] == 100).all()
