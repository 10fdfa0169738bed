"""A small network that has learned one master's hand: a picture in one pass, for previews and moving pictures.

After Johnson et al. 2016 (doi:10.1007/978-3-319-46475-6_43), with the sliced-Wasserstein style loss of Heitz et al. 2021
(arXiv:2006.07229). We depart from them by adding to the picture instead of making it anew, and by using no
normalisation over the picture: what happens at one place depends on its surroundings alone, so tiles fit together
exactly and frames of a film do not pump.
"""

import json
import logging
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np
import torch

from data.errors import PortraitError, ShapeError
from data.files import replacing
from models.perceptual import load_network
from models.style import StyleTargets, directions, quantiles

ALGORITHM_VERSION = 1
REACH_PX = 64  # how far a pixel of the result looks, rounded up to the grid of 4
_TILE_PX = 512
_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class FastSettings:
    """`steps` of Adam on `batch` crops of `crop_px`; `content_weight` against 1 for style; `tv_weight`: price of squared
    steps between neighbours; `width`: channels."""

    steps: int = 450
    batch: int = 1
    crop_px: int = 128
    rate: float = 3e-3
    content_weight: float = 0.25
    tv_weight: float = 4.0
    width: int = 40
    style_layers: tuple = ("conv1", "fire2", "fire3", "fire4", "fire5")
    content_layer: str = "fire5"
    brush_scale: float = 1.5
    seed: int = 0


