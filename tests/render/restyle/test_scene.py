"""A scene knows its masters by weight or by region, and how large it can be painted."""

from dataclasses import replace

import numpy as np
import pytest

from data.parts import Part
from render.imaging.region_parts import part_of, region_of
from render.restyle.lenders import Lender, Master
from render.restyle.scene import Scene
from tests.render.restyle.drawn_lenders import QUICK


def scene_of(width_px=1000, scans_px=(400, 500), **more):
    lenders = tuple(Lender("none.png", str(size), size, size) for size in scans_px)
    rgb = np.full((width_px // 2, width_px, 3), 0.5, np.float32)
    parts = np.full(rgb.shape[:2], Part.CLOTHING, np.uint8)
    return Scene(rgb, (Master(lenders, 1.0), Master(lenders, 3.0)), replace(QUICK, engine="patch"), [], parts, False, **more)


def halves():
    regions = np.zeros((500, 1000), np.uint8)
    regions[:, 500:] = 1
    return regions


def test_masters_meet_by_weight_or_hold_a_region_each():
    together, apart = scene_of(targets=("a", "b")), scene_of(targets=("a", "b"), regions=halves())
    assert together.mixtures == [(("a", 0.25), ("b", 0.75))] and together.weighted_targets == [("a", 1.0), ("b", 3.0)]
    assert apart.mixtures == [(("a", 1.0),), (("b", 1.0),)] and apart.weighted_targets == ("a", "b")


def test_where_masters_know_no_faces_parts_are_not_told_apart():
    scene = scene_of(regions=halves())
    assert {(part_of(code), region_of(code)) for code in np.unique(scene.codes)} == {(Part.BACKGROUND, 0), (Part.BACKGROUND, 1)}
    known = replace(scene, parts_known=True)
    assert {(part_of(code), region_of(code)) for code in np.unique(known.codes)} == {(Part.CLOTHING, 0), (Part.CLOTHING, 1)}
    # The picture counts more there, as all of it is brought to one distribution.
    assert scene.fidelity.mean() > known.fidelity.mean()


@pytest.mark.parametrize("scans_px, brush_scale, share", [
    ((400, 400, 400), 1.0, 1.3 * 400 / 1000),  # works are enlarged 1.3 times at most
    ((400, 400, 400), 1.3, 400 / 1000),  # broader strokes are strokes of a work that is enlarged more
    ((40, 40, 40), 1.0, 320 / 1000),  # but no canvas is smaller than this
    ((900, 900, 900), 1.0, 1.0),
    ((100, 100, 900, 900), 1.0, 1.0),  # a third of the works are enough
])
def test_a_scene_is_painted_no_larger_than_its_works_can_show(scans_px, brush_scale, share):
    scene = scene_of(scans_px=scans_px).sized_for([1.0, brush_scale])
    assert scene.painted_share == pytest.approx(share)
    assert scene.reduced.shape == (round(500 * share), round(1000 * share))


def test_a_resized_scene_is_the_same_scene():
    scene = replace(scene_of(regions=halves()), faces=[np.full((68, 2), 99.5)])
    half = scene.resized(0.5)
    assert half.rgb.shape == (250, 500, 3) and np.all(half.faces[0] == 49.5) and half.painted_share == 1
    assert half.regions[:, :250].max() == 0 and half.regions[:, 250:].min() == 1 and scene.resized(1.0) is scene
