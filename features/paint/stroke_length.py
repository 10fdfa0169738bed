"""How long strokes are: how far along their direction lightness stays alike."""

import numpy as np
from jaxtyping import Bool, Complex, Float, Int

_REACH_PX = 60  # strokes are followed this far to either side
_MOST_SEEDS, _LEAST_SEEDS = 1000, 200  # places from which they are followed
_CLEAR = 0.45  # coherence from which a direction is clear enough to be followed
_HALF = 0.5  # likeness at which following ends
_PX_A_STEP = 2  # of the fields given, which hold every other pixel of the scan


def stroke_length_px(detail: Float[np.ndarray, "h w"], mask: Bool[np.ndarray, "h w"], along: Complex[np.ndarray, "h w"],
                     coherence: Float[np.ndarray, "h w"], energy: Float[np.ndarray, "h w"]) -> float | None:
    """Length of strokes in pixels of the scan, or None where they cannot be told.

    From places where the direction is clear, it is followed to both sides, and the lightness found there is correlated with
    that at the start. If all strokes have length L, two places s apart lie on the same stroke with probability 1 - s / L, so
    the correlation falls to one half at L / 2.

    Parameters
    ----------
    detail : (h, w) float32
        Lightness without its slow changes, at every other pixel of the scan, as all other fields.
    mask : (h, w) bool
        Where strokes are asked for; they are followed as far as it reaches.
    along : (h, w) complex
        The strokes' direction as a number of size 1.
    coherence : (h, w)
        How clear the direction is, 0 to 1.
    energy : (h, w)
        Squared slope of the lightness, by which places weigh.
    """
    clear = np.flatnonzero(mask & (coherence > _CLEAR))
    if len(clear) < _LEAST_SEEDS:
        return None
    seeds = clear[np.linspace(0, len(clear) - 1, min(_MOST_SEEDS, len(clear))).astype(int)]
    likeness = [1.0]
    for at, on in _followed(seeds, mask, along):
        likeness.append(_likeness(detail.ravel(), seeds, at, energy.ravel()[seeds] * on))
        if likeness[-1] < _HALF:
            share = (likeness[-2] - _HALF) / (likeness[-2] - likeness[-1])
            return 2 * _PX_A_STEP * (len(likeness) - 2 + share)
    return None


def _likeness(detail: np.ndarray, seeds: Int[np.ndarray, " N"], at: Int[np.ndarray, "2 N"], weight: np.ndarray) -> float:
    """Correlation of the lightness at the seeds with that met at places on both sides of them."""
    start, there = detail[seeds], detail[at]
    met = float((weight * start * there).sum())
    seen = float((weight * 0.5 * (start ** 2 + there ** 2)).sum())
    return met / max(seen, 1e-9)


def _followed(seeds, mask, along):
    """Step by step: the places (2, N) reached from the seeds, both ways at once, and whether still on the mask (2, N)."""
    height, width = mask.shape
    inner, along_x, along_y = mask.ravel(), along.real.ravel(), along.imag.ravel()
    y, x = (np.stack([place, place]).astype(np.float32) for place in np.divmod(seeds, width))
    ways = np.float32([[1], [-1]])
    ahead_x, ahead_y, on = ways * along_x[seeds], ways * along_y[seeds], np.ones(x.shape, bool)
    for _ in range(_REACH_PX // _PX_A_STEP):
        y, x = y + ahead_y, x + ahead_x
        at_y, at_x = np.rint(y).astype(int), np.rint(x).astype(int)
        inside = (at_y >= 0) & (at_x >= 0) & (at_y < height) & (at_x < width)
        at = np.where(inside, at_y * width + at_x, 0)
        # Once off the part, a stroke is not followed back onto it.
        on = on & inside & inner[at]
        yield at, on
        new_x, new_y = along_x[at], along_y[at]
        # A stroke's direction has no sign: take the one that goes on the same way.
        sense = np.where(new_x * ahead_x + new_y * ahead_y < 0, np.float32(-1), np.float32(1))
        ahead_x, ahead_y = sense * new_x, sense * new_y
