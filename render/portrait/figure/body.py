"""The body of a painted sitter, as it can be lent: silhouette, hands, and how far it reaches from the pit of the neck.

All lengths and places are in outer eye distances of the portrait's frame, from the middle between the eyes, so that what is
measured once on a small picture serves every size.
"""

from dataclasses import dataclass
from functools import cached_property

import cv2
import numpy as np
from jaxtyping import Bool, Float, Float32, Float64, UInt8

from data.colour import rgb_to_lab
from data.landmarks import CHIN
from data.parts import FACE_PARTS, Part
from features.figure.figure import ANGLES_DEG
from models.alignment import Frame
from models.shape import to_frame
from models.view import View
from models.warping import Warped, warp_field, warped
from render.portrait.figure.limbs import limbs_of
from render.portrait.join import without_head

FARTHEST = 9.0
"""The outline is followed this far: beyond the corners of every frame."""
_MEASURING_PX = 144         # width of the frame in which bodies are measured: a shoulder is some 30 texels wide
_MARGIN = (0.3, 0.12, 0.3, 0.45)    # how much more than the frame is looked at: left, above, right, below, in its sides
_STEP = 0.06                # of a ray
_PIT_BELOW_CHIN = 0.35      # where the collarbones meet
_FROM = 0.4                 # rays start outside the neck
_SURE_STEPS = 4             # places in a row beyond the outline that the painting must show
_ARMOUR_DARK, _ARMOUR_LIGHTS, _ARMOUR_CHROMA = 26.0, 36.0, 12.0     # L*, L* above that, chroma of the lights


@dataclass(frozen=True, eq=False)
class Body:
    """A lender's body when its head is where the layout wants it.

    Attributes
    ----------
    view : View
    layout : (68, 2) float64
        Onto which its head was carried, eye units.
    wide : Frame
        The frame with a margin in which it was measured, small.
    parts : (h, w) uint8
    hands : (h, w) bool
        Hands and bare arms, a little more than that.
    arms : (h, w) bool
        Sleeves that lead to hands, as far as the arms were seen.
    own_head : (h, w) bool
        What belongs to the lender's own head, beard included: the figure does without it.
    valid : (h, w) bool
        What its painting shows.
    lab : (h, w, 3) float32
        CIE Lab.
    pit : (2,) float64
        Pit of the neck, eye units.
    reach : (A,) float64
        Distance from the pit to the outline in the directions `ANGLES_DEG`.
    sure : (A,) bool
        Whether the painting shows the outline there; else it ends before.
    """

    view: View
    layout: Float64[np.ndarray, "68 2"]
    wide: Frame
    parts: UInt8[np.ndarray, "h w"]
    hands: Bool[np.ndarray, "h w"]
    arms: Bool[np.ndarray, "h w"]
    own_head: Bool[np.ndarray, "h w"]
    valid: Bool[np.ndarray, "h w"]
    lab: Float32[np.ndarray, "h w 3"]
    pit: Float64[np.ndarray, " 2"]
    reach: Float64[np.ndarray, " A"]
    sure: Bool[np.ndarray, " A"]

    @cached_property
    def hard(self) -> bool:
        """Whether its clothes gleam as armour does: dark and colourless, with sharp lights. They do not drape."""
        cloth = (self.parts == Part.CLOTHING) & self.valid & ~self.hands
        if not cloth.any():
            return False
        lightness, chroma = self.lab[cloth][:, 0], np.hypot(*self.lab[cloth][:, 1:].T)
        median, lights = np.percentile(lightness, [50, 98.5])
        lit = chroma[lightness > median + _ARMOUR_LIGHTS / 2]
        return bool(median < _ARMOUR_DARK and lights - median > _ARMOUR_LIGHTS and np.median(lit) < _ARMOUR_CHROMA)


def body_of(view: View, layout: Float[np.ndarray, "68 2"], frame: Frame) -> Body:
    """The body of a view whose head stands on a layout.

    Parameters
    ----------
    view : View
    layout : (68, 2) float
        Eye units.
    frame : Frame
        Of the portrait, at any size.
    """
    wide = widened(frame.scaled(_MEASURING_PX))
    landmarks = to_frame(np.asarray(layout), wide)
    seen = warped(view, landmarks, wide)
    lab = rgb_to_lab(seen.colour)
    silhouette = silhouette_of(seen.parts, seen.valid, wide, landmarks)
    pit_px = _pit(seen, wide, landmarks)
    reach, sure = _reach(silhouette | (np.isin(seen.parts, (*FACE_PARTS, Part.HAIR)) & seen.valid), seen.valid, pit_px, wide)
    hands, arms = limbs_of(seen, lab, wide, landmarks)
    own_head = silhouette & ~without_head(seen, landmarks, wide.eye_distance_px)
    pit = (pit_px - to_frame(np.zeros((1, 2)), wide)[0]) / wide.eye_distance_px
    return Body(view, np.asarray(layout, np.float64), wide, seen.parts, hands, arms, own_head, seen.valid, lab, pit, reach,
                sure)


