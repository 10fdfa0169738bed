"""One sitter stays near however the picture is scaled; another sitter is far; our arithmetic is dlib's."""

import cv2
import numpy as np

from features.face.embedding import face_embedding
from features.measure import measure_scan


def test_same_sitter_is_near_and_another_far(photo, face, corpora):
    straight = face_embedding(photo, face.landmarks_xy)
    assert straight.shape == (128,) and straight.dtype == np.float32
    large = cv2.resize(photo, None, fx=1.5, fy=1.5, interpolation=cv2.INTER_CUBIC).astype(np.float32) / 255
    assert np.linalg.norm(straight - face_embedding(large, (face.landmarks_xy + 0.5) * 1.5 - 0.5)) < 0.25
    other = measure_scan(corpora("rembrandt-self") / "ZP_20.jpg").sitter
    assert np.linalg.norm(straight - other.embedding) > 0.6


def test_the_network_answers_as_dlib_does(photo):
    import dlib

    from features.networks import packaged
    from features.networks.dlib_resnet import FaceNetwork

    path = packaged._package_file("face_recognition_models", "models/dlib_face_recognition_resnet_model_v1.dat")
    ours, theirs = FaceNetwork(path), dlib.face_recognition_model_v1(path)
    for chip in (photo[30:180, 140:290], np.random.default_rng(1).integers(0, 255, (150, 150, 3), np.uint8)):
        chip = np.ascontiguousarray(chip)
        np.testing.assert_allclose(ours(chip), np.array(theirs.compute_face_descriptor(chip)), atol=2e-6)
