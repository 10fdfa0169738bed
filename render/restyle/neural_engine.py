"""The neural engine: a picture is changed until its deep features are distributed as in the works.

It begins from an underpainting by the patch engine, which gives strokes, with the picture's own drawing brought back.
"""

from collections.abc import Sequence
from dataclasses import replace

import cv2
import numpy as np
from jaxtyping import Float32

from data.checkpoint import Checkpoint
from data.progress import Progress
from models.style import StyleTargets
from render.neural.engine import LaterHalf, earlier_half, half
from render.neural.optimise import neural_paint
from render.neural.settings import NeuralSettings
from render.restyle import patch_engine
from render.restyle.drawing import with_drawing
from render.restyle.scene import Scene, SceneEngine
from render.restyle.works import stroke_width_px, works_for

_UNDERPAINTING_PX = 800_000  # pixels of the largest underpainting: at larger sizes the works have no more detail
# Factor on the strength where parts are not told apart: works show little sky, so skies would become as busy as the works.
_UNKNOWN_STRENGTH = 0.6
_LEAST_BRUSH_SCALE, _MOST_BRUSH_SCALE = 0.1, 10.0  # as `StyleTargets.learn` takes it
_NEXT_RATE = 0.5  # factor on the rate for frames after the first: they begin from a painting and need only small changes


def neural_settings(scene: Scene) -> NeuralSettings:
    """The settings of `neural_paint` with what was wished for a scene."""
    given = scene.settings.neural or NeuralSettings(seed=scene.settings.seed)
    strength = scene.settings.strength * (1 if scene.parts_known else _UNKNOWN_STRENGTH)
    return replace(given, strength=strength, keep_colours=scene.settings.keep_colours)


def _prepare(scene: Scene) -> Scene:
    brush_scales = _brush_scales(scene)
    sized = scene.sized_for(brush_scales)
    return replace(sized, targets=_learned(sized.reduced, brush_scales))


def _brush_scales(scene: Scene) -> list[float]:
    """By master: how much wider than theirs, against the figures, strokes are to be."""
    wished = scene.settings
    if wished.brush_px is None:
        return [wished.brush_scale] * len(scene.masters)
    widths = [stroke_width_px(each.lenders, scene.shape, scene.eye_distance_px) for each in scene.masters]
    return [float(np.clip(wished.brush_px / width, _LEAST_BRUSH_SCALE, _MOST_BRUSH_SCALE)) for width in widths]


def _learned(scene: Scene, brush_scales: Sequence[float]) -> tuple[StyleTargets, ...]:
    settings, found = neural_settings(scene), []
    for master, brush_scale in zip(scene.masters, brush_scales, strict=True):
        works = works_for(master.lenders, scene.shape, scene.eye_distance_px, brush_scale=brush_scale)
        found.append(settings.learn(works, *scene.shape, brush_scale=brush_scale))
    return tuple(found)


def _paint(scene: Scene, progress: Progress | None = None,
           checkpoint: Checkpoint | None = None) -> Float32[np.ndarray, "H W 3"]:
    held = earlier_half(checkpoint)
    under = held["under"] if held else _underpainting(scene, half(progress, 0), checkpoint)
    content = with_drawing(scene, under)
    return neural_paint(content, scene.labels, scene.weighted_targets, replace(neural_settings(scene), tone_match=0.0),
                        fidelity=scene.fidelity, regions=scene.regions, start=content, progress=half(progress, 1),
                        checkpoint=LaterHalf.over(checkpoint, {"under": under}))


def _underpainting(scene: Scene, progress: Progress | None,
                   checkpoint: Checkpoint | None) -> Float32[np.ndarray, "h w 3"]:
    """The picture painted with patches, at no more than the size at which the works have detail to give."""
    share = min(1.0, (_UNDERPAINTING_PX / scene.parts.size) ** 0.5)
    return patch_engine.ENGINE.paint(replace(scene, targets=()).resized(share), progress, checkpoint)


def _paint_next(scene: Scene, before: Float32[np.ndarray, "H W 3"], trust: Float32[np.ndarray, "H W"],
                steps: int) -> Float32[np.ndarray, "h w 3"]:
    """A frame of a film, a few steps from the frame before (at any size) wherever that one can be trusted."""
    size, wished = scene.shape[::-1], neural_settings(scene)
    before, trust = (cv2.resize(each, size, interpolation=cv2.INTER_AREA) for each in (before, trust))
    trust = trust[..., None]
    content = with_drawing(scene, np.clip(before * trust + scene.rgb * (1 - trust), 0, 1))
    start = np.clip(before * trust + content * (1 - trust), 0, 1).astype(np.float32)
    quick = replace(wished, levels=1, steps=(steps, steps), tone_match=0.0, rate=_NEXT_RATE * wished.rate)
    return neural_paint(content, scene.labels, scene.weighted_targets, quick, fidelity=scene.fidelity, start=start)


ENGINE = SceneEngine(_prepare, _paint, _paint_next, obeys_strength=True)
