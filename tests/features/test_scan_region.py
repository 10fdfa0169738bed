"""A region of a scan knows where its pixels lie in the scan, at any size and place, and where the scan's lie in it."""

import cv2
import numpy as np
import pytest

from features.scan_region import read_region


@pytest.fixture(scope="module")
def scan(tmp_path_factory):
    """400 x 300 px, smooth: red says x, green says y, both in steps of two."""
    path = tmp_path_factory.mktemp("scan") / "ramp.png"
    y, x = np.mgrid[:300, :400] / 2.0
    cv2.imwrite(str(path), np.round(np.stack([np.zeros_like(x), y, x], -1)).astype(np.uint8))
    return path


@pytest.mark.parametrize("window, side", [((0, 0, 400, 300), 1000), ((0, 0, 400, 300), 100), ((40, 60, 200, 120), 1000),
                                          ((40, 60, 200, 120), 50), ((399, 0, 1, 300), 60)])
def test_places_are_what_the_pixels_show(scan, window, side):
    region = read_region(scan, window, side)
    assert region.longest_px == min(side, max(window[2:])) and region.rgb.dtype == np.uint8 and region.window == window
    height, width = region.rgb.shape[:2]
    places = np.array([[0, 0], [width - 1, height - 1], [width // 2, height // 3]])
    seen = 2.0 * region.rgb[places[:, 1], places[:, 0], :2]
    np.testing.assert_allclose(region.to_scan(places), seen, atol=2)
    np.testing.assert_allclose(region.from_scan(region.to_scan(places)), places, atol=1e-9)


def test_corners_of_a_window_are_its_corners(scan):
    region = read_region(scan, (40, 60, 200, 120), 50)
    height, width = region.rgb.shape[:2]
    np.testing.assert_allclose(region.to_scan([[-0.5, -0.5], [width - 0.5, height - 0.5]]), [[39.5, 59.5], [239.5, 179.5]])
