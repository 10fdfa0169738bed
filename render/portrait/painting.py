"""From a guide to paint: bring the exemplars to the guide's colours, let an engine paint, and correct its drawing.

The engine sees every exemplar warped into the same frame, so a source keeps its place: cheeks come from cheeks.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple

import cv2
import numpy as np
from jaxtyping import Bool, Float32, UInt8

from data.checkpoint import Checkpoint
from data.colour import rgb_to_lab, to_uint16
from data.parts import FACE_PARTS, Part
from data.progress import Progress
from models.alignment import Frame
from models.view import View
from models.view_key import ViewKey, views_by_key
from models.warping import Warped, warped
from render.portrait.engines import engine_named
from render.portrait.exemplars import EXEMPLARS, choose_exemplars
from render.portrait.face_areas import face_mask
from render.portrait.guide import Guide
from render.portrait.harmonise import bare_ground, harmonised
from render.portrait.kept_paint import by_lender, lent_paint
from render.portrait.liveliness import LentView, calm_energies, energies, liveliness_channels, plain, wanted_energies
from render.synthesis.exemplar import Exemplar, Synthesis, SynthesisSettings
from render.synthesis.source_map import shares_of

_BARE_FACE = 0.6            # texels with a larger value of the face's mask count as the new face's own skin
_SHARP_ENOUGH = 0.6         # pixels of the scan to a texel of the canvas
# By part: detail broader than this (sigma, outer eye distances) is brought back to the guide. Below: by which share, and the
# blur of the borders between parts.
_DRAWING: dict[tuple[Part, ...], float] = {FACE_PARTS: 0.03, (Part.HAIR, Part.NECK): 0.05,
                                           (Part.CLOTHING,): 0.1,
                                           (Part.BACKGROUND,): 0.5}
_MELD_SHARE = 0.06          # of the width: the mottling of a ground is finer than that
_REUSE_PENALTY = 16.0       # a mark of a bare ground that stands there twice is seen at once
_DRAWING_SHARE, _DRAWING_EDGE = 0.85, 0.02
# What engines compare: L*, a*, b* smoothed to the scale of form, and L* of finer drawing; sigmas in outer eye distances and
# their least, texels; scales that fill a byte.
_CHANNEL_FORM, _CHANNEL_FORM_LEAST_PX = 0.035, 0.7
_CHANNEL_FINE, _CHANNEL_FINE_LEAST_PX = 0.012, 0.5
_NO_COLOUR = np.empty((0, 0, 3), np.float32)
_LIGHTNESS_TO_BYTE, _COLOUR_TO_BYTE, _GREY_BYTE = 2.55, 1.6, 128


@dataclass(frozen=True, eq=False)
class Painting:
    """`synthesis`: colour and source map; `exemplars`: the warped views that the source map numbers."""

    synthesis: Synthesis
    exemplars: tuple[Warped, ...]

    @property
    def names(self) -> list[str]:
        """The painting of each exemplar; one painting may stand there twice, as painted and mirrored."""
        return [item.view.name for item in self.exemplars]

    @property
    def keys(self) -> tuple[ViewKey, ...]:
        """The view of each exemplar, in the order of the source map's numbers."""
        return tuple(map(_key, self.exemplars))

    @property
    def shares(self) -> tuple[float, ...]:
        """Share of the canvas that each exemplar gave; they sum to 1."""
        counts = np.bincount(self.synthesis.source[..., 0].ravel(), minlength=len(self.exemplars))
        return tuple((counts / counts.sum()).tolist())


