"""Claims: head, neck and shoulders follow the landmarks and the way the head is turned, skin is read from the cheeks, and the
light from which of them is the lighter."""

import numpy as np

from render.practice.anatomy import body_outline, figure_outline, read_light
from tests.render.practice.sitters import empty_canvas, sitter


def test_light_comes_from_the_lighter_cheek():
    draw = sitter()
    ramp = np.linspace(0.8, 0.2, draw.face.shape[1], dtype=np.float32)[None, :, None]
    face = np.broadcast_to(ramp, draw.face.shape).copy()
    assert read_light(face, draw.landmarks_xy)[0] < -0.3 < 0.3 < read_light(face[:, ::-1].copy(), draw.landmarks_xy)[0]


def test_anatomy_follows_the_face():
    _, left = empty_canvas("left")
    _, right = empty_canvas("right")
    assert left.facing < -0.1 < 0.1 < right.facing
    for anatomy in (left, right):
        inside = (anatomy.points - anatomy.skull) / anatomy.skull_half
        assert np.abs(inside[[0, 16], 0]).max() < 1.2
        red, green, blue = anatomy.skin
        assert red > green > blue
        assert np.allclose(anatomy.from_neck([(0.0, 0.0)]), [[anatomy.neck_x, anatomy.chin_y]])


def test_women_are_narrower_and_the_far_shoulder_is_drawn_in():
    canvas, anatomy = empty_canvas()
    outlines = [body_outline(canvas, anatomy, sex) for sex in ("male", "female")]
    for level in (1.2, 3.5):        # shoulders and waist
        man, woman = (np.ptp(outline[np.abs(outline[:, 1] - anatomy.chin_y - level) < 0.45, 0]) for outline in outlines)
        assert woman < man
    arms = figure_outline(canvas, anatomy, "male")
    assert np.ptp(arms[:, 0]) > np.ptp(outlines[0][:, 0])
    _, turned = empty_canvas("left")
    assert turned.facing < 0 and turned.reach(1, "male") > turned.reach(-1, "male")
