"""dlib's face recognition network (King 2017; a ResNet of 29 convolutions) read from dlib's own file and run with NumPy.

dlib's prebuilt library takes 75 ms a face on one core, the same arithmetic as matrix products a tenth of it; the numbers
agree to rounding. The file's tensors lie in the order of the network, each after the name of its layer.
"""

import re

import numpy as np

CHIP_PX = 150
_MEAN = np.array([122.782, 117.001, 104.298], np.float32)
# Filters of each residual block, and whether it halves the picture.
_BLOCKS = ((32, 0), (32, 0), (32, 0), (64, 1), (64, 0), (64, 0), (64, 0), (128, 1), (128, 0), (128, 0), (256, 1),
           (256, 0), (256, 0), (256, 1))


class FaceNetwork:
    """The network with its weights, from `dlib_face_recognition_resnet_model_v1.dat`."""

    def __init__(self, path):
        with open(path, "rb") as stream:
            held = stream.read()
        weights = iter(_tensors(held, rb"con_4"))
        affine = iter(_tensors(held, rb"affine_"))
        self._first = _folded(next(weights), next(affine), 3, 7)
        self._blocks, channels = [], 32
        for filters, halves in _BLOCKS:
            one = _folded(next(weights), next(affine), channels, 3)
            other = _folded(next(weights), next(affine), filters, 3)
            self._blocks.append((halves, one, other))
            channels = filters
        last, = _tensors(held, rb"fc_2", skipped=2)
        self._last = last.reshape(channels, 128)

    def __call__(self, chip_uint8):
        """The embedding (128,) float32 of an aligned (150, 150, 3) uint8 chip."""
        x = (chip_uint8.astype(np.float32) - _MEAN) / 256
        x = _pooled(np.maximum(_convolved(x, *self._first, 7, 2, 0), 0), 3, np.maximum)
        for halves, one, other in self._blocks:
            inside = np.maximum(_convolved(x, *one, 3, 2 if halves else 1, 0 if halves else 1), 0)
            inside = _convolved(inside, *other, 3, 1, 1)
            x = np.maximum(_added(inside, _pooled(x, 2, np.add) / 4) if halves else inside + x, 0)
        return x.mean((0, 1)) @ self._last


def _tensors(held, layer, skipped=0):
    """The parameters (N,) float32 of each layer of that name; `skipped` whole numbers stand before them."""
    for found in re.finditer(b"\x01" + bytes([len(layer)]) + re.escape(layer), held):
        at = found.end()
        for _ in range(skipped + 1):  # and the format's version
            _, at = _whole(held, at)
        count = 1
        for _ in range(4):
            side, at = _whole(held, at)
            count *= side
        yield np.frombuffer(held, "<f4", count, at)


def _whole(held, at):
    """A whole number as dlib writes it (how many bytes follow, then these), and where it ends."""
    length = held[at] & 0x0F
    return int.from_bytes(held[at + 1:at + 1 + length], "little"), at + 1 + length


def _folded(parameters, affine, channels, side):
    """Filters (side * side * channels, N) and offsets (N,) of a convolution and the scaling after it."""
    scale, shift = affine.reshape(2, -1)
    count = len(scale)
    filters = parameters[:-count].reshape(count, channels, side, side).transpose(2, 3, 1, 0)
    return np.ascontiguousarray(filters.reshape(-1, count) * scale), parameters[-count:] * scale + shift


def _convolved(x, filters, offset, side, stride, border):
    if border:
        x = np.pad(x, ((border, border), (border, border), (0, 0)))
    height, width = ((length - side) // stride + 1 for length in x.shape[:2])
    columns = np.concatenate([x[i:i + stride * height:stride, j:j + stride * width:stride]
                              for i in range(side) for j in range(side)], axis=2)
    return (columns.reshape(height * width, -1) @ filters + offset).reshape(height, width, -1)


def _pooled(x, side, gather):
    """Windows of `side`, two apart, gathered by a ufunc."""
    height, width = ((length - side) // 2 + 1 for length in x.shape[:2])
    found = None
    for i in range(side):
        for j in range(side):
            part = x[i:i + 2 * height:2, j:j + 2 * width:2]
            found = part.copy() if found is None else gather(found, part, out=found)
    return found


def _added(x, other):
    """The sum, zeros where one ends before the other, as dlib adds layers of unlike sizes."""
    shape = np.maximum(x.shape, other.shape)
    total = np.zeros(shape, np.float32)
    total[:x.shape[0], :x.shape[1], :x.shape[2]] += x
    total[:other.shape[0], :other.shape[1], :other.shape[2]] += other
    return total
