"""What both sources see and the detector is sure of is a face; what only one of them sees is doubted."""

from dataclasses import replace

import numpy as np
import pytest

from features.face.confidence import face_confidence
from features.face.detection import FaceCandidate


def candidate(score):
    return FaceCandidate(np.zeros(2), 100.0, np.zeros((6, 2)), score, "blazeface")


@pytest.mark.weights
def test_confidence_rises_with_each_kind_of_evidence(face):
    sure = face_confidence(candidate(0.9), face)
    assert sure > 0.9
    assert sure > face_confidence(candidate(0.4), face) > face_confidence(candidate(0.01), face)
    assert sure > face_confidence(candidate(0.9), replace(face, face_logit=-5.0))
    assert sure > face_confidence(candidate(0.9), replace(face, disagreement=0.2))


@pytest.mark.weights
def test_paint_that_no_source_knows_is_no_face_unless_it_fills_the_picture(face):
    nothing = replace(face, face_logit=-3.0, disagreement=0.15)
    assert face_confidence(candidate(0.5), nothing) < 0.2
    large = face_confidence(candidate(0.5), nothing, share=0.6)
    assert face_confidence(candidate(0.5), nothing) == face_confidence(candidate(0.5), nothing, share=0.2) < large < 0.5


@pytest.mark.weights
def test_certainty_has_limits(face):
    def confidence(score, logit):
        return face_confidence(candidate(score), replace(face, face_logit=logit))

    assert confidence(1.0, 500.0) == confidence(0.999, 12.0) < 1
    assert 0 < confidence(0.0, -500.0) == confidence(0.001, -12.0) < 0.01
