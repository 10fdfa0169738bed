"""The main colours of a passage of paint."""

from typing import Any

import numpy as np
from jaxtyping import Float

_MOST_PIXELS = 700  # picked at equal steps; more pixels do not change the palette
_MOST_ROUNDS = 12
_FIRST_QUANTILE, _LAST_QUANTILE = 0.1, 0.9  # of lightness, between which the first centres lie
_LEAST_SHARE = 0.01  # smaller colours are left out


def palette(lab_pixels: Float[np.ndarray, "*N 3"], colours: int = 5) -> list[dict[str, Any]]:
    """The main colours of pixels in CIE Lab: at most `colours` of {"lab": [L, a, b], "share"}, the largest share first.

    k-means (Lloyd 1982, doi:10.1109/TIT.1982.1056489) from fixed quantiles of lightness, so that the same pixels give the same
    palette.
    """
    pixels = lab_pixels.reshape(-1, 3)
    if len(pixels) > _MOST_PIXELS:
        pixels = pixels[np.linspace(0, len(pixels) - 1, _MOST_PIXELS).astype(int)]
    pixels = pixels.astype(np.float64)
    order = pixels[np.argsort(pixels[:, 0], kind="stable")]
    centres = order[(np.linspace(_FIRST_QUANTILE, _LAST_QUANTILE, colours) * (len(order) - 1)).astype(int)]
    nearest = np.full(len(pixels), -1)
    for _ in range(_MOST_ROUNDS):
        before, nearest = nearest, ((centres ** 2).sum(1, keepdims=True) - 2 * centres @ pixels.T).argmin(0)
        if np.array_equal(nearest, before):
            break
        members = (nearest == np.arange(colours)[:, None]).astype(np.float64)
        counts = members.sum(1, keepdims=True)
        centres = np.where(counts > 0, (members @ pixels) / np.maximum(counts, 1), centres)
    share = np.bincount(nearest, minlength=colours) / len(pixels)
    found = sorted(zip(share, centres.tolist()), key=lambda item: -item[0])
    return [{"lab": [round(v, 1) for v in centre], "share": round(float(s), 3)} for s, centre in found if s > _LEAST_SHARE]
