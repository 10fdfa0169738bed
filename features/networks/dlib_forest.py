"""dlib's landmark predictor (Kazemi and Sullivan 2014) read from dlib's own file and run for all views of a face at once.

dlib's library takes 1.7 ms a view, nearly all of it waiting for memory: a view adds up 7500 of 120 000 leaves, 4 of 65 MB,
found one after another. Here all leaves of a level are determined before the first is fetched, and all views of a face, which
often share leaves, are handled together. That takes a quarter of the time and gives dlib's own points.
"""

import math
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import numba
import numpy as np
from jaxtyping import Float32, Float64, UInt8, UInt16
from numpy.typing import ArrayLike


class _Forest(NamedTuple):
    """The predictor's numbers: L levels of a cascade, each of T trees with K splits that compare P pixels, moving a shape of
    S numbers (x and y of each landmark, in shares of the box)."""

    mean: Float32[np.ndarray, " S"]
    anchors: UInt16[np.ndarray, "L P"]  # the landmark that each pixel goes with
    offsets: Float32[np.ndarray, "L P 2"]  # where the pixel lies from it
    splits: UInt16[np.ndarray, "L T K 2"]  # the two pixels that are compared
    limits: Float32[np.ndarray, "L T K"]  # the second branch is taken where their difference is no larger
    leaves: Float32[np.ndarray, "L T K+1 S"]  # what each leaf adds to the shape


class LandmarkForest:
    """The predictor with its trees, from `shape_predictor_68_face_landmarks.dat`."""

    def __init__(self, path: Path | str) -> None:
        held = np.concatenate([np.fromfile(path, np.uint8), np.zeros(8, np.uint8)])
        # At every byte, the eight from there on as one number.
        self._forest = _Forest(*_read(np.ndarray(len(held) - 7, "<u8", held, strides=(1,))))

    def __call__(self, rgb_uint8: UInt8[np.ndarray, "H W 3"], boxes_xyxy: Sequence[ArrayLike],
                 mirrored: ArrayLike) -> Float64[np.ndarray, "V 68 2"]:
        """The landmarks of a face seen in several boxes.

        Parameters
        ----------
        rgb_uint8 : (H, W, 3) uint8
        boxes_xyxy : V boxes (left, top, right, bottom)
        mirrored : (V,) bool
            True where box and landmarks are given in pixels of the mirrored picture.

        Returns
        -------
        (V, 68, 2) float64
            As dlib gives them, in whole pixels.
        """
        boxes = np.rint(np.asarray(boxes_xyxy, np.float64))
        shapes = np.tile(self._forest.mean, (len(boxes), 1))
        _fit(shapes, np.ascontiguousarray(rgb_uint8), boxes, np.asarray(mirrored), self._forest)
        low, high = boxes[:, None, :2], boxes[:, None, 2:]
        return np.floor(low + (high - low) * shapes.reshape(len(boxes), -1, 2) + 0.5)


@numba.njit(cache=True)
def _whole(held, at):
    """A whole number as dlib writes it (one byte for sign and length, then that many bytes), and the place after it."""
    word, count = held[at], np.int64(held[at] & np.uint64(0x0F))
    value = np.int64((word >> np.uint64(8)) & ((np.uint64(1) << np.uint64(8 * count)) - np.uint64(1)))
    return (-value if word & np.uint64(0x80) else value), at + 1 + count


@numba.njit(cache=True)
def _wholes(held, at, found):
    """Fills `found` (N,) with whole numbers; gives the place after them."""
    for i in range(len(found)):
        found[i], at = _whole(held, at)
    return at


@numba.njit(cache=True)
def _reals(held, at, found):
    """Fills `found` (N,) with real numbers, each a mantissa and an exponent of two; gives the place after them."""
    for i in range(len(found)):
        mantissa, at = _whole(held, at)
        exponent, at = _whole(held, at)
        found[i] = math.ldexp(float(mantissa), exponent)
    return at


