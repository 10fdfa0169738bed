"""Claim: two pictures of one painting say how far they agree and how much of each the other shows, in either order."""

import cv2
import numpy as np
import pytest

from data.errors import ShapeError
from data.signature import SIGNATURE_SIDE, Signature, compare_signatures, signature
from tests.data.test_duplicates import painted, photographed


@pytest.fixture(scope="module")
def painting():
    return painted(40)


def test_a_signature_is_small_and_survives_storing(painting):
    seen = signature(painting)
    assert max(seen.thumb.shape) == 160 and seen.thumb.dtype == np.uint8 and seen.colourful
    assert len(seen.points_xy) == len(seen.descriptors) > 100 and seen.points_xy.max() < SIGNATURE_SIDE
    again = Signature.from_bytes(seen.to_bytes())
    for name in ("thumb", "points_xy", "descriptors"):
        np.testing.assert_array_equal(getattr(again, name), getattr(seen, name))
    grey = np.repeat(painting.mean(-1, keepdims=True), 3, axis=2)
    assert not signature(grey).colourful
    with pytest.raises(ShapeError, match="H, W, 3"):
        signature(painting[..., 0])


def test_a_picture_agrees_with_itself_wholly(painting):
    seen = signature(painting)
    found = compare_signatures(seen, seen)
    assert found.agreement > 0.99 and min(found.shares) > 0.97


def test_shares_change_places_with_the_pictures(painting):
    whole = signature(painting)
    crop = signature(np.ascontiguousarray(cv2.resize(painting[100:460, 60:380], None, fx=1.4, fy=1.4).clip(0, 1)))
    there, back = compare_signatures(whole, crop), compare_signatures(crop, whole)
    assert there.shares == pytest.approx(back.shares[::-1], abs=0.02) and there.shares[0] < 0.5 < 0.9 < there.shares[1]
    assert there.agreement == pytest.approx(back.agreement, abs=0.1)


def test_another_painting_does_not_agree(painting):
    assert compare_signatures(signature(painting), signature(painted(41))) is None
    assert compare_signatures(signature(painting), signature(np.zeros((200, 160, 3), np.float32))) is None
    assert compare_signatures(signature(painting), signature(photographed(painting, 6))).agreement > 0.67
