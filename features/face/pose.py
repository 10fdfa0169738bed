"""How the head is turned: from the mesh in depth, checked against where the landmarks lie in the plane."""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float

from data.landmarks import LEFT_EYE, NOSE_TIP, RIGHT_EYE
from features.face.geometry import Geometry
from features.face.upright import to_upright

# Mesh points at both ends of lines across and down the face that expressions hardly move.
_ACROSS = ((33, 263), (133, 362), (127, 356), (234, 454))
_DOWN = ((10, 152), (151, 2), (9, 164))
# How far a nose tip stands before the eyes, in units of eyes to mouth: the sine of the yaw is its shift over this.
_NOSE = 0.62


@dataclass(frozen=True)
class Pose:
    """Degrees: yaw positive to the viewer's right, pitch positive up, roll positive clockwise as seen.

    `plane_yaw_deg` is the same yaw told from the plane alone (nose tip between the sides of the face).
    """

    yaw_deg: float
    pitch_deg: float
    roll_deg: float
    plane_yaw_deg: float


def head_pose(geometry: Geometry) -> Pose:
    """How the head of these landmarks is turned."""
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


def _plane_yaw_deg(landmarks_xy: Float[np.ndarray, "68 2"]) -> float:
    """Yaw from how far the nose tip lies beside the eyes' middle."""
    upright, _ = to_upright(landmarks_xy)
    return float(np.degrees(np.arcsin(np.clip(upright[NOSE_TIP, 0] / _NOSE, -1, 1))))
