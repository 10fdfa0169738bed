"""What photographs with measured height teach about coarse pictures, where strokes are a few texels wide.

The relief model has seen painted strokes by the millimetre. In a picture of 0.85 mm a texel little is left of them: a
bright slope, a dark one, an edge. A ridge regression (Hoerl and Kennard 1970, doi:10.1080/00401706.1970.10488634) weighs
the relief model's own strokes, and what a network trained on photographs (SqueezeNet, `models.perceptual`) sees in the
light alone, by what they proved to be worth on the few photographs of oil paintings with measured height that there are
(Ji et al. 2021, doi:10.1186/s40494-021-00618-w). It has 356 weights, and a solution in closed form: two paintings teach no
more. Colour is not looked at, and light only as it differs from its surroundings.
"""

import json
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import cv2
import numpy as np

from data.errors import ShapeError

SHIPPED = Path(__file__).with_name("coarse_relief.json")
STROKES_ENLARGED = 5    # times that a picture is enlarged for the relief model to see its strokes,
_LAYERS = {"conv1": 2, "fire4": 4}      # and for each layer of the network
# What the relief model has learned from practice is penalised a quarter as much as what the network sees.
_PENALTY, _STROKES_WEIGHT = 2.0, 2.0
# Everything is told in units of its own spread around the texel, so that a faint photograph reads like a strong one. Below
# these spreads (mm, logarithm of light) there is nothing to be told.
_AROUND, _FAINT_MM, _FAINT_LIGHT = 24.0, 2e-4, 0.012
_BROADEST = 4.5         # texels: what is broader is no stroke
_GREY = 0.12            # of white: a spread of light in the picture that the network is shown
_RIDGES = 36            # ridges and furrows of two bands at 3 x 3 texels
_TILE, _HALO = 192, 16  # texels; a halo is farther than a layer's cell looks
_ROUNDS = 3             # of learning and registering


def reading_features(rgb, strokes):
    """What the regression sees of a picture.

    Parameters
    ----------
    rgb : (H, W, 3) float32
        sRGB in [0, 1].
    strokes : (2, H, W) float32
        The relief model's detail and stroke in mm.

    Yields
    ------
    rows, columns : slice
        A tile of the picture.
    (F, h, w) float32
        Its ridges and furrows of detail and stroke, at each texel and its eight neighbours, in units of their nearest
        surroundings; and the network's layers where it looks at the light.
    """
    light = np.log(np.ascontiguousarray(rgb, np.float32) + np.float32(0.06)) @ np.float32([0.25, 0.5, 0.25])
    light = _in_spreads(light - _blurred(light, 8.0), _FAINT_LIGHT)
    shown = np.pad(np.clip(np.float32(0.5) + np.float32(_GREY) * light, 0, 1), _HALO, mode="symmetric")
    wide = []
    for band in strokes:
        near = _in_spreads(band, _FAINT_MM)
        local = near / (np.sqrt(_blurred(near * near, 3.0)) + np.float32(0.3))
        wide += [np.pad(part, 1, mode="symmetric") for part in (np.maximum(local, 0), np.minimum(local, 0))]
    for top in range(0, light.shape[0], _TILE):
        for left in range(0, light.shape[1], _TILE):
            height, width = min(_TILE, light.shape[0] - top), min(_TILE, light.shape[1] - left)
            planes = [plane[top + i:top + i + height, left + j:left + j + width]
                      for plane in wide for i in range(3) for j in range(3)]
            planes += _looked_at(shown[top:top + height + 2 * _HALO, left:left + width + 2 * _HALO])
            yield slice(top, top + height), slice(left, left + width), np.stack(planes)


def _looked_at(grey):
    """The layers' channels at each texel of a picture ((H, W) float32 in [0, 1]) but for its halo."""
    import torch

    from models.perceptual import SQUEEZENET, load_network
    planes = []
    for name, enlarged in _LAYERS.items():
        large = cv2.resize(grey, [side * enlarged for side in grey.shape[::-1]], interpolation=cv2.INTER_CUBIC)
        with torch.inference_mode():
            seen = load_network()(torch.from_numpy(np.clip(large, 0, 1)).expand(1, 3, -1, -1), [name])[name][0].numpy()
        layer = SQUEEZENET[name]
        # Where among the layer's cells the middle of each texel lies.
        y, x = (((np.arange(_HALO, side - _HALO, dtype=np.float32) + 0.5) * enlarged - 0.5 - layer.offset) / layer.stride
                for side in grey.shape)
        places = [np.ascontiguousarray(np.broadcast_to(line, (len(y), len(x)))) for line in (x, y[:, None])]
        planes += [cv2.remap(plane, *places, cv2.INTER_LINEAR) for plane in seen]
    return planes


