"""Weave, cracks and strokes are told apart on drawn surfaces of known kind, and an enlarged scan is found out."""

import cv2
import numpy as np
import pytest

from features.paint.surface import measure_surface


def natural(seed, size=400, contrast=12.0):
    """Lightness with the spectrum of pictures, as paint has it before brush and canvas."""
    rng = np.random.default_rng(seed)
    spectrum = np.fft.rfft2(rng.normal(size=(size, size)))
    radius = np.hypot(np.fft.fftfreq(size)[:, None], np.fft.rfftfreq(size)[None])
    field = np.fft.irfft2(spectrum / np.maximum(radius, 1 / size) ** 1.2)
    return (50 + contrast * field / field.std()).astype(np.float32)


def strokes(seed, size=400, turn=0.5, spread=0.35, width=4, length=40, count=4000):
    """Dabs of paint of every lightness, most of them laid about one direction."""
    rng = np.random.default_rng(seed)
    picture = np.full((size, size), 50, np.float32)
    for _ in range(count):
        x, y = rng.uniform(0, size, 2)
        angle = turn + rng.normal(0, spread)
        dx, dy = 0.5 * length * np.cos(angle), 0.5 * length * np.sin(angle)
        ends = [tuple(int(round(16 * v)) for v in end) for end in ((x - dx, y - dy), (x + dx, y + dy))]
        cv2.line(picture, *ends, float(rng.uniform(25, 75)), width, cv2.LINE_AA, 4)
    return picture


def canvas(period=6.0, turn_deg=4.0, size=400, depth=2.0):
    y, x = np.mgrid[:size, :size].astype(np.float32)
    turn = np.radians(turn_deg)
    u, v = x * np.cos(turn) + y * np.sin(turn), -x * np.sin(turn) + y * np.cos(turn)
    return depth * (np.cos(2 * np.pi * u / period) + np.cos(2 * np.pi * v / (1.1 * period)))


def cracks(seed, size=400, cells=160):
    """A net of thin lines: the borders of cells around scattered points."""
    rng = np.random.default_rng(seed)
    seeds = rng.uniform(0, size, (cells, 2)).astype(np.float32)
    y, x = np.mgrid[:size, :size].astype(np.float32)
    distances = np.sort(np.stack([np.hypot(x - u, y - v) for u, v in seeds]), axis=0)[:2]
    return -18.0 * np.exp(-((distances[1] - distances[0]) / 1.2) ** 2)


@pytest.mark.parametrize("seed", range(3))
def test_plain_paint_has_neither(seed):
    for paint in (natural(seed), strokes(seed), strokes(seed, spread=3.0, width=2, length=25)):
        found = measure_surface(paint)
        assert found["weave"] is False and found["craquelure"] is False


@pytest.mark.parametrize("period, turn", [(4.6, 0.0), (6.0, 4.0), (9.5, -8.0)])
def test_weave_is_measured_through_strokes(period, turn):
    found = measure_surface(strokes(1) + canvas(period, turn))
    assert found["weave"] is True and found["weave_confidence"] > 0.6
    assert sorted(found["weave_period_px"]) == pytest.approx(sorted([period, 1.1 * period]), rel=0.06)
    assert found["weave_angle_deg"] == pytest.approx(turn, abs=3)
    assert found["craquelure"] is False


def test_one_comb_of_lines_is_no_weave():
    x = np.arange(400, dtype=np.float32)
    comb = natural(2) + 3 * np.cos(2 * np.pi * x / 6)[None]
    assert measure_surface(comb)["weave"] is False


def test_blocks_of_jpeg_are_no_weave():
    picture = np.clip(natural(3) * 2.55, 0, 255).astype(np.uint8)
    worn = cv2.imdecode(cv2.imencode(".jpg", picture, [cv2.IMWRITE_JPEG_QUALITY, 12])[1], cv2.IMREAD_GRAYSCALE)
    assert measure_surface(worn.astype(np.float32) / 2.55)["weave"] is False


@pytest.mark.parametrize("seed", range(3))
def test_a_net_of_cracks(seed):
    found = measure_surface(natural(seed, contrast=6) + cracks(seed))
    assert found["craquelure"] is True and found["craquelure_density"] > 0.01 and found["weave"] is False


def test_an_enlarged_scan_is_found_out():
    sharp = natural(4, 512)
    dull = cv2.resize(cv2.resize(sharp, (170, 170), interpolation=cv2.INTER_AREA), (512, 512),
                      interpolation=cv2.INTER_CUBIC)
    assert measure_surface(sharp)["usable_px"] < 2.5
    found = measure_surface(dull)
    assert found["usable_px"] > 3.5


def test_a_coarse_scan_says_nothing_of_cracks():
    surface = natural(0, contrast=6) + cracks(0)
    assert measure_surface(surface, face_px=600)["craquelure"] is True
    assert measure_surface(surface, face_px=120)["craquelure"] is None


def test_a_scrap_tells_nothing():
    assert measure_surface(np.zeros((40, 300), np.float32)) == {}
    assert measure_surface(np.full((300, 300), 50, np.float32)) == {}
