"""From the colour of paint to its height: a small convolutional network that looks at strokes, not at lightness.

On measured oil paintings the lightness of paint says almost nothing about its height (Ji et al. 2021,
doi:10.1186/s40494-021-00618-w: correlations of 0.0 to 0.14), so the network (`models.relief_network`) never sees lightness
or hue as such (`models.relief_features`). It learns three bands of height apart (`models.relief_bands`). Where it has seen no
scan of the master's paint, coarse pictures are read as measured paintings teach (`models.coarse_relief`) and its relief is
matched to their statistics (`models.topography`). Canvas weave and undulation lie below the paint and are added where relief
is composed.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from jaxtyping import Float, Float16, Float32

from data.errors import ShapeError
from data.files import replacing
from data.progress import Progress
from models.coarse_relief import STROKES_ENLARGED, CoarseRelief, local_spread
from models.relief_bands import BAND_SIGMAS, BANDS, bands
from models.relief_features import stroke_features
from models.threads import one_thread
from models.topography import Topography

ALGORITHM_VERSION = 5
SHIPPED = Path(__file__).with_name("relief.safetensors")
HALO = 96
"""Texels around a tile that its features and the network's field of view reach into."""
_TILE = 1536
"""Texels a side: most pictures are one tile; halos of smaller ones would double the work."""
_ENLARGED = (1.8, 3.0)
"""Coarser pictures are enlarged towards the pitch of the training pairs before the network reads them, by these factors at
most. They are read at both and averaged, which is more reliable than one reading."""
_NOT_ENLARGED = 1.2
"""Pictures that are coarser than the training pairs by a smaller factor than this are not enlarged."""
_STRIP, _STRIP_HALO = 256, 24
"""Rows of a coarse picture that are enlarged at once, and rows of overlap above and below."""
_LEAST_SIDE, _LEAST_COARSE_SIDE = 8, 24
"""Texels that a picture, and one that is read as measured paintings teach, must have on its shorter side."""
_THICKNESS_RATIOS = (0.2, 5.0)
"""Least and largest pitch, in units of the training pairs', for which height follows the pitch."""
# The stretch of a fitted model: pictures that are looked at, texels of each, the least and the largest gain.
_GAIN_PAIRS, _GAIN_SIDE, _GAINS = 6, 512, (1.0, 1.6)


