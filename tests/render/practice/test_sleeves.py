"""Claims: every sleeve covers its arm from shoulder to wrist in its colour, a forearm can be laid again alone, a cuff shows
linen at the wrist, slashes show linen, and a short sleeve shows the one below."""

import numpy as np
import pytest

from data.parts import Part
from render.practice.gestures import Arm
from render.practice.sleeves import SLEEVES, cut_sleeve, lay_cuff, lay_sleeve
from tests.render.practice.sitters import changed, laid

ARM = Arm(-1, np.array([-1.6, 2.2, 0.0]), np.array([-2.2, 4.2, 0.2]), np.array([-0.7, 4.3, 0.9]), "waist")
RED, BLUE = np.array([0.45, 0.10, 0.08]), np.array([0.12, 0.18, 0.40])


def sleeve(name, **how):
    def paint(canvas, rng, _):
        lay_sleeve(canvas, cut_sleeve(canvas, rng, ARM, SLEEVES[name], RED, BLUE), **how)
        if not how:
            lay_cuff(canvas, rng, ARM, SLEEVES[name], BLUE)

    return laid(paint)[0]


def at(canvas, point):
    x, y = np.round(point[:2] * canvas.unit + canvas.centre).astype(int)
    return slice(y - 3, y + 4), slice(x - 3, x + 4)


@pytest.mark.parametrize("name", SLEEVES)
def test_a_sleeve_covers_its_arm(name):
    canvas = sleeve(name)
    for point in (ARM.shoulder, ARM.elbow, (ARM.elbow + ARM.wrist) / 2):
        assert (canvas.parts[at(canvas, point)] == Part.CLOTHING).all()
    upper = canvas.colour[at(canvas, (ARM.shoulder + ARM.elbow) / 2)].mean((0, 1))
    assert upper[0] > upper[2]
    assert (canvas.parts == Part.NECK).any()        # linen at the wrist
    assert not changed(canvas)[canvas.y < ARM.shoulder[1] - 1.0].any()


def test_a_forearm_is_laid_alone():
    canvas = sleeve("full", forearm_only=True)
    assert canvas.parts[at(canvas, ARM.shoulder)].max() == Part.BACKGROUND
    assert (canvas.parts[at(canvas, (ARM.elbow + ARM.wrist) / 2)] == Part.CLOTHING).all()


def test_slashes_show_linen_and_short_sleeves_the_ones_below():
    pale = {}
    for name in ("full", "slashed"):
        canvas = sleeve(name)
        pale[name] = (canvas.colour[..., 2] > 0.3)[canvas.parts == Part.CLOTHING].mean()      # red cloth is not so blue
    assert pale["slashed"] > pale["full"] + 0.03
    forearm = (ARM.elbow + ARM.wrist) / 2
    canvas = sleeve("puffed")
    red, _, blue = canvas.colour[at(canvas, forearm)].mean((0, 1))
    assert blue > red
