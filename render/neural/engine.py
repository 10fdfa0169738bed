"""The neural engine where the patch engine stands: same arguments, same result, so that height follows paint.

Patches first: they say for every texel which painting and place it came from, and from there comes the height. The
neural engine then paints over them, free (`synthesise_neural`) or only joining what they left disjoint (`finished`). The
source map still holds wherever the colour beneath it hardly changed; `Synthesis.moved` says where it does not.
"""

from collections.abc import Mapping
from dataclasses import fields, replace
from functools import partial
from typing import Any

import cv2
import numpy as np

from data.checkpoint import Checkpoint
from data.colour import rgb_to_lab
from data.progress import Progress
from models.style import Work
from render.neural.optimise import FINISH, NeuralSettings, likeness, neural_paint
from render.synthesis.patch import Synthesis, synthesise

ALGORITHM_VERSION = "2"
_TAUGHT = 6  # exemplars that teach the style: each is as large as the canvas
NEURAL_PHASE = "neural"
"""The phase of a checkpoint (`data.checkpoint`) in which the neural half is: what patches laid is then finished."""
_EARLIER = "earlier_"


def synthesise_neural(guide, labels, exemplars, settings=None, *, guide_weight_map=None, start=None, progress=None,
                      checkpoint=None, neural=None):
    """As `render.synthesis.patch.synthesise`, whose painting it begins with and shows.

    `neural` : NeuralSettings.
    """
    lay = partial(synthesise, guide, labels, exemplars, settings, guide_weight_map=guide_weight_map, start=start)
    neural = neural or NeuralSettings(tones=0.0, seed=0 if settings is None else settings.seed)

    def paint(laid, progress, checkpoint):
        targets = neural.learn(_works(exemplars), *labels.shape)
        return neural_paint(laid, labels, targets, neural, fidelity=likeness(labels), progress=progress, checkpoint=checkpoint)

    return _in_two_halves(lay, paint, progress, checkpoint)


def finished(lay, neural=FINISH):
    """An engine that paints as `lay` does and then goes over it in the exemplars' own strokes, without moving a form:
    the two finest levels only, and nothing deeper than strokes."""
    def painted(guide, labels, exemplars, settings=None, *, progress=None, checkpoint=None, **options):
        mine = replace(neural, seed=0 if settings is None else settings.seed)

        def go_over(laid, progress, checkpoint):
            targets = mine.learn(_works(exemplars), *labels.shape)
            return neural_paint(laid, labels, targets, mine, progress=progress, checkpoint=checkpoint)

        return _in_two_halves(partial(lay, guide, labels, exemplars, settings, **options), go_over, progress, checkpoint)

    return painted


def moved(before_rgb, after_rgb, *, tolerance=6.0):
    """(H, W) bool: where lightness changed by more than `tolerance` (L*) over a few texels: the height beneath must be
    predicted from the paint there, not copied."""
    light = [rgb_to_lab(rgb)[..., 0] for rgb in (before_rgb, after_rgb)]
    return cv2.GaussianBlur(np.abs(light[0] - light[1]), (0, 0), 1.5) > tolerance


def _in_two_halves(lay, paint, progress, checkpoint):
    """Lay patches, paint over them; both halves go on where they were stopped."""
    held = earlier_half(checkpoint)
    patches = _synthesis(held) if held else lay(progress=half(progress, 0), checkpoint=checkpoint)
    laid = np.clip(patches.colour, 0, 1).astype(np.float32)
    arrays = {field.name: value for field in fields(Synthesis) if (value := getattr(patches, field.name)) is not None}
    colour = paint(laid, half(progress, 1), LaterHalf.over(checkpoint, arrays))
    over = moved(laid, colour)
    return replace(patches, colour=colour, moved=over if patches.moved is None else over | patches.moved)


class LaterHalf:
    """Checkpoints of the neural half, in the place of the earlier half's and with the `arrays` that this one ended in.

    Parameters
    ----------
    checkpoint : Checkpoint
        Of the whole work.
    arrays : mapping
        What the earlier half ended in; `earlier_half` gives it back.
    """

    def __init__(self, checkpoint: Checkpoint, arrays: Mapping[str, Any]) -> None:
        self._checkpoint = checkpoint.in_phase(NEURAL_PHASE)
        self._arrays = {_EARLIER + name: value for name, value in arrays.items()}

    @classmethod
    def over(cls, checkpoint: Checkpoint | None, arrays: Mapping[str, Any]) -> "LaterHalf | None":
        """As the class itself; None where no checkpoints are kept."""
        return None if checkpoint is None else cls(checkpoint, arrays)

    def save(self, level: int, state: Mapping[str, Any]) -> None:
        """Keep a state of the neural half, and with it all that the earlier half ended in."""
        self._checkpoint.save(level, {**state, **self._arrays})

    def load(self) -> tuple[int, Mapping[str, Any]] | None:
        """The state of the neural half kept last; None if the work had not come so far."""
        return self._checkpoint.load()

    def in_phase(self, name: str) -> Checkpoint:
        """The same place for a phase after this one."""
        return self._checkpoint.in_phase(name)


def earlier_half(checkpoint: Checkpoint | None) -> dict[str, Any] | None:
    """The arrays that the earlier half ended in where a checkpoint was kept after it, else None."""
    held = checkpoint.in_phase(NEURAL_PHASE).load() if checkpoint is not None else None
    if held is None:
        return None
    return {name.removeprefix(_EARLIER): value for name, value in held[1].items() if name.startswith(_EARLIER)}


def _synthesis(held):
    return Synthesis(**{name: np.asarray(value).item() if np.ndim(value) == 0 else value for name, value in held.items()})


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


def half(progress: Progress | None, number: int) -> Progress | None:
    """Progress of one half (0 or 1) of the work, as progress of the whole."""
    return None if progress is None else lambda done, total: progress(number * total + done, 2 * total)
