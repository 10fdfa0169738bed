"""Claim: a sculptural relief has the height asked for, a nose before cheeks and eyes before the ground, whatever paint lies
over it."""

import numpy as np
import pytest

from data.errors import ShapeError
from data.parts import Part
from render.relief.relief import Relief
from render.relief.sculpture import sculpted
from tests.render.relief.reliefs import PITCH_MM


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
    flat = Relief(np.zeros((320, 256), np.float32), PITCH_MM, np.full((320, 256), 3, np.uint8))
    z = sculpted(flat, parts, landmarks, height_mm=2.0).z_mm
    np.testing.assert_allclose(np.ptp(z), 2.0, atol=1e-5)

    def at(point):
        x, y = (np.asarray(point) * 2 + 0.5).astype(int)
        return z[y, x]

    nose, eyes, background = at(landmarks[30]), max(at(landmarks[36]), at(landmarks[45])), z[:30].max()
    cheek = at((landmarks[2] + landmarks[31]) / 2)
    assert nose > cheek + 0.05 > background + 0.5 and nose > eyes + 0.1
    # A head stands out as far whether the paint below is flat or not.
    rough = Relief(flat.z_mm + np.float32(0.01) * (np.indices(flat.z_mm.shape).sum(0) % 2), PITCH_MM, flat.origin)
    np.testing.assert_allclose(sculpted(rough, parts, landmarks, height_mm=2.0).z_mm - rough.z_mm, z, atol=1e-5)
    with pytest.raises(ShapeError, match="68, 2"):
        sculpted(flat, parts, landmarks[:5])
    with pytest.raises(ShapeError, match="68, 2"):
        sculpted(flat, parts[None], landmarks)


def test_more_compression_of_slopes_makes_edges_softer():
    parts = np.zeros((160, 128), np.uint8)
    parts[30:, 20:108] = Part.HAIR
    parts[45:115, 34:94] = Part.FACE
    flat = Relief(np.zeros((160, 128), np.float32), PITCH_MM, np.full((160, 128), 3, np.uint8))
    soft, hard = (np.abs(np.diff(sculpted(flat, parts, face(128), compression=c).z_mm, axis=1)).max() for c in (0.1, 10.0))
    assert soft < 0.7 * hard
