"""A figure as it was measured: shoulders, hands as whole objects, outline; in pixels of the scan; as JSON and back."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from jaxtyping import Bool, Float64

ANGLES_DEG = np.arange(-20, 201, 4)
"""Directions of the outline's reach: 0 is the viewer's right, 90 straight down, 180 the viewer's left."""
BODY_POINTS, HAND_POINTS = 33, 21
"""Points of the body, as MediaPipe's pose model numbers them, and of a hand, as its hand model does (0 is the wrist)."""
_MIRRORED_BODY = np.array([0, 4, 5, 6, 1, 2, 3, 8, 7, 10, 9, 12, 11, 14, 13, 16, 15, 18, 17, 20, 19, 22, 21, 24, 23, 26, 25,
                           28, 27, 30, 29, 32, 31])
LEFT_SHOULDER, RIGHT_SHOULDER, LEFT_ELBOW, RIGHT_ELBOW, LEFT_WRIST, RIGHT_WRIST = 12, 11, 14, 13, 16, 15
"""The viewer's left and right, in a figure seen from the front."""
_OTHER = {"left": "right", "right": "left"}


@dataclass(frozen=True, eq=False)
class Hand:
    """One hand, whole: all skin that belongs to it, bare forearm included.

    Attributes
    ----------
    box : (x, y, w, h)
        Around `outline_xy`, scan pixels.
    outline_xy : (N, 2) float64
        Polygon around hand and bare forearm, scan pixels.
    points_xy : (21, 2) float64, optional
        Joints; None where the hand model saw none and only skin at the end of an arm tells of a hand: about one such in
        three is one.
    side : "left", "right" or None
        Whose hand, as the viewer sees a figure that faces him: "left" is the sitter's right hand. None where unknown.
    cut : bool
        Whether the edge of the painting cuts it.
    confidence : float
    """

    box: tuple[float, float, float, float]
    outline_xy: Float64[np.ndarray, "N 2"]
    points_xy: Float64[np.ndarray, "21 2"] | None
    side: str | None
    cut: bool
    confidence: float

    def in_mirror(self, width_px: int) -> "Hand":
        """The hand in a mirrored picture of this width."""
        x, y, width, height = self.box
        points = None if self.points_xy is None else _flipped(self.points_xy, width_px)
        return replace(self, box=(width_px - 1 - x - width, y, width, height),
                       outline_xy=_flipped(self.outline_xy, width_px)[::-1], points_xy=points,
                       side=None if self.side is None else _OTHER[self.side])

    def to_json(self) -> dict[str, Any]:
        """Plain lists and numbers."""
        return {"box": [round(float(v), 1) for v in self.box], "outline": _rounded(self.outline_xy),
                "points": None if self.points_xy is None else _rounded(self.points_xy), "side": self.side,
                "cut": bool(self.cut), "confidence": round(float(self.confidence), 4)}

    @classmethod
    def from_json(cls, record: Mapping[str, Any]) -> "Hand":
        """The hand that `to_json` wrote."""
        x, y, width, height = record["box"]
        points = None if record["points"] is None else np.array(record["points"], np.float64)
        return cls((x, y, width, height), np.array(record["outline"], np.float64).reshape(-1, 2), points, record["side"],
                   record["cut"], record["confidence"])


@dataclass(frozen=True, eq=False)
class Figure:
    """The figure of one sitter.

    Attributes
    ----------
    shoulders_xy : (2, 2) float64, optional
        The viewer's left shoulder, then the right one, scan pixels; None where they are not sure enough.
    shoulders_confidence : float
    torso_turn_deg : float, optional
        Turn of the torso about the vertical, negative to the viewer's left as `yaw_deg` of the head; None where unsure.
    body_xy : (33, 2) float64
        All points of the body, scan pixels; many lie outside of the picture.
    visibility : (33,) float64
        How sure each is to be seen, 0 to 1.
    hands : tuple of Hand
        The viewer's left one first.
    pit_xy : (2,) float64
        Pit of the neck, scan pixels, from which the outline is measured.
    reach : (56,) float64
        How far the body reaches from the pit in the directions `ANGLES_DEG`, in outer eye distances.
    sure : (56,) bool
        Where the outline is seen; elsewhere the picture ends first, and the body reaches at least so far.
    """

    shoulders_xy: Float64[np.ndarray, "2 2"] | None
    shoulders_confidence: float
    torso_turn_deg: float | None
    body_xy: Float64[np.ndarray, "33 2"]
    visibility: Float64[np.ndarray, "33"]
    hands: tuple[Hand, ...]
    pit_xy: Float64[np.ndarray, "2"]
    reach: Float64[np.ndarray, "56"]
    sure: Bool[np.ndarray, "56"]

    def in_mirror(self, width_px: int) -> "Figure":
        """The figure in a mirrored picture of this width; left and right keep their meaning."""
        shoulders = None if self.shoulders_xy is None else _flipped(self.shoulders_xy, width_px)[::-1]
        return replace(self, shoulders_xy=shoulders,
                       torso_turn_deg=None if self.torso_turn_deg is None else -self.torso_turn_deg,
                       body_xy=_flipped(self.body_xy, width_px)[_MIRRORED_BODY], visibility=self.visibility[_MIRRORED_BODY],
                       hands=tuple(hand.in_mirror(width_px) for hand in self.hands[::-1]),
                       pit_xy=_flipped(self.pit_xy[None], width_px)[0], reach=self.reach[::-1].copy(),
                       sure=self.sure[::-1].copy())

    def to_json(self) -> dict[str, Any]:
        """Plain lists and numbers, rounded to what they are good for."""
        turn = None if self.torso_turn_deg is None else round(float(self.torso_turn_deg), 1)
        return {"shoulders": None if self.shoulders_xy is None else _rounded(self.shoulders_xy),
                "shoulders_confidence": round(float(self.shoulders_confidence), 4), "torso_turn_deg": turn,
                "body": _rounded(self.body_xy), "visibility": np.round(self.visibility, 3).tolist(),
                "hands": [hand.to_json() for hand in self.hands], "pit": _rounded(self.pit_xy),
                "reach": np.round(self.reach, 3).tolist(), "sure": [bool(one) for one in self.sure]}

    @classmethod
    def from_json(cls, record: Mapping[str, Any]) -> "Figure":
        """The figure that `to_json` wrote."""
        numbers = lambda name: np.array(record[name], np.float64)
        return cls(None if record["shoulders"] is None else numbers("shoulders"), record["shoulders_confidence"],
                   record["torso_turn_deg"], numbers("body"), numbers("visibility"),
                   tuple(Hand.from_json(hand) for hand in record["hands"]), numbers("pit"), numbers("reach"),
                   np.array(record["sure"], bool))


def _flipped(points_xy: Float64[np.ndarray, "N 2"], width_px: int) -> Float64[np.ndarray, "N 2"]:
    """Places in the mirrored picture: pixel centres lie on integers."""
    return np.asarray(points_xy, np.float64) * [-1.0, 1.0] + [width_px - 1.0, 0.0]


def _rounded(points_xy: Float64[np.ndarray, "*N 2"]) -> list[Any]:
    return np.round(points_xy, 1).tolist()
