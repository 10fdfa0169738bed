"""A style is near to itself and far from another, and is learned alike on any number of threads."""

import numpy as np
import torch

from models.style import StyleTargets, Work, quantiles, style_distance
from tests.render.neural.drawn_works import LAYERS, draw_works, strokes


def test_a_style_is_near_to_itself_and_far_from_another():
    works = draw_works()
    targets = StyleTargets.learn(works, levels=1, layers=LAYERS)
    other = strokes(9, (0.2, 0.6, 0.8))
    own = style_distance(works[0].rgb, works[0].parts, targets)
    assert own < 0.5 * style_distance(other, np.zeros(other.shape[:2], np.uint8), targets)


def test_quantiles_of_known_numbers():
    knots = quantiles(torch.arange(100.0)[None], 4)
    assert torch.allclose(knots, torch.tensor([[12.0, 37.0, 62.0, 87.0]]), atol=1)


def test_a_style_is_learned_alike_on_any_number_of_threads():
    works = [Work(strokes(seed, (0.5, 0.4, 0.3), (360, 420)), np.zeros((360, 420), np.uint8), name=str(seed))
             for seed in range(2)]
    found, before = [], torch.get_num_threads()
    try:
        for threads in (1, 2):
            torch.set_num_threads(threads)
            learned = StyleTargets.learn(works, levels=2, layers=("conv1", "fire3", "fire5"))
            assert torch.get_num_threads() == threads
            found.append(b"".join(value.tobytes() for level in learned.samples for parts in level.values()
                                  for value in parts.values()))
    finally:
        torch.set_num_threads(before)
    assert found[0] == found[1]
