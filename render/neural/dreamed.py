"""A painting after a dream: its colour, and where the dream lies over the paint that was copied."""

from dataclasses import replace

import numpy as np

from data.progress import Progress
from render.neural.dream import DreamSettings, dream
from render.neural.engine import moved
from render.synthesis.exemplar import Synthesis


def dreamed(synthesis: Synthesis, settings: DreamSettings, progress: Progress | None = None) -> Synthesis:
    """The painted canvas with more of what a layer of the perceptual network sees in it.

    Parameters
    ----------
    synthesis : Synthesis
        Whose `colour` is dreamed over; its source map stays as it is.
    settings : DreamSettings
    progress : callable (done, total), optional

    Returns
    -------
    Synthesis
        With `moved` where the dream or other paint before it lies over what was copied.
    """
    before = np.clip(synthesis.colour, 0, 1).astype(np.float32)
    after = dream(before, settings, progress=progress)
    over = moved(before, after)
    return replace(synthesis, colour=after, moved=over if synthesis.moved is None else over | synthesis.moved)