def paint(guide: Guide, views: Sequence[View], frame: Frame, *, settings: SynthesisSettings | None = None,
          engine: str = "patch", finish: str | None = None, exemplars: int = EXEMPLARS, progress: Progress | None = None,
          checkpoint: Checkpoint | None = None) -> Painting:
    """Paint a guide with the paint of the bank.

    Parameters
    ----------
    guide : Guide
        At the size of `frame`. The paintings that lent to it are always among the exemplars; a photograph is not.
    views : sequence of View
        Sitters both ways.
    frame : Frame
    settings : SynthesisSettings, optional
    engine : str
        A key of `render.portrait.engines.PAINT_ENGINES`.
    finish : str, optional
        One of `render.portrait.engines.FINISHES`: what goes over the painting in the end.
    exemplars : int
        Views whose paint is used.
    progress : callable, optional
    checkpoint : Checkpoint, optional
        Where the engine keeps what it has done and finds it again.

    Returns
    -------
    Painting
    """
    lay, by_key = engine_named(engine, finish), views_by_key(views)
    layers = lent_paint(guide.provenance, by_key)
    known = np.isin(guide.provenance.lender, [layer.number for layer in layers])
    lenders = list({key: by_key[key] for key in guide.cast.values() if key in by_key}.values())
    chosen = choose_exemplars(guide, views, frame, cast=lenders, count=exemplars, wanted=~known)
    seen = [warped(view, guide.landmarks, frame) for view in chosen]
    palette = _palette(guide, known, seen, frame)
    settings = replace(settings or SynthesisSettings(), plain_labels=(int(Part.BACKGROUND),), grain_weight=0,
                       meld_share=_MELD_SHARE, reuse_penalty=_REUSE_PENALTY)
    synthesis = lay(palette.guide, guide.parts, palette.exemplars, settings, guide_weight_map=guide.fidelity,
                    start=guide.colour, progress=progress, checkpoint=checkpoint)
    # The exemplars hold the colours; of the warped views only the place of each texel in the scan is still needed.
    lent = [Warped(by_key[layer.key], _NO_COLOUR, guide.parts, layer.mask, layer.field) for layer in layers]
    seen = [replace(item, colour=_NO_COLOUR) for item in seen]
    source = by_lender(synthesis.source, layers) if layers else synthesis.source
    return Painting(replace(synthesis, colour=drawn(synthesis.colour, guide, frame, known), source=source,
                            shares=shares_of(source, len(layers) + len(chosen))), (*lent, *seen))


class _Palette(NamedTuple):
    """What an engine is given: channels of the guide, and the exemplars."""

    guide: UInt8[np.ndarray, "H W 8"]
    exemplars: list[Exemplar]


def _palette(guide: Guide, known: Bool[np.ndarray, "H W"], seen: Sequence[Warped], frame: Frame) -> _Palette:
    """The guide's own paint where it is somebody's, then the views in the guide's colours."""
    eye_px, target = frame.eye_distance_px, rgb_to_lab(guide.colour)
    ground = guide.parts == Part.BACKGROUND
    ground_lab = bare_ground(target, ground, frame) if (ground & ~known).any() else None
    bare, bank, layers = _bare_skin(guide, frame), [], []
    for item in seen:
        colour = harmonised(item, target, guide.parts, frame, ground_lab=ground_lab)
        lightness = rgb_to_lab(colour)[..., 0]
        layers.append(LentView.of(item, lightness, eye_px))
        channels = np.dstack([guide_channels(colour, eye_px), liveliness_channels(layers[-1].energy, lightness, eye_px)])
        bank.append(Exemplar(to_uint16(colour), channels, item.parts, _lendable(item, guide, bare), item.view.name))
    own, form = energies(target[..., 0], eye_px), guide_channels(guide.colour, eye_px)
    calm = _calm_ground(LentView(own, guide.parts, known), layers, [_key(item) for item in seen], guide, eye_px)
    if ground_lab is not None and calm is not None:
        bank = [replace(each, valid=each.valid & ((each.labels != Part.BACKGROUND) | (plain(layer, calm, eye_px) & fine)))
                for each, layer, fine in zip(bank, layers, _sharp_enough(seen), strict=True)]
    if known.any():
        channels = np.dstack([form, liveliness_channels(own, target[..., 0], eye_px)])
        bank.insert(0, Exemplar(to_uint16(guide.colour), channels, guide.parts, known, kept=known))
    wanted = wanted_energies(own, guide.parts, known, layers, calm, eye_px)
    return _Palette(np.dstack([form, liveliness_channels(wanted, target[..., 0], eye_px)]), bank)


def _sharp_enough(seen: Sequence[Warped]) -> list[bool]:
    """Whose bare canvas may be shown: an enlarged one has threads like ticks of a comb. All may, where no scan is sharper."""
    scales = [float(np.median(np.abs(np.diff(item.field[..., 0], axis=1)))) for item in seen]
    return [scale >= min(_SHARP_ENOUGH, max(scales)) for scale in scales]


