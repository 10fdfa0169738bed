"""Hands as bones: 21 joints in space from how the fingers are bent and which way the hand is held.

A hand's own axes are: along the middle finger, towards the thumb, out of the back of the hand. Joints are numbered as hand
detectors do: the wrist, then four for the thumb, the index, the middle, the ring and the little finger.
"""

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from jaxtyping import Float64

WRIST, THUMB, INDEX, MIDDLE, RING, LITTLE = 0, 1, 5, 9, 13, 17
"""The wrist, and the first joint of each finger."""
FINGERS = (INDEX, MIDDLE, RING, LITTLE)

# Lengths as shares of the hand's, from the wrist to the tip of the middle finger.
_KNUCKLES = {INDEX: (0.480, 0.150), MIDDLE: (0.500, 0.045), RING: (0.475, -0.058), LITTLE: (0.430, -0.150)}
_PHALANGES = {INDEX: (0.225, 0.135, 0.105), MIDDLE: (0.250, 0.155, 0.110), RING: (0.230, 0.145, 0.108),
              LITTLE: (0.175, 0.105, 0.092)}
_THUMB_ROOT, _THUMB = (0.10, 0.115, -0.04), (0.22, 0.165, 0.125)
_WRIST_RADII, _KNUCKLE_RADIUS = 0.088, 0.066
_FINGER_RADII = {INDEX: (0.056, 0.050, 0.043, 0.033), MIDDLE: (0.058, 0.052, 0.044, 0.034),
                 RING: (0.054, 0.048, 0.041, 0.032), LITTLE: (0.047, 0.041, 0.036, 0.028)}
# From the thumb's first bone (share of its root, radius) to the line from knuckle to wrist (share of the wrist, radius).
_WEB = (((1.0, 0.080), (0.30, 0.060)), ((0.55, 0.062), (0.20, 0.050)), ((0.15, 0.045), (0.10, 0.042)))
_THUMB_RADII = (0.085, 0.068, 0.055, 0.038)


class Bend(NamedTuple):
    """How the fingers are held, degrees.

    `knuckle`, `middle`, `tip`: how far index and little finger are bent at their three joints; fingers between share it out.
    `spread` between neighbours. `thumb_out` from the index, `thumb_down` below the palm, `thumb_bend` at its two joints.
    """

    knuckle: tuple[float, float] = (15, 25)
    middle: tuple[float, float] = (18, 28)
    tip: tuple[float, float] = (10, 15)
    spread: float = 4.0
    thumb_out: float = 42.0
    thumb_down: float = 18.0
    thumb_bend: float = 12.0


@dataclass(frozen=True)
class Hold:
    """Which way a hand is held, degrees: `angle` of the middle finger from the viewer's right, downwards; `roll` about it, 0
    with the back to the viewer, 90 with the thumb; `pitch`, how far the fingers point at the viewer.
    """

    angle: float
    roll: float = 0.0
    pitch: float = 0.0


def hand_joints(bend: Bend, hold: Hold, *, wrist: Float64[np.ndarray, " 3"], length: float,
                right: bool) -> Float64[np.ndarray, "21 3"]:
    """The joints of a hand, eye units, z towards the viewer.

    Parameters
    ----------
    bend : Bend
    hold : Hold
        Of a right hand; a left one is held as its mirror image.
    wrist : (3,) float64
        Where the wrist is.
    length : float
        From wrist to the tip of the middle finger, eye units.
    right : bool
        Whether it is the sitter's right hand, which sitters who face the viewer have on the viewer's left.
    """
    own = _own_joints(bend) * length
    axes = _axes(hold)
    joints = own @ axes
    return joints * [1 if right else -1, 1, 1] + wrist


def _own_joints(bend):
    """Joints in the hand's own axes, for a hand of length 1."""
    joints = np.zeros((21, 3))
    root = np.array(_THUMB_ROOT)
    out, down, turned = np.radians([bend.thumb_out, bend.thumb_down, bend.thumb_bend])
    joints[THUMB] = root
    for k, bone in enumerate(_THUMB):
        way = np.array([np.cos(out) * np.cos(down), np.sin(out) * np.cos(down), -np.sin(down)])
        root = root + bone * way
        joints[THUMB + 1 + k] = root
        out = out - turned
    for place, finger in enumerate(FINGERS):
        share = place / 3
        angles = np.radians([low + (high - low) * share for low, high in (bend.knuckle, bend.middle, bend.tip)])
        aside = np.radians(bend.spread * (1.35 - place))
        joint, bent = np.array([*_KNUCKLES[finger], 0.0]), 0.0
        joint[2] = -0.02 * abs(place - 1)       # the arch of the hand
        joints[finger] = joint
        for k, (bone, angle) in enumerate(zip(_PHALANGES[finger], angles, strict=True)):
            bent = bent + angle
            joint = joint + bone * np.array([np.cos(bent) * np.cos(aside), np.cos(bent) * np.sin(aside), -np.sin(bent)])
            joints[finger + 1 + k] = joint
    return joints


def _axes(hold):
    """Rows: the hand's own axes in the picture, for a right hand."""
    angle, roll, pitch = np.radians([hold.angle, hold.roll, hold.pitch])
    along = np.array([np.cos(angle) * np.cos(pitch), np.sin(angle) * np.cos(pitch), np.sin(pitch)])
    flat = np.array([np.sin(angle), -np.cos(angle), 0.0])
    out = np.cross(along, flat)
    out = out if out[2] > 0 else -out
    thumb = np.cos(roll) * flat + np.sin(roll) * out
    back = np.cos(roll) * out - np.sin(roll) * flat
    return np.stack([along, thumb, back])


def palm_limbs(joints: Float64[np.ndarray, "21 3"], length: float) -> Float64[np.ndarray, "N 8"]:
    """Limbs of the palm, as `render.practice.solids` wants them. `length` of the hand, eye units."""
    wrist = joints[WRIST]
    across = joints[INDEX] - joints[LITTLE]
    across = across / max(np.linalg.norm(across), 1e-6)
    limbs = []
    for finger, aside in zip(FINGERS, (0.055, 0.02, -0.02, -0.055), strict=True):
        limbs.append(_limb(wrist + across * aside * length, joints[finger], _WRIST_RADII * length, _KNUCKLE_RADIUS * length))
    root, next_joint, knuckle = joints[THUMB], joints[THUMB + 1], joints[INDEX]
    for (of_root, radius), (of_wrist, end_radius) in _WEB:      # flesh between thumb and index
        limbs.append(_limb(of_root * root + (1 - of_root) * next_joint, of_wrist * wrist + (1 - of_wrist) * knuckle,
                           radius * length, end_radius * length))
    return np.array(limbs)


def finger_limbs(joints: Float64[np.ndarray, "21 3"], finger: int, length: float) -> Float64[np.ndarray, "3 8"]:
    """Limbs of a finger that begins at joint `finger`, or of the thumb. `length` of the hand, eye units."""
    radii = _THUMB_RADII if finger == THUMB else _FINGER_RADII[finger]
    return np.array([_limb(joints[finger + k], joints[finger + k + 1], radii[k] * length, radii[k + 1] * length)
                     for k in range(3)])


def _limb(start, end, radius, end_radius):
    return [*start, radius, *end, end_radius]
