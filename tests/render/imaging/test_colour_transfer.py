"""Each part takes the mean and spread of colour its master gave to it, by the share asked for; the rest is left alone."""

import numpy as np
import pytest

from data.colour import rgb_to_lab
from data.parts import Part
from render.imaging.colour_transfer import match_tones, match_tones_by_rows, to_grey, with_colours_of
from render.imaging.region_parts import encode


class OneTone:
    """A master who gives every part the same tone."""

    def __init__(self, mean, spread=(6.0, 2.0, 2.0)):
        self.given = np.float32([mean, spread])

    def tone(self, part):
        return self.given


WARM, COLD = OneTone((60, 20, 30)), OneTone((40, -5, -25))


@pytest.fixture(scope="module")
def picture():
    """Grey with a little grain; clothing at the right."""
    rng = np.random.default_rng(0)
    rgb = np.clip(0.5 + 0.06 * rng.standard_normal((80, 100, 1)) * np.ones(3), 0, 1).astype(np.float32)
    parts = np.zeros((80, 100), np.uint8)
    parts[:, 50:] = Part.CLOTHING
    return rgb, parts


def mean_lab(rgb):
    return rgb_to_lab(rgb).reshape(-1, 3).mean(0)


def test_a_part_takes_the_masters_tone_by_the_share_asked_for(picture):
    rgb, parts = picture
    gaps = [np.linalg.norm(mean_lab(match_tones(rgb, parts, [((WARM, 1.0),)], amount)) - WARM.given[0])
            for amount in (0.0, 0.5, 1.0)]
    assert gaps[2] < 2 < gaps[1] == pytest.approx(gaps[0] / 2, rel=0.1)
    assert np.abs(match_tones(rgb, parts, [((WARM, 1.0),)], 0.0) - rgb).max() < 1e-2


def test_shares_may_differ_from_part_to_part(picture):
    rgb, parts = picture
    matched = match_tones(rgb, parts, [((WARM, 1.0),)], {part: float(part == Part.CLOTHING) for part in Part})
    assert np.linalg.norm(mean_lab(matched[:, 60:]) - WARM.given[0]) < 3
    assert np.abs(matched[:, :40] - rgb[:, :40]).max() < 0.02


def test_each_region_has_masters_of_its_own_who_meet_by_weight(picture):
    rgb, parts = picture
    regions = np.zeros_like(parts)
    regions[40:] = 1
    matched = match_tones(rgb, encode(parts, regions), [((WARM, 1.0),), ((WARM, 0.5), (COLD, 0.5))], 1.0)
    assert np.linalg.norm(mean_lab(matched[:36]) - WARM.given[0]) < 3
    assert np.linalg.norm(mean_lab(matched[44:]) - (WARM.given[0] + COLD.given[0]) / 2) < 3


def test_contrasts_are_not_stretched_beyond_measure(picture):
    rgb, parts = picture
    even = np.float32(0.5) + (rgb - 0.5) * np.float32(0.2)
    stretched = rgb_to_lab(match_tones(even, parts, [((OneTone((50, 0, 0), (30, 30, 30)), 1.0),)], 1.0))[..., 0].std()
    assert stretched == pytest.approx(1.6 * rgb_to_lab(even)[..., 0].std(), rel=0.1)


def test_bands_of_rows_make_up_the_picture(picture):
    rgb, parts = np.tile(picture[0], (8, 1, 1)), np.tile(picture[1], (8, 1))
    bands = list(match_tones_by_rows(rgb, parts, [((WARM, 1.0),)], 0.7))
    assert [(each.low, each.high) for each in bands] == [(0, 256), (256, 512), (512, 640)]
    assert np.array_equal(np.concatenate([each.rgb for each in bands]), match_tones(rgb, parts, [((WARM, 1.0),)], 0.7))


def test_a_large_picture_is_matched_as_the_same_picture_small(picture):
    """Its tones are measured in a smaller one, and the change is carried back to its size."""
    y, x = np.mgrid[:900, :1200].astype(np.float32)
    rgb = np.stack([0.3 + 0.3 * (x > 600), 0.5 + 0.2 * np.sin(y / 90), 0.4 + 0.0003 * y], 2).astype(np.float32)
    parts = np.where(x > 600, 8, 0).astype(np.uint8)
    large = match_tones(rgb, parts, [((WARM, 1.0),)], 0.8)
    small = match_tones(np.ascontiguousarray(rgb[1::3, 1::3]), np.ascontiguousarray(parts[1::3, 1::3]), [((WARM, 1.0),)], 0.8)
    gap = np.abs(large[1::3, 1::3] - small)
    assert np.abs(small - rgb[1::3, 1::3]).mean() > 0.05 > 0.01 > np.median(gap) and gap.mean() < 0.01


def test_grey_and_colour_come_apart_and_together_again(picture):
    rgb = np.random.default_rng(1).uniform(0.2, 0.8, (30, 40, 3)).astype(np.float32)
    grey = to_grey(rgb)
    assert np.ptp(grey, axis=2).max() == 0 and np.abs(grey[..., 0] - rgb @ np.float32([0.299, 0.587, 0.114])).max() < 1e-6
    assert np.abs(with_colours_of(rgb, rgb) - rgb).max() < 3e-3  # OpenCV's Lab comes back to this
    lab = [rgb_to_lab(each) for each in (with_colours_of(picture[0][:30, :40], rgb), rgb, picture[0][:30, :40])]
    assert np.median(np.abs(lab[0] - lab[1])[..., 1:]) < 0.5 and np.median(np.abs(lab[0] - lab[2])[..., 0]) < 0.5
