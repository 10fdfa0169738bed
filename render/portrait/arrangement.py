"""The largest part of a canvas that keeps one painting's own arrangement.

A part keeps a painting's arrangement where the places that its texels come from all fit one shift, turn and scale: whoever
lays the two pictures over each other that way sees the same things in the same places.
"""

from typing import NamedTuple

import numpy as np
from jaxtyping import Bool, Complex128, Float, Int

TOLERANCE = 0.04
"""How far a texel may lie from its place in the painting's own arrangement, as a share of the canvas' width."""
_LARGEST_SCALE = 1.5
"""The transform may not enlarge or reduce by more than this against what texels side by side do: a transform that draws a
painting together to a spot would fit everything."""
_STEP_CLASS = 0.05
"""Steps between neighbours are counted as equal within so much of their natural logarithm."""
_SAMPLE = 320
"""Texels of a painting by which transforms are found; all of them are counted in the end."""
_PARTNERS = (1, 3, 8, 21, 55, 144)
"""Each of the sample proposes a transform together with those so many places further on."""
_FITS = 3
_FEWEST = 16
"""A painting that gives fewer texels has no arrangement."""


class Arrangement(NamedTuple):
    """`share` of the canvas outside the head that the source of number `source` (-1: none) gives in its own arrangement, by a
    `turn` (complex: scale and angle) and `shift` (x + iy, pixels of the source) from canvas to source."""

    share: float
    source: int
    turn: complex
    shift: complex


def arrangement_share(source: Int[np.ndarray, "H W"], source_xy: Float[np.ndarray, "H W 2"],
                      head: Bool[np.ndarray, "H W"], *, tolerance: float = TOLERANCE) -> Arrangement:
    """The largest part of a canvas, outside the head, that keeps one painting's own arrangement.

    Parameters
    ----------
    source : (H, W) int
        Number of the painting that gave each texel, negative where none did. A painting and its mirror image are two.
    source_xy : (H, W, 2) float
        Where each texel lies in that painting (in its mirror image for one mirrored), pixels.
    head : (H, W) bool
        Texels that do not count; see `models.composition.head_mask`.
    tolerance : float
        How far a texel may lie from its place, as a share of the width.

    Returns
    -------
    Arrangement
    """
    outside = max(int((~head).sum()), 1)
    best = Arrangement(0.0, -1, 1 + 0j, 0j)
    numbers, counts = np.unique(source[~head & (source >= 0)], return_counts=True)
    for index in np.argsort(-counts, kind="stable"):
        if counts[index] < _FEWEST or counts[index] / outside <= best.share:
            break
        there = (source == numbers[index]) & ~head
        count, turn, shift = _in_one_place(there, source_xy, tolerance * there.shape[1])
        if count / outside > best.share:
            best = Arrangement(count / outside, int(numbers[index]), turn, shift)
    return best


def _in_one_place(there: Bool[np.ndarray, "H W"], source_xy: Float[np.ndarray, "H W 2"],
                  near: float) -> tuple[int, complex, complex]:
    """How many of a painting's texels lie within so many texels of one transform, and that transform."""
    rows, columns = np.nonzero(there)
    canvas = columns + 1j * rows
    scan = source_xy[rows, columns, 0].astype(np.float64) + 1j * source_xy[rows, columns, 1]
    scale = _scale_side_by_side(there, source_xy)
    sample = np.unique(np.linspace(0, len(canvas) - 1, _SAMPLE).astype(int))
    turns, shifts = _proposed(canvas[sample], scan[sample], scale)
    if not len(turns):
        return 0, 1 + 0j, 0j
    away = np.abs(turns[:, None] * canvas[sample][None] + shifts[:, None] - scan[sample][None]) / np.abs(turns)[:, None]
    best = int((away < near).sum(1).argmax())
    turn, shift = complex(turns[best]), complex(shifts[best])
    count = _agreeing(canvas, scan, turn, shift, near)
    for _ in range(_FITS):
        chosen = np.abs(turn * canvas + shift - scan) < near * abs(turn)
        fitted = _least_squares(canvas[chosen], scan[chosen])
        if fitted is None or not _fits(np.abs(fitted[0]), scale):
            break
        more = _agreeing(canvas, scan, *fitted, near)
        if more <= count:
            break
        (turn, shift), count = fitted, more
    return count, turn, shift


def _scale_side_by_side(there: Bool[np.ndarray, "H W"], source_xy: Float[np.ndarray, "H W 2"]) -> float:
    """Pixels of the painting for one texel of the canvas: the most frequent step between neighbours that come from it."""
    pairs = there[:, 1:] & there[:, :-1]
    steps = np.linalg.norm((source_xy[:, 1:] - source_xy[:, :-1])[pairs].astype(np.float64), axis=1)
    steps = steps[steps > 0]
    if not len(steps):
        return 1.0
    classes, counts = np.unique(np.round(np.log(steps) / _STEP_CLASS), return_counts=True)
    return float(np.exp(classes[counts.argmax()] * _STEP_CLASS))


def _proposed(canvas: Complex128[np.ndarray, " N"], scan: Complex128[np.ndarray, " N"],
              scale: float) -> tuple[Complex128[np.ndarray, " M"], Complex128[np.ndarray, " M"]]:
    """Turns and shifts through pairs of the sample, and through each of the sample without turning."""
    turns, shifts = [np.full(len(canvas), scale, complex)], [scan - scale * canvas]
    for partner in _PARTNERS:
        apart, apart_there = np.roll(canvas, partner) - canvas, np.roll(scan, partner) - scan
        turn = apart_there / np.where(apart == 0, 1, apart)
        fits = (apart != 0) & _fits(np.abs(turn), scale)
        turns.append(turn[fits])
        shifts.append((scan - turn * canvas)[fits])
    return np.concatenate(turns), np.concatenate(shifts)


def _fits(scale: Float[np.ndarray, "..."], usual: float) -> Bool[np.ndarray, "..."]:
    """Whether a transform enlarges about as neighbouring texels do."""
    return (scale > usual / _LARGEST_SCALE) & (scale < usual * _LARGEST_SCALE)


def _agreeing(canvas: Complex128[np.ndarray, " N"], scan: Complex128[np.ndarray, " N"], turn: complex, shift: complex,
              near_px: float) -> int:
    """How many texels lie in their place.

    Parameters
    ----------
    canvas, scan : (N,) complex
        Places of the texels on the canvas and in the painting.
    turn, shift : complex
        From canvas to painting.
    near_px : float
        How far off a texel may lie, texels of the canvas.
    """
    return int((np.abs(turn * canvas + shift - scan) < near_px * abs(turn)).sum())


def _least_squares(canvas: Complex128[np.ndarray, " N"], scan: Complex128[np.ndarray, " N"]) -> tuple[complex, complex] | None:
    """The turn and shift that carry the canvas' places nearest to the scan's."""
    if len(canvas) < 2:
        return None
    centre, target = canvas.mean(), scan.mean()
    spread = float((np.abs(canvas - centre) ** 2).sum())
    if spread == 0:
        return None
    turn = complex((np.conj(canvas - centre) * (scan - target)).sum() / spread)
    return turn, complex(target - turn * centre)