def _calm_ground(own: LentView, layers: Sequence[LentView], keys: Sequence[ViewKey], guide: Guide,
                 eye_px: float) -> Float32[np.ndarray, " B"] | None:
    """How lively plain ground should be: as that of whoever lends it, else as the guide's `own` where it is somebody's paint,
    else as that of all lenders; None where nobody shows any."""
    lent = [layer for layer, key in zip(layers, keys, strict=True) if key == guide.cast.get("ground")]
    found = (calm_energies(each, Part.BACKGROUND, eye_px) for each in (lent, [own], layers))
    return next((calm for calm in found if calm is not None), None)


def drawn(colour: Float32[np.ndarray, "H W 3"], guide: Guide, frame: Frame,
          known: Bool[np.ndarray, "H W"] | None = None) -> Float32[np.ndarray, "H W 3"]:
    """A painting of the guide with the guide's drawing.

    Patches that fit on the whole still blur a lip or shift an eyelid. What is broader than a stroke of that part is
    brought back to the guide; the strokes themselves stay as they were painted.

    Parameters
    ----------
    colour : (H, W, 3) float32
        The painting, sRGB in [0, 1].
    guide : Guide
        At the size of `frame`.
    frame : Frame
    known : (H, W) bool, optional
        Where the painting shows the guide's own paint, which is left as it is.
    """
    eye_px, astray = frame.eye_distance_px, guide.colour - colour
    correction = np.zeros_like(colour)
    weight = np.zeros((*colour.shape[:2], 1), np.float32)
    for parts, width in _DRAWING.items():
        inside = np.isin(guide.parts, parts).astype(np.float32)[..., None]
        # Blur within a part only, so that a red cap does not tint the wall behind it.
        near = cv2.GaussianBlur(inside, (0, 0), width * eye_px)[..., None]
        here = cv2.GaussianBlur(inside, (0, 0), _DRAWING_EDGE * eye_px)[..., None] * (near > 1e-3)
        correction += here * cv2.GaussianBlur(astray * inside, (0, 0), width * eye_px) / np.maximum(near, 1e-3)
        weight += here
    share = np.float32(_DRAWING_SHARE)
    if known is not None:
        # The correction fades out towards the guide's own paint, which it would blur.
        away = cv2.distanceTransform((~known).astype(np.uint8), cv2.DIST_L2, 3)[..., None]
        share = share * np.minimum(away / max(1.0, _DRAWING_EDGE * eye_px), 1)
    return np.clip(colour + share * correction / np.maximum(weight, 1e-6), 0, 1).astype(np.float32)


def guide_channels(rgb: Float32[np.ndarray, "H W 3"], eye_px: float) -> UInt8[np.ndarray, "H W 4"]:
    """What engines compare of a guide and an exemplar, whose faces have outer eye corners `eye_px` apart: L*, a*, b*
    smoothed to the scale of form, and L* of finer drawing, each as a byte."""
    lab = rgb_to_lab(rgb)
    smooth = cv2.GaussianBlur(lab, (0, 0), max(_CHANNEL_FORM_LEAST_PX, _CHANNEL_FORM * eye_px))
    fine = cv2.GaussianBlur(lab[..., 0], (0, 0), max(_CHANNEL_FINE_LEAST_PX, _CHANNEL_FINE * eye_px))
    channels = np.dstack([smooth[..., 0] * _LIGHTNESS_TO_BYTE, smooth[..., 1:] * _COLOUR_TO_BYTE + _GREY_BYTE,
                          fine * _LIGHTNESS_TO_BYTE])
    return np.clip(np.round(channels), 0, 255).astype(np.uint8)


def _bare_skin(guide: Guide, frame: Frame) -> Bool[np.ndarray, "H W"]:
    """The skin of the new face, well within it."""
    return (face_mask(guide.landmarks, frame) > _BARE_FACE) & np.isin(guide.parts, FACE_PARTS)


def _lendable(item: Warped, guide: Guide, bare: Bool[np.ndarray, "H W"]) -> Bool[np.ndarray, "H W"]:
    """Which of its paint an exemplar may give: the painting that lends the head must not lend the skin of the face too, or the
    new face resembles its sitter."""
    return item.valid & ~bare if item.view.name == guide.cast["head"].name else item.valid


def _key(item: Warped) -> ViewKey:
    return ViewKey(item.view.name, bool(item.view.mirrored))
