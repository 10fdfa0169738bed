"""The works that a painting's patch statistics are compared with: some that gave it no paint, warped to its layout."""

from collections.abc import Collection, Sequence

import numpy as np
from jaxtyping import Float

from data.parts import Part
from data.progress import Progress
from models.alignment import Frame
from models.bank import Bank
from models.texture import TextureStatistics
from models.view import View
from models.warping import read_for, warped
from render.portrait.critique import Reference

MOST_JUDGES = 12
"""Works that are looked at: each is read and warped at the portrait's own size, and a dozen give a steady median."""
_NO_PART = 255    # label of what a judge does not show


def choose_judges(bank: Bank, givers: Collection[str], most: int = MOST_JUDGES) -> list[View]:
    """The works that judge, those with the largest faces first.

    Parameters
    ----------
    bank : Bank
    givers : collection of str
        Paintings that gave paint; they cannot judge, since the portrait contains their own paint.
    most : int

    Returns
    -------
    list of View
    """
    others = (view for view in bank.views if view.name not in set(givers))
    return sorted(others, key=lambda view: (-view.eye_distance_px, view.name))[:most]


def reference_of(bank: Bank, judges: Sequence[View], landmarks_xy: Float[np.ndarray, "68 2"], frame: Frame,
                 progress: Progress | None = None) -> Reference:
    """What a painting is judged against: every sitter's face, and the paint of the judges.

    Parameters
    ----------
    bank : Bank
    judges : sequence of View
        From `choose_judges`; those whose face lies outside the canvas are passed over.
    landmarks_xy : (68, 2)
        The portrait's layout, in texels of `frame`.
    frame : Frame
    progress : callable (done, total), optional
        Called after each judge, of one step more than there are judges: the last is the critique's.

    Returns
    -------
    Reference
    """
    textures = []
    for number, view in enumerate(judges):
        seen = warped(view, landmarks_xy, frame, pixels=read_for(view, frame))
        labels = np.where(seen.valid, seen.parts, _NO_PART).astype(np.uint8)
        if (labels == Part.FACE).any():
            textures.append(TextureStatistics.of(seen.colour, labels))
        if progress:
            progress(number + 1, len(judges) + 1)
    return Reference(tuple(view.name for view in bank.views), np.stack([view.embedding for view in bank.views]),
                     textures=tuple(textures))
