"""A figure built at any size: two carried bodies joined, toned and, if wished for, dyed."""

from dataclasses import dataclass

import cv2
import numpy as np
from jaxtyping import Bool, Float32, UInt8

from data.parts import Part
from models.alignment import Frame
from render.imaging.blending import blend_bands, fill_holes
from render.imaging.filters import soften
from render.portrait.figure.body import Body
from render.portrait.figure.carry import Carried, carry
from render.portrait.figure.figure_layout import FigureLayout
from render.portrait.figure.garment import Tone, dyed, toned
from render.portrait.figure.outline import agreed_silhouette
from render.portrait.figure.plan import cut_between
from render.portrait.layer import Layer

_CUTTING_PX = 200           # width of the frame in which the cut is made, whatever the size of the portrait
_RIM = 0.04                 # paint this near the end of a lender's is not trusted where the other goes on, eye distances
_BANDS = 3                  # of frequency, in which the two are blended along the cut
_DYE_EDGE = 0.03
_LINEN_LIGHT, _LINEN_CHROMA, _LINEN_SOFT = 46.0, 22.0, 4.0   # L* above, chroma below, both softly: linen keeps its colour


@dataclass(frozen=True, eq=False)
class BuiltFigure:
    """A figure in the portrait's frame, without its head.

    Attributes
    ----------
    layer : Layer
        Its garment, neck and hands.
    hands : (H, W) bool
    second : (H, W) bool
        What the second lender gave.
    """

    layer: Layer
    hands: Bool[np.ndarray, "H W"]
    second: Bool[np.ndarray, "H W"]


def build_figure(first: Body, second: Body, layout: FigureLayout, frame: Frame) -> BuiltFigure:
    """The two bodies on the layout's outline, joined where they agree.

    Parameters
    ----------
    first, second : Body
    layout : FigureLayout
    frame : Frame
        Of the portrait (`FigureLayout.framed`), at any size.
    """
    one, other = (carry(body, layout.outline, way, frame) for body, way in zip((first, second), layout.ways, strict=True))
    other_lab = toned(other.layer.lab, other.layer.valid, Tone.of(one.layer.lab, one.layer.valid))
    chosen = _chosen(first, second, layout, frame)
    chosen = (chosen | ~one.layer.valid) & other.layer.valid
    eye_px = frame.eye_distance_px
    lab = blend_bands(_beyond_its_end(other, other_lab, eye_px), _beyond_its_end(one, one.layer.lab, eye_px),
                      soften(chosen, 1.0), levels=_BANDS)
    shown, hands = (np.where(chosen, b, a) for a, b in ((one.layer.valid, other.layer.valid), (one.hands, other.hands)))
    body = agreed_silhouette(shown, layout.outline, frame)
    parts = np.where(np.where(chosen, other.layer.parts, one.layer.parts) == Part.NECK, Part.NECK, Part.CLOTHING)
    provenance = one.layer.provenance.laid_over(chosen, other.layer.provenance).without(~body)
    if layout.dye is not None:
        cloth = soften(body, _DYE_EDGE * eye_px) * (1 - _undyed(lab, parts.astype(np.uint8), hands, eye_px))
        lab = dyed(lab, cloth, np.array(layout.dye))
    return BuiltFigure(Layer(lab, parts.astype(np.uint8), body, provenance), hands & body, chosen & body)


def _chosen(first: Body, second: Body, layout: FigureLayout, frame: Frame) -> Bool[np.ndarray, "H W"]:
    """Where the second shows: cut small, so that a thumbnail and the full picture are cut alike."""
    small = frame.scaled(_CUTTING_PX)
    one, other = (carry(body, layout.outline, way, small) for body, way in zip((first, second), layout.ways, strict=True))
    lab = toned(other.layer.lab, other.layer.valid, Tone.of(one.layer.lab, one.layer.valid))
    cut = cut_between(one, other, lab, layout.reason.lean(small, layout.outline.pit), small)
    return cv2.resize(soften(cut, 1.5), frame.size_px, interpolation=cv2.INTER_CUBIC) > 0.5


def _beyond_its_end(carried: Carried, lab: Float32[np.ndarray, "H W 3"], eye_px: float) -> Float32[np.ndarray, "H W 3"]:
    """Paint that goes on where the lender's ends."""
    side = 2 * max(1, round(_RIM * eye_px)) + 1
    inner = cv2.erode(carried.layer.valid.astype(np.uint8), np.ones((side, side), np.uint8)) > 0
    return fill_holes(lab, inner) if inner.any() else lab


def _undyed(lab: Float32[np.ndarray, "H W 3"], parts: UInt8[np.ndarray, "H W"], hands: Bool[np.ndarray, "H W"],
            eye_px: float) -> Float32[np.ndarray, "H W"]:
    """How much each texel is skin or linen, which keep their colour, from 0 to 1."""
    light = 1 / (1 + np.exp((_LINEN_LIGHT - lab[..., 0]) / _LINEN_SOFT))
    grey = 1 / (1 + np.exp((np.hypot(lab[..., 1], lab[..., 2]) - _LINEN_CHROMA) / _LINEN_SOFT))
    kept = np.maximum(light * grey, (hands | (parts == Part.NECK)).astype(np.float32)).astype(np.float32)
    side = 2 * max(1, round(_DYE_EDGE * eye_px)) + 1
    return soften(cv2.dilate(kept, np.ones((side, side), np.uint8)), 2 * _DYE_EDGE * eye_px)
