"""Claim: what is painted is paint of the exemplars, put together by the guide, within the limits, the same every time."""

from dataclasses import replace

import cv2
import numba
import numpy as np
import pytest

from data.errors import ShapeError
from render.synthesis.exemplar import SynthesisSettings
from render.synthesis.patch import synthesise
from render.synthesis.source_map import regions
from tests.render.synthesis.paintings import HEIGHT, WIDTH, exemplar, guide_of, painted


@pytest.fixture(scope="module")
def bank():
    return [exemplar(seed) for seed in range(5)]


@pytest.fixture(scope="module")
def target():
    return painted(50, rough=0)


@pytest.fixture(scope="module")
def result(bank, target):
    return synthesise(guide_of(target), bank[0].labels, bank, SynthesisSettings(seed=3), start=target)


def test_same_seed_same_bytes_on_one_thread_and_two(bank, target, result):
    threads = numba.get_num_threads()
    try:
        numba.set_num_threads(1)
        again = synthesise(guide_of(target), bank[0].labels, bank, SynthesisSettings(seed=3), start=target)
    finally:
        numba.set_num_threads(threads)
    assert again.source.tobytes() == result.source.tobytes()
    assert again.colour.tobytes() == result.colour.tobytes()
    other = synthesise(guide_of(target), bank[0].labels, bank, SynthesisSettings(seed=4), start=target)
    assert (other.source != result.source).any()


class Memory:
    """A checkpoint that remembers every level and can be cut off after some."""

    def __init__(self):
        self.saved = {}

    def save(self, level, state):
        self.saved[level] = {name: array.copy() for name, array in state.items()}

    def load(self):
        return (min(self.saved), self.saved[min(self.saved)]) if self.saved else None


def test_a_run_resumed_at_any_level_ends_in_the_same_bytes(bank, target, result):
    whole, steps = Memory(), []
    synthesise(guide_of(target), bank[0].labels, bank, SynthesisSettings(seed=3), start=target, checkpoint=whole,
               progress=lambda done, total: steps.append((done, total)))
    assert sorted(whole.saved) == [0, 1] and steps[-1][0] == steps[-1][1] and len(steps) == 2
    for level in whole.saved:
        cut = Memory()
        cut.save(level, whole.saved[level])
        resumed = synthesise(guide_of(target), bank[0].labels, bank, SynthesisSettings(seed=3), start=target,
                             checkpoint=cut)
        assert resumed.colour.tobytes() == result.colour.tobytes()


def test_the_picture_follows_the_guide_and_keeps_the_grain(bank, target, result):
    assert result.colour.dtype == np.float32 and result.colour.shape == target.shape
    soft = [cv2.GaussianBlur(picture, (0, 0), 4) for picture in (result.colour, target)]
    assert np.abs(soft[0] - soft[1]).mean() < 0.02

    def grain(picture):
        return np.median(np.abs(picture - cv2.GaussianBlur(picture, (0, 0), 1.5)))

    among = np.mean([grain(item.colour / np.float32(65535)) for item in bank])
    assert 0.85 * among < grain(result.colour) < 1.15 * among


def test_limits_hold_although_one_exemplar_fits_perfectly(bank, target):
    fitting = [exemplar(seed) for seed in (50, 150, 250, 350, 450)]
    settings = SynthesisSettings(seed=1, max_share=0.3, max_region_share=0.04)
    limited = synthesise(guide_of(target), bank[0].labels, fitting, settings)
    assert limited.shares.max() <= 0.3 and abs(limited.shares.sum() - 1) < 1e-9
    assert limited.largest_region_share <= 0.04
    free = synthesise(guide_of(target), bank[0].labels, fitting, SynthesisSettings(
        seed=1, max_share=1.0, max_region_share=1.0, reuse_penalty=0))
    assert free.shares.max() > 0.6 and free.largest_region_share > 0.04
    assert free.energy < limited.energy


def test_exemplars_of_one_name_share_a_limit(bank, target):
    named = [exemplar(seed, name="a" if seed < 2 else "") for seed in range(5)]
    shares = synthesise(guide_of(target), bank[0].labels, named, SynthesisSettings(seed=1, max_share=0.3)).shares
    assert shares[:2].sum() <= 0.3


