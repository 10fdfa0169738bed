"""The relief of a painting has a canvas where its heights were read from colour, none where they were measured, follows later
paint, and is as high as it was asked to be."""

from types import SimpleNamespace

import numpy as np
import pytest

from models.alignment import Frame
from render.relief import assemble
from render.relief.assemble import Overpaint, painted_relief
from render.relief.relief import Origin, Relief

SHAPE = (60, 50)


@pytest.fixture
def copied(monkeypatch):
    """copied(measured) stands in for reading exemplars: two of them, copied left and right."""
    rng = np.random.default_rng(0)
    heights = [rng.random(SHAPE).astype(np.float32) for _ in range(2)]
    rows, columns = np.mgrid[:SHAPE[0], :SHAPE[1]]
    source = np.stack([columns > 25, rows, columns], -1).astype(np.int32)

    def made(measured, **more):
        monkeypatch.setattr(assemble, "exemplar_heights", lambda *_, **__: (heights, measured))
        model = SimpleNamespace(metadata={"match": False}, predict=lambda rgb, pitch, match: rgb[..., 0])
        return painted_relief([None, None], source, np.zeros((68, 2)), Frame(), 0.1, model, **more)

    return made


def test_a_canvas_lies_below_what_was_read_from_colour(copied):
    made = copied([False, True], seed=3)
    assert made.bare is not None and not np.array_equal(made.relief.z_mm, made.bare.z_mm)
    assert np.array_equal(made.relief.z_mm, copied([False, True], seed=3).relief.z_mm)
    assert not np.array_equal(made.relief.z_mm, copied([False, True], seed=4).relief.z_mm)
    assert np.array_equal(made.bare.z_mm, copied([False, True], seed=4).bare.z_mm)
    assert made.relief.provenance["canvas"] and set(np.unique(made.relief.origin)) >= {Origin.INFERRED, Origin.MEASURED}


def test_measured_heights_have_their_canvas_in_them(copied):
    made = copied([True, True])
    assert made.bare is None and "canvas" not in made.relief.provenance


def test_a_stretched_relief_stretches_the_paint_as_much(copied):
    plain, stretched = copied([False, False]), copied([False, False], relief_mm=2.5)
    assert stretched.relief.relief_mm == pytest.approx(2.5, rel=1e-5)
    times = 2.5 / plain.relief.relief_mm
    assert stretched.bare.relief_mm == pytest.approx(plain.bare.relief_mm * times, rel=1e-4)


def test_later_paint_is_read_from_its_colour(copied):
    moved = np.zeros(SHAPE, bool)
    moved[20:40, 10:20] = True
    asked = []

    def overpaint():
        asked.append(True)
        return Overpaint(np.zeros((*SHAPE, 3), np.float32), moved)

    made = copied([True, True], overpaint=overpaint)
    assert asked == [True] and (made.relief.origin[moved] == Origin.INFERRED).all()
    # Even colour gives even height, where copied strokes had their own.
    inside = (slice(22, 38), slice(12, 18))
    assert made.relief.z_mm[inside].std() < 0.3 * copied([True, True]).relief.z_mm[inside].std()


def test_texels_of_unknown_origin_count_for_none_of_the_origins():
    origin = np.full(SHAPE, Origin.UNKNOWN, np.uint8)
    origin[:30] = Origin.CARRIED
    assert Relief(np.zeros(SHAPE, np.float32), 0.1, origin).shares() == {"measured": 0.0, "carried": 0.5, "inferred": 0.0}
