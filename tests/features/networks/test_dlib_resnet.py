"""dlib's face recognition network, read from its file and run by us, answers as dlib's library does."""

import numpy as np
import pytest

from features.networks.dlib_resnet import FaceNetwork
from features.networks.packaged import EMBEDDER_FILE
from features.networks.runtime import package_file

pytestmark = pytest.mark.weights


def test_the_network_answers_as_dlib_does(photo):
    import dlib

    path = package_file(*EMBEDDER_FILE)
    ours, theirs = FaceNetwork(path), dlib.face_recognition_model_v1(path)
    for chip in (photo[30:180, 140:290], np.random.default_rng(1).integers(0, 255, (150, 150, 3), np.uint8)):
        chip = np.ascontiguousarray(chip)
        np.testing.assert_allclose(ours(chip), np.array(theirs.compute_face_descriptor(chip)), atol=2e-6)
