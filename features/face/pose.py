"""How the head is turned: from the mesh in depth, checked against where the landmarks lie in the plane."""

from dataclasses import dataclass

import numpy as np

from data.landmarks import LEFT_EYE, NOSE_TIP, RIGHT_EYE
from features.face.landmarks import to_upright

# Mesh points of a line across and a line down the face that expressions hardly move.
_ACROSS = ((33, 263), (133, 362), (127, 356), (234, 454))
_DOWN = ((10, 152), (151, 2), (9, 164))


@dataclass(frozen=True)
class Pose:
    """Degrees: yaw positive to the viewer's right, pitch positive up, roll positive clockwise as seen.

    `plane_yaw_deg` is the same yaw told from the plane alone (nose tip between the sides of the face).
    """

    yaw_deg: float
    pitch_deg: float
    roll_deg: float
    plane_yaw_deg: float


def head_pose(geometry):
    """The Pose of a `features.face.landmarks.Geometry`."""
    mesh = geometry.mesh_xyz
    across = np.sum([mesh[b] - mesh[a] for a, b in _ACROSS], axis=0)
    down = np.sum([mesh[b] - mesh[a] for a, b in _DOWN], axis=0)
    normal = np.cross(across, down)
    forward = -normal / np.linalg.norm(normal)
    plane_yaw = _plane_yaw_deg(geometry.landmarks_xy)
    depth_yaw = np.degrees(np.arctan2(forward[0], -forward[2]))
    pitch = np.degrees(np.arctan2(-forward[1], np.hypot(forward[0], forward[2])))
    eyes = geometry.landmarks_xy[RIGHT_EYE].mean(0) - geometry.landmarks_xy[LEFT_EYE].mean(0)
    return Pose(float(depth_yaw), float(pitch), float(np.degrees(np.arctan2(eyes[1], eyes[0]))), plane_yaw)


def _plane_yaw_deg(landmarks_xy):
    """Yaw from where the nose tip lies beside the eyes' middle: a nose stands about 0.5 of eyes-to-mouth before it."""
    upright, _ = to_upright(landmarks_xy)
    return float(np.degrees(np.arcsin(np.clip(upright[NOSE_TIP, 0] / 0.62, -1, 1))))
