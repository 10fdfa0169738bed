"""Seams close, go around the face where the paintings are alike, and keep the lent hair whole; nothing of the scene's own
head is left beside the new one."""

from dataclasses import replace

import cv2
import numpy as np
import pytest

from data.parts import Part
from models.warping import warped
from render.portrait.seam import _closed_path, extended, head_seam, vacated


def test_the_cheapest_path_follows_the_valley_and_closes():
    cost = np.full((60, 30), 5.0)
    valley = np.round(15 + 6 * np.sin(np.linspace(0, 2 * np.pi, 60, endpoint=False))).astype(int)
    cost[np.arange(60), valley] = 0
    path = _closed_path(cost)
    assert abs(path[0] - path[-1]) <= 3
    assert (path == valley).mean() > 0.95


def test_a_valley_that_does_not_meet_itself_is_left_in_time():
    cost = np.full((60, 30), 5.0)
    valley = np.round(np.linspace(4, 25, 60)).astype(int)
    cost[np.arange(60), valley] = 0
    path = _closed_path(cost)
    assert abs(path[0] - path[-1]) <= 3
    assert (path == valley).mean() > 0.5


def test_the_seam_goes_around_the_face(composed):
    seam = head_seam(composed.cast["scene"], composed.cast["head"], composed.layout, composed.frame)
    assert seam.shape == (240, 2) and seam.dtype == np.float64
    inside = [cv2.pointPolygonTest(seam.astype(np.float32), (float(x), float(y)), False)
              for x, y in composed.layout.landmarks(composed.frame)]
    assert min(inside) > 0


def test_the_lent_hair_is_not_cut(composed):
    head = warped(composed.cast["head"], composed.guide.landmarks, composed.frame)
    seam = head_seam(composed.cast["scene"], composed.cast["head"], composed.layout, composed.frame)
    inside = np.zeros(head.parts.shape, np.uint8)
    cv2.fillPoly(inside, [np.round(seam).astype(np.int32)], 1)
    hair = head.parts == Part.HAIR
    assert inside[hair].mean() > 0.97


def test_a_vacated_scene_shows_the_ground_where_its_head_was(composed):
    scene = warped(composed.cast["scene"], composed.guide.landmarks, composed.frame)
    ground = np.median(scene.colour[(scene.parts == Part.BACKGROUND) & scene.valid], 0)
    empty = vacated(scene, composed.frame.eye_distance_px)
    face = scene.parts == Part.FACE
    assert np.abs(scene.colour[face] - ground).mean() > 5 * np.abs(empty[face] - ground).mean()
    cloth = (scene.parts == Part.CLOTHING) & (cv2.erode(scene.valid.astype(np.uint8), np.ones((15, 15))) > 0)
    cloth[:180] = False     # well below the head
    np.testing.assert_allclose(empty[cloth], scene.colour[cloth], atol=0.02)


def test_only_what_lies_outside_the_painted_surface_is_filled(composed):
    seen = warped(composed.cast["scene"], composed.guide.landmarks, composed.frame)
    whole = replace(seen, valid=np.ones_like(seen.valid))
    assert extended(whole) is whole.colour
    valid = whole.valid.copy()
    valid[:, :20] = False
    spoilt = seen.colour.copy()
    spoilt[:, :20] = 9.0
    filled = extended(replace(seen, colour=spoilt, valid=valid))
    np.testing.assert_allclose(filled[:, 20:], seen.colour[:, 20:], atol=1e-6)
    assert filled.max() == pytest.approx(seen.colour[:, 20:].max(), abs=1e-3)
