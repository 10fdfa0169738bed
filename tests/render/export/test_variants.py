"""Claim: a lithophane is thick where the picture is dark, as light falls off; a filament painting is made of few colours
that come near the picture, and its text says at which height to change them."""

import numpy as np
import pytest

from data.colour import rgb_to_lab, to_linear
from data.errors import ShapeError, UsageError
from render.export.variants import FILAMENTS, filament_painting, lithophane


def picture():
    """A grey ramp above, colours of the palette of old portraits below."""
    rgb = np.zeros((60, 96, 3), np.float32)
    rgb[:30] = np.linspace(0, 1, 96, dtype=np.float32)[None, :, None]
    for place, colour in enumerate(((60, 40, 26), (190, 142, 66), (222, 182, 146), (122, 28, 26))):
        rgb[30:, place * 24:(place + 1) * 24] = np.array(colour, np.float32) / 255
    return rgb


def test_light_through_a_lithophane_gives_the_picture_back():
    rgb = picture()
    thick = lithophane(rgb, thinnest_mm=0.8, thickest_mm=3.0)
    assert thick.dtype == np.float32 and abs(thick.min() - 0.8) < 1e-6 and 2.5 < thick.max() <= 3.0 + 1e-5
    ramp = thick[10]
    assert (np.diff(ramp) <= 1e-6).all() and ramp[0] > ramp[-1] + 1.5
    light, wanted = -ramp[10:], np.log(np.maximum(to_linear(rgb[10, 10:, 0]), 0.02))
    assert np.corrcoef(light, wanted)[0, 1] > 0.999


def test_a_filament_painting_comes_near_the_picture_and_says_when_to_change():
    rgb = picture()
    made = filament_painting(rgb, filaments=4, layer_mm=0.08, layers_each=6)
    assert made.layers.min() >= 6 and made.layers.max() <= 24 and len(made.changes) == 4
    np.testing.assert_allclose(made.z_mm, made.layers * np.float32(0.08))
    off = [np.linalg.norm(rgb_to_lab(seen) - rgb_to_lab(rgb), axis=-1).mean()
           for seen in (made.seen(), np.full_like(rgb, rgb.mean()))]
    assert off[0] < 0.65 * off[1]
    text = made.instructions()
    for number, (filament, first) in enumerate(made.changes):
        assert filament in FILAMENTS and first == 1 + 6 * number and filament.name in text
    assert "layer 7 (0.48 mm)" in text


def test_spots_smaller_than_the_nozzle_are_left_out():
    rgb = np.full((60, 60, 3), 0.8, np.float32)
    rgb[30, 30] = 0
    assert np.ptp(filament_painting(rgb, smallest_texels=2).layers) == 0


@pytest.mark.parametrize("call, error", [
    (lambda: lithophane(picture(), thinnest_mm=3, thickest_mm=1), UsageError),
    (lambda: lithophane(np.full((9, 9, 3), np.nan, np.float32)), ShapeError),
    (lambda: filament_painting(picture(), filaments=1), UsageError),
    (lambda: filament_painting(picture(), layer_mm=0), UsageError),
    (lambda: filament_painting(picture()[:1]), ShapeError)])
def test_bad_wishes_are_refused(call, error):
    with pytest.raises(error):
        call()
