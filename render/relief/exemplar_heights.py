"""The height of every exemplar on the canvas: read from its registered height scan where there is one, else from its
colour by the relief model."""

import os
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import NamedTuple

import cv2
import numpy as np
from jaxtyping import Float, Float32, Int32

from data.coordinates import rescale_points
from data.height_scan import read_height
from data.progress import Progress
from models.alignment import Frame
from models.relief import HALO, ReliefModel
from models.threads import one_thread
from models.view import View
from models.warping import Warped, carried, read_for, warped

_READERS = 4          # at once; each takes about 400 MB per megapixel
_SMALLER_STEP = 1.5   # scan pixels a texel, from which on their mean is its height
_FOOTPRINT = 0.4      # of that step: the Gaussian that takes the mean


class Box(NamedTuple):
    """Rows from `top` to before `bottom`, columns from `left` to before `right`."""

    top: int
    bottom: int
    left: int
    right: int


class ExemplarHeights(NamedTuple):
    """`heights` in mm, one (H, W) float32 a view; `measured`: which of them were read from height scans."""

    heights: list[Float32[np.ndarray, "H W"]]
    measured: list[bool]


def exemplar_heights(views: Sequence[View], landmarks_xy: Float[np.ndarray, "68 2"], frame: Frame, pitch_mm: float,
                     model: ReliefModel, *, source: Int32[np.ndarray, "H W 3"] | None = None,
                     scans: Mapping[str, tuple[Path | str, float]] | None = None,
                     fields: Mapping[int, Float32[np.ndarray, "H W 2"]] | None = None,
                     progress: Progress | None = None) -> ExemplarHeights:
    """Heights of warped views.

    Parameters
    ----------
    views : sequence of View
    landmarks_xy : (68, 2)
        The layout, in texels of `frame`: the warp that brought the views' colours to the canvas brings their height.
    frame : Frame
        The canvas.
    pitch_mm : float
        Size of a texel of the print.
    model : ReliefModel
        Its reading is not matched to measured paint here: that is for the relief as a whole.
    source : (H, W, 3) int32, optional
        The source map: heights are read only where it copies from (0 elsewhere), which saves half of the work.
    scans : mapping, optional
        View name -> (path of the height scan, mm per unit).
    fields : mapping, optional
        Number of a view -> where each texel lies in its scan, for views that came to the canvas in another way than by their
        faces.
    progress : callable, optional
        Called after every view.

    Returns
    -------
    ExemplarHeights
    """
    scans = scans or {}

    def height_of(number: int) -> Float32[np.ndarray, "H W"]:
        view = views[number]
        pixels = read_for(view, frame)
        field = (fields or {}).get(number)
        item = warped(view, landmarks_xy, frame, pixels=pixels) if field is None else carried(view, field, pixels)
        if view.name in scans:
            return _warped_height(item, *scans[view.name])
        return _read_height(model, item.colour, pitch_mm, view.mirrored, _used(source, number))

    heights = []
    # A painting a thread: each is computed on one, so the bytes are the same on any number of cores.
    with one_thread(), ThreadPoolExecutor(min(_READERS, len(os.sched_getaffinity(0)))) as pool:
        for height in pool.map(height_of, range(len(views))):
            heights.append(height)
            if progress:
                progress(len(heights), len(views))
    return ExemplarHeights(heights, [view.name in scans for view in views])


def _used(source: Int32[np.ndarray, "H W 3"] | None, number: int) -> Box | None:
    """The places of one exemplar that a source map copies from, empty for none; None without a source map: all of it."""
    if source is None:
        return None
    rows, columns = (source[..., i][source[..., 0] == number] for i in (1, 2))
    if not len(rows):
        return Box(0, 0, 0, 0)
    return Box(int(rows.min()), int(rows.max()) + 1, int(columns.min()), int(columns.max()) + 1)


def _read_height(model: ReliefModel, rgb: Float32[np.ndarray, "H W 3"], pitch_mm: float, mirrored: bool,
                 used: Box | None) -> Float32[np.ndarray, "H W"]:
    """The model's reading of the colour within a box, 0 outside.

    A mirrored painting is read the right way round, since pictures are lit from one side by custom.
    """
    height = np.zeros(rgb.shape[:2], np.float32)
    top, bottom, left, right = used or Box(0, rgb.shape[0], 0, rgb.shape[1])
    if top == bottom:
        return height
    # As far around as the network looks, so that the heights are those of the whole picture.
    rows = slice(max(0, top - HALO), min(rgb.shape[0], bottom + HALO))
    columns = slice(max(0, left - HALO), min(rgb.shape[1], right + HALO))
    window = rgb[rows, columns]
    if mirrored:
        height[rows, columns] = model.predict(np.ascontiguousarray(window[:, ::-1]), pitch_mm, match=False)[:, ::-1]
    else:
        height[rows, columns] = model.predict(window, pitch_mm, match=False)
    return height


def _warped_height(item: Warped, path: Path | str, mm_per_unit: float) -> Float32[np.ndarray, "H W"]:
    """A height scan seen through the warp of its painting.

    Heights keep their millimetres: a stroke that is enlarged on the canvas does not get thicker, as the master's brush would
    not have laid more paint.
    """
    view = item.view
    height = read_height(path, mm_per_unit)
    if view.mirrored:
        height = height[:, ::-1]
    ratio = np.array([height.shape[1] / view.width_px, height.shape[0] / view.height_px], np.float32)
    at = rescale_points(item.field, ratio)
    # Where the canvas shows the scan smaller, the mean over a texel's footprint is its height.
    step = float(np.median(np.abs(np.diff(at[..., 0], axis=1))))
    if step > _SMALLER_STEP:
        height = cv2.GaussianBlur(height, (0, 0), _FOOTPRINT * step)
    return cv2.remap(np.ascontiguousarray(height, np.float32), at[..., 0], at[..., 1], cv2.INTER_LINEAR,
                     borderMode=cv2.BORDER_REFLECT)
