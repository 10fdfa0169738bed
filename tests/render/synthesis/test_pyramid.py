"""Claim: every level is half the size of the one before, rounded up, with means of what it covers, labels that say where
nothing may be copied, and a guide that asks for the grain the exemplars have."""

import numpy as np
import pytest

from render.synthesis.exemplar import SynthesisSettings
from render.synthesis.pyramid import pyramid, quantised
from render.synthesis.task import INVALID
from tests.render.synthesis.paintings import HEIGHT, WIDTH, exemplar, guide_of, painted


@pytest.fixture(scope="module")
def bank():
    valid = np.ones((HEIGHT, WIDTH), bool)
    valid[:, :20] = False
    labels = np.zeros((HEIGHT, WIDTH), np.uint8)
    labels[:, 48:] = 7
    return [exemplar(0, labels=labels), exemplar(1, labels=labels, valid=valid)]


def levels_of(bank, weights=None, **settings):
    return pyramid(guide_of(painted(50)), bank[0].labels, bank, SynthesisSettings(**settings), weights)


def test_sizes_halve_and_guides_stand_at_half_the_finest(bank):
    levels = levels_of(bank, levels=4)
    assert [level.colours.shape for level in levels] == [(2, 120, 96, 4), (2, 60, 48, 4), (2, 30, 24, 4), (2, 15, 12, 4)]
    assert [level.guide.shape for level in levels] == [(60, 48, 5), (60, 48, 5), (30, 24, 5), (15, 12, 5)]
    assert [level.shift for level in levels] == [1, 0, 0, 0]
    assert len(levels_of(bank)) == 2    # down to about 40 texels


def test_odd_sizes_are_rounded_up(bank):
    cut = [type(one)(one.colour[:119, :95], one.guide[:119, :95], one.labels[:119, :95], one.valid[:119, :95]) for one in bank]
    levels = pyramid(cut[0].guide, cut[0].labels, cut, SynthesisSettings(levels=3), None)
    assert [level.colours.shape[1:3] for level in levels] == [(119, 95), (60, 48), (30, 24)]


def test_coarse_colours_are_means_of_fine_ones(bank):
    levels = levels_of(bank, levels=2)
    fine = levels[0].colours[0].astype(float)
    means = fine.reshape(60, 2, 48, 2, 4).mean((1, 3))
    assert np.abs(levels[1].colours[0] - means).max() <= 0.5
    np.testing.assert_array_equal(levels[0].colours[0], quantised(bank[0].colour))


def test_labels_say_what_a_place_shows_and_where_a_patch_would_not_fit(bank):
    finest = levels_of(bank)[0]
    np.testing.assert_array_equal(finest.guide[..., 0], bank[0].labels[::2, ::2])
    np.testing.assert_array_equal(finest.guides[0, ..., 0], bank[0].labels[::2, ::2])
    # Half a patch beside what is not valid a patch would reach into it.
    assert (finest.guides[1, :, :11, 0] == INVALID).all() and (finest.guides[1, :, 11:, 0] != INVALID).all()


def test_weights_follow_their_map(bank):
    weights = np.ones((HEIGHT, WIDTH), np.float32)
    weights[:60] = 3
    finest, coarse = levels_of(bank, weights, guide_weight=2.0)
    assert finest.weight[0, 0] == 3 * 2 * 25 * 256 == coarse.weight[0, 0] and finest.weight[-1, -1] == 2 * 25 * 256


def test_the_canvas_asks_for_the_exemplars_grain():
    smooth, rough = (levels_of([exemplar(0, rough=r), exemplar(1, rough=r)])[0] for r in (0.01, 0.2))
    assert rough.guide[..., 4].mean() > 2 * smooth.guide[..., 4].mean()
    assert abs(rough.guide[..., 4].mean() - rough.guides[..., 4].mean()) < 2


def test_quantised_bytes_and_shares_are_the_same():
    colour = np.random.default_rng(0).random((20, 30, 3)).astype(np.float32)
    units = np.round(colour * 65535).astype(np.uint16)
    assert np.abs(quantised(colour).astype(int) - quantised(units)).max() <= 1
    assert quantised(np.full((9, 9, 3), 0.5, np.float32))[..., 3].max() == 0    # no detail, no strength
