"""A small network that has learned one master's hand: a picture in one pass, for previews and moving pictures.

After Johnson et al. 2016 (doi:10.1007/978-3-319-46475-6_43), with the sliced Wasserstein style loss of Heitz et al. 2021
(arXiv:2006.07229). We depart from them in five ways. The network adds to a softened version of the picture, so all finer
detail is its own. Its targets are photographs that a slower engine has painted: they teach it forms and colours, the
master's works teach it paint. It uses no normalisation over the whole picture: the result at a place depends on the
surroundings of that place only, so tiles fit together exactly and frames of a film do not pulse. It also sees noise, which is
always the same at the same place, so that even areas get strokes. And the features of the last crops taken together, not those
of each crop, are brought to the master's distribution: a crop that shows only sky need not contain flesh and cloth as well.

How the network is trained stands in `models.feedforward_training`.
"""

import json
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from jaxtyping import Float32

from data.coordinates import mirrored_indices
from data.errors import PortraitError, ShapeError
from data.files import replacing
from data.progress import Progress
from models.feedforward_network import GRID, StyleNetwork, network_input
from models.feedforward_training import FastSettings, Lesson, fit_network
from models.style import StyleTargets, Work
from models.threads import one_thread

ALGORITHM_VERSION = 2
_REACH_PX = 64
"""How far a pixel of the result looks, rounded up to a multiple of `GRID`."""
_TILE_PX = 512
_LEAST_SIDE_PX = 8
_HEADER = "atelier_fast"
"""Name of the record in the file's header."""


@dataclass(frozen=True, eq=False)
class FastStyle:
    """A trained network and the `record` of what it was trained on."""

    network: StyleNetwork
    record: dict[str, Any]

    @classmethod
    def train(cls, works: Sequence[Work], lessons: Sequence[Lesson], settings: FastSettings | None = None, *,
              progress: Progress | None = None, device: str | None = None) -> "FastStyle":
        """Learn a hand.

        Parameters
        ----------
        works : sequence of Work
            Paintings by the master: what paint looks like.
        lessons : sequence of (photograph, painting of it)
            Both (H, W, 3) float32 sRGB: what a picture is to become.
        settings : FastSettings, optional
        progress : Progress, optional
            Called after each step.
        device : str, optional
            As torch names it; by default a graphics card where there is one.

        Raises
        ------
        ShapeError
            If no lesson is as large as a crop.
        """
        settings = settings or FastSettings()
        lessons = [lesson for lesson in lessons if min(lesson[0].shape[:2]) >= settings.crop_px]
        if not lessons:
            raise ShapeError(f"training needs pictures of at least {settings.crop_px} pixels a side, got none")
        device = device or ("cuda" if torch.cuda.is_available() else "cpu")
        # Parts are ignored: the network will not know them when it paints.
        plain = [Work(work.rgb, np.zeros_like(work.parts), work.scale, work.valid, work.name) for work in works]
        target = StyleTargets.learn(plain, levels=1, layers=settings.style_layers, brush_scale=settings.brush_scale,
                                    seed=settings.seed, device=device)
        with one_thread():
            with torch.random.fork_rng(devices=[]):
                torch.manual_seed(settings.seed)
                network = StyleNetwork(settings.width).to(device)
            losses = fit_network(network, target, lessons, settings, device, progress)
        record = {"version": ALGORITHM_VERSION, "width": settings.width, "settings": repr(settings),
                  "works": [work.name for work in works], "lessons": len(lessons), "loss": losses}
        return cls(network.cpu().eval().requires_grad_(False), record)

    def paint(self, rgb: Float32[np.ndarray, "H W 3"], *, threads: int = 2,
              tile_px: int = _TILE_PX) -> Float32[np.ndarray, "H W 3"]:
        """The picture in the master's hand.

        Parameters
        ----------
        rgb : (H, W, 3) float32
            sRGB in [0, 1], at least 8 pixels a side.
        threads : int
        tile_px : int
            Pixels a side that are painted at once; the result does not depend on it.

        Raises
        ------
        ShapeError
            If that is no picture.
        """
        if rgb.ndim != 3 or rgb.shape[2] != 3 or min(rgb.shape[:2]) < _LEAST_SIDE_PX:
            raise ShapeError(f"a picture must be (H, W, 3) with at least {_LEAST_SIDE_PX} pixels a side, got {rgb.shape}")
        height, width = rgb.shape[:2]
        device = next(self.network.parameters()).device
        result = np.empty((height, width, 3), np.float32)
        corners = [(y, x) for y in range(0, height, tile_px) for x in range(0, width, tile_px)]

        def work(corner: tuple[int, int]) -> None:
            torch.set_num_threads(1)
            spans = [_span(start, tile_px, length) for start, length in zip(corner, (height, width), strict=True)]
            rows, columns = (mirrored_indices(low, high, length) for (low, high), length in
                             zip(spans, (height, width), strict=True))
            (top, _), (left, _) = spans
            cut = network_input(np.ascontiguousarray(rgb[np.ix_(rows, columns)], np.float32), top, left).to(device)
            with torch.no_grad():
                painted = self.network(cut).clamp_(0, 1)[0].permute(1, 2, 0).cpu().numpy()
            inner = (slice(corner[0], min(height, corner[0] + tile_px)), slice(corner[1], min(width, corner[1] + tile_px)))
            result[inner] = painted[inner[0].start - top:inner[0].stop - top, inner[1].start - left:inner[1].stop - left]

        with one_thread(), ThreadPoolExecutor(threads) as pool:
            list(pool.map(work, corners))
        return result

    def save(self, path: Path | str) -> None:
        """One safetensors file; the record lies in its header."""
        from safetensors.torch import save_file
        with replacing(path) as beside:
            save_file({name: value.contiguous().cpu() for name, value in self.network.state_dict().items()}, str(beside),
                      metadata={_HEADER: json.dumps(self.record)})

    @classmethod
    def load(cls, path: Path | str) -> "FastStyle":
        """Read what `save` wrote; PortraitError if the file is not there, holds something else or is too old."""
        from safetensors import SafetensorError, safe_open
        try:
            with safe_open(str(path), "pt") as stored:
                text = (stored.metadata() or {}).get(_HEADER)
                weights = {name: stored.get_tensor(name) for name in stored.keys()}  # noqa: SIM118  not a dict
        except (OSError, SafetensorError) as error:
            raise PortraitError(f"{path} cannot be read as a fast network ({error}): train one with `atelier learn "
                                "--fast`") from error
        record = json.loads(text) if text else {}
        if record.get("version") != ALGORITHM_VERSION:
            raise PortraitError(f"{path} holds no fast network of version {ALGORITHM_VERSION}: train it again with "
                                "`atelier learn --fast`")
        network = StyleNetwork(record["width"])
        network.load_state_dict(weights)
        return cls(network.eval().requires_grad_(False), record)


def _span(start: int, size: int, length: int) -> tuple[int, int]:
    """[low, high) of a tile with its margins, low and length multiples of the network's grid."""
    low = start - _REACH_PX
    high = min(start + size, length) + _REACH_PX
    return low, high + (-(high - low)) % GRID

