"""What sitters do with their arms: let them hang, lay a hand on the breast, the waist or a ledge, hold something."""

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from jaxtyping import Float64

from render.practice.anatomy import SIDES, Anatomy
from render.practice.hand_pose import Bend, Hold, hand_joints

# Lengths are eye units: x from the neck's middle towards the arm's own side, y below the chin, z towards the viewer.
_HAND_LENGTH = {"male": 1.78, "female": 1.62}
_HANDS = {"none": 0.42, "one": 0.38, "two": 0.20}    # how often so many hands are shown
_SHOULDER = (1.66, 1.28, 0.0)
_ELBOW, _ELBOW_SPREAD = (2.34, 3.72, 0.25), 0.10    # of an arm that shows its hand; how far it varies
_HANGING = ((2.30, 3.9, 0.0), (2.42, 7.0, 0.1))     # elbow and wrist of an arm that hangs out of the picture
_ABOVE_LEDGE = 0.42             # a hand rests so far above a ledge's edge, at its wrist
_WRIST_SPREAD = 0.10
_LOWEST = 1.15                  # a wrist stays so far above the picture's lower edge


class Gesture(NamedTuple):
    """One gesture: where the wrist lies, how the hand is held and bent, and whether it holds something.

    `elbow` moves the elbow from its usual place (x, y).
    """

    wrist: tuple[float, float, float]
    hold: Hold
    bend: Bend
    holds: bool = False
    elbow: tuple[float, float] = (0.0, 0.0)


GESTURES = {
    "breast": Gesture((1.12, 2.52, 1.0), Hold(-22, 14, 0), Bend(
        knuckle=(8, 20), middle=(14, 24), tip=(8, 12), spread=4, thumb_out=44, thumb_down=10), elbow=(0.05, 0.0)),
    "waist": Gesture((0.92, 3.86, 1.0), Hold(12, 24, 0), Bend(
        knuckle=(18, 32), middle=(24, 34), tip=(12, 16), spread=3, thumb_out=28, thumb_down=16)),
    "ledge": Gesture((1.18, 4.0, 1.1), Hold(9, 18, 0), Bend(
        knuckle=(16, 28), middle=(24, 30), tip=(12, 16), spread=4, thumb_out=30, thumb_down=12)),
    "holding": Gesture((1.18, 3.66, 1.0), Hold(-24, 74, 6), Bend(
        knuckle=(46, 58), middle=(58, 66), tip=(28, 34), spread=1, thumb_out=24, thumb_down=36, thumb_bend=6), holds=True),
    "grasping": Gesture((1.15, 3.70, 1.0), Hold(24, 20, 0), Bend(
        knuckle=(30, 42), middle=(46, 54), tip=(22, 26), spread=2, thumb_out=24, thumb_down=22), holds=True)}
"""What a hand may do: `holding` is a half-closed hand seen from the thumb's side, `grasping` one seen from its back."""
HELD = ("letter", "book", "gloves", "fruit")
"""What a hand may hold."""
_BY_SEX = {"male": {"breast": 0.22, "waist": 0.22, "ledge": 0.14, "holding": 0.22, "grasping": 0.2},
           "female": {"breast": 0.2, "waist": 0.32, "ledge": 0.14, "holding": 0.22, "grasping": 0.12}}
_HELD_SHARES = {"male": [0.4, 0.2, 0.3, 0.1], "female": [0.2, 0.35, 0.15, 0.3]}
# What the other hand may do, and what a grasp holds in place of things that are held between fingers, and the other way round.
_SECOND = {"breast": ("waist", "grasping", "ledge"), "waist": ("waist",), "ledge": ("ledge",), "holding": ("waist", "breast"),
           "grasping": ("breast",)}
_INSTEAD = {"grasping": {"letter": "gloves", "fruit": "book"}, "holding": {"gloves": "letter"}}


