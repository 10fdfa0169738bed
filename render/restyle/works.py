"""Paintings read for what is learned from them: a style, or the width of their strokes."""

from collections.abc import Iterable, Iterator

import numpy as np

from data.colour import to_uint8
from data.errors import CorpusError
from features.paint.brushwork import measure_brushwork
from models.style import Work
from render.restyle.choosing import MOST_WORKS, scaled_lenders
from render.restyle.lenders import Lender

_STROKES_SEEN_PX = 1400  # longer side of a painting in which the width of strokes is measured


def works_for(lenders: Iterable[Lender], shape: tuple[int, int], eye_distance_px: float | None = None, *,
              brush_scale: float = 1.0, count: int = MOST_WORKS["neural"]) -> Iterator[Work]:
    """Works to learn a style from for a canvas, one after the other, read no larger than is of use.

    Parameters
    ----------
    lenders : iterable of Lender
    shape : (height, width)
        Of the canvas.
    eye_distance_px : float or None
        Outer eye distance of the canvas' face; without one the lenders' whole pictures are brought to the canvas' size, and
        their parts are not told apart.
    brush_scale : float
        How much wider strokes are to be than the master's.
    count : int
        At most so many.

    Yields
    ------
    Work

    Raises
    ------
    CorpusError
        If there are no lenders.
    """
    lenders = list(lenders)
    if not lenders:
        raise CorpusError("a style needs at least one painting to learn from, got none")
    for lender, scale, by_face in scaled_lenders(lenders, shape, eye_distance_px, count):
        seen = lender.read(scale * brush_scale)
        yield Work(seen.rgb, seen.parts if by_face else np.zeros_like(seen.parts), scale / seen.scale, seen.valid, lender.name)


def stroke_width_px(lenders: Iterable[Lender], shape: tuple[int, int], eye_distance_px: float | None = None, *,
                    count: int = 6) -> float:
    """How wide the lenders' strokes appear on a canvas, in its pixels: the median over works of the mean over a work's parts.

    They are measured where the scan shows them, and then brought to the canvas.

    Parameters
    ----------
    lenders : iterable of Lender
    shape : (height, width)
        Of the canvas.
    eye_distance_px : float or None
        Outer eye distance of the canvas' face, if faces decide how large works appear.
    count : int
        At most so many works are measured.

    Raises
    ------
    CorpusError
        If no work is large enough.
    """
    widths = []
    for lender, scale, _ in scaled_lenders(lenders, shape, eye_distance_px, count):
        seen = lender.read(_STROKES_SEEN_PX / max(lender.width_px, lender.height_px))
        found = measure_brushwork(to_uint8(seen.rgb), seen.parts, face_px=1.0)
        if found:
            widths.append(scale / seen.scale * np.average([part["stroke_width_px"] for part in found.values()],
                                                          weights=[part["share"] for part in found.values()]))
    if not widths:
        raise CorpusError("the works are too small to measure the width of their strokes: leave the brush as it is")
    return float(np.median(widths))
