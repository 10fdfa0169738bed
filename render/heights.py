"""The height of every exemplar on the canvas: read from its registered height scan where there is one, else from its
colour by the relief model."""

import cv2
import numpy as np

from data.scan import read_height
from models.bank import read_for, warped
from render.relief import SEAM_REACH_TEXELS, Origin, Relief, screened_poisson


def exemplar_heights(views, landmarks_xy, frame, pitch_mm, model, *, scans=None, progress=None):
    """Heights of warped views.

    Parameters
    ----------
    views : sequence of View
    landmarks_xy : (68, 2)
        The layout, in texels of `frame`: the warp that brought the views' colours to the canvas brings their height.
    pitch_mm : float
        Size of a texel of the print.
    model : ReliefModel
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
    heights, measured = [], []
    for number, view in enumerate(views):
        item = warped(view, landmarks_xy, frame, pixels=read_for(view, frame))
        if view.name in scans:
            heights.append(_warped_height(item, *scans[view.name]))
        else:
            heights.append(model.predict(item.colour, pitch_mm))
        measured.append(view.name in scans)
        if progress:
            progress(number + 1, len(views))
    return heights, measured


def painted_over(relief, rgb, moved, model):
    """A Relief that follows paint laid over what was copied.

    Where `moved` ((H, W) bool) the slopes are those the relief model reads from the painting (`rgb` (H, W, 3) float32),
    elsewhere those of the strokes that were copied; both are joined as two copies are.
    """
    if not moved.any():
        return relief
    inferred = model.predict(rgb, relief.pitch_mm)
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
