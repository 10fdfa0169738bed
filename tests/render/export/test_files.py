"""Claim: 65,536 levels go in and the same come out, with millimetres, dpi and colour profile; bad input leaves no file."""

import json

import numpy as np
import pytest
import tifffile
from PIL import Image

from data.errors import OutputError, ShapeError
from render.export.files import (
    height_units,
    normal_map,
    read_height_file,
    srgb_profile,
    to_16_bit,
    write_colour_tiff,
    write_height,
    write_png,
    write_png8,
    write_tiles,
)

EVERY_LEVEL = np.arange(65536, dtype=np.uint16).reshape(256, 256)


def test_every_level_of_height_survives(tmp_path):
    z = (0.3 + EVERY_LEVEL * 1e-5).astype(np.float32)
    path_json = write_height(tmp_path / "height.tif", z, 0.1, record={"origin": {"carried": 1.0}})
    np.testing.assert_array_equal(tifffile.imread(tmp_path / "height.tif"), EVERY_LEVEL)
    about = json.loads(path_json.read_text(encoding="utf-8"))
    np.testing.assert_allclose([about["mm_per_unit"], about["offset_mm"], about["width_mm"]], [1e-5, 0.3, 25.6], rtol=1e-4)
    back, pitch, _ = read_height_file(tmp_path / "height.tif")
    assert pitch == 0.1 and np.abs(back - z).max() < 1e-6


def test_the_corpus_reader_takes_our_height(tmp_path):
    from data.height_scan import read_height
    z = np.random.default_rng(0).random((30, 40)).astype(np.float32)
    about = json.loads(write_height(tmp_path / "height.tif", z, 0.1).read_text(encoding="utf-8"))
    read = read_height(tmp_path / "height.tif", about["mm_per_unit"])
    np.testing.assert_allclose(read + about["offset_mm"], z, atol=about["mm_per_unit"])


def test_every_level_of_colour_survives_with_profile_and_dpi(tmp_path):
    rgb = np.stack([EVERY_LEVEL, EVERY_LEVEL[::-1], EVERY_LEVEL.T], -1) / np.float32(65535)
    whole = np.stack([EVERY_LEVEL, EVERY_LEVEL[::-1], EVERY_LEVEL.T], -1)
    write_colour_tiff(tmp_path / "a.tif", rgb, 300)
    write_png(tmp_path / "a.png", to_16_bit(rgb), 300)
    with tifffile.TiffFile(tmp_path / "a.tif") as tif:
        page = tif.pages[0]
        np.testing.assert_array_equal(page.asarray(), whole)
        assert page.iccprofile == srgb_profile() and page.tags["XResolution"].value == (300, 1)
    import pyvips
    png = pyvips.Image.new_from_file(str(tmp_path / "a.png"))
    assert png.format == "ushort"
    np.testing.assert_array_equal(np.asarray(png.numpy()), whole)
    with Image.open(tmp_path / "a.png") as picture:
        np.testing.assert_allclose(picture.info["dpi"], (300, 300), atol=0.02)


def test_same_picture_same_bytes(tmp_path):
    rgb = np.random.default_rng(1).random((20, 30, 3)).astype(np.float32)
    for name in ("a", "b"):
        write_colour_tiff(tmp_path / f"{name}.tif", rgb, 254)
        write_png8(tmp_path / f"{name}.png", rgb, 254)
    for kind in ("tif", "png"):
        assert (tmp_path / f"a.{kind}").read_bytes() == (tmp_path / f"b.{kind}").read_bytes()


def test_tiles_are_streamed_into_a_big_tiff(tmp_path):
    whole = np.random.default_rng(2).integers(0, 65536, (70, 100, 3)).astype(np.uint16)

    def tiles():
        for row in range(0, 70, 32):
            for column in range(0, 100, 32):
                piece = whole[row:row + 32, column:column + 32]
                yield np.pad(piece, ((0, 32 - piece.shape[0]), (0, 32 - piece.shape[1]), (0, 0)))

    write_tiles(tmp_path / "big.tif", tiles(), whole.shape, 600, tile_px=32)
    with tifffile.TiffFile(tmp_path / "big.tif") as tif:
        assert tif.is_bigtiff
        np.testing.assert_array_equal(tif.asarray(), whole)


def test_units_that_cannot_hold_the_relief_are_refused():
    with pytest.raises(ShapeError, match="does not fit"):
        height_units(np.array([[0, 1], [2, 3]], np.float32), mm_per_unit=1e-6)
    assert height_units(np.full((3, 3), 0.5, np.float32))[0].max() == 0


def test_bad_input_leaves_no_file(tmp_path):
    with pytest.raises(ShapeError, match="8 bits"):
        write_colour_tiff(tmp_path / "a.tif", np.zeros((4, 4, 3), np.uint8), 300)
    with pytest.raises(ShapeError, match="not all finite"):
        write_colour_tiff(tmp_path / "a.tif", np.full((4, 4, 3), np.nan, np.float32), 300)
    with pytest.raises(ShapeError, match="dpi"):
        write_colour_tiff(tmp_path / "a.tif", np.zeros((4, 4, 3), np.float32), 0)
    (tmp_path / "h.tif").write_bytes(b"")
    with pytest.raises(OutputError, match="units are unknown"):
        read_height_file(tmp_path / "h.tif")
    assert [path.name for path in tmp_path.iterdir()] == ["h.tif"]


def test_normals_of_a_slope_point_downhill():
    z = np.tile(np.arange(20, dtype=np.float32) * 0.1, (20, 1))    # rises to the right, 45 degrees at this pitch
    normal = normal_map(z, 0.1)[10, 10] * 2 - 1
    np.testing.assert_allclose(normal, [-0.5 ** 0.5, 0, 0.5 ** 0.5], atol=1e-4)
