"""A palette names the main colours, the largest first, and the same pixels give the same one."""

import numpy as np

from features.paint.palette import palette

PIXELS = np.repeat([[20.0, 5, 5], [70, 10, 20], [50, -30, 30]], [400, 350, 250], axis=0)


def test_colours_and_their_shares():
    found = palette(PIXELS, colours=3)
    assert found == [{"lab": [20.0, 5.0, 5.0], "share": 0.4}, {"lab": [70.0, 10.0, 20.0], "share": 0.35},
                     {"lab": [50.0, -30.0, 30.0], "share": 0.25}]
    most = palette(np.repeat(PIXELS[[0, 400, 900]], [600, 300, 100], axis=0), colours=3)[0]
    assert most == {"lab": [20.0, 5.0, 5.0], "share": 0.6}


def test_the_same_pixels_give_the_same_palette_in_any_shape():
    rng = np.random.default_rng(0)
    pixels = rng.uniform([0, -20, -20], [100, 40, 60], (40, 50, 3)).astype(np.float32)
    found = palette(pixels)
    assert found == palette(pixels.reshape(-1, 3)) == palette(pixels) and 2 <= len(found) <= 5
    assert [colour["share"] for colour in found] == sorted((colour["share"] for colour in found), reverse=True)


def test_one_tone_is_one_colour():
    assert palette(np.full((500, 3), 33.0)) == [{"lab": [33.0, 33.0, 33.0], "share": 1.0}]
