"""A picture prepared to be painted in a master's hand, and the interface of the engines that paint it."""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import cv2
import numpy as np
from jaxtyping import Float, Float32, UInt8

from data.checkpoint import Checkpoint
from data.coordinates import rescale_points
from data.landmarks import outer_eye_distance
from data.progress import Progress
from render.imaging.colour_transfer import Mixture
from render.imaging.region_parts import encode
from render.neural.fidelity import face_weights
from render.restyle.choosing import MOST_WORKS, scaled_lenders
from render.restyle.lenders import Master
from render.restyle.settings import RestyleSettings

if TYPE_CHECKING:
    from models.style import StyleTargets  # delays torch

_log = logging.getLogger(__name__)
LEAST_PX = 32
"""Shortest side of a picture that can be painted."""
# A work may be enlarged on the canvas by this factor at most: beyond it, its strokes are too blurred to learn from. The canvas
# is made as large as it can be with this share of the works, those with the finest scans, within the limit.
_MOST_ENLARGED, _SHARE_OF_WORKS = 1.3, 1 / 3
_LEAST_CANVAS_PX = 320  # longer side of the smallest canvas on which a larger picture is painted
_WORTH_REDUCING = 0.8  # a canvas hardly smaller than the picture is not worth enlarging afterwards
# Factor on the weight of the picture against the style where parts are not told apart: the whole picture is then brought to a
# single distribution, which would change it too much.
_UNKNOWN_FIDELITY = 2.5
# How much of the picture's own drawing shows through what was painted.
_DRAWING = {"elsewhere": 0.15, "skin": 0.2, "features": 0.45}
_UNKNOWN_DRAWING = {"elsewhere": 0.2, "skin": 0.2, "features": 0.5}  # where parts are not told apart


@dataclass(frozen=True, eq=False)
class Scene:
    """A picture ready to be painted.

    Parameters
    ----------
    rgb : (H, W, 3) float32 in [0, 1]
        The picture.
    masters : tuple of Master
        Who paint it, with the lenders chosen for it.
    settings : RestyleSettings
    faces : list of (68, 2)
        Landmarks, the largest face first.
    parts : (H, W) uint8
        `data.parts.Part`.
    parts_known : bool
        The masters know faces too, so parts are told apart: eyes are painted as eyes.
    regions : (H, W) uint8 or None
        Number of the master who holds each place; None where all meet everywhere.
    targets : tuple of StyleTargets
        What was learned of each master for this picture, by an engine that needs it.
    painted_share : float
        Of the picture's size at which it is painted, no larger than the works can show; what is finer is added afterwards.
    """

    rgb: Float32[np.ndarray, "H W 3"]
    masters: tuple[Master, ...]
    settings: RestyleSettings
    faces: list[Float[np.ndarray, "68 2"]]
    parts: UInt8[np.ndarray, "H W"]
    parts_known: bool
    regions: UInt8[np.ndarray, "H W"] | None = None
    targets: tuple[StyleTargets, ...] = ()
    painted_share: float = 1.0

    @property
    def reduced(self) -> Scene:
        """The scene at the size at which it is painted."""
        return self.resized(self.painted_share)

    def resized(self, share: float) -> Scene:
        """The scene at a share of its size, which is then painted at that size."""
        if share == 1:
            return self
        height, width = self.parts.shape
        size = (max(LEAST_PX, round(width * share)), max(LEAST_PX, round(height * share)))
        regions = None if self.regions is None else cv2.resize(self.regions, size, interpolation=cv2.INTER_NEAREST)
        return replace(self, rgb=cv2.resize(self.rgb, size, interpolation=cv2.INTER_AREA), regions=regions,
                       parts=cv2.resize(self.parts, size, interpolation=cv2.INTER_NEAREST),
                       faces=[rescale_points(points, share) for points in self.faces], painted_share=1.0)

    def sized_for(self, brush_scales: Sequence[float]) -> Scene:
        """The scene with the size at which it is painted: such that a third of the works show all their strokes.

        Works that are coarser than the canvas would teach the blur and noise of their scans. `brush_scales`: by master, width
        of the strokes in the master's own.
        """
        needed = []
        for master, brush_scale in zip(self.masters, brush_scales, strict=True):
            scales = [each.scale for each in scaled_lenders(master.lenders, self.shape, self.eye_distance_px,
                                                            MOST_WORKS[self.settings.engine])]
            needed.append(np.quantile(scales, _SHARE_OF_WORKS) * brush_scale)
        share = max(_MOST_ENLARGED / max(needed), _LEAST_CANVAS_PX / max(self.shape))
        share = float(share) if share < _WORTH_REDUCING else 1.0
        _log.info("%d faces, %d works, painted at %.2f of its size", len(self.faces),
                  sum(len(each.lenders) for each in self.masters), share)
        return replace(self, painted_share=share)

    @property
    def shape(self) -> tuple[int, int]:
        """(height, width) of the picture."""
        height, width = self.parts.shape
        return height, width

    @property
    def eye_distance_px(self) -> float | None:
        """Outer eye distance of the largest face, where the masters know faces."""
        return outer_eye_distance(self.faces[0]) if self.parts_known else None

    @property
    def labels(self) -> UInt8[np.ndarray, "H W"]:
        """The parts as far as the masters know them."""
        return self.parts if self.parts_known else np.zeros_like(self.parts)

    @property
    def codes(self) -> UInt8[np.ndarray, "H W"]:
        """Parts as the masters know them, and whose region they lie in (`render.imaging.region_parts`)."""
        return encode(self.labels, self.regions)

    @property
    def weighted_targets(self) -> Sequence[StyleTargets] | list[tuple[StyleTargets, float]]:
        """What was learned of the masters, as `neural_paint` takes it: by region, or with the masters' weights."""
        if self.regions is not None:
            return self.targets
        return [(target, master.weight) for target, master in zip(self.targets, self.masters, strict=True)]

    @property
    def mixtures(self) -> list[Mixture]:
        """What was learned of the masters, as `match_tones` takes it: one mixture per region, weights summing to 1."""
        if self.regions is not None:
            return [((target, 1.0),) for target in self.targets]
        total = sum(master.weight for master in self.masters)
        return [tuple((target, master.weight / total) for target, master in zip(self.targets, self.masters, strict=True))]

    @property
    def fidelity(self) -> Float32[np.ndarray, "H W"]:
        """How much the picture counts against the style."""
        return face_weights(self.parts) * np.float32(1 if self.parts_known else _UNKNOWN_FIDELITY)

    @property
    def drawing_share(self) -> Float32[np.ndarray, "H W"]:
        """How much of the picture's drawing shows through what was painted, from 0 to 1."""
        return face_weights(self.parts, **(_DRAWING if self.parts_known else _UNKNOWN_DRAWING))


@dataclass(frozen=True)
class SceneEngine:
    """What an engine does with a scene.

    `prepare` decides the size at which it is painted and learns of the masters what is needed. `paint` gives the painting of
    a scene at its size. `paint_next` paints a frame of a film from the frame before, in few steps: (scene, that frame
    painted and carried along, how far it can be trusted, steps); without it every frame is painted by itself.
    `obeys_strength`: what is painted has the strength of the settings; if not, it is mixed with the picture in the end.
    """

    prepare: Callable[[Scene], Scene]
    paint: Callable[[Scene, Progress | None, Checkpoint | None], Float32[np.ndarray, "H W 3"]]
    paint_next: Callable[[Scene, np.ndarray, np.ndarray, int], Float32[np.ndarray, "H W 3"]] | None = None
    obeys_strength: bool = False