def widened(frame: Frame) -> Frame:
    """The frame with a margin on every side: bodies are carried in from there."""
    left, above, right, below = _MARGIN
    width, height = frame.size_px
    wide, high = round(width * (1 + left + right)), round(height * (1 + above + below))
    x, y = np.array(frame.eye_centre) * frame.size_px + [round(width * left), round(height * above)]
    return Frame(wide, high, frame.eye_share * width / wide, (x / wide, y / high))


def scan_places(view: View, layout: Float[np.ndarray, "68 2"], places: Float[np.ndarray, "H W 2"],
                frame: Frame) -> Float32[np.ndarray, "H W 2"]:
    """Where places about a head that stands on a layout lie in its scan, pixels.

    Parameters
    ----------
    view : View
    layout : (68, 2) float
        Eye units.
    places : (H, W, 2) float
        Eye units; what lies beyond the frame's margin is taken from its edge.
    frame : Frame
        Of the portrait, at any size.
    """
    wide = widened(frame)
    field = warp_field(view.landmarks_xy, to_frame(np.asarray(layout), wide), wide)
    x, y = (at.astype(np.float32) for at in np.moveaxis(in_texels(places, wide), -1, 0))
    return cv2.remap(field, x, y, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)


def in_texels(places: Float[np.ndarray, "H W 2"], frame: Frame) -> Float64[np.ndarray, "H W 2"]:
    """Places in eye units as texels of a frame."""
    return to_frame(places.reshape(-1, 2), frame).reshape(places.shape)


def silhouette_of(parts: UInt8[np.ndarray, "h w"], valid: Bool[np.ndarray, "h w"], frame: Frame,
                  landmarks: Float[np.ndarray, "68 2"]) -> Bool[np.ndarray, "h w"]:
    """Neck, clothes and what of the hair hangs over them, without the head.

    Parameters
    ----------
    parts, valid
        Of a carried view.
    frame : Frame
    landmarks : (68, 2) float
        In texels of `frame`.
    """
    eye_px = frame.eye_distance_px
    below_chin = (np.arange(frame.height_px)[:, None] - landmarks[CHIN][1]) / eye_px
    body = np.isin(parts, (Part.NECK, Part.CLOTHING)) | ((parts == Part.HAIR) & (below_chin > 0.6))
    body = (body & valid & (below_chin > -0.1)).astype(np.uint8)
    side = 2 * max(1, round(0.18 * eye_px)) + 1
    return cv2.morphologyEx(body, cv2.MORPH_CLOSE, np.ones((side, side), np.uint8)) > 0


def _pit(seen: Warped, frame: Frame, landmarks: Float[np.ndarray, "68 2"]) -> Float64[np.ndarray, " 2"]:
    """The pit of the neck, texels: half way between the chin and the middle of the neck, across."""
    eye_px, chin = frame.eye_distance_px, landmarks[CHIN]
    rows, columns = np.nonzero((seen.parts == Part.NECK) & seen.valid)
    near = (np.abs(rows - chin[1] - 0.4 * eye_px) < 0.5 * eye_px) & (np.abs(columns - chin[0]) < 1.3 * eye_px)
    middle = float(np.median(columns[near])) if near.sum() > 30 else chin[0]
    return np.array([(chin[0] + middle) / 2, chin[1] + _PIT_BELOW_CHIN * eye_px])


def _reach(inside: Bool[np.ndarray, "h w"], valid: Bool[np.ndarray, "h w"], pit_px: Float[np.ndarray, " 2"],
           frame: Frame) -> tuple[Float64[np.ndarray, " A"], Bool[np.ndarray, " A"]]:
    """How far the figure reaches in each direction, eye distances, and where its painting shows that it ends there."""
    radii = np.arange(_FROM, FARTHEST, _STEP)
    angles = np.radians(ANGLES_DEG)[:, None]
    x, y = (pit_px[axis] + trig(angles) * radii * frame.eye_distance_px for axis, trig in enumerate((np.cos, np.sin)))
    along = [cv2.remap(mask.astype(np.float32), x.astype(np.float32), y.astype(np.float32), cv2.INTER_LINEAR) > 0.5
             for mask in (inside, valid)]
    out = ~along[0] | ~along[1]
    first = np.where(out.any(1), out.argmax(1), len(radii) - 1)
    shown = np.array([along[1][ray, at:at + _SURE_STEPS].all() for ray, at in enumerate(first)])
    return radii[first], shown & out.any(1)
