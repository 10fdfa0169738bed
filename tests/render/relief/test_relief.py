"""Claim: copied paint brings its own height; seams are reconciled without breaking strokes; every texel says where its
height is from; canvas, varnish and age do what they say."""

import numpy as np
import pytest

from data.errors import ShapeError, UsageError
from data.parts import Part
from models.topography import spectral_slope
from render.imaging.poisson import screen_from_wavelength, screened_poisson
from render.imaging.weave import canvas_weave, shown_weave
from render.relief.relief import (
    Origin,
    Relief,
    carry_height,
    crackled,
    matched,
    on_canvas,
    sculpted,
    varnished,
)

PITCH = 0.25


def strokes(rows, columns, angle, level=0.2):
    y, x = np.mgrid[:rows, :columns].astype(np.float32)
    return (level + 0.04 * np.sin((x * np.cos(angle) + y * np.sin(angle)) * 1.1)).astype(np.float32)


def place(rows, columns, exemplar=0, row=0, column=0):
    y, x = np.mgrid[row:row + rows, column:column + columns]
    return np.stack([np.full((rows, columns), exemplar), y, x], -1).astype(np.int32)


def test_one_copy_gives_its_height_back():
    height = strokes(80, 90, 0.5)
    relief = carry_height(place(60, 70, row=10, column=5), [height], pitch_mm=PITCH, measured=[True])
    np.testing.assert_allclose(relief.z_mm, height[10:70, 5:75], atol=2e-6)
    assert (relief.origin == Origin.MEASURED).all() and relief.shares()["measured"] == 1


def test_seams_are_reconciled_and_strokes_kept():
    left, right = strokes(96, 96, 0.3, level=0.1), strokes(96, 96, 1.2, level=0.4)
    source = place(96, 96)
    source[:, 48:] = place(96, 96, 1)[:, 48:]
    relief = carry_height(source, [left, right], pitch_mm=PITCH, measured=[True, False])
    cut = np.where(source[..., 0] == 0, left, right)
    across = np.abs(np.diff(relief.z_mm, axis=1))
    assert np.abs(np.diff(cut, axis=1))[:, 47].mean() > 0.25
    # The step of 0.3 mm is gone: the seam is no steeper than the strokes themselves.
    assert across[:, 47].mean() < 1.3 * across[:, :40].mean() + 0.02
    for copy, columns in ((left, slice(4, 40)), (right, slice(56, 92))):
        wanted, got = np.diff(copy, axis=0)[:, columns], np.diff(relief.z_mm, axis=0)[:, columns]
        assert np.corrcoef(wanted.ravel(), got.ravel())[0, 1] > 0.999
    assert set(np.unique(relief.origin[:, :47])) == {Origin.MEASURED}
    assert set(np.unique(relief.origin[:, 49:])) == {Origin.INFERRED}
    assert (relief.origin[:, 47] == Origin.CARRIED).all()


def test_poisson_solves_its_equation():
    rng = np.random.default_rng(3)
    z, gx, gy = rng.random((33, 47)), rng.random((33, 46)), rng.random((32, 47))
    f = screened_poisson(z, gx, gy, screen=screen_from_wavelength(9), dtype=np.float64).astype(np.float64)
    screen = (2 * np.pi / 9) ** 2
    residual = screen * (f - z)
    flow_x, flow_y = np.diff(f, axis=1) - gx, np.diff(f, axis=0) - gy
    residual[:, :-1] -= flow_x
    residual[:, 1:] += flow_x
    residual[:-1] -= flow_y
    residual[1:] += flow_y
    assert np.abs(residual).max() < 1e-5


def test_weave_has_its_period_and_fills_up_under_thick_paint():
    weave = canvas_weave((256, 256), 0.1, period_mm=0.8, depth_mm=0.06, undulation_mm=0.0, seed=1)
    assert weave.min() == 0 and 0.02 < np.ptp(weave) < 0.15
    spectrum = np.abs(np.fft.rfft(weave - weave.mean(), axis=1)).mean(0)
    # Threads go over and under: the pattern repeats every second thread, and each thread is a ridge.
    peak_mm = 25.6 / (np.argmax(spectrum[8:]) + 8)
    assert min(abs(peak_mm - 0.8), abs(peak_mm - 1.6)) < 0.1
    bare = Relief(np.zeros((256, 256), np.float32), 0.1, np.full((256, 256), 3, np.uint8))
    paint = np.zeros((256, 256), np.float32)
    paint[:, 128:] = 0.5
    covered = on_canvas(Relief(paint, 0.1, bare.origin), weave)
    assert covered.z_mm[:, 140:].std() < 0.1 * covered.z_mm[:, :110].std()
    again = canvas_weave((256, 256), 0.1, period_mm=0.8, depth_mm=0.06, undulation_mm=0.0, seed=1)
    np.testing.assert_array_equal(weave, again)


def test_varnish_levels_and_cracks_cut():
    z = strokes(120, 120, 0.4) + 0.1
    relief = Relief(z, PITCH, np.full(z.shape, 1, np.uint8))
    film = varnished(relief, thickness_mm=0.05)
    assert (film.z_mm >= z - 1e-6).all() and film.z_mm.std() < z.std()
    old = crackled(relief, cell_mm=5.0, depth_mm=0.05)
    cut = z - old.z_mm
    assert cut.min() > -1e-6 and 0.02 < (cut > 0.02).mean() < 0.35 and cut.max() <= 0.0501


