"""From a meshed relief to a closed solid, and into the files printers take: STL, PLY, GLB and coloured 3MF."""

import hashlib
import uuid
from dataclasses import dataclass

import numpy as np

from data.errors import OutputError, UsageError
from data.files import replacing
from render.export.mesh import mesh_height

STL_LIMIT_BYTES = 2 * 1024 ** 3


@dataclass(frozen=True, eq=False)
class Solid:
    """A closed, consistently wound body in mm: `vertices` (N, 3) float32, `triangles` (M, 3) int32.

    `texel_rc` (N, 2) int32 is the texel above or below each vertex, by which colours are looked up; `top` the number of
    triangles that make the painted face (they come first); `error_mm` that of the simplified surface.
    """

    vertices: np.ndarray
    triangles: np.ndarray
    texel_rc: np.ndarray
    top: int
    error_mm: float

    @property
    def extents_mm(self):
        return tuple(float(v) for v in np.ptp(self.vertices.astype(np.float64), axis=0))

    @property
    def stl_bytes(self):
        return 84 + 50 * len(self.triangles)

    def describe(self):
        """"210.0 x 297.0 x 5.5 mm, 1.2 M triangles, 60 MB"."""
        return describe_size(self.extents_mm, len(self.triangles))


def describe_size(extents_mm, triangles):
    width, height, depth = extents_mm
    count = f"{triangles / 1e6:.1f} M" if triangles >= 1e6 else f"{triangles / 1e3:.0f} k"
    count = count if triangles >= 1e4 else str(triangles)
    size = (84 + 50 * triangles) / 1e6
    return f"{width:.1f} x {height:.1f} x {depth:.1f} mm, {count} triangles, {size:.{0 if size >= 10 else 1}f} MB"


def framed(z_mm, pitch_mm, *, border_mm, level_mm=None):
    """The height map with a flat border around it, rounded to whole texels; returns (z_mm, texels added on each side).

    `level_mm` defaults to the median height, so that the border neither hides the paint nor sinks below it.
    """
    if border_mm < 0:
        raise UsageError(f"the border must be 0 or more millimetres wide, got {border_mm}")
    texels = int(round(border_mm / pitch_mm))
    level = float(np.median(z_mm)) if level_mm is None else float(level_mm)
    return np.pad(np.asarray(z_mm, np.float32), texels, constant_values=np.float32(level)), texels


def solid_from_height(z_mm, pitch_mm, *, base_mm=2.0, max_error_mm=None, triangles=None):
    """A closed solid below a height map: simplified surface, walls, base.

    The surface is simplified first and the walls follow its border, so that no seam can open. Sizes: W x pitch_mm wide,
    H x pitch_mm high, base_mm + highest z deep. `triangles` is a budget for the whole solid.
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


def _closed(surface, shape, base_mm):
    row, column = surface.texel_rc.T
    last_r, last_c = shape[0] - 1, shape[1] - 1

    def side(mask, key):
        return np.flatnonzero(mask)[np.argsort(key[mask], kind="stable")]

    # Anticlockwise seen from above, y up: along the lower edge to the right, up, along the upper edge, down.
    loop = np.concatenate([side(row == last_r, column)[:-1], side(column == last_c, -row)[:-1],
                           side(row == 0, -column)[:-1], side(column == 0, row)[:-1]])
    top = surface.vertices.copy()
    top[:, 2] += base_mm
    foot = top[loop].copy()
    foot[:, 2] = 0
    count = len(loop)
    low = len(top) + np.arange(count)
    centre = len(top) + count
    middle = np.array([[top[:, 0].max() / 2, top[:, 1].max() / 2, 0]], np.float32)
    following, low_following = np.roll(loop, -1), np.roll(low, -1)
    walls = np.concatenate([np.stack([loop, low, low_following], 1), np.stack([loop, low_following, following], 1)])
    base = np.stack([np.full(count, centre), low_following, low], 1)
    texel = np.concatenate([surface.texel_rc, surface.texel_rc[loop], [[last_r // 2, last_c // 2]]]).astype(np.int32)
    triangles = np.concatenate([surface.triangles, walls, base]).astype(np.int32)
    return Solid(np.concatenate([top, foot, middle]), triangles, texel, len(surface.triangles), surface.error_mm)


def check_stl_size(triangles):
    """UsageError when an STL of so many triangles is larger than slicers and the format's readers take."""
    size = 84 + 50 * triangles
    if size > STL_LIMIT_BYTES:
        raise UsageError(f"an STL of {triangles / 1e6:.1f} M triangles would be {size / 1e9:.1f} GB, more than the "
                         f"{STL_LIMIT_BYTES / 1e9:.1f} GB that slicers open: allow an error (--max-error-um 5), set a "
                         "triangle budget (--triangles), or print at a coarser pitch")


