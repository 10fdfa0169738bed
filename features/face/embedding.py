"""A face as 128 numbers that are similar for pictures of one person (dlib's face recognition network; King 2017)."""

import numpy as np
from jaxtyping import Float, Float32, Shaped

from data.colour import to_uint8
from data.landmarks import check_landmarks
from features.networks.packaged import run_embedder

_AROUND = 0.8  # margin around the landmarks that the network's chip shows, as a share of their extent


def face_embedding(rgb: Shaped[np.ndarray, "H W 3"], landmarks_xy: Float[np.ndarray, "68 2"]) -> Float32[np.ndarray, "128"]:
    """The embedding of one face.

    Parameters
    ----------
    rgb : (H, W, 3) uint8 or float32 in [0, 1]
    landmarks_xy : (68, 2) in pixels of `rgb`

    Returns
    -------
    (128,) float32
        Euclidean distances below about 0.6 mean the same person in photographs.
    """
    points = check_landmarks(landmarks_xy)
    # The chip is 150 px: only the face's surroundings are needed, and copying a large scan to 8 bits is not free.
    low = np.floor(points.min(0) - _AROUND * np.ptp(points, axis=0)).astype(int)
    high = np.ceil(points.max(0) + _AROUND * np.ptp(points, axis=0)).astype(int)
    low, high = np.maximum(low, 0), np.minimum(high, np.array(rgb.shape[1::-1]))
    crop = rgb[low[1]:high[1], low[0]:high[0]]
    if crop.dtype != np.uint8:
        crop = to_uint8(crop)
    return run_embedder(np.ascontiguousarray(crop), points - low)
