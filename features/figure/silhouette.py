"""The outline of a figure: how far it reaches from the pit of the neck, direction by direction."""

from typing import NamedTuple

import cv2
import numpy as np
from jaxtyping import Bool, Float64, Int

from data.parts import FACE_PARTS, Part
from features.figure.figure import ANGLES_DEG
from features.figure.grid import Grid

# All in outer eye distances.
_PIT_DROP = 0.35  # of the pit of the neck below the chin
_NECK_TOP, _NECK_BOTTOM, _NECK_ASIDE = -0.1, 0.9, 1.3  # where the neck is looked for, from the chin
_HAIR_BELOW, _BODY_BELOW = 0.6, -0.1  # from the chin on down: hair is of the figure; the body begins
_NEAREST, _FARTHEST, _STEP = 0.4, 9.0, 0.06  # along a direction
_CLOSED = 0.35  # gaps in the body narrower than this are closed
_LEFT_FOR = 4  # steps outside of the body after which it has ended
_LEAST_NECK_PX = 12
_PIT_TO_NECK = 0.5  # the pit lies this share of the way from below the chin to the neck's middle


class Silhouette(NamedTuple):
    """Pit of the neck in pixels of the grid; reach in outer eye distances, and where it is sure, by `ANGLES_DEG`."""

    pit_xy: Float64[np.ndarray, "2"]
    reach: Float64[np.ndarray, "56"]
    sure: Bool[np.ndarray, "56"]


def silhouette(grid: Grid) -> Silhouette:
    """The outline of the figure on a grid."""
    inside, unit = _figure(grid), grid.eye_distance_px
    pit = _pit(grid)
    steps = np.arange(_NEAREST, _FARTHEST, _STEP)
    angles = np.radians(ANGLES_DEG)[:, None]
    x, y = pit[0] + np.cos(angles) * steps * unit, pit[1] + np.sin(angles) * steps * unit
    height, width = inside.shape
    seen = (x > -0.5) & (x < width - 0.5) & (y > -0.5) & (y < height - 0.5)
    held = inside[np.clip(np.rint(y).astype(int), 0, height - 1), np.clip(np.rint(x).astype(int), 0, width - 1)] & seen
    ends = _ends(held)
    sure = np.array([end < len(steps) - _LEFT_FOR and bool(ray[end:end + _LEFT_FOR].all()) for end, ray in zip(ends, seen)])
    return Silhouette(pit, steps[ends], sure)


def _ends(held: Bool[np.ndarray, "A S"]) -> Int[np.ndarray, " A"]:
    """The first step of each direction from which on the figure is left for a while; the last one if it never is."""
    count = held.shape[1]
    longer = np.pad(held, ((0, 0), (0, _LEFT_FOR - 1)))
    left = ~np.any([longer[:, later:later + count] for later in range(_LEFT_FOR)], axis=0)
    return np.where(left.any(axis=1), left.argmax(axis=1), count - 1)


def _figure(grid: Grid) -> Bool[np.ndarray, "h w"]:
    """Pixels of the figure below the head, and of the head."""
    rows, chin, unit = np.arange(len(grid.parts))[:, None], grid.chin_xy[1], grid.eye_distance_px
    body = np.isin(grid.parts, (Part.NECK, Part.CLOTHING)) & (rows > chin + _BODY_BELOW * unit)
    body |= (grid.parts == Part.HAIR) & (rows > chin + _HAIR_BELOW * unit)
    side = 2 * round(_CLOSED * unit / 2) + 1
    body = cv2.morphologyEx(body.astype(np.uint8), cv2.MORPH_CLOSE, np.ones((side, side), np.uint8)) > 0
    return body | np.isin(grid.parts, (*FACE_PARTS, Part.HAIR))


def _pit(grid: Grid) -> Float64[np.ndarray, "2"]:
    """Below the chin, half way to the middle of what is seen of the neck."""
    unit, (x, y) = grid.eye_distance_px, grid.chin_xy
    rows, columns = np.nonzero(grid.parts == Part.NECK)
    near = (rows > y + _NECK_TOP * unit) & (rows < y + _NECK_BOTTOM * unit) & (np.abs(columns - x) < _NECK_ASIDE * unit)
    middle = float(np.median(columns[near])) if near.sum() >= _LEAST_NECK_PX else x
    return np.array([x + _PIT_TO_NECK * (middle - x), y + _PIT_DROP * unit])
