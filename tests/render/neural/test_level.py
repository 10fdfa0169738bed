"""One size of the canvas is pulled alike however it is cut into tiles; style and content each pull their own way."""

import numpy as np
import pytest
import torch

from render.neural.level import Level, Subject
from render.neural.settings import NeuralSettings
from render.neural.tiles import one_thread_each
from tests.render.neural.drawn_works import LAYERS


def gradient_of(subject, settings):
    """(gradient, energy, number of tiles) of a canvas that is still the content."""
    with one_thread_each(1) as (pool, _):
        level = Level(subject.content, subject, 0, settings, "cpu")
        level.measure(pool, 0)
        return *level.pull(pool, 0), len(level.tiles(0))


def test_the_gradient_does_not_know_of_tiles(photo, works):
    """Gram statistics are exact over the whole picture, so tiled and untiled gradients agree to rounding."""
    settings = {"content_layer": "fire5", "style_loss": "gram", "style_layers": ("conv1", "fire2", "fire4", "fire6")}
    rgb, parts = np.tile(photo[0], (2, 2, 1)), np.tile(photo[1], (2, 2))
    targets = NeuralSettings(**settings).learn(works, *parts.shape)
    subject = Subject(rgb, parts, None, [((targets, 1.0),)])
    tiled, whole = (gradient_of(subject, NeuralSettings(**settings, tile_px=tile_px)) for tile_px in (64, 512))
    assert tiled[2] > 4 >= whole[2]
    assert float((tiled[0] - whole[0]).abs().max() / whole[0].abs().max()) < 1e-3
    assert tiled[1] == pytest.approx(whole[1], rel=1e-3)


def test_fidelity_weighs_the_content_alone(photo, works):
    settings = NeuralSettings(style_layers=LAYERS, content_layer="fire3", tv_weight=0.0)
    targets = settings.learn(works, *photo[1].shape)
    canvas = np.ascontiguousarray(photo[0][::-1])

    def gradient(fidelity):
        weights = np.full(photo[1].shape, fidelity, np.float32)
        with one_thread_each(1) as (pool, _):
            level = Level(canvas, Subject(photo[0], photo[1], weights, [((targets, 1.0),)]), 0, settings, "cpu")
            level.measure(pool, 0)
            return level.pull(pool, 0)[0]

    none, once, twice = (gradient(fidelity) for fidelity in (0.0, 1.0, 2.0))
    content = once - none
    assert float(content.abs().mean()) > 0.01 * float(none.abs().mean())
    assert torch.allclose(twice - none, 2 * content, atol=1e-3 * float(content.abs().max()))


def test_what_is_already_the_works_has_less_to_gain(photo, works):
    settings = NeuralSettings(style_layers=LAYERS, content_layer="fire3")
    targets = settings.learn(works, *works[0].parts.shape)
    style = [((targets, 1.0),)]
    own = gradient_of(Subject(works[0].rgb, works[0].parts, None, style), settings)[1]
    other = gradient_of(Subject(np.ascontiguousarray(1 - works[0].rgb), works[0].parts, None, style), settings)[1]
    assert own < 0.1 * other
