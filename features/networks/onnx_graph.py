"""An ONNX model written node by node, as bytes, without the onnx package: its format is protocol buffers.

Numbers below are those of the fields in onnx.proto (https://github.com/onnx/onnx/blob/main/onnx/onnx.proto).
"""

from collections.abc import Mapping, Sequence

import numpy as np

_IR_VERSION, _OPSET = 8, 13  # of the format, and of the set of operations
_FLOAT32, _INT64 = 1, 7  # types of tensors
_WHOLE_NUMBERS = 7  # type of an attribute that is a list of whole numbers


class OnnxGraph:
    """A model in the making; values are passed from node to node by their names."""

    def __init__(self) -> None:
        self._nodes: list[bytes] = []
        self._constants: list[bytes] = []

    def node(self, operation: str, *inputs: str, output: str | None = None, **attributes: Sequence[int]) -> str:
        """Add one operation.

        Parameters
        ----------
        operation : str
            As ONNX calls it.
        inputs : str
            Names of values.
        output : str, optional
            Name of the result; by default a new one.
        attributes : sequence of int
            Lists of whole numbers, the only kind that is needed here.

        Returns
        -------
        str
            The name of the result.
        """
        output = output or f"v{len(self._nodes)}"
        held = [_message((1, name), *((8, value) for value in values), (20, _WHOLE_NUMBERS))
                for name, values in attributes.items()]
        self._nodes.append(_message(*((1, name) for name in inputs), (2, output), (4, operation), *((5, one) for one in held)))
        return output

    def constant(self, values: np.ndarray) -> str:
        """Add a tensor of float32 or int64; its name."""
        name = f"c{len(self._constants)}"
        values = np.asarray(values)
        kind = _FLOAT32 if values.dtype == np.float32 else _INT64
        self._constants.append(_message(*((1, side) for side in values.shape), (2, kind), (8, name), (9, values.tobytes())))
        return name

    def convolved(self, x: str, filters: np.ndarray, offset: np.ndarray, *, stride: int = 1, border: int = 0) -> str:
        """Add a convolution.

        Parameters
        ----------
        x : str
            Name of a value (1, channels, H, W).
        filters : (N, channels, side, side) float32
        offset : (N,) float32
        stride, border : int
            Pixels from one place to the next; zeros added on every side.

        Returns
        -------
        str
            Name of the result.
        """
        return self.node("Conv", x, self.constant(filters), self.constant(offset), strides=[stride] * 2, pads=[border] * 4)

    def padded(self, x: str, channels: int, rows: int) -> str:
        """Add zeros after a value's own.

        Parameters
        ----------
        x : str
            Name of a value (1, C, H, W).
        channels, rows : int
            How many channels, and how many rows and columns, are added; with none of either `x` stays.

        Returns
        -------
        str
            Name of the result.
        """
        if not channels and not rows:
            return x
        return self.node("Pad", x, self.constant(np.array([0, 0, 0, 0, 0, channels, rows, rows])))

    def model(self, inputs: Mapping[str, Sequence[int]], outputs: Mapping[str, Sequence[int]]) -> bytes:
        """The bytes of the model; `inputs` and `outputs` are shapes by name."""
        graph = _message(*((1, node) for node in self._nodes), (2, "network"), *((5, held) for held in self._constants),
                         *((11, _value(*each)) for each in inputs.items()), *((12, _value(*each)) for each in outputs.items()))
        return _message((1, _IR_VERSION), (7, graph), (8, _message((2, _OPSET))))


def _value(name: str, shape: Sequence[int]) -> bytes:
    """The description of a float32 tensor that goes in or comes out."""
    sides = _message(*((1, _message((1, side))) for side in shape))
    return _message((1, name), (2, _message((1, _message((1, _FLOAT32), (2, sides))))))


def _message(*fields: tuple[int, int | str | bytes]) -> bytes:
    """A protocol buffer of (number, value) fields: whole numbers, text or bytes."""
    parts = []
    for number, value in fields:
        if isinstance(value, int):
            parts += [_varint(number << 3), _varint(value)]
        else:
            held = value.encode() if isinstance(value, str) else value
            parts += [_varint(number << 3 | 2), _varint(len(held)), held]
    return b"".join(parts)


def _varint(value: int) -> bytes:
    """A whole number in groups of seven bits, the lowest first; the eighth bit says that more follow."""
    held = bytearray()
    while value > 127:
        held.append(value & 127 | 128)
        value >>= 7
    return bytes([*held, value])
