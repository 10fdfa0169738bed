"""The guessed hairline lies above the brows, mirrors with the face, leans with its turn and closes the outline."""

import numpy as np

from data.landmarks import JAW, LEFT_BROW, mirror
from models.hairline import hairline, hairline_outline
from tests.models.faces import face


def test_it_mirrors_with_the_face():
    points = face(jitter=2)
    there, back = hairline(points), hairline(mirror(points, 640))
    np.testing.assert_allclose(np.stack([639 - back[::-1, 0], back[::-1, 1]], 1), there, atol=1e-6)


def test_it_lies_above_the_brows_and_higher_the_more_it_rises():
    points = face()
    crown = [hairline(points, rise=rise)[4] for rise in (0.5, 0.66, 1.0)]
    assert crown[2][1] < crown[1][1] < crown[0][1]
    assert crown[1][1] < points[LEFT_BROW, 1].min()


def test_it_leans_to_where_the_face_looks():
    frontal, turned = face(), face()
    turned[30, 0] += 20
    assert hairline(turned)[4, 0] > hairline(frontal)[4, 0] + 5


def test_the_outline_is_closed_and_goes_round_once():
    outline = hairline_outline(face())
    assert outline.shape == (26, 2)
    np.testing.assert_array_equal(outline[:17], face()[JAW])
    angle = np.unwrap(np.arctan2(*(outline - outline.mean(0)).T[::-1]))
    assert (np.diff(angle) < 0).all() and angle[0] - angle[-1] < 2 * np.pi
