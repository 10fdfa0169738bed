"""Flow finds a known shift and a cut; what is carried neither fades nor rings; flicker is what does not move with the scene."""

import cv2
import numpy as np
import pytest

from data.errors import ShapeError
from render.restyle.motion import Motion, flicker, motion_between
from tests.render.restyle.drawn_films import draw_film, draw_frame


def test_flow_finds_the_known_shift_and_the_cut():
    frames = draw_film()
    step = motion_between(frames[0], frames[1])
    inner = step.flow[20:-20, 20:-20]
    assert not step.cut and np.abs(inner - [2, 0]).mean() < 0.2 and step.trust[20:-20, 20:-20].mean() > 0.9
    assert np.abs(step.carried(frames[0]) - frames[1])[20:-20, 20:-20].mean() < 0.01
    assert motion_between(frames[4], frames[5]).cut
    # What comes in at the right was not there before.
    assert motion_between(frames[0], draw_frame(12)).trust[:, -8:].max() < 0.2


def test_what_is_carried_from_frame_to_frame_neither_fades_nor_rings():
    """Half a pixel aside, a hundred times: broad strokes keep their strength and nothing grows, as it would by OpenCV's own
    interpolations."""
    flow = np.zeros((40, 256, 2), np.float32)
    flow[..., 0] = 0.5
    step = Motion(flow, np.ones((40, 256), np.float32), False)

    def left(wave_px, how=None):
        picture = np.tile(np.sin(2 * np.pi * np.arange(256) / wave_px), (40, 1)).astype(np.float32)
        for _ in range(100):
            picture = step.carried(picture, how)
        return float(picture[:, 64:128].std() * 2 ** 0.5)

    assert 0.9 < left(16) <= 1.01 and 0.3 < left(8) <= 1 and left(2.5) < 0.05
    assert left(16, cv2.INTER_LINEAR) < 0.2 and left(16, cv2.INTER_CUBIC) > 2


def test_landmarks_follow_the_scene_together():
    step = motion_between(draw_frame(0), draw_frame(4))
    points = np.float64([[30, 40], [60, 50], [90, 45], [127, 95]])
    moved = step.followed(points)
    assert np.abs(moved - points - [-4, 0]).max() < 0.5 and np.ptp(moved - points, axis=0).max() == 0


def test_flicker_is_what_does_not_move_with_the_scene():
    film = [draw_frame(2 * n) for n in range(4)]
    of_film, same = flicker((frame, 0.5 * frame) for frame in film)
    assert same == pytest.approx(0.5 * of_film, rel=1e-3)
    shaky = flicker((frame, 0.5 * frame + 0.1 * (n % 2)) for n, frame in enumerate(film))[1]
    assert shaky == pytest.approx(0.1, abs=2 * of_film)


def test_frames_too_small_to_follow():
    with pytest.raises(ShapeError, match="32 pixels"):
        motion_between(np.zeros((20, 40, 3), np.float32), np.zeros((20, 40, 3), np.float32))
