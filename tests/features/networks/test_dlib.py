"""dlib's own files, read and run by us, answer as dlib's library does."""

import numpy as np
import pytest

from features.networks.dlib_resnet import FaceNetwork
from features.networks.packaged import EMBEDDER_FILE, PREDICTOR_FILE, run_predictor
from features.networks.runtime import package_file

pytestmark = pytest.mark.weights


def test_the_trees_give_the_points_dlib_gives(photo):
    import dlib

    theirs = dlib.shape_predictor(package_file(*PREDICTOR_FILE))
    boxes = [(160, 40, 290, 170), (178, 64, 266, 152), (-40, -30, 90, 100), (400, 380, 560, 540)]
    for mirrored in (False, True):
        seen = np.ascontiguousarray(photo[:, ::-1]) if mirrored else photo
        expected = [[(point.x, point.y) for point in theirs(seen, dlib.rectangle(*box)).parts()] for box in boxes]
        np.testing.assert_array_equal(run_predictor(photo, boxes, [mirrored] * len(boxes)), expected)


def test_the_network_answers_as_dlib_does(photo):
    import dlib

    path = package_file(*EMBEDDER_FILE)
    ours, theirs = FaceNetwork(path), dlib.face_recognition_model_v1(path)
    for chip in (photo[30:180, 140:290], np.random.default_rng(1).integers(0, 255, (150, 150, 3), np.uint8)):
        chip = np.ascontiguousarray(chip)
        np.testing.assert_allclose(ours(chip), np.array(theirs.compute_face_descriptor(chip)), atol=2e-6)
