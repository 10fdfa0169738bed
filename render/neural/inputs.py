"""Pictures as the neural engines take them: checked, and at the size of a level."""

import cv2
import numpy as np
from jaxtyping import Float32

from data.errors import ShapeError

LEAST_PX = 32
"""Shortest side of a picture that the network can look at: its deepest layers see it through cells of 16 pixels."""


def check_picture(rgb: Float32[np.ndarray, "H W 3"], **maps: np.ndarray | None) -> None:
    """ShapeError unless `rgb` is (H, W, 3) float32, large enough, and every map given by name is (H, W)."""
    if rgb.ndim != 3 or rgb.shape[2] != 3 or rgb.dtype != np.float32:
        raise ShapeError(f"a picture must be (H, W, 3) float32 RGB, got {rgb.shape} {rgb.dtype}")
    if min(rgb.shape[:2]) < LEAST_PX:
        raise ShapeError(f"a picture must have at least {LEAST_PX} pixels a side to be painted, got {rgb.shape[1]} x "
                         f"{rgb.shape[0]}")
    for name, other in maps.items():
        if other is not None and other.shape != rgb.shape[:2]:
            raise ShapeError(f"{name} must have the picture's size {rgb.shape[:2]}, got {other.shape}")


def resized(picture: Float32[np.ndarray, "H W *channels"], size: tuple[int, int],
            how: int = cv2.INTER_AREA) -> Float32[np.ndarray, "h w *channels"]:
    """A picture at another size.

    Parameters
    ----------
    picture : (H, W) or (H, W, C) float32
        Given back as it is, not copied, if it has this size already.
    size : (height, width)
    how : int
        OpenCV's interpolation.

    Returns
    -------
    (height, width) or (height, width, C) float32
    """
    if picture.shape[:2] == tuple(size):
        return picture.astype(np.float32, copy=False)
    return cv2.resize(picture, size[::-1], interpolation=how)
