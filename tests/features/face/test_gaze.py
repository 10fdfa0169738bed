"""Gaze turns round in the mirror, and is withheld where the eyes are too small to tell."""

import cv2
import numpy as np
import pytest

from data.landmarks import mirror
from features.face.gaze import gaze, iris_offsets


def test_mirror_turns_the_gaze(photo, face):
    straight = iris_offsets(photo, face.landmarks_xy)
    flipped = iris_offsets(np.ascontiguousarray(photo[:, ::-1]), mirror(face.landmarks_xy, 512))
    assert straight == pytest.approx([-flipped[1], -flipped[0]], abs=0.04)


def test_tiny_eyes_tell_nothing(photo, face):
    small = cv2.resize(photo, (128, 128), interpolation=cv2.INTER_AREA)
    assert gaze(small, (face.landmarks_xy + 0.5) / 4 - 0.5, 0.0)["gaze"].value is None
