"""Claim: a print larger than the painting shows the same painting with finer strokes; tiles, threads and interruptions
cannot be seen in its bytes."""

import cv2
import numpy as np
import pytest
import tifffile

from data.errors import ShapeError, UsageError
from data.files import sha256_file
from render.enlarge.enlarge import enlarge
from render.enlarge.overpaint import overpaint
from render.export.files import read_height_file

PITCH = 0.25


@pytest.fixture(scope="module")
def painting():
    rng = np.random.default_rng(0)
    noise = cv2.GaussianBlur(rng.standard_normal((70, 60)).astype(np.float32), (0, 0), sigmaX=1, sigmaY=5)
    z = 0.2 + 0.03 * noise / noise.std()
    colour = cv2.GaussianBlur(rng.random((70, 60, 3)).astype(np.float32), (0, 0), 6)
    colour = (colour - colour.min()) / np.ptp(colour) * 0.7 + 0.1
    return (colour * (1 + 0.08 * noise / noise.std())[..., None]).clip(0, 1).astype(np.float32), z.astype(np.float32)


def digests(folder):
    return [sha256_file(folder / name) for name in ("portrait.tif", "height.tif", "height.json")]


@pytest.fixture(scope="module")
def printed(painting, tmp_path_factory):
    folder = tmp_path_factory.mktemp("large")
    made = enlarge(*painting, PITCH, folder, width_px=600, seed=5, tile_px=128)
    assert made["size_px"] == (600, 700) and abs(made["pitch_mm"] - 0.025) < 1e-12
    return folder


def test_same_bytes_whatever_the_tiles_and_threads(painting, printed, tmp_path):
    enlarge(*painting, PITCH, tmp_path, width_px=600, seed=5, tile_px=300, threads=2)
    assert digests(tmp_path) == digests(printed)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["height.json", "height.tif", "portrait.tif"]


@pytest.mark.parametrize("tile_px", [512, 2048])
def test_same_bytes_with_small_tiles_and_large_ones(painting, tmp_path, tile_px):
    made = []
    for threads in (1, 2):
        folder = tmp_path / f"{tile_px}-{threads}"
        enlarge(*painting, PITCH, folder, width_px=900, seed=5, tile_px=tile_px, threads=threads)
        made.append(digests(folder))
    enlarge(*painting, PITCH, tmp_path / "narrow", width_px=900, seed=5, tile_px=190)
    assert made[0] == made[1] == digests(tmp_path / "narrow")


def test_a_stopped_run_goes_on_and_ends_the_same(painting, printed, tmp_path):
    class Stop(Exception):
        pass

    def stop(done, total):
        if done == 3:
            raise Stop

    with pytest.raises(Stop):
        enlarge(*painting, PITCH, tmp_path, width_px=600, seed=5, tile_px=128, progress=stop)
    kept = {path: path.stat().st_mtime_ns for path in tmp_path.rglob("*.npz")}
    assert len(kept) == 3 and not (tmp_path / "portrait.tif").exists()

    def unchanged(done, total):
        if done <= 3:
            assert all(path.stat().st_mtime_ns == then for path, then in kept.items())

    enlarge(*painting, PITCH, tmp_path, width_px=600, seed=5, tile_px=128, progress=unchanged)
    assert digests(tmp_path) == digests(printed)


def test_it_is_the_same_painting_with_finer_detail(painting, printed):
    colour, z = painting
    large = tifffile.imread(printed / "portrait.tif")
    height, pitch, about = read_height_file(printed / "height.tif")
    assert large.dtype == np.uint16 and large.shape == (700, 600, 3)
    np.testing.assert_allclose([about["width_mm"], about["height_mm"]], [15.0, 17.5])
    small = cv2.resize(large.astype(np.float32) / 65535, (60, 70), interpolation=cv2.INTER_AREA)
    assert np.corrcoef(small.ravel(), colour.ravel())[0, 1] > 0.97
    assert abs(small.mean() - colour.mean()) < 0.01
    low = cv2.resize(height, (60, 70), interpolation=cv2.INTER_AREA)
    assert np.corrcoef(low.ravel(), z.ravel())[0, 1] > 0.9
    plain = cv2.resize(z, (600, 700), interpolation=cv2.INTER_CUBIC)
    fine = [field - cv2.GaussianBlur(field, (0, 0), 3) for field in (height, plain)]
    assert fine[0].std() > 2 * fine[1].std()
    # The strokes run down, and so do their bristles: slopes across them are steeper than along them.
    assert np.abs(np.diff(fine[0], axis=1)).mean() > 1.5 * np.abs(np.diff(fine[0], axis=0)).mean()


def test_borders_of_tiles_cannot_be_seen(painting, tmp_path):
    enlarge(*painting, PITCH, tmp_path, width_px=1500, seed=5, tile_px=64, weave_mm=0.0)
    for name in ("height", "portrait"):
        large = tifffile.imread(tmp_path / f"{name}.tif").astype(np.float64).reshape(1750, 1500, -1)
        for axis in (0, 1):
            steps = np.abs(np.diff(large, axis=axis)).mean((1 - axis, 2))
            borders = np.arange(63, len(steps), 64)
            # Against the rows beside them, which show the same passages of the painting.
            beside = np.unique(np.clip(np.add.outer(borders, [-4, -3, -2, 2, 3, 4]), 0, len(steps) - 1))
            assert 0.96 < steps[borders].mean() / steps[beside].mean() < 1.04, (name, axis)


def test_bad_wishes_are_refused(painting, tmp_path):
    colour, z = painting
    with pytest.raises(UsageError, match="at least as wide"):
        enlarge(colour, z, PITCH, tmp_path, width_px=30)
    with pytest.raises(UsageError, match="gigapixels"):
        enlarge(colour, z, PITCH, tmp_path, width_px=2_000_000)
    with pytest.raises(ShapeError, match="like the height"):
        enlarge(colour[:-1], z, PITCH, tmp_path, width_px=600)
    assert not any(tmp_path.iterdir())


def test_a_picture_without_height_is_painted_over_alike(painting, tmp_path):
    """To the last stroke as the print of the same size, whose file holds it in 16 bits."""
    colour = painting[0]
    made = overpaint(colour, (700, 600), seed=5)
    assert made.shape == (700, 600, 3) and made.dtype == np.float32
    enlarge(colour, np.zeros(colour.shape[:2], np.float32), PITCH, tmp_path, width_px=600, seed=5, weave_mm=0)
    assert np.array_equal(np.round(made * 65535), tifffile.imread(tmp_path / "portrait.tif"))
    assert np.abs(overpaint(colour, (71, 61)) - cv2.resize(colour, (61, 71))).mean() < 0.02
