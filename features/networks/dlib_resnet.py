"""dlib's face recognition network (King 2017; a ResNet of 29 convolutions) read from dlib's own file and run by ONNX
Runtime.

dlib's prebuilt library takes 75 ms a face on one core, the same arithmetic in ONNX Runtime a tenth of it; the numbers agree to
rounding. The file's tensors lie in the order of the network, each after the name of its layer.
"""

import re

import numpy as np

from features.networks.packaged import onnx_session

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
        weights, affine = _tensors(held, rb"con_4"), _tensors(held, rb"affine_")
        graph, side = _Graph(), (CHIP_PX - 7) // 2 + 1
        x = graph.convolved("chip", *_folded(next(weights), next(affine), 3, 7), stride=2)
        x = graph.node("MaxPool", graph.node("Relu", x), kernel_shape=[3, 3], strides=[2, 2])
        side, channels = (side - 3) // 2 + 1, 32
        for filters, halves in _BLOCKS:
            one, other = (_folded(next(weights), next(affine), depth, 3) for depth in (channels, filters))
            inside = graph.node("Relu", graph.convolved(x, *one, stride=1 + halves, border=1 - halves))
            inside = graph.convolved(inside, *other, border=1)
            if halves:
                x = graph.node("AveragePool", x, kernel_shape=[2, 2], strides=[2, 2])
                # dlib adds layers of unlike sizes as if the smaller went on in zeros.
                short = side // 2 - (side - 1) // 2
                x, inside = graph.padded(x, filters - channels, 0), graph.padded(inside, 0, short)
                side //= 2
            x, channels = graph.node("Relu", graph.node("Add", inside, x)), filters
        last, = _tensors(held, rb"fc_2", skipped=2)
        x = graph.node("Flatten", graph.node("GlobalAveragePool", x))
        graph.node("MatMul", x, graph.constant(last.reshape(channels, 128)), output="embedding")
        self._session = onnx_session(graph.model({"chip": (1, 3, CHIP_PX, CHIP_PX)}, {"embedding": (1, 128)}))

    def __call__(self, chip_uint8):
        """The embedding (128,) float32 of an aligned (150, 150, 3) uint8 chip."""
        chip = ((chip_uint8.astype(np.float32) - _MEAN) / 256).transpose(2, 0, 1)[None]
        return self._session.run(None, {"chip": np.ascontiguousarray(chip)})[0][0]


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
    """Filters (N, channels, side, side) and offsets (N,) of a convolution and the scaling after it."""
    scale, shift = affine.reshape(2, -1)
    count = len(scale)
    filters = parameters[:-count].reshape(count, channels, side, side)
    return filters * scale[:, None, None, None], parameters[-count:] * scale + shift


class _Graph:
    """An ONNX model written node by node (its format is protocol buffers); names of values are passed from node to node."""

    def __init__(self):
        self._nodes, self._constants = [], []

    def node(self, operation, *inputs, output=None, **attributes):
        output = output or f"v{len(self._nodes)}"
        # Attributes are whole numbers, in lists (type 7).
        held = [_message((1, name), *((8, value) for value in values), (20, 7)) for name, values in attributes.items()]
        self._nodes.append(_message(*((1, name) for name in inputs), (2, output), (4, operation), *((5, one) for one in held)))
        return output

    def constant(self, values):
        name = f"c{len(self._constants)}"
        values = np.asarray(values)
        # Types: 1 is float32, 7 is int64.
        self._constants.append(_message(*((1, side) for side in values.shape), (2, 1 if values.dtype == np.float32 else 7),
                                        (8, name), (9, values.tobytes())))
        return name

    def convolved(self, x, filters, offset, *, stride=1, border=0):
        return self.node("Conv", x, self.constant(filters), self.constant(offset), strides=[stride] * 2, pads=[border] * 4)

    def padded(self, x, channels, rows):
        if not channels and not rows:
            return x
        return self.node("Pad", x, self.constant(np.array([0, 0, 0, 0, 0, channels, rows, rows])))

    def model(self, inputs, outputs):
        """The bytes of the model; `inputs` and `outputs` are shapes by name."""
        graph = _message(*((1, node) for node in self._nodes), (2, "network"), *((5, held) for held in self._constants),
                         *((11, _value(*each)) for each in inputs.items()), *((12, _value(*each)) for each in outputs.items()))
        return _message((1, 8), (7, graph), (8, _message((2, 13))))


def _value(name, shape):
    sides = _message(*((1, _message((1, side))) for side in shape))
    return _message((1, name), (2, _message((1, _message((1, 1), (2, sides))))))


def _message(*fields):
    """A protocol buffer of (number, value) fields: whole numbers, text or bytes."""
    parts = []
    for number, value in fields:
        if isinstance(value, int):
            parts += [_varint(number << 3), _varint(value)]
        else:
            value = value.encode() if isinstance(value, str) else value
            parts += [_varint(number << 3 | 2), _varint(len(value)), value]
    return b"".join(parts)


def _varint(value):
    held = bytearray()
    while value > 127:
        held.append(value & 127 | 128)
        value >>= 7
    return bytes([*held, value])
