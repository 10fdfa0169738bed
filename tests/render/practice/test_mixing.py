"""Claims: colours grow lighter with the shade, from a warm dark over the body colour to a light that does not clip."""

import numpy as np

from render.practice.mixing import ramp, skin_ramp

SHADES = np.linspace(0, 1, 41, dtype=np.float32)


def test_colours_rise_from_dark_over_the_body_colour_to_light():
    base = np.array((0.5, 0.3, 0.2))
    colours = ramp(SHADES, base)
    assert colours.dtype == np.float32 and (np.diff(colours, axis=0) > 0).all()
    assert np.abs(colours[22] - base).max() < 1e-6  # at a shade of 0.55
    assert 0 <= colours.min() and colours.max() <= 1
    assert (ramp(np.float32([-1, 0]), base)[0] == colours[0]).all()


def test_a_sheen_lightens_the_lights_alone():
    dull, shining = (ramp(SHADES, (0.2, 0.2, 0.2), sheen=sheen) for sheen in (0.0, 0.3))
    assert (dull[:22] == shining[:22]).all() and (shining[-1] > dull[-1]).all()


def test_skin_is_warmer_in_the_dark():
    skin = np.array((0.8, 0.6, 0.5))
    dark, light = skin_ramp(np.float32([0.0, 1.0]), skin)
    assert dark[0] / dark[2] > light[0] / light[2] and np.abs(light - skin).max() < 0.25
