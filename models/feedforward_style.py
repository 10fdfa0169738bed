"""A small network that has learned one master's hand: a picture in one pass, for previews and moving pictures.

After Johnson et al. 2016 (doi:10.1007/978-3-319-46475-6_43), with the sliced-Wasserstein style loss of Heitz et al. 2021
(arXiv:2006.07229). We depart from them in five ways. The network adds to a softened picture instead of making it anew:
whatever is finer is its own. It is shown photographs as a slower engine painted them: from these it has forms and
colours, from the works the paint. It uses no normalisation over the picture: what happens at one place depends on its
surroundings alone, so tiles fit together exactly and frames of a film do not pump. It sees noise, the same at the same
place each time, so that even ground gets strokes. And features of the last crops together, not of each, are brought to
the master's distribution: no crop of sky has to hold flesh and cloth as well.
"""

import json
import logging
from collections import deque
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import cv2
import numpy as np
import torch

from data.errors import PortraitError, ShapeError
from data.files import replacing
from models.perceptual import load_network
from models.relief import one_thread
from models.style import StyleTargets, directions, quantiles

ALGORITHM_VERSION = 2
REACH_PX = 64  # how far a pixel of the result looks, rounded up to the grid of 4
_TILE_PX = 512
_REMEMBERED = 12  # crops whose features make up the distribution that is moved
_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class FastSettings:
    """`steps` of Adam, each on a crop of `crop_px`; `content_weight` against 1 for style; `tv_weight`: price of squared
    steps between neighbours, `colour_weight`: of squared faults of broad colour; `width`: channels. What it is taught by:
    `works` paintings, as large as on a canvas with a longer side of `canvas_px`, strokes `brush_scale` times as wide."""

    steps: int = 450
    crop_px: int = 160
    rate: float = 3e-3
    content_weight: float = 0.3
    colour_weight: float = 40.0
    tv_weight: float = 2.0
    width: int = 40
    works: int = 16
    canvas_px: int = 900
    style_layers: tuple = ("conv1", "fire2", "fire3", "fire4", "fire5")
    content_layer: str = "fire3"
    brush_scale: float = 2.0
    seed: int = 0


