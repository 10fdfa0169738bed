"""Head and shoulders of one sitter, small, with their parts: what colours and brushwork of a sitter are measured on."""

from collections.abc import Mapping
from dataclasses import dataclass, replace

import cv2
import numpy as np
from jaxtyping import Float, Float64, UInt8

from data.coordinates import rescale_points
from data.estimate import Estimate
from data.landmarks import check_landmarks
from features.face.upright import upright_frame
from features.sitter.parts import parts_map

# Pixels from eyes to mouth: a coarser map than that of a painting's exemplar is enough.
_UNIT_PX = 14
# How far it reaches from the eyes' middle to either side, up and down, in units of eyes to mouth, as far as there is picture.
_ASIDE, _ABOVE, _BELOW = 5.0, 4.0, 7.0


@dataclass(frozen=True, eq=False)
class Bust:
    """Head and shoulders of one sitter, small.

    They show the window (left, top, right, bottom) of a picture; picture pixels times `scale` (across, down) give bust pixels.
    """

    rgb: UInt8[np.ndarray, "h w 3"]
    parts: UInt8[np.ndarray, "h w"]
    window: tuple[int, int, int, int]
    scale: Float64[np.ndarray, "2"]

    def from_picture(self, points_xy: Float[np.ndarray, "*N 2"]) -> Float64[np.ndarray, "*N 2"]:
        """Places of the picture in pixels of the bust."""
        return rescale_points(np.asarray(points_xy) - self.window[:2], self.scale)


def cut_bust(rgb_uint8: UInt8[np.ndarray, "H W 3"], landmarks_xy: Float[np.ndarray, "68 2"], *,
             attributes: Mapping[str, Estimate] | None = None) -> Bust:
    """The bust of one face.

    Parameters
    ----------
    rgb_uint8 : (H, W, 3) uint8
    landmarks_xy : (68, 2)
        In pixels of the picture.
    attributes : dict of str to Estimate, optional
        Of the sitter; see `features.sitter.parts.parts_map`.

    Returns
    -------
    Bust
        Ten times eyes-to-mouth wide, as far as the picture reaches.
    """
    points = check_landmarks(landmarks_xy)
    eyes, unit, _ = upright_frame(points)
    size = np.array(rgb_uint8.shape[1::-1])
    low = np.clip(np.floor(eyes - [_ASIDE * unit, _ABOVE * unit]).astype(int), 0, size - 2)
    high = np.clip(np.ceil(eyes + [_ASIDE * unit, _BELOW * unit]).astype(int), low + 2, size)
    region = rgb_uint8[low[1]:high[1], low[0]:high[0]]
    scale = min(1.0, _UNIT_PX / unit)
    small = cv2.resize(region, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
    ratio = np.array(small.shape[1::-1]) / np.array(region.shape[1::-1])
    left, top, right, bottom = (int(v) for v in (*low, *high))
    bust = Bust(small, np.empty((0, 0), np.uint8), (left, top, right, bottom), ratio)
    return replace(bust, parts=parts_map(small, bust.from_picture(points), attributes=attributes))