@dataclass(frozen=True, eq=False)
class Arm:
    """An arm as it is painted, in eye units on the canvas.

    `side` is -1 on the viewer's left. `shoulder`, `elbow` and `wrist` are (x, y, z). `joints` (21, 3) of the hand are None
    where none is seen; `gesture` is one of `GESTURES` or "hanging", `held` one of `HELD` or "".
    """

    side: int
    shoulder: Float64[np.ndarray, " 3"]
    elbow: Float64[np.ndarray, " 3"]
    wrist: Float64[np.ndarray, " 3"]
    gesture: str = "hanging"
    joints: Float64[np.ndarray, "21 3"] | None = None
    hand_length: float = 0.0
    held: str = ""


def choose_arms(rng: np.random.Generator, anatomy: Anatomy, sex: str, *, bottom: float, ledge: float | None) -> list[Arm]:
    """Draw how many hands a sitter shows and what they do; the arm that is nearer to the viewer comes last.

    Parameters
    ----------
    rng : numpy.random.Generator
    anatomy : Anatomy
    sex : "male" or "female"
    bottom : float
        y of the picture's lower edge, eye units.
    ledge : float or None
        y of the upper edge of a ledge in front of the sitter, None without one.
    """
    count = str(rng.choice(list(_HANDS), p=list(_HANDS.values())))
    first = int(rng.choice(SIDES))
    gesture = str(rng.choice(list(_BY_SEX[sex]), p=list(_BY_SEX[sex].values())))
    second = str(rng.choice(_SECOND[gesture]))
    held = [str(thing) for thing in rng.choice(HELD, size=2, p=_HELD_SHARES[sex])]
    jitter = rng.normal(0, 1, (2, 2, 2))
    room = min(bottom if ledge is None else ledge, bottom) - anatomy.chin_y
    wanted = {"none": [], "one": [gesture], "two": [gesture, second]}[count]
    if room < _ELBOW[1] - 0.3:
        wanted = []
    arms = []
    for k, side in enumerate((first, -first)):
        kind = wanted[k] if k < len(wanted) else "hanging"
        if kind == "ledge" and ledge is None:
            kind = "waist"
        arms.append(_arm(anatomy, sex, side, kind, held[k], jitter[k], room, ledge is not None, second=k == 1))
    return arms[::-1] if second == "waist" and len(wanted) == 2 else sorted(arms, key=lambda arm: arm.joints is not None)


def _arm(anatomy, sex, side, kind, held, jitter, room, on_ledge, *, second):
    """`Arm` of one side; `jitter` (2, 2) moves elbow and wrist, `room` is the y below the chin down to which hands are seen."""
    reach = anatomy.reach(side, sex)

    def place(point):
        x, y, z = point
        at = anatomy.from_neck([(side * x * reach, y)])[0]
        return np.array([*at, z])

    if kind == "hanging":
        elbow, wrist = _HANGING
        return Arm(side, place(_SHOULDER), place(elbow), place(wrist))
    gesture = GESTURES[kind]
    x, y, z = gesture.wrist
    if kind == "ledge":
        y = room - _ABOVE_LEDGE
    if second and kind in ("waist", "ledge"):
        x, y, z = x + 0.25, y + 0.42 * (kind == "waist"), z - 0.5   # below the other hand
    y = min(y, room - (_LOWEST if not on_ledge or gesture.holds else _ABOVE_LEDGE))
    wrist = place((x, y, z)) + [*jitter[1] * _WRIST_SPREAD * [1, 0.6 * (kind != "ledge")], 0]
    elbow = np.array(_ELBOW) + [gesture.elbow[0], gesture.elbow[1] + 0.35 * (kind == "ledge"), 0]
    elbow = place((elbow[0], min(elbow[1], max(y + 0.25, 3.3)), elbow[2])) + [*jitter[0] * _ELBOW_SPREAD, 0]
    length = _HAND_LENGTH[sex]
    joints = hand_joints(gesture.bend, gesture.hold, wrist=wrist, length=length, right=side < 0)
    return Arm(side, place(_SHOULDER), elbow, wrist, kind, joints, length,
               _INSTEAD[kind].get(held, held) if gesture.holds else "")
