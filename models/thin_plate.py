"""Smooth warps that carry given points to given places: thin-plate splines (Bookstein 1989, doi:10.1109/34.24792)."""

from dataclasses import dataclass

import cv2
import numpy as np
from jaxtyping import Float, Float32, Float64

CELL_PX = 8
"""A spline is smooth: it is evaluated on a grid of every eighth texel and interpolated in between."""
_LEAST_SQUARED = 1e-20
"""Below this, a squared distance counts as none: the spline's kernel is 0 there, but its logarithm is not finite."""


@dataclass(frozen=True, eq=False)
class ThinPlateSpline:
    """A spline on a grid of texels, prepared for one set of source points: it serves whatever targets those have.

    Attributes
    ----------
    operator : (nodes, N) float64
        Turns the targets of the N source points into the spline's values at the grid's nodes.
    size_px : (int, int)
        Width and height of the picture that the grid spans.
    cell_px : int
        Texels from node to node.
    """

    operator: Float64[np.ndarray, "M N"]
    size_px: tuple[int, int]
    cell_px: int = CELL_PX

    @classmethod
    def prepare(cls, source_xy: Float[np.ndarray, "N 2"], size_px: tuple[int, int], *, stiffness: float,
                cell_px: int = CELL_PX) -> "ThinPlateSpline":
        """Prepare the spline for its source points.

        Parameters
        ----------
        source_xy : (N, 2) float
            Texels of the picture that is to be made.
        size_px : (int, int)
            Width and height of that picture.
        stiffness : float
            Smooths (0 interpolates exactly); relative to the points' spread, so it has no unit.
        cell_px : int
            Texels from node to node.
        """
        nx, ny = _node_counts(size_px, cell_px)
        nodes = np.stack(np.meshgrid(np.arange(nx) * cell_px, np.arange(ny) * cell_px), -1).reshape(-1, 2)
        operator = _operator(np.asarray(source_xy, np.float64), nodes.astype(np.float64), stiffness)
        return cls(operator, size_px, cell_px)

    def field(self, target_xy: Float[np.ndarray, "N 2"]) -> Float32[np.ndarray, "H W 2"]:
        """Where each texel of the picture lies, when every source point lies at its target; ready for cv2.remap."""
        nx, ny = _node_counts(self.size_px, self.cell_px)
        coarse = (self.operator @ np.asarray(target_xy, np.float64)).reshape(ny, nx, 2).astype(np.float32)
        x, y = (np.arange(side, dtype=np.float32) / self.cell_px for side in self.size_px)
        return cv2.remap(coarse, *np.meshgrid(x, y), cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)


def _node_counts(size_px: tuple[int, int], cell_px: int) -> tuple[int, int]:
    """Nodes across and down; the last ones lie on the picture's far edge or beyond it."""
    width, height = size_px
    return -(-width // cell_px) + 1, -(-height // cell_px) + 1


def _operator(source_xy: Float64[np.ndarray, "N 2"], points_xy: Float64[np.ndarray, "M 2"],
              stiffness: float) -> Float64[np.ndarray, "M N"]:
    """What turns the targets of N source points into the spline's values at M points: the spline is linear in its targets."""
    centre, spread = source_xy.mean(0), np.sqrt(source_xy.var(0).sum())
    unit, points = (source_xy - centre) / spread, (points_xy - centre) / spread
    count = len(unit)
    affine = np.hstack([np.ones((count, 1)), unit])
    system = np.zeros((count + 3, count + 3))
    system[:count, :count] = _kernel(((unit[:, None] - unit[None]) ** 2).sum(-1)) + stiffness * np.eye(count)
    system[:count, count:], system[count:, :count] = affine, affine.T
    weights = np.linalg.inv(system)[:, :count]
    squared = (points ** 2).sum(1)[:, None] + (unit ** 2).sum(1)[None] - 2 * points @ unit.T
    values = _kernel(np.maximum(squared, 0))
    return values @ weights[:count] + np.hstack([np.ones((len(points), 1)), points]) @ weights[count:]


def _kernel(squared: Float64[np.ndarray, "M N"]) -> Float64[np.ndarray, "M N"]:
    """r^2 log r^2 of squared distances."""
    return np.where(squared > 0, squared * np.log(np.maximum(squared, _LEAST_SQUARED)), 0.0)
