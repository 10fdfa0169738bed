"""Numbers that a few strays or a small corpus do not lead astray."""

from collections.abc import Iterable
from typing import Any

import numpy as np
import pandas as pd
from jaxtyping import Float, Float64

MAD_TO_DEVIATION = 1.4826
"""Standard deviation of normal numbers over their median absolute deviation (Hampel 1974,
doi:10.1080/01621459.1974.10482962)."""
_DIGITS = 4


def summary(values: Iterable[Any]) -> dict[str, int | float | None]:
    """Robust summary of the numbers among some values: count, median, spread, and the 10th, 25th, 75th and 90th percentile
    (p10 ...); None where there are no numbers."""
    numbers = pd.to_numeric(pd.Series(values), errors="coerce").dropna().to_numpy(float)
    if not len(numbers):
        return {"count": 0, "median": None, "spread": None, "p10": None, "p25": None, "p75": None, "p90": None}
    median = float(np.median(numbers))
    p10, p25, p75, p90 = (round(float(v), _DIGITS) for v in np.percentile(numbers, [10, 25, 75, 90]))
    spread = float(MAD_TO_DEVIATION * np.median(np.abs(numbers - median)))
    return {"count": len(numbers), "median": round(median, _DIGITS), "spread": round(spread, _DIGITS),
            "p10": p10, "p25": p25, "p75": p75, "p90": p90}


def shrunk(counts: Float[np.ndarray, "R C"]) -> Float64[np.ndarray, "R C"]:
    """Cell probabilities of a contingency table, shrunk towards independence of rows and columns; they add up to 1.

    The shrinkage intensity is the one that minimises the expected squared error (Hausser and Strimmer 2009, JMLR 10:1469,
    after James and Stein); we take the independent table, not the uniform one, as target. Without counts all cells are
    equal.
    """
    counts = np.asarray(counts, float)
    total = counts.sum()
    if not total:
        return np.full(counts.shape, 1 / counts.size)
    seen = counts / total
    target = np.outer(seen.sum(1), seen.sum(0))
    distance = ((target - seen) ** 2).sum()
    if total < 2 or distance == 0:
        return target
    intensity = np.clip((1 - (seen ** 2).sum()) / ((total - 1) * distance), 0, 1)
    return intensity * target + (1 - intensity) * seen
