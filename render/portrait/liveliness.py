"""How lively paint is: the local energy of its detail by band, and the direction of its strokes.

With both among what is compared, plain ground is painted from plain ground, and no patch brings energy that was not asked for.
"""

from collections.abc import Sequence
from typing import NamedTuple

import cv2
import numpy as np
from jaxtyping import Bool, Float32, UInt8

from data.parts import FACE_PARTS, Part
from models.warping import Warped
from render.imaging.filters import broad_blur

# Bands of lightness: what a blur of the first sigma shows and one of the second does not; energy is the root mean square over
# the third. Outer eye distances.
_BANDS, _FELT = ((0.0, 0.03), (0.03, 0.3)), 0.15
_BLUR_LEAST_PX = 0.5        # of the blurs, so that small pictures have bands too
# Bytes of energy: so many levels for twice as much, beginning with this (L*).
_LEVELS_AN_OCTAVE, _LEAST_ENERGY = 16, 0.1
# Strokes: gradients of lightness without grain (first sigma), gathered over the second (outer eye distances); contrasts of this
# (L* over an outer eye distance) and less have no direction; levels for a passage with one direction only.
_STROKE, _STROKES_FELT = 0.02, 0.1
_STROKE_CONTRAST, _STROKE_LEVELS, _NO_DIRECTION = 8.0, 48, 128
# What is bare of detail because it was drawn asks for this quantile of what lenders have: the median of their calmer half.
_CALM_QUANTILE = 0.25
_WELL_WITHIN = 0.15         # outer eye distances within a part, or the outlines beside it count as its liveliness
_NOT_PLAIN = 2              # times that energy: ground is not plain
_LEAST_TEXELS = 200         # of a part, that speak for it

Energies = Float32[np.ndarray, "H W B"]


class LentView(NamedTuple):
    """What a lender shows of the frame: `energy`, `parts`, and where it is `valid`."""

    energy: Energies
    parts: UInt8[np.ndarray, "H W"]
    valid: Bool[np.ndarray, "H W"]

    @classmethod
    def of(cls, item: Warped, lightness: Float32[np.ndarray, "H W"], eye_px: float) -> "LentView":
        """Of a warped view with its lightness (L*)."""
        return cls(energies(lightness, eye_px), item.parts, item.valid)


def energies(lightness: Float32[np.ndarray, "H W"], eye_px: float) -> Energies:
    """Root mean square of the detail of L* around each place, by band."""
    found = []
    for low, high in _BANDS:
        finer = lightness if low == 0 else _blurred(lightness, low * eye_px)
        found.append(np.sqrt(_blurred((finer - _blurred(lightness, high * eye_px)) ** 2, _FELT * eye_px)))
    return np.dstack(found).astype(np.float32)


def wanted_energies(own: Energies, parts: UInt8[np.ndarray, "H W"], known: Bool[np.ndarray, "H W"], layers: Sequence[LentView],
                    calm_ground: Float32[np.ndarray, " B"] | None, eye_px: float) -> Energies:
    """How lively each place should be painted.

    Parameters
    ----------
    own : (H, W, B) float32
        Energies of the guide.
    parts : (H, W) uint8
    known : (H, W) bool
        Where the guide shows somebody's paint: it is as lively as it should be, and so is a face, whose fine form was lent.
        Drawn passages should be as lively as the master's plain ones, or as they were drawn.
    layers : sequence of LentView
        What the lenders show.
    calm_ground : (B,) float32 or None
        Of plain ground, from `calm_energies`.
    eye_px : float
    """
    wanted = own.copy()
    for part in np.setdiff1d(parts[~known], FACE_PARTS):
        here = ~known & (parts == part)
        calm = calm_ground if part == Part.BACKGROUND else calm_energies(layers, int(part), eye_px)
        if calm is None:
            continue
        wanted[here] = np.maximum(own[here], calm)
        if part == Part.BACKGROUND:    # outlines at its edge are not its own liveliness
            wanted[here & ~_well_within(parts == part, eye_px)] = calm
    return wanted


def plain(layer: LentView, calm_ground: Float32[np.ndarray, " B"], eye_px: float) -> Bool[np.ndarray, "H W"]:
    """Ground of a lender that is fit for drawn ground: not much livelier than is wanted, and not beside a figure, where its
    shadow and scraps of it lie.

    Parameters
    ----------
    layer : LentView
    calm_ground : (B,) float32
        Of plain ground, from `calm_energies`.
    eye_px : float
    """
    ground = layer.parts == Part.BACKGROUND
    return _well_within(ground, eye_px) & (layer.energy < _NOT_PLAIN * calm_ground).all(-1)


def liveliness_channels(energy: Energies, lightness: Float32[np.ndarray, "H W"], eye_px: float) -> UInt8[np.ndarray, "H W 4"]:
    """Guide channels: energy by band as a logarithm, and the direction of strokes (double angle, the longer the clearer)."""
    octaves = np.log2(np.maximum(energy, _LEAST_ENERGY) / _LEAST_ENERGY)
    return np.dstack([np.clip(np.round(octaves * _LEVELS_AN_OCTAVE), 0, 255),
                      np.round(_NO_DIRECTION + _STROKE_LEVELS * _directions(lightness, eye_px))]).astype(np.uint8)


def _directions(lightness: Float32[np.ndarray, "H W"], eye_px: float) -> Float32[np.ndarray, "H W 2"]:
    """Cosine and sine of twice the angle of the structure tensor, times its coherence."""
    smooth = _blurred(lightness, _STROKE * eye_px)
    dx, dy = (cv2.Scharr(smooth, cv2.CV_32F, *axis) / 32 for axis in ((1, 0), (0, 1)))
    across, along, both = (_blurred(product, _STROKES_FELT * eye_px) for product in (dx * dx, dy * dy, dx * dy))
    strength = across + along + np.float32((_STROKE_CONTRAST / eye_px) ** 2)
    return np.dstack([(across - along) / strength, 2 * both / strength])


def calm_energies(layers: Sequence[LentView], part: int, eye_px: float) -> Float32[np.ndarray, " B"] | None:
    """Energies of plain passages of a part, None where lenders hardly show it."""
    seen = [layer.energy[_well_within((layer.parts == part) & layer.valid, eye_px)] for layer in layers]
    together = np.concatenate(seen) if seen else np.empty((0, len(_BANDS)), np.float32)
    return np.quantile(together, _CALM_QUANTILE, axis=0).astype(np.float32) if len(together) >= _LEAST_TEXELS else None


def _well_within(mask: Bool[np.ndarray, "H W"], eye_px: float) -> Bool[np.ndarray, "H W"]:
    size = 2 * round(_WELL_WITHIN * eye_px) + 1
    return cv2.erode(mask.astype(np.uint8), np.ones((size, size), np.uint8)) > 0


def _blurred(field: Float32[np.ndarray, "H W"], sigma: float) -> Float32[np.ndarray, "H W"]:
    return broad_blur(field, max(_BLUR_LEAST_PX, sigma))
