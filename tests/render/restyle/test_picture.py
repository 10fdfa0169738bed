"""A photograph is read with its mask at the size that was asked for; a brush in mm follows the print."""

import cv2
import numpy as np
import pytest

from data.errors import ShapeError
from render.restyle.picture import DEFAULT_DPI, Brush, Photograph, pitch_of, regions_of_mask


@pytest.fixture
def paths(tmp_path):
    photo = np.full((40, 60, 3), 200, np.uint8)
    mask = np.zeros((40, 60, 3), np.uint8)
    mask[:, 30:] = 255
    for name, pixels in (("photo.png", photo), ("mask.png", mask), ("small.png", mask[:20])):
        cv2.imwrite(str(tmp_path / name), pixels)
    return tmp_path


def test_a_mask_parts_the_picture_between_masters(paths):
    read = Photograph.read(paths / "photo.png", paths / "mask.png", 3)
    assert read.rgb.dtype == np.float32 and read.rgb.shape == (40, 60, 3)
    assert (read.regions[:, :30] == 0).all() and (read.regions[:, 30:] == 2).all() and read.regions.dtype == np.uint8
    grey = np.repeat(np.linspace(0, 1, 101, dtype=np.float32)[None, :, None], 3, 2)
    assert np.bincount(regions_of_mask(grey, 4)[0]).tolist() == [25, 25, 25, 26]


def test_another_size_keeps_the_shape_and_the_regions(paths):
    read = Photograph.read(paths / "photo.png", paths / "mask.png", 2, megapixels=0.0006)
    assert read.rgb.shape == (20, 30, 3) and read.regions.shape == (20, 30) and set(np.unique(read.regions)) == {0, 1}
    larger = Photograph.read(paths / "photo.png", megapixels=0.01)
    assert larger.regions is None and larger.rgb.shape[0] * larger.rgb.shape[1] == pytest.approx(1e4, rel=0.02)


def test_a_mask_of_another_size_is_told(paths):
    with pytest.raises(ShapeError, match="60 x 20 pixels, .* has 60 x 40: expected a mask of the picture's own size"):
        Photograph.read(paths / "photo.png", paths / "small.png", 2)


def test_a_brush_in_millimetres_follows_the_print(paths):
    photograph = Photograph.read(paths / "photo.png")
    assert photograph.dpi(None) == DEFAULT_DPI and photograph.dpi(25.4) == pytest.approx(60)
    assert Brush(mm=2.0).width_px(pitch_of(photograph.dpi(60.0))) == pytest.approx(2.0)
    assert Brush(mm=2.0).width_px(None) is None and Brush(px=3.0).width_px(None) == 3.0 and Brush().width_px(0.1) is None
