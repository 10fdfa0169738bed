"""Paint that a guide was put together from keeps its lender and its place, and its layer goes on beyond its border."""

import numpy as np
import pytest

from models.view_key import ViewKey
from render.portrait.kept_paint import by_lender, lent_fields, lent_paint
from render.portrait.provenance import Provenance

SHAPE = 20, 30
ONE, OTHER, PHOTO = ViewKey("one.jpg", False), ViewKey("other.jpg", True), ViewKey("photo.jpg", False)


def field_of(scale, offset):
    rows, columns = np.indices(SHAPE, np.float32)
    return np.dstack([columns * scale + offset, rows * scale + 2 * offset]).astype(np.float32)


@pytest.fixture
def provenance():
    """One painting on the left, a photograph in the middle, another painting on the right, a gap within it."""
    columns = np.broadcast_to(np.arange(SHAPE[1]), SHAPE)
    laid = Provenance.nobody(SHAPE)
    laid = laid.covered(columns < 10, ONE, field_of(2.0, 5)).covered((columns >= 10) & (columns < 14), PHOTO, field_of(1.0, 0))
    hole = (columns >= 18) & (columns < 20)
    return laid.covered((columns >= 14) & ~hole, OTHER, field_of(3.0, -7))


def test_only_the_bank_s_views_keep_their_paint(provenance):
    layers = lent_paint(provenance, {ONE: None, OTHER: None})
    assert [(layer.key, layer.number) for layer in layers] == [(ONE, 0), (OTHER, 2)]
    assert layers[0].mask.sum() == 20 * 10 and not layers[0].mask[:, 10:].any()
    assert lent_paint(provenance, {}) == [] and list(lent_fields(provenance, [OTHER])) == [0]


def test_a_layer_s_field_goes_on_beyond_its_paint(provenance):
    one, other = (lent_fields(provenance, [ONE, OTHER])[number] for number in (0, 1))
    np.testing.assert_allclose(one, field_of(2.0, 5), atol=1e-4)
    np.testing.assert_allclose(other, field_of(3.0, -7), atol=1e-4)


def test_a_lone_texel_s_field_goes_on_at_the_scale_of_the_scan():
    lone = np.zeros(SHAPE, bool)
    lone[4, 5] = True
    found = lent_fields(Provenance.nobody(SHAPE).covered(lone, ONE, field_of(1.0, 3)), [ONE])[0]
    np.testing.assert_allclose(found, field_of(1.0, 3), atol=1e-4)


def test_the_guide_s_texels_are_numbered_by_lender(provenance):
    rows, columns = np.indices(SHAPE)
    source = np.dstack([np.zeros(SHAPE), rows, columns]).astype(np.int32)
    source[:, 10:14, 0] = 2              # what nobody of the bank painted comes from the second view ...
    source[:, 18:20] = [0, 3, 25]        # ... or from elsewhere in the guide
    numbered = by_lender(source, lent_paint(provenance, [ONE, OTHER]))
    assert (numbered[:, :10, 0] == 0).all() and (numbered[:, 14:, 0] == 1).all() and (numbered[:, 10:14, 0] == 3).all()
    np.testing.assert_array_equal(numbered[..., 1:], source[..., 1:])
    assert numbered.dtype == np.int32
