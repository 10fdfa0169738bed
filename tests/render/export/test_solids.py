"""Claim: a solid is one closed body of the millimetres asked for, whatever its height map; broken meshes are found out."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from data.errors import UsageError
from render.export.solids import check_stl_size, describe_size, framed, solid_from_height, topology
from tests.render.export.reliefs import PITCH_MM, rough


@settings(max_examples=25, deadline=None)
@given(rows=st.integers(2, 150), columns=st.integers(2, 150), error=st.sampled_from([0.0, 0.02, 0.2, 5.0]),
       seed=st.integers(0, 99))
def test_any_rectangle_becomes_one_closed_body_of_its_size(rows, columns, error, seed):
    z = rough(rows, columns, seed)
    solid = solid_from_height(z, PITCH_MM, base_mm=1.0, max_error_mm=error)
    shape = topology(solid.triangles)
    assert shape.watertight and shape.euler == 2
    np.testing.assert_allclose(solid.extents_mm[:2], (columns * PITCH_MM, rows * PITCH_MM), atol=1e-3)
    assert abs(solid.extents_mm[2] - 1.0 - z.max()) <= error + 1e-5


def test_a_budget_holds_for_the_whole_solid():
    assert len(solid_from_height(rough(200, 260), PITCH_MM, base_mm=1.0, triangles=30_000).triangles) <= 30_000


def test_holes_and_turned_triangles_are_found():
    triangles = solid_from_height(rough(20, 30), PITCH_MM, max_error_mm=0.1).triangles
    assert not topology(triangles[1:]).watertight
    turned = triangles.copy()
    turned[0] = turned[0, ::-1]
    assert not topology(turned).watertight and topology(turned).euler == 2
    two = np.concatenate([triangles, triangles + triangles.max() + 1])
    assert topology(two).watertight and topology(two).euler == 4


def test_border_is_flat_and_whole_texels():
    z, texels = framed(rough(20, 30), PITCH_MM, border_mm=0.52)
    assert texels == 5 and z.shape == (30, 40)
    assert np.unique(z[:5]).size == 1


def test_size_in_words():
    assert describe_size((210, 297, 5.5), 1_200_000) == "210.0 x 297.0 x 5.5 mm, 1.2 M triangles, 60 MB"
    assert describe_size((21, 30, 2), 23_400) == "21.0 x 30.0 x 2.0 mm, 23 k triangles, 1.2 MB"
    assert describe_size((21, 30, 2), 900).startswith("21.0 x 30.0 x 2.0 mm, 900 triangles")


def test_bad_wishes_are_refused_in_words():
    z = rough(10, 10)
    with pytest.raises(UsageError, match="base thicker than 0"):
        solid_from_height(z, PITCH_MM, base_mm=0)
    with pytest.raises(UsageError, match="0 or more"):
        framed(z, PITCH_MM, border_mm=-1)
    with pytest.raises(UsageError, match="GB"):
        check_stl_size(62_000_000)
