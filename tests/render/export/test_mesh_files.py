"""Claim: what is written as STL, PLY, GLB or 3MF is read by others as the same closed body, in millimetres and in colour."""

import numpy as np
import pytest

from data.errors import OutputError
from render.export.mesh_files import read_stl, write_3mf, write_glb, write_ply, write_stl
from render.export.solids import solid_from_height, topology
from tests.render.export.reliefs import PITCH_MM, rough


def test_stl_round_trip(tmp_path):
    z = rough(130, 97)
    solid = solid_from_height(z, 0.0423, base_mm=2.0, max_error_mm=0.02)
    write_stl(solid, tmp_path / "relief.stl")
    assert (tmp_path / "relief.stl").stat().st_size == solid.stl_bytes
    vertices, triangles = read_stl(tmp_path / "relief.stl")
    shape = topology(triangles)
    assert shape.watertight and shape.euler == 2 and shape.triangles == len(solid.triangles)
    size = np.ptp(vertices.astype(np.float64), axis=0)
    np.testing.assert_allclose(size[:2], (97 * 0.0423, 130 * 0.0423), atol=1e-3)
    np.testing.assert_allclose(size[2], 2.0 + z.max(), atol=0.021)


def test_other_readers_find_one_closed_body(tmp_path):
    import trimesh
    z, rgb = rough(60, 80), np.random.default_rng(1).random((60, 80, 3)).astype(np.float32)
    solid = solid_from_height(z, PITCH_MM, base_mm=1.0, max_error_mm=0.05)
    area, relief = 60 * 80 * PITCH_MM ** 2, float(z.max())
    for name, write, unit in (("a.stl", lambda s, p, _: write_stl(s, p), 1.0), ("a.ply", write_ply, 1.0),
                              ("a.glb", write_glb, 1000.0)):
        write(solid, tmp_path / name, rgb)
        mesh = trimesh.load(tmp_path / name, force="mesh")
        mesh.merge_vertices()
        assert mesh.is_watertight and mesh.is_winding_consistent, name
        np.testing.assert_allclose(mesh.extents * unit, solid.extents_mm, atol=1e-3)
        assert area < mesh.volume * unit ** 3 < area * (1 + relief)
    colours = trimesh.load(tmp_path / "a.ply", process=False).visual.vertex_colors[:, :3]
    row, column = solid.texel_rc.T
    np.testing.assert_allclose(colours / 255, rgb[row, column], atol=1 / 255)
    seen = trimesh.load(tmp_path / "a.glb", force="mesh", process=False).visual
    picture = np.asarray(seen.material.baseColorTexture)[..., :3]
    assert picture.shape == rgb.shape
    u, v = np.asarray(seen.uv).T
    found = picture[((1 - v) * 60).astype(int), (u * 80).astype(int)]
    np.testing.assert_allclose(found / 255, rgb[row, column], atol=1 / 255)


def test_the_same_solid_is_the_same_3mf(tmp_path):
    solid = solid_from_height(rough(40, 50), PITCH_MM, base_mm=1.0, max_error_mm=0.05)
    for name in ("a.3mf", "b.3mf"):
        write_3mf(solid, tmp_path / name, np.random.default_rng(1).random((40, 50, 3)).astype(np.float32))
    assert (tmp_path / "a.3mf").read_bytes() == (tmp_path / "b.3mf").read_bytes()


def test_3mf_holds_millimetres_and_colour(tmp_path):
    import lib3mf
    z = rough(40, 50)
    rgb = np.zeros((40, 50, 3), np.float32)
    rgb[:, :25, 0], rgb[:, 25:, 2] = 1, 1
    solid = solid_from_height(z, PITCH_MM, base_mm=1.0, max_error_mm=0.0)
    write_3mf(solid, tmp_path / "a.3mf", rgb)
    model = lib3mf.Wrapper().CreateModel()
    model.QueryReader("3mf").ReadFromFile(str(tmp_path / "a.3mf"))
    assert model.GetUnit() == lib3mf.ModelUnit.MilliMeter
    meshes = model.GetMeshObjects()
    assert meshes.MoveNext()
    mesh = meshes.GetCurrentMeshObject()
    assert mesh.GetTriangleCount() == len(solid.triangles) and mesh.IsManifoldAndOriented()
    places = np.array([list(vertex.Coordinates) for vertex in mesh.GetVertices()])
    np.testing.assert_allclose(np.ptp(places, axis=0), solid.extents_mm, atol=1e-3)
    groups = model.GetColorGroups()
    assert groups.MoveNext()
    group = groups.GetCurrentColorGroup()
    left = int(np.flatnonzero((solid.texel_rc[solid.triangles][:, :, 1] < 25).all(1))[0])
    colour = group.GetColor(mesh.GetTriangleProperties(left).PropertyIDs[0])
    assert (colour.Red, colour.Green, colour.Blue) == (255, 0, 0)


def test_an_stl_that_was_cut_off_is_refused(tmp_path):
    write_stl(solid_from_height(rough(10, 12), PITCH_MM), tmp_path / "a.stl")
    whole = (tmp_path / "a.stl").read_bytes()
    (tmp_path / "a.stl").write_bytes(whole[:-50])
    with pytest.raises(OutputError, match="not complete"):
        read_stl(tmp_path / "a.stl")
