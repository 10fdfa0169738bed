"""The neural engine: a picture is changed until its deep features are distributed as in a master's works.

Optimisation after Gatys et al. 2016 (doi:10.1109/CVPR.2016.265) with sliced-Wasserstein style loss (Heitz et al. 2021,
arXiv:2006.07229), coarse to fine. We depart from them in three ways. Distributions are matched part by part (eyes to eyes,
cloth to cloth) against many works at once. Memory is bounded for any size of picture: it is processed in tiles, which lie
elsewhere at each step. All tiles use the same statistics of the whole picture, kept as quantiles from the step before, so that
all are changed by the same rule and no border shows. And each tile is computed on one thread and results are added in a fixed
order, so that the result does not depend on the number of threads.

The files, from the outside in: `settings` (all options), this file (the levels of a canvas, one after the other), `descent`
(the steps of one level), `level` (the gradient), `style_losses` (distances to the master's works), `tiles`.
"""

from collections.abc import Sequence
from typing import TypeAlias, cast

import cv2
import numpy as np
from jaxtyping import Float32, UInt8

from data.checkpoint import Checkpoint
from data.errors import ShapeError, UsageError
from data.progress import Progress
from models.memory import trim_memory
from models.style import StyleTargets
from render.imaging.colour_transfer import match_tones, to_grey, with_colours_of
from render.imaging.region_parts import encode
from render.neural.descent import Count, descend_adam, descend_lbfgs
from render.neural.fidelity import face_weights
from render.neural.inputs import check_picture, resized
from render.neural.level import Level, Subject
from render.neural.settings import NeuralSettings
from render.neural.style_losses import StyleMixture
from render.neural.tiles import one_thread_each

ALGORITHM_VERSION = "1"
_LARGEST_LBFGS = 1_000_000  # pixels: its history is sixteen canvases

Styles: TypeAlias = StyleTargets | Sequence[tuple[StyleTargets, float]]
"""One master's style, or several with weights."""


def neural_paint(guide_rgb: Float32[np.ndarray, "H W 3"], parts: UInt8[np.ndarray, "H W"],
                 style_targets: Styles | Sequence[Styles], settings: NeuralSettings | None = None, *,
                 fidelity: Float32[np.ndarray, "H W"] | None = None, regions: UInt8[np.ndarray, "H W"] | None = None,
                 start: Float32[np.ndarray, "H W 3"] | None = None, progress: Progress | None = None,
                 checkpoint: Checkpoint | None = None) -> Float32[np.ndarray, "H W 3"]:
    """Paint a picture in the hand of the targets.

    Parameters
    ----------
    guide_rgb : (H, W, 3) float32 in [0, 1]
        What the painting shows.
    parts : (H, W) uint8
        `data.parts.Part`; all zeros where nothing is known.
    style_targets : StyleTargets, or a sequence of (StyleTargets, weight), or with `regions` a sequence of these
        Several masters by weight meet in the Wasserstein barycentre of their feature distributions.
    settings : NeuralSettings, optional
    fidelity : (H, W) float32, optional
        Factor on the content weight; else `face_weights(parts)`: faces stay faces.
    regions : (H, W) uint8, optional
        Number of the style that holds at each place, from 0.
    start : (H, W, 3) float32, optional
        Where the optimisation begins; else the guide in the master's tones.
    progress : callable(done, total), optional
        In pixels times steps.
    checkpoint : Checkpoint, optional
        Kept after every level.

    Returns
    -------
    (H, W, 3) float32 in [0, 1]

    Raises
    ------
    ShapeError
        A picture too small, or maps that have not its size.
    UsageError
        Settings or weights that cannot be meant.
    """
    settings = settings or NeuralSettings()
    settings.check()
    mixtures = _mixtures(style_targets, regions, parts)
    check_picture(guide_rgb, parts=parts, fidelity=fidelity, regions=regions,
                  start=None if start is None else start[..., 0])
    codes = encode(parts, regions)
    subject = Subject(_content(guide_rgb, codes, mixtures, settings), codes,
                      face_weights(parts) if fidelity is None else fidelity, mixtures)
    if start is None:
        begin = subject.content
    else:
        begin = to_grey(start) if settings.keep_colours else start
    canvas = _coarse_to_fine(subject, begin, settings, progress, checkpoint)
    return with_colours_of(canvas, guide_rgb) if settings.keep_colours else canvas


