"""Claim: a painting looked at closer shows what its scans show at that very place, whether mirrored or read by windows, and
nothing where the scans are no finer or other paint lies over them."""

from types import SimpleNamespace

import cv2
import numpy as np
import pytest
import tifffile

from data.coordinates import rescale_points
from models.relief import ReliefModel
from render.enlarge.scan_detail import DetailSource, add_scan_detail, detail_factor

ROWS, COLUMNS, TIMES, PITCH = 60, 48, 4, 0.8


def fine_of(rgb, sigma=2.0):
    light = np.log(rgb.mean(-1) + 0.03)
    return light - cv2.GaussianBlur(light, (0, 0), sigma)


def like(a, b):
    return np.corrcoef(a.ravel(), b.ravel())[0, 1]


@pytest.fixture(scope="module")
def scans(tmp_path_factory):
    """Two scans four times finer than the painting, streaked each its own way, and one as coarse as the painting."""
    rng, folder, made = np.random.default_rng(0), tmp_path_factory.mktemp("scans"), []
    for number, (along, across, size) in enumerate(((6, 0.8, TIMES), (0.8, 6, TIMES), (1, 1, 1))):
        shape = (ROWS * size, COLUMNS * size)
        noise = cv2.GaussianBlur(rng.standard_normal(shape).astype(np.float32), (0, 0), sigmaX=along, sigmaY=across)
        body = cv2.resize(rng.random((6, 5, 3)).astype(np.float32), shape[::-1], interpolation=cv2.INTER_CUBIC) * 0.3 + 0.3
        rgb = np.clip(body * (1 + 0.1 * noise / noise.std())[..., None], 0, 1)
        path = folder / f"{number}.tif"
        tifffile.imwrite(path, np.round(rgb * 65535).astype(np.uint16), photometric="rgb")
        view = SimpleNamespace(path=str(path), width_px=shape[1], height_px=shape[0], mirrored=False,
                               content_box=(0, 0, shape[1], shape[0]))
        y, x = np.mgrid[:ROWS, :COLUMNS].astype(np.float32)
        field = rescale_points(np.stack([x, y], -1), size)
        made.append((rgb.astype(np.float32), DetailSource(view, field)))
    return made


