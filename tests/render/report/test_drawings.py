"""Small drawings: colours of paintings lie far apart, pictures come back from their addresses, landmarks become lines."""

import base64
import io

import numpy as np
import pytest
from PIL import Image

from data.landmarks import LINES
from render.report.drawings import css_colour, jpeg, landmark_lines, png, shrunk, source_colours


def read(address):
    return np.asarray(Image.open(io.BytesIO(base64.b64decode(address.partition(",")[2]))))


def test_source_colours_are_far_apart():
    colours = source_colours(12).astype(int)
    gaps = np.abs(colours[:, None] - colours[None]).sum(-1) + 1000 * np.eye(12, dtype=int)
    assert colours.shape == (12, 3) and gaps.min() > 20


def test_a_png_comes_back_as_it_was_and_a_jpeg_nearly():
    picture = np.random.default_rng(0).integers(0, 256, (20, 30, 3)).astype(np.uint8)
    np.testing.assert_array_equal(read(png(picture)), picture)
    smooth = np.tile(np.linspace(0, 1, 64, dtype=np.float32)[None, :, None], (48, 1, 3))
    back = read(jpeg(smooth, 90))
    assert jpeg(smooth).startswith("data:image/jpeg;base64,") and back.shape == (48, 64, 3)
    assert np.abs(back / 255 - smooth).max() < 0.05


def test_pictures_are_shrunk_but_never_enlarged():
    picture = np.zeros((300, 200, 3), np.float32)
    assert shrunk(picture, 150).shape == (150, 100, 3)
    assert shrunk(picture, 400) is picture


def test_landmarks_become_lines_at_the_scale_of_the_picture():
    points = np.arange(136, dtype=float).reshape(68, 2)
    lines = landmark_lines(points, 0.5)
    assert len(lines) == len(LINES)
    first = [float(value) for value in lines[0].split()[1].split(",")]
    assert first == pytest.approx((points[1] + 0.5) * 0.5 - 0.5, abs=0.051)


def test_css_colours():
    assert css_colour(np.array([0, 15.0, 255])) == "#000fff"
