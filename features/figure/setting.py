"""How much of the figure a picture shows, how it is turned, how many hands it has, and what stands behind it."""

from collections.abc import Sequence

import cv2
import numpy as np
from jaxtyping import Bool

from data.colour import from_uint8, rgb_to_lab
from data.estimate import Estimate
from data.parts import Part
from features.figure.figure import Hand
from features.figure.grid import Grid
from features.figure.pose import Body

_ARMS = ((16, 18, 20), (15, 17, 19))

# Formats by how far the picture reaches below the chin, in units of eyes to mouth: the upper limit of each.
_FORMATS = ((2.5, "head"), (5.6, "bust"), (9.4, "half-length"), (16.5, "three-quarter"), (np.inf, "full-length"))
_FORMAT_EDGE = 0.12  # logarithm of the ratio to a limit at which an answer becomes sure
_FORMAT_SURE = 0.55  # confidence below which a format is withheld: within 1.3 % of a limit

_HANDS = ("none", "one", "two")
_HANDS_SURE = 0.6  # confidence below which a number of hands is withheld
_WRIST_DOUBT = 0.55  # what a wrist that is plainly seen, but no hand on it, takes from that confidence
_SPOT_DOUBT = 0.5  # what skin does that might be one more hand

_TURNED_DEG, _TURN_EDGE_DEG = 15.0, 10.0  # a torso turned less is frontal; how far from that an answer becomes sure
_TURN_SURE = 0.5

# Ground: what is left of it when the broad run of light and colour (a quadratic) is taken away, in units of Lab; and how steep
# its steepest edges are (95th percentile, L* per unit of eyes to mouth). Above both something stands in it.
_RICH, _EDGES = 4.6, 22.0
_RICH_EDGE = 0.25  # logarithm of the ratio to the limit at which an answer becomes sure
_BLUE, _BLUE_SHARE, _NO_BLUE = -3.0, 0.03, 0.012  # Lab b of sky and distance; share that makes a landscape, or rules one out
_BRIGHT, _BRIGHT_SHARE = 50.0, 0.15  # lightness of an overcast sky, and its share from which an interior is doubtful
_UPRIGHT = 0.66  # share of upright edges in all of them from which they are the folds of a curtain
_GROUND_SURE = 0.6
_AWAY, _MARGIN = 0.3, 0.02  # ground this near to the figure (units), or to the picture's edge (share of it), is left out
_DOWN_TO = 4.0  # ground farther below the chin is floor, table or parapet; units
_CALM, _LEAST_PX = 0.12, 50  # blur in units; fewer pixels tell nothing


def format_attribute(grid: Grid) -> dict[str, Estimate]:
    """Attribute `format`: head, bust, half-length, three-quarter or full-length."""
    shown = max((len(grid.parts) - 1 - grid.chin_xy[1]) / grid.unit_px, 0.1)
    value = next(name for limit, name in _FORMATS if shown < limit)
    margin = min(abs(np.log(shown / limit)) for limit, _ in _FORMATS[:-1])
    sure = float(1 - 0.5 * np.exp(-margin / _FORMAT_EDGE))
    return {"format": Estimate(value if sure >= _FORMAT_SURE else None, sure, "geometry")}


def hands_attribute(hands: Sequence[Hand], body: Body, grid: Grid) -> dict[str, Estimate]:
    """Attribute `hands`: none, one or two, as many as joints were seen of.

    Parameters
    ----------
    hands, body : sequence of Hand, Body
        In pixels of the picture. An arm that ends in the picture without a hand makes the number doubtful, and so does skin
        that might be one more hand.
    grid : Grid
        Of the picture.

    Returns
    -------
    dict of str to Estimate
    """
    seen = [hand for hand in hands if hand.points_xy is not None]
    sure = float(np.prod([hand.confidence for hand in seen]))
    if len(seen) < 2:
        sure *= float(np.prod([1 - _WRIST_DOUBT * bare for bare in _bare_wrists(seen, body, grid)]))
        sure *= 1 - _SPOT_DOUBT * (len(hands) > len(seen))
    return {"hands": Estimate(_HANDS[len(seen)] if sure >= _HANDS_SURE else None, sure, "model:hands")}


def _bare_wrists(hands: Sequence[Hand], body: Body, grid: Grid) -> list[float]:
    """Visibility of wrists within the picture that have no hand, where at most one hand was seen: it belongs to the nearer."""
    places = [0.4 * body.points_xy[wrist] + 0.3 * (body.points_xy[little] + body.points_xy[index])
              for wrist, little, index in _ARMS]
    bare = {0, 1}
    for x, y, width, height in (hand.box for hand in hands):
        bare.discard(int(np.argmin([np.hypot(*(place - [x + width / 2, y + height / 2])) for place in places])))
    size = np.array(grid.parts.shape[::-1]) / grid.ratio
    return [float(body.visibility[_ARMS[arm][0]]) for arm in sorted(bare)
            if (places[arm] >= 0).all() and (places[arm] < size).all()]


