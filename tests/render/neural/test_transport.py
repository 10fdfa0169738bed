"""Monotone transport takes one distribution to another and keeps its order."""

import torch

from models.style import quantiles
from render.neural.transport import Transport


def test_transport_takes_one_distribution_to_another():
    generator = torch.Generator().manual_seed(1)
    features, turns = torch.randn(3, 5000, generator=generator), torch.eye(3)
    goals = quantiles(torch.exp(torch.randn(3, 5000, generator=generator)))
    moved = features - Transport.between(turns, quantiles(features), goals).gap(features)
    # Quantiles know nothing of the farthest one in a hundred.
    assert torch.allclose(quantiles(moved)[:, 1:-1], goals[:, 1:-1], atol=0.02, rtol=0.02)
    assert (moved[0][features[0].argsort()].diff() > -0.05).all()  # what was more stays more, to a step of the table


def test_a_distribution_stays_where_it_is_wanted():
    features = torch.randn(2, 400, generator=torch.Generator().manual_seed(2))
    knots = quantiles(features)
    assert float(Transport.between(torch.eye(2), knots, knots).gap(features).abs().max()) == 0
