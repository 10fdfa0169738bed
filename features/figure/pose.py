"""Points of the body, from two views of different width around where the body must be, below the face.

The face says where to look, so nobody has to be detected first. In painted portraits two views that agree are the best sign
that the shoulders are right: the model is nearly always sure of itself.
"""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float, Float64, UInt8

from features.face import chips
from features.face.upright import FaceFrame
from features.figure.figure import BODY_POINTS, LEFT_SHOULDER, RIGHT_SHOULDER
from features.networks.packaged import run_body

_VIEW_PX = 256
_SIDES = (24.0, 32.0)  # sides of the views, in units of eyes to mouth: half the figure, nearly all of it
_DROP = 0.33  # how far below the eyes a view's middle lies, as a share of its side
_BORDER = (0, 0, 0)
_APART = 1.0  # distance between a shoulder's two places, in units of eyes to mouth, at which confidence has fallen to 1 / e
_TURNS_APART_DEG = 40  # the same for the two estimates of the torso's turn


@dataclass(frozen=True, eq=False)
class Body:
    """Points of the body in pixels of the picture, as MediaPipe numbers them.

    `visibility` says how sure each is to be seen. `apart` is how far each lies from view to view, in units of eyes to mouth.
    `turn_deg` is the torso's turn, negative to the viewer's left, beyond 90 where it is seen from behind.
    """

    points_xy: Float64[np.ndarray, "33 2"]
    visibility: Float64[np.ndarray, "33"]
    apart: Float64[np.ndarray, "33"]
    presence: float
    turn_deg: float
    turn_confidence: float

    @property
    def shoulders_xy(self) -> Float64[np.ndarray, "2 2"]:
        """The shoulder on the viewer's left in a figure seen from the front, and the other; from behind the other way round."""
        pair = self.points_xy[[LEFT_SHOULDER, RIGHT_SHOULDER]]
        return pair[np.argsort(pair[:, 0], kind="stable")]

    @property
    def shoulders_confidence(self) -> float:
        """How sure the shoulders are: seen, and found in one place by both views."""
        both = [LEFT_SHOULDER, RIGHT_SHOULDER]
        agreed = np.exp(-(self.apart[both].max() / _APART) ** 2)
        return float(self.presence * self.visibility[both].min() * agreed)


def find_body(rgb_uint8: UInt8[np.ndarray, "H W 3"], face: FaceFrame) -> Body:
    """The body below a face; about 30 ms. `face` is given in pixels of the picture."""
    seen = [_look(rgb_uint8, face, side) for side in _SIDES]
    points, visibility, presence = (np.stack([view[k] for view in seen]) for k in range(3))
    apart = np.linalg.norm(points[0, :, :2] - points[1, :, :2], axis=1) / face.unit_px
    turns = np.array([_turn_deg(view) for view in points])
    difference = (turns[1] - turns[0] + 180) % 360 - 180
    return Body(points[..., :2].mean(0), visibility.min(0), apart, float(presence.min()),
                float((turns[0] + difference / 2 + 180) % 360 - 180), float(np.exp(-(difference / _TURNS_APART_DEG) ** 2)))


def _look(rgb_uint8: UInt8[np.ndarray, "H W 3"], face: FaceFrame,
          side: float) -> tuple[Float64[np.ndarray, "33 3"], Float64[np.ndarray, "33"], float]:
    """Points with depth in pixels of the picture, their visibility, and the presence of a body, in one view."""
    side_px = side * face.unit_px
    matrix = chips.view_matrix(face.centre_xy + np.array([0, _DROP * side_px]), side_px, 0.0, _VIEW_PX)
    found, presence = run_body(chips.sample(rgb_uint8, matrix, _VIEW_PX, border=_BORDER))
    found = found[:BODY_POINTS].astype(np.float64)
    places = chips.apply(chips.invert(matrix), found[:, :2])
    return np.hstack([places, found[:, 2:3] * side_px / _VIEW_PX]), 1 / (1 + np.exp(-found[:, 3])), presence


def _turn_deg(points: Float[np.ndarray, "33 3"]) -> float:
    """Turn of the line through the shoulders about the vertical."""
    across = points[RIGHT_SHOULDER] - points[LEFT_SHOULDER]
    return float(np.degrees(np.arctan2(across[2], across[0])))
