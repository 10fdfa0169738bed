"""Where hands are: places that a palm detector, the wrists of the body and the colour of skin propose, checked by a hand model.

The model refuses almost everything that is no hand, so places may be proposed freely; it sees a hand only if that stands about
upright in its view, so a place without a direction is looked at in several.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from jaxtyping import Bool, Float, Float64, UInt8

from features.face import chips
from features.face.upright import FaceFrame
from features.figure.pose import Body
from features.networks.packaged import run_hand, run_palms

_PALM_PX, _HAND_PX = 192, 224  # sides of the two networks' views
_BORDER = (0, 0, 0)
_PALM_CELLS = ((24, 2), (12, 6))  # the detector's grids, and how many boxes it gives for each of their cells
_PALM_SCORE = 0.25  # least score of a palm worth a look
_PALM_SHIFT, _PALM_SCALE = 0.5, 2.6  # from a palm's box to the view of the whole hand, in its sides, along the fingers
_WRIST, _MIDDLE_KNUCKLE = 0, 2  # the palm's key points that give its direction
# A nearer view shows the lower half of the body: its side, and how far below the eyes its middle lies, in units of eyes to
# mouth; it is left out where the picture is hardly wider.
_NEAR_SIDE, _NEAR_DROP, _NEAR_SHARE = 12.0, 6.5, 0.8
_FACE_RADIUS = 1.8  # palms nearer than this to the eyes' middle are chins and cheeks
_VIEW_SIDE = 4.0  # side of the view around a proposed place
_FAN_RAD = 1.2  # how far to either side of the forearm's direction a hand is looked for
# (wrist, little finger, index) of either arm among the points of the body.
_ARMS = ((16, 18, 20), (15, 17, 19))
_BEYOND_WRIST = 0.6  # of the way from wrist to knuckles, where a hand's middle is expected
_ARM_SEEN = 0.25  # visibility below which a wrist proposes no place
# Spots of skin that may be a hand: area in square units, extent in units, and how many are looked at.
_SPOT_LEAST, _SPOT_MOST, _SPOT_EXTENT, _SPOTS = 0.25, 6.0, 6.0, 3
_WORTH_REFINING, _SEEN, _SURE = 0.08, 0.4, 0.8  # presence: looked at again; kept; no further direction is tried
_HAND_LEAST, _HAND_MOST = 0.7, 5.0  # extent of a hand, in units
_SAME = 0.5  # hands nearer than this share of the smaller one's extent are one
_DONE = 0.9  # with two hands as sure as this the search ends
# The view of a hand whose joints are known, as MediaPipe's own graph cuts it.
_PALM_JOINTS, _VIEW_OF_JOINTS, _UP_OF_JOINTS = [0, 1, 2, 3, 5, 6, 9, 10, 13, 14, 17, 18], 2.0, 0.1


@dataclass(frozen=True, eq=False)
class SeenHand:
    """A hand as the model sees it: joints in pixels of the picture, presence in [0, 1], and the probability that it is the one
    on the viewer's left."""

    points_xy: Float64[np.ndarray, "21 2"]
    presence: float
    left: float

    @property
    def centre_xy(self) -> Float64[np.ndarray, "2"]:
        """Mean of the joints."""
        return self.points_xy.mean(0)

    @property
    def extent_px(self) -> float:
        """Longer side of the box around the joints."""
        return float(np.ptp(self.points_xy, axis=0).max())


@dataclass(frozen=True, eq=False)
class _Place:
    """A view to look for a hand in: middle and side in pixels, and the directions in which its fingers may point."""

    centre_xy: Float[np.ndarray, "2"]
    side_px: float
    rolls_rad: Sequence[float]


def _anchors() -> Float64[np.ndarray, "2016 2"]:
    grids = []
    for cells, repeats in _PALM_CELLS:
        y, x = np.divmod(np.arange(cells * cells), cells)
        grids.append(np.repeat((np.stack([x, y], 1) + 0.5) * (_PALM_PX / cells), repeats, axis=0))
    return np.concatenate(grids)


_ANCHORS = _anchors()