def _in_spreads(field, faint):
    return field / (local_spread(field) + np.float32(faint))


def local_spread(field):
    """Spread of a field around 0, (H, W), within some 24 texels of each."""
    return np.sqrt(_blurred(field * field, _AROUND))


def _blurred(field, sigma):
    return cv2.GaussianBlur(np.ascontiguousarray(field), (0, 0), sigma, borderType=cv2.BORDER_REFLECT_101)


def _fine(field):
    return field - _blurred(field, _BROADEST)


@dataclass(frozen=True, eq=False)
class CoarseRelief:
    """`weights` (F,) of `reading_features`; `pitch_mm` of the measured paintings they were fitted to."""

    weights: np.ndarray
    pitch_mm: float

    @classmethod
    def fit(cls, samples, *, pitch_mm, border_px=4):
        """Learn from measured paintings.

        Parameters
        ----------
        samples : list of ((H, W, 3) float32 sRGB, (2, H, W) strokes as for `reading_features`, (H, W) height in any unit)
        pitch_mm : float
        border_px : int
            Left out all around, where crops of height and photograph may not meet.

        Photographs and scans do not quite lie on each other: what is learned is learned anew from heights that were turned
        and stretched to where the reading so far finds them.
        """
        if not samples:
            raise ShapeError("a reading needs at least one painting with measured height, got none")
        seen = []
        for rgb, strokes, height in samples:
            if not (2, *np.shape(rgb)[:2]) == np.shape(strokes) == (2, *np.shape(height)):
                raise ShapeError(f"colour, strokes (2, H, W) and height must be of one size, got {np.shape(rgb)}, "
                                 f"{np.shape(strokes)}, {np.shape(height)}")
            planes = _whole(rgb, strokes)
            strength = local_spread(strokes.sum(0))
            # In units of each picture's own paint: none is to count for more because it is rougher.
            seen.append(np.stack([_fine(plane) for plane in planes]) * (strength / strength.mean()))
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
            # A regression's predictions are too flat: stretched to unit spread.
            weights /= (weights @ x).std() * spread
            if further:
                heights = [_registered(z, np.tensordot(weights, planes, 1)) for z, planes in zip(given, seen)]
        return cls(weights, float(pitch_mm))

    def told(self, rgb, strokes):
        """Height of strokes in units of its spread, (H, W) float32, free of what is broader than strokes."""
        told = np.empty(strokes.shape[1:], np.float32)
        for rows, columns, planes in reading_features(rgb, strokes):
            # Not tensordot, whose sums are other on two threads than on one.
            told[rows, columns] = np.einsum("f,fyx->yx", self.weights.astype(np.float32), planes)
        return _fine(_fine(told))

    def to_json(self):
        return {"pitch_mm": self.pitch_mm, "weights": [float(f"{weight:.5g}") for weight in self.weights]}

    @classmethod
    @cache
    def measured(cls):
        """The shipped numbers (`python -m benchmarks.fit_relief --measured FOLDER` fits them again)."""
        record = json.loads(SHIPPED.read_text(encoding="utf-8"))
        return cls(np.asarray(record["weights"], np.float64), record["pitch_mm"])


def _whole(rgb, strokes):
    """`reading_features` of all tiles, (F, H, W) float32."""
    tiles = list(reading_features(rgb, strokes))
    whole = np.empty((len(tiles[0][2]), *strokes.shape[1:]), np.float32)
    for rows, columns, planes in tiles:
        whole[:, rows, columns] = planes
    return whole


def _registered(height, told):
    """A height turned and stretched about its middle to where it is most like what a photograph told of it ((H, W) both),
    after Evangelidis and Psarakis 2008, doi:10.1109/TPAMI.2008.113. As a whole it stays in place: a reading that is learned
    in one place and judged in another would wander off."""
    middle = (np.array(height.shape[::-1]) - 1) / 2
    stop = (cv2.TERM_CRITERIA_EPS | cv2.TERM_CRITERIA_COUNT, 200, 1e-6)
    try:
        _, way = cv2.findTransformECC(told.astype(np.float32), height, np.eye(2, 3, dtype=np.float32), cv2.MOTION_AFFINE,
                                      stop, None, 5)
    except cv2.error:       # they have too little in common
        return height
    way[:, 2] = middle - way[:, :2] @ middle
    return cv2.warpAffine(height, way, height.shape[::-1], flags=cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP,
                          borderMode=cv2.BORDER_REFLECT_101)
