"""Patch statistics tell paint from other paint whatever it shows, part by part and scale by scale."""

import cv2
import numpy as np
import pytest

from data.errors import ShapeError
from data.parts import Part
from models.texture import LEAST_PATCHES, PATCH_PX, TextureStatistics, part_patches, texture_distance, typical_distances


def surface(seed, *, angle, shape=(120, 160)):
    """Strokes in one direction over soft blobs; the blobs change with the seed."""
    rng = np.random.default_rng(seed)
    blobs = cv2.resize(rng.random((4, 5, 3)).astype(np.float32), shape[::-1], interpolation=cv2.INTER_CUBIC)
    kernel = np.zeros((13, 13), np.float32)
    offset = 6 * np.array([np.cos(angle), np.sin(angle)])
    cv2.line(kernel, [int(round(6 - v)) for v in offset], [int(round(6 + v)) for v in offset], 1.0)
    strokes = cv2.filter2D(rng.standard_normal(shape).astype(np.float32), -1, kernel / kernel.sum())
    return np.clip(0.3 + 0.3 * blobs + 0.25 * strokes[..., None], 0, 1)


def test_like_paint_is_nearer_than_other_paint_part_by_part():
    labels = np.full((120, 160), Part.FACE, np.uint8)
    labels[:, 80:] = Part.CLOTHING
    works = [TextureStatistics.of(surface(seed, angle=0.3), labels) for seed in range(3)]
    other = TextureStatistics.of(np.where(labels[..., None] == Part.FACE, surface(9, angle=0.3),
                                          surface(9, angle=1.8)), labels)
    among, to_other = typical_distances(works), texture_distance(works[0], other)
    assert set(among) == {(part, scale) for part in (Part.FACE, Part.CLOTHING) for scale in range(3)}
    assert to_other[Part.FACE, 0] < 1.5 * among[Part.FACE, 0]
    assert to_other[Part.CLOTHING, 0] > 3 * among[Part.CLOTHING, 0]
    blurred = TextureStatistics.of(cv2.GaussianBlur(surface(9, angle=0.3), (0, 0), 2), labels)
    assert texture_distance(works[0], blurred)[Part.FACE, 0] > 5 * among[Part.FACE, 0]


def test_a_picture_is_no_distance_from_itself_and_a_stronger_one_is_proportionally_far():
    labels = np.full((120, 160), Part.FACE, np.uint8)
    rgb = surface(1, angle=0.3)
    plain = TextureStatistics.of(rgb, labels)
    assert set(texture_distance(plain, TextureStatistics.of(rgb, labels)).values()) == {0.0}
    doubled = TextureStatistics({key: 2 * values for key, values in plain.quantiles.items()})
    tripled = TextureStatistics({key: 3 * values for key, values in plain.quantiles.items()})
    for key, distance in texture_distance(plain, tripled).items():
        assert distance == pytest.approx(2 * texture_distance(plain, doubled)[key], rel=1e-4)


def test_patches_come_from_their_part_and_a_part_with_few_says_nothing():
    labels = np.full((60, 60), Part.CLOTHING, np.uint8)
    labels[20:32, 20:32] = Part.LIPS
    picture = (labels == Part.LIPS).astype(np.float32)[..., None]
    patches = part_patches(picture, labels, Part.LIPS)
    assert patches.shape == (144, PATCH_PX ** 2) and 144 < LEAST_PATCHES
    assert (patches[:, PATCH_PX ** 2 // 2] == 1).all()
    assert len(part_patches(picture, labels, Part.CLOTHING, count=50)) == 50
    assert Part.LIPS not in {part for part, _ in TextureStatistics.of(np.dstack([picture] * 3), labels).quantiles}


def test_a_picture_needs_its_parts():
    with pytest.raises(ShapeError, match="parts map"):
        TextureStatistics.of(np.zeros((40, 40, 3)), np.zeros((30, 40), np.uint8))
