"""Bodies: the outline is followed to where the figure ends, as far as the painting shows it; the head is told from the body;
armour is hard, cloth is not."""

from dataclasses import replace

import numpy as np
import pytest

from data.landmarks import CHIN
from data.parts import Part
from features.figure.figure import ANGLES_DEG
from models.shape import to_frame
from render.portrait.figure.body import body_of, silhouette_of, widened


def test_the_outline_is_where_the_figure_ends(composed):
    """On its own layout a body lies as in its scan, but for size and place."""
    for view in composed.views[:3]:
        body = body_of(view, view.shape, composed.frame)
        # Above the shoulders the notch between hair and cloth counts as figure.
        followed = body.sure & (ANGLES_DEG > 12) & (ANGLES_DEG < 168)
        assert followed.sum() > 8
        angles = np.radians(ANGLES_DEG[followed])
        way = np.stack([np.cos(angles), np.sin(angles)], 1)
        # Scan pixels for an eye distance, and where its middle lies.
        scale, middle = view.eye_distance_px, (view.landmarks_xy - view.shape * view.eye_distance_px).mean(0)
        shown = []
        for farther in (-0.2, 0.2):
            x, y = np.round((body.pit + way * (body.reach[followed] + farther)[:, None]) * scale + middle).astype(int).T
            shown.append(view.parts[np.clip(y, 0, 499), np.clip(x, 0, 399)] != Part.BACKGROUND)
        assert shown[0].mean() > 0.9 and shown[1].mean() < 0.2


def test_where_the_painting_ends_first_the_outline_is_not_sure(bodies):
    for body in bodies:
        straight_down = (ANGLES_DEG > 60) & (ANGLES_DEG < 120)
        assert not body.sure[straight_down].any()
        assert body.sure[ANGLES_DEG < 20].any() and body.sure[ANGLES_DEG > 160].any()


def test_the_pit_of_the_neck_lies_below_the_chin(bodies, composed):
    for body in bodies:
        chin = composed.layout.shape[CHIN]
        assert 0.2 < body.pit[1] - chin[1] < 0.5 and abs(body.pit[0] - chin[0]) < 0.3


def test_hands_are_known_and_the_head_is_not_the_bodys(bodies, composed):
    for body in bodies:
        assert 0.1 < body.hands.sum() / body.wide.eye_distance_px ** 2 < 0.8
        chin_px = to_frame(composed.layout.shape, body.wide)[CHIN, 1]
        assert not body.own_head[int(chin_px + 1.2 * body.wide.eye_distance_px):].any()


def test_a_body_is_the_same_at_any_size_of_the_portrait(composed):
    small, large = (body_of(composed.views[0], composed.layout.shape, composed.frame.scaled(width)) for width in (160, 640))
    np.testing.assert_allclose(small.reach, large.reach, atol=0.07)
    np.testing.assert_allclose(small.pit, large.pit, atol=0.02)


def test_the_wide_frame_holds_the_frame_at_its_scale(composed):
    wide = widened(composed.frame)
    assert wide.eye_distance_px == pytest.approx(composed.frame.eye_distance_px)
    corners = np.array([[0.0, 0.0], composed.frame.size_px])
    middle = np.array(composed.frame.eye_centre) * composed.frame.size_px
    there = to_frame((corners - middle) / composed.frame.eye_distance_px, wide)
    assert (there[0] > 0).all() and (there[1] < wide.size_px).all()


def test_hair_counts_as_figure_only_over_the_shoulders(composed):
    landmarks = composed.guide.landmarks
    parts = np.full(composed.guide.parts.shape, Part.HAIR, np.uint8)
    inside = silhouette_of(parts, np.ones(parts.shape, bool), composed.frame, landmarks)
    chin, eye_px = landmarks[CHIN, 1], composed.frame.eye_distance_px
    assert not inside[:int(chin + 0.4 * eye_px)].any() and inside[int(chin + 0.8 * eye_px):].all()


@pytest.mark.parametrize(("cloth", "lights", "hard"), [
    ((15, 0, 0), (75, 2, 4), True), ((15, 0, 0), (20, 0, 0), False), ((15, 25, 20), (75, 40, 30), False),
    ((60, 0, 0), (95, 0, 0), False)])
def test_dark_grey_with_sharp_lights_is_armour(bodies, cloth, lights, hard):
    body = bodies[0]
    lab = np.tile(np.float32(cloth), (*body.parts.shape, 1))
    lab[:, ::20] = lights
    assert replace(body, lab=lab).hard is hard
    assert not replace(body, lab=lab, parts=np.zeros_like(body.parts)).hard
