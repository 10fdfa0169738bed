"""The neural engine where the patch engine stands: same arguments, same result, so that height follows paint.

Patches first: they say for every texel which painting and place it came from, and from there comes the height. The
neural engine then paints over them, free (`synthesise_neural`) or only joining what they left disjoint (`finish`). The
source map still holds wherever the colour beneath it hardly changed; `moved` says where it does not.
"""

from dataclasses import replace

import cv2
import numpy as np

from models.style import Work
from render.neural import NeuralSettings, finish_neural, likeness, neural_paint
from render.synthesis import synthesise

ALGORITHM_VERSION = "1"
_TAUGHT = 6  # exemplars that teach the style: each is as large as the canvas


def synthesise_neural(guide, labels, exemplars, settings=None, *, guide_weight_map=None, start=None, progress=None,
                      checkpoint=None, neural=None):
    """As `render.synthesis.synthesise`, which it begins with; `start` (the guide's colour) is what the painting shows.

    `neural` : NeuralSettings. The checkpoint covers the patches; the neural part is done anew after a stop.
    """
    patches = synthesise(guide, labels, exemplars, settings, guide_weight_map=guide_weight_map, start=start,
                         progress=_half(progress, 0), checkpoint=checkpoint)
    shown = np.ascontiguousarray(patches.colour if start is None else start, np.float32)
    neural = neural or NeuralSettings(tones=0.0, seed=0 if settings is None else settings.seed)
    targets = neural.learn(_works(exemplars), *labels.shape)
    colour = neural_paint(shown, labels, targets, neural, fidelity=likeness(labels),
                          start=np.clip(patches.colour, 0, 1).astype(np.float32), progress=_half(progress, 1))
    return replace(patches, colour=colour)


def finish(synthesis, labels, exemplars, neural=None, *, progress=None, checkpoint=None):
    """A painting gone over by `render.neural.finish_neural` in the exemplars' own strokes; its source map stays."""
    settings = neural or NeuralSettings(steps=(16, 12), content_weight=3.0, tones=0.0, levels=2, rate=0.012,
                                        style_layers=("conv1", "fire2", "fire3", "fire4"), content_layer="fire4")
    painting = np.clip(synthesis.colour, 0, 1).astype(np.float32)
    targets = settings.learn(_works(exemplars), *labels.shape)
    return replace(synthesis, colour=finish_neural(painting, labels, targets, settings, progress=progress,
                                                   checkpoint=checkpoint))


def moved(before_rgb, after_rgb, *, tolerance=6.0):
    """(H, W) bool: where lightness changed by more than `tolerance` (L*) over a few texels: the height beneath must be
    predicted from the paint there, not copied."""
    light = [cv2.cvtColor(np.ascontiguousarray(rgb, np.float32), cv2.COLOR_RGB2LAB)[..., 0]
             for rgb in (before_rgb, after_rgb)]
    return cv2.GaussianBlur(np.abs(light[0] - light[1]), (0, 0), 1.5) > tolerance


def _works(exemplars):
    """The exemplars with most painted surface as works; those that share a name teach once."""
    seen, works = set(), []
    for exemplar in sorted(exemplars, key=lambda each: -int(each.valid.sum())):
        if exemplar.name and exemplar.name in seen or not exemplar.valid.any() or len(works) == _TAUGHT:
            continue
        seen.add(exemplar.name)
        unit = 65535 if exemplar.colour.dtype == np.uint16 else 1
        works.append(Work(exemplar.colour.astype(np.float32) / np.float32(unit), exemplar.labels, 1.0, exemplar.valid,
                          exemplar.name))
    return works


def _half(progress, half):
    return None if progress is None else lambda done, total: progress(half * total + done, 2 * total)
