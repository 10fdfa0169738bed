"""How many keypoints of two pictures agree on one shift, turn and scale: a passage of one found again in the other.

No chance is in it: every match proposes the transform that its own place, size and direction give, as in Hough voting (Lowe
2004, doi:10.1023/B:VISI.0000029664.99615.94); what agrees roughly with a proposal is fitted, and counted again.
"""

from typing import NamedTuple, Protocol

import numpy as np
from jaxtyping import Bool, Complex128, Float32, UInt8

from models.threads import product

_DISTINCT = 0.8
"""A match counts if its descriptors differ by less than this share of the next best pair's."""
_LARGEST_SCALE = 3.0
"""How many times larger or smaller a passage may be found again."""
_ROUGH_PX, _CLOSE_PX = 20.0, 6.0
"""Within this a match agrees with the proposal of another, and with a fitted transform."""
_PROPOSALS = 12
"""Proposals that are fitted: those with which most matches agree."""
_FITS = 3
_FEWEST = 3
"""Two matches agree on some transform always: from three on, agreement says something."""


class Keypoints(Protocol):
    """Keypoints of a picture, as `models.composition.Composition` holds them."""

    @property
    def points_xy(self) -> Float32[np.ndarray, "N 2"]:
        """Places, pixels."""

    @property
    def points_size(self) -> Float32[np.ndarray, " N"]:
        """Diameters, pixels."""

    @property
    def points_angle(self) -> Float32[np.ndarray, " N"]:
        """Directions, radians."""

    @property
    def descriptors(self) -> UInt8[np.ndarray, "N 128"]:
        """SIFT descriptors."""


class Matches(NamedTuple):
    """Pairs of keypoints alike: `mine` and `theirs` as complex x + iy, and `turn`, the complex factor (scale and angle) that
    size and direction of the two propose."""

    mine: Complex128[np.ndarray, " M"]
    theirs: Complex128[np.ndarray, " M"]
    turn: Complex128[np.ndarray, " M"]


def agreeing(mine: Keypoints, theirs: Keypoints) -> int:
    """How many keypoints of one picture are found again in another under one shift, turn and scale."""
    if len(mine.descriptors) < _FEWEST or len(theirs.descriptors) < _FEWEST:
        return 0
    pairs = _matches(mine, theirs)
    if len(pairs.mine) < _FEWEST:
        return 0
    best = 0
    for chosen in _proposals(pairs):
        best = max(best, _fitted(pairs, chosen))
    return best if best >= _FEWEST else 0


def _matches(mine: Keypoints, theirs: Keypoints) -> Matches:
    """Each keypoint of mine with the most alike of theirs, where that is distinctly more alike than the next; each of theirs
    once."""
    squared = _squared_distances(mine.descriptors, theirs.descriptors)
    nearest = squared.argmin(1)
    rows = np.arange(len(nearest))
    least = squared[rows, nearest].copy()
    squared[rows, nearest] = np.inf
    distinct = np.flatnonzero(least < _DISTINCT ** 2 * squared.min(1))
    order = distinct[np.argsort(least[distinct], kind="stable")]
    _, first = np.unique(nearest[order], return_index=True)
    chosen = order[np.sort(first)]
    partner = nearest[chosen]
    scale = theirs.points_size[partner].astype(np.float64) / mine.points_size[chosen]
    angle = theirs.points_angle[partner].astype(np.float64) - mine.points_angle[chosen]
    fits = (scale < _LARGEST_SCALE) & (scale > 1 / _LARGEST_SCALE)
    return Matches(_complex(mine.points_xy[chosen])[fits], _complex(theirs.points_xy[partner])[fits],
                   (scale * np.exp(1j * angle))[fits])


def _squared_distances(mine: UInt8[np.ndarray, "N 128"], theirs: UInt8[np.ndarray, "M 128"]) -> Float32[np.ndarray, "N M"]:
    """Between all descriptors. Whole numbers below 2^24 throughout: exact as float32, in whatever order they are added."""
    a, b = mine.astype(np.float32), theirs.astype(np.float32)
    return (a * a).sum(1)[:, None] + (b * b).sum(1)[None] - 2 * product(a, b.T)


def _complex(points_xy: Float32[np.ndarray, "N 2"]) -> Complex128[np.ndarray, " N"]:
    return points_xy[:, 0].astype(np.float64) + 1j * points_xy[:, 1]


def _proposals(pairs: Matches) -> list[Bool[np.ndarray, " M"]]:
    """Which matches agree roughly with each of the proposals that find most agreement."""
    predicted = pairs.theirs[:, None] + pairs.turn[:, None] * (pairs.mine[None] - pairs.mine[:, None])
    agree = np.abs(predicted - pairs.theirs[None]) < _ROUGH_PX
    order = np.argsort(-agree.sum(1), kind="stable")[:_PROPOSALS]
    return [agree[number] for number in order]


def _fitted(pairs: Matches, chosen: Bool[np.ndarray, " M"]) -> int:
    """How many matches agree closely with the transform fitted to the chosen ones."""
    count = 0
    for _ in range(_FITS):
        if chosen.sum() < 2:
            return 0
        turn, shift = _least_squares(pairs.mine[chosen], pairs.theirs[chosen])
        if not 1 / _LARGEST_SCALE < abs(turn) < _LARGEST_SCALE:
            return 0
        chosen = np.abs(turn * pairs.mine + shift - pairs.theirs) < _CLOSE_PX
        count = int(chosen.sum())
    return count


def _least_squares(mine: Complex128[np.ndarray, " M"], theirs: Complex128[np.ndarray, " M"]) -> tuple[complex, complex]:
    """The factor and shift of z -> turn z + shift that carry one set of points nearest to the other."""
    centre, target = mine.mean(), theirs.mean()
    spread = float((np.abs(mine - centre) ** 2).sum())
    turn = complex((np.conj(mine - centre) * (theirs - target)).sum() / spread) if spread > 0 else 0j
    return turn, complex(target - turn * centre)
