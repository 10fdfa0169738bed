"""Claim: the mesh of a height map keeps its error bound at every texel, and its budget; it covers any rectangle."""

import matplotlib.tri
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from data.errors import ShapeError, UsageError
from render.export.mesh import count_triangles, mesh_height
from render.export.mesh_kernels import emit_triangles, vertex_errors
from render.export.solids import solid_from_height
from tests.render.export.reliefs import PITCH_MM, rough


def distance_from_surface(surface, z):
    """|z - surface| at every texel, by an independent interpolator."""
    row, column = surface.texel_rc.T
    mesh = matplotlib.tri.Triangulation(column.astype(float), -row.astype(float), surface.triangles)
    rows, columns = np.mgrid[:z.shape[0], :z.shape[1]].astype(float)
    return np.abs(matplotlib.tri.LinearTriInterpolator(mesh, surface.vertices[:, 2].astype(float))(columns, -rows) - z)


@settings(max_examples=25, deadline=None)
@given(rows=st.integers(2, 150), columns=st.integers(2, 150), error=st.sampled_from([0.0, 0.02, 0.2, 5.0]),
       seed=st.integers(0, 99))
def test_any_rectangle_is_covered_within_its_bound(rows, columns, error, seed):
    z = rough(rows, columns, seed)
    surface = mesh_height(z, PITCH_MM, max_error_mm=error)
    off = distance_from_surface(surface, z)
    assert np.ma.count_masked(off) == 0
    assert off.max() <= error + 1e-5
    assert abs(surface.error_mm - off.max()) < 0.15 * error + 1e-5
    corners = surface.vertices[surface.triangles].astype(np.float64)
    a, b = corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0]
    areas = a[:, 0] * b[:, 1] - a[:, 1] * b[:, 0]
    assert (areas > 0).all()
    np.testing.assert_allclose(areas.sum() / 2, rows * columns * PITCH_MM ** 2, rtol=1e-5)


def test_budget_is_kept_and_used():
    z = rough(200, 260)
    fine, coarse = (mesh_height(z, PITCH_MM, triangles=budget) for budget in (40_000, 8_000))
    assert 36_000 < len(fine.triangles) <= 40_000 and 7_000 < len(coarse.triangles) <= 8_000
    assert fine.error_mm < coarse.error_mm
    with pytest.raises(UsageError, match="too few"):
        mesh_height(z, PITCH_MM, triangles=3)


def test_forecast_is_what_comes_out():
    z = rough(120, 170)
    for error in (0.0, 0.05):
        made = len(solid_from_height(z, PITCH_MM, base_mm=1.0, max_error_mm=error).triangles)
        assert abs(count_triangles(z, max_error_mm=error) - made) <= 0.02 * made


def test_flat_is_cheap_and_planes_are_exact():
    assert len(mesh_height(np.ones((129, 129), np.float32), PITCH_MM, max_error_mm=0).triangles) == 8
    slope = np.add.outer(np.arange(65), np.arange(65)).astype(np.float32) / 64
    assert len(mesh_height(slope, PITCH_MM, max_error_mm=1e-5).triangles) == 2


def test_an_error_counts_all_that_hangs_on_a_vertex():
    # One texel stands out: leaving it out costs its height, and so does every vertex whose triangles hang on it.
    z = np.zeros((257, 257), np.float32)
    z[37, 85] = 0.5
    errors = vertex_errors(z, np.float32(np.inf))
    assert errors[37, 85] > 0 and np.isfinite(errors).all()
    assert errors[32, 96] >= errors[37, 85]    # the middle of the tile it is in
    assert errors[224, 32] == 0                # the middle of one far from it
    assert vertex_errors(z[:90, :90].copy(), np.float32(np.inf))[64, 32] == np.inf    # its triangle would leave the picture


def test_triangles_are_written_as_far_as_there_is_room():
    errors = vertex_errors(rough(70, 80), np.float32(0.05))
    count = emit_triangles(errors, np.float32(0.05), 70, 80, np.empty((0, 3), np.int64))
    whole, part = np.full((count, 3), -1), np.full((10, 3), -1)
    assert emit_triangles(errors, np.float32(0.05), 70, 80, whole) == count and whole.min() == 0 and whole.max() < 70 * 80
    assert emit_triangles(errors, np.float32(0.05), 70, 80, part) == count
    np.testing.assert_array_equal(part, whole[:10])


def test_bad_wishes_are_refused_in_words():
    z = rough(10, 10)
    with pytest.raises(UsageError, match="one of the two"):
        mesh_height(z, PITCH_MM)
    with pytest.raises(UsageError, match="0 or more"):
        mesh_height(z, PITCH_MM, max_error_mm=-1.0)
    with pytest.raises(UsageError, match="positive length"):
        mesh_height(z, 0.0, max_error_mm=0)
    with pytest.raises(ShapeError, match="not finite"):
        mesh_height(np.full((4, 4), np.nan), PITCH_MM, max_error_mm=0)