class _Network(torch.nn.Module):
    """RGB (N, 3, H, W), sides multiples of 4 -> what is to be added to it."""

    def __init__(self, width):
        super().__init__()

        def layer(inputs, outputs, size=3, stride=1):
            return torch.nn.Conv2d(inputs, outputs, size, stride, size // 2)

        self.fine = layer(3, 12)
        self.down = torch.nn.ModuleList([layer(12, 24, 4, 2), layer(24, width, 4, 2)])
        for each in self.down:
            each.padding = (1, 1)
        self.blocks = torch.nn.ModuleList([layer(width, width) for _ in range(6)])
        self.up = torch.nn.ModuleList([layer(width, 24), layer(24, 12)])
        self.out = layer(12, 3)
        torch.nn.init.zeros_(self.out.weight)
        torch.nn.init.zeros_(self.out.bias)

    def forward(self, rgb):
        relu, grow = torch.nn.functional.leaky_relu, torch.nn.functional.interpolate
        fine = relu(self.fine(rgb - 0.5), 0.1)
        half = relu(self.down[0](fine), 0.1)
        value = relu(self.down[1](half), 0.1)
        for first, second in zip(self.blocks[::2], self.blocks[1::2], strict=True):
            value = value + 0.5 * second(relu(first(value), 0.1))
        # Nearest enlargement before a convolution leaves no checkerboard.
        value = relu(self.up[0](grow(value, scale_factor=2.0)), 0.1) + half
        value = relu(self.up[1](grow(value, scale_factor=2.0)), 0.1) + fine
        return torch.tanh(self.out(value))  # no more than the whole range of colour


@dataclass(frozen=True, eq=False)
class FastStyle:
    """A trained network and the `record` of what it was trained on."""

    network: torch.nn.Module
    record: dict

    @classmethod
    def train(cls, works, pictures, settings=None, *, progress=None, device=None):
        """Learn the hand of `works` ([models.style.Work]) on crops of `pictures` ((H, W, 3) float32, any number)."""
        settings = settings or FastSettings()
        pictures = [picture for picture in pictures if min(picture.shape[:2]) >= settings.crop_px]
        if not pictures:
            raise ShapeError(f"training needs pictures of at least {settings.crop_px} pixels a side, got none")
        device = device or ("cuda" if torch.cuda.is_available() else "cpu")
        # One hand for everything: what parts there are is not known when a picture comes.
        plain = [type(work)(work.rgb, np.zeros_like(work.parts), work.scale, work.valid, work.name) for work in works]
        target = StyleTargets.learn(plain, levels=1, layers=settings.style_layers, brush_scale=settings.brush_scale,
                                    seed=settings.seed, device=device)
        threads = torch.get_num_threads()
        torch.set_num_threads(1)  # sums in one order: the same network on any number of cores
        try:
            with torch.random.fork_rng(devices=[]):
                torch.manual_seed(settings.seed)
                network = _Network(settings.width).to(device)
            losses = _fit(network, target, pictures, settings, device, progress)
        finally:
            torch.set_num_threads(threads)
        record = {"version": ALGORITHM_VERSION, "width": settings.width, "settings": repr(settings),
                  "works": [work.name for work in works], "pictures": len(pictures), "loss": losses}
        return cls(network.cpu().eval().requires_grad_(False), record)

    def paint(self, rgb, *, threads=2, tile_px=_TILE_PX):
        """The picture in the master's hand, (H, W, 3) float32 in [0, 1]; tiles do not change it."""
        if rgb.ndim != 3 or rgb.shape[2] != 3 or min(rgb.shape[:2]) < 8:
            raise ShapeError(f"a picture must be (H, W, 3) with at least 8 pixels a side, got {rgb.shape}")
        height, width = rgb.shape[:2]
        device = next(self.network.parameters()).device
        result = np.empty((height, width, 3), np.float32)
        corners = [(y, x) for y in range(0, height, tile_px) for x in range(0, width, tile_px)]

        def work(corner):
            torch.set_num_threads(1)
            spans = [_span(start, tile_px, length) for start, length in zip(corner, (height, width), strict=True)]
            rows, columns = (_mirrored(low, high, length) for (low, high), length in
                             zip(spans, (height, width), strict=True))
            cut = torch.from_numpy(np.ascontiguousarray(rgb[np.ix_(rows, columns)], np.float32))
            cut = cut.permute(2, 0, 1)[None].to(device)
            with torch.no_grad():
                painted = (cut + self.network(cut)).clamp_(0, 1)[0].permute(1, 2, 0).cpu().numpy()
            (top, _), (left, _) = spans
            inner = (slice(corner[0], min(height, corner[0] + tile_px)), slice(corner[1], min(width, corner[1] + tile_px)))
            result[inner] = painted[inner[0].start - top:inner[0].stop - top, inner[1].start - left:inner[1].stop - left]

        before = torch.get_num_threads()
        try:
            with ThreadPoolExecutor(threads) as pool:
                list(pool.map(work, corners))
        finally:
            torch.set_num_threads(before)
        return result

    def to(self, device):
        self.network.to(device)
        return self

    def save(self, path):
        """One safetensors file; the record lies in its header."""
        from safetensors.torch import save_file
        with replacing(path) as beside:
            save_file({name: value.contiguous().cpu() for name, value in self.network.state_dict().items()}, str(beside),
                      metadata={"atelier_fast": json.dumps(self.record)})

    @classmethod
    def load(cls, path):
        from safetensors import SafetensorError, safe_open
        try:
            with safe_open(str(path), "pt") as stored:
                text = (stored.metadata() or {}).get("atelier_fast")
                weights = {name: stored.get_tensor(name) for name in stored.keys()}  # noqa: SIM118  not a dict
        except (OSError, SafetensorError) as error:
            raise PortraitError(f"{path} cannot be read as a fast network ({error}): train one with `atelier learn "
                                "--fast`") from error
        record = json.loads(text) if text else {}
        if record.get("version") != ALGORITHM_VERSION:
            raise PortraitError(f"{path} holds no fast network of version {ALGORITHM_VERSION}: train it again with "
                                "`atelier learn --fast`")
        network = _Network(record["width"])
        network.load_state_dict(weights)
        return cls(network.eval().requires_grad_(False), record)


def _fit(network, target, pictures, settings, device, progress):
    """Train in place; the mean loss of each tenth of the steps."""
    look = load_network(target.network, device)
    names = look.check(settings.style_layers)
    wanted = [*names, *({settings.content_layer} - set(names))]
    samples = {name: torch.from_numpy(target.sample_for(0, name, 0).astype(np.float32)).to(device) for name in names}
    spread = {name: float(samples[name].var(1).mean()) + 1e-3 for name in names}
    unit = spread.get(settings.content_layer, spread[names[-1]])
    optimiser = torch.optim.Adam(network.parameters(), settings.rate)
    losses = []
    for step in range(settings.steps):
        rng = np.random.default_rng([settings.seed, step])
        for group in optimiser.param_groups:
            group["lr"] = settings.rate * (1 - 0.9 * step / settings.steps)
        batch = torch.stack([_crop(pictures[rng.integers(len(pictures))], settings.crop_px, rng)
                             for _ in range(settings.batch)]).to(device)
        painted = batch + network(batch)
        seen = look(painted, wanted)
        with torch.no_grad():
            meant = look(batch, [settings.content_layer])[settings.content_layer]
        loss = settings.content_weight * (seen[settings.content_layer] - meant).square().mean() / unit
        for name in names:
            turns = directions(len(samples[name]), min(32, len(samples[name])), [settings.seed, step % 8]).to(device)
            values = turns @ seen[name].transpose(0, 1).flatten(1)
            with torch.no_grad():
                thinned = values[:, ::max(1, values.shape[1] // 2048)]
                knots = quantiles(thinned)
                shift = quantiles(turns @ samples[name]) - knots
                at = torch.searchsorted(knots, values.contiguous()).clamp_(0, knots.shape[1] - 1)
                goal = values + shift.gather(1, at)
            loss = loss + (values - goal).square().mean() / spread[name] / len(names)
        tv = painted.diff(dim=2).square().mean() + painted.diff(dim=3).square().mean()
        # Colours beyond paint are drawn back.
        loss = loss + settings.tv_weight * tv + 20 * (painted - painted.clamp(0, 1)).square().mean()
        optimiser.zero_grad()
        loss.backward()
        # Features are wide apart at first; one bad crop must not throw the network off.
        torch.nn.utils.clip_grad_norm_(network.parameters(), 1.0)
        optimiser.step()
        losses.append(float(loss.detach()))
        if progress is not None:
            progress(step + 1, settings.steps)
    return [round(float(np.mean(part)), 4) for part in np.array_split(losses, min(10, len(losses)))]


def _crop(picture, side, rng):
    y, x = (int(rng.integers(length - side + 1)) for length in picture.shape[:2])
    cut = picture[y:y + side, x:x + side]
    cut = cut[:, ::-1] if rng.random() < 0.5 else cut
    return torch.from_numpy(np.ascontiguousarray(cut, np.float32)).permute(2, 0, 1)


def _span(start, size, length):
    """[low, high) of a tile with its margins, low and length multiples of 4."""
    low = start - REACH_PX
    high = min(start + size, length) + REACH_PX
    return low, high + (-(high - low)) % 4


def _mirrored(low, high, length):
    at = np.abs(np.arange(low, high)) % max(1, 2 * (length - 1))
    return np.where(at < length, at, 2 * (length - 1) - at)