def test_nothing_is_copied_from_outside_a_scan(bank, target):
    left = np.zeros((HEIGHT, WIDTH), bool)
    left[:, :WIDTH // 2] = True
    halves = [exemplar(seed, valid=left if seed % 2 else ~left) for seed in range(4)]
    source = synthesise(guide_of(target), bank[0].labels, halves, SynthesisSettings(seed=1)).source
    valid = np.stack([item.valid for item in halves])
    assert valid[source[..., 0], source[..., 1], source[..., 2]].all()
    # Where no exemplar shows anything, the nearest that does is asked, however far.
    nowhere = [exemplar(seed, valid=left) for seed in range(4)]
    far = synthesise(guide_of(target), bank[0].labels, nowhere, SynthesisSettings(seed=1, reach=0.03)).source
    assert (far[..., 2] < WIDTH // 2).all()


def test_parts_come_from_like_parts(bank, target):
    labels = np.zeros((HEIGHT, WIDTH), np.uint8)
    labels[40:80, 30:70] = 2
    moved = np.roll(labels, 2, axis=1)
    parts = [exemplar(seed, labels=moved) for seed in range(4)]
    source = synthesise(guide_of(target), labels, parts, SynthesisSettings(seed=1, label_penalty=60)).source
    assert (moved[source[..., 1], source[..., 2]] == labels).mean() > 0.97


def test_copies_keep_the_scan_s_full_precision(bank, target, result):
    plain = synthesise(guide_of(target), bank[0].labels, bank, SynthesisSettings(seed=3, meld_share=0), start=target)
    np.testing.assert_array_equal(plain.source, result.source)
    taken = np.stack([item.colour for item in bank])[tuple(np.moveaxis(plain.source, -1, 0))] / np.float32(65535)
    offsets = plain.source - np.dstack([np.zeros((HEIGHT, WIDTH), int), *np.mgrid[:HEIGHT, :WIDTH]])
    alone = np.ones((HEIGHT, WIDTH), bool)
    for y in range(-2, 3):
        for x in range(-2, 3):
            alone &= (np.roll(offsets, (y, x), (0, 1)) == offsets).all(-1)
    alone[:2], alone[-2:], alone[:, :2], alone[:, -2:] = False, False, False, False
    assert alone.mean() > 0.2
    np.testing.assert_allclose(plain.colour[alone], taken[alone], atol=1e-6)


def test_refined_levels_only_refine(bank, target, result):
    settings = SynthesisSettings(seed=3, refined_levels=1)
    quick = synthesise(guide_of(target), bank[0].labels, bank, settings, start=target)
    assert quick.patch_energy < 1.5 * result.patch_energy
    assert np.abs(quick.colour - result.colour).mean() < 0.05


def test_wrong_input_is_named_before_anything_is_painted(bank, target):
    with pytest.raises(ShapeError, match="at least one exemplar"):
        synthesise(guide_of(target), bank[0].labels, [])


@pytest.fixture(scope="module")
def half_kept(bank, target):
    """A picture of which the left half is to be kept, before the bank; and the kept half."""
    left = np.zeros((HEIGHT, WIDTH), bool)
    left[:, :WIDTH // 2] = True
    own = exemplar(50, valid=left)
    return [replace(own, kept=left), *bank], left


def kept_canvas(half_kept, target, **more):
    bank, _ = half_kept
    return synthesise(guide_of(target), bank[0].labels, bank, SynthesisSettings(seed=3), start=painted(50), **more)


def test_kept_paint_stays_where_it_is_whatever_the_limits(half_kept, target):
    bank, left = half_kept
    result = kept_canvas(half_kept, target)
    places = np.moveaxis(np.indices((HEIGHT, WIDTH)), 0, -1)
    assert (result.source[left][:, 0] == 0).all() and (result.source[..., 1:][left] == places[left]).all()
    deep = left & (np.arange(WIDTH) < WIDTH // 2 - 4)
    np.testing.assert_array_equal(result.colour[deep], (bank[0].colour / np.float32(65535)).astype(np.float32)[deep])
    # What is chosen beside it obeys the limits, which hold for what is chosen alone.
    beside = np.bincount(result.source[~left][:, 0], minlength=6) / (~left).sum()
    assert beside.max() <= 0.3 + 1e-9 and beside[1:].sum() > 0.5
    # The join shows no step: no steeper from column to column there than elsewhere.
    steps = np.abs(np.diff(cv2.GaussianBlur(result.colour, (0, 0), 1.5), axis=1)).mean((0, 2))
    assert steps[WIDTH // 2 - 4:WIDTH // 2 + 4].max() < 1.5 * np.median(steps)


def test_kept_paint_gives_the_same_bytes_on_any_thread_and_when_resumed(half_kept, target):
    whole, threads = Memory(), numba.get_num_threads()
    result = kept_canvas(half_kept, target, checkpoint=whole)
    try:
        numba.set_num_threads(1)
        assert kept_canvas(half_kept, target).colour.tobytes() == result.colour.tobytes()
    finally:
        numba.set_num_threads(threads)
    for level in whole.saved:
        cut = Memory()
        cut.save(level, whole.saved[level])
        again = kept_canvas(half_kept, target, checkpoint=cut)
        assert again.colour.tobytes() == result.colour.tobytes() and again.source.tobytes() == result.source.tobytes()


def test_a_plain_passage_is_painted_from_far_away_in_large_pieces(bank, target):
    """Ground that only the far right of the exemplars shows."""
    labels = np.full((HEIGHT, WIDTH), 3, np.uint8)
    right = np.zeros((HEIGHT, WIDTH), np.uint8)
    right[:, 60:] = 3
    walls = [exemplar(seed, labels=right) for seed in range(2)]

    def painting(**settings):
        return synthesise(guide_of(target), labels, walls, SynthesisSettings(seed=1, label_penalty=60, **settings)).source

    near, far = painting(), painting(plain_labels=(3,), plain_reach=0.9)
    assert (near[..., 2] >= 58).mean() < 0.6 and (far[..., 2] >= 58).mean() > 0.95
    assert len(regions(far).sizes) < 0.7 * len(regions(near).sizes)
