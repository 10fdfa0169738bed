"""From the colour of paint to its height: a small convolutional network that looks at strokes, not at lightness.

On measured oil paintings the lightness of paint says almost nothing about its height (Ji et al. 2021,
doi:10.1186/s40494-021-00618-w: correlations of 0.0 to 0.14), so the network never sees lightness or hue as such: its
inputs are band-passed colour (what a stroke differs by from its surroundings), gradients, and the structure tensor
(Bigun and Granlund 1987), which says how strokes run. It learns three bands of height apart, so that the faint fine
band is not drowned by the coarse one: detail (bristles and ridges), stroke (the body of a stroke) and layer (how
thickly a passage is laid). Where it has seen no scan of the master's paint, coarse pictures are read as measured
paintings teach (`models.coarse_relief`) and its relief is matched to their statistics. Canvas weave and undulation lie below
the paint and are added where relief is composed.
"""

import json
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import cv2
import numpy as np

from data.errors import ShapeError
from data.files import replacing
from models.coarse_relief import STROKES_ENLARGED, CoarseRelief, local_spread
from models.topography import Topography

ALGORITHM_VERSION = 5
BANDS = ("detail", "stroke", "layer")
# Gaussian widths, in texels, that part the bands: detail is finer than the first, layer coarser than the second.
BAND_SIGMAS = (1.5, 6.0)
SHIPPED = Path(__file__).with_name("relief.safetensors")
_CHANNELS = (48, 64, 96)
_STRIDE = 8       # texels of the network's coarsest level
HALO = 96         # texels around a tile that its features and the network's field of view reach into
_TILE = 1536      # most pictures are one tile: halos of smaller ones would double the work
# Coarser pictures are enlarged towards the pitch of the training pairs and read, by this much at most: twice, since what
# both readings agree on is more often so.
_ENLARGED = (1.8, 3.0)
_STRIP, _STRIP_HALO = 256, 24     # rows of a coarse picture that are enlarged at once, and as far as they look around


def bands(height):
    """Part a height field ((H, W) float32) into the three bands ((3, H, W) float32); they add up to it."""
    height = np.ascontiguousarray(height, np.float32)
    fine = cv2.GaussianBlur(height, (0, 0), BAND_SIGMAS[0], borderType=cv2.BORDER_REFLECT)
    coarse = cv2.GaussianBlur(height, (0, 0), BAND_SIGMAS[1], borderType=cv2.BORDER_REFLECT)
    return np.stack([height - fine, fine - coarse, coarse])


def brush_band(height):
    """Detail and stroke together: the impasto without the slow swell of layers and canvas ((H, W) float32, mm)."""
    parted = bands(height)
    return parted[0] + parted[1]


def stroke_features(rgb):
    """What the network sees of a picture.

    Parameters
    ----------
    rgb : (H, W, 3) float32
        sRGB in [0, 1].

    Returns
    -------
    (F, H, W) float32
        Logarithm of lightness in three bands (a ratio of light does not depend on the pigment below it), its integrals
        against light from the upper left and the upper right, chroma against the surroundings, local contrast, and
        energy and doubled-angle direction of the structure tensor at two scales. A picture twice as bright looks the
        same.
    """
    rgb = np.ascontiguousarray(rgb, np.float32)
    red, green, blue = (np.log(rgb[..., i] + _FLOOR) for i in range(3))
    light = (red + 2 * green + blue) * np.float32(0.25)
    near, far, farther = _blurred(light, 1.5), _blurred(light, 5.0), _blurred(light, 8.0)
    detail = light - near
    planes = [detail * 8, (near - far) * 4, (light - farther) * 3]
    for surroundings, size, damping in ((far, 31, 0.2), (farther, 47, 0.03)):
        planes += [cv2.filter2D(light - surroundings, cv2.CV_32F, kernel, borderType=cv2.BORDER_REFLECT_101) * 4
                   for kernel in _slope_integrals(size, damping)]
    planes += [(field - _blurred(field, 5.0)) * 4 for field in (red - green, blue - green)]
    planes += [np.sqrt(_blurred(detail * detail, 4.0)) * 16]
    for field, sigma in ((light, 1.5), (near, 4.0)):
        gx = cv2.Scharr(field, cv2.CV_32F, 1, 0, scale=1 / 16)
        gy = cv2.Scharr(field, cv2.CV_32F, 0, 1, scale=1 / 16)
        xx, yy, xy = (_blurred(a * b, sigma) for a, b in ((gx, gx), (gy, gy), (gx, gy)))
        energy = np.sqrt(xx + yy + np.float32(1e-8))
        planes += [energy * 8, (xx - yy) / (energy + np.float32(0.01)) * 8, xy / (energy + np.float32(0.01)) * 16]
    return np.clip(np.stack(planes), -_MOST, _MOST).astype(np.float32)