def write_stl(solid, path):
    """Binary STL, mm. Normals from the triangles; written in pieces, so that memory stays small."""
    check_stl_size(len(solid.triangles))
    record = np.dtype([("normal", "<f4", 3), ("corners", "<f4", (3, 3)), ("attribute", "<u2")])
    with replacing(path) as beside, open(beside, "wb") as stream:
        stream.write(b"Atelier relief, millimetres".ljust(80, b" "))
        stream.write(np.uint32(len(solid.triangles)).tobytes())
        for start in range(0, len(solid.triangles), 500_000):
            corners = solid.vertices[solid.triangles[start:start + 500_000]]
            rows = np.zeros(len(corners), record)
            normal = np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0])
            rows["normal"] = normal / np.maximum(np.linalg.norm(normal, axis=1, keepdims=True), 1e-20)
            rows["corners"] = corners
            stream.write(rows.tobytes())


def read_stl(path):
    """A binary STL as (vertices (N, 3) float32, triangles (M, 3) int64), vertices at one place merged."""
    record = np.dtype([("normal", "<f4", 3), ("corners", "<f4", (3, 3)), ("attribute", "<u2")])
    with open(path, "rb") as stream:
        stream.seek(80)
        count = int(np.frombuffer(stream.read(4), "<u4")[0])
        rows = np.frombuffer(stream.read(), record)
    if len(rows) != count:
        raise OutputError(f"{path} says {count} triangles and holds {len(rows)}: it is not complete")
    flat = np.ascontiguousarray(rows["corners"].reshape(-1, 3) + np.float32(0))    # -0 and 0 are one place
    bits = flat.view(np.uint32).astype(np.uint64)
    _, column = np.unique(bits[:, 0] << np.uint64(32) | bits[:, 1], return_inverse=True)
    _, first, number = np.unique(column.astype(np.uint64) << np.uint64(32) | bits[:, 2], return_index=True,
                                 return_inverse=True)
    return flat[first], number.reshape(-1, 3)


@dataclass(frozen=True)
class Topology:
    """What a mesh is as a body: `watertight` every edge has two triangles, wound against each other; `euler` V - E + F,
    2 for a body without holes."""

    watertight: bool
    euler: int
    vertices: int
    triangles: int


def topology(triangles):
    """Watertightness and Euler characteristic, in one sort of the edges ((M, 3) int -> Topology)."""
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


def vertex_colours(solid, rgb):
    """(N, 3) uint8 sRGB: the texel of each vertex; `rgb` is (H, W, 3) float32 in [0, 1], of the height map's size."""
    row, column = solid.texel_rc.T
    return np.round(np.clip(np.asarray(rgb)[row, column], 0, 1) * 255).astype(np.uint8)


def write_ply(solid, path, rgb=None):
    """Binary PLY through open3d, with vertex colours where `rgb` is given."""
    _write_open3d(solid, path, rgb)


