"""The height of every exemplar on the canvas: read from its registered height scan where there is one, else from its
colour by the relief model."""

import os
from concurrent.futures import ThreadPoolExecutor

import cv2
import numpy as np

from data.scan import read_height
from models.relief import HALO
from models.threads import one_thread
from models.warping import read_for, warped
from render.relief.relief import SEAM_REACH_TEXELS, Origin, Relief, screened_poisson

_READERS = 4    # at once; each takes about 400 MB per megapixel


def exemplar_heights(views, landmarks_xy, frame, pitch_mm, model, *, source=None, scans=None, progress=None):
    """Heights of warped views.

    Parameters
    ----------
    views : sequence of View
    landmarks_xy : (68, 2)
        The layout, in texels of `frame`: the warp that brought the views' colours to the canvas brings their height.
    pitch_mm : float
        Size of a texel of the print.
    model : ReliefModel
        Its reading is not matched to measured paint here: that is for the relief as a whole.
    source : (H, W, 3) int32, optional
        The source map: heights are read only where it copies from (0 elsewhere), which saves half of the work.
    scans : dict, optional
        View name -> (path of the height scan, mm per unit).

    Returns
    -------
    heights : list of (H, W) float32
        In mm.
    measured : list of bool
        Which of them were read from height scans.
    """
    scans = scans or {}

    def height_of(number):
        view = views[number]
        item = warped(view, landmarks_xy, frame, pixels=read_for(view, frame))
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
    return heights, [view.name in scans for view in views]


def overpainted_relief(relief, rgb, moved, model):
    """A Relief that follows paint laid over what was copied.

    Where `moved` ((H, W) bool) the slopes are those the relief model reads from the painting (`rgb` (H, W, 3) float32),
    elsewhere those of the strokes that were copied; both are joined as two copies are.
    """
    if not moved.any():
        return relief
    # Matching to measured paint is for the relief as a whole, afterwards.
    inferred = model.predict(rgb, relief.pitch_mm, match=False)
    # The model's level is not the scans' level: over the reach of a seam the copied strokes' level holds.
    z = np.where(moved, inferred - float(inferred[moved].mean()) + float(relief.z_mm[moved].mean()), relief.z_mm)
    slopes = []
    for axis in (1, 0):
        either = moved[:, 1:] | moved[:, :-1] if axis else moved[1:] | moved[:-1]
        slopes.append(np.where(either, np.diff(inferred, axis=axis), np.diff(relief.z_mm, axis=axis)))
    joined = screened_poisson(z, *slopes, reach_texels=SEAM_REACH_TEXELS)
    joined -= min(0.0, float(joined.min()))
    return Relief(joined, relief.pitch_mm, np.where(moved, Origin.INFERRED, relief.origin).astype(np.uint8),
                  {**relief.provenance, "painted_over": float(moved.mean())})


def _used(source, number):
    """(top, bottom, left, right) of the places of one exemplar that a source map copies from; None for all of it."""
    if source is None:
        return None
    rows, columns = (source[..., i][source[..., 0] == number] for i in (1, 2))
    return (rows.min(), rows.max() + 1, columns.min(), columns.max() + 1) if len(rows) else (0, 0, 0, 0)


def _read_height(model, rgb, pitch_mm, mirrored, used):
    """The model's reading of the colour, within a box. A mirrored painting is read the right way round, since pictures are
    lit from one side by custom."""
    height = np.zeros(rgb.shape[:2], np.float32)
    top, bottom, left, right = used or (0, rgb.shape[0], 0, rgb.shape[1])
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


def _warped_height(item, path, mm_per_unit):
    """A height scan seen through the warp of its painting. Heights keep their millimetres: a stroke that is enlarged on
    the canvas does not get thicker, as the master's brush would not have laid more paint."""
    view = item.view
    height = read_height(path, mm_per_unit)
    if view.mirrored:
        height = height[:, ::-1]
    ratio = np.array([height.shape[1] / view.width_px, height.shape[0] / view.height_px], np.float32)
    at = (item.field + np.float32(0.5)) * ratio - np.float32(0.5)
    # Where the canvas shows the scan smaller, the mean over a texel's footprint is its height.
    step = float(np.median(np.abs(np.diff(at[..., 0], axis=1))))
    if step > 1.5:
        height = cv2.GaussianBlur(height, (0, 0), 0.4 * step)
    return cv2.remap(np.ascontiguousarray(height, np.float32), at[..., 0], at[..., 1], cv2.INTER_LINEAR,
                     borderMode=cv2.BORDER_REFLECT)
