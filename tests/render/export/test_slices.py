"""Claim: the layers add up to the height within half a layer, and the physically last layer is the colour."""

import json

import cv2
import numpy as np
import pytest

from data.errors import UsageError
from render.export.slices import jetting_slices, slice_relief, write_stack


def relief():
    return cv2.GaussianBlur(np.random.default_rng(0).random((60, 50)).astype(np.float32), (0, 0), 2) * 3


def test_layers_add_up(tmp_path):
    z, rgb = relief(), np.random.default_rng(1).random((60, 50, 3)).astype(np.float32)
    stack = slice_relief(z, 0.1)
    paths = write_stack(stack, rgb, tmp_path)
    pictures = [path for path in paths if path.suffix == ".png"]
    assert len(pictures) == 13
    about = json.loads((tmp_path / "layers.json").read_text(encoding="utf-8"))
    assert about["layers"][-1]["material"] == "colour" and pictures[-1].name == "layer_13_colour.png"
    added = sum((cv2.imread(str(path), cv2.IMREAD_UNCHANGED) > 0) * np.float64(about["layer_mm"])
                for path in pictures[:-1])
    assert np.abs(added - (z - z.min())).max() <= about["layer_mm"] / 2 * 1.0001
    colour = cv2.imread(str(pictures[-1]), cv2.IMREAD_UNCHANGED)[..., ::-1]
    assert colour.dtype == np.uint16
    np.testing.assert_array_equal(colour, np.round(rgb.astype(np.float64) * 65535))


def test_no_layer_hangs_in_the_air():
    stack = slice_relief(relief(), 0.1, layers=7)
    for index in range(1, stack.building):
        assert not (stack.mask(index) & ~stack.mask(index - 1)).any()


def test_given_thickness_and_bad_wishes():
    z = relief()
    span = float(np.ptp(z))
    stack = slice_relief(z, 0.1, layers=40, layer_mm=span / 20)
    assert np.abs(stack.counts * np.float32(stack.layer_mm) - (z - z.min())).max() <= span / 40 * 1.0001
    with pytest.raises(UsageError, match="more layers"):
        slice_relief(z, 0.1, layers=5, layer_mm=span / 20)
    with pytest.raises(UsageError, match="flat"):
        slice_relief(np.ones((5, 5), np.float32), 0.1)
    with pytest.raises(UsageError, match="at least 2 layers"):
        slice_relief(z, 0.1, layers=1)


def test_jetting_builds_the_whole_body_with_colour_outside():
    z, rgb = relief(), np.zeros((60, 50, 3), np.float32)
    slices = list(jetting_slices(z, rgb, base_mm=1.0, layer_mm=0.1, colour_mm=0.3))
    built = sum((piece[..., 3] > 0) * 0.1 for piece in slices)
    assert np.abs(built - (z + 1.0)).max() <= 0.05 + 1e-4
    assert (slices[0][..., :3][slices[0][..., 3] > 0] == 255).all()    # deep inside: white
    top = slices[-1]
    assert (top[top[..., 3] > 0][:, :3] == 0).all()                    # the surface: the picture's colour
