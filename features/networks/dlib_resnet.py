"""dlib's face recognition network (King 2017; a ResNet of 29 convolutions) read from dlib's own file and run by ONNX
Runtime.

dlib's prebuilt library takes 75 ms a face on one core, the same arithmetic in ONNX Runtime a tenth of it; the numbers agree to
rounding. The file's tensors lie in the order of the network, each after the name of its layer.
"""

import re
from collections.abc import Iterator
from pathlib import Path

import numpy as np
from jaxtyping import Float32, UInt8

from features.networks.onnx_graph import OnnxGraph
from features.networks.runtime import onnx_session

CHIP_PX = 150
"""Side of the aligned picture of a face that the network sees."""
DLIB_MEAN_RGB = np.array([122.782, 117.001, 104.298], np.float32)
"""Mean colour that dlib's networks take off a picture first; the difference is divided by DLIB_SPREAD."""
DLIB_SPREAD = 256
_EMBEDDING = 128
_FIRST_PX, _INNER_PX = 7, 3  # sides of the filters of the first and of all other convolutions
# Filters of each residual block, and whether it halves the picture.
_BLOCKS = ((32, 0), (32, 0), (32, 0), (64, 1), (64, 0), (64, 0), (64, 0), (128, 1), (128, 0), (128, 0), (256, 1),
           (256, 0), (256, 0), (256, 1))


class FaceNetwork:
    """The network with its weights, from `dlib_face_recognition_resnet_model_v1.dat`."""

    def __init__(self, path: Path | str) -> None:
        self._session = onnx_session(_model(Path(path).read_bytes()))

    def __call__(self, chip_uint8: UInt8[np.ndarray, "150 150 3"]) -> Float32[np.ndarray, "128"]:
        """The embedding of an aligned face."""
        chip = ((chip_uint8.astype(np.float32) - DLIB_MEAN_RGB) / DLIB_SPREAD).transpose(2, 0, 1)[None]
        return self._session.run(None, {"chip": np.ascontiguousarray(chip)})[0][0]


def _model(held: bytes) -> bytes:
    """The network in ONNX's format, from the bytes of dlib's file: "chip" (1, 3, 150, 150) to "embedding" (1, 128)."""
    weights, affine = _tensors(held, rb"con_4"), _tensors(held, rb"affine_")
    graph, side = OnnxGraph(), (CHIP_PX - _FIRST_PX) // 2 + 1
    x = graph.convolved("chip", *_folded(next(weights), next(affine), 3, _FIRST_PX), stride=2)
    x = graph.node("MaxPool", graph.node("Relu", x), kernel_shape=[3, 3], strides=[2, 2])
    side, channels = (side - 3) // 2 + 1, _BLOCKS[0][0]
    for filters, halves in _BLOCKS:
        one, other = (_folded(next(weights), next(affine), depth, _INNER_PX) for depth in (channels, filters))
        inside = graph.node("Relu", graph.convolved(x, *one, stride=1 + halves, border=1 - halves))
        inside = graph.convolved(inside, *other, border=1)
        if halves:
            x = graph.node("AveragePool", x, kernel_shape=[2, 2], strides=[2, 2])
            # dlib adds layers of different sizes as if the smaller one were padded with zeros.
            short = side // 2 - (side - 1) // 2
            x, inside = graph.padded(x, filters - channels, 0), graph.padded(inside, 0, short)
            side //= 2
        x, channels = graph.node("Relu", graph.node("Add", inside, x)), filters
    last, = _tensors(held, rb"fc_2", skipped=2)
    x = graph.node("Flatten", graph.node("GlobalAveragePool", x))
    graph.node("MatMul", x, graph.constant(last.reshape(channels, _EMBEDDING)), output="embedding")
    return graph.model({"chip": (1, 3, CHIP_PX, CHIP_PX)}, {"embedding": (1, _EMBEDDING)})


def _tensors(held: bytes, layer: bytes, skipped: int = 0) -> Iterator[Float32[np.ndarray, " N"]]:
    """The parameters of each layer of that name; `skipped` whole numbers stand before them."""
    for found in re.finditer(b"\x01" + bytes([len(layer)]) + re.escape(layer), held):
        at = found.end()
        for _ in range(skipped + 1):  # and the format's version
            _, at = _whole_number(held, at)
        count = 1
        for _ in range(4):
            side, at = _whole_number(held, at)
            count *= side
        yield np.frombuffer(held, "<f4", count, at)


def _whole_number(held: bytes, at: int) -> tuple[int, int]:
    """A whole number as dlib writes it (one byte for its length, then that many bytes), and the place after it."""
    length = held[at] & 0x0F
    return int.from_bytes(held[at + 1:at + 1 + length], "little"), at + 1 + length


def _folded(parameters: np.ndarray, affine: np.ndarray, channels: int, side: int) -> tuple[np.ndarray, np.ndarray]:
    """Filters (N, channels, side, side) and offsets (N,) of a convolution and the scaling after it, as one convolution."""
    scale, shift = affine.reshape(2, -1)
    count = len(scale)
    filters = parameters[:-count].reshape(count, channels, side, side)
    return filters * scale[:, None, None, None], parameters[-count:] * scale + shift
