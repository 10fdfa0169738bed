"""The neural engine with the interface of the patch engine: same arguments, same kind of result.

The patch engine paints first: its source map says for every texel which painting and place it was copied from, and the height
comes from there. The neural engine then paints over it, either freely (`synthesise_neural`) or only to join patches
(`finished`). The source map stays valid wherever the colour hardly changed; `Synthesis.moved` says where it is not.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import fields, replace
from functools import partial
from typing import Any

import cv2
import numpy as np
from jaxtyping import Bool, Float32, UInt8

from data.checkpoint import Checkpoint
from data.colour import from_uint16, rgb_to_lab
from data.progress import Progress
from models.style import Work
from render.neural.fidelity import face_weights
from render.neural.optimise import neural_paint
from render.neural.settings import FINISH, NeuralSettings
from render.synthesis.exemplar import Exemplar, Synthesis, SynthesisSettings
from render.synthesis.patch import synthesise

ALGORITHM_VERSION = "2"
_TAUGHT = 6  # exemplars that teach the style: each is as large as the canvas
_NOTICED_PX = 1.5  # sigma of the neighbourhood over which a change of lightness counts
NEURAL_PHASE = "neural"
"""The phase of a checkpoint (`data.checkpoint`) in which the neural half is: what patches laid is then finished."""
_EARLIER = "earlier_"


def synthesise_neural(guide: UInt8[np.ndarray, "H W G"], labels: UInt8[np.ndarray, "H W"], exemplars: Sequence[Exemplar],
                      settings: SynthesisSettings | None = None, *, guide_weight_map: np.ndarray | None = None,
                      start: Float32[np.ndarray, "H W 3"] | None = None, progress: Progress | None = None,
                      checkpoint: Checkpoint | None = None, neural: NeuralSettings | None = None) -> Synthesis:
    """Paint with patches, and then freely over them, with the same content.

    Parameters
    ----------
    guide, labels, exemplars, settings, guide_weight_map, start, progress, checkpoint
        As of `render.synthesis.patch.synthesise`, whose painting this begins with and shows.
    neural : NeuralSettings, optional

    Returns
    -------
    Synthesis
        `source` is that of the patches, `moved` says where it no longer holds.
    """
    lay = partial(synthesise, guide, labels, exemplars, settings, guide_weight_map=guide_weight_map, start=start)
    neural = neural or NeuralSettings(tone_match=0.0, seed=0 if settings is None else settings.seed)
    return _in_two_halves(lay, _over_painter(labels, exemplars, neural, face_weights(labels)), progress, checkpoint)


def finished(lay: Callable[..., Synthesis], neural: NeuralSettings = FINISH) -> Callable[..., Synthesis]:
    """An engine that paints as `lay` does and then goes over it in the exemplars' own strokes, without moving a form:
    the two finest levels only, and nothing deeper than strokes."""
    def painted(guide: UInt8[np.ndarray, "H W G"], labels: UInt8[np.ndarray, "H W"], exemplars: Sequence[Exemplar],
                settings: SynthesisSettings | None = None, *, progress: Progress | None = None,
                checkpoint: Checkpoint | None = None, **options: Any) -> Synthesis:
        mine = replace(neural, seed=0 if settings is None else settings.seed)
        return _in_two_halves(partial(lay, guide, labels, exemplars, settings, **options),
                              _over_painter(labels, exemplars, mine, None), progress, checkpoint)

    return painted


def moved(before_rgb: Float32[np.ndarray, "H W 3"], after_rgb: Float32[np.ndarray, "H W 3"], *,
          tolerance: float = 6.0) -> Bool[np.ndarray, "H W"]:
    """Where a painting was changed so much that the height beneath must be predicted from its paint, not copied.

    Parameters
    ----------
    before_rgb, after_rgb : (H, W, 3) float32 in [0, 1]
    tolerance : float
        Steps of L* that lightness may change over a few texels.

    Returns
    -------
    (H, W) bool
    """
    light = [rgb_to_lab(rgb)[..., 0] for rgb in (before_rgb, after_rgb)]
    return cv2.GaussianBlur(np.abs(light[0] - light[1]), (0, 0), _NOTICED_PX) > tolerance


def _over_painter(labels: UInt8[np.ndarray, "H W"], exemplars: Sequence[Exemplar], neural: NeuralSettings,
                  fidelity: Float32[np.ndarray, "H W"] | None) -> Callable[..., Float32[np.ndarray, "H W 3"]]:
    """A function (laid, progress, checkpoint) that paints over what was laid, in the exemplars' style."""
    def paint(laid: Float32[np.ndarray, "H W 3"], progress: Progress | None,
              checkpoint: Checkpoint | None) -> Float32[np.ndarray, "H W 3"]:
        targets = neural.learn(_works(exemplars), *labels.shape)
        return neural_paint(laid, labels, targets, neural, fidelity=fidelity, progress=progress, checkpoint=checkpoint)

    return paint


def _in_two_halves(lay: Callable[..., Synthesis], paint: Callable[..., Float32[np.ndarray, "H W 3"]],
                   progress: Progress | None, checkpoint: Checkpoint | None) -> Synthesis:
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


def _synthesis(held: Mapping[str, Any]) -> Synthesis:
    """What the earlier half ended in, as it was kept."""
    return Synthesis(**{name: np.asarray(value).item() if np.ndim(value) == 0 else value for name, value in held.items()})


def _works(exemplars: Sequence[Exemplar]) -> list[Work]:
    """The exemplars with most painted surface as works; those that share a name teach once."""
    seen: set[str] = set()
    works: list[Work] = []
    for exemplar in sorted(exemplars, key=lambda each: -int(each.valid.sum())):
        if exemplar.name and exemplar.name in seen or not exemplar.valid.any() or len(works) == _TAUGHT:
            continue
        seen.add(exemplar.name)
        colour = exemplar.colour
        rgb = from_uint16(colour) if colour.dtype == np.uint16 else colour.astype(np.float32)
        works.append(Work(rgb, exemplar.labels, 1.0, exemplar.valid, exemplar.name))
    return works


def half(progress: Progress | None, number: int) -> Progress | None:
    """Progress of one half (0 or 1) of the work, as progress of the whole."""
    return None if progress is None else lambda done, total: progress(number * total + done, 2 * total)