class _Network(torch.nn.Module):
    """RGB and two channels of noise (N, 5, H, W), sides multiples of 4 -> RGB (N, 3, H, W), not clipped."""

    def __init__(self, width):
        super().__init__()

        def layer(inputs, outputs, size=3, stride=1):
            return torch.nn.Conv2d(inputs, outputs, size, stride, size // 2)

        self.fine = layer(5, 12)
        self.down = torch.nn.ModuleList([layer(12, 24, 4, 2), layer(24, width, 4, 2)])
        for each in self.down:
            each.padding = (1, 1)
        self.blocks = torch.nn.ModuleList([layer(width, width) for _ in range(6)])
        self.up = torch.nn.ModuleList([layer(width, 24), layer(24, 12)])
        self.out = layer(12, 3)
        torch.nn.init.zeros_(self.out.weight)
        torch.nn.init.zeros_(self.out.bias)

    def forward(self, seen):
        relu, grow = torch.nn.functional.leaky_relu, torch.nn.functional.interpolate
        soft = seen[:, :3]
        for _ in range(2):
            soft = torch.nn.functional.avg_pool2d(soft, 3, 1, 1, count_include_pad=False)
        # At full size it sees nothing finer than this: a photograph's grain and hairs must not come through.
        fine = relu(self.fine(torch.cat([soft, seen[:, 3:]], 1) - 0.5), 0.1)
        half = relu(self.down[0](fine), 0.1)
        value = relu(self.down[1](half), 0.1)
        for first, second in zip(self.blocks[::2], self.blocks[1::2], strict=True):
            value = value + 0.5 * second(relu(first(value), 0.1))
        # Nearest enlargement before a convolution leaves no checkerboard.
        value = relu(self.up[0](grow(value, scale_factor=2.0)), 0.1) + half
        value = relu(self.up[1](grow(value, scale_factor=2.0)), 0.1) + fine
        return soft + torch.tanh(self.out(value))  # no more than the whole range of colour


@dataclass(frozen=True, eq=False)
class FastStyle:
    """A trained network and the `record` of what it was trained on."""

    network: torch.nn.Module
    record: dict

    @classmethod
    def train(cls, works, lessons, settings=None, *, progress=None, device=None):
        """Learn the hand of `works` ([models.style.Work]) on crops of `lessons`: (photograph, painting of it), both
        (H, W, 3) float32, any number."""
        settings = settings or FastSettings()
        lessons = [lesson for lesson in lessons if min(lesson[0].shape[:2]) >= settings.crop_px]
        if not lessons:
            raise ShapeError(f"training needs pictures of at least {settings.crop_px} pixels a side, got none")
        device = device or ("cuda" if torch.cuda.is_available() else "cpu")
        # One hand for everything: what parts there are is not known when a picture comes.
        plain = [type(work)(work.rgb, np.zeros_like(work.parts), work.scale, work.valid, work.name) for work in works]
        target = StyleTargets.learn(plain, levels=1, layers=settings.style_layers, brush_scale=settings.brush_scale,
                                    seed=settings.seed, device=device)
        with one_thread():
            with torch.random.fork_rng(devices=[]):
                torch.manual_seed(settings.seed)
                network = _Network(settings.width).to(device)
            losses = _fit(network, target, lessons, settings, device, progress)
        record = {"version": ALGORITHM_VERSION, "width": settings.width, "settings": repr(settings),
                  "works": [work.name for work in works], "lessons": len(lessons), "loss": losses}
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
            (top, _), (left, _) = spans
            cut = _seen(np.ascontiguousarray(rgb[np.ix_(rows, columns)], np.float32), top, left).to(device)
            with torch.no_grad():
                painted = self.network(cut).clamp_(0, 1)[0].permute(1, 2, 0).cpu().numpy()
            inner = (slice(corner[0], min(height, corner[0] + tile_px)), slice(corner[1], min(width, corner[1] + tile_px)))
            result[inner] = painted[inner[0].start - top:inner[0].stop - top, inner[1].start - left:inner[1].stop - left]

        with one_thread(), ThreadPoolExecutor(threads) as pool:
            list(pool.map(work, corners))
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


def _fit(network, target, lessons, settings, device, progress):
    """Train in place; the mean loss of each tenth of the steps."""
    look = load_network(target.network, device)
    names = look.check(settings.style_layers)
    wanted = [*names, *({settings.content_layer} - set(names))]
    samples = {name: torch.from_numpy(target.sample_for(0, name, 0).astype(np.float32)).to(device) for name in names}
    spread = {name: float(samples[name].var(1).mean()) + 1e-3 for name in names}
    unit = spread.get(settings.content_layer, spread[names[-1]])
    optimiser = torch.optim.Adam(network.parameters(), settings.rate)
    remembered = {name: deque(maxlen=_REMEMBERED) for name in names}
    losses = []
    for step in range(settings.steps):
        rng = np.random.default_rng([settings.seed, step])
        for group in optimiser.param_groups:
            group["lr"] = settings.rate * (1 - 0.9 * step / settings.steps)
        shown, meant = _crop(lessons[rng.integers(len(lessons))], settings.crop_px, rng)
        crop = _seen(shown, *rng.integers(1 << 20, size=2)).to(device)
        meant = torch.from_numpy(meant).permute(2, 0, 1)[None].to(device)
        painted = network(crop)
        seen = look(painted, wanted)
        with torch.no_grad():
            goal = look(meant, [settings.content_layer])[settings.content_layer]
        loss = settings.content_weight * (seen[settings.content_layer] - goal).square().mean() / unit
        for name in names:
            turns = directions(len(samples[name]), min(48, len(samples[name])), [settings.seed, step % 8]).to(device)
            found = seen[name][0].flatten(1)
            values = turns @ found
            with torch.no_grad():
                places = torch.from_numpy(rng.permutation(found.shape[1])[:384]).to(device)
                remembered[name].append(found[:, places])
                knots = quantiles(turns @ torch.cat(list(remembered[name]), 1))
                shift = quantiles(turns @ samples[name]) - knots
                at = torch.searchsorted(knots, values.contiguous()).clamp_(0, knots.shape[1] - 1)
                goal = values + shift.gather(1, at)
            loss = loss + (values - goal).square().mean() / spread[name] / len(names)
        tv = painted.diff(dim=2).square().mean() + painted.diff(dim=3).square().mean()
        broad = torch.nn.functional.avg_pool2d(painted - meant, 4)
        loss = loss + settings.colour_weight * broad.square().mean()
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


def _crop(lesson, side, rng):
    """The same square of a photograph and of its painting, as it is or in a mirror."""
    y, x = (int(rng.integers(length - side + 1)) for length in lesson[0].shape[:2])
    turn = -1 if rng.random() < 0.5 else 1
    return [np.ascontiguousarray(each[y:y + side, x:x + side][:, ::turn], np.float32) for each in lesson]


def _seen(rgb, top, left):
    """(1, 5, H, W): a picture whose first pixel lies at (top, left), and the noise of that place, fine and broad."""
    grain = _noise(rgb.shape[0], rgb.shape[1], top, left)
    return torch.from_numpy(np.concatenate([rgb, grain], 2)).permute(2, 0, 1)[None]


def _noise(height, width, top, left, reach=8):
    """(H, W, 2) float32 around 0.5: hashed from each pixel's place, and the same smoothed over some pixels."""
    rows = np.arange(top - reach, top + height + reach, dtype=np.int64).astype(np.uint64)[:, None]
    columns = np.arange(left - reach, left + width + reach, dtype=np.int64).astype(np.uint64)
    value = rows * np.uint64(0x9E3779B97F4A7C15) ^ columns * np.uint64(0xC2B2AE3D27D4EB4F)
    for shift, factor in ((33, 0xFF51AFD7ED558CCD), (29, 0xC4CEB9FE1A85EC53)):
        value = (value ^ (value >> np.uint64(shift))) * np.uint64(factor)
    fine = ((value >> np.uint64(40)).astype(np.float32) / np.float32(1 << 24))
    broad = (cv2.GaussianBlur(fine, (2 * reach + 1,) * 2, 2.5, borderType=cv2.BORDER_REFLECT) - 0.5) * 5 + 0.5
    inner = slice(reach, -reach)
    return np.dstack([fine[inner, inner], broad[inner, inner]])


def _span(start, size, length):
    """[low, high) of a tile with its margins, low and length multiples of 4."""
    low = start - REACH_PX
    high = min(start + size, length) + REACH_PX
    return low, high + (-(high - low)) % 4


def _mirrored(low, high, length):
    at = np.abs(np.arange(low, high)) % max(1, 2 * (length - 1))
    return np.where(at < length, at, 2 * (length - 1) - at)
