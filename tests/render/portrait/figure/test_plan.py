"""Plans: two paintings that are no versions of each other, each body's likeness to the outline weighed, and what the eye would
see of a join costs points."""

from dataclasses import replace
from types import SimpleNamespace

import cv2
import numpy as np
import pytest

from render.portrait.figure.carry import carry
from render.portrait.figure.figure_layout import Reason
from render.portrait.figure.outline import draw_outline
from render.portrait.figure.plan import _halved, _orphaned, _stubs, cut_between, make_plans


@pytest.fixture(scope="module", autouse=True)
def hasty():
    """A few pairs, in the first ways that come."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("render.portrait.figure.plan._FIRST_TRIED", 3)
        patch.setattr("render.portrait.figure.carry._WAYS_TRIED", 1)
        yield


@pytest.fixture(scope="module")
def outline(bodies):
    return draw_outline(bodies, np.random.default_rng(0))


def plans_of(bodies, outline, composed, seed=0, **options):
    return make_plans(bodies, np.zeros(len(bodies)), outline, composed.frame, np.random.default_rng(seed), **options)


def an_index(bodies, composed, correlation=0.0):
    """Of a corpus that holds two compositions, each in four versions."""
    def versions_of(name):
        return frozenset(body.view.name for body in bodies if (body.view.name < "sitter4") == (name < "sitter4"))

    return SimpleNamespace(versions_of=versions_of, frame=composed.frame.scaled(64),
                           correlations=lambda composition: np.array([0.1, correlation]))


def test_a_plan_never_joins_two_versions_of_one_painting(bodies, outline, composed):
    plans = plans_of(bodies, outline, composed, index=an_index(bodies, composed))
    assert plans
    for plan in plans:
        assert (plan.first.view.name < "sitter4") != (plan.second.view.name < "sitter4")


def test_a_plan_that_is_arranged_as_a_painting_of_the_corpus_costs_points(bodies, outline, composed):
    alike, usual = (plans_of(bodies[2:6], outline, composed, index=an_index(bodies, composed, correlation))
                    for correlation in (0.8, 0.4))
    assert all(plan.faults["likeness"] > 2 for plan in alike) and all(plan.faults["likeness"] == 0 for plan in usual)


def test_without_an_index_a_painting_and_its_mirror_image_are_one(bodies, outline, composed):
    twice = [bodies[0], replace(bodies[0], view=bodies[0].view.in_mirror()), bodies[1]]
    plans = plans_of(twice, outline, composed)
    assert plans and all(plan.first.view.name != plan.second.view.name for plan in plans)
    # Of one painting alone its own body in a mirror is the other.
    for plan in plans_of(twice[:2], outline, composed):
        assert plan.first.view.mirrored != plan.second.view.mirrored


def test_the_seed_decides(bodies, outline, composed):
    def told(seed):
        return [(plan.first.view.name, plan.second.view.name, plan.layout.to_json(), plan.fault)
                for plan in plans_of(bodies[:4], outline, composed, seed)]

    first = told(1)
    assert first == told(1) and first != told(2)


def test_a_body_that_fits_the_sitter_badly_is_hardly_ever_the_first(bodies, outline, composed):
    misfits = np.where(np.arange(len(bodies)) < 4, 0.0, 40.0)
    plans = make_plans(bodies, misfits, outline, composed.frame, np.random.default_rng(0))
    assert {plan.first.view.name for plan in plans} <= {body.view.name for body in bodies[:4]}


def test_a_plan_says_what_is_wrong_with_it(bodies, outline, composed):
    for plan in plans_of(bodies, outline, composed):
        assert plan.fault == pytest.approx(sum(plan.faults.values())) and min(plan.faults.values()) >= 0
        assert 0 <= plan.share <= 1 and plan.hands in (0, 1, 2)
        assert {"step", "garment", "share", "bare", "hands", "outline"} <= set(plan.faults)


def test_the_cut_leaves_each_lender_what_it_alone_shows(bodies, outline, composed, still):
    frame = composed.frame.scaled(144)
    one, other = (carry(body, outline, still, frame) for body in bodies[:2])
    second = cut_between(one, other, other.layer.lab, Reason("side", 1.0, 0.0, 0.0).lean(frame, outline.pit), frame)
    assert not second[one.layer.valid & ~other.layer.valid].any() and second[other.layer.valid & ~one.layer.valid].all()
    both = one.layer.valid & other.layer.valid
    middle = int(frame.eye_centre[0] * frame.width_px + outline.pit[0] * frame.eye_distance_px)
    assert second[:, middle + 25:][both[:, middle + 25:]].mean() > 0.8
    assert second[:, :middle - 25][both[:, :middle - 25]].mean() < 0.2
    for hands in (one.hands, other.hands):
        inner = cv2.erode((hands & both).astype(np.uint8), np.ones((3, 3))) > 0
        assert not inner.any() or min(second[inner].mean(), 1 - second[inner].mean()) < 0.1


def test_a_halved_hand_counts_by_what_is_lost():
    hands, kept = np.zeros((40, 60), bool), np.zeros((40, 60), bool)
    hands[10:20, 10:20] = hands[10:20, 40:50] = True
    kept[:, :13] = True
    assert _halved(hands, kept) == pytest.approx(30)
    assert _halved(hands, kept | True) == 0 == _halved(hands, np.zeros_like(kept))


def test_a_finger_at_the_edge_is_a_stub_and_a_whole_hand_is_none():
    hands = np.zeros((100, 100), bool)
    hands[95:, 20:30] = hands[40:60, :5] = True
    assert _stubs(hands) == 2
    hands[80:, 20:30] = False
    hands[70:, 60:80] = True
    assert _stubs(hands) == 1


def test_a_hand_without_its_arm_is_an_orphan(bodies, outline, composed, still):
    carried = carry(bodies[0], outline, still, composed.frame)
    rows, columns = np.nonzero(carried.hands)
    arms = np.zeros_like(carried.hands)
    arms[rows.min() - 20:rows.min(), columns.min():columns.max()] = True
    carried = replace(carried, arms=arms)
    assert _orphaned(carried, carried.hands) == 1 and _orphaned(carried, carried.hands | arms) == 0
    assert _orphaned(carried, arms) == 0 == _orphaned(replace(carried, arms=np.zeros_like(arms)), carried.hands)
