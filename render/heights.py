"""The height of every exemplar on the canvas: read from its registered height scan where there is one, else from its
colour by the relief model."""

import cv2
import numpy as np

from data.scan import read_height
from models.bank import read_for, warped


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
