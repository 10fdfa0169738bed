"""Claim: the compiled search knows the cost that plain arithmetic gives, takes nothing forbidden, and never makes the field
dearer, on any number of threads."""

import numba
import numpy as np
import pytest

from render.synthesis.patchmatch import Sweep, exhaust, recost, sweep
from render.synthesis.task import INVALID, NEVER, ORDINARY, Task

HEIGHT, WIDTH, EXEMPLARS, PATCH, GUIDE_BYTES = 40, 34, 3, 5, 4
HALF = PATCH // 2


@pytest.fixture
def pictures():
    """Canvas, guide, sources and their guides as pictures, and a task made of them."""
    rng = np.random.default_rng(1)
    canvas = rng.integers(0, 256, (HEIGHT + 2 * HALF, WIDTH + 2 * HALF, 4), np.uint8)
    sources = rng.integers(0, 256, (EXEMPLARS, HEIGHT, WIDTH, 4), np.uint8)
    guide = rng.integers(0, 256, (HEIGHT // 2, WIDTH // 2, 1 + GUIDE_BYTES), np.uint8)
    source_guides = rng.integers(0, 256, (EXEMPLARS, HEIGHT // 2, WIDTH // 2, 1 + GUIDE_BYTES), np.uint8)
    guide[..., 0], source_guides[..., 0] = rng.integers(0, 2, guide.shape[:2]), rng.integers(0, 2, source_guides.shape[:3])
    source_guides[:, 5:8, 5:8, 0] = INVALID
    usage = rng.integers(0, 5, (EXEMPLARS, HEIGHT // 4, -(-WIDTH // 4))).astype(np.int32)
    weight = rng.integers(100, 5000, (HEIGHT, WIDTH)).astype(np.int32)
    return canvas, guide, sources, source_guides, Task(
        canvas.reshape(-1), guide.reshape(-1), weight, sources.reshape(-1), source_guides.reshape(-1), height=HEIGHT,
        width=WIDTH, patch=PATCH, guide_bytes=GUIDE_BYTES, guide_shift=1, guide_height=HEIGHT // 2, guide_width=WIDTH // 2,
        label_price=700, exemplar_prices=np.array([0, 50, 400], np.int32), reuse_price=11, usage=usage, reach=4,
        reaches=np.full((HEIGHT, WIDTH), 4, np.int32), kinds=np.full((HEIGHT, WIDTH), ORDINARY, np.uint8), plain_reach=4,
        plain_coherence=1, banned=np.zeros((HEIGHT, WIDTH), np.uint64),
        ban_offsets=np.zeros((64, 3), np.int32), ban_tolerance=1)


def plain_cost(pictures, y, x, k, sy, sx):
    """What painting (y, x) from (k, sy, sx) costs, from the pictures themselves."""
    canvas, guide, sources, source_guides, task = pictures
    if not (HALF <= sy < HEIGHT - HALF and HALF <= sx < WIDTH - HALF) or max(abs(sy - y), abs(sx - x)) > task.reaches[y, x]:
        return NEVER
    here, there = guide[y // 2, x // 2].astype(int), source_guides[k, sy // 2, sx // 2].astype(int)
    if there[0] == INVALID:
        return NEVER
    patch = canvas[y:y + PATCH, x:x + PATCH].astype(int) - sources[k, sy - HALF:sy + HALF + 1, sx - HALF:sx + HALF + 1]
    return (np.abs(patch).sum() + task.weight[y, x] * np.abs(here[1:] - there[1:]).sum() // 256
            + task.label_price * (here[0] != there[0]) + task.exemplar_prices[k]
            + task.reuse_price * task.usage[k, sy // 4, sx // 4])


def random_field(seed=0):
    rng = np.random.default_rng(seed)
    ys, xs = np.mgrid[:HEIGHT, :WIDTH]
    return np.dstack([rng.integers(0, EXEMPLARS, ys.shape), ys + rng.integers(-5, 6, ys.shape),
                      xs + rng.integers(-5, 6, ys.shape)]).astype(np.int32)


def cost_of(task, field):
    cost = np.empty(field.shape[:2], np.int32)
    recost(task, field, cost)
    return cost


def test_cost_is_that_of_plain_arithmetic(pictures):
    field = random_field()
    cost = cost_of(pictures[-1], field)
    wanted = [[plain_cost(pictures, y, x, *field[y, x]) for x in range(WIDTH)] for y in range(HEIGHT)]
    np.testing.assert_array_equal(cost, wanted)
    assert 0.2 < (cost == NEVER).mean() < 0.8


def test_looking_at_everything_finds_the_best(pictures):
    task = pictures[-1]
    field, cost = np.zeros((HEIGHT, WIDTH, 3), np.int32), np.zeros((HEIGHT, WIDTH), np.int32)
    exhaust(task, field, cost)
    np.testing.assert_array_equal(cost_of(task, field)[cost < NEVER], cost[cost < NEVER])
    for y, x in ((0, 0), (13, 20), (39, 33), (12, 12)):
        best = min(plain_cost(pictures, y, x, k, sy, sx) for k in range(EXEMPLARS) for sy in range(HEIGHT)
                   for sx in range(WIDTH))
        assert cost[y, x] == best


def test_a_ban_holds_for_its_texels_and_about_its_offset(pictures):
    task, field = pictures[-1], random_field()
    ys, xs = np.mgrid[:HEIGHT, :WIDTH]
    field[...] = np.dstack([0 * ys + 1, ys + 2, xs])
    task.ban_offsets[63] = 1, 1, -1    # within the tolerance of (2, 0)
    before = cost_of(task, field)
    task.banned[10:20] = np.uint64(1) << np.uint64(63)
    after = cost_of(task, field)
    assert (after[10:20] == NEVER).all() and (after[20:] == before[20:]).all()
    task.ban_offsets[63] = 0, 1, -1
    np.testing.assert_array_equal(cost_of(task, field), before)


@pytest.mark.parametrize("backwards", [False, True])
def test_a_sweep_never_makes_a_texel_dearer_and_takes_nothing_forbidden(pictures, backwards):
    task, field = pictures[-1], random_field()
    before, cost = field.copy(), cost_of(task, field)
    first = cost.copy()
    sweep(task, Sweep(3, backwards, 4, 2, seam=0), field, before, cost)
    np.testing.assert_array_equal(cost, cost_of(task, field))
    assert (cost <= first).all() and cost.mean() < 0.9 * first.mean()
    k, sy, sx = np.moveaxis(field[cost < NEVER], -1, 0)
    assert (pictures[3][k, sy // 2, sx // 2, 0] != INVALID).all()


def test_seams_cost_so_that_copies_grow(pictures):
    shared = []
    for seam in (0, 3000):
        task, field = pictures[-1], random_field()
        cost = cost_of(task, field)
        for number in range(3):
            sweep(task, Sweep(number, number % 2 == 1, 4, 2, seam), field, field.copy(), cost)
        np.testing.assert_array_equal(cost, cost_of(task, field))    # seams are not part of what is kept
        offsets = field - np.dstack([np.zeros((HEIGHT, WIDTH), int), *np.mgrid[:HEIGHT, :WIDTH]])
        shared.append((offsets[:, 1:] == offsets[:, :-1]).all(-1).mean())
    assert shared[1] > 2 * shared[0]


def test_the_same_on_one_thread_and_two(pictures):
    task, threads, fields = pictures[-1], numba.get_num_threads(), []
    try:
        for count in (1, threads):
            numba.set_num_threads(count)
            fields.append(random_field())
            cost = cost_of(task, fields[-1])
            sweep(task, Sweep(5, False, 9, 4, 50), fields[-1], fields[-1].copy(), cost)
    finally:
        numba.set_num_threads(threads)
    np.testing.assert_array_equal(*fields)
