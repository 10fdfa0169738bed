"""Where the painted eyes look: the iris found in each eye, against the corners of the eye and the turn of the head."""

import numpy as np

from data.estimate import Estimate
from data.landmarks import LEFT_EYE_INNER, LEFT_EYE_OUTER, RIGHT_EYE_INNER, RIGHT_EYE_OUTER
from features.face import chips
from features.networks import packaged

# An eye's opening is about 30 mm wide; its ball has a radius of 12 mm, and the corners lie at 0.8 of it.
_EYE_MM, _BALL_MM, _CORNERS = 30.0, 12.0, 0.8
_AT_VIEWER_DEG = 16.0
_LEAST_EYE_PX = 9


def iris_offsets(rgb, landmarks_xy):
    """How far each iris lies to the viewer's right of its eye's middle, in widths of the eye: (left, right)."""
    offsets = []
    for a, b, mirrored in ((LEFT_EYE_OUTER, LEFT_EYE_INNER, False), (RIGHT_EYE_INNER, RIGHT_EYE_OUTER, True)):
        first, second = landmarks_xy[a], landmarks_xy[b]
        along = second - first
        width = float(np.linalg.norm(along))
        matrix = chips.view_matrix((first + second) / 2, 2.3 * width, float(np.arctan2(along[1], along[0])), 64)
        chip = chips.sample(rgb, matrix, 64)
        # The model knows one eye; the other is shown to it mirrored.
        _, iris = packaged.run_iris(np.ascontiguousarray(chip[:, ::-1]) if mirrored else chip)
        x = 63 - iris[0, 0] if mirrored else iris[0, 0]
        offsets.append(float((x - 31.5) * 2.3 / 64))
    return offsets


def gaze(rgb, landmarks_xy, yaw_deg):
    """Attributes `gaze` (left, viewer, right) and `gaze_yaw_deg` (positive: to the viewer's right)."""
    widths = [np.linalg.norm(landmarks_xy[a] - landmarks_xy[b])
              for a, b in ((LEFT_EYE_OUTER, LEFT_EYE_INNER), (RIGHT_EYE_INNER, RIGHT_EYE_OUTER))]
    if max(widths) < _LEAST_EYE_PX:
        return {"gaze": Estimate(None, 0.0, "model:iris"), "gaze_yaw_deg": Estimate(None, 0.0, "model:iris")}
    left, right = iris_offsets(rgb, landmarks_xy)
    # The nearer eye shows more: eyes weigh by their painted width.
    offset = float(np.average([left, right], weights=np.square(widths)))
    turn = np.radians(yaw_deg)
    sine = offset * _EYE_MM * np.cos(turn) / _BALL_MM + _CORNERS * np.sin(turn)
    angle = float(np.degrees(np.arcsin(np.clip(sine, -1, 1))))
    side = "viewer" if abs(angle) < _AT_VIEWER_DEG else ("left" if angle < 0 else "right")
    agree = float(np.exp(-((left - right) / 0.15) ** 2))
    sure = agree * float(1 - 0.5 * np.exp(-abs(abs(angle) - _AT_VIEWER_DEG) / 8))
    return {"gaze": Estimate(side, sure, "model:iris"),
            "gaze_yaw_deg": Estimate(round(angle, 1), 0.6 * agree, "model:iris")}
