"""From a source map to a picture: what overlapping copies make together, and how steps between them are taken out.

Patches vote on a quantised canvas while the search goes on; in the end every texel is a blend of what it and its nearest
neighbours are copied from, in full precision, and the steps between copies are taken out by their gradients.
"""

from collections.abc import Sequence

import cv2
import numba as nb
import numpy as np
from jaxtyping import Float32, Int32, Shaped, UInt8

from render.imaging.poisson import screen_from_length, screened_poisson
from render.synthesis.inlined import inlined

_TRUST = np.float32(0.02)       # keeps the vote of a perfect patch finite: 50 times that of a patch of usual cost
_FARTHEST = np.float32(1e-4)    # of a vote, however far from the others: somebody must be heard


def blend(source: Int32[np.ndarray, "H W 3"], layers: Sequence[Shaped[np.ndarray, "h w C"]], *, radius_px: int = 2,
          spread_px: float = 0.7, tolerance: float = 0.0) -> Float32[np.ndarray, "H W C"]:
    """What a source map makes of layers of its exemplars (colour, or height), with seams feathered.

    Parameters
    ----------
    source : (H, W, 3) int32
        Exemplar, row, column of every texel.
    layers : sequence of (H, W, C) uint8, uint16 or float32
        One per exemplar. Integers are read as shares of their range.
    radius_px, spread_px : int, float
        Neighbours up to this many texels away have a vote, and the Gaussian of its weight. Inside a region copied at one
        offset all neighbours agree and the layer comes through as it is.
    tolerance : float
        When positive, a second round in which votes farther than this from the blend count less: crisper seams.

    Returns
    -------
    (H, W, C) float32
    """
    source = np.ascontiguousarray(source, np.int32)
    shape = (*source.shape[:2], layers[0].shape[2])
    middle = np.zeros(shape, np.float32)
    for limit in (0.0, tolerance) if tolerance > 0 else (0.0,):
        total, weights = np.zeros(shape, np.float32), np.zeros(shape[:2], np.float32)
        for number, layer in enumerate(layers):
            _add_votes(np.ascontiguousarray(layer), _one(layer), number, source, radius_px, np.float32(spread_px), middle,
                       np.float32(limit), total, weights)
        total /= weights[..., None]
        middle = total
    return middle


def meld(source: Int32[np.ndarray, "H W 3"], layers: Sequence[Shaped[np.ndarray, "h w C"]],
         blended: Float32[np.ndarray, "H W C"], anchor: Float32[np.ndarray, "H W C"] | None,
         length_px: float) -> Float32[np.ndarray, "H W C"]:
    """Take out the steps between neighbouring copies, and the colour casts of whole copies.

    Screened Poisson blending (Bhat et al. 2008, doi:10.1145/1360612.1360644; for patches Darabi et al. 2012,
    doi:10.1145/2185520.2185578): the gradients are the sources' own, so strokes and grain stay as they are.

    Parameters
    ----------
    source : (H, W, 3) int32
        Exemplar, row, column of every texel.
    layers : sequence of (H, W, C) uint8, uint16 or float32
        One per exemplar. Integers are read as shares of their range.
    blended : (H, W, C) float32
        What `blend` made of them.
    anchor : (H, W, C) float32 or None
        Decides the level over distances of `length_px` and more; None for `blended` itself.
    length_px : float
        Steps of level fade over this distance.

    Returns
    -------
    (H, W, C) float32
    """
    down, right = (_steps(source, layers, blended, axis) for axis in (0, 1))
    result = np.empty_like(blended)
    for c in range(blended.shape[2]):
        level = blended[..., c]
        if anchor is not None:
            level = level + cv2.GaussianBlur(anchor[..., c].astype(np.float32) - level, (0, 0), length_px)
        result[..., c] = screened_poisson(level, right[:, :-1, c], down[:-1, :, c], screen=screen_from_length(length_px),
                                          dtype=np.float32)
    return result


def _one(layer: Shaped[np.ndarray, "h w C"]) -> np.float32:
    """What stands for 1 in a layer: integers are shares of their range."""
    return np.float32(np.iinfo(layer.dtype).max if layer.dtype.kind == "u" else 1)


def _steps(source: Int32[np.ndarray, "H W 3"], layers: Sequence[Shaped[np.ndarray, "h w C"]],
           blended: Float32[np.ndarray, "H W C"], axis: int) -> Float32[np.ndarray, "H W C"]:
    """Steps from every texel to the next one along an axis (0 down, 1 right), as its source or the next one's has them."""
    gaps, steps = np.full(blended.shape, np.inf, np.float32), np.zeros_like(blended)
    for number, layer in enumerate(layers):
        _take_steps(np.ascontiguousarray(layer), _one(layer), number, source, blended, axis, gaps, steps)
    return steps