def _content(rgb: Float32[np.ndarray, "H W 3"], codes: UInt8[np.ndarray, "H W"], mixtures: Sequence[StyleMixture],
             settings: NeuralSettings) -> Float32[np.ndarray, "H W 3"]:
    """What the painting is to show: the guide in grey if its colours are kept, else in the master's tones."""
    if settings.keep_colours:
        return to_grey(rgb)
    if settings.tone_match > 0:
        return match_tones(rgb, codes, mixtures, settings.tone_match * settings.strength)
    return rgb


def _coarse_to_fine(subject: Subject, begin: Float32[np.ndarray, "H W 3"], settings: NeuralSettings,
                    progress: Progress | None, checkpoint: Checkpoint | None) -> Float32[np.ndarray, "H W 3"]:
    """The painted canvas, from `begin`, level by level; from the level that was kept, if one was."""
    plan = settings.plan(*subject.codes.shape)
    total = sum(each.pixels * each.steps for each in plan)
    kept = checkpoint.load() if checkpoint is not None else None
    saved = len(plan) if kept is None else kept[0]
    canvas: np.ndarray | None = None
    done = 0
    for level in range(len(plan) - 1, -1, -1):
        each = plan[level]
        if level < saved:
            canvas = resized(begin, each.size).copy() if canvas is None else _refined(canvas, begin, each.size)
            canvas = _paint_level(np.clip(canvas, 0, 1, out=canvas), _at_size(subject, each.size), level, each.steps,
                                  settings, _counting(progress, done, total, each.pixels))
            if checkpoint is not None:
                checkpoint.save(level, {"canvas": canvas})
        elif kept is not None and level == saved:
            canvas = kept[1]["canvas"]
        done += each.pixels * each.steps
        if progress is not None:
            progress(done, total)
    assert canvas is not None, "the last level is always painted, or was kept"
    return canvas


def _refined(canvas: Float32[np.ndarray, "h w 3"], begin: Float32[np.ndarray, "H W 3"],
             size: tuple[int, int]) -> Float32[np.ndarray, "H W 3"]:
    """The canvas of the last level at the next size. Detail that only this size can show is taken from the picture that the
    work began with, and is painted over in this level."""
    first, smaller = resized(begin, size), canvas.shape[:2]
    finer = resized(canvas, size, cv2.INTER_CUBIC)
    finer += first
    finer -= resized(resized(first, smaller), size, cv2.INTER_CUBIC)
    return finer


def _at_size(subject: Subject, size: tuple[int, int]) -> Subject:
    """What is to be painted at the size of a level."""
    fidelity = None if subject.fidelity is None else resized(subject.fidelity, size)
    return Subject(resized(subject.content, size), cv2.resize(subject.codes, size[::-1], interpolation=cv2.INTER_NEAREST),
                   fidelity, subject.mixtures)


def _paint_level(canvas: Float32[np.ndarray, "H W 3"], subject: Subject, number: int, steps: int, settings: NeuralSettings,
                 count: Count) -> Float32[np.ndarray, "H W 3"]:
    """The painted canvas of one level; what was given as `canvas` is written over."""
    trim_memory()  # of what was painted before this level
    with one_thread_each(settings.threads) as (pool, device):
        level = Level(canvas, subject, number, settings, settings.device or device)
        if settings.optimiser == "lbfgs" and subject.codes.size <= _LARGEST_LBFGS:
            descend_lbfgs(level, pool, steps, count)
        else:
            descend_adam(level, pool, steps, settings.rate, count)
        return level.canvas.detach().cpu().numpy()


def _mixtures(style_targets: Styles | Sequence[Styles], regions: UInt8[np.ndarray, "H W"] | None,
              parts: UInt8[np.ndarray, "H W"]) -> list[StyleMixture]:
    """One mixture per region, weights summing to 1."""
    given = [cast(Styles, style_targets)] if regions is None else list(cast(Sequence[Styles], style_targets))
    if regions is not None and (regions.shape != parts.shape or int(regions.max()) >= len(given)):
        raise ShapeError(f"regions must be {parts.shape} with numbers below {len(given)} (one per style), got "
                         f"{regions.shape} with numbers up to {int(regions.max())}")
    mixtures: list[StyleMixture] = []
    for each in given:
        mixed = [(each, 1.0)] if isinstance(each, StyleTargets) else list(each)
        total = float(sum(weight for _, weight in mixed))
        if not mixed or total <= 0 or min(weight for _, weight in mixed) < 0:
            raise UsageError("weights of masters must not be negative and must not all be 0")
        mixtures.append(tuple((target, weight / total) for target, weight in mixed if weight > 0))
    return mixtures


def _counting(progress: Progress | None, done: int, total: int, pixels: int) -> Count:
    """Progress of one level's steps as progress of the whole."""
    def count(step: int) -> None:
        if progress is not None:
            progress(done + step * pixels, total)
    return count
