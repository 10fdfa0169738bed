"""Features moved so that their distribution along each of many directions becomes another one.

Along one direction the cheapest way from a distribution to another is known: the lowest value goes to the lowest, the
middle one to the middle one (monotone transport; Pitie et al. 2007, doi:10.1016/j.cviu.2006.11.011, for colours).
"""

from typing import NamedTuple

import torch
from jaxtyping import Float32
from torch import Tensor

_TABLE = 1024  # steps from a distribution's least value to its largest
_NO_DIVISION_BY_0 = 1e-6  # beside a distance of two quantiles, where these may coincide


class Transport(NamedTuple):
    """Where features go along directions (D of them in C channels), as a table.

    A feature's projection, in steps of the table, is `steps[:, :-1] @ feature + steps[:, -1:]`; the table has there how far
    it stands from where it should. Looking up is several times as fast as searching among the quantiles.
    """

    steps: Float32[Tensor, "D C_and_1"]
    table: Float32[Tensor, "D N"]

    @classmethod
    def between(cls, turns: Float32[Tensor, "D C"], knots: Float32[Tensor, "D K"],
                goals: Float32[Tensor, "D K"]) -> "Transport":
        """The monotone map that takes each distribution to another.

        Parameters
        ----------
        turns : (D, C) float32
            Directions, unit vectors.
        knots, goals : (D, K) float32
            Quantiles along each direction, of the features as they are and as they should be.

        Returns
        -------
        Transport
        """
        low, high = knots[:, :1], knots[:, -1:]
        grid = low + (high - low) * torch.linspace(0, 1, _TABLE, device=knots.device)
        at = torch.searchsorted(knots, grid).clamp_(1, knots.shape[1] - 1)
        before, after = knots.gather(1, at - 1), knots.gather(1, at)
        share = ((grid - before) / (after - before + _NO_DIVISION_BY_0)).clamp_(0, 1)
        shift = goals - knots
        moved = shift.gather(1, at - 1)
        moved += share * (shift.gather(1, at) - moved)
        scale = (_TABLE - 1) / (high - low + _NO_DIVISION_BY_0)
        return cls(torch.cat([scale * turns, 0.5 - scale * low], 1), moved.neg_())

    def gap(self, features: Float32[Tensor, "C n"]) -> Float32[Tensor, "D n"]:
        """How far the projections of features are from where they should be."""
        place = torch.addmm(self.steps[:, -1:], self.steps[:, :-1], features).clamp_(0, _TABLE - 1)
        return self.table.gather(1, place.long())
