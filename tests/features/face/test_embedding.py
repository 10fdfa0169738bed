"""One sitter stays near however the picture is scaled; another sitter is far."""

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
    np.testing.assert_allclose(straight, face_embedding(photo.astype(np.float32) / 255, face.landmarks_xy), atol=1e-6)
