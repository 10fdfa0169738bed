"""A hand as a whole: all skin that hangs together with its joints, and the bare forearm behind it, as one polygon."""

import cv2
import numpy as np
from jaxtyping import Bool, Float, Float32, Float64, UInt8

from data.colour import from_uint8, rgb_to_lab
from features.face import chips
from features.figure.hands import SeenHand
from features.figure.pose import Body

_PATCH_PX = 160  # side of the patch in which the hand is cut out
_REACH = 3.4  # side of the patch in extents of the hand, so that a forearm has room
_WRIST = 0
_FINGERS = ((1, 2, 3, 4), (5, 6, 7, 8), (9, 10, 11, 12), (13, 14, 15, 16), (17, 18, 19, 20))
_PALM = [0, 1, 5, 9, 13, 17]
# In shares of the hand's extent: thickness of a finger; how far from the joints skin still is the hand's; length and half width
# of the bare forearm that may follow.
_FINGER, _AROUND, _FOREARM, _FOREARM_HALF = 0.13, 0.12, 1.3, 0.24
_SPREAD = np.array([9.0, 3.5, 4.5], np.float32)  # least spread of a hand's colour in Lab
_WIDER = 1.5  # the spread is at most so many times that
_NEAR = 2.2  # spreads within which a colour is the hand's
_SMOOTHED = 0.035  # blur of the outline, in extents
_INSIDE = 0.4  # share of the blurred mask that counts as inside: finger tips are not to be lost
_FINE = 0.012  # how closely the polygon follows, in extents
_SPOT_GROWN = 0.10  # a spot of skin alone is grown by this, in units of eyes to mouth


def hand_outline(rgb_uint8: UInt8[np.ndarray, "H W 3"], hand: SeenHand, body: Body) -> Float64[np.ndarray, "N 2"]:
    """Polygon around a hand and its bare forearm, in pixels of the picture, clipped to it.

    Parameters
    ----------
    rgb_uint8 : (H, W, 3) uint8
    hand : SeenHand
    body : Body
        Its elbows say where a forearm comes from.

    Returns
    -------
    (N, 2) float64
    """
    extent = hand.extent_px
    matrix = chips.view_matrix(hand.centre_xy, _REACH * extent, 0.0, _PATCH_PX)
    points, unit = chips.apply(matrix, hand.points_xy), _PATCH_PX / _REACH
    joints = _joints(points, unit)
    lab = rgb_to_lab(from_uint8(cv2.GaussianBlur(chips.sample(rgb_uint8, matrix, _PATCH_PX), (0, 0), 1.0)))
    elbow = chips.apply(matrix, body.points_xy[13:15])
    mask = joints | _connected(_alike(lab, joints) & _allowed(joints, points[_WRIST], elbow, unit), joints)
    return _clipped(chips.apply(chips.invert(matrix), _polygon(mask, unit)), rgb_uint8.shape[:2])


def spot_outline(spot: Bool[np.ndarray, "h w"], unit_px: float) -> Float64[np.ndarray, "N 2"]:
    """Polygon around a spot of skin, a little larger than it; in its pixels."""
    side = 2 * round(_SPOT_GROWN * unit_px) + 1
    grown = cv2.dilate(spot.astype(np.uint8), np.ones((side, side), np.uint8)) > 0
    return _polygon(grown, 2 * unit_px)


def _joints(points: Float[np.ndarray, "21 2"], unit: float) -> Bool[np.ndarray, "S S"]:
    """Palm and fingers as thick lines over the joints."""
    drawn = np.zeros((_PATCH_PX, _PATCH_PX), np.uint8)
    whole = np.rint(points).astype(np.int32)
    cv2.fillPoly(drawn, [whole[_PALM]], 1)
    for finger in _FINGERS:
        cv2.polylines(drawn, [whole[list(finger)]], False, 1, max(1, round(_FINGER * unit)))
    return drawn > 0


def _alike(lab: Float32[np.ndarray, "S S 3"], joints: Bool[np.ndarray, "S S"]) -> Bool[np.ndarray, "S S"]:
    """Pixels in the colours that the joints show."""
    shown = lab[joints]
    if len(shown) == 0:
        return joints
    middle = np.median(shown, axis=0)
    spread = np.clip(1.2 * np.median(np.abs(shown - middle), axis=0), _SPREAD, _WIDER * _SPREAD)
    return (((lab - middle) / spread) ** 2).sum(-1) < _NEAR ** 2


def _allowed(joints: Bool[np.ndarray, "S S"], wrist: Float[np.ndarray, "2"], elbows: Float[np.ndarray, "2 2"],
             unit: float) -> Bool[np.ndarray, "S S"]:
    """Around the joints, and along the forearm."""
    side = 2 * round(_AROUND * unit) + 1
    around = cv2.dilate(joints.astype(np.uint8), cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (side, side)))
    rows, columns = np.nonzero(joints)
    middle = np.array([columns.mean(), rows.mean()]) if len(rows) else wrist
    back = wrist - middle
    # Of both elbows the one that lies behind the wrist; where neither does, the forearm goes on as the hand points.
    behind = [elbow - wrist for elbow in elbows if (elbow - wrist) @ back > 0]
    along = min(behind, key=lambda way: float(np.hypot(*way))) if behind else back
    along = along / max(float(np.hypot(*along)), 1e-6)
    end = wrist + _FOREARM * unit * along
    cv2.line(around, tuple(int(v) for v in np.rint(wrist)), tuple(int(v) for v in np.rint(end)), 1,
             max(1, round(2 * _FOREARM_HALF * unit)))
    return around > 0


def _connected(mask: Bool[np.ndarray, "S S"], seed: Bool[np.ndarray, "S S"]) -> Bool[np.ndarray, "S S"]:
    """What of a mask hangs together with a seed."""
    opened = cv2.morphologyEx((mask | seed).astype(np.uint8), cv2.MORPH_OPEN, np.ones((3, 3), np.uint8))
    _, labels = cv2.connectedComponents(opened)
    touched = np.unique(labels[seed & (labels > 0)])
    return np.isin(labels, touched) & (labels > 0)


def _polygon(mask: Bool[np.ndarray, "h w"], unit: float) -> Float64[np.ndarray, "N 2"]:
    """The largest outline of a mask, smoothed; empty for an empty mask."""
    padded = np.pad(mask.astype(np.float32), 8, mode="edge")
    soft = cv2.GaussianBlur(padded, (0, 0), max(0.6, _SMOOTHED * unit))[8:-8, 8:-8] > _INSIDE
    contours, _ = cv2.findContours((soft if soft.any() else mask).astype(np.uint8), cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_NONE)
    if not contours:
        return np.zeros((0, 2))
    return cv2.approxPolyDP(max(contours, key=cv2.contourArea), _FINE * unit, True)[:, 0].astype(np.float64)


def _clipped(points: Float[np.ndarray, "N 2"], shape: tuple[int, int]) -> Float64[np.ndarray, "N 2"]:
    return np.clip(points, 0, [shape[1] - 1, shape[0] - 1])