def find_hands(rgb_uint8: UInt8[np.ndarray, "H W 3"], face: FaceFrame, body: Body,
               skin: Bool[np.ndarray, "h w"]) -> list[SeenHand]:
    """The sitter's hands, the viewer's left one first; at most two.

    Parameters
    ----------
    rgb_uint8 : (H, W, 3) uint8
    face : FaceFrame
        Of the sitter's face, in pixels of the picture.
    body : Body
        In pixels of the picture.
    skin : (h, w) bool
        What may be the skin of hands, on a grid over the whole picture, the face left out.

    Returns
    -------
    list of SeenHand
    """
    kept: list[SeenHand] = []
    for place in _places(rgb_uint8, face, body, skin):
        if any(np.linalg.norm(place.centre_xy - hand.centre_xy) < _SAME * hand.extent_px for hand in kept):
            continue
        hand = _look(rgb_uint8, place)
        if hand is None or not _HAND_LEAST < hand.extent_px / face.unit_px < _HAND_MOST:
            continue
        twins = [one for one in kept if _same(one, hand)]
        if all(one.presence < hand.presence for one in twins):
            kept = [one for one in kept if one not in twins] + [hand]
        if sum(one.presence > _DONE for one in kept) >= 2:
            break
    two = sorted(kept, key=lambda hand: -hand.presence)[:2]
    return sorted(two, key=lambda hand: float(hand.centre_xy[0]))


def _places(rgb: UInt8[np.ndarray, "H W 3"], face: FaceFrame, body: Body,
            skin: Bool[np.ndarray, "h w"]) -> Iterator[_Place]:
    """Where hands may be, the likeliest places first."""
    height, width = rgb.shape[:2]
    longest = float(max(height, width))
    yield from _palms(rgb, np.array([width / 2, height / 2]), longest, face)
    if _NEAR_SIDE * face.unit_px < _NEAR_SHARE * longest:
        yield from _palms(rgb, face.centre_xy + np.array([0, _NEAR_DROP * face.unit_px]), _NEAR_SIDE * face.unit_px, face)
    side_px = _VIEW_SIDE * face.unit_px
    for wrist, little, index in _ARMS:
        along = (body.points_xy[little] + body.points_xy[index]) / 2 - body.points_xy[wrist]
        middle, roll = body.points_xy[wrist] + _BEYOND_WRIST * along, _direction(along)
        if body.visibility[wrist] >= _ARM_SEEN and (middle >= 0).all() and (middle < [width, height]).all():
            yield _Place(middle, side_px, (roll, roll + _FAN_RAD, roll - _FAN_RAD))
    scale = skin.shape[1] / width
    for centre, roll in _spots(skin, scale * face.unit_px):
        yield _Place((centre + 0.5) / scale - 0.5, side_px, [roll + quarter * np.pi / 2 for quarter in (0, 2, 1, 3)])


def _palms(rgb: UInt8[np.ndarray, "H W 3"], centre_xy: Float[np.ndarray, "2"], side_px: float,
           face: FaceFrame) -> Iterator[_Place]:
    """What the palm detector finds in a square view, the surest first."""
    matrix = chips.view_matrix(centre_xy, side_px, 0.0, _PALM_PX)
    logits, boxes = run_palms(chips.sample(rgb, matrix, _PALM_PX, border=_BORDER))
    scores, back = 1 / (1 + np.exp(-np.clip(logits, -60, 60))), chips.invert(matrix)
    taken: list[np.ndarray] = []
    for index in sorted(np.flatnonzero(scores > _PALM_SCORE), key=lambda k: -scores[k]):
        box = boxes[index].reshape(9, 2).astype(np.float64)
        middle, key_points = chips.apply(back, box[0] + _ANCHORS[index]), chips.apply(back, box[2:] + _ANCHORS[index])
        size = float(box[1].max()) * side_px / _PALM_PX
        if any(np.linalg.norm(middle - other) < _SAME * size for other in taken):
            continue
        taken.append(middle)
        if np.linalg.norm(middle - face.centre_xy) > _FACE_RADIUS * face.unit_px:
            roll = _direction(key_points[_MIDDLE_KNUCKLE] - key_points[_WRIST])
            fingers = np.array([np.sin(roll), -np.cos(roll)])
            yield _Place(middle + _PALM_SHIFT * size * fingers, _PALM_SCALE * size, (roll,))


