"""The neural engine learns strokes as wide as asked for, and weakens itself where it knows no parts."""

from dataclasses import replace

import numpy as np
import pytest

from data.landmarks import outer_eye_distance
from data.parts import Part
from render.restyle.lenders import Master
from render.restyle.neural_engine import neural_settings
from render.restyle.preparing import prepare
from render.restyle.works import stroke_width_px
from tests.render.restyle.drawn_lenders import QUICK


def test_a_wider_brush_learns_wider_strokes(photo, lenders):
    unit = outer_eye_distance(photo[1])
    natural = stroke_width_px(lenders, (120, 96), unit)
    assert 1 < natural < 60
    assert stroke_width_px(lenders, (240, 192), 2 * unit) == pytest.approx(2 * natural)
    scenes = [prepare(photo[0], [Master(tuple(lenders))], replace(QUICK, brush_px=width), faces=[photo[1]])
              for width in (natural, 2 * natural)]
    same = prepare(photo[0], [Master(tuple(lenders))], QUICK, faces=[photo[1]])
    layer = "fire2"
    vectors = [scene.targets[0].sample_for(0, layer, Part.CLOTHING) for scene in (*scenes, same)]
    assert np.array_equal(vectors[0], vectors[2]) and not np.array_equal(vectors[1], vectors[2])


def test_it_is_weaker_where_parts_are_not_told_apart(photo, lenders):
    wished = replace(QUICK, strength=0.5, keep_colours=True)
    known, unknown = (neural_settings(prepare(photo[0], [Master(tuple(lenders))], wished, faces=faces))
                      for faces in ([photo[1]], []))
    assert known.strength == 0.5 > unknown.strength > 0 and known.keep_colours and known.steps == QUICK.neural.steps
