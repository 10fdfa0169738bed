"""Pictures read between their texels; compiled, to be copied into the loops that read (`inline="always"`)."""

import numba as nb
import numpy as np
from jaxtyping import Float32

from render.imaging.scalars import Real, Whole


@nb.njit(cache=True, inline="always")
def linear(field: Float32[np.ndarray, "H W"], y: Real, x: Real) -> Real:
    """A field between its texels, by linear interpolation.

    Parameters
    ----------
    field : (H, W) float32
    y, x : float
        Texel centres lie on whole numbers; places beyond the outermost centres are moved to them.
    """
    rows, columns = field.shape
    y, x = min(max(y, 0.0), rows - 1.0), min(max(x, 0.0), columns - 1.0)
    i, j = min(int(y), rows - 2), min(int(x), columns - 2)
    v, u = np.float32(y - i), np.float32(x - j)
    return (field[i, j] * (1 - u) + field[i, j + 1] * u) * (1 - v) + (field[i + 1, j] * (1 - u) + field[i + 1, j + 1] * u) * v


@nb.njit(cache=True, inline="always")
def cubic(field: Float32[np.ndarray, "H W"], weights_y: Float32[np.ndarray, "4"], weights_x: Float32[np.ndarray, "4"],
          i: Whole, j: Whole) -> Real:
    """A field between its texels, by cubic interpolation.

    Parameters
    ----------
    field : (H, W) float32
        Beyond the borders it goes on as it ends.
    weights_y, weights_x : (4,) float32
        From `catmull_rom`, of rows i - 1 to i + 2 and columns j - 1 to j + 2.
    i, j : int
        Row and column of the texel at or before the place.
    """
    rows, columns = field.shape
    total = np.float32(0)
    for a in range(4):
        r = min(max(i - 1 + a, 0), rows - 1)
        line = np.float32(0)
        for b in range(4):
            line += weights_x[b] * field[r, min(max(j - 1 + b, 0), columns - 1)]
        total += weights_y[a] * line
    return total


@nb.njit(cache=True, inline="always")
def catmull_rom(t: Real, weights: Float32[np.ndarray, "4"]) -> None:
    """Fill in the weights of four texels in a row at a share `t` of the way between the middle two (Catmull and Rom 1974,
    doi:10.1016/B978-0-12-079050-0.50020-5)."""
    weights[0] = np.float32(((-0.5 * t + 1.0) * t - 0.5) * t)
    weights[1] = np.float32((1.5 * t - 2.5) * t * t + 1.0)
    weights[2] = np.float32(((-1.5 * t + 2.0) * t + 0.5) * t)
    weights[3] = np.float32((0.5 * t - 0.5) * t * t)
