"""Whether a composition is a copy of a painted one, in points of fault, with the reason in words.

A measure costs nothing up to what half of the works have among themselves, 1 point at what a tenth of them exceeds, and
three times as much for the same step from there on.
"""

from collections.abc import Mapping
from typing import NamedTuple

import numpy as np

from models.composition_likeness import FEWEST_WORKS, MEASURES, CompositionIndex, Likeness

_ASSUMED = {"correlation": (0.55, 0.78), "keypoints": (10.0, 25.0)}
"""What is taken for usual (median, exceeded by a tenth) where works are too few to say: correlation as among Titian's; so many
agreeing keypoints are a pattern, more of them a passage. Embeddings say nothing without a corpus to whiten them over."""
_LEAST_STEP = {"correlation": 0.1, "keypoints": 15.0, "embedding": 0.1}
"""The least distance between the two: works that are all equally unlike say nothing of a small step."""
_BEYOND = 3.0
_MOST = 4.0
"""Points beyond which one measure says nothing more."""
_A_COPY = 2.0
"""Points, of all measures, from which on a composition is called a copy."""
_WORDS = {"correlation": "in light and dark (correlation outside the head {:.2f}; usual {:.2f}, seldom above {:.2f})",
          "keypoints": "in drawing ({:.0f} keypoints agree; usual {:.0f}, seldom above {:.0f})",
          "embedding": "as a whole (features {:.2f}; usual {:.2f}, seldom above {:.2f})"}


class Limits(NamedTuple):
    """Likeness to the likest other work that half of a corpus' works exceed, and that a tenth of them exceeds."""

    usual: float
    seldom: float


class CopyVerdict(NamedTuple):
    """`points` of fault, by measure in `by_measure`; whether that is a copy; and the reason, a sentence."""

    points: float
    by_measure: dict[str, float]
    is_copy: bool
    reason: str


def limits_of(index: CompositionIndex) -> dict[str, Limits]:
    """What is usual in a corpus, by measure; of fewer than eight works, what is usual elsewhere, and nothing of embeddings.
    Keypoints never count below what a common pattern gives."""
    limits = {measure: Limits(*assumed) for measure, assumed in _ASSUMED.items()}
    for measure in MEASURES:
        if len(index.usual[measure]) >= FEWEST_WORKS:
            usual, seldom = (float(value) for value in np.percentile(index.usual[measure], [50, 90]))
            if measure == "keypoints":
                usual = max(usual, limits[measure].usual)
            limits[measure] = Limits(usual, max(seldom, usual + _LEAST_STEP[measure]))
    return limits


def copy_verdict(likest: Mapping[str, Likeness], limits: Mapping[str, Limits]) -> CopyVerdict:
    """Whether a composition with these likest works (`CompositionIndex.likest`) is a copy, by the measures that have limits."""
    if not likest:
        return CopyVerdict(0.0, {}, False, "There is no work to compare the composition with.")
    points = {measure: _points(found.value, limits[measure]) for measure, found in likest.items() if measure in limits}
    total, worst = sum(points.values()), max(points, key=lambda measure: points[measure])
    found = likest[worst]
    said = _WORDS[worst].format(found.value, *limits[worst])
    work = found.painting + (" in a mirror" if found.mirrored else "")
    if total >= _A_COPY:
        return CopyVerdict(total, points, True, f"The composition is a copy of {work} {said}.")
    return CopyVerdict(total, points, False, f"The composition is no copy; it is likest to {work} {said}.")


def _points(value: float, limits: Limits) -> float:
    """Points of one measure."""
    steps = (value - limits.usual) / (limits.seldom - limits.usual)
    return float(np.clip(steps if steps < 1 else 1 + _BEYOND * (steps - 1), 0.0, _MOST))