def painted(scans, numbers):
    """Colour, height and source map of a painting whose left half is from one scan and whose right is from another."""
    y, x = np.mgrid[:ROWS, :COLUMNS]
    source = np.stack([np.where(x < COLUMNS // 2, *numbers), y, x], -1).astype(np.int32)
    small = [cv2.resize(rgb, (COLUMNS, ROWS), interpolation=cv2.INTER_AREA) for rgb, _ in scans]
    colour = np.where((x < COLUMNS // 2)[..., None], small[numbers[0]], small[numbers[1]])
    z = 0.1 + 0.02 * cv2.GaussianBlur(np.random.default_rng(1).standard_normal((ROWS, COLUMNS)).astype(np.float32), (0, 0), 2)
    return np.ascontiguousarray(colour), z, source


@pytest.fixture(scope="module")
def model():
    return ReliefModel.default()


def test_strokes_are_those_of_the_scans(scans, model):
    colour, z, source = painted(scans, (0, 1))
    lenders = [lender for _, lender in scans]
    rgb, height, pitch = add_scan_detail(colour, z, PITCH, source, lenders, TIMES, model)
    assert rgb.shape == (ROWS * TIMES, COLUMNS * TIMES, 3) and height.shape == rgb.shape[:2] and pitch == PITCH / TIMES
    assert rgb.dtype == height.dtype == np.float32 and rgb.min() >= 0 and rgb.max() <= 1 and height.min() >= 0
    half = COLUMNS * TIMES // 2
    plain = cv2.resize(colour, rgb.shape[1::-1], interpolation=cv2.INTER_CUBIC)
    for number, columns in ((0, slice(8, half - 8)), (1, slice(half + 8, -8))):
        true = fine_of(scans[number][0])[:, columns]
        assert like(fine_of(rgb)[:, columns], true) > 0.9
        assert like(fine_of(plain)[:, columns], true) < 0.7
    again = cv2.resize(rgb, (COLUMNS, ROWS), interpolation=cv2.INTER_AREA)
    assert like(again, colour) > 0.98
    assert like(cv2.resize(height, (COLUMNS, ROWS), interpolation=cv2.INTER_AREA), z) > 0.98


def test_windows_and_threads_cannot_be_seen(scans, model):
    colour, z, source = painted(scans, (0, 1))
    lenders = [lender for _, lender in scans]
    whole = add_scan_detail(colour, z, PITCH, source, lenders, TIMES, model)
    before = cv2.getNumThreads()
    try:
        cv2.setNumThreads(1)
        again = add_scan_detail(colour, z, PITCH, source, lenders, TIMES, model)
    finally:
        cv2.setNumThreads(before)
    np.testing.assert_array_equal(whole[0], again[0])
    np.testing.assert_array_equal(whole[1], again[1])
    windowed = add_scan_detail(colour, z, PITCH, source, lenders, TIMES, model, window_px=50)
    np.testing.assert_allclose(windowed[0], whole[0], atol=1e-4)


def test_a_copied_place_brings_its_own_strokes_mirrored_or_not(scans, model):
    colour, z, source = painted(scans, (0, 0))
    shifted = source.copy()
    shifted[..., 1] = np.clip(source[..., 1] + 7, 0, ROWS - 1)
    rgb, lender = scans[0]
    found = add_scan_detail(colour, z, PITCH, shifted, [lender], TIMES, model)[0]
    true = fine_of(rgb)
    rows = slice(8, (ROWS - 8) * TIMES)
    # What the painted texel itself shows is the unshifted scan: only what is finer comes from the other place.
    finest = [fine_of(picture, 1.0)[rows] for picture in (found, rgb, np.roll(rgb, -7 * TIMES, 0))]
    assert like(finest[0], finest[2]) > 0.8 > 0.3 > like(finest[0], finest[1])
    view = SimpleNamespace(**{**vars(lender.view), "mirrored": True})
    lenders = [DetailSource(view, lender.field)]
    flipped = add_scan_detail(np.ascontiguousarray(colour[:, ::-1]), z, PITCH, source, lenders, TIMES, model)[0]
    assert like(fine_of(flipped)[:, 8:-8], true[:, ::-1][:, 8:-8]) > 0.9


def test_nothing_is_read_where_there_is_nothing_finer(scans, model):
    colour, z, source = painted(scans, (0, 2))
    lenders = [lender for _, lender in scans]
    moved = np.zeros((ROWS, COLUMNS), bool)
    moved[:30] = True
    rgb = add_scan_detail(colour, z, PITCH, source, lenders, TIMES, model, moved=moved)[0]
    plain = np.clip(cv2.resize(colour, rgb.shape[1::-1], interpolation=cv2.INTER_CUBIC), 0, 1)
    bare = np.ones(rgb.shape[:2], bool)
    bare[30 * TIMES:, :COLUMNS * TIMES // 2] = False
    np.testing.assert_allclose(rgb[bare], plain[bare], atol=1e-5)
    assert np.abs(rgb - plain)[~bare].mean() > 0.01


def test_the_sharper_scans_say_how_much_finer(scans):
    lenders = [lender for _, lender in scans]
    assert detail_factor(painted(scans, (0, 1))[2], lenders, 10.0) == TIMES
    assert detail_factor(painted(scans, (0, 1))[2], lenders, 2.5) == 2
    assert detail_factor(painted(scans, (2, 2))[2], lenders, 10.0) == 1
    huge = np.broadcast_to(np.int32(0), (4000, 3000, 3))
    assert detail_factor(huge, lenders, 10.0) == 1
