"""From a height map to a closed solid: simplified surface, walls and base; and whether a mesh is a sound body."""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool, Float, Float32, Int, Int32

from data.errors import UsageError
from render.export.mesh import Surface, mesh_height

STL_LIMIT_BYTES = 2 * 1024 ** 3
"""What slicers open: many count bytes in signed 32-bit numbers."""
STL_HEAD_BYTES, STL_TRIANGLE_BYTES = 84, 50
"""A binary STL: 80 bytes of text and a count of triangles; then a normal, three corners and 2 spare bytes for each."""
BASE_MM = 2.0
"""Usual thickness below the lowest place: stiff in every plastic, and quick to print."""


@dataclass(frozen=True, eq=False)
class Solid:
    """A closed, consistently wound body in mm.

    `texel_rc` is the texel above or below each vertex, by which colours are looked up; `top` the number of triangles that
    make the painted face (they come first); `error_mm` that of the simplified surface.
    """

    vertices: Float32[np.ndarray, "N 3"]
    triangles: Int32[np.ndarray, "M 3"]
    texel_rc: Int32[np.ndarray, "N 2"]
    top: int
    error_mm: float

    @property
    def extents_mm(self) -> tuple[float, float, float]:
        """Width, height and depth of the body."""
        width, height, depth = (float(v) for v in np.ptp(self.vertices.astype(np.float64), axis=0))
        return width, height, depth

    @property
    def stl_bytes(self) -> int:
        """Size of the body as a binary STL."""
        return stl_bytes(len(self.triangles))

    def describe(self) -> str:
        """The body in words: 210.0 x 297.0 x 5.5 mm, 1.2 M triangles, 60 MB."""
        return describe_size(self.extents_mm, len(self.triangles))


def stl_bytes(triangles: int) -> int:
    """Size of a binary STL of so many triangles."""
    return STL_HEAD_BYTES + STL_TRIANGLE_BYTES * triangles


def describe_size(extents_mm: tuple[float, float, float], triangles: int) -> str:
    """A body in words, from its width, height and depth and the number of its triangles; the bytes are those of an STL."""
    width, height, depth = extents_mm
    count = f"{triangles / 1e6:.1f} M" if triangles >= 1e6 else f"{triangles / 1e3:.0f} k"
    count = count if triangles >= 1e4 else str(triangles)
    size = stl_bytes(triangles) / 1e6
    return f"{width:.1f} x {height:.1f} x {depth:.1f} mm, {count} triangles, {size:.{0 if size >= 10 else 1}f} MB"


def check_stl_size(triangles: int) -> None:
    """UsageError where an STL of so many triangles is larger than slicers and other readers take."""
    size = stl_bytes(triangles)
    if size > STL_LIMIT_BYTES:
        raise UsageError(f"an STL of {triangles / 1e6:.1f} M triangles would be {size / 1e9:.1f} GB, more than the "
                         f"{STL_LIMIT_BYTES / 1e9:.1f} GB that slicers open: allow an error (--max-error-um 5), set a "
                         "triangle budget (--triangles), or print at a coarser pitch")


def framed(z_mm: Float[np.ndarray, "H W"], pitch_mm: float, *, border_mm: float,
           level_mm: float | None = None) -> tuple[Float32[np.ndarray, "h w"], int]:
    """A height map with a flat border around it.

    Parameters
    ----------
    z_mm : (H, W) float32
    pitch_mm : float
    border_mm : float
        Width of the border, 0 or more; rounded to whole texels.
    level_mm : float, optional
        Height of the border. Without it the median height, so that the border neither hides the paint nor sinks below it.

    Returns
    -------
    z_mm : (H + 2 n, W + 2 n) float32
    n : int
        Texels added on each side.
    """
    if border_mm < 0:
        raise UsageError(f"the border must be 0 or more millimetres wide, got {border_mm}")
    texels = int(round(border_mm / pitch_mm))
    level = float(np.median(z_mm)) if level_mm is None else float(level_mm)
    return np.pad(np.asarray(z_mm, np.float32), texels, constant_values=np.float32(level)), texels


