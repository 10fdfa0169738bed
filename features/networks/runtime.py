"""Where the files of trained networks lie, and the two engines that run them: LiteRT and ONNX Runtime, on one thread each.

Nothing is downloaded: every file belongs to an installed package.
"""

import importlib.util
import os
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
from jaxtyping import Float32

from data.errors import PortraitError

_STDERR = 2  # its file descriptor


class MissingModelError(PortraitError):
    """A package that carries a trained model is not installed."""


def package_file(package: str, inside: str) -> str:
    """The path of a file that an installed package carries; MissingModelError if it is not there."""
    found = importlib.util.find_spec(package)
    path = Path(found.origin).parent / inside if found and found.origin else None
    if path is None or not path.is_file():
        raise MissingModelError(
            f"the model file {inside} of the Python package {package} was expected and is not there: run `make` to "
            "install Atelier's environment, or install that package without its dependencies")
    return str(path)


class LiteNetwork:
    """A .tflite network on one thread."""

    def __init__(self, path: Path | str) -> None:
        with _quiet_stderr():
            from ai_edge_litert.interpreter import Interpreter
            self._interpreter = Interpreter(path, num_threads=1)
            self._interpreter.allocate_tensors()
        self._input = self._interpreter.get_input_details()[0]["index"]
        self._outputs = {output["name"]: output["index"] for output in self._interpreter.get_output_details()}

    def __call__(self, picture: Float32[np.ndarray, "H W 3"], *names: str) -> list[np.ndarray]:
        """The outputs of these names for one picture, each with a leading axis of length 1."""
        self._interpreter.set_tensor(self._input, picture[None])
        self._interpreter.invoke()
        return [self._interpreter.get_tensor(self._outputs[name]) for name in names]


@cache
def lite_network(package: str, inside: str) -> LiteNetwork:
    """The network in a package's .tflite file, loaded on first use, once per process."""
    return LiteNetwork(package_file(package, inside))


def onnx_session(model: str | bytes) -> Any:
    """ONNX Runtime's session, on one thread, for a model given as a path or as its bytes."""
    import onnxruntime  # delays onnxruntime: half a second that most commands do not need

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    return onnxruntime.InferenceSession(model, options, providers=["CPUExecutionProvider"])


@contextmanager
def _quiet_stderr() -> Iterator[None]:
    """Silence file descriptor 2: LiteRT prints a greeting from C++ when it first starts, and has no setting against it."""
    held = os.dup(_STDERR)
    with open(os.devnull, "w") as nowhere:
        os.dup2(nowhere.fileno(), _STDERR)
    try:
        yield
    finally:
        os.dup2(held, _STDERR)
        os.close(held)
