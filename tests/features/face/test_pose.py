"""Yaw changes sign in the mirror, roll follows the picture, and what the plane says agrees with depth."""

import cv2
import numpy as np
import pytest

from features.face.detection import find_candidates
from features.face.landmarks import find_landmarks
from features.face.pose import head_pose


def pose_of(rgb):
    return head_pose(find_landmarks(rgb, find_candidates(rgb)[0]))


def test_mirror_changes_the_sign_of_yaw(photo, face):
    straight, mirrored = head_pose(face), pose_of(np.ascontiguousarray(photo[:, ::-1]))
    assert straight.yaw_deg == pytest.approx(-mirrored.yaw_deg, abs=4)
    assert straight.pitch_deg == pytest.approx(mirrored.pitch_deg, abs=4)


def test_roll_follows_the_picture(photo, face):
    matrix = cv2.getRotationMatrix2D((222, 115), 20, 1.0)
    turned = pose_of(cv2.warpAffine(photo, matrix, (512, 512), borderMode=cv2.BORDER_REPLICATE))
    assert turned.roll_deg - head_pose(face).roll_deg == pytest.approx(-20, abs=4)


def test_depth_and_plane_agree(face):
    pose = head_pose(face)
    assert abs(pose.yaw_deg - pose.plane_yaw_deg) < 15
