"""The height of strokes in coarse pictures, where a stroke is only a few texels wide, learned from measured paintings.

The relief model was trained on pictures in which a stroke is many texels wide. In a picture of 0.85 mm a texel little is left
of a stroke: a bright slope, a dark one, an edge. Here a ridge regression (Hoerl and Kennard 1970,
doi:10.1080/00401706.1970.10488634) combines the relief model's own output with the features that a network trained on
photographs (SqueezeNet, `models.perceptual`) finds in the lightness. It is fitted to the few photographs of oil paintings whose
height was measured (Ji et al. 2021, doi:10.1186/s40494-021-00618-w). It has 356 weights and a solution in closed form: two
paintings are too few for more. Colour is not used, and lightness only as it differs from its surroundings.
"""

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

import cv2
import numpy as np
from jaxtyping import Float, Float32, Float64

from data.coordinates import rescale_points
from data.errors import ShapeError
from models.relief_features import LIGHT_FLOOR, blurred

SHIPPED = Path(__file__).with_name("coarse_relief.json")
STROKES_ENLARGED = 5
"""Times that a picture is enlarged for the relief model to see its strokes."""
_LAYERS = {"conv1": 2, "fire4": 4}
"""Layers of the network, and how many times a picture is enlarged for each."""
_PENALTY, _STROKES_WEIGHT = 2.0, 2.0
"""Penalty of the ridge regression, and the factor on the spread of the relief model's features: with 2 they are penalised a
quarter as much as the network's."""
_AROUND = 24.0
"""Texels (sigma). Features are divided by their own spread around each texel, so that the contrast of a photograph does not
matter."""
_FAINT_MM, _FAINT_LIGHT = 2e-4, 0.012
"""Spreads (mm; logarithm of light) that are added before that division, so that faint noise is not blown up."""
_BROADEST = 4.5
"""Texels (sigma): what is broader than this is not a stroke and is taken out."""
_LIGHT_AROUND, _RIDGES_AROUND = 8.0, 3.0
"""Texels of the surroundings that light, and ridges, are compared with."""
_LUMA = np.array([0.25, 0.5, 0.25], np.float32)
_GREY = 0.12
"""Share of white that one spread of lightness becomes in the grey picture that the network is shown."""
_FAINT_RIDGE = np.float32(0.3)
"""Added to the local size of ridges before dividing by it, in units of the wider spread: keeps flat places flat."""
_RIDGES = 36
"""Number of features that come from the relief model: ridges and furrows of two bands, at 3 x 3 texels each."""
_TILE, _HALO = 192, 16
"""Texels: side of a tile, and of the margin around it, which is wider than the field of view of the layers."""
_ROUNDS = 3
"""How often heights are registered to the result so far and learned from again."""
_REGISTER_STEPS, _REGISTER_CHANGE, _REGISTER_BLUR = 200, 1e-6, 5
"""Most steps of registering, the change at which it stops, and the side of the blur beforehand, texels."""


class FeatureTile(NamedTuple):
    """A tile of a picture, and `planes` (F, h, w) float32 of what the regression sees there."""

    rows: slice
    columns: slice
    planes: Float32[np.ndarray, "F h w"]


class MeasuredSample(NamedTuple):
    """What is learned from: `rgb` (H, W, 3) float32 sRGB in [0, 1]; `strokes` (2, H, W) float32, the relief model's detail
    and stroke in mm; `height` (H, W) in any unit."""

    rgb: Float32[np.ndarray, "H W 3"]
    strokes: Float32[np.ndarray, "2 H W"]
    height: Float[np.ndarray, "H W"]