@numba.njit(cache=True)
def _read(held):
    """The fields of a `_Forest`, from the bytes of dlib's file."""
    _, at = _whole(held, 0)  # the format's version
    rows, at = _whole(held, at)
    _, at = _whole(held, at)
    mean = np.empty(abs(rows), np.float32)
    at = _reals(held, at, mean)
    levels, at = _whole(held, at)
    trees, after = _whole(held, at)
    inner, _ = _whole(held, after)
    splits, limits = np.empty((levels, trees, inner, 2), np.uint16), np.empty((levels, trees, inner), np.float32)
    leaves = np.empty((levels, trees, inner + 1, len(mean)), np.float32)
    for level in range(levels):
        _, at = _whole(held, at)
        for tree in range(trees):
            _, at = _whole(held, at)
            for k in range(inner):
                at = _wholes(held, at, splits[level, tree, k])
                at = _reals(held, at, limits[level, tree, k:k + 1])
            _, at = _whole(held, at)
            for k in range(inner + 1):
                _, at = _whole(held, at)
                _, at = _whole(held, at)
                at = _reals(held, at, leaves[level, tree, k])
    _, at = _whole(held, at)
    pixels, _ = _whole(held, at)
    anchors, offsets = np.empty((levels, pixels), np.uint16), np.empty((levels, 2 * pixels), np.float32)
    for level in range(levels):
        _, at = _whole(held, at)
        at = _wholes(held, at, anchors[level])
    _, at = _whole(held, at)
    for level in range(levels):
        _, at = _whole(held, at)
        at = _reals(held, at, offsets[level])
    return mean, anchors, offsets.reshape(levels, pixels, 2), splits, limits, leaves


@numba.njit(cache=True)
def _fit(shapes, rgb, boxes, mirrored, forest):
    """Moves `shapes` (V, S), given as the mean in shares of their boxes (V, 4), onto the face."""
    views, (levels, trees, inner) = len(boxes), forest.limits.shape
    depth = int(np.log2(inner + 1))
    seen = np.empty((views, forest.anchors.shape[1]), np.float32)
    reached = np.empty((trees, views), np.uintp)
    for level in range(levels):
        for view in range(views):
            _look(seen[view], rgb, boxes[view], mirrored[view], shapes[view], forest, level)
        for tree in range(trees):
            _descend(reached[tree], seen, forest.splits[level, tree], forest.limits[level, tree], depth)
        # All leaves are known by now, so the processor can fetch them ahead instead of waiting for each.
        for view in range(views):
            for tree in range(trees):
                k = reached[tree, view]
                for i in range(shapes.shape[1]):
                    shapes[view, i] += forest.leaves[level, tree, k, i]


@numba.njit(cache=True)
def _look(seen, rgb, box, mirrored, shape, forest, level):
    """Fills `seen` (P,) with the grey values (0 to 255) of the pixels that a level compares; outside the picture is black."""
    height, width = rgb.shape[0], rgb.shape[1]
    left, top, right, bottom = box
    along, across = _turn(forest.mean, shape)
    for k in range(len(seen)):
        x, y, anchor = forest.offsets[level, k, 0], forest.offsets[level, k, 1], forest.anchors[level, k]
        u = left + (right - left) * (along * x - across * y + shape[2 * anchor])
        v = top + (bottom - top) * (across * x + along * y + shape[2 * anchor + 1])
        column, row = int(np.floor(u + 0.5)), int(np.floor(v + 0.5))
        if 0 <= column < width and 0 <= row < height:
            pixel = rgb[row, width - 1 - column if mirrored else column]
            seen[k] = (np.int32(pixel[0]) + pixel[1] + pixel[2]) // 3
        else:
            seen[k] = 0


@numba.njit(cache=True)
def _descend(reached, seen, splits, limits, depth):
    """Fills `reached` (V,) with the numbers of the leaves that a tree's splits (K, 2) and limits (K,) lead each view to, by the
    grey values `seen` (V, P). The children of split k are 2k + 1 and 2k + 2; the leaves follow the last split."""
    for view in range(len(reached)):
        k = np.uintp(0)
        for _ in range(depth):
            step = seen[view, splits[k, 0]] - seen[view, splits[k, 1]]
            k = np.uintp(2) * k + np.uintp(2) - np.uintp(step > limits[k])
        reached[view] = k - np.uintp(len(limits))


@numba.njit(cache=True)
def _turn(mean, shape):
    """Turn and scale, as a complex number, that bring the mean shape nearest to this one."""
    count = len(mean) // 2
    mean_x, mean_y, shape_x, shape_y = 0.0, 0.0, 0.0, 0.0
    for i in range(count):
        mean_x, mean_y = mean_x + mean[2 * i], mean_y + mean[2 * i + 1]
        shape_x, shape_y = shape_x + shape[2 * i], shape_y + shape[2 * i + 1]
    along, across, spread = 0.0, 0.0, 0.0
    for i in range(count):
        x, y = mean[2 * i] - mean_x / count, mean[2 * i + 1] - mean_y / count
        u, v = shape[2 * i] - shape_x / count, shape[2 * i + 1] - shape_y / count
        along, across, spread = along + x * u + y * v, across + x * v - y * u, spread + x * x + y * y
    return np.float32(along / spread), np.float32(across / spread)
