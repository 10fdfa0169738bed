"""The whole picture, small, with its parts: what outline, skin and ground are measured on."""

from collections.abc import Mapping
from dataclasses import dataclass

import cv2
import numpy as np
from jaxtyping import Bool, Float, Float64, UInt8

from data.coordinates import rescale_points
from data.estimate import Estimate
from data.landmarks import CHIN, outer_eye_distance
from data.parts import Part
from features.face.upright import FaceFrame, upright_frame
from features.figure.skin import skin_map
from features.sitter.parts import parts_map

_UNIT_PX = 14  # pixels from eyes to mouth, at most
_BELOW_CHIN = 1.0  # skin nearer to the chin than this is throat, beard or chest; units of eyes to mouth
_HEAD = (Part.FACE, Part.NECK, Part.HAIR)


@dataclass(frozen=True, eq=False)
class Grid:
    """A small picture, its parts and skin, and the sitter's landmarks in its pixels.

    A picture's pixels times `ratio` (across, down) are the grid's.
    """

    rgb: UInt8[np.ndarray, "h w 3"]
    parts: UInt8[np.ndarray, "h w"]
    skin: Bool[np.ndarray, "h w"]
    landmarks_xy: Float64[np.ndarray, "68 2"]
    ratio: Float64[np.ndarray, "2"]

    @property
    def face(self) -> FaceFrame:
        """The face's own frame in pixels of the grid."""
        return upright_frame(self.landmarks_xy)

    @property
    def unit_px(self) -> float:
        """Eyes to mouth, in pixels of the grid."""
        return self.face.unit_px

    @property
    def eye_distance_px(self) -> float:
        """Between the outer corners of the eyes, in pixels of the grid."""
        return outer_eye_distance(self.landmarks_xy)

    @property
    def chin_xy(self) -> Float64[np.ndarray, "2"]:
        """Tip of the chin."""
        return self.landmarks_xy[CHIN]

    def to_picture(self, points_xy: Float[np.ndarray, "*N 2"]) -> Float64[np.ndarray, "*N 2"]:
        """Places of the grid in pixels of the picture."""
        return rescale_points(np.asarray(points_xy, np.float64), 1 / self.ratio)

    def from_picture(self, points_xy: Float[np.ndarray, "*N 2"]) -> Float64[np.ndarray, "*N 2"]:
        """Places of the picture in pixels of the grid."""
        return rescale_points(np.asarray(points_xy, np.float64), self.ratio)


def grid_of(rgb_uint8: UInt8[np.ndarray, "H W 3"], landmarks_xy: Float[np.ndarray, "68 2"],
            attributes: Mapping[str, Estimate]) -> Grid:
    """The grid of a picture.

    Parameters
    ----------
    rgb_uint8 : (H, W, 3) uint8
    landmarks_xy : (68, 2)
        Of the sitter, in pixels of the picture.
    attributes : mapping of Estimate
        Of the sitter; see `features.sitter.parts.parts_map`.

    Returns
    -------
    Grid
    """
    scale = min(1.0, _UNIT_PX / upright_frame(landmarks_xy).unit_px)
    small = cv2.resize(rgb_uint8, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
    ratio = np.array(small.shape[1::-1]) / np.array(rgb_uint8.shape[1::-1])
    points = rescale_points(np.asarray(landmarks_xy, np.float64), ratio)
    parts = parts_map(small, points, attributes=attributes)
    limit = points[CHIN, 1] + _BELOW_CHIN * upright_frame(points).unit_px
    below = np.arange(len(parts))[:, None] > limit
    return Grid(small, parts, skin_map(small, parts) & below & ~np.isin(parts, _HEAD), points, ratio)
