"""Solids as the files that printers and viewers take: STL, PLY, GLB and coloured 3MF."""

import hashlib
import uuid
from pathlib import Path

import numpy as np
from jaxtyping import Float, Float32, Int64, UInt8, UInt32
from PIL import Image

from data.colour import to_uint8
from data.errors import OutputError
from data.files import replacing
from render.export.solids import STL_HEAD_BYTES, Solid, check_stl_size

_STL_TEXT = b"Atelier relief, millimetres"
_STL_RECORD = np.dtype([("normal", "<f4", 3), ("corners", "<f4", (3, 3)), ("attribute", "<u2")])
_STL_PIECE = 500_000         # triangles made ready at once, some 60 MB
_LEAST_LENGTH = 1e-20        # of a normal before it is divided by its length: triangles without area get none
_MM_PER_METRE = 1000
_GLB_ROUGHNESS = 0.8         # oil paint under thin varnish: between satin and matt, 1 is chalk
_COLOUR_BITS = 5             # a channel in 3MF


def write_stl(solid: Solid, path: Path | str) -> None:
    """Binary STL, mm. Normals from the triangles; written in pieces, so that memory stays small."""
    check_stl_size(len(solid.triangles))
    with replacing(path) as beside, open(beside, "wb") as stream:
        stream.write(_STL_TEXT.ljust(STL_HEAD_BYTES - 4, b" "))
        stream.write(np.uint32(len(solid.triangles)).tobytes())
        for start in range(0, len(solid.triangles), _STL_PIECE):
            corners = solid.vertices[solid.triangles[start:start + _STL_PIECE]]
            rows = np.zeros(len(corners), _STL_RECORD)
            normal = np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0])
            rows["normal"] = normal / np.maximum(np.linalg.norm(normal, axis=1, keepdims=True), _LEAST_LENGTH)
            rows["corners"] = corners
            stream.write(rows.tobytes())


def read_stl(path: Path | str) -> tuple[Float32[np.ndarray, "N 3"], Int64[np.ndarray, "M 3"]]:
    """Vertices and triangles of a binary STL, vertices at one place merged; OutputError where the file is cut off."""
    with open(path, "rb") as stream:
        stream.seek(STL_HEAD_BYTES - 4)
        count = int(np.frombuffer(stream.read(4), "<u4")[0])
        rows = np.frombuffer(stream.read(), _STL_RECORD)
    if len(rows) != count:
        raise OutputError(f"{path} says {count} triangles and holds {len(rows)}: it is not complete")
    flat = np.ascontiguousarray(rows["corners"].reshape(-1, 3) + np.float32(0))    # -0 and 0 are one place
    bits = flat.view(np.uint32).astype(np.uint64)
    _, column = np.unique(bits[:, 0] << np.uint64(32) | bits[:, 1], return_inverse=True)
    _, first, number = np.unique(column.astype(np.uint64) << np.uint64(32) | bits[:, 2], return_index=True,
                                 return_inverse=True)
    return flat[first], number.reshape(-1, 3)


def vertex_colours(solid: Solid, rgb: Float[np.ndarray, "H W 3"]) -> UInt8[np.ndarray, "N 3"]:
    """sRGB of the texel of each vertex; `rgb` is sRGB in [0, 1], of the height map's size."""
    row, column = solid.texel_rc.T
    return to_uint8(np.asarray(rgb)[row, column])


def write_ply(solid: Solid, path: Path | str, rgb: Float[np.ndarray, "H W 3"] | None = None) -> None:
    """Binary PLY through open3d.

    Parameters
    ----------
    solid : Solid
    path : path
        Written beside and renamed.
    rgb : (H, W, 3) float32 in [0, 1], optional
        sRGB of the height map's texels, kept as colours of vertices.
    """
    import open3d as o3d  # takes seconds to load
    mesh = o3d.geometry.TriangleMesh(o3d.utility.Vector3dVector(solid.vertices.astype(np.float64)),
                                     o3d.utility.Vector3iVector(solid.triangles))
    if rgb is not None:
        mesh.vertex_colors = o3d.utility.Vector3dVector(vertex_colours(solid, rgb) / 255.0)
    mesh.compute_vertex_normals()
    with replacing(path) as beside:
        # It returns False and leaves an empty file where it cannot write.
        if not o3d.io.write_triangle_mesh(str(beside), mesh, write_ascii=False):
            raise OutputError(f"open3d could not write {path}")


def write_glb(solid: Solid, path: Path | str, rgb: Float[np.ndarray, "H W 3"] | None = None) -> None:
    """GLB with the whole picture as texture, so that simplifying the mesh costs no colour.

    glTF counts in metres. Its y is up, as the print stands on an easel.

    Parameters
    ----------
    solid : Solid
    path : path
        Written beside and renamed.
    rgb : (H, W, 3) float32 in [0, 1], optional
        sRGB of the height map's texels.
    """
    import trimesh  # only this format needs it
    mesh = trimesh.Trimesh(solid.vertices.astype(np.float64) / _MM_PER_METRE, solid.triangles, process=False)
    if rgb is not None:
        rows, columns = np.shape(rgb)[:2]
        row, column = solid.texel_rc.T
        place = np.stack([(column + 0.5) / columns, 1 - (row + 0.5) / rows], 1)
        material = trimesh.visual.material.PBRMaterial(baseColorTexture=Image.fromarray(to_uint8(rgb)), metallicFactor=0.0,
                                                       roughnessFactor=_GLB_ROUGHNESS)
        mesh.visual = trimesh.visual.TextureVisuals(uv=place, material=material)
    exported = mesh.export(file_type="glb")
    assert isinstance(exported, bytes), "trimesh exports GLB as bytes"
    with replacing(path) as beside:
        beside.write_bytes(exported)


def write_3mf(solid: Solid, path: Path | str, rgb: Float[np.ndarray, "H W 3"] | None = None, *,
              title: str = "Atelier relief") -> None:
    """3MF in millimetres through lib3mf, with colours of vertices.

    Colours are a group with one entry per distinct colour, 5 bits a channel, so that the file stays small: filaments and
    inks of such printers have fewer.

    Parameters
    ----------
    solid : Solid
    path : path
        Written beside and renamed.
    rgb : (H, W, 3) float32 in [0, 1], optional
        sRGB of the height map's texels.
    title : str
        Name of the body.
    """
    import lib3mf  # only this format needs it
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
        group = model.AddColorGroup()
        palette, entry = _palette(vertex_colours(solid, rgb))
        numbers = np.asarray([group.AddColor(wrapper.RGBAToColor(*(int(shade) for shade in colour), 255))
                              for colour in palette], np.uint32)
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


def _palette(colours: UInt8[np.ndarray, "N 3"]) -> tuple[UInt32[np.ndarray, "C 3"], Int64[np.ndarray, " N"]]:
    """The distinct colours at 5 bits a channel, dark to bright in red first, each as 0 to 255; and each vertex's entry."""
    most = 2 ** _COLOUR_BITS - 1
    coarse = (colours >> (8 - _COLOUR_BITS)).astype(np.int32)
    keys, entry = np.unique((coarse[:, 0] << 2 * _COLOUR_BITS) | (coarse[:, 1] << _COLOUR_BITS) | coarse[:, 2],
                            return_inverse=True)
    channels = [(keys >> shift) & most for shift in (2 * _COLOUR_BITS, _COLOUR_BITS, 0)]
    return np.stack(channels, 1).astype(np.uint32) * 255 // most, entry