def face(width):
    """68 landmarks of a frontal face, eyes `width` / 4 apart from the middle, in a picture `width` wide."""
    turn = np.linspace(0.05, np.pi - 0.05, 17)
    jaw = np.stack([-np.cos(turn) * 0.95, np.sin(turn) * 1.3 - 0.1], 1)
    row = lambda xs, y: np.stack([np.asarray(xs, float), np.full(len(xs), y)], 1)  # noqa: E731
    eye = np.array([[-0.2, 0], [-0.1, -0.06], [0.1, -0.06], [0.2, 0], [0.1, 0.06], [-0.1, 0.06]])
    turn = np.linspace(np.pi, -np.pi, 13)[:12]
    lips = np.stack([np.cos(turn) * 0.32, -np.sin(turn) * 0.12 + 0.75], 1)
    inner = np.stack([np.cos(turn[::3][:4].repeat(2)) * 0.2, -np.sin(turn[::3][:4].repeat(2)) * 0.05 + 0.75], 1)
    inner += np.arange(8)[:, None] * 1e-3
    points = np.concatenate([jaw, row(np.linspace(-0.75, -0.2, 5), -0.3), row(np.linspace(0.2, 0.75, 5), -0.3),
                             np.stack([np.zeros(4), np.linspace(0, 0.4, 4)], 1), row(np.linspace(-0.2, 0.2, 5), 0.48),
                             eye + [-0.45, 0], eye + [0.45, 0], lips, inner])
    return points * width / 4 + [width / 2, width * 0.55]


def test_sculpture_goes_through_the_face_and_its_steep_edges_are_compressed():
    landmarks = face(128)
    parts = np.zeros((160, 128), np.uint8)
    parts[30:, 20:108] = Part.HAIR
    parts[45:115, 34:94] = Part.FACE
    flat = Relief(np.zeros((320, 256), np.float32), PITCH, np.full((320, 256), 3, np.uint8))
    z = sculpted(flat, parts, landmarks, height_mm=2.0).z_mm
    np.testing.assert_allclose(np.ptp(z), 2.0, atol=1e-5)

    def at(point):
        x, y = (np.asarray(point) * 2 + 0.5).astype(int)
        return z[y, x]

    nose, eyes, background = at(landmarks[30]), max(at(landmarks[36]), at(landmarks[45])), z[:30].max()
    cheek = at((landmarks[2] + landmarks[31]) / 2)
    assert nose > cheek + 0.05 > background + 0.5 and nose > eyes + 0.1
    # A head stands out as far whether the paint below is flat or not.
    rough = Relief(flat.z_mm + np.float32(0.01) * (np.indices(flat.z_mm.shape).sum(0) % 2), PITCH, flat.origin)
    np.testing.assert_allclose(sculpted(rough, parts, landmarks, height_mm=2.0).z_mm - rough.z_mm, z, atol=1e-5)
    with pytest.raises(ShapeError, match="68, 2"):
        sculpted(flat, parts, landmarks[:5])


def test_threads_are_shown_only_where_the_pitch_can_hold_them():
    assert shown_weave(0.05) == 1 and shown_weave(0.2) == 0 and 0 < shown_weave(0.13) < 1
    assert np.ptp(canvas_weave((64, 64), 0.25, undulation_mm=0.0)) == 0
    assert np.ptp(canvas_weave((64, 64), 0.08, undulation_mm=0.0)) > 0.03


def test_only_inferred_height_is_matched_to_measured_paint():
    from models.topography import Topography

    rng = np.random.default_rng(3)
    z = (0.2 + 0.01 * rng.standard_normal((96, 120))).astype(np.float32)
    origin = np.full(z.shape, Origin.MEASURED, np.uint8)
    origin[:, 60:] = Origin.INFERRED
    done = matched(Relief(z, PITCH, origin), Topography.measured())
    assert np.abs(done.z_mm - z)[:, :60].max() < 1e-6 < 1e-3 < np.abs(done.z_mm - z)[:, 70:].mean()
    assert spectral_slope(done.z_mm[:, 62:], PITCH) < spectral_slope(z[:, 62:], PITCH) - 1


def test_size_and_stretch():
    relief = Relief(strokes(40, 60, 0.1), 0.3, np.ones((40, 60), np.uint8))
    np.testing.assert_allclose(relief.size_mm, (18.0, 12.0))
    np.testing.assert_allclose(relief.scaled_to(1.5).relief_mm, 1.5, rtol=1e-6)
    assert not relief.z_mm.flags.writeable
    with pytest.raises(UsageError, match="higher than 0 mm"):
        relief.scaled_to(0)


@pytest.mark.parametrize("z, message", [
    (np.full((4, 4), np.nan), "not finite"), (np.zeros((1, 9)), "at least 2 x 2"), (np.zeros(9), "two-dimensional"),
    (np.full((4, 4), -1.0), "below the base")])
def test_bad_heights_are_refused(z, message):
    with pytest.raises(ShapeError, match=message):
        Relief(z, 0.1, np.ones(z.shape, np.uint8))


def test_a_source_map_beyond_the_exemplars_is_refused():
    with pytest.raises(ShapeError, match="names exemplars"):
        carry_height(place(9, 9, exemplar=2), [strokes(9, 9, 0)], pitch_mm=PITCH)
