"""Claim: other scans and crops of one painting are found among many, other paintings never, and the best scan is kept."""

import cv2
import numpy as np
import pytest

from data.borders import box_in_pixels, find_content_box
from data.duplicates import Likeness, find_likenesses, keep_best
from data.scan import read_scan
from data.signature import Signature, signature


def painted(seed, width=480, height=600):
    """An invented picture: some hundred overlapping shapes in muted colours, under brushy noise."""
    rng = np.random.default_rng(seed)
    canvas = np.full((height, width, 3), rng.uniform(0.1, 0.4, 3), np.float32)
    for _ in range(120):
        centre = tuple(int(value) for value in rng.uniform(0, (width, height)))
        axes = tuple(int(value) for value in rng.uniform(5, 70, 2))
        colour = tuple(float(value) for value in rng.uniform(0.05, 0.85, 3))
        cv2.ellipse(canvas, centre, axes, float(rng.uniform(0, 180)), 0, 360, colour, -1, cv2.LINE_AA)
    noise = cv2.GaussianBlur(rng.normal(size=canvas.shape).astype(np.float32), (0, 0), 1.5)
    return np.clip(cv2.GaussianBlur(canvas, (0, 0), 1) + 0.1 * noise, 0, 1)


def photographed(picture, seed, share=0.7, gamma=1.3, turn_deg=0.4):
    """Another scan of the same painting: other size, light, colours and sharpness, slightly turned, JPEG noise."""
    rng = np.random.default_rng(seed)
    height, width = picture.shape[:2]
    turn = cv2.getRotationMatrix2D((width / 2, height / 2), turn_deg, 1.02)
    scan = cv2.warpAffine(picture, turn, (width, height), flags=cv2.INTER_CUBIC, borderMode=cv2.BORDER_REFLECT)
    scan = cv2.resize(scan, None, fx=share, fy=share, interpolation=cv2.INTER_AREA)
    scan = np.clip(scan, 0, 1) ** gamma * rng.uniform(0.8, 1, 3) + 0.03
    return np.clip(scan + rng.normal(scale=0.02, size=scan.shape), 0, 1).astype(np.float32)


def pairs_of(pictures):
    found = find_likenesses([signature(picture) for picture in pictures])
    return {(link.first, link.second): link for link in found}


def test_other_scans_and_crops_are_found_among_many():
    paintings = [painted(seed) for seed in range(24)]
    scans = [photographed(paintings[3], 1), photographed(paintings[7], 2, share=1.6, gamma=0.7, turn_deg=-0.8)]
    grey = np.repeat(paintings[11].mean(-1, keepdims=True), 3, 2).astype(np.float32)
    crop = cv2.resize(paintings[15][100:460, 60:380], None, fx=1.4, fy=1.4, interpolation=cv2.INTER_CUBIC)
    found = pairs_of([*paintings, *scans, grey, np.clip(crop, 0, 1)])
    assert set(found) == {(3, 24), (7, 25), (11, 26), (15, 27)}
    assert min(found[3, 24].shares) > 0.9
    assert found[15, 27].shares[1] > 0.9
    assert found[15, 27].shares[0] == pytest.approx(360 * 320 / (480 * 600), abs=0.06)


def test_a_version_with_another_figure_is_another_painting():
    """The same ground and half of the shapes, the others moved: as when a master repeats a composition."""
    first = painted(1)
    other = painted(2)
    y, x = np.mgrid[:600, :480]
    figure = np.exp(-(((x - 240) / 150.0) ** 2 + ((y - 330) / 200.0) ** 2) * 2)[..., None] > 0.5
    version = np.where(figure, other, first).astype(np.float32)
    assert pairs_of([first, version, *(painted(seed) for seed in range(30, 36))]) == {}


def test_pictures_without_detail_are_no_duplicates():
    flat = [np.full((200, 150, 3), tone, np.float32) for tone in (0.0, 0.1, 0.5)]
    ramp = np.linspace(0, 0.2, 150, dtype=np.float32)[None, :, None].repeat(200, 0).repeat(3, 2)
    found = pairs_of([*flat, ramp, np.zeros((64, 64, 3), np.float32)])
    assert found == {}
    assert find_likenesses([]) == []


def test_the_same_pictures_give_the_same_pairs_and_survive_storing():
    pictures = [painted(0), photographed(painted(0), 5), painted(1)]
    signatures = [signature(picture) for picture in pictures]
    stored = [Signature.from_bytes(one.to_bytes()) for one in signatures]
    assert find_likenesses(signatures) == find_likenesses(stored)
    assert all(one.to_bytes() == other.to_bytes() for one, other in zip(signatures, stored))


def test_the_fullest_then_the_largest_scan_is_kept():
    same, crop = (0.97, 0.98), (0.3, 0.95)
    links = [Likeness(0, 1, 0.9, same), Likeness(1, 2, 0.8, crop), Likeness(0, 2, 0.85, crop),
             Likeness(4, 5, 0.9, (0.3, 0.4))]
    dropped = keep_best(links, pixels=[1e6, 4e6, 9e6, 1, 1e6, 1e6])
    assert {index: (kept, kind) for index, (kept, kind, _) in dropped.items()} == {0: (1, "same"), 2: (1, "crop")}
    assert dropped[2][2] == 0.85


def test_titians_known_duplicates_are_found_and_his_versions_are_not(corpora):
    """Looked at one by one: 3 and 4, 201 and 202 are scans of one painting, 6 shows 7 in part; 201 and 203, 98 and 99,
    33 and 221, 91 and 127, 234 and 236 are versions, with other sitters or other hands."""
    numbers = (3, 4, 6, 7, 33, 91, 98, 99, 127, 182, 183, 201, 202, 203, 221, 234, 236)
    signatures = []
    for number in numbers:
        scan = read_scan(corpora("titian") / f"Titian_{number}.jpg", max_side_px=1024)
        x, y, w, h = box_in_pixels(find_content_box(scan), scan.shape[1], scan.shape[0])
        signatures.append(signature(scan[y:y + h, x:x + w]))
    found = {(numbers[link.first], numbers[link.second]) for link in find_likenesses(signatures)}
    assert found == {(3, 4), (6, 7), (182, 183), (201, 202)}
