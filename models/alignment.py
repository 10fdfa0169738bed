"""One frame for all sitters, and the shift and scale that put a face where the frame wants it.

The shift and scale are those of a Procrustes alignment (Gower 1975, doi:10.1007/BF02291478) without its rotation: pictures
are not rotated, so a head that leans keeps its angle to the shoulders.
"""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float, Float64

from data.landmarks import CHIN, LEFT_EYE, RIGHT_EYE, check_landmarks, outer_eye_distance

EYES_TO_CHIN = 1.26
"""Height from the eyes to the chin, in outer eye distances: the mean of painted sitters who look at the viewer."""


@dataclass(frozen=True)
class Frame:
    """The canvas all sitters share; lengths in frame units scale with `width_px`.

    The outer eye corners lie `eye_share` of the width apart, their middle at `eye_centre` (shares of width and height).
    """

    width_px: int = 640
    height_px: int = 800
    eye_share: float = 0.125
    eye_centre: tuple[float, float] = (0.5, 0.27)

    @property
    def size_px(self) -> tuple[int, int]:
        """Width and height, as OpenCV takes them."""
        return self.width_px, self.height_px

    @property
    def eye_distance_px(self) -> float:
        """Between the outer eye corners."""
        return self.eye_share * self.width_px

    def scaled(self, width_px: int, height_px: int | None = None) -> "Frame":
        """The same frame at another size; the aspect is kept unless a height is given."""
        height = round(self.height_px * width_px / self.width_px) if height_px is None else height_px
        return Frame(int(width_px), int(height), self.eye_share, self.eye_centre)


@dataclass(frozen=True, eq=False)
class ShiftAndScale:
    """x -> scale x + offset, on (N, 2) points."""

    scale: float
    offset: Float64[np.ndarray, " 2"]

    def __call__(self, points_xy: Float[np.ndarray, "N 2"]) -> Float64[np.ndarray, "N 2"]:
        return self.scale * np.asarray(points_xy, np.float64) + self.offset

    @property
    def matrix(self) -> Float64[np.ndarray, "2 3"]:
        """The same as a matrix for cv2.warpAffine."""
        return np.hstack([self.scale * np.eye(2), self.offset[:, None]])


def align_upright(source_xy: Float[np.ndarray, "N 2"], target_xy: Float[np.ndarray, "N 2"]) -> ShiftAndScale:
    """The shift and scale, without rotation, that bring source nearest to target in least squares."""
    source, target = np.asarray(source_xy, np.float64), np.asarray(target_xy, np.float64)
    centred, wanted = source - source.mean(0), target - target.mean(0)
    scale = float((centred * wanted).sum() / (centred ** 2).sum())
    return ShiftAndScale(scale, target.mean(0) - scale * source.mean(0))


def eye_middle(points_xy: Float[np.ndarray, "68 2"]) -> Float64[np.ndarray, " 2"]:
    """The point midway between the two eyes."""
    return (points_xy[LEFT_EYE].mean(0) + points_xy[RIGHT_EYE].mean(0)) / 2


def face_size(points_xy: Float[np.ndarray, "68 2"]) -> float:
    """Size of a face in the unit of its landmarks: the larger of the outer eye distance and the height from eyes to chin
    over `EYES_TO_CHIN`. The height is there for turned heads, whose eyes lie closer together in the picture."""
    points = check_landmarks(points_xy)
    height = np.float64(np.linalg.norm(points[CHIN] - eye_middle(points))) / EYES_TO_CHIN
    return max(outer_eye_distance(points), height)


def place_in_frame(points_xy: Float[np.ndarray, "68 2"], frame: Frame) -> ShiftAndScale:
    """The shift and scale that put a face where `frame` wants its eyes, at the size that it wants."""
    points = check_landmarks(points_xy)
    scale = frame.eye_distance_px / face_size(points)
    centre = np.array([frame.eye_centre[0] * frame.width_px, frame.eye_centre[1] * frame.height_px])
    return ShiftAndScale(scale, centre - scale * eye_middle(points))
