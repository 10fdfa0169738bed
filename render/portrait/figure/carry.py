"""A body carried onto a drawn outline: stretched and draped as cloth may be, its hands kept as they are."""

from dataclasses import dataclass

import cv2
import numpy as np
from jaxtyping import Bool, Float64

from data.colour import rgb_to_lab
from features.figure.figure import ANGLES_DEG
from models.alignment import Frame
from models.shape import to_frame
from models.view_key import ViewKey
from models.warping import carried, read_for
from render.portrait.arrangement import arrangement_share
from render.portrait.figure.body import Body, in_texels, scan_places, silhouette_of
from render.portrait.figure.figure_layout import Way
from render.portrait.figure.outline import Outline, polar
from render.portrait.layer import Layer
from render.portrait.provenance import Provenance

_LEAST, _MOST = np.log(0.8), np.log(1.25)
"""Strongest stretching by the outline that folds and hands bear."""
_STILL, _FREE = 0.35, 1.1   # eye distances from the pit: nearer than this nothing is stretched, so much farther it is in full
_STRAIGHT_DOWN_DEG, _FADE_DEG = (50.0, 130.0), 20.0     # between these directions no outline is known: both sides' mean
_RIM_SHARE = 0.006          # of a painting, as of its shorter side, that lends nothing: edges of canvases are worn
_DRAPE_FROM, _DRAPE_OVER = 0.9, 1.2
_DRAWING_PX, _WAYS_TRIED = 32, 4   # width of the frame in which ways are compared, and how many are
_KNOWN_AGAIN = 0.017        # of the width: what lies this near to its place counts as in place
_HAND_EDGE = 0.25           # sigma over which the drape gives way to a hand's own movement


@dataclass(frozen=True, eq=False)
class Carried:
    """A body in the portrait's frame.

    Attributes
    ----------
    layer : Layer
        `valid`: its silhouette, as far as its painting shows it.
    body : (H, W) bool
        Its silhouette, shown or not.
    hands, arms : (H, W) bool
    """

    layer: Layer
    body: Bool[np.ndarray, "H W"]
    hands: Bool[np.ndarray, "H W"]
    arms: Bool[np.ndarray, "H W"]


def carry(body: Body, outline: Outline, way: Way, frame: Frame) -> Carried:
    """The body on a drawn outline.

    Parameters
    ----------
    body : Body
    outline : Outline
    way : Way
    frame : Frame
        Of the portrait, at any size.
    """
    places = _sources(body, outline, way.for_hard() if body.hard else way, frame)
    field, view = scan_places(body.view, body.layout, places, frame), body.view
    seen = carried(view, field, read_for(view, frame), rim_share=_RIM_SHARE)
    small = in_texels(places, body.wide).astype(np.float32)
    hands, arms, own_head = (cv2.remap(mask.astype(np.float32), small[..., 0], small[..., 1], cv2.INTER_LINEAR) > 0.5
                       for mask in (body.hands, body.arms, body.own_head))
    silhouette = silhouette_of(seen.parts, seen.valid, frame, to_frame(body.layout, frame)) & ~own_head
    key = ViewKey(view.name, bool(view.mirrored))
    shown = silhouette & seen.valid
    layer = Layer(rgb_to_lab(seen.colour), seen.parts, shown, Provenance.nobody(shown.shape).covered(shown, key, field))
    return Carried(layer, silhouette, hands & shown, arms & shown)


def draw_way(body: Body, outline: Outline, frame: Frame, rng: np.random.Generator) -> Way:
    """Of several ways at random, the one that leaves least of the body in its own arrangement: what fits one shift, turn and
    scale is what a viewer, or a detector of copies, would know again.

    Parameters
    ----------
    body : Body
    outline : Outline
    frame : Frame
        Of the portrait, at any size.
    rng : numpy.random.Generator
    """
    small = frame.scaled(_DRAWING_PX)
    angle, distance = polar(small, outline.pit)
    low, high = np.radians(ANGLES_DEG[[0, -1]])
    inside_outline = (distance < outline.reach_along(angle)) & (angle > low) & (angle < high)
    number = np.where(inside_outline, 0, -1)
    best: tuple[float, Way] | None = None
    for _ in range(_WAYS_TRIED):
        way = Way.draw(rng)
        places = _sources(body, outline, way.for_hard() if body.hard else way, small)
        share = arrangement_share(number, places, np.zeros(number.shape, bool), tolerance=_KNOWN_AGAIN).share
        if best is None or share < best[0]:
            best = share, way
    assert best is not None
    return best[1]


def _sources(body: Body, outline: Outline, way: Way, frame: Frame) -> Float64[np.ndarray, "H W 2"]:
    """For every texel, the place (eye units) in the lender's picture, whose head stands on the layout already."""
    angle, distance = polar(frame, outline.pit)
    relative = np.stack([distance * np.cos(angle), distance * np.sin(angle)], -1)
    stretched = np.interp(angle, np.radians(ANGLES_DEG), _stretching(body, outline))
    stretched = stretched * np.clip((distance - _STILL) / _FREE, 0, 1)
    loose = np.clip((distance - 0.3) / 0.8, 0, 1)[..., None]
    here = outline.pit + relative
    moved = way.moved(relative[..., 0], relative[..., 1])
    places = here + loose * (body.pit - outline.pit + moved) + relative * (np.exp(stretched)[..., None] - 1)
    return places + _drape(here, distance, places, body, way)


def _stretching(body: Body, outline: Outline) -> Float64[np.ndarray, " A"]:
    """Logarithm of how much farther the lender reaches than the outline, by direction, as far as it is followed."""
    own = np.where(body.sure, np.log(body.reach), np.maximum(np.log(body.reach), outline.usual))
    stretch = np.clip(cv2.GaussianBlur(own[None], (0, 0), 1.0)[0] - outline.log_reach, _LEAST, _MOST)
    first, last = _STRAIGHT_DOWN_DEG
    unknown = np.clip((ANGLES_DEG - first) / _FADE_DEG, 0, 1) * np.clip((last - ANGLES_DEG) / _FADE_DEG, 0, 1)
    return (1 - unknown) * stretch + unknown * 0.5 * stretch.mean()


def _drape(here: Float64[np.ndarray, "H W 2"], distance: Float64[np.ndarray, "H W"], places: Float64[np.ndarray, "H W 2"],
           body: Body, way: Way) -> Float64[np.ndarray, "H W 2"]:
    """How far the waves shift each place; each hand moves as one."""
    shift = way.draped(here[..., 0], here[..., 1])
    shift *= np.clip((distance - _DRAPE_FROM) / _DRAPE_OVER, 0, 1)[..., None]
    if not body.hands.any():
        return shift
    small = in_texels(places, body.wide).astype(np.float32)
    hands = cv2.remap(body.hands.astype(np.uint8), small[..., 0], small[..., 1], cv2.INTER_NEAREST)
    count, labels = cv2.connectedComponents(hands)
    sigma = max(0.5, _HAND_EDGE * (np.ptp(labels) > 0) * labels.shape[1] / np.ptp(here[0, :, 0]))
    for hand in range(1, count):
        weight = np.clip(2 * cv2.GaussianBlur((labels == hand).astype(np.float32), (0, 0), sigma), 0, 1)[..., None]
        shift = shift * (1 - weight) + shift[labels == hand].mean(0) * weight
    return shift
