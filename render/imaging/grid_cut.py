"""The cheapest cut of a picture's grid into two labels (graph cuts: Boykov and Kolmogorov 2004, doi:10.1109/TPAMI.2004.60, with
PyMaxflow)."""

from collections.abc import Iterable

import maxflow
import numpy as np
from jaxtyping import Bool, Float64

Step = tuple[int, int]
"""From a texel to a neighbour: rows down, columns to the right; at most one of each."""
STEPS: tuple[Step, ...] = ((0, 1), (1, 0), (1, 1), (1, -1))
"""To each of the eight neighbours, or from it."""


def grid_cut(prices: Iterable[tuple[Step, Float64[np.ndarray, "H W"]]], of_first: Float64[np.ndarray, "H W"],
             of_second: Float64[np.ndarray, "H W"]) -> Bool[np.ndarray, "H W"]:
    """True where the second label is taken.

    Parameters
    ----------
    prices : iterable of (step, (H, W) float64)
        What it costs that a texel and its neighbour at that step have two labels.
    of_first, of_second : (H, W) float64
        What it costs that a texel has the first label, and the second; not negative.
    """
    graph = maxflow.GraphFloat()
    nodes = graph.add_grid_nodes(of_first.shape)
    for (down, right), price in prices:
        structure = np.zeros((3, 3))
        structure[1 + down, 1 + right] = 1
        graph.add_grid_edges(nodes, price, structure=structure, symmetric=True)
    graph.add_grid_tedges(nodes, of_first, of_second)
    graph.maxflow()
    return ~graph.get_grid_segments(nodes)
