"""A height field as few triangles as an error bound allows: right-triangulated irregular networks.

The surface is a hierarchy of right isosceles triangles, each split at the middle of its longest side (Evans,
Kirkpatrick and Townsend 2001, doi:10.1007/s00453-001-0006-x). A split always takes both triangles of that side, so the
mesh has no cracks. Where V. Agafonkin's `martini`, the well-known compact form, measures a triangle at the middle of
its longest side only, we measure every texel within it, so that the bound holds everywhere; and any rectangle is
meshed, not only squares of side 2^n + 1: triangles that would cross the rectangle's edge are always split. Compiled,
and linear in the number of texels.

Texels are cells: the print is exactly W x pitch wide. Vertices are texel centres spread evenly over that width, which
moves none by more than half a texel.
"""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool, Float, Float32, Int32, Int64

from data.errors import UsageError
from render.export.mesh_kernels import TILE_TEXELS, emit_triangles, vertex_errors
from render.imaging.pitch import check_pitch
from render.relief.relief import check_height

_BISECTIONS = 24    # of the error bound for a budget: float32 has 24 significant bits
_NO_ROOM = np.empty((0, 3), np.int64)    # for counting triangles without keeping them


@dataclass(frozen=True, eq=False)
class Surface:
    """Triangles over the rectangle [0, W x pitch] x [0, H x pitch].

    `vertices` in mm: x right, y up, z towards the viewer. `triangles`: three vertex numbers each, anticlockwise seen from
    above. `texel_rc`: row and column of the texel each vertex stands for. `error_mm`: no texel lies farther from the
    surface, measured in z.
    """

    vertices: Float32[np.ndarray, "N 3"]
    triangles: Int32[np.ndarray, "M 3"]
    texel_rc: Int32[np.ndarray, "N 2"]
    error_mm: float


def mesh_height(z_mm: Float[np.ndarray, "H W"], pitch_mm: float, *, max_error_mm: float | None = None,
                triangles: int | None = None) -> Surface:
    """Mesh a height field, to an error bound or within a budget: give one of the two.

    Parameters
    ----------
    z_mm : (H, W) float32
        At least 2 x 2, finite; row 0 at the top edge.
    pitch_mm : float
        Size of a texel.
    max_error_mm : float, optional
        No texel lies farther than this above or below the surface; 0 keeps every texel that is not in a plane.
    triangles : int, optional
        Or: the smallest error within a budget of triangles.

    Returns
    -------
    Surface

    Raises
    ------
    ShapeError
        If the heights are not a finite picture of at least 2 x 2 texels.
    UsageError
        If both or neither of bound and budget are given, the bound is negative, or the budget too small.
    """
    z, pitch = np.ascontiguousarray(check_height(z_mm)), check_pitch(pitch_mm)
    if (max_error_mm is None) == (triangles is None):
        raise UsageError("give either an error bound (max_error_mm) or a triangle budget, one of the two")
    if triangles is not None:
        errors = vertex_errors(z, np.float32(np.inf))
        bound = np.float32(_bound_for_budget(errors, z.shape, int(triangles)))
    elif max_error_mm is not None and np.isfinite(max_error_mm) and max_error_mm >= 0:
        errors, bound = vertex_errors(z, np.float32(max_error_mm)), np.float32(max_error_mm)
    else:
        raise UsageError(f"the error bound must be 0 or more millimetres, got {max_error_mm}")
    corners = _corners(errors, bound, z.shape)
    used = np.zeros(z.size, bool)
    used[corners] = True
    number = np.cumsum(used, dtype=np.int32) - 1
    inner = errors[:z.shape[0], :z.shape[1]]
    vertices, texel_rc = _vertices(z, used, pitch)
    return Surface(vertices, number[corners], texel_rc, float(inner[inner <= bound].max(initial=0)))


def count_triangles(z_mm: Float[np.ndarray, "H W"], *, max_error_mm: float) -> int:
    """How many triangles the closed solid of a height map will have, without making it: surface, walls and base."""
    z = np.ascontiguousarray(check_height(z_mm))
    bound = np.float32(max_error_mm)
    errors = vertex_errors(z, bound)
    rows, columns = z.shape
    # Each vertex on the border takes two triangles of wall and one of base. Corners of tiles are always there.
    border = sum(int(((line > bound) | (np.arange(len(line)) % TILE_TEXELS == 0))[:-1].sum()) for line in
                 (errors[0, :columns], errors[rows - 1, :columns], errors[:rows, 0], errors[:rows, columns - 1]))
    return emit_triangles(errors, bound, rows, columns, _NO_ROOM) + 3 * border


def _corners(errors: Float32[np.ndarray, "h w"], bound: np.float32, shape: tuple[int, int]) -> Int64[np.ndarray, "M 3"]:
    """The corners of every triangle, as numbers of texels in reading order."""
    corners = np.empty((emit_triangles(errors, bound, *shape, _NO_ROOM), 3), np.int64)
    emit_triangles(errors, bound, *shape, corners)
    return corners


def _vertices(z: Float32[np.ndarray, "H W"], used: Bool[np.ndarray, " H*W"],
              pitch_mm: float) -> tuple[Float32[np.ndarray, "N 3"], Int32[np.ndarray, "N 2"]]:
    """Places in mm of the texels that are corners of triangles, and their rows and columns."""
    rows, columns = z.shape
    kept = np.flatnonzero(used)
    row, column = np.divmod(kept, columns)
    x = column * (columns * pitch_mm / (columns - 1))
    y = (rows - 1 - row) * (rows * pitch_mm / (rows - 1))
    return np.stack([x, y, z.ravel()[kept]], 1).astype(np.float32), np.stack([row, column], 1).astype(np.int32)


def _bound_for_budget(errors: Float32[np.ndarray, "h w"], shape: tuple[int, int], budget: int) -> np.float32:
    """The smallest bound whose mesh has no more than `budget` triangles, by bisection."""
    rows, columns = shape
    high = errors[np.isfinite(errors)].max()
    fewest = emit_triangles(errors, high, rows, columns, _NO_ROOM)
    if budget < fewest:
        raise UsageError(f"{budget} triangles are too few for {columns} x {rows} texels: at least {fewest} are needed; "
                         "ask for more, or for a coarser height map")
    low = np.float32(0)
    if emit_triangles(errors, low, rows, columns, _NO_ROOM) <= budget:
        return low
    for _ in range(_BISECTIONS):
        middle = (low + high) / np.float32(2)
        if emit_triangles(errors, middle, rows, columns, _NO_ROOM) <= budget:
            high = middle
        else:
            low = middle
    return high