def coarse_features(rgb: Float32[np.ndarray, "H W 3"], strokes: Float32[np.ndarray, "2 H W"]) -> Iterator[FeatureTile]:
    """What the regression sees of a picture (sRGB in [0, 1]) and of the relief model's detail and stroke in mm, tile by
    tile.

    Ridges and furrows of detail and stroke, at each texel and its eight neighbours, in units of their nearest
    surroundings; and the network's layers where it looks at the light.
    """
    light = np.log(np.ascontiguousarray(rgb, np.float32) + LIGHT_FLOOR) @ _LUMA
    light = _in_spreads(light - blurred(light, _LIGHT_AROUND), _FAINT_LIGHT)
    shown = np.pad(np.clip(np.float32(0.5) + np.float32(_GREY) * light, 0, 1), _HALO, mode="symmetric")
    wide = []
    for band in strokes:
        near = _in_spreads(band, _FAINT_MM)
        local = near / (np.sqrt(blurred(near * near, _RIDGES_AROUND)) + _FAINT_RIDGE)
        wide += [np.pad(part, 1, mode="symmetric") for part in (np.maximum(local, 0), np.minimum(local, 0))]
    for top in range(0, light.shape[0], _TILE):
        for left in range(0, light.shape[1], _TILE):
            height, width = min(_TILE, light.shape[0] - top), min(_TILE, light.shape[1] - left)
            planes = [plane[top + i:top + i + height, left + j:left + j + width]
                      for plane in wide for i in range(3) for j in range(3)]
            planes += _looked_at(shown[top:top + height + 2 * _HALO, left:left + width + 2 * _HALO])
            yield FeatureTile(slice(top, top + height), slice(left, left + width), np.stack(planes))


def _looked_at(grey: Float32[np.ndarray, "H W"]) -> list[Float32[np.ndarray, "h w"]]:
    """The layers' channels at each texel of a picture in [0, 1] but for its halo."""
    import torch

    from models.perceptual import SQUEEZENET, load_network  # delays torch
    planes = []
    for name, enlarged in _LAYERS.items():
        large = cv2.resize(grey, [side * enlarged for side in grey.shape[::-1]], interpolation=cv2.INTER_CUBIC)
        with torch.inference_mode():
            seen = load_network()(torch.from_numpy(np.clip(large, 0, 1)).expand(1, 3, -1, -1), [name])[name][0].numpy()
        layer = SQUEEZENET[name]
        # Where among the layer's cells the middle of each texel lies.
        y, x = ((rescale_points(np.arange(_HALO, side - _HALO, dtype=np.float32), enlarged) - layer.offset) / layer.stride
                for side in grey.shape)
        map_x, map_y = (np.ascontiguousarray(np.broadcast_to(line, (len(y), len(x)))) for line in (x, y[:, None]))
        planes += [cv2.remap(plane, map_x, map_y, cv2.INTER_LINEAR) for plane in seen]
    return planes


def _in_spreads(field: Float32[np.ndarray, "H W"], faint: float) -> Float32[np.ndarray, "H W"]:
    """A field in units of its spread around each texel, which is taken to be at least about `faint`."""
    return field / (local_spread(field) + np.float32(faint))


def local_spread(field: Float32[np.ndarray, "H W"]) -> Float32[np.ndarray, "H W"]:
    """Spread of a field around 0, within some 24 texels of each."""
    return np.sqrt(blurred(field * field, _AROUND))


def _fine(field: Float32[np.ndarray, "H W"]) -> Float32[np.ndarray, "H W"]:
    """A field without what is broader than strokes."""
    return field - blurred(field, _BROADEST)