@nb.njit(parallel=True, cache=True)
def _add_votes(layer, one, exemplar, source, radius, spread, middle, tolerance, total, weights):
    """Add what one exemplar's `layer` ((h, w, C), `one` stands for 1) gives to a blend of overlapping copies.

    All texels within `radius` vote on the texel between them, by a Gaussian of `spread` texels; where `tolerance` > 0, votes
    far from `middle` ((H, W, C)) count less (one step of mean shift, Comaniciu & Meer 2002, doi:10.1109/34.1000236).
    """
    height, width, channels = layer.shape
    for row in nb.prange(height):
        y = nb.int64(row)
        for x in range(width):
            for ny in range(max(0, y - radius), min(height, y + radius + 1)):
                for nx in range(max(0, x - radius), min(width, x + radius + 1)):
                    if source[ny, nx, 0] != exemplar:
                        continue
                    sy, sx = source[ny, nx, 1] + y - ny, source[ny, nx, 2] + x - nx
                    if sy < 0 or sx < 0 or sy >= height or sx >= width:
                        continue
                    distance = (ny - y) ** 2 + (nx - x) ** 2
                    weight = np.float32(np.exp(np.float32(-0.5) * distance / (spread * spread)))
                    if tolerance > 0:
                        gap = np.float32(0)
                        for c in range(channels):
                            gap = max(gap, abs(np.float32(layer[sy, sx, c]) / one - middle[y, x, c]))
                        weight *= np.float32(np.exp(-(gap / tolerance) ** 2)) + _FARTHEST
                    for c in range(channels):
                        total[y, x, c] += weight * (np.float32(layer[sy, sx, c]) / one)
                    weights[y, x] += weight


@nb.njit(parallel=True, cache=True)
def _take_steps(layer, one, exemplar, source, colour, axis, gaps, steps):
    """Steps to the next texel along an axis as one exemplar has them, for the texels copied from it, into `steps`.

    Where a texel and the next come from different places, each place has a step of its own: the one nearer to the step
    between the two copies wins (`gaps`, (H, W, C) float32, holds the smallest difference so far). An edge that either
    source has stays; a step that is only a seam goes.
    """
    height, width, channels = colour.shape
    down, right = nb.int64(axis == 0), nb.int64(axis == 1)
    for row in nb.prange(height - down):
        y = nb.int64(row)
        for x in range(width - right):
            for end in range(2):
                py, px = y + end * down, x + end * right
                if source[py, px, 0] != exemplar:
                    continue
                sy, sx = source[py, px, 1] + y - py, source[py, px, 2] + x - px
                if sy < 0 or sx < 0 or sy + down >= height or sx + right >= width:
                    continue
                for c in range(channels):
                    step = (np.float32(layer[sy + down, sx + right, c]) - np.float32(layer[sy, sx, c])) / one
                    gap = abs(step - (colour[y + down, x + right, c] - colour[y, x, c]))
                    if gap < gaps[y, x, c]:
                        gaps[y, x, c] = gap
                        steps[y, x, c] = step


def vote(sources: UInt8[np.ndarray, "K H W 4"], field: Int32[np.ndarray, "H W 3"], cost: Int32[np.ndarray, "H W"],
         patch: int, scale: float) -> UInt8[np.ndarray, "H W 4"]:
    """The canvas on which overlapping patches agree; one misfit does not stain its neighbours.

    Parameters
    ----------
    sources : (K, H, W, 4) uint8
        Exemplars.
    field : (H, W, 3) int32
        Exemplar, row, column that every texel is copied from, with the patch around it.
    cost : (H, W) int32
        Of the field; weights of patches fall with it.
    patch : int
        Side of a patch, in texels.
    scale : float
        1 over the usual cost.

    Returns
    -------
    (H, W, 4) uint8
    """
    canvas = np.empty((*field.shape[:2], 4), np.uint8)
    _vote(sources.reshape(-1), field, cost, patch // 2, np.float32(scale), canvas)
    return canvas


@nb.njit(parallel=True, cache=True)
def _vote(sources, field, cost, half, scale, canvas):
    """As `vote`, with flat sources and half a patch, into `canvas`."""
    height, width = field.shape[:2]
    for row in nb.prange(height):
        y = nb.int64(row)
        for x in range(width):
            mean = _mean_vote(sources, field, cost, half, scale, y, x)
            for c in range(4):
                canvas[y, x, c] = np.uint8(mean[c] + np.float32(0.5))


@inlined
def _mean_vote(sources, field, cost, half, scale, y, x):
    """The weighted mean of what all patches over a texel copy to it: four float32."""
    height, width = field.shape[:2]
    total = first = second = third = fourth = np.float32(0)
    for ny in range(max(0, y - half), min(height, y + half + 1)):
        for nx in range(max(0, x - half), min(width, x + half + 1)):
            ratio = np.float32(cost[ny, nx]) * scale
            weight = np.float32(1) / (_TRUST + ratio * ratio)
            sy, sx = field[ny, nx, 1] + y - ny, field[ny, nx, 2] + x - nx
            at = ((nb.int64(field[ny, nx, 0]) * height + sy) * width + sx) * 4
            first += weight * sources[at]
            second += weight * sources[at + 1]
            third += weight * sources[at + 2]
            fourth += weight * sources[at + 3]
            total += weight
    inverse = np.float32(1) / total
    return first * inverse, second * inverse, third * inverse, fourth * inverse
