"""The relief of a painting, put together: the height of the strokes that were copied, of later paint over them, and of the
canvas below."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

import numpy as np
from jaxtyping import Bool, Float, Float32, Int32

from data.progress import Progress
from models.alignment import Frame
from models.relief import ReliefModel
from models.topography import Topography
from models.view import View
from render.imaging.weave import canvas_weave
from render.relief.carrying import carry_height, matched, overpainted_relief
from render.relief.exemplar_heights import exemplar_heights
from render.relief.finishes import on_canvas
from render.relief.relief import Relief


class Overpaint(NamedTuple):
    """Paint that lies over what was copied: `rgb` (H, W, 3) float32, the whole painting as it is seen; `moved` (H, W) bool,
    where it covers what was copied."""

    rgb: Float32[np.ndarray, "H W 3"]
    moved: Bool[np.ndarray, "H W"]


@dataclass(frozen=True, eq=False)
class PaintedRelief:
    """`relief`: paint on its canvas. `bare`: the paint alone, for prints at a finer pitch, which get a canvas of their own;
    None where every height comes from a scan, which has the canvas in it."""

    relief: Relief
    bare: Relief | None


def painted_relief(exemplars: Sequence[View], source: Int32[np.ndarray, "H W 3"], landmarks_xy: Float[np.ndarray, "68 2"],
                   frame: Frame, pitch_mm: float, model: ReliefModel, *,
                   scans: Mapping[str, tuple[Path, float]] | None = None,
                   fields: Mapping[int, Float32[np.ndarray, "H W 2"]] | None = None,
                   overpaint: Callable[[], Overpaint] | None = None, seed: int = 0,
                   relief_mm: float | None = None, progress: Progress | None = None) -> PaintedRelief:
    """The relief of a painting from its source map.

    Parameters
    ----------
    exemplars : sequence of View
        In the order of the source map's numbers.
    source : (H, W, 3) int32
        Exemplar, row and column that each texel was copied from.
    landmarks_xy : (68, 2)
        The layout, in texels of `frame`.
    frame : Frame
        The canvas.
    pitch_mm : float
        Size of a texel of the print.
    model : ReliefModel
        Reads height from colour where there is no scan.
    scans : mapping, optional
        View name -> (path of its height scan, mm per unit).
    fields : mapping, optional
        Number of an exemplar -> where its texels lie in its scan, where its face does not say it.
    overpaint : callable giving an Overpaint, optional
        Paint that was not copied; its height is read from its colour. Called once, after the heights of the exemplars, which
        need the memory, are done with.
    seed : int
        Decides the threads of the canvas.
    relief_mm : float, optional
        Stretch the relief to this height; None leaves the paint as thick as it is.
    progress : callable (done, total), optional

    Returns
    -------
    PaintedRelief
    """
    heights, measured = exemplar_heights(exemplars, landmarks_xy, frame, pitch_mm, model, source=source, scans=scans,
                                         fields=fields, progress=progress)
    paint = carry_height(source, heights, pitch_mm=pitch_mm, measured=measured)
    if overpaint is not None:
        over = overpaint()
        paint = overpainted_relief(paint, over.rgb, over.moved, model)
    if model.metadata.get("match", False):
        paint = matched(paint, Topography.measured())
    # A height scan has the canvas in it; a height read from colour has not.
    has_canvas = all(measured)
    relief = paint if has_canvas else on_canvas(paint, canvas_weave(paint.z_mm.shape, pitch_mm, seed=seed))
    if relief_mm is not None:
        stretched = relief.scaled_to(relief_mm)
        relief, paint = stretched, paint.scaled_to(paint.relief_mm * (relief_mm / relief.relief_mm))
    return PaintedRelief(relief, None if has_canvas else paint)
