"""Claims: doublet, gown, robe and cape are clothing below the chin, in about their colour, and say whether linen is seen."""

import numpy as np
import pytest

from data.parts import Part
from render.practice.mens_clothes import paint_cape, paint_doublet, paint_gown, paint_robe
from tests.render.practice.sitters import changed, extent, laid

RED, BLUE = np.array([0.43, 0.10, 0.08]), np.array([0.14, 0.19, 0.30])
GARMENTS = {
    "doublet": lambda canvas, rng, anatomy: paint_doublet(canvas, rng, anatomy, RED),
    "gown": lambda canvas, rng, anatomy: paint_gown(canvas, rng, anatomy, RED, BLUE),
    "robe": lambda canvas, rng, anatomy: paint_robe(canvas, rng, anatomy, RED),
    "cape": lambda canvas, rng, anatomy: paint_cape(canvas, rng, anatomy, RED),
}


@pytest.mark.parametrize("name", GARMENTS)
def test_a_garment_is_clothing_below_the_chin(name):
    words = set()
    for seed in range(8):
        said = []
        canvas, anatomy = laid(lambda canvas, rng, anatomy, said=said: said.append(GARMENTS[name](canvas, rng, anatomy)),
                               seed=seed)
        assert (canvas.parts == Part.CLOTHING).mean() > 0.002
        assert set(np.unique(canvas.parts)) <= {Part.BACKGROUND, Part.CLOTHING, Part.NECK}
        assert extent(canvas, changed(canvas))[1] > anatomy.chin_y - 0.3
        assert (canvas.parts == Part.NECK).any() == (said[0] == "white")
        words.add(said[0])
    assert words == {"none", "white"}


def test_a_gown_shows_what_is_worn_below_it():
    canvas, anatomy = laid(GARMENTS["gown"])
    x, y = canvas.x - anatomy.neck_x, canvas.y - anatomy.chin_y
    middle = (np.abs(x) < 0.2) & (np.abs(y - 2.3) < 0.2)
    red, _, blue = canvas.colour[middle].mean(0)
    assert (canvas.parts[middle] == Part.CLOTHING).all() and blue > red
