"""The expression of a face, from the geometry of mouth and brows: smiling, neutral, grave, or surprised.

A smile lifts the corners of the mouth above the middle of the lips and widens it; a grave face lets them sink; surprise
opens the mouth and lifts the brows. Each is measured against painted sitters at rest, because painters show faces otherwise
than photographers do. No answer is given where two expressions are about equally likely or the head is turned far away.
"""

from typing import NamedTuple

import numpy as np
from jaxtyping import Float

from data.estimate import Estimate
from data.landmarks import BROWS, EYES, LOWER_LIP_INNER, MOUTH_LEFT, MOUTH_RIGHT, UPPER_LIP_INNER
from features.face.upright import to_upright


class _Measures(NamedTuple):
    """How far the corners of the mouth lie above the line between the lips, the mouth's width, and the height of the brows
    above the eyes, in units of eyes to mouth of the upright face."""

    corners: float
    width: float
    brows: float


# Medians and robust spreads over the sitters of 114 portraits (Titian, Rembrandt, The Met).
_USUAL, _SPREAD = _Measures(0.0, 0.65, 0.30), _Measures(0.021, 0.073, 0.047)
# How many spreads from the usual values each expression begins, and the weight of a wide mouth for a smile.
_SMILES, _GRAVE, _SURPRISED = 2.0, 2.0, 1.5
_WIDTH_COUNTS = 0.3
# Surprise also opens the mouth: the gap between the lips over the mouth's width from which it counts, and the size of a step.
_OPEN, _OPEN_SPREAD = 0.2, 0.06
_MOST_SCORE = 20  # keeps the exponentials finite
_FARTHEST_DEG = 50.0  # a head turned this far hides half of the mouth
_TURNED_COSTS, _BEARD_LEAVES = 0.6, 0.8  # of confidence
_SURE = 0.55  # below this confidence the answer is withheld


def expression(landmarks_xy: Float[np.ndarray, "68 2"], yaw_deg: float, mouth_share: float,
               bearded: bool) -> dict[str, Estimate]:
    """Attribute `expression` (smiling, neutral, grave, surprised).

    Parameters
    ----------
    landmarks_xy : (68, 2)
    yaw_deg : float
        Of the head, since a turned mouth looks narrow.
    mouth_share : float
        The gap between the lips over the mouth's width.
    bearded : bool
        Whether a beard hides the corners of the mouth, which makes any answer less sure.

    Returns
    -------
    dict
        {"expression": Estimate}; its value is None where the answer would not be sure.
    """
    away = _Measures(*((found - usual) / spread for found, usual, spread in zip(_measures(landmarks_xy), _USUAL, _SPREAD)))
    turned = min(abs(yaw_deg) / _FARTHEST_DEG, 1.0)
    lift = away.corners + _WIDTH_COUNTS * away.width * (1 - turned)
    scores = {"smiling": lift - _SMILES, "grave": -away.corners - _GRAVE,
              "surprised": min(away.brows - _SURPRISED, (mouth_share - _OPEN) / _OPEN_SPREAD), "neutral": 0.0}
    shares = np.exp(np.clip(np.array(list(scores.values())), -_MOST_SCORE, _MOST_SCORE))
    shares /= shares.sum()
    best = int(shares.argmax())
    sure = float(shares[best]) * (1 - _TURNED_COSTS * turned ** 2) * (_BEARD_LEAVES if bearded else 1.0)
    name = list(scores)[best]
    return {"expression": Estimate(name if sure >= _SURE else None, sure, "geometry")}


def _measures(landmarks_xy: Float[np.ndarray, "68 2"]) -> _Measures:
    """Mouth and brows of the upright face."""
    points, _ = to_upright(landmarks_xy)
    corners = points[[MOUTH_LEFT, MOUTH_RIGHT]].mean(0)
    middle = points[[UPPER_LIP_INNER, LOWER_LIP_INNER]].mean(0)
    return _Measures(float(middle[1] - corners[1]), float(np.linalg.norm(points[MOUTH_RIGHT] - points[MOUTH_LEFT])),
                     float(points[EYES, 1].mean() - points[BROWS, 1].mean()))
