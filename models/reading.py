"""What photographs with measured height teach about coarse pictures, where strokes are a few texels wide.

The relief model has seen painted strokes by the millimetre. In a picture of 0.85 mm a texel little is left of them: a
bright slope, a dark one, an edge. A ridge regression (Hoerl and Kennard 1970, doi:10.1080/00401706.1970.10488634) from
the model's own bands and from the light around a texel, fitted to the few photographs of oil paintings with measured
height that there are (Ji et al. 2021, doi:10.1186/s40494-021-00618-w), weighs them by what they proved to be worth:
ridges count for more than furrows, and what stands out of its nearest surroundings for as much as a thick daub. It has
124 weights, and a solution in closed form: two paintings teach no more. Layers, which proved to be worth hardly anything,
are held back.
"""

import json
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import cv2
import numpy as np

from data.errors import ShapeError

SHIPPED = Path(__file__).with_name("reading.json")
_PENALTY = 0.3
# Everything is told in units of its own spread around the texel, so that a faint photograph reads like a strong one. Below
# these spreads (mm, logarithm of light, CIE L*a*b*) there is nothing to be told.
_AROUND, _FAINT_MM, _FAINT_LIGHT, _FAINT_CHROMA = 24.0, 2e-4, 0.012, 0.4
_COARSEST = 6.0         # texels: what is broader is no stroke


def reading_features(rgb, bands):
    """What the regression sees of a picture.

    Parameters
    ----------
    rgb : (H, W, 3) float32
        sRGB in [0, 1].
    bands : (6, H, W) float32
        The relief model's bands (detail, stroke, layer) in mm: of the picture, and of the picture upside down, turned
        back. What is lit from above shows in the one reading, what would be lit from below in the other, edges in both.

    Returns
    -------
    (F, H, W) float32
        Ridges and furrows of detail and stroke at a texel and its eight neighbours, in units of their nearest
        surroundings; light at 7 x 7 texels, which shows from where ridges are lit; chroma that differs from its
        surroundings, at three scales.
    """
    light = np.log(np.ascontiguousarray(rgb, np.float32) + np.float32(0.06)) @ np.float32([0.25, 0.5, 0.25])
    planes = []
    for band in bands[[0, 1, 3, 4]]:
        near = _in_spreads(band, _AROUND, _FAINT_MM)
        local = near / (np.sqrt(_blurred(near * near, 3.0)) + np.float32(0.3))
        planes += _neighbours(np.maximum(local, 0), 1) + _neighbours(np.minimum(local, 0), 1)
    planes += _neighbours(_in_spreads(light - _blurred(light, 8.0), _AROUND, _FAINT_LIGHT), 3)
    lab = cv2.cvtColor(np.ascontiguousarray(rgb, np.float32), cv2.COLOR_RGB2Lab)
    for sigma in (0.8, 1.6, 3.2):
        differs = [_blurred(field, sigma) - _blurred(field, 2 * sigma) for field in (lab[..., 1], lab[..., 2])]
        planes.append(_in_spreads(np.hypot(*differs), _AROUND, _FAINT_CHROMA))
    return np.stack(planes).astype(np.float32)


def _in_spreads(field, sigma, faint):
    return field / (_spread(field, sigma) + np.float32(faint))


def _spread(field, sigma):
    return np.sqrt(_blurred(field * field, sigma))


def _blurred(field, sigma):
    return cv2.GaussianBlur(np.ascontiguousarray(field), (0, 0), sigma, borderType=cv2.BORDER_REFLECT_101)


def _neighbours(field, reach):
    wide = np.pad(field, reach, mode="reflect")
    rows, columns = field.shape
    return [wide[i:i + rows, j:j + columns] for i in range(2 * reach + 1) for j in range(2 * reach + 1)]


