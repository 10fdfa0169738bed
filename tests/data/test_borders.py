"""Claim: what a photographer adds around a painting is left out of the content box, and painted darkness never is."""

import cv2
import numpy as np
import pytest

from data.borders import box_in_pixels, find_content_box
from data.errors import ShapeError
from data.scan import read_scan

HEIGHT, WIDTH = 640, 480


def painting(darkness=0.35, seed=0):
    """Brushy noise, a lighter sitter before a background of the given lightness, without any border."""
    rng = np.random.default_rng(seed)
    brushy = cv2.GaussianBlur(rng.normal(size=(HEIGHT, WIDTH, 3)), (0, 0), 3)
    brushy = brushy / brushy.std() + rng.normal(size=brushy.shape) * 0.5
    y, x = np.mgrid[:HEIGHT, :WIDTH] / np.array([HEIGHT, WIDTH])[:, None, None]
    head = np.exp(-((x - 0.5) ** 2 / 0.02 + (y - 0.35) ** 2 / 0.03))
    bust = 1 / (1 + np.exp(-(y - 0.6 - (x - 0.5) ** 2) * 30)) * 0.2
    tone = darkness + 0.55 * head + bust * 0.4
    rgb = tone[..., None] * np.array([1, 0.85, 0.65]) * (1 + 0.12 * brushy) + 0.004 * brushy
    return np.clip(rgb, 0, 1).astype(np.float32)


def surrounded(picture, colour, left, top, right, bottom, noise=0.004):
    rng = np.random.default_rng(1)
    height, width = picture.shape[:2]
    ground = np.zeros((height + top + bottom, width + left + right, 3)) + np.asarray(colour)
    ground += rng.normal(scale=noise, size=ground.shape)
    ground[top:top + height, left:left + width] = picture
    return np.clip(ground, 0, 1).astype(np.float32)


def assert_box(rgb, left, top, width=WIDTH, height=HEIGHT, slack_px=7):
    """The box lies within the painting and gives up at most a few pixels of its rim."""
    x, y, w, h = box_in_pixels(find_content_box(rgb), rgb.shape[1], rgb.shape[0])
    assert left <= x <= left + slack_px and top <= y <= top + slack_px
    assert left + width - slack_px <= x + w <= left + width
    assert top + height - slack_px <= y + h <= top + height


@pytest.mark.parametrize("darkness", [0.5, 0.2, 0.1])
@pytest.mark.parametrize("colour", [0.0, 1.0, 0.75])
@pytest.mark.parametrize("sides", [(20, 30, 25, 15), (60, 0, 60, 0), (0, 100, 0, 100), (0, 4, 0, 0)])
def test_margins_and_letterboxes_are_left_out(darkness, colour, sides):
    left, top = sides[:2]
    scan = surrounded(painting(darkness), colour, *sides)
    if colour == 0.75 and sides == (0, 4, 0, 0):  # on one side alone it may be a painted wall
        assert find_content_box(scan) == (0, 0, 1, 1)
    else:
        assert_box(scan, left, top)


@pytest.mark.parametrize("darkness", [0.5, 0.15, 0.06, 0.03, 0.0])
@pytest.mark.parametrize("seed", [0, 1])
def test_a_painting_without_border_stays_whole(darkness, seed):
    assert find_content_box(painting(darkness, seed)) == (0, 0, 1, 1)


def test_a_black_ground_that_fades_into_the_sitter_stays():
    y, x = np.mgrid[:HEIGHT, :WIDTH] / np.array([HEIGHT, WIDTH])[:, None, None]
    sitter = np.clip(1.2 - ((x - 0.5) / 0.35) ** 2 - ((y - 0.6) / 0.4) ** 2, 0, 1)[..., None] * np.array([1, 0.8, 0.6])
    assert find_content_box(sitter.astype(np.float32)) == (0, 0, 1, 1)


def test_a_painted_parapet_stays():
    """An even stone before the sitter, from side to side, is painting; so is a white cloth with folds."""
    for colour, noise in (((0.24, 0.21, 0.17), 0.01), ((0.5, 0.5, 0.5), 0.004), ((0.93, 0.92, 0.9), 0.03)):
        parapet = surrounded(painting(), colour, 0, 0, 0, 70, noise)
        assert find_content_box(parapet) == (0, 0, 1, 1)


def test_a_slightly_turned_painting_keeps_nearly_all():
    framed = surrounded(painting(), 0.02, 40, 40, 40, 40)
    turn = cv2.getRotationMatrix2D((framed.shape[1] / 2, framed.shape[0] / 2), 0.3, 1)
    turned = cv2.warpAffine(framed, turn, framed.shape[1::-1], borderMode=cv2.BORDER_REPLICATE)
    assert_box(turned, 36, 36, WIDTH + 8, HEIGHT + 8, slack_px=16)


@pytest.mark.parametrize("side", range(4))
def test_a_colour_bar_beside_the_painting_is_left_out(side):
    scan = surrounded(painting(), 0.85, 30, 30, 30, 30)
    bar = np.zeros((60, scan.shape[1], 3), np.float32) + 0.85
    colours = [(0, .5, .8), (.2, .6, .2), (.9, .9, .1), (.8, .1, .1), (.7, .2, .6), (1, 1, 1), (.5, .5, .5), (0, 0, 0)]
    for number, colour in enumerate(colours):
        bar[10:50, 30 + number * 55:30 + number * 55 + 55] = colour
    turned = np.rot90(scan, side)
    padded = np.zeros((60, turned.shape[1], 3), np.float32) + 0.85
    padded[:, :min(bar.shape[1], turned.shape[1])] = bar[:, :turned.shape[1]]
    with_bar = np.rot90(np.vstack([padded, turned]), -side)
    at = {0: (30, 90), 1: (30, 30), 2: (30, 30), 3: (90, 30)}[side]
    assert_box(with_bar, *at, slack_px=12)


def test_a_gilt_frame_is_left_out():
    rng = np.random.default_rng(5)
    gilt = cv2.GaussianBlur(rng.random((HEIGHT + 60, WIDTH + 60, 1)).astype(np.float32), (0, 0), 2)[..., None]
    framed = (0.45 + gilt * 0.5) * np.array([1, 0.8, 0.4], np.float32)
    framed[30:-30, 30:-30] = painting(0.1)
    assert_box(framed.astype(np.float32), 30, 30, slack_px=8)


def test_shares_become_pixels_inside():
    assert box_in_pixels((0, 0, 1, 1), 4001, 2999) == (0, 0, 4001, 2999)
    x, y, w, h = box_in_pixels((0.1, 0.2, 0.33333, 0.7), 997, 1003)
    assert x >= 99.7 and x + w <= 0.43333 * 997 and y >= 200.6 and y + h <= 0.9 * 1003 + 1e-3


def test_a_wrong_array_is_refused():
    with pytest.raises(ShapeError, match="H, W, 3"):
        find_content_box(np.zeros((9, 9)))


def test_titian_keeps_his_dark_grounds(corpora):
    """Portraits whose backgrounds are nearly black to the rim, none with a border."""
    for number in (31, 46, 47, 49, 51, 53, 72, 81, 90, 97, 103, 107, 240):
        scan = read_scan(corpora("titian") / f"Titian_{number}.jpg", max_side_px=1024)
        assert find_content_box(scan) == (0, 0, 1, 1), number
    white = find_content_box(read_scan(corpora("titian") / "Titian_253.jpg", max_side_px=1024))
    assert all(0.005 < edge < 0.03 for edge in (white[0], white[1], 1 - white[0] - white[2], 1 - white[1] - white[3]))