@dataclass(frozen=True, eq=False)
class ReliefModel:
    """Colour to height in mm.

    Attributes
    ----------
    weights : dict of float16 arrays
        The network's, by name.
    metadata : dict
        `pitch_mm` (texel pitch of the training pairs), `mean_mm` and `scale_mm` per band, `gain` per band (predictions of
        a regression are too flat: gain restores the spread the band had in training), and where the model comes from.
    """

    weights: dict[str, Float16[np.ndarray, "..."]]
    metadata: dict[str, Any]

    @classmethod
    def fit(cls, pairs: Sequence[tuple[Float[np.ndarray, "H W 3"], Float[np.ndarray, "H W"]]], *,
            pitch_mm: float | Sequence[float], seed: int = 0, epochs: int = 12, start: "ReliefModel | None" = None,
            origin: str = "registered height", patch_px: int = 128, batch: int = 4, rate: float | None = None,
            half_precision: bool = False, progress: Progress | None = None) -> "ReliefModel":
        """Learn height from colour.

        Parameters
        ----------
        pairs : sequence of ((H, W, 3) float sRGB in [0, 1], (H, W) float mm)
        pitch_mm : float or sequence of float
            Texel pitch of the pairs.
        seed : int
            Of the first weights and of the patches.
        epochs : int
            Each is 16 steps of `batch` patches of `patch_px` texels (about 0.3 s a step on one core).
        start : ReliefModel, optional
            Begin at its weights (the shipped model, for example) instead of at random ones.
        origin : str
            Where the pairs come from, for the record.
        patch_px, batch : int
            Side of a patch in texels; patches a step.
        rate : float, optional
            Largest step of the optimiser: 2e-3, or 4e-4 from a `start`, which is to be adapted and not to be unlearned.
        half_precision : bool
            Train in bfloat16: twice as fast on processors that have it, much slower on others.
        progress : Progress, optional
            Called after each epoch.

        Raises
        ------
        ShapeError
            Without pairs, or if colour and height do not go together.
        """
        from models.relief_fitting import FRESH_RATE, RESUMED_RATE, BandUnits, Pair, lessons_of, train  # delays torch

        checked = [Pair(*_checked(rgb, height)) for rgb, height in pairs]
        if not checked:
            raise ShapeError("a relief model needs at least one pair of colour and height, got none")
        pitches = np.broadcast_to(np.asarray(pitch_mm, np.float64), (len(checked),))
        rng, units = np.random.default_rng(seed), BandUnits.of(checked)
        trained = train(lessons_of(checked, units, patch_px, rng), units.scale_mm, rng, seed=seed, epochs=epochs,
                        rate=rate or (FRESH_RATE if start is None else RESUMED_RATE), patch_px=patch_px, batch=batch,
                        start=None if start is None else start.weights, half_precision=half_precision, progress=progress)
        metadata = {"pitch_mm": float(np.median(pitches)), "mean_mm": units.mean_mm.tolist(),
                    "scale_mm": units.scale_mm.tolist(), "gain": [1.0] * len(BANDS), "origin": origin,
                    "pairs": len(checked), "seed": int(seed), "epochs": int(epochs), "loss": trained.loss,
                    "algorithm_version": ALGORITHM_VERSION}
        return cls(trained.weights, metadata)._with_gain(checked)

    def _with_gain(self, pairs: Sequence[tuple[np.ndarray, np.ndarray]]) -> "ReliefModel":
        """The same model, stretched half-way (geometrically) to the spread of the truth; detail and stroke alike, as their
        balance is what makes them fit the truth."""
        spreads = []
        for rgb, height in pairs[:_GAIN_PAIRS]:
            given = self.predict_bands(rgb[:_GAIN_SIDE, :_GAIN_SIDE])
            true = bands(height)
            spreads.append([[field.std() for field in (parted[0] + parted[1], parted[2])] for parted in (true, given)])
        wanted, given = np.sum(spreads, axis=0)
        brush, layer = np.clip(np.sqrt(wanted / np.maximum(given, 1e-9)), *_GAINS)
        return ReliefModel(self.weights, {**self.metadata, "gain": [float(brush), float(brush), float(layer)]})

    def predict_bands(self, rgb: Float[np.ndarray, "H W 3"]) -> Float32[np.ndarray, "3 H W"]:
        """Detail, stroke and layer in mm of a picture (sRGB in [0, 1]) at the pitch of the training pairs."""
        from models.relief_network import STRIDE, stroke_net  # delays torch

        rgb = _check_picture(rgb)
        height, width = rgb.shape[:2]
        out = np.empty((len(BANDS), height, width), np.float32)
        # Tiles begin at multiples of _TILE and see a halo, so a texel's height does not depend on where its tile ends.
        wide = np.pad(rgb, ((HALO, HALO + STRIDE), (HALO, HALO + STRIDE), (0, 0)), mode="symmetric")
        with one_thread() as torch, torch.inference_mode():
            net = stroke_net(self.weights).eval()
            for row in range(0, height, _TILE):
                for column in range(0, width, _TILE):
                    rows, columns = min(_TILE, height - row), min(_TILE, width - column)
                    high, broad = (side + -side % STRIDE + 2 * HALO for side in (rows, columns))
                    window = stroke_features(wide[row:row + high, column:column + broad])
                    seen = net(torch.from_numpy(window[None]).to(memory_format=torch.channels_last))[0].numpy()
                    out[:, row:row + rows, column:column + columns] = seen[:, HALO:HALO + rows, HALO:HALO + columns]
        factor = np.asarray(self.metadata["scale_mm"]) * np.asarray(self.metadata["gain"])
        out *= factor[:, None, None].astype(np.float32)
        # The layer band holds nothing fine by definition: finer detail in the network's output is its error.
        out[2] = cv2.GaussianBlur(out[2], (0, 0), BAND_SIGMAS[1], borderType=cv2.BORDER_REFLECT)
        out += np.asarray(self.metadata["mean_mm"], np.float32)[:, None, None]
        return out

    def enlarged_bands(self, rgb: Float32[np.ndarray, "H W 3"], factors: Sequence[float]) -> Float32[np.ndarray, "3 H W"]:
        """The bands in mm of a picture that is enlarged before it is read, so that strokes have the size they had in training;
        the mean over several `factors`."""
        read = []
        for factor in factors:
            size = [round(side * factor) for side in rgb.shape[1::-1]]
            wide = np.clip(cv2.resize(rgb, size, interpolation=cv2.INTER_CUBIC), 0, 1) if factor > 1 else rgb
            read.append([cv2.resize(band, rgb.shape[1::-1], interpolation=cv2.INTER_AREA)
                         for band in self.predict_bands(wide)])
        return np.asarray(np.mean(read, axis=0, dtype=np.float32))

    def coarse_strokes(self, rgb: Float32[np.ndarray, "H W 3"]) -> Float32[np.ndarray, "2 H W"]:
        """Detail and stroke in mm of a picture so coarse that it is read as `models.coarse_relief` teaches."""
        strokes = np.empty((2, *rgb.shape[:2]), np.float32)
        for top in range(0, len(rgb), _STRIP):      # enlarged as a whole, a large canvas would fill the memory
            first = max(0, top - _STRIP_HALO)
            read = self.enlarged_bands(rgb[first:top + _STRIP + _STRIP_HALO], [STROKES_ENLARGED])
            strokes[:, top:top + _STRIP] = read[:2, top - first:][:, :_STRIP]
        return strokes

    def coarse_height(self, rgb: Float32[np.ndarray, "H W 3"], coarse: CoarseRelief) -> Float32[np.ndarray, "H W"]:
        """Height of strokes, in units of its spread, that `coarse` tells of a picture of its pitch or a coarser one: the
        mean of the picture and its mirror image, since light falls from either side."""
        told = []
        with one_thread():
            for way in (1, -1):
                picture = np.ascontiguousarray(rgb[:, ::way])
                told.append(coarse.relative_height(picture, self.coarse_strokes(picture))[:, ::way])
        return np.asarray(np.mean(told, axis=0, dtype=np.float32))

    def _as_measured(self, rgb: Float32[np.ndarray, "H W 3"], pitch_mm: float,
                     brush: Float32[np.ndarray, "H W"]) -> Float32[np.ndarray, "H W"]:
        """The brush band in mm, read as measured paintings teach; about as high as `brush`, the network's."""
        coarse = CoarseRelief.measured()
        finer = min(1.0, pitch_mm / coarse.pitch_mm)
        size = [max(_LEAST_SIDE, round(side * finer)) for side in rgb.shape[1::-1]]
        small = cv2.resize(rgb, size, interpolation=cv2.INTER_AREA) if finer < 1 else rgb
        told = self.coarse_height(small, coarse)
        told = cv2.resize(told, rgb.shape[1::-1], interpolation=cv2.INTER_CUBIC) if finer < 1 else told
        return told * local_spread(brush)

    def predict(self, rgb: Float[np.ndarray, "H W 3"], pitch_mm: float, *,
                match: bool | None = None) -> Float32[np.ndarray, "H W"]:
        """Height of the paint in mm.

        Parameters
        ----------
        rgb : (H, W, 3) float
            sRGB in [0, 1].
        pitch_mm : float
            Size of a texel. A picture coarser than the training pairs is enlarged to be read; where the pitch still is not
            theirs, height goes with the square root of the ratio: broader marks are thicker, but not in proportion.
        match : bool, optional
            Give the brush band the spectrum and distribution of measured paint (`models.topography`). By default so
            for the shipped model, which knows real paint only through them, and not for one that learned from scans: fully
            from three times the pitch of the training pairs on, and less towards that pitch, where strokes are seen. The
            shipped model's bands are read as measured paintings teach it (`models.coarse_relief`), in the same measure,
            matched or not.

        Returns
        -------
        (H, W) float32, at least 0.

        Raises
        ------
        ShapeError
            If the picture is not one, or too small, or the pitch is no length.
        """
        if not (np.isfinite(pitch_mm) and pitch_mm > 0):
            raise ShapeError(f"pitch_mm must be a positive length in mm, got {pitch_mm}")
        rgb = _check_picture(rgb)
        shipped = self.metadata.get("match", False)
        coarser = pitch_mm / self.metadata["pitch_mm"]
        # The network's reading is trusted in full for pictures as fine as the training pairs. The coarser a picture, the more
        # weight goes to what was learned from measured paintings.
        large_enough = min(rgb.shape[:2]) >= _LEAST_COARSE_SIDE
        share = np.float32(np.clip(0.5 * (coarser - 1), 0, 1)) if large_enough else np.float32(0)
        parted = self.enlarged_bands(rgb, _enlargements(coarser))
        brush, layer = parted[0] + parted[1], parted[2]
        if share and shipped:
            brush = brush + share * (self._as_measured(rgb, pitch_mm, brush) - brush)
            layer = layer - share * (layer - np.float32(self.metadata["mean_mm"][2]))
        if share and (shipped if match is None else match):
            brush = brush + share * (Topography.measured().match(brush, pitch_mm) - brush)
        thickness = np.clip(coarser / np.mean(_enlargements(coarser)), *_THICKNESS_RATIOS)
        return np.maximum((brush + layer) * np.float32(np.sqrt(thickness)), 0).astype(np.float32)

    @property
    def provenance(self) -> dict[str, Any]:
        """What the model was fitted to and with which seed, for the record of a run."""
        return dict(self.metadata)

    def save(self, path: Path | str) -> None:
        """Write a safetensors file with the metadata as JSON inside."""
        # Written by us and not by safetensors, whose error for a full disk is no OSError.
        from safetensors.numpy import save
        with replacing(path) as beside:
            beside.write_bytes(save(self.weights, metadata={"relief": json.dumps(self.metadata)}))

    @classmethod
    def load(cls, path: Path | str) -> "ReliefModel":
        """Read what `save` wrote; ShapeError if the file holds something else."""
        from safetensors import safe_open
        with safe_open(str(path), framework="numpy") as stored:
            text = (stored.metadata() or {}).get("relief")
            if text is None:
                raise ShapeError(f"{path} is no relief model: its metadata lacks 'relief'")
            return cls({name: stored.get_tensor(name) for name in stored.keys()}, json.loads(text))

    @classmethod
    def default(cls) -> "ReliefModel":
        """The shipped model, fitted to practice paintings and measured relief (`python -m benchmarks.fit_relief`)."""
        model = cls.load(SHIPPED)
        return cls(model.weights, {**model.metadata, "match": True})


