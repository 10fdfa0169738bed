"""Claims: a solid is round where its limbs are, the nearer limb hides the other, light falls on the side that faces it, and
texels know where on which limb they lie."""

import numpy as np

from render.practice.solids import build_solid, crevices, solid_light
from tests.render.practice.sitters import empty_canvas

LIGHT = (-0.6, -0.5, 0.6)


def bar(y=2.0, z=0.0, radius=0.4):
    return [-1.0, y, z, radius, 1.0, y, z, radius]


def test_a_limb_covers_its_length_and_rises_to_its_radius():
    canvas, _ = empty_canvas(light=LIGHT)
    solid = build_solid(canvas, np.array([bar()]))
    area = solid.cover.sum() / canvas.unit ** 2
    assert abs(area - (2 * 0.8 + np.pi * 0.16)) < 0.05
    middle = (np.abs(canvas.y - 2) < 0.03) & (np.abs(canvas.x) < 0.5)
    assert np.abs(solid.depth[middle] - 0.4).max() < 0.02
    assert (solid.limb[middle] == 0).all() and (solid.limb[solid.cover == 0] == -1).all()
    assert np.corrcoef(solid.along[middle], canvas.x[middle])[0, 1] > 0.99
    assert np.abs(solid.side[middle]).max() < 0.15


def test_light_falls_on_the_side_that_faces_it():
    canvas, _ = empty_canvas(light=LIGHT)
    solid = build_solid(canvas, np.array([bar()]))
    shade = solid_light(canvas, solid, 0.02)
    inside = (solid.cover > 0.9) & (np.abs(canvas.x) < 0.8)
    assert shade[inside & (canvas.y < 1.85)].mean() > shade[inside & (canvas.y > 2.15)].mean() + 0.2


def test_the_nearer_limb_is_in_front_and_shades_the_crevice():
    canvas, _ = empty_canvas(light=LIGHT)
    solid = build_solid(canvas, np.array([bar(y=2.0), [0.0, 1.2, 0.5, 0.2, 0.0, 2.8, 0.5, 0.2]]))
    here = np.unravel_index(np.argmin(np.hypot(canvas.x, canvas.y - 2)), canvas.x.shape)
    assert solid.limb[here] == 1
    deep = crevices(canvas, solid, 0.1)
    beside = (np.abs(np.abs(canvas.x) - 0.26) < 0.05) & (np.abs(canvas.y - 2) < 0.2)
    far = (np.abs(canvas.x) > 0.6) & (np.abs(canvas.x) < 0.9) & (np.abs(canvas.y - 2) < 0.2)
    assert deep[beside].mean() > deep[far].mean() + 0.1