def write_glb(solid, path, rgb=None):
    """GLB with the whole picture as texture, so that simplifying the mesh costs no colour; glTF counts in metres and has y
    up, as the print stands on an easel."""
    import trimesh
    mesh = trimesh.Trimesh(solid.vertices.astype(np.float64) / 1000, solid.triangles, process=False)
    if rgb is not None:
        from PIL import Image
        rows, columns = np.shape(rgb)[:2]
        row, column = solid.texel_rc.T
        place = np.stack([(column + 0.5) / columns, 1 - (row + 0.5) / rows], 1)
        picture = Image.fromarray(np.round(np.clip(rgb, 0, 1) * 255).astype(np.uint8))
        material = trimesh.visual.material.PBRMaterial(baseColorTexture=picture, metallicFactor=0.0, roughnessFactor=0.8)
        mesh.visual = trimesh.visual.TextureVisuals(uv=place, material=material)
    with replacing(path) as beside:
        beside.write_bytes(mesh.export(file_type="glb"))


def _write_open3d(solid, path, rgb):
    import open3d as o3d
    mesh = o3d.geometry.TriangleMesh(o3d.utility.Vector3dVector(solid.vertices.astype(np.float64)),
                                     o3d.utility.Vector3iVector(solid.triangles))
    if rgb is not None:
        mesh.vertex_colors = o3d.utility.Vector3dVector(vertex_colours(solid, rgb) / 255.0)
    mesh.compute_vertex_normals()
    with replacing(path) as beside:
        if not o3d.io.write_triangle_mesh(str(beside), mesh, write_ascii=False):
            raise OutputError(f"open3d could not write {path}")


def write_3mf(solid, path, rgb=None, *, title="Atelier relief"):
    """3MF in millimetres through lib3mf, colour as a colour group with one entry per distinct colour (5 bits a channel,
    so that the file stays small: printers' filaments and inks have fewer)."""
    import lib3mf
    wrapper = lib3mf.Wrapper()
    model = wrapper.CreateModel()
    model.SetUnit(lib3mf.ModelUnit.MilliMeter)
    mesh = model.AddMeshObject()
    mesh.SetName(title)
    vertices = np.ascontiguousarray(solid.vertices, "<f4")
    triangles = np.ascontiguousarray(solid.triangles, "<u4")
    mesh.SetGeometry((lib3mf.Position * len(vertices)).from_buffer_copy(vertices),
                     (lib3mf.Triangle * len(triangles)).from_buffer_copy(triangles))
    if rgb is not None:
        coarse = vertex_colours(solid, rgb) >> 3
        key = (coarse[:, 0].astype(np.int32) << 10) | (coarse[:, 1].astype(np.int32) << 5) | coarse[:, 2]
        palette, entry = np.unique(key, return_inverse=True)
        group = model.AddColorGroup()
        numbers = []
        for value in palette.tolist():
            shades = [((value >> shift) & 31) * 255 // 31 for shift in (10, 5, 0)]
            numbers.append(group.AddColor(wrapper.RGBAToColor(*shades, 255)))
        numbers = np.asarray(numbers, np.uint32)
        properties = np.empty((len(triangles), 4), "<u4")
        properties[:, 0] = group.GetResourceID()
        properties[:, 1:] = numbers[entry][solid.triangles]
        mesh.SetAllTriangleProperties((lib3mf.TriangleProperties * len(triangles)).from_buffer_copy(properties))
        mesh.SetObjectLevelProperty(group.GetResourceID(), int(numbers[0]))
    item = model.AddBuildItem(mesh, wrapper.GetIdentityTransform())
    # lib3mf draws these at random; the same solid is to be the same file.
    content = hashlib.sha256(vertices.tobytes() + triangles.tobytes()).hexdigest()
    for part, give in (("mesh", mesh.SetUUID), ("item", item.SetUUID), ("build", model.SetBuildUUID)):
        give(str(uuid.uuid5(uuid.NAMESPACE_OID, f"atelier {part} {content}")))
    with replacing(path) as beside:
        model.QueryWriter("3mf").WriteToFile(str(beside))
