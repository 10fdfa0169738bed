"""The figure of one sitter and what it tells, measured on the whole picture."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import NamedTuple

import cv2
import numpy as np
from jaxtyping import Float, Float64, Int32, UInt8

from data.estimate import Estimate
from data.parts import Part
from features.face.upright import upright_frame
from features.figure.figure import Figure, Hand
from features.figure.grid import Grid, grid_of
from features.figure.hand_outline import hand_outline, spot_outline
from features.figure.hands import SeenHand, find_hands
from features.figure.pose import Body, find_body
from features.figure.setting import format_attribute, ground_attribute, hands_attribute, torso_attributes
from features.figure.silhouette import silhouette

_SHOULDERS_SURE = 0.3  # confidence below which shoulders are withheld
_CUT = 0.12  # a hand this near to the picture's edge is cut by it; units of eyes to mouth
_LEFT_SURE, _RIGHT_SURE = 0.7, 0.3  # probability of being the left hand above and below which a side is told
# A spot of skin at the end of an arm without a hand: area in square units, distance from the wrist in units; where more of the
# clothing than this is in the colour of skin the spot says nothing; how sure a hand is that only skin tells of.
_SPOT_LEAST, _SPOT_MOST, _SPOT_NEAR, _SKINLIKE, _SPOT_SURE = 0.3, 4.5, 0.8, 0.12, 0.4
_SPOT_ARM_SEEN = 0.1  # visibility of a wrist below which no such spot is looked for
_ARMS = ((16, 18, 20), (15, 17, 19))  # wrist, little finger, index; the viewer's left arm first


class MeasuredFigure(NamedTuple):
    """The figure, and attributes by name: format, hands, torso, torso_turn_deg, ground."""

    figure: Figure
    attributes: dict[str, Estimate]


def measure_figure(rgb_uint8: UInt8[np.ndarray, "H W 3"], landmarks_xy: Float[np.ndarray, "68 2"],
                   attributes: Mapping[str, Estimate],
                   to_scan: Callable[[np.ndarray], np.ndarray]) -> MeasuredFigure:
    """Measure the figure of a sitter; about 0.15 s.

    Parameters
    ----------
    rgb_uint8 : (H, W, 3) uint8
        The whole painting, reduced.
    landmarks_xy : (68, 2)
        The sitter's, in pixels of `rgb_uint8`.
    attributes : mapping of Estimate
        The sitter's.
    to_scan : callable
        From points in pixels of `rgb_uint8` to scan pixels.

    Returns
    -------
    MeasuredFigure
    """
    grid, face = grid_of(rgb_uint8, landmarks_xy, attributes), upright_frame(np.asarray(landmarks_xy))
    body = find_body(rgb_uint8, face)
    hands = [_whole(rgb_uint8, hand, body, face.unit_px) for hand in find_hands(rgb_uint8, face, body, grid.skin)]
    hands = _with_spots(hands, grid, body, rgb_uint8.shape[:2])
    told = {**format_attribute(grid), **hands_attribute(hands, body, grid), **torso_attributes(body), **ground_attribute(grid)}
    outline = silhouette(grid)
    turn = told["torso_turn_deg"].value
    figure = Figure(to_scan(body.shoulders_xy) if body.shoulders_confidence >= _SHOULDERS_SURE else None,
                    body.shoulders_confidence, None if turn is None else float(turn), to_scan(body.points_xy), body.visibility,
                    tuple(_in_scan(hand, to_scan) for hand in hands), to_scan(grid.to_picture(outline.pit_xy[None]))[0],
                    outline.reach, outline.sure)
    # Written and read again, so that a measurement kept on disk is the one that was made.
    return MeasuredFigure(Figure.from_json(figure.to_json()), told)


def _whole(rgb: UInt8[np.ndarray, "H W 3"], hand: SeenHand, body: Body, unit_px: float) -> Hand:
    """A hand with its outline, in pixels of the picture."""
    side = "left" if hand.left > _LEFT_SURE else "right" if hand.left < _RIGHT_SURE else None
    return _hand(hand_outline(rgb, hand, body), hand.points_xy, side, hand.presence, rgb.shape[:2], unit_px)


def _hand(outline_xy: Float64[np.ndarray, "N 2"], points_xy: Float64[np.ndarray, "21 2"] | None, side: str | None,
          confidence: float, shape: tuple[int, ...], unit_px: float) -> Hand:
    low, high = outline_xy.min(0), outline_xy.max(0)
    near, size = _CUT * unit_px, np.array(shape[1::-1])
    cut = bool((low < near).any() or (high > size - 1 - near).any())
    return Hand((float(low[0]), float(low[1]), float(high[0] - low[0]), float(high[1] - low[1])), outline_xy, points_xy, side,
                cut, confidence)


def _with_spots(hands: list[Hand], grid: Grid, body: Body, shape: tuple[int, ...]) -> list[Hand]:
    """The hands, and those of which only skin at the end of an arm tells; the viewer's left one first."""
    found = list(hands)
    clothing = grid.parts == Part.CLOTHING
    if clothing.any() and grid.skin[clothing].mean() < _SKINLIKE:
        _, labels, sizes, _ = cv2.connectedComponentsWithStats(grid.skin.astype(np.uint8))
        for arm in (arm for arm in _ARMS if body.visibility[arm[0]] > _SPOT_ARM_SEEN):
            ends = grid.from_picture(body.points_xy[list(arm)])
            spot = _spot_at(ends, labels, sizes[:, cv2.CC_STAT_AREA], grid.unit_px) if len(found) < 2 else None
            if spot is None:
                continue
            outline = grid.to_picture(spot_outline(labels == spot, grid.unit_px))
            hand = _hand(outline, None, None, _SPOT_SURE, shape, grid.unit_px / float(grid.ratio.mean()))
            if not any(_overlap(hand, other) for other in found):
                found.append(hand)
    return sorted(found, key=lambda hand: hand.box[0] + hand.box[2] / 2)


def _spot_at(ends: Float[np.ndarray, "3 2"], labels: Int32[np.ndarray, "h w"], areas: Int32[np.ndarray, " K"],
             unit_px: float) -> int | None:
    """The number of the spot of skin nearest to the end of an arm, if it could be a hand by size and place."""
    best, nearest = None, _SPOT_NEAR * unit_px
    for spot in range(1, len(areas)):
        if not _SPOT_LEAST < areas[spot] / unit_px ** 2 < _SPOT_MOST:
            continue
        rows, columns = np.nonzero(labels == spot)
        away = min(float(np.hypot(columns - x, rows - y).min()) for x, y in ends)
        if away < nearest:
            best, nearest = spot, away
    return best


def _overlap(one: Hand, other: Hand) -> bool:
    """Whether two boxes overlap."""
    (x, y, w, h), (p, q, r, s) = one.box, other.box
    return x < p + r and p < x + w and y < q + s and q < y + h


def _in_scan(hand: Hand, to_scan: Callable[[np.ndarray], np.ndarray]) -> Hand:
    """The hand in scan pixels."""
    outline = to_scan(hand.outline_xy)
    low, high = outline.min(0), outline.max(0)
    return replace(hand, box=(float(low[0]), float(low[1]), float(high[0] - low[0]), float(high[1] - low[1])),
                   outline_xy=outline, points_xy=None if hand.points_xy is None else to_scan(hand.points_xy))