def _enlargements(coarser: float) -> list[float]:
    """How much a picture so many times coarser than the training pairs is enlarged to be read, for each reading."""
    return sorted({min(float(coarser), most) for most in _ENLARGED}) if coarser > _NOT_ENLARGED else [1.0]


def _check_picture(rgb: Float[np.ndarray, "H W 3"]) -> Float32[np.ndarray, "H W 3"]:
    rgb = np.asarray(rgb, np.float32)
    if rgb.ndim != 3 or rgb.shape[2] != 3 or min(rgb.shape[:2]) < _LEAST_SIDE:
        raise ShapeError(f"a picture must be (H, W, 3) and at least {_LEAST_SIDE} x {_LEAST_SIDE}, got {rgb.shape}")
    if not np.isfinite(rgb).all():
        raise ShapeError("the picture has values that are not finite (NaN or infinity): check the scan")
    return rgb


def _checked(rgb: Float[np.ndarray, "H W 3"],
             height: Float[np.ndarray, "H W"]) -> tuple[Float32[np.ndarray, "H W 3"], Float32[np.ndarray, "H W"]]:
    rgb, height = _check_picture(rgb), np.asarray(height, np.float32)
    if height.shape != rgb.shape[:2] or not np.isfinite(height).all():
        raise ShapeError(f"height must be finite and of the picture's size {rgb.shape[:2]}, got {height.shape}")
    return rgb, height
