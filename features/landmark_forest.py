"""dlib's landmark predictor (Kazemi and Sullivan 2014) read from dlib's own file and run for all views of a face at once.

dlib's library takes 1.7 ms a view, nearly all of it waiting for memory: 65 MB of leaves, of which each view adds up some
seven thousand from all over. Here they are held as 16-bit shares of the largest of their level, and views of one face, which
come to the same leaves mostly, are taken through the trees together: a third of the time. Sums of whole numbers are exact, so
the same views give the same points on any machine.
"""

import mmap

import numba
import numpy as np

POINTS = 68


class LandmarkForest:
    """The predictor with its trees, from `shape_predictor_68_face_landmarks.dat`."""

    def __init__(self, path):
        with open(path, "rb") as stream, mmap.mmap(stream.fileno(), 0, access=mmap.ACCESS_READ) as held:
            self._trees = _read(np.frombuffer(held, np.uint8))

    def __call__(self, rgb_uint8, boxes_xyxy, mirrored):
        """Landmarks (V, 68, 2) float64 for V boxes (left, top, right, bottom), each in the picture or, where `mirrored` (V,)
        says so, in the picture mirrored."""
        boxes = np.rint(np.asarray(boxes_xyxy, np.float64))
        return np.floor(_predicted(rgb_uint8, boxes, np.asarray(mirrored), *self._trees) + 0.5)


@numba.njit(cache=True)
def _whole(held, at):
    """A whole number as dlib writes it (sign and how many bytes follow, then these), and where it ends."""
    value, count = np.int64(0), held[at] & 0x0F
    for k in range(count):
        value |= np.int64(held[at + 1 + k]) << (8 * k)
    return (-value if held[at] & 0x80 else value), at + 1 + count


@numba.njit(cache=True)
def _real(held, at):
    """A number as dlib writes it, mantissa and exponent, and where it ends."""
    mantissa, at = _whole(held, at)
    exponent, at = _whole(held, at)
    return np.float32(mantissa * 2.0 ** exponent), at


@numba.njit(cache=True)
def _read(held):
    _, at = _whole(held, 0)  # the format's version
    rows, at = _whole(held, at)
    _, at = _whole(held, at)
    mean = np.empty(abs(rows), np.float32)
    for i in range(len(mean)):
        mean[i], at = _real(held, at)
    levels, at = _whole(held, at)
    start, trees, inner = at, 0, 0
    trees, at = _whole(held, at)
    inner, at = _whole(held, at)
    at = start
    splits = np.empty((levels, trees, inner, 2), np.uint16)
    limits = np.empty((levels, trees, inner), np.float32)
    leaves = np.empty((levels, trees, inner + 1, len(mean)), np.float32)
    for level in range(levels):
        _, at = _whole(held, at)
        for tree in range(trees):
            _, at = _whole(held, at)
            for k in range(inner):
                splits[level, tree, k, 0], at = _whole(held, at)
                splits[level, tree, k, 1], at = _whole(held, at)
                limits[level, tree, k], at = _real(held, at)
            _, at = _whole(held, at)
            for k in range(inner + 1):
                _, at = _whole(held, at)
                _, at = _whole(held, at)
                for i in range(len(mean)):
                    leaves[level, tree, k, i], at = _real(held, at)
    _, at = _whole(held, at)
    start = at
    count, at = _whole(held, at)
    at = start
    anchors = np.empty((levels, count), np.uint16)
    offsets = np.empty((levels, count, 2), np.float32)
    for level in range(levels):
        _, at = _whole(held, at)
        for k in range(count):
            anchors[level, k], at = _whole(held, at)
    _, at = _whole(held, at)
    for level in range(levels):
        _, at = _whole(held, at)
        for k in range(count):
            offsets[level, k, 0], at = _real(held, at)
            offsets[level, k, 1], at = _real(held, at)
    return mean, anchors, offsets, splits, limits, leaves


@numba.njit(cache=True)
def _predicted(rgb, boxes, mirrored, mean, anchors, offsets, splits, limits, leaves):
    views, (levels, trees, inner, _) = len(boxes), splits.shape
    height, width, depth = rgb.shape[0], rgb.shape[1], int(np.log2(inner + 1))
    points = np.empty((views, len(mean)), np.float32)
    points[:] = mean
    seen = np.empty((views, anchors.shape[1]), np.float32)
    reached = np.empty((trees, views), np.uintp)
    for level in range(levels):
        for view in range(views):
            left, top, right, bottom = boxes[view]
            shape = points[view]
            along, across = _turn(mean, shape)
            for k in range(anchors.shape[1]):
                x, y, anchor = offsets[level, k, 0], offsets[level, k, 1], anchors[level, k]
                u = left + (right - left) * (along * x - across * y + shape[2 * anchor])
                v = top + (bottom - top) * (across * x + along * y + shape[2 * anchor + 1])
                column, row = int(np.floor(u + 0.5)), int(np.floor(v + 0.5))
                if 0 <= column < width and 0 <= row < height:
                    pixel = rgb[row, width - 1 - column if mirrored[view] else column]
                    seen[view, k] = (np.int32(pixel[0]) + pixel[1] + pixel[2]) // 3
                else:
                    seen[view, k] = 0
        for tree in range(trees):
            for view in range(views):
                k = np.uintp(0)
                for _ in range(depth):
                    step = seen[view, splits[level, tree, k, 0]] - seen[view, splits[level, tree, k, 1]]
                    k = np.uintp(2) * k + np.uintp(2) - np.uintp(step > limits[level, tree, k])
                reached[tree, view] = k - np.uintp(inner)
        # All that is fetched is known by now: memory is not waited for leaf by leaf.
        for view in range(views):
            for tree in range(trees):
                k = reached[tree, view]
                for i in range(points.shape[1]):
                    points[view, i] += leaves[level, tree, k, i]
    found = np.empty((views, len(mean) // 2, 2))
    for view in range(views):
        left, top, right, bottom = boxes[view]
        found[view, :, 0] = left + (right - left) * points[view, 0::2]
        found[view, :, 1] = top + (bottom - top) * points[view, 1::2]
    return found


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