@dataclass(frozen=True, eq=False)
class CoarseRelief:
    """`weights` (F,) of `coarse_features`; `pitch_mm` of the measured paintings they were fitted to."""

    weights: Float64[np.ndarray, " F"]
    pitch_mm: float

    @classmethod
    def fit(cls, samples: Sequence[MeasuredSample], *, pitch_mm: float, border_px: int = 4) -> "CoarseRelief":
        """Learn from measured paintings.

        Photographs and height scans are not perfectly registered. After each fit the heights are shifted, rotated and
        stretched to agree best with what the regression predicts, and the regression is fitted again.

        Parameters
        ----------
        samples : sequence of MeasuredSample
            Or of plain tuples in that order.
        pitch_mm : float
        border_px : int
            Left out all around, where crops of height and photograph may not meet.

        Raises
        ------
        ShapeError
            Without samples, or if colour, strokes and height differ in size.
        """
        if not samples:
            raise ShapeError("a reading needs at least one painting with measured height, got none")
        seen = [_own_units(MeasuredSample(*sample)) for sample in samples]
        inner = (..., slice(border_px, -border_px), slice(border_px, -border_px))
        x = np.concatenate([planes[inner].reshape(len(planes), -1) for planes in seen], axis=1, dtype=np.float64)
        spread = np.maximum(x.std(1), 1e-9)
        spread[:_RIDGES] /= _STROKES_WEIGHT
        x = (x - x.mean(1, keepdims=True)) / spread[:, None]
        covariance = x @ x.T / x.shape[1] + _PENALTY * np.eye(len(x))
        heights = given = [_fine(np.asarray(height, np.float32)) for _, _, height in samples]
        for further in range(_ROUNDS, -1, -1):
            y = np.concatenate([(z[inner] - z[inner].mean()).ravel() / z[inner].std() for z in heights])
            weights = np.linalg.solve(covariance, x @ y / len(y))
            # A regression predicts too small a spread, so predictions are scaled to unit spread.
            weights /= (weights @ x).std() * spread
            if further:
                heights = [_registered(z, np.tensordot(weights, planes, 1)) for z, planes in zip(given, seen)]
        return cls(weights, float(pitch_mm))

    def relative_height(self, rgb: Float32[np.ndarray, "H W 3"],
                        strokes: Float32[np.ndarray, "2 H W"]) -> Float32[np.ndarray, "H W"]:
        """Height of strokes in units of its spread, free of what is broader than strokes; arguments as for
        `coarse_features`."""
        told = np.empty(strokes.shape[1:], np.float32)
        for tile in coarse_features(rgb, strokes):
            # Not tensordot, whose rounding depends on the number of threads.
            told[tile.rows, tile.columns] = np.einsum("f,fyx->yx", self.weights.astype(np.float32), tile.planes)
        return _fine(_fine(told))

    def to_json(self) -> dict[str, Any]:
        """As JSON holds it, to five digits."""
        return {"pitch_mm": self.pitch_mm, "weights": [float(f"{weight:.5g}") for weight in self.weights]}

    @classmethod
    @cache
    def measured(cls) -> "CoarseRelief":
        """The shipped numbers (`python -m benchmarks.fit_relief --measured FOLDER` fits them again)."""
        record = json.loads(SHIPPED.read_text(encoding="utf-8"))
        return cls(np.asarray(record["weights"], np.float64), record["pitch_mm"])


def _own_units(sample: MeasuredSample) -> Float32[np.ndarray, "F H W"]:
    """The features of a whole sample, weighted by the local strength of its strokes over the sample's mean: a sample does not
    count for more because it is rougher as a whole."""
    rgb, strokes, height = sample
    if not (2, *np.shape(rgb)[:2]) == np.shape(strokes) == (2, *np.shape(height)):
        raise ShapeError(f"colour, strokes (2, H, W) and height must be of one size, got {np.shape(rgb)}, "
                         f"{np.shape(strokes)}, {np.shape(height)}")
    tiles = list(coarse_features(rgb, strokes))
    whole = np.empty((len(tiles[0].planes), *strokes.shape[1:]), np.float32)
    for tile in tiles:
        whole[:, tile.rows, tile.columns] = tile.planes
    strength = local_spread(strokes.sum(0))
    return np.stack([_fine(plane) for plane in whole]) * (strength / strength.mean())


def _registered(height: Float32[np.ndarray, "H W"], told: Float[np.ndarray, "H W"]) -> Float32[np.ndarray, "H W"]:
    """A height map rotated and stretched about its middle so that it agrees best with the prediction `told`, after
    Evangelidis and Psarakis 2008, doi:10.1109/TPAMI.2008.113. Its middle is kept in place, since shifts would add up from round
    to round. Where the two have too little in common it is given back unchanged."""
    middle = (np.array(height.shape[::-1]) - 1) / 2
    stop = (cv2.TERM_CRITERIA_EPS | cv2.TERM_CRITERIA_COUNT, _REGISTER_STEPS, _REGISTER_CHANGE)
    try:
        _, way = cv2.findTransformECC(  # type: ignore[call-overload]  # no mask is allowed, whatever the stubs say
            told.astype(np.float32), height, np.eye(2, 3, dtype=np.float32), cv2.MOTION_AFFINE, stop, None, _REGISTER_BLUR)
    except cv2.error:       # they have too little in common
        return height
    way[:, 2] = middle - way[:, :2] @ middle
    return cv2.warpAffine(height, way, height.shape[::-1], flags=cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP,
                          borderMode=cv2.BORDER_REFLECT_101)
