"""From the colour of paint to its height: a small convolutional network that looks at strokes, not at lightness.

On measured oil paintings the lightness of paint says almost nothing about its height (Ji et al. 2021,
doi:10.1186/s40494-021-00618-w: correlations of 0.0 to 0.14), so the network never sees lightness or hue as such: its
inputs are band-passed colour (what a stroke differs by from its surroundings), gradients, and the structure tensor
(Bigun and Granlund 1987), which says how strokes run. It learns three bands of height apart, so that the faint fine
band is not drowned by the coarse one: detail (bristles and ridges), stroke (the body of a stroke) and layer (how
thickly a passage is laid). Where it has seen no scan of the master's paint, its relief is matched to the statistics of
measured paintings. Canvas weave and undulation lie below the paint and are added where relief is composed.
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
from models.topography import Topography

ALGORITHM_VERSION = 2
BANDS = ("detail", "stroke", "layer")
# Gaussian widths, in texels, that part the bands: detail is finer than the first, layer coarser than the second.
BAND_SIGMAS = (1.5, 6.0)
SHIPPED = Path(__file__).with_name("relief.safetensors")
_CHANNELS = (16, 32, 48)
_HALO = 80        # texels around a tile that its features and the network's field of view reach into
_TILE = 480


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
    import torch
    from torch import nn

    class StrokeNet(nn.Module):
        """A shallow U-shaped network (Ronneberger et al. 2015, doi:10.1007/978-3-319-24574-4_28)."""

        def __init__(self):
            super().__init__()
            a, b, c = _CHANNELS

            def pair(n, m, d=1):
                return nn.Sequential(nn.Conv2d(n, m, 3, padding=1), nn.ReLU(),
                                     nn.Conv2d(m, m, 3, padding=d, dilation=d), nn.ReLU())

            self.top, self.middle, self.bottom = pair(FEATURE_COUNT, a), pair(a, b), pair(b, c, 2)
            self.rise, self.out = pair(c + b, b), pair(b + a, a)
            self.head = nn.Conv2d(a, len(BANDS), 1)

        def forward(self, x):
            pool, up = nn.functional.avg_pool2d, lambda y: nn.functional.interpolate(y, scale_factor=2)
            top = self.top(x)
            middle = self.middle(pool(top, 2))
            bottom = self.bottom(pool(middle, 2))
            middle = self.rise(torch.cat([up(bottom), middle], 1))
            return self.head(self.out(torch.cat([up(middle), top], 1)))

    return StrokeNet()


@contextmanager
def _one_thread():
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
    def fit(cls, pairs, *, pitch_mm, seed=0, epochs=12, start=None, origin="registered height", patch_px=96, batch=4,
            rate=None, half_precision=False, progress=None):
        """Learn height from colour.

        Parameters
        ----------
        pairs : list of ((H, W, 3) float32 sRGB in [0, 1], (H, W) float32 mm)
        pitch_mm : float or sequence of float
            Texel pitch of the pairs.
        epochs : int
            Each is 16 steps of `batch` patches of `patch_px` texels (about 0.1 s a step on one core).
        rate : float, optional
            Largest step of the optimiser: 4e-3, or 8e-4 from a `start`, which is to be bent and not to be broken.
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
        targets = [bands(height) for _, height in pairs]
        spread = np.array([[band.std() for band in target] for target in targets])
        scale = np.maximum(np.sqrt((spread ** 2).mean(0)), 1e-6)
        mean = np.array([np.mean([target[i].mean() for target in targets]) for i in range(len(BANDS))])
        targets = [(target - mean[:, None, None].astype(np.float32)) / scale[:, None, None].astype(np.float32)
                   for target in targets]
        seen = [[_padded(stroke_features(picture).astype(np.float16), patch_px) for picture in (rgb, _worn(rgb, rng))]
                for rgb, _ in pairs]
        targets = [_padded(target, patch_px) for target in targets]
        with _one_thread() as torch:
            torch.manual_seed(seed)
            net = _network()
            if start is not None:
                net.load_state_dict({name: torch.from_numpy(array.copy()) for name, array in start.weights.items()})
            steps = epochs * 16
            optimiser = torch.optim.AdamW(net.parameters(), lr=2e-3, weight_decay=1e-4)
            schedule = torch.optim.lr_scheduler.OneCycleLR(
                optimiser, max_lr=rate or (4e-3 if start is None else 8e-4), total_steps=steps, pct_start=0.25)
            for step in range(steps):
                x, y = _batch(seen, targets, rng, patch_px, batch)
                with torch.autocast("cpu", dtype=torch.bfloat16, enabled=half_precision):
                    predicted = net(torch.from_numpy(x)).float()
                loss = _loss(torch, predicted, torch.from_numpy(y))
                optimiser.zero_grad()
                loss.backward()
                optimiser.step()
                schedule.step()
                if progress and step % 16 == 15:
                    progress(step // 16 + 1, epochs)
            weights = {name: value.detach().numpy().copy() for name, value in net.state_dict().items()}
        metadata = {"pitch_mm": float(np.median(pitches)), "mean_mm": mean.tolist(), "scale_mm": scale.tolist(),
                    "gain": [1.0] * len(BANDS), "origin": origin, "pairs": len(pairs), "seed": int(seed),
                    "epochs": int(epochs), "loss": float(loss.detach()), "algorithm_version": ALGORITHM_VERSION}
        return cls(weights, metadata)._with_gain(pairs)

    def _with_gain(self, pairs):
        """The same model, its bands stretched half-way (geometrically) to the spread they have in the truth."""
        wanted = np.zeros(len(BANDS))
        given = np.zeros(len(BANDS))
        for rgb, height in pairs[:6]:
            wanted += [band.std() for band in bands(height)]
            given += [band.std() for band in self.predict_bands(rgb[:512, :512])]
        gain = np.clip(np.sqrt(wanted / np.maximum(given, 1e-9)), 1.0, 1.6)
        return ReliefModel(self.weights, {**self.metadata, "gain": gain.tolist()})

    def predict_bands(self, rgb):
        """(3, H, W) float32 mm: detail, stroke and layer, at the pitch of the training pairs."""
        rgb = _check_picture(rgb)
        height, width = rgb.shape[:2]
        out = np.empty((len(BANDS), height, width), np.float32)
        # Tiles begin at multiples of _TILE and see a halo, so a texel's height does not depend on where its tile ends.
        wide = np.pad(rgb, ((_HALO, _HALO + 4), (_HALO, _HALO + 4), (0, 0)), mode="symmetric")
        with _one_thread() as torch, torch.inference_mode():
            net = _network().eval()
            net.load_state_dict({name: torch.from_numpy(array.copy()) for name, array in self.weights.items()})
            for row in range(0, height, _TILE):
                for column in range(0, width, _TILE):
                    rows, columns = min(_TILE, height - row), min(_TILE, width - column)
                    high, broad = rows + -rows % 4 + 2 * _HALO, columns + -columns % 4 + 2 * _HALO
                    window = wide[row:row + high, column:column + broad]
                    seen = net(torch.from_numpy(stroke_features(window)[None]))[0].numpy()
                    out[:, row:row + rows, column:column + columns] = seen[:, _HALO:_HALO + rows, _HALO:_HALO + columns]
        factor = np.asarray(self.metadata["scale_mm"]) * np.asarray(self.metadata["gain"])
        out *= factor[:, None, None].astype(np.float32)
        out += np.asarray(self.metadata["mean_mm"], np.float32)[:, None, None]
        return out

    def predict(self, rgb, pitch_mm, *, match=None):
        """Height of the paint in mm.

        Parameters
        ----------
        rgb : (H, W, 3) float32
            sRGB in [0, 1].
        pitch_mm : float
            Size of a texel. The network reads strokes in texels; where the pitch is not that of the training pairs,
            height goes with the square root of the ratio: broader marks are thicker, but not in proportion.
        match : bool, optional
            Give the brush band the spectrum and distribution of measured paint (`models.topography`). By default so
            for the shipped model, which knows real paint only through them, and not for one that learned from scans.

        Returns
        -------
        (H, W) float32, at least 0.
        """
        if not (np.isfinite(pitch_mm) and pitch_mm > 0):
            raise ShapeError(f"pitch_mm must be a positive length in mm, got {pitch_mm}")
        detail, stroke, layer = self.predict_bands(rgb)
        brush = detail + stroke
        if (self.metadata.get("match", False) if match is None else match) and min(brush.shape) >= 24:
            brush = Topography.measured().match(brush, pitch_mm)
        ratio = np.float32(np.sqrt(np.clip(pitch_mm / self.metadata["pitch_mm"], 0.2, 5.0)))
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


def _batch(seen, targets, rng, side, count):
    """Random patches of features and heights."""
    xs, ys = [], []
    for _ in range(count):
        k = rng.integers(len(seen))
        row, column = (rng.integers(0, targets[k].shape[i] - side + 1) for i in (1, 2))
        window = (slice(None), slice(row, row + side), slice(column, column + side))
        xs.append(seen[k][rng.integers(2)][window])
        ys.append(targets[k][window])
    return np.stack(xs).astype(np.float32), np.stack(ys).astype(np.float32)


_BAND_WEIGHTS = (1.0, 1.0, 0.3)    # layers are broad: fewer independent places speak for them, and they matter less


def _loss(torch, predicted, true, margin=12):
    """Squared error of each band, and of the slopes of the two brush bands, which make the normals.

    The margin of a patch is left out: the network cannot see beyond it.
    """
    inner = (..., slice(margin, -margin), slice(margin, -margin))
    off = predicted[inner] - true[inner]
    weights = torch.tensor(_BAND_WEIGHTS)[:, None, None]
    slopes = sum((off[:, :2].diff(dim=d) ** 2).mean() for d in (2, 3))
    return (weights * off ** 2).mean() + 0.5 * slopes
