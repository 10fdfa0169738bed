"""Where the painted eyes look: the iris found in each eye, against the corners of the eye and the turn of the head."""

import numpy as np
from jaxtyping import Float, UInt8

from data.estimate import Estimate
from data.landmarks import LEFT_EYE_INNER, LEFT_EYE_OUTER, RIGHT_EYE_INNER, RIGHT_EYE_OUTER
from features.face import chips
from features.networks.packaged import run_iris

# An eye's opening is about 30 mm wide; its ball has a radius of 12 mm, and the corners lie at 0.8 of it.
_EYE_MM, _BALL_MM, _CORNERS = 30.0, 12.0, 0.8
_AT_VIEWER_DEG = 16.0  # eyes turned less than this from straight out of the picture look at the viewer
_EDGE_DEG = 8  # how far from that limit an answer becomes sure
_LEAST_EYE_PX = 9  # narrower eyes are not read
_CHIP_PX, _CHIP_SIDE = 64, 2.3  # the iris model's view: its size, and its side over the width of the eye
_AGREE = 0.15  # difference between the two irises' offsets, in eye widths, at which confidence has fallen to 1 / e
_ANGLE_SURE = 0.6  # factor on the confidence of the angle, which is less sure than the side
# Each eye from the viewer's left to right, and whether the model, which knows one eye, is shown it mirrored.
_EYES = ((LEFT_EYE_OUTER, LEFT_EYE_INNER, False), (RIGHT_EYE_INNER, RIGHT_EYE_OUTER, True))


def iris_offsets(rgb: UInt8[np.ndarray, "H W 3"], landmarks_xy: Float[np.ndarray, "68 2"]) -> tuple[float, float]:
    """How far each iris lies to the viewer's right of its eye's middle, in widths of the eye: (left, right)."""
    left, right = (_iris_offset(rgb, landmarks_xy[first], landmarks_xy[second], mirrored)
                   for first, second, mirrored in _EYES)
    return left, right


def _iris_offset(rgb: np.ndarray, first: np.ndarray, second: np.ndarray, mirrored: bool) -> float:
    """How far the iris of one eye lies to the viewer's right of the middle between its two corners, in widths of the eye."""
    along = second - first
    width = float(np.linalg.norm(along))
    roll = float(np.arctan2(along[1], along[0]))
    chip = chips.sample(rgb, chips.view_matrix((first + second) / 2, _CHIP_SIDE * width, roll, _CHIP_PX), _CHIP_PX)
    _, iris = run_iris(np.ascontiguousarray(chip[:, ::-1]) if mirrored else chip)
    x = _CHIP_PX - 1 - iris[0, 0] if mirrored else iris[0, 0]
    return float((x - (_CHIP_PX - 1) / 2) * _CHIP_SIDE / _CHIP_PX)


def gaze(rgb: UInt8[np.ndarray, "H W 3"], landmarks_xy: Float[np.ndarray, "68 2"], yaw_deg: float) -> dict[str, Estimate]:
    """Where the eyes look.

    Parameters
    ----------
    rgb : (H, W, 3) uint8
    landmarks_xy : (68, 2)
        In pixels of `rgb`.
    yaw_deg : float
        Of the head, positive to the viewer's right.

    Returns
    -------
    dict
        Attributes `gaze` (left, viewer, right) and `gaze_yaw_deg` (positive: to the viewer's right); both without a value where
        the eyes are too small.
    """
    widths = [np.linalg.norm(landmarks_xy[first] - landmarks_xy[second]) for first, second, _ in _EYES]
    if max(widths) < _LEAST_EYE_PX:
        return {"gaze": Estimate(None, 0.0, "model:iris"), "gaze_yaw_deg": Estimate(None, 0.0, "model:iris")}
    left, right = iris_offsets(rgb, landmarks_xy)
    # The nearer eye shows more: eyes weigh by their painted width.
    offset = float(np.average([left, right], weights=np.square(widths)))
    turn = np.radians(yaw_deg)
    sine = offset * _EYE_MM * np.cos(turn) / _BALL_MM + _CORNERS * np.sin(turn)
    angle = float(np.degrees(np.arcsin(np.clip(sine, -1, 1))))
    side = "viewer" if abs(angle) < _AT_VIEWER_DEG else ("left" if angle < 0 else "right")
    agree = float(np.exp(-((left - right) / _AGREE) ** 2))
    sure = agree * float(1 - 0.5 * np.exp(-abs(abs(angle) - _AT_VIEWER_DEG) / _EDGE_DEG))
    return {"gaze": Estimate(side, sure, "model:iris"),
            "gaze_yaw_deg": Estimate(round(angle, 1), _ANGLE_SURE * agree, "model:iris")}
