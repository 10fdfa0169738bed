"""A face's own frame: upright, its origin midway between the eyes, its unit the distance from eyes to mouth.

That distance changes little when the head turns.
"""

from typing import NamedTuple

import numpy as np
from jaxtyping import Float, Float32

from data.landmarks import LEFT_EYE, MOUTH_LEFT, MOUTH_RIGHT, RIGHT_EYE


class FaceFrame(NamedTuple):
    """Where a face's own frame lies in a picture: the eyes' middle, the distance from eyes to mouth in pixels, and the tilt
    of the line through the eyes (positive clockwise as seen)."""

    centre_xy: Float[np.ndarray, "2"]
    unit_px: float
    roll_rad: float

    @property
    def down_xy(self) -> Float[np.ndarray, "2"]:
        """The direction from the eyes to the chin, of length 1, in the picture."""
        return np.array([-np.sin(self.roll_rad), np.cos(self.roll_rad)])


def eyes_to_mouth(points_xy: Float[np.ndarray, "68 2"]) -> float:
    """Distance in pixels from the eyes' middle to the middle of the mouth's corners."""
    eyes = (points_xy[LEFT_EYE].mean(0) + points_xy[RIGHT_EYE].mean(0)) / 2
    return float(np.linalg.norm((points_xy[MOUTH_LEFT] + points_xy[MOUTH_RIGHT]) / 2 - eyes))


def upright_frame(points_xy: Float[np.ndarray, "68 2"]) -> FaceFrame:
    """The frame of a face given by its landmarks; its unit is at least a pixel."""
    eyes = (points_xy[LEFT_EYE].mean(0), points_xy[RIGHT_EYE].mean(0))
    dx, dy = eyes[1] - eyes[0]
    return FaceFrame((eyes[0] + eyes[1]) / 2, max(eyes_to_mouth(points_xy), 1.0), float(np.arctan2(dy, dx)))


def turn_matrix(roll_rad: float) -> Float[np.ndarray, "2 2"]:
    """What levels points tilted by an angle: `points @ turn_matrix(roll).T`."""
    return np.array([[np.cos(roll_rad), np.sin(roll_rad)], [-np.sin(roll_rad), np.cos(roll_rad)]])


def to_upright(points_xy: Float[np.ndarray, "68 2"]) -> tuple[Float[np.ndarray, "68 2"], FaceFrame]:
    """Landmarks in the face's own frame (eyes' middle at 0, eyes to mouth 1, level), and the frame."""
    frame = upright_frame(points_xy)
    return (points_xy - frame.centre_xy) @ turn_matrix(frame.roll_rad).T / frame.unit_px, frame


def from_upright(points: Float[np.ndarray, "N 2"], frame: FaceFrame) -> Float[np.ndarray, "N 2"]:
    """Points of a face's own frame in pixels of the picture: the way back from `to_upright`."""
    return frame.unit_px * points @ turn_matrix(frame.roll_rad) + frame.centre_xy


def upright_places(shape: tuple[int, int],
                   frame: FaceFrame) -> tuple[Float32[np.ndarray, "h w"], Float32[np.ndarray, "h w"]]:
    """x and y of every pixel of a picture of this (height, width) in a face's own frame."""
    (left, top), unit, roll = frame
    across, down = np.arange(shape[1]) - left, (np.arange(shape[0]) - top)[:, None]
    cos, sin = np.cos(roll) / unit, np.sin(roll) / unit
    return (cos * across + sin * down).astype(np.float32), (cos * down - sin * across).astype(np.float32)
