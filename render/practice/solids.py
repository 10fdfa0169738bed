"""Round solids seen from in front: fingers, arms and fruit as tapered limbs with depth; compiled.

A limb runs between two points and is round across. Where limbs meet they melt into one another as flesh and cloth do: heights
are joined by a soft maximum. Every texel learns how high the surface lies, which way it faces, and where on which limb it is,
so that folds and nails can follow the form.
"""

from typing import NamedTuple

import numba
import numpy as np
from jaxtyping import Float32, Float64, Int16

from render.practice.canvas import Canvas

_SKIN_DEEP = 0.03           # limbs melt into one another over so much depth, eye units
_NOTHING = -20.0            # depth of a texel that no limb reaches, eye units
_MOST = 40.0                # largest depth over `_SKIN_DEEP` that exp() is asked for


class Solid(NamedTuple):
    """A solid on a canvas, (H, W) each.

    `cover` in [0, 1]; `depth` towards the viewer in eye units, the solid's own least where it covers nothing; `normal`
    (x, y, z); `limb`, the number of the limb in front, -1 where there is none; `along` it, 0 to 1, and `side`, -1 on one
    rim and 1 on the other.
    """

    cover: Float32[np.ndarray, "H W"]
    depth: Float32[np.ndarray, "H W"]
    normal: Float32[np.ndarray, "H W 3"]
    limb: Int16[np.ndarray, "H W"]
    along: Float32[np.ndarray, "H W"]
    side: Float32[np.ndarray, "H W"]


def build_solid(canvas: Canvas, limbs: Float64[np.ndarray, "N 8"], melt: float = _SKIN_DEEP) -> Solid:
    """The solid that limbs make.

    Parameters
    ----------
    canvas : Canvas
    limbs : (N, 8) float64
        Each limb's start (x, y, z) and radius there, its end (x, y, z) and radius there; eye units, z towards the viewer.
    melt : float
        Depth over which limbs melt into one another, eye units.
    """
    shape = canvas.parts.shape
    cover, front = np.zeros(shape, np.float32), np.full(shape, _NOTHING, np.float32)
    weight, normal = np.zeros(shape), np.zeros((*shape, 3))
    limb, along, side = np.full(shape, -1, np.int16), np.zeros(shape, np.float32), np.zeros(shape, np.float32)
    limbs = np.ascontiguousarray(limbs, np.float64)
    _gather(limbs, float(canvas.x[0, 0]), float(canvas.y[0, 0]), 1 / canvas.unit, melt, cover, front, weight, normal, limb,
            along, side)
    seen = limb >= 0
    depth = np.where(seen, melt * np.log(np.maximum(weight, 1e-30)), limbs[:, [2, 6]].min())
    length = np.linalg.norm(normal, axis=-1, keepdims=True)
    normal = np.where(length > 0, normal / np.maximum(length, 1e-30), [0, 0, 1])
    return Solid(cover, depth.astype(np.float32), normal.astype(np.float32), limb, along, side)


@numba.njit(cache=True)
def _gather(limbs, left, top, step, melt, cover, front, weight, normal, limb, along, side):
    """Lay every limb in turn; all arrays after `melt` are changed in place."""
    rows, columns = cover.shape
    for k in range(len(limbs)):
        x0, y0, z0, r0, x1, y1, z1, r1 = limbs[k]
        reach = max(r0, r1) + step
        first_row, last_row = int((min(y0, y1) - reach - top) / step), int((max(y0, y1) + reach - top) / step) + 1
        first, last = int((min(x0, x1) - reach - left) / step), int((max(x0, x1) + reach - left) / step) + 1
        dx, dy = x1 - x0, y1 - y0
        square = dx * dx + dy * dy + 1e-12
        for row in range(max(first_row, 0), min(last_row + 1, rows)):
            y = top + row * step
            for column in range(max(first, 0), min(last + 1, columns)):
                x = left + column * step
                share = min(max(((x - x0) * dx + (y - y0) * dy) / square, 0.0), 1.0)
                radius = r0 + (r1 - r0) * share
                ox, oy = x - x0 - share * dx, y - y0 - share * dy
                distance = np.sqrt(ox * ox + oy * oy)
                covered = min(max((radius - distance) / step + 0.5, 0.0), 1.0)
                if covered <= 0:
                    continue
                cover[row, column] = max(cover[row, column], covered)
                rise = np.sqrt(max(radius * radius - distance * distance, 0.0))
                depth = z0 + (z1 - z0) * share + rise
                much = np.exp(min(max(depth / melt, -_MOST), _MOST))
                weight[row, column] += much
                normal[row, column, 0] += much * ox / radius
                normal[row, column, 1] += much * oy / radius
                normal[row, column, 2] += much * rise / radius
                if depth > front[row, column]:
                    front[row, column] = depth
                    limb[row, column] = k
                    along[row, column] = share
                    side[row, column] = (ox * dy - oy * dx) / np.sqrt(square) / radius


def solid_light(canvas: Canvas, solid: Solid, soft: float) -> Float32[np.ndarray, "H W"]:
    """Shade of a solid under the canvas' light as `Canvas.lit` has it, its form softened by `soft` eye units."""
    cover = canvas.blur(solid.cover, soft)
    normal = canvas.blur(solid.normal * solid.cover[..., None], soft) / np.maximum(cover, 1e-3)[..., None]
    x, y, z = canvas.light
    shade = 0.5 + 0.75 * (normal[..., 0] * x + normal[..., 1] * y + normal[..., 2] * z - z)
    return np.clip(shade, 0, 1.3).astype(np.float32)


def crevices(canvas: Canvas, solid: Solid, wide: float) -> Float32[np.ndarray, "H W"]:
    """How far each texel lies below what surrounds it within `wide` eye units, as a share of that width, in [0, 1]."""
    lower = canvas.blur(solid.depth, wide) - solid.depth
    return (np.clip(lower / wide, 0, 1) * solid.cover).astype(np.float32)