def _spots(skin: Bool[np.ndarray, "h w"], unit_px: float) -> list[tuple[Float64[np.ndarray, "2"], float]]:
    """Middle and long axis of spots of skin as large as a hand, largest first."""
    count, labels, sizes, _ = cv2.connectedComponentsWithStats(skin.astype(np.uint8))
    areas, extents = sizes[:, cv2.CC_STAT_AREA] / unit_px ** 2, sizes[:, 2:4].max(1) / unit_px
    fit = [k for k in range(1, count) if _SPOT_LEAST < areas[k] < _SPOT_MOST and extents[k] < _SPOT_EXTENT]
    found = []
    for k in sorted(fit, key=lambda k: -areas[k])[:_SPOTS]:
        points = np.argwhere(labels == k)[:, ::-1].astype(np.float64)
        found.append((points.mean(0), _direction(np.linalg.eigh(np.cov(points.T))[1][:, 1])))
    return found


def _direction(along_xy: Float[np.ndarray, "2"]) -> float:
    """Angle by which something that points along a vector is turned, clockwise from upwards."""
    return float(np.arctan2(along_xy[0], -along_xy[1]))


def _look(rgb: UInt8[np.ndarray, "H W 3"], place: _Place) -> SeenHand | None:
    """The surest hand at a place, or None."""
    best: SeenHand | None = None
    for roll in place.rolls_rad:
        hand = _seen(rgb, place.centre_xy, place.side_px, roll, lite=len(place.rolls_rad) > 1)
        if hand.presence > _WORTH_REFINING:
            hand = _refined(rgb, hand)
        if best is None or hand.presence > best.presence:
            best = hand
        if best.presence > _SURE:
            break
    return best if best is not None and best.presence > _SEEN else None


def _refined(rgb: UInt8[np.ndarray, "H W 3"], hand: SeenHand) -> SeenHand:
    """The hand seen again, twice at most, in the view that its joints ask for."""
    first = _seen(rgb, *_view_of(hand))
    if first.presence > _SURE or first.presence < _WORTH_REFINING:
        return first
    second = _seen(rgb, *_view_of(first))
    return second if second.presence > first.presence else first


def _view_of(hand: SeenHand) -> tuple[Float[np.ndarray, "2"], float, float]:
    """Middle, side and turn of the view that shows a hand with these joints upright."""
    points = hand.points_xy
    roll = _direction(0.25 * (points[5] + points[13]) + 0.5 * points[9] - points[0])
    turned = np.array([[np.cos(roll), np.sin(roll)], [-np.sin(roll), np.cos(roll)]])
    upright = points[_PALM_JOINTS] @ turned.T
    low, high = upright.min(0), upright.max(0)
    middle = (low + high) / 2 - np.array([0, _UP_OF_JOINTS * (high - low)[1]])
    return middle @ turned, _VIEW_OF_JOINTS * float((high - low).max()), roll


def _seen(rgb: UInt8[np.ndarray, "H W 3"], centre_xy: Float[np.ndarray, "2"], side_px: float, roll_rad: float, *,
          lite: bool = False) -> SeenHand:
    """What the hand model sees in one view."""
    matrix = chips.view_matrix(centre_xy, max(side_px, 1.0), roll_rad, _HAND_PX)
    points, presence, left = run_hand(chips.sample(rgb, matrix, _HAND_PX, border=_BORDER), lite=lite)
    return SeenHand(chips.apply(chips.invert(matrix), points[:, :2].astype(np.float64)), presence, left)


def _same(one: SeenHand, other: SeenHand) -> bool:
    """Whether two findings are one hand."""
    return bool(np.linalg.norm(one.centre_xy - other.centre_xy) < _SAME * min(one.extent_px, other.extent_px))
