"""A composition is what a picture shows around its head, wherever the picture is reduced, mirrored or given another head."""

import cv2
import numpy as np

from data.landmarks import mirror
from models.composition import COMPARED, Composition, describe, describe_work, head_mask
from models.keypoint_agreement import agreeing
from tests.models.compositions import LANDMARKS, WIDTH, drawn_picture


def test_the_head_says_nothing():
    picture = drawn_picture(0)
    other = np.where(head_mask(LANDMARKS, picture.shape[:2])[..., None], np.float32([0.9, 0.1, 0.2]), picture)
    one, two = describe(picture, LANDMARKS), describe(other, LANDMARKS)
    assert 0.5 < one.seen.mean() < 0.95
    np.testing.assert_array_equal(one.seen, two.seen)
    assert np.abs(one.lightness.astype(int) - two.lightness).max() <= 8      # two of L*: along the head's edge pixels mix
    assert agreeing(one, two) > 0.85 * len(one.points_xy) > 50
    assert one.embedding @ two.embedding > 0.99 * (one.embedding @ one.embedding)


def test_a_mirrored_composition_is_that_of_the_mirrored_picture():
    picture = drawn_picture(1)
    mirrored = describe(np.ascontiguousarray(picture[:, ::-1]), mirror(LANDMARKS, WIDTH))
    turned = describe(picture, LANDMARKS).in_mirror()
    both = mirrored.seen & turned.seen
    assert both.mean() > 0.5
    assert np.corrcoef(mirrored.lightness[both], turned.lightness[both])[0, 1] > 0.9
    assert agreeing(mirrored, turned) > 0.6 * len(turned.points_xy)
    assert agreeing(mirrored, describe(picture, LANDMARKS)) < 20


def test_size_does_not_matter():
    picture = drawn_picture(2)
    small = cv2.resize(picture, None, fx=0.75, fy=0.75, interpolation=cv2.INTER_AREA)
    one, two = describe(picture, LANDMARKS), describe(small, (LANDMARKS + 0.5) * 0.75 - 0.5)
    both = one.seen & two.seen
    assert np.abs(one.lightness[both].astype(int) - two.lightness[both]).mean() < 4
    assert agreeing(one, two) > 0.3 * len(one.points_xy)


def test_only_the_painted_surface_is_seen():
    picture = drawn_picture(3)
    whole, part = (describe(picture, LANDMARKS, content_box=box) for box in (None, (0, 0, WIDTH, 300)))
    assert part.seen.sum() < 0.75 * whole.seen.sum() and not (part.seen & ~whole.seen).any()


def test_a_picture_without_anything_has_no_keypoints():
    bare = describe(np.full((480, 384, 3), 0.4, np.float32), LANDMARKS)
    assert bare.points_xy.shape == (0, 2) and bare.descriptors.shape == (0, 128) and np.isfinite(bare.embedding).all()


def test_arrays_make_it_again_and_a_work_is_described_both_ways(drawn_bank):
    work = describe_work(drawn_bank.views[0], COMPARED.scaled(180))
    again = Composition(**work.composition.to_arrays())
    np.testing.assert_array_equal(again.descriptors, work.composition.descriptors)
    assert work.mirrored.shape == work.composition.embedding.shape
    assert not np.array_equal(work.mirrored, work.composition.embedding)