def solid_from_height(z_mm: Float[np.ndarray, "H W"], pitch_mm: float, *, base_mm: float = BASE_MM,
                      max_error_mm: float | None = None, triangles: int | None = None) -> Solid:
    """A closed solid below a height map, W x pitch wide, H x pitch high, base_mm + highest z deep.

    The surface is simplified first and the walls follow its border, so that no seam can open.

    Parameters
    ----------
    z_mm : (H, W) float32
    pitch_mm : float
    base_mm : float
        Thickness below height 0.
    max_error_mm : float, optional
        No texel lies farther than this from the surface; 0 without it and without a budget.
    triangles : int, optional
        Or: a budget for the whole solid.

    Raises
    ------
    UsageError
        If the base has no thickness, or as in `mesh_height`.
    """
    if not (np.isfinite(base_mm) and base_mm > 0):
        raise UsageError(f"a solid needs a base thicker than 0 mm, got {base_mm} mm: 2 mm print well")
    if triangles is not None:
        # Walls and base take about three triangles for every vertex on the border.
        border = 6 * (sum(np.shape(z_mm)) - 2)
        surface = mesh_height(z_mm, pitch_mm, triangles=max(triangles - border, triangles // 2))
    else:
        surface = mesh_height(z_mm, pitch_mm, max_error_mm=0.0 if max_error_mm is None else max_error_mm)
    return _closed(surface, np.shape(z_mm), np.float32(base_mm))


def _closed(surface: Surface, shape: tuple[int, int], base_mm: np.float32) -> Solid:
    """A surface with walls below its border, and a base that fans out from a vertex in its middle."""
    border = _border(surface.texel_rc, shape)
    top = surface.vertices.copy()
    top[:, 2] += base_mm
    foot = top[border].copy()
    foot[:, 2] = 0
    middle = np.array([[top[:, 0].max() / 2, top[:, 1].max() / 2, 0]], np.float32)
    low = len(top) + np.arange(len(border))
    centre = np.full(len(border), len(top) + len(border))
    following, low_following = np.roll(border, -1), np.roll(low, -1)
    walls = np.concatenate([np.stack([border, low, low_following], 1), np.stack([border, low_following, following], 1)])
    base = np.stack([centre, low_following, low], 1)
    texel_rc = np.concatenate([surface.texel_rc, surface.texel_rc[border],
                               [[(shape[0] - 1) // 2, (shape[1] - 1) // 2]]]).astype(np.int32)
    triangles = np.concatenate([surface.triangles, walls, base]).astype(np.int32)
    return Solid(np.concatenate([top, foot, middle]), triangles, texel_rc, len(surface.triangles), surface.error_mm)


def _border(texel_rc: Int32[np.ndarray, "N 2"], shape: tuple[int, int]) -> Int[np.ndarray, " B"]:
    """Numbers of the vertices on the border, once around: along the lower edge to the right, up, back along the upper
    edge, down; anticlockwise seen from above with y up."""
    row, column = texel_rc.T
    last_row, last_column = shape[0] - 1, shape[1] - 1

    def edge(on_it: Bool[np.ndarray, " N"], order: Int[np.ndarray, " N"]) -> Int[np.ndarray, " E"]:
        """The vertices of an edge in order, without the last: that one begins the next edge."""
        return np.flatnonzero(on_it)[np.argsort(order[on_it], kind="stable")][:-1]

    return np.concatenate([edge(row == last_row, column), edge(column == last_column, -row),
                           edge(row == 0, -column), edge(column == 0, row)])


@dataclass(frozen=True)
class Topology:
    """What a mesh is as a body.

    `watertight`: every edge has two triangles, wound against each other. `euler`: vertices - edges + triangles, 2 for a
    body without holes. `vertices` counts those that some triangle uses.
    """

    watertight: bool
    euler: int
    vertices: int
    triangles: int


def topology(triangles: Int[np.ndarray, "M 3"]) -> Topology:
    """Watertightness and Euler characteristic of a mesh, from one sort of its edges."""
    triangles = np.asarray(triangles, np.int64)
    directed = np.concatenate([triangles[:, [0, 1]], triangles[:, [1, 2]], triangles[:, [2, 0]]])
    count = int(triangles.max()) + 1
    forth = directed[:, 0] * count + directed[:, 1]
    back = directed[:, 1] * count + directed[:, 0]
    forth.sort()
    back.sort()
    # Closed and consistently wound: every directed edge once, and its reverse once.
    watertight = bool((forth[1:] != forth[:-1]).all() and np.array_equal(forth, back))
    low, high = np.minimum(*directed.T), np.maximum(*directed.T)
    edges = len(np.unique(low * count + high))
    used = len(np.unique(triangles))
    return Topology(watertight, used - edges + len(triangles), used, len(triangles))
