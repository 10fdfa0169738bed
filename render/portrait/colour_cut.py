"""Two kinds of paint told apart by their colours, along edges: a cut through a graph of texels (Boykov and Jolly 2001,
doi:10.1109/ICCV.2001.937505)."""

from collections.abc import Sequence

import numpy as np
from jaxtyping import Bool, Float32, Float64
from scipy.ndimage import gaussian_filter

from render.imaging.grid_cut import STEPS, grid_cut

_BINS = (25, 16, 16)        # of L*, a* and b*, each 4 to 5 units wide
_RANGES = ((0.0, 100.0), (-40.0, 40.0), (-20.0, 60.0))
_MOST_EVIDENCE = 3.0        # of one texel's colour, natural logarithm of odds
_EDGE_LAB = 5.0             # a step in colour that makes a cut cheap
_STEADY = 3.0               # price of a cut where there is no step
_UNSEEN = 1e-4              # likelihood of a colour that no sample shows
_LEAST_TEXELS = 12          # a smaller sample says nothing


def evidence(lab: Float32[np.ndarray, "h w 3"], own: Sequence[Bool[np.ndarray, "h w"]],
              other: Sequence[Bool[np.ndarray, "h w"]], *, strange: float = 1.0) -> Float64[np.ndarray, "h w"]:
    """Logarithm of the odds that a texel is of the one kind, from its colour alone.

    Parameters
    ----------
    lab : (h, w, 3) float32
        CIE Lab.
    own, other : sequences of (h, w) bool
        Samples of what is sought, and of what it must be told from; each sample counts as much as another.
    strange : float
        How many times likelier a colour that no sample shows is to be of the other kind.
    """
    index = tuple(np.clip(((lab[..., c] - low) / (high - low) * bins).astype(int), 0, bins - 1)
                  for c, (bins, (low, high)) in enumerate(zip(_BINS, _RANGES, strict=True)))

    def likely(groups: Sequence[Bool[np.ndarray, "h w"]]) -> Float64[np.ndarray, "h w"]:
        total = np.zeros(lab.shape[:2])
        for where in groups:
            if where.sum() >= _LEAST_TEXELS:
                counts = np.zeros(_BINS)
                np.add.at(counts, tuple(i[where] for i in index), 1.0)
                total = np.maximum(total, gaussian_filter(counts / where.sum(), 1.0)[index])
        return total

    return np.clip(np.log((likely(own) + _UNSEEN) / (likely(other) + strange * _UNSEEN)), -_MOST_EVIDENCE, _MOST_EVIDENCE)


def two_labels(lab: Float32[np.ndarray, "h w 3"], odds: Float64[np.ndarray, "h w"]) -> Bool[np.ndarray, "h w"]:
    """True where the odds (logarithm) are for it, cut along edges of the picture."""
    prices = []
    for down, right in STEPS:
        step = np.linalg.norm(np.roll(lab, (-down, -right), (0, 1)) - lab, axis=-1)
        price = (_STEADY * np.exp(-(step / _EDGE_LAB) ** 2 / 2) + 0.05) / (2.0 * np.hypot(down, right))
        prices.append(((down, right), price.astype(np.float64)))
    return grid_cut(prices, np.maximum(odds, 0), np.maximum(-odds, 0))