def torso_attributes(body: Body) -> dict[str, Estimate]:
    """Attributes `torso_turn_deg`, negative to the viewer's left, and `torso`: left, frontal or right."""
    sure = body.turn_confidence * body.presence
    turn = round(body.turn_deg, 1)
    facing = "frontal" if abs(turn) < _TURNED_DEG else ("left" if turn < 0 else "right")
    told = sure * float(1 - 0.5 * np.exp(-abs(abs(turn) - _TURNED_DEG) / _TURN_EDGE_DEG))
    return {"torso": Estimate(facing if told >= _TURN_SURE else None, told, "model:pose"),
            "torso_turn_deg": Estimate(turn if sure >= _TURN_SURE else None, sure, "model:pose")}


def ground_attribute(grid: Grid) -> dict[str, Estimate]:
    """Attribute `ground`: plain, curtain, landscape or interior."""
    chosen = _ground(grid)
    if chosen.sum() < _LEAST_PX:
        return {"ground": Estimate(None, 0.0, "colour")}
    lab = cv2.GaussianBlur(rgb_to_lab(from_uint8(grid.rgb)), (0, 0), _CALM * grid.unit_px)
    across, down = (cv2.Sobel(lab[..., 0], cv2.CV_32F, *way)[chosen] * (grid.unit_px / 8) for way in ((1, 0), (0, 1)))
    steep = float(np.percentile(np.hypot(across, down), 95))
    left = float(_without_run(lab, chosen)[:, 0].std())
    rich = 0.5 * (np.log(max(left, 0.1) / _RICH) + np.log(max(steep, 0.1) / _EDGES))
    both = min(left / _RICH, steep / _EDGES) > 1
    if not both:
        rich = min(rich, np.log(max(min(left / _RICH, steep / _EDGES), 1e-3)))
    sure = float(1 - 0.5 * np.exp(-abs(rich) / _RICH_EDGE))
    if rich <= 0:
        return {"ground": Estimate("plain" if sure >= _GROUND_SURE else None, sure, "colour")}
    upright = float(np.abs(across).sum() / max(np.abs(across).sum() + np.abs(down).sum(), 1e-6))
    value, told = _what_stands_there(lab[chosen], upright)
    sure *= told
    return {"ground": Estimate(value if sure >= _GROUND_SURE else None, sure, "colour")}


def _what_stands_there(lab: np.ndarray, upright: float) -> tuple[str, float]:
    """What a ground shows that is not plain, and how sure that is."""
    blue, bright = float((lab[:, 2] < _BLUE).mean()), float((lab[:, 0] > _BRIGHT).mean())
    if blue >= _BLUE_SHARE:
        return "landscape", 0.95
    if blue > _NO_BLUE or bright > _BRIGHT_SHARE:
        return "landscape", 0.5
    return ("curtain", 0.8) if upright > _UPRIGHT else ("interior", 0.85)


def _ground(grid: Grid) -> Bool[np.ndarray, "h w"]:
    """Ground that is plainly ground: away from the figure and from the picture's edge, and not below the breast."""
    side = 2 * max(1, round(_AWAY * grid.unit_px)) + 1
    away = cv2.erode((grid.parts == Part.BACKGROUND).astype(np.uint8), np.ones((side, side), np.uint8),
                     borderType=cv2.BORDER_CONSTANT, borderValue=1) > 0
    edge = max(1, round(_MARGIN * max(away.shape)))
    within = np.zeros(away.shape, bool)
    within[edge:-edge, edge:-edge] = True
    rows = np.arange(len(away))[:, None]
    return away & within & (rows < grid.chin_xy[1] + _DOWN_TO * grid.unit_px)


def _without_run(lab: np.ndarray, chosen: Bool[np.ndarray, "h w"]) -> np.ndarray:
    """Lab of the chosen pixels without its broad run, a quadratic in x and y."""
    rows, columns = np.nonzero(chosen)
    x, y = (columns - columns.mean()) / chosen.shape[1], (rows - rows.mean()) / chosen.shape[0]
    design = np.stack([np.ones_like(x), x, y, x * y, x * x, y * y], 1)
    values = lab[chosen].astype(np.float64)
    return values - design @ np.linalg.lstsq(design, values, rcond=None)[0]
