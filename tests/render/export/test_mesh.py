"""Claim: the mesh of a height map keeps its error bound at every texel, its budget, its millimetres, and is one closed
body, also after a round trip through STL."""

import cv2
import matplotlib.tri
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from data.errors import UsageError
from render.export.mesh import count_triangles, mesh_height
from render.export.solids import (
    check_stl_size,
    framed,
    read_stl,
    solid_from_height,
    topology,
    write_3mf,
    write_glb,
    write_ply,
    write_stl,
)

PITCH = 0.1


def rough(rows, columns, seed=0):
    noise = np.random.default_rng(seed).standard_normal((rows, columns)).astype(np.float32)
    z = cv2.GaussianBlur(noise, (0, 0), 1.5)
    return z - z.min()


def distance_from_surface(surface, z):
    """|z - surface| at every texel, by an independent interpolator."""
    row, column = surface.texel_rc.T
    mesh = matplotlib.tri.Triangulation(column.astype(float), -row.astype(float), surface.triangles)
    rows, columns = np.mgrid[:z.shape[0], :z.shape[1]].astype(float)
    return np.abs(matplotlib.tri.LinearTriInterpolator(mesh, surface.vertices[:, 2].astype(float))(columns, -rows) - z)


@settings(max_examples=25, deadline=None)
@given(rows=st.integers(2, 150), columns=st.integers(2, 150), error=st.sampled_from([0.0, 0.02, 0.2, 5.0]),
       seed=st.integers(0, 99))
def test_any_rectangle_is_closed_and_keeps_its_bound(rows, columns, error, seed):
    z = rough(rows, columns, seed)
    surface = mesh_height(z, PITCH, max_error_mm=error)
    off = distance_from_surface(surface, z)
    assert np.ma.count_masked(off) == 0
    assert off.max() <= error + 1e-5
    assert abs(surface.error_mm - off.max()) < 0.15 * error + 1e-5
    corners = surface.vertices[surface.triangles].astype(np.float64)
    a, b = corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0]
    areas = a[:, 0] * b[:, 1] - a[:, 1] * b[:, 0]
    assert (areas > 0).all()
    np.testing.assert_allclose(areas.sum() / 2, rows * columns * PITCH ** 2, rtol=1e-5)
    solid = solid_from_height(z, PITCH, base_mm=1.0, max_error_mm=error)
    shape = topology(solid.triangles)
    assert shape.watertight and shape.euler == 2
    np.testing.assert_allclose(solid.extents_mm[:2], (columns * PITCH, rows * PITCH), atol=1e-3)


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
    solid = solid_from_height(z, PITCH, base_mm=1.0, max_error_mm=0.05)
    area, relief = 60 * 80 * PITCH ** 2, float(z.max())
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
    solid = solid_from_height(rough(40, 50), PITCH, base_mm=1.0, max_error_mm=0.05)
    for name in ("a.3mf", "b.3mf"):
        write_3mf(solid, tmp_path / name, np.random.default_rng(1).random((40, 50, 3)).astype(np.float32))
    assert (tmp_path / "a.3mf").read_bytes() == (tmp_path / "b.3mf").read_bytes()


def test_3mf_holds_millimetres_and_colour(tmp_path):
    import lib3mf
    z = rough(40, 50)
    rgb = np.zeros((40, 50, 3), np.float32)
    rgb[:, :25, 0], rgb[:, 25:, 2] = 1, 1
    solid = solid_from_height(z, PITCH, base_mm=1.0, max_error_mm=0.0)
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


def test_budget_is_kept_and_used():
    z = rough(200, 260)
    fine, coarse = (mesh_height(z, PITCH, triangles=budget) for budget in (40_000, 8_000))
    assert 36_000 < len(fine.triangles) <= 40_000 and 7_000 < len(coarse.triangles) <= 8_000
    assert fine.error_mm < coarse.error_mm
    assert len(solid_from_height(z, PITCH, base_mm=1.0, triangles=30_000).triangles) <= 30_000
    with pytest.raises(UsageError, match="too few"):
        mesh_height(z, PITCH, triangles=3)


def test_forecast_is_what_comes_out():
    z = rough(120, 170)
    for error in (0.0, 0.05):
        made = len(solid_from_height(z, PITCH, base_mm=1.0, max_error_mm=error).triangles)
        assert abs(count_triangles(z, max_error_mm=error) - made) <= 0.02 * made


def test_flat_is_cheap_and_planes_are_exact():
    assert len(mesh_height(np.ones((129, 129), np.float32), PITCH, max_error_mm=0).triangles) == 8
    slope = np.add.outer(np.arange(65), np.arange(65)).astype(np.float32) / 64
    assert len(mesh_height(slope, PITCH, max_error_mm=1e-5).triangles) == 2


def test_border_is_flat_and_whole_texels():
    z, texels = framed(rough(20, 30), PITCH, border_mm=0.52)
    assert texels == 5 and z.shape == (30, 40)
    assert np.unique(z[:5]).size == 1


def test_bad_wishes_are_refused_in_words():
    z = rough(10, 10)
    with pytest.raises(UsageError, match="base thicker than 0"):
        solid_from_height(z, PITCH, base_mm=0)
    with pytest.raises(UsageError, match="one of the two"):
        mesh_height(z, PITCH)
    with pytest.raises(UsageError, match="GB"):
        check_stl_size(62_000_000)
    with pytest.raises(UsageError, match="positive length"):
        mesh_height(z, 0.0, max_error_mm=0)