FEATURE_COUNT = 16
# Below this share of white a picture's noise is as large as what paint does to light; and no shading of paint is as
# strong as the outline of a white collar on a black coat.
_FLOOR, _MOST = np.float32(0.06), np.float32(3.0)


def _blurred(field, sigma):
    return cv2.GaussianBlur(field, (0, 0), sigma, borderType=cv2.BORDER_REFLECT_101)


@cache
def _slope_integrals(size, damping):
    """Filters that turn the shading of slopes back into height, for light from the upper left and the upper right.

    Linear shape from shading (Pentland 1990, doi:10.1007/BF00054921): a surface lit from the side darkens in proportion
    to its slope along the light, so height is the integral along it; damping keeps what runs along the light, which
    casts no shading, from growing without bound. Cut to a window, so that a texel depends on its surroundings only.
    """
    count = 128
    fy, fx = 2 * np.pi * np.fft.fftfreq(count)[:, None], 2 * np.pi * np.fft.fftfreq(count)[None]
    taper = np.hanning(size + 2)[1:-1]
    kernels = []
    for side in (0.6, -0.6):
        slope = 1j * (side * np.sin(fx) + 0.8 * np.sin(fy))
        inverse = np.fft.fftshift(np.fft.ifft2(-np.conj(slope) / (np.abs(slope) ** 2 + damping)).real)
        middle = slice(count // 2 - size // 2, count // 2 + size // 2 + 1)
        kernel = inverse[middle, middle] * np.outer(taper, taper)
        kernels.append((kernel[::-1, ::-1]).astype(np.float32))    # filter2D correlates
    return tuple(kernels)


def _network():
    from torch import nn
    from torch.nn import functional

    class Residual(nn.Module):
        """Two convolutions beside a straight way (He et al. 2016, doi:10.1007/978-3-319-46493-0_38)."""

        def __init__(self, channels):
            super().__init__()
            self.first, self.second = (nn.Conv2d(channels, channels, 3, padding=1) for _ in range(2))
            nn.init.zeros_(self.second.weight)

        def forward(self, x):
            return x + self.second(functional.relu(self.first(functional.relu(x))))

    class StrokeNet(nn.Module):
        """A U-shaped network (Ronneberger et al. 2015, doi:10.1007/978-3-319-24574-4_28) that works on 2 x 2 texels at
        once (Shi et al. 2016, doi:10.1109/CVPR.2016.207): as sharp as on single texels, at a quarter of the work."""

        def __init__(self):
            super().__init__()
            a, b, c = _CHANNELS
            self.enter = nn.Conv2d(FEATURE_COUNT * 4, a, 3, padding=1)
            self.top, self.middle, self.bottom = Residual(a), Residual(b), nn.Sequential(Residual(c), Residual(c))
            self.down_middle, self.down_bottom = nn.Conv2d(a, b, 2, stride=2), nn.Conv2d(b, c, 2, stride=2)
            self.up_middle, self.up_top = nn.Conv2d(c, b, 1), nn.Conv2d(b, a, 1)
            self.risen, self.out = Residual(b), nn.Sequential(Residual(a), Residual(a))
            self.head = nn.Conv2d(a, len(BANDS) * 4, 3, padding=1)

        def forward(self, x):
            def up(y):
                return functional.interpolate(y, scale_factor=2, mode="bilinear", align_corners=False)

            top = self.top(self.enter(functional.pixel_unshuffle(x, 2)))
            middle = self.middle(self.down_middle(top))
            middle = self.risen(middle + up(self.up_middle(self.bottom(self.down_bottom(middle)))))
            out = self.out(top + up(self.up_top(middle)))
            return functional.pixel_shuffle(self.head(functional.relu(out)), 2)

    return StrokeNet()


@contextmanager
def one_thread():
    """One torch thread, so that sums are taken in one order and the same seed gives the same bytes everywhere."""
    import torch
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        yield torch
    finally:
        torch.set_num_threads(before)


@dataclass(frozen=True, eq=False)
class ReliefModel:
    """Colour to height in mm.

    `weights` are the network's arrays by name; `metadata` holds pitch_mm (texel pitch of the training pairs),
    mean_mm and scale_mm per band, gain per band (predictions of a regression are too flat: gain restores the spread
    the band had in training), and where the model comes from.
    """

    weights: dict
    metadata: dict

    @classmethod
    def fit(cls, pairs, *, pitch_mm, seed=0, epochs=12, start=None, origin="registered height", patch_px=128, batch=4,
            rate=None, half_precision=False, progress=None):
        """Learn height from colour.

        Parameters
        ----------
        pairs : list of ((H, W, 3) float32 sRGB in [0, 1], (H, W) float32 mm)
        pitch_mm : float or sequence of float
            Texel pitch of the pairs.
        epochs : int
            Each is 16 steps of `batch` patches of `patch_px` texels (about 0.3 s a step on one core).
        rate : float, optional
            Largest step of the optimiser: 2e-3, or 4e-4 from a `start`, which is to be bent and not to be broken.
        half_precision : bool
            Train in bfloat16: twice as fast on processors that have it, much slower on others.
        start : ReliefModel, optional
            Begin at its weights (the shipped model, for example) instead of at random ones.
        """
        pairs = [_checked(rgb, height) for rgb, height in pairs]
        if not pairs:
            raise ShapeError("a relief model needs at least one pair of colour and height, got none")
        pitches = np.broadcast_to(np.asarray(pitch_mm, np.float64), (len(pairs),))
        rng = np.random.default_rng(seed)
        parted = [bands(height) for _, height in pairs]
        scale = np.maximum(np.sqrt(np.mean([target.var((1, 2)) for target in parted], axis=0)), 1e-6)
        mean = np.mean([target.mean((1, 2)) for target in parted], axis=0).astype(np.float64)

        def toned(height):
            parted = (bands(height) - mean[:, None, None]) / scale[:, None, None]
            return _padded(parted.astype(np.float32), patch_px)

        def features(rgb):
            return _padded(stroke_features(rgb).astype(np.float16), patch_px)

        # As it is, worn, and (every second one, for memory) photographed from farther away.
        plain = [(features(rgb), toned(height)) for rgb, height in pairs]
        worn = [(features(_worn(rgb, rng)), target) for (rgb, _), (_, target) in zip(pairs, plain)]
        far = [(features(rgb), toned(height)) for rgb, height in (_photographed(*pair, rng) for pair in pairs[::2])]
        with one_thread() as torch:
            torch.manual_seed(seed)
            net = _network()
            if start is not None:
                net.load_state_dict(_tensors(torch, start.weights))
            net = net.to(memory_format=torch.channels_last)
            steps = epochs * 16
            most = rate or (2e-3 if start is None else 4e-4)
            optimiser = torch.optim.AdamW(net.parameters(), lr=most, weight_decay=1e-3, betas=(0.9, 0.99))
            schedule = torch.optim.lr_scheduler.OneCycleLR(optimiser, max_lr=most, total_steps=steps, pct_start=0.15)
            # The mean over the last steps predicts better than any one of them (Polyak averaging).
            mean_net = {name: value.detach().clone() for name, value in net.state_dict().items()}
            for step in range(steps):
                x, y = _batch(torch, (plain, worn, far), rng, patch_px, batch)
                with torch.autocast("cpu", dtype=torch.bfloat16, enabled=half_precision):
                    predicted = net(x.to(memory_format=torch.channels_last)).float()
                loss = _loss(torch, predicted, y, scale)
                optimiser.zero_grad()
                loss.backward()
                torch.nn.utils.clip_grad_norm_(net.parameters(), 1.0)
                optimiser.step()
                schedule.step()
                share = max(0.002, 1 - step / (step + 20))
                with torch.no_grad():
                    for name, value in net.state_dict().items():
                        mean_net[name].lerp_(value, share)
                if progress and step % 16 == 15:
                    progress(step // 16 + 1, epochs)
            weights = {name: value.contiguous().numpy().astype(np.float16) for name, value in mean_net.items()}
        metadata = {"pitch_mm": float(np.median(pitches)), "mean_mm": mean.tolist(), "scale_mm": scale.tolist(),
                    "gain": [1.0] * len(BANDS), "origin": origin, "pairs": len(pairs), "seed": int(seed),
                    "epochs": int(epochs), "loss": float(loss.detach()), "algorithm_version": ALGORITHM_VERSION}
        return cls(weights, metadata)._with_gain(pairs)

    def _with_gain(self, pairs):
        """The same model, stretched half-way (geometrically) to the spread of the truth; detail and stroke alike, as their
        balance is what makes them fit the truth."""
        spreads = []
        for rgb, height in pairs[:6]:
            given = self.predict_bands(rgb[:512, :512])
            true = bands(height)
            spreads.append([[field.std() for field in (parted[0] + parted[1], parted[2])] for parted in (true, given)])
        wanted, given = np.sum(spreads, axis=0)
        brush, layer = np.clip(np.sqrt(wanted / np.maximum(given, 1e-9)), 1.0, 1.6)
        return ReliefModel(self.weights, {**self.metadata, "gain": [float(brush), float(brush), float(layer)]})

    def predict_bands(self, rgb):
        """(3, H, W) float32 mm: detail, stroke and layer, at the pitch of the training pairs."""
        rgb = _check_picture(rgb)
        height, width = rgb.shape[:2]
        out = np.empty((len(BANDS), height, width), np.float32)
        # Tiles begin at multiples of _TILE and see a halo, so a texel's height does not depend on where its tile ends.
        wide = np.pad(rgb, ((HALO, HALO + _STRIDE), (HALO, HALO + _STRIDE), (0, 0)), mode="symmetric")
        with one_thread() as torch, torch.inference_mode():
            net = _network().eval()
            net.load_state_dict(_tensors(torch, self.weights))
            net = net.to(memory_format=torch.channels_last)
            for row in range(0, height, _TILE):
                for column in range(0, width, _TILE):
                    rows, columns = min(_TILE, height - row), min(_TILE, width - column)
                    high, broad = (side + -side % _STRIDE + 2 * HALO for side in (rows, columns))
                    window = stroke_features(wide[row:row + high, column:column + broad])
                    seen = net(torch.from_numpy(window[None]).to(memory_format=torch.channels_last))[0].numpy()
                    out[:, row:row + rows, column:column + columns] = seen[:, HALO:HALO + rows, HALO:HALO + columns]
        factor = np.asarray(self.metadata["scale_mm"]) * np.asarray(self.metadata["gain"])
        out *= factor[:, None, None].astype(np.float32)
        # What is finer than a layer in the network's layers is its error, and not paint.
        out[2] = cv2.GaussianBlur(out[2], (0, 0), BAND_SIGMAS[1], borderType=cv2.BORDER_REFLECT)
        out += np.asarray(self.metadata["mean_mm"], np.float32)[:, None, None]
        return out

    def enlarged_bands(self, rgb, factors):
        """The bands, (3, H, W) float32 mm, of a picture that is enlarged to be read, so that strokes are told at the size
        they had in training; the mean over several `factors`."""
        read = []
        for factor in factors:
            size = [round(side * factor) for side in rgb.shape[1::-1]]
            wide = np.clip(cv2.resize(rgb, size, interpolation=cv2.INTER_CUBIC), 0, 1) if factor > 1 else rgb
            read.append([cv2.resize(band, rgb.shape[1::-1], interpolation=cv2.INTER_AREA)
                         for band in self.predict_bands(wide)])
        return np.mean(read, axis=0, dtype=np.float32)

    def strokes_of_coarse(self, rgb):
        """(2, H, W) float32 mm: detail and stroke of a picture so coarse that it is read as `models.coarse_relief` teaches."""
        strokes = np.empty((2, *rgb.shape[:2]), np.float32)
        for top in range(0, len(rgb), _STRIP):      # enlarged as a whole, a large canvas would fill the memory
            first = max(0, top - _STRIP_HALO)
            read = self.enlarged_bands(rgb[first:top + _STRIP + _STRIP_HALO], [STROKES_ENLARGED])
            strokes[:, top:top + _STRIP] = read[:2, top - first:][:, :_STRIP]
        return strokes

    def told_of_coarse(self, rgb, reading):
        """Height of strokes in units of its spread, (H, W) float32, as a `Reading` tells it of a picture of its pitch or a
        coarser one: the mean of the picture and its mirror image, since light falls from either side."""
        told = []
        with one_thread():
            for way in (1, -1):
                picture = np.ascontiguousarray(rgb[:, ::way])
                told.append(reading.told(picture, self.strokes_of_coarse(picture))[:, ::way])
        return np.mean(told, axis=0, dtype=np.float32)

    def _as_measured(self, rgb, pitch_mm, brush):
        """The brush band, (H, W) float32 mm, read as measured paintings teach; about as high as `brush`, the network's."""
        reading = CoarseRelief.measured()
        finer = min(1.0, pitch_mm / reading.pitch_mm)
        size = [max(8, round(side * finer)) for side in rgb.shape[1::-1]]
        small = cv2.resize(rgb, size, interpolation=cv2.INTER_AREA) if finer < 1 else rgb
        told = self.told_of_coarse(small, reading)
        told = cv2.resize(told, rgb.shape[1::-1], interpolation=cv2.INTER_CUBIC) if finer < 1 else told
        return told * local_spread(brush)

    def predict(self, rgb, pitch_mm, *, match=None):
        """Height of the paint in mm.

        Parameters
        ----------
        rgb : (H, W, 3) float32
            sRGB in [0, 1].
        pitch_mm : float
            Size of a texel. A picture coarser than the training pairs is enlarged to be read; where the pitch still is not
            theirs, height goes with the square root of the ratio: broader marks are thicker, but not in proportion.
        match : bool, optional
            Give the brush band the spectrum and distribution of measured paint (`models.topography`). By default so
            for the shipped model, which knows real paint only through them, and not for one that learned from scans: fully
            from three times the pitch of the training pairs on, and less towards that pitch, where strokes are seen. The
            shipped model's bands are read as measured paintings teach it (`models.coarse_relief`), in the same measure, matched
            or not.

        Returns
        -------
        (H, W) float32, at least 0.
        """
        if not (np.isfinite(pitch_mm) and pitch_mm > 0):
            raise ShapeError(f"pitch_mm must be a positive length in mm, got {pitch_mm}")
        rgb = _check_picture(rgb)
        coarser = pitch_mm / self.metadata["pitch_mm"]
        # A picture as fine as the training pairs shows its strokes, and its reading stands; the coarser it is, the less
        # is that reading worth beside what measured paintings teach.
        share = np.float32(np.clip(0.5 * (coarser - 1), 0, 1)) if min(rgb.shape[:2]) >= 24 else np.float32(0)
        parted = self.enlarged_bands(rgb, _enlargements(coarser))
        brush, layer = parted[0] + parted[1], parted[2]
        if share and self.metadata.get("match", False):
            brush = brush + share * (self._as_measured(rgb, pitch_mm, brush) - brush)
            layer = layer - share * (layer - np.float32(self.metadata["mean_mm"][2]))
        if share and (self.metadata.get("match", False) if match is None else match):
            brush = brush + share * (Topography.measured().match(brush, pitch_mm) - brush)
        ratio = np.float32(np.sqrt(np.clip(coarser / np.mean(_enlargements(coarser)), 0.2, 5.0)))
        return np.maximum((brush + layer) * ratio, 0).astype(np.float32)

    @property
    def provenance(self):
        """What the model was fitted to, with which seed; goes into the record of a run."""
        return dict(self.metadata)

    def save(self, path):
        """Write a safetensors file with the metadata as JSON inside."""
        # Written by us and not by safetensors, whose error for a full disk is no OSError.
        from safetensors.numpy import save
        with replacing(path) as beside:
            beside.write_bytes(save(self.weights, metadata={"relief": json.dumps(self.metadata)}))

    @classmethod
    def load(cls, path):
        from safetensors import safe_open
        with safe_open(str(path), framework="numpy") as stored:
            text = (stored.metadata() or {}).get("relief")
            if text is None:
                raise ShapeError(f"{path} is no relief model: its metadata lacks 'relief'")
            return cls({name: stored.get_tensor(name) for name in stored.keys()}, json.loads(text))

    @classmethod
    def default(cls):
        """The shipped model, fitted to practice paintings and measured relief (`python -m benchmarks.fit_relief`)."""
        model = cls.load(SHIPPED)
        return cls(model.weights, {**model.metadata, "match": True})


def _enlargements(coarser):
    """How much a picture so many times coarser than the training pairs is enlarged to be read, for each reading."""
    return sorted({min(float(coarser), most) for most in _ENLARGED}) if coarser > 1.2 else [1.0]


def _check_picture(rgb):
    rgb = np.asarray(rgb, np.float32)
    if rgb.ndim != 3 or rgb.shape[2] != 3 or min(rgb.shape[:2]) < 8:
        raise ShapeError(f"a picture must be (H, W, 3) and at least 8 x 8, got {rgb.shape}")
    if not np.isfinite(rgb).all():
        raise ShapeError("the picture has values that are not finite (NaN or infinity): check the scan")
    return rgb


def _checked(rgb, height):
    rgb, height = _check_picture(rgb), np.asarray(height, np.float32)
    if height.shape != rgb.shape[:2] or not np.isfinite(height).all():
        raise ShapeError(f"height must be finite and of the picture's size {rgb.shape[:2]}, got {height.shape}")
    return rgb, height


def _padded(planes, side):
    """Small pictures ((C, H, W)) are mirrored until a patch fits."""
    short = [max(0, side - planes.shape[i]) for i in (1, 2)]
    return np.pad(planes, ((0, 0), (0, short[0]), (0, short[1])), mode="symmetric") if any(short) else planes


def _worn(rgb, rng):
    """The picture with its colours exchanged and darkened, so that no pigment comes to stand for thick paint, and with
    the noise and JPEG blocks of a photograph, which are not to be read as relief.

    It is not mirrored: pictures are lit from the upper left by custom, and the shading of ridges is a cue.
    """
    picture = rgb[..., rng.permutation(3)] * np.float32(rng.uniform(0.5, 1.0))
    picture = picture + rng.standard_normal(picture.shape).astype(np.float32) * np.float32(rng.uniform(0.002, 0.012))
    pixels = np.round(np.clip(picture, 0, 1) * 255).astype(np.uint8)
    _, encoded = cv2.imencode(".jpg", pixels, [cv2.IMWRITE_JPEG_QUALITY, int(rng.integers(75, 97))])
    return cv2.imdecode(encoded, cv2.IMREAD_COLOR).astype(np.float32) / 255


def _photographed(rgb, height, rng):
    """A pair as from a small, soft photograph that was enlarged again, as most pictures of paintings are."""
    smaller, larger = rng.uniform(1.0, 2.6), rng.uniform(1.0, 1.9)
    size = [max(16, round(side / smaller)) for side in height.shape[::-1]]
    rgb, height = (cv2.resize(field, size, interpolation=cv2.INTER_AREA) for field in (rgb, height))
    rgb = _worn(cv2.GaussianBlur(rgb, (0, 0), rng.uniform(0.4, 0.9)), rng)
    size = [round(side * larger) for side in size]
    rgb, height = (cv2.resize(field, size, interpolation=cv2.INTER_CUBIC) for field in (rgb, height))
    return np.clip(rgb, 0, 1), height


_VARIANTS = (0.5, 0.2, 0.3)    # shares of patches from pictures as they are, worn, and photographed


def _batch(torch, variants, rng, side, count):
    """Random patches of features and heights, as tensors."""
    xs, ys = [], []
    for _ in range(count):
        pairs = variants[rng.choice(len(variants), p=_VARIANTS)]
        x, y = pairs[rng.integers(len(pairs))]
        row, column = (rng.integers(0, y.shape[i] - side + 1) for i in (1, 2))
        window = (slice(None), slice(row, row + side), slice(column, column + side))
        xs.append(x[window])
        ys.append(y[window])
    return torch.from_numpy(np.stack(xs).astype(np.float32)), torch.from_numpy(np.stack(ys))


def _tensors(torch, weights):
    return {name: torch.from_numpy(array.astype(np.float32)) for name, array in weights.items()}


_BAND_WEIGHTS = (1.0, 1.0, 0.25)    # layers are broad: fewer independent places speak for them, and they matter less


def _loss(torch, predicted, true, scale, margin=14):
    """How unlike the brush band is (1 - correlation, patch by patch), and squared errors of each band and of the slopes
    of the two brush bands, which make the normals.

    The margin of a patch is left out: the network cannot see beyond it.
    """
    inner = (..., slice(margin, -margin), slice(margin, -margin))
    predicted, true = predicted[inner], true[inner]
    off = predicted - true
    error = (torch.tensor(_BAND_WEIGHTS)[:, None, None] * off ** 2).mean((0, 2, 3)).sum()
    slopes = sum((off[:, :2].diff(dim=d) ** 2).mean() for d in (2, 3))
    weight = torch.from_numpy(scale[:2].astype(np.float32))[:, None, None]
    a, b = ((bands[:, :2] * weight).sum(1) for bands in (predicted, true))
    a, b = (brush - brush.mean((1, 2), keepdim=True) for brush in (a, b))
    alike = (a * b).mean((1, 2)) / (a.pow(2).mean((1, 2)) * b.pow(2).mean((1, 2)) + 1e-12).sqrt()
    return (1 - alike).mean() + 0.4 * error + 0.3 * slopes
