"""How a painting's surface looks, whatever it shows: statistics of small patches.

Distributions of small patches of a Laplacian pyramid, compared by sliced Wasserstein distance (Rabin et al. 2011,
doi:10.1007/978-3-642-24785-9_37; on pyramids Karras et al. 2018, arXiv:1710.10196): the mean over directions of the distance
between sorted projections. Here part by part, since skin is not painted like velvet.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import TypeAlias

import cv2
import numpy as np
from jaxtyping import Float, Float32, UInt8

from data.colour import rgb_to_lab
from data.errors import ShapeError
from data.parts import Part

PATCH_PX = 7
SCALES = 3
"""Octaves that are looked at, from the finest of the picture given."""
DIRECTIONS = 64
QUANTILES = 64
PATCHES = 4096
"""Most patches of a part that are looked at."""
LEAST_PATCHES = 200
"""A part with fewer says nothing."""

PartAndScale: TypeAlias = tuple[Part, int]


@lru_cache(maxsize=8)
def _directions(dimension: int, count: int) -> Float32[np.ndarray, "dimension count"]:
    """Unit vectors, the same for ever."""
    vectors = np.random.default_rng(dimension).standard_normal((dimension, count))
    return (vectors / np.linalg.norm(vectors, axis=0)).astype(np.float32)


def _quantiles(points: Float32[np.ndarray, "N D"]) -> Float32[np.ndarray, "directions quantiles"]:
    """Quantile functions of the points' projections on `DIRECTIONS` directions."""
    levels = (np.arange(QUANTILES) + 0.5) / QUANTILES
    return np.quantile(points @ _directions(points.shape[1], DIRECTIONS), levels, axis=0).T.astype(np.float32)


@dataclass(frozen=True, eq=False)
class TextureStatistics:
    """Quantile functions of projected patches, by part and scale.

    `quantiles`: {(Part, scale): (DIRECTIONS, QUANTILES) float32}; scale 0 is the finest octave of the picture given.
    """

    quantiles: dict[PartAndScale, Float32[np.ndarray, "directions quantiles"]]

    @classmethod
    def of(cls, rgb: Float[np.ndarray, "H W 3"], labels: UInt8[np.ndarray, "H W"], *,
           seed: int = 0) -> "TextureStatistics":
        """Statistics of a picture. Pictures to be compared must show the sitter at one size (aligned into one frame).

        Parameters
        ----------
        rgb : (H, W, 3) float
            sRGB in [0, 1].
        labels : (H, W) uint8
            Its parts map.
        seed : int
            Of the draw of patches, where a part has more than `PATCHES`.

        Raises
        ------
        ShapeError
            If the two do not go together.
        """
        rgb, labels = np.ascontiguousarray(rgb, np.float32), np.asarray(labels)
        if rgb.ndim != 3 or rgb.shape[2] != 3 or labels.shape != rgb.shape[:2]:
            raise ShapeError(f"expected a colour picture and its parts map, got {rgb.shape} and {labels.shape}")
        picture, quantiles = rgb_to_lab(np.clip(rgb, 0, 1)), {}
        for scale in range(SCALES):
            if min(picture.shape[:2]) < 4 * PATCH_PX:
                break
            smaller = cv2.pyrDown(picture)
            band = picture - cv2.pyrUp(smaller, dstsize=picture.shape[1::-1])
            shown = cv2.resize(labels, picture.shape[1::-1], interpolation=cv2.INTER_NEAREST)
            for part in Part:
                patches = part_patches(band, shown, part, seed=seed)
                if len(patches) >= LEAST_PATCHES:
                    quantiles[part, scale] = _quantiles(patches)
            picture = smaller
        return cls(quantiles)


def part_patches(picture: Float32[np.ndarray, "H W C"], labels: UInt8[np.ndarray, "H W"], part: Part, *,
                 count: int = PATCHES, seed: int = 0) -> Float32[np.ndarray, "N D"]:
    """Patches of a picture whose centres lie in a part, spread at random.

    Parameters
    ----------
    picture : (H, W, C) float32
    labels : (H, W) uint8
    part : Part
    count : int
        Most patches.
    seed : int

    Returns
    -------
    (N, PATCH_PX * PATCH_PX * C) float32
    """
    half = PATCH_PX // 2
    inner = np.zeros(labels.shape, bool)
    inner[half:-half, half:-half] = labels[half:-half, half:-half] == part
    ys, xs = np.nonzero(inner)
    if len(ys) > count:
        chosen = np.random.default_rng([seed, int(part)]).choice(len(ys), count, replace=False)
        ys, xs = ys[chosen], xs[chosen]
    steps = np.arange(-half, half + 1)
    patches = picture[ys[:, None, None] + steps[:, None], xs[:, None, None] + steps]
    return patches.reshape(len(ys), PATCH_PX * PATCH_PX * picture.shape[2])


def texture_distance(first: TextureStatistics, second: TextureStatistics) -> dict[PartAndScale, float]:
    """Sliced Wasserstein distance (CIE Lab) between two paintings, by part and scale, over what both have."""
    shared = [key for key in first.quantiles if key in second.quantiles]
    return {key: float(np.abs(first.quantiles[key] - second.quantiles[key]).mean()) for key in shared}


def typical_distances(works: Sequence[TextureStatistics]) -> dict[PartAndScale, float]:
    """Median distance between two different works, by part and scale."""
    found: dict[PartAndScale, list[float]] = {}
    for n, first in enumerate(works):
        for second in works[n + 1:]:
            for key, distance in texture_distance(first, second).items():
                found.setdefault(key, []).append(distance)
    return {key: float(np.median(values)) for key, values in found.items()}
