"""What lies below and above the paint of a relief: canvas, varnish, age cracks."""

import cv2
import numpy as np
from jaxtyping import Float
from scipy.spatial import cKDTree

from render.imaging.noise import node_noise
from render.relief.relief import Relief, raised

_FILLING_MM = 0.12        # of paint, over which all but a third of the weave is filled
_BODY_BLUR = 3.0          # texels: what is broader than a stroke is the paint's body
_VARNISH_MM, _LEVELLING_MM = 0.03, 0.4    # a usual coat; how far it flows before it sets
_LEAST_BLUR = 0.5         # texels: less blurs nothing
_CELL_MM, _CRACK_MM, _CRACK_DEPTH_MM = 4.0, 0.12, 0.05    # craquelure of a canvas some centuries old
_CRACK_SEED = 7002        # keeps cracks apart from all else that a seed decides
_LEAST_CELL = 6.0         # texels: smaller cells would be noise
_CRACK_WANDER = 0.12      # of a cell, how far borders wander
_CRACK_SLOPE = 1.5        # half widths from the middle of a crack to its edge: walls are not upright


def on_canvas(relief: Relief, weave_mm: Float[np.ndarray, "H W"], *, filling_mm: float = _FILLING_MM) -> Relief:
    """The relief with a canvas below: the weave shows where paint is thin and is filled where it is thick.

    Parameters
    ----------
    relief : Relief
        Of the paint alone.
    weave_mm : (H, W) float32
        Height of the cloth (`render.imaging.weave.canvas_weave`).
    filling_mm : float
        Thickness of paint that leaves 1 / e of the weave to be seen.
    """
    paint = relief.z_mm
    body = cv2.GaussianBlur(paint, (0, 0), _BODY_BLUR, borderType=cv2.BORDER_REFLECT)
    shown = np.exp(-np.maximum(body - body.min(), 0) / np.float32(filling_mm))
    return raised(relief, paint + np.asarray(weave_mm, np.float32) * shown, canvas=True)


def varnished(relief: Relief, *, thickness_mm: float = _VARNISH_MM, levelling_mm: float = _LEVELLING_MM) -> Relief:
    """The relief under varnish: it pools in hollows, so that the finest relief is softened and edges are not.

    Parameters
    ----------
    relief : Relief
    thickness_mm : float
        The most varnish at one place.
    levelling_mm : float
        Distance over which it levels.
    """
    paint = relief.z_mm
    sigma = max(_LEAST_BLUR, levelling_mm / relief.pitch_mm)
    level = cv2.GaussianBlur(paint, (0, 0), sigma, borderType=cv2.BORDER_REFLECT)
    film = np.clip(level - paint + thickness_mm / 2, 0, thickness_mm)
    return raised(relief, paint + film, varnish_mm=float(thickness_mm))


def crackled(relief: Relief, *, cell_mm: float = _CELL_MM, width_mm: float = _CRACK_MM, depth_mm: float = _CRACK_DEPTH_MM,
             seed: int = 0) -> Relief:
    """Age cracks: borders of the cells of jittered points, wandering.

    Cells: Worley 1996, doi:10.1145/237170.237267.

    Parameters
    ----------
    relief : Relief
    cell_mm : float
        Distance between cracks.
    width_mm : float
        Of a crack; never narrower than one texel.
    depth_mm : float
        Of a crack; never deeper than the paint.
    seed : int
        Decides where they run.
    """
    height, width = relief.z_mm.shape
    rng = np.random.default_rng([seed, _CRACK_SEED])
    cell = max(_LEAST_CELL, cell_mm / relief.pitch_mm)
    rows, columns = np.arange(-cell, height + cell, cell), np.arange(-cell, width + cell, cell)
    centres = np.stack(np.meshgrid(columns, rows), -1).reshape(-1, 2)
    centres += rng.uniform(0, cell, centres.shape)
    wander = [node_noise((height, width), 1.0, cell, rng) * np.float32(cell * _CRACK_WANDER) for _ in range(2)]
    x, y = np.meshgrid(np.arange(width, dtype=np.float32), np.arange(height, dtype=np.float32))
    distance, _ = cKDTree(centres).query(np.stack([x + wander[0], y + wander[1]], -1).reshape(-1, 2), k=2, workers=1)
    # On a border the two nearest points are equally far.
    gap = ((distance[:, 1] - distance[:, 0]) / 2).reshape(height, width).astype(np.float32)
    half = max(0.5, width_mm / relief.pitch_mm / 2)
    groove = np.clip(1 - gap / np.float32(half * _CRACK_SLOPE), 0, 1) * np.float32(depth_mm)
    return raised(relief, relief.z_mm - np.minimum(groove, relief.z_mm), craquelure_mm=float(depth_mm))
