"""Of a photographed woman the shoulders are found below the chin, one on either side, and both views agree."""

import numpy as np

from features.face.upright import upright_frame
from features.figure.pose import find_body


def test_shoulders_lie_below_the_chin_on_either_side(photo, face):
    frame = upright_frame(face.landmarks_xy)
    body = find_body(photo, frame)
    (left, left_y), (right, right_y) = (body.shoulders_xy - frame.centre_xy) / frame.unit_px
    assert -4 < left < -1 and 1 < right < 4 and 2 < left_y < 5 and 2 < right_y < 5
    assert body.shoulders_confidence > 0.5 and body.apart[11:13].max() < 0.7


def test_the_torso_turns_the_other_way_in_a_mirror(photo, face):
    from data.landmarks import mirror
    turned = find_body(photo, upright_frame(face.landmarks_xy)).turn_deg
    flipped = np.ascontiguousarray(photo[:, ::-1])
    seen = find_body(flipped, upright_frame(mirror(face.landmarks_xy, photo.shape[1]))).turn_deg
    assert abs(turned + seen) < 25


def test_a_picture_without_a_body_is_unsure():
    grey = np.full((300, 300, 3), 90, np.uint8)
    from features.face.upright import FaceFrame
    assert find_body(grey, FaceFrame(np.array([150.0, 60.0]), 20.0, 0.0)).shoulders_confidence < 0.3