@dataclass(frozen=True, eq=False)
class Reading:
    """`weights` (F,) of `reading_features`; `layer_weight` in [0, 1], how much of the relief model's layers there is in
    measured paint; `pitch_mm` of the measured paintings they were fitted to."""

    weights: np.ndarray
    layer_weight: float
    pitch_mm: float

    @classmethod
    def fit(cls, samples, *, pitch_mm, border_px=4):
        """Learn from measured paintings.

        Parameters
        ----------
        samples : list of ((H, W, 3) float32 sRGB, (6, H, W) bands as for `reading_features`, (H, W) height in any unit)
        pitch_mm : float
        border_px : int
            Left out all around, where crops of height and photograph may not meet.
        """
        if not samples:
            raise ShapeError("a reading needs at least one painting with measured height, got none")
        inner = slice(border_px, -border_px)
        seen, wanted = [], []
        for rgb, bands, height in samples:
            if not (6, *np.shape(rgb)[:2]) == np.shape(bands) == (6, *np.shape(height)):
                raise ShapeError(f"colour, six bands and height must be of one size, got {np.shape(rgb)}, "
                                 f"{np.shape(bands)}, {np.shape(height)}")
            strength = _spread(bands[0] + bands[1], _AROUND)
            # In units of each picture's own paint: none is to count for more because it is rougher.
            features = reading_features(rgb, bands) * (strength / strength.mean())
            seen.append(features[:, inner, inner].reshape(len(features), -1).astype(np.float64))
            z = np.asarray(height, np.float64)[inner, inner].ravel()
            wanted.append((z - z.mean()) / z.std())
        x, y = np.concatenate(seen, axis=1), np.concatenate(wanted)
        spread = np.maximum(x.std(1), 1e-9)
        x = (x - x.mean(1, keepdims=True)) / spread[:, None]
        weights = np.linalg.solve(x @ x.T / len(y) + _PENALTY * np.eye(len(x)), x @ y / len(y))
        # A regression's predictions are too flat: stretched to the spread of the bands it reads.
        bare = cls(weights / (weights @ x).std() / spread, 0.0, float(pitch_mm))
        # Least squares of the height on strokes and layers: what layers are worth where strokes are worth 1.
        worth = []
        for (rgb, bands, _), z in zip(samples, wanted):
            told = np.stack([bare.brush_band(rgb, bands), _blurred(bands[2], _COARSEST)])[:, inner, inner]
            told = told.reshape(2, -1).astype(np.float64)
            stroke, layer = np.linalg.solve(np.cov(told), (told - told.mean(1, keepdims=True)) @ z / z.size)
            worth.append(layer / stroke)
        return cls(bare.weights, float(np.clip(np.mean(worth), 0, 1)), bare.pitch_mm)

    def bands(self, rgb, bands, level_mm):
        """The bands ((6, H, W) float32 mm) of a picture, read anew: (strokes, layers), each (H, W) float32 mm. Layers are
        brought towards `level_mm`."""
        layer = _blurred(bands[2], _COARSEST) - np.float32(level_mm)
        return self.brush_band(rgb, bands), np.float32(level_mm) + np.float32(self.layer_weight) * layer

    def brush_band(self, rgb, bands):
        """Height of strokes in mm, (H, W) float32, about as high as detail and stroke of the bands together."""
        told = np.tensordot(self.weights.astype(np.float32), reading_features(rgb, bands), 1)
        brush = told * _spread(bands[0] + bands[1], _AROUND)
        return (brush - _blurred(brush, _COARSEST)).astype(np.float32)

    def to_json(self):
        return {"pitch_mm": self.pitch_mm, "layer_weight": round(self.layer_weight, 3),
                "weights": [float(f"{weight:.5g}") for weight in self.weights]}

    @classmethod
    @cache
    def measured(cls):
        """The shipped numbers (`python -m benchmarks.fit_relief --measured FOLDER` fits them again)."""
        record = json.loads(SHIPPED.read_text(encoding="utf-8"))
        return cls(np.asarray(record["weights"], np.float64), record["layer_weight"], record["pitch_mm"])
