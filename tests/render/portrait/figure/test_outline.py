"""Outlines: what is drawn is unlike each body's yet within their spread; a silhouette goes half way to it, in one piece."""

from dataclasses import replace

import cv2
import numpy as np

from data.parts import Part
from features.figure.figure import ANGLES_DEG
from render.portrait.figure.outline import Outline, agreed_silhouette, draw_outline, known_reach, polar

FLAT = np.zeros(len(ANGLES_DEG))


def test_a_drawn_outline_is_nobodys_yet_within_the_spread_of_all(bodies):
    known, _ = known_reach(bodies)
    spread = known.std(0).max()
    for seed in range(8):
        drawn = draw_outline(bodies, np.random.default_rng(seed))
        gaps = np.sqrt(((known - drawn.log_reach) ** 2).mean(1))
        assert gaps.min() > 0.1 * spread
        assert np.abs(drawn.log_reach - known.mean(0)).max() < 3.2 * spread
        assert np.linalg.norm(drawn.pit - np.mean([body.pit for body in bodies], 0)) < 0.4


def test_the_seed_decides(bodies):
    first, again, other = (draw_outline(bodies, np.random.default_rng(seed)).log_reach for seed in (1, 1, 2))
    np.testing.assert_array_equal(first, again)
    assert np.abs(first - other).max() > 0.01


def test_one_body_alone_gives_its_own_outline(bodies):
    known, _ = known_reach(bodies[:1])
    drawn = draw_outline(bodies[:1], np.random.default_rng(0)).log_reach
    np.testing.assert_allclose(drawn, cv2.GaussianBlur(known, (0, 0), 1.0)[0], atol=0.01)


def test_where_a_painting_ends_first_the_usual_outline_is_taken(bodies):
    sure = np.ones(len(ANGLES_DEG), bool)
    seen = replace(bodies[0], reach=np.full(len(ANGLES_DEG), 2.0), sure=sure)
    ends = replace(bodies[0], reach=np.full(len(ANGLES_DEG), 1.0), sure=~sure)
    reaches_on = replace(ends, reach=np.full(len(ANGLES_DEG), 3.0))
    known, usual = known_reach([seen, ends, reaches_on])
    np.testing.assert_allclose(np.exp(usual), 2.0)
    np.testing.assert_allclose(np.exp(known), np.array([2.0, 2.0, 3.0])[:, None] * np.ones(len(ANGLES_DEG)))
    nobody, far = known_reach([ends])
    assert np.exp(far).min() > 5 and np.exp(nobody).min() > 5


def test_directions_run_from_the_right_over_down_to_the_left(composed):
    pit = np.array([0.0, 1.0])
    angle, distance = polar(composed.frame, pit)
    x, y = np.round(np.array(composed.frame.eye_centre) * composed.frame.size_px
                     + [0, composed.frame.eye_distance_px]).astype(int)
    along = int(composed.frame.eye_distance_px)
    degrees = np.degrees([angle[y, x + along], angle[y + along, x], angle[y, x - along]])
    np.testing.assert_allclose(degrees, [0, 90, 180], atol=1.5)
    np.testing.assert_allclose([distance[y, x + along], distance[y + along, x], distance[y, x]], [1, 1, 0], atol=0.03)
    outline = Outline(np.log(np.linspace(1, 2, len(ANGLES_DEG))), FLAT, pit)
    reach = outline.reach_along(np.radians(ANGLES_DEG[None, ::10]))
    np.testing.assert_allclose(reach, [np.linspace(1, 2, len(ANGLES_DEG))[::10]])


def test_a_silhouette_goes_half_way_to_the_drawn_outline(composed):
    frame, pit = composed.frame, np.array([0.0, 1.2])
    angle, distance = polar(frame, pit)
    below = (angle > 0) & (angle < np.pi)
    body = (distance < 1.5) & below
    body[:4, :4] = True    # a shred by itself
    wide = agreed_silhouette(body, Outline(FLAT + np.log(2.1), FLAT, pit), frame)
    reaches = [distance[wide & (np.abs(angle - turn) < 0.1)].max() for turn in np.radians([30, 60, 120, 150])]
    np.testing.assert_allclose(reaches, 1.8, atol=0.12)
    assert not wide[:4, :4].any()
    # Near the neck it is the lender's own.
    near = (distance < 0.6) & (np.abs(angle - np.pi / 2) < 0.5)
    assert wide[near].all()
    assert Part.BACKGROUND == 0 and not agreed_silhouette(np.zeros_like(body), Outline(FLAT - 5, FLAT, pit), frame).any()
