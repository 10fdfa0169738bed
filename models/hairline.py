"""Where the hair of a painted face begins, guessed from landmarks that stop at the brows.

This outline serves drawing: it leans with the turn of the head and may be set higher or lower. The outline that measuring
uses (`features.face.outline.face_outline`) is another one: it arches a fixed height above the brows and stays symmetric, so
that what is labelled as forehead does not depend on an estimate of the turn.
"""

import numpy as np
from jaxtyping import Float, Float64

from data.landmarks import CHIN, JAW, check_landmarks
from models.shape import turn

HAIRLINE_RISE = 0.66
"""Height of the hairline over the jaw's ends, in distances from there to the chin; 1.0 is the crown of the skull."""
_POINTS = 9
_LEAN = 0.34
"""How far the arc leans to the side where a three-quarter profile looks, in half widths of the face: there the forehead is
the outline, and on the other side hair comes forward over the temple."""
_SQUARENESS = 0.8
"""Power of the sine that makes the arc; below 1 it is squarer than an ellipse, as foreheads are."""


def hairline(landmarks_xy: Float[np.ndarray, "68 2"], rise: float = HAIRLINE_RISE,
             count: int = _POINTS) -> Float64[np.ndarray, "count 2"]:
    """The arc from the left end of the jaw over the forehead to its right end, without those two ends.

    Parameters
    ----------
    landmarks_xy : (68, 2) float
    rise : float
        Height of the arc, as `HAIRLINE_RISE`.
    count : int
        Points on the arc.

    Returns
    -------
    (count, 2) float64
        In the unit of the landmarks.
    """
    points = check_landmarks(landmarks_xy)
    left, right = points[JAW][0], points[JAW][-1]
    middle, half = (left + right) / 2, (right - left) / 2
    up = (middle - points[CHIN]) * rise
    angle = np.linspace(0, np.pi, count + 2)[1:-1, None]
    lean = _LEAN * float(np.clip(turn(points), -1, 1)) * half
    return middle - np.cos(angle) * half + np.sin(angle) ** _SQUARENESS * (up + lean)


def hairline_outline(landmarks_xy: Float[np.ndarray, "68 2"], rise: float = HAIRLINE_RISE) -> Float64[np.ndarray, "N 2"]:
    """Closed outline of the face: the jaw, and back over the hairline at the height `rise`."""
    points = check_landmarks(landmarks_xy)
    return np.vstack([points[JAW], hairline(points, rise)[::-1]])
