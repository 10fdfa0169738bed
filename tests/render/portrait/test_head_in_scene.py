"""A head brought into a scene takes on its skin and its ground by a stated share, and stays what it is otherwise."""

from types import SimpleNamespace

import numpy as np

from data.parts import Part
from render.portrait.head_in_scene import same_ground, same_skin, without_head

EYE_PX = 20.0


def painting(lab=(50.0, 10.0, 10.0)):
    """(120, 100) of ground, with a face in the middle, and its parts."""
    parts = np.zeros((120, 100), np.uint8)
    parts[30:90, 25:75] = Part.FACE
    return np.full((120, 100, 3), lab, np.float32), parts


def scene_of(face_lab):
    tones = np.full((9, 3), np.nan)
    tones[Part.FACE] = face_lab
    return SimpleNamespace(tones=tones)


def test_skin_goes_most_of_the_way_and_the_ground_by_its_varnish_alone():
    lab, parts = painting()
    toned = same_skin(lab, parts, np.array([50.0, 10.0, 10.0]), scene_of([60.0, 10.0, 14.0]), EYE_PX)
    np.testing.assert_allclose(toned[60, 50], [58.0, 10.0, 13.2], atol=0.1)
    np.testing.assert_allclose(toned[2, 2], [50.0, 10.0, 11.6], atol=0.01)


def test_skin_is_not_moved_out_of_all_bounds_nor_without_knowing_whither():
    lab, parts = painting()
    toned = same_skin(lab, parts, np.array([50.0, 10.0, 10.0]), scene_of([90.0, 10.0, 90.0]), EYE_PX)
    np.testing.assert_allclose(toned[60, 50], [62.0, 10.0, 22.0], atol=0.1)
    np.testing.assert_allclose(toned[2, 2], [50.0, 10.0, 14.0], atol=0.01)
    assert same_skin(lab, parts, np.array([50.0, 10.0, 10.0]), scene_of([np.nan] * 3), EYE_PX) is lab


def test_ground_becomes_that_of_the_scene_at_the_seam_and_the_head_nearly_stays():
    lab, parts = painting()
    scene = np.full_like(lab, (40.0, 10.0, 10.0))
    inside = np.zeros((120, 100), np.float32)
    inside[20:100, 15:85] = 1
    met = same_ground(lab, scene, inside, parts, EYE_PX)
    np.testing.assert_allclose(met[60, 15, 0], 40.0, atol=0.6)
    np.testing.assert_allclose(met[60, 50, 0], 48.5, atol=0.3)


def test_the_scenes_own_head_is_called_ground():
    parts = np.array([[Part.HAIR, Part.FACE, Part.EYES], [Part.NECK, Part.CLOTHING, Part.BACKGROUND]], np.uint8)
    np.testing.assert_array_equal(without_head(parts), [[0, 0, 0], [Part.NECK, Part.CLOTHING, Part.BACKGROUND]])
