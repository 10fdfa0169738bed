"""The expression of a face, from the geometry of mouth and brows: smiling, neutral, grave, or surprised.

A smile lifts the corners of the mouth above the middle of the lips and widens it; a grave face lets them sink; surprise
opens the mouth and lifts the brows. What is usual was measured on painted sitters, so that a value is a departure from how
painters show a sitter at rest, and the answer is withheld where it is near a limit or the head is turned far away.
"""

import numpy as np

from data.estimate import Estimate
from features.face.landmarks import to_upright

# Medians and robust spreads over the sitters of 114 portraits (Titian, Rembrandt, The Met), in eyes to mouth.
_USUAL = {"corners": (0.0, 0.021), "width": (0.65, 0.073), "brows": (0.30, 0.047)}
_FARTHEST_DEG = 50.0
_SURE = 0.55


def expression_measures(landmarks_xy):
    """How far the corners of the mouth lie above the line between the lips, the mouth's width and the height of the brows
    above the eyes, in units of eyes to mouth of the upright face."""
    points, _ = to_upright(landmarks_xy)
    corners = points[[48, 54]].mean(0)
    middle = points[[62, 66]].mean(0)
    brows = points[17:27, 1].mean()
    eyes = points[36:48, 1].mean()
    return {"corners": float(middle[1] - corners[1]), "width": float(np.linalg.norm(points[54] - points[48])),
            "brows": float(eyes - brows)}


def expression(landmarks_xy, yaw_deg, mouth_share, bearded):
    """Attribute `expression` (smiling, neutral, grave, surprised).

    `yaw_deg` of the head, since a turned mouth looks narrow; `mouth_share` the gap between the lips over the mouth's width;
    `bearded` whether a beard hides the corners of the mouth, which makes any answer less sure.
    """
    found = expression_measures(landmarks_xy)
    away = {name: (found[name] - usual) / spread for name, (usual, spread) in _USUAL.items()}
    turned = min(abs(yaw_deg) / _FARTHEST_DEG, 1.0)
    lift = away["corners"] + 0.3 * away["width"] * (1 - turned)
    scores = {"smiling": lift - 2.0, "grave": -away["corners"] - 2.0,
              "surprised": min(away["brows"] - 1.5, (mouth_share - 0.2) / 0.06), "neutral": 0.0}
    shares = np.exp(np.clip(np.array(list(scores.values())), -20, 20))
    shares /= shares.sum()
    best = int(shares.argmax())
    sure = float(shares[best]) * (1 - 0.6 * turned ** 2) * (0.8 if bearded else 1.0)
    name = list(scores)[best]
    return {"expression": Estimate(name if sure >= _SURE else None, sure, "geometry")}
