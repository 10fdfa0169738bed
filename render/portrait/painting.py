"""From a guide to paint: bring the exemplars to the guide's colours, let an engine paint, and correct its drawing.

The engine sees every exemplar warped into the same frame, so a source keeps its place: cheeks come from cheeks.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

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
from render.portrait.harmonise import harmonised
from render.synthesis.exemplar import Exemplar, Synthesis, SynthesisSettings

# With more exemplars than this, those that lent scene and head keep some of their paint to themselves (see `_lendable`).
_FEW_EXEMPLARS = 4
_BARE_FACE = 0.6            # texels with a larger value of the face's mask count as the new face's own skin
# By part: detail broader than this (sigma, outer eye distances) is brought back to the guide. Below: by which share, and the
# blur of the borders between parts.
_DRAWING: dict[tuple[Part, ...], float] = {FACE_PARTS: 0.03, (Part.HAIR, Part.NECK): 0.05,
                                           (Part.CLOTHING, Part.BACKGROUND): 0.1}
_DRAWING_SHARE, _DRAWING_EDGE = 0.85, 0.02
# Plain passages. "Form" is lightness without strokes (blurred by this sigma); "unrest" is the root mean square by which it
# differs from its surroundings (blurred by the second sigma), averaged over the third. Outer eye distances.
_FORM, _UNREST_WITHIN, _UNREST_FELT = 0.1, 0.6, 0.3
_CALM_GROUND, _CALM_CLOTH = 2.5, 1.5        # unrest (L*) below which ground and cloth count as plain
_DARK_CLOTH = 22                            # L* below which cloth may be plain
_OFF_THE_FIGURE = 0.15                      # margin between a plain passage and what is not plain, outer eye distances
# What engines compare: L*, a*, b* smoothed to the scale of form, and L* of finer drawing; sigmas in outer eye distances and
# their least, texels; scales that fill a byte.
_CHANNEL_FORM, _CHANNEL_FORM_LEAST_PX = 0.035, 0.7
_CHANNEL_FINE, _CHANNEL_FINE_LEAST_PX = 0.012, 0.5
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
        return tuple(ViewKey(item.view.name, bool(item.view.mirrored)) for item in self.exemplars)

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
    lay, eye_px = engine_named(engine, finish), frame.eye_distance_px
    by_key = views_by_key(views)
    lenders = list({key: by_key[key] for key in guide.cast.values() if key in by_key}.values())
    chosen = choose_exemplars(guide, views, frame, cast=lenders, count=exemplars)
    plain, bare = plain_passages(guide, frame), _bare_skin(guide, frame)
    target = rgb_to_lab(guide.colour)
    seen, bank = [], []
    for view in chosen:
        item = warped(view, guide.landmarks, frame)
        colour = harmonised(item, target, guide.parts, frame)
        valid = _lendable(item, guide, plain, bare) if len(chosen) > _FEW_EXEMPLARS else item.valid
        bank.append(Exemplar(to_uint16(colour), guide_channels(colour, eye_px), item.parts, valid, view.name))
        # The exemplar holds the colours now; of the warped view only the place of each texel in the scan is still needed.
        seen.append(replace(item, colour=np.empty((0, 0, 3), np.float32)))
    settings = settings or SynthesisSettings()
    synthesis = lay(guide_channels(guide.colour, eye_px), guide.parts, bank, settings, guide_weight_map=guide.fidelity,
                    start=guide.colour, progress=progress, checkpoint=checkpoint)
    return Painting(replace(synthesis, colour=drawn(synthesis.colour, guide, frame)), tuple(seen))


def drawn(colour: Float32[np.ndarray, "H W 3"], guide: Guide, frame: Frame) -> Float32[np.ndarray, "H W 3"]:
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
    return np.clip(colour + _DRAWING_SHARE * correction / np.maximum(weight, 1e-6), 0, 1).astype(np.float32)


def guide_channels(rgb: Float32[np.ndarray, "H W 3"], eye_px: float) -> UInt8[np.ndarray, "H W 4"]:
    """What engines compare of a guide and an exemplar, whose faces have outer eye corners `eye_px` apart: L*, a*, b*
    smoothed to the scale of form, and L* of finer drawing, each as a byte."""
    lab = rgb_to_lab(rgb)
    smooth = cv2.GaussianBlur(lab, (0, 0), max(_CHANNEL_FORM_LEAST_PX, _CHANNEL_FORM * eye_px))
    fine = cv2.GaussianBlur(lab[..., 0], (0, 0), max(_CHANNEL_FINE_LEAST_PX, _CHANNEL_FINE * eye_px))
    channels = np.dstack([smooth[..., 0] * _LIGHTNESS_TO_BYTE, smooth[..., 1:] * _COLOUR_TO_BYTE + _GREY_BYTE,
                          fine * _LIGHTNESS_TO_BYTE])
    return np.clip(np.round(channels), 0, 255).astype(np.uint8)


def plain_passages(guide: Guide, frame: Frame) -> Bool[np.ndarray, "H W"]:
    """Ground without anything on it, a good way off the figure, and dark cloth without folds or pattern."""
    eye_px = frame.eye_distance_px
    lightness = rgb_to_lab(guide.colour)[..., 0]
    form = cv2.GaussianBlur(lightness, (0, 0), _FORM * eye_px)
    unrest = cv2.GaussianBlur((form - cv2.GaussianBlur(form, (0, 0), _UNREST_WITHIN * eye_px)) ** 2, (0, 0),
                              _UNREST_FELT * eye_px)
    plain = (guide.parts == Part.BACKGROUND) & (unrest < _CALM_GROUND ** 2)
    plain |= (guide.parts == Part.CLOTHING) & (form < _DARK_CLOTH) & (unrest < _CALM_CLOTH ** 2)
    size = 2 * round(_OFF_THE_FIGURE * eye_px) + 1
    return cv2.erode(plain.astype(np.uint8), np.ones((size, size), np.uint8)) > 0


def _bare_skin(guide: Guide, frame: Frame) -> Bool[np.ndarray, "H W"]:
    """The skin of the new face, well within it."""
    return (face_mask(guide.landmarks, frame) > _BARE_FACE) & np.isin(guide.parts, FACE_PARTS)


def _lendable(item: Warped, guide: Guide, plain: Bool[np.ndarray, "H W"],
              bare: Bool[np.ndarray, "H W"]) -> Bool[np.ndarray, "H W"]:
    """Which of its paint an exemplar may give."""
    valid = item.valid
    if item.view.name == guide.cast["scene"].name:
        # Any painting can give paint for plain passages; the scene's own paint is kept for what only it can show.
        valid = valid & ~plain
    if item.view.name == guide.cast["head"].name:
        # The painting that lends the head must not lend the skin of the face too, or the new face resembles its sitter.
        valid = valid & ~bare
    return valid
