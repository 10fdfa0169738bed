"""A master's hand as distributions of deep features, learned from many works at once, for every part and scale.

A style is kept as samples of feature vectors, pooled over works; what is matched is their distribution, by sliced
Wasserstein distance (Heitz et al. 2021, arXiv:2006.07229) or by Gram matrices (Gatys et al. 2016,
doi:10.1109/CVPR.2016.265; here mean products of features over positions).
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from operator import length_hint

import cv2
import numpy as np
import torch
from jaxtyping import Bool, Float32, UInt8

from data.colour import rgb_to_lab
from data.errors import CorpusError, ShapeError, UsageError
from data.parts import Part
from models.perceptual import load_network
from models.style_gathering import Gatherer, Seen, Vectors
from models.threads import one_thread

SAMPLE = 1024
"""Feature vectors kept for each part, layer and scale."""
KNOTS = 96
"""Quantiles kept of each projection."""
_FEWEST = 48
"""Positions of a part below which another stands in for it."""
_GATHERED = 2
"""Times as many vectors are gathered as are kept, because some works show little of a part."""
_WORKS_EXPECTED, _LEAST_QUOTA = 16, 16
"""Number of works that is assumed where it is unknown, and the fewest vectors that are gathered from each."""
_LEAST_WORK = 32
"""Pixels a side below which no work is reduced."""
_BRUSH_SCALES = (0.1, 10)
_TONES_SIDE_PX, _LEAST_TONE_PX = 160, 8
"""Longest side at which tones are looked at, and the fewest pixels of a part that have a tone."""
FALLBACKS = {Part.EYES: (Part.FACE,), Part.BROWS: (Part.FACE,), Part.NOSE: (Part.FACE,), Part.LIPS: (Part.FACE,),
             Part.NECK: (Part.FACE, Part.CLOTHING), Part.FACE: (Part.NECK,), Part.HAIR: (Part.BACKGROUND, Part.CLOTHING),
             Part.CLOTHING: (Part.BACKGROUND,), Part.BACKGROUND: (Part.CLOTHING,)}
"""Which parts stand in for one that a style has hardly seen, the best first."""


@dataclass(frozen=True, eq=False)
class Work:
    """One painting to learn from.

    Attributes
    ----------
    rgb : (H, W, 3) float32
        sRGB in [0, 1].
    parts : (H, W) uint8
    scale : float
        Factor by which it would have to be enlarged to show figures as large as the canvas does.
    valid : (H, W) bool, optional
        The painted surface; None: all of it.
    name : str
        For the record.
    """

    rgb: Float32[np.ndarray, "H W 3"]
    parts: UInt8[np.ndarray, "H W"]
    scale: float = 1.0
    valid: Bool[np.ndarray, "H W"] | None = None
    name: str = ""

    def __post_init__(self) -> None:
        if self.rgb.ndim != 3 or self.rgb.shape[2] != 3 or self.rgb.dtype != np.float32:
            raise ShapeError(f"a work must be (H, W, 3) float32, got {self.rgb.shape} {self.rgb.dtype}")
        if self.parts.shape != self.rgb.shape[:2]:
            raise ShapeError(f"a work of {self.rgb.shape[:2]} needs a parts map of that size, got {self.parts.shape}")

    def resized(self, factor: float) -> Seen:
        """The work at a share of its size."""
        size = tuple(max(_LEAST_WORK, round(n * factor)) for n in self.rgb.shape[1::-1])
        if size == self.rgb.shape[1::-1]:
            return Seen(self.rgb, self.parts, self.valid)
        valid = None if self.valid is None else cv2.resize(self.valid.astype(np.uint8), size,
                                                           interpolation=cv2.INTER_NEAREST) > 0
        return Seen(cv2.resize(self.rgb, size, interpolation=cv2.INTER_AREA),
                    cv2.resize(self.parts, size, interpolation=cv2.INTER_NEAREST), valid)


@dataclass(frozen=True, eq=False)
class StyleTargets:
    """What a picture in a master's hand should look like to the network.

    Attributes
    ----------
    samples : tuple of {layer: {part: (C, N) float16 feature vectors}}
        Level 0 is the canvas' full size, each next one half of it.
    tones : {part: (2, 3)}
        Mean and spread of CIE Lab.
    network : str
        Whose layers they are, as `models.perceptual.load_network` names it.
    names : tuple of str
        The works.
    grey : bool
        Light and shade alone were learned.
    """

    samples: tuple[dict[str, dict[Part, Vectors]], ...]
    tones: dict[Part, Float32[np.ndarray, "2 3"]]
    network: str
    names: tuple[str, ...]
    grey: bool = False

    @property
    def layers(self) -> tuple[str, ...]:
        """In order of depth."""
        return tuple(self.samples[0])

    @classmethod
    def learn(cls, works: Iterable[Work], *, levels: int, layers: Sequence[str], network: str = "squeezenet",
              brush_scale: float = 1.0, grey: bool = False, seed: int = 0, sample: int = SAMPLE,
              device: str = "cpu") -> "StyleTargets":
        """Look at every work at every scale.

        Works are never enlarged: where one lacks the resolution of the finest levels, its strokes come out smaller there.

        Parameters
        ----------
        works : iterable of Work
            One is held at a time.
        levels : int
            How many scales, each half of the one before.
        layers : sequence of str
            Of the network.
        network, device : str
            As `models.perceptual.load_network` takes them.
        brush_scale : float
            2 makes strokes twice as wide, as far as resolution allows; 0.1 to 10.
        grey : bool
            Learn light and shade only.
        seed : int
            Of the draw of feature vectors.
        sample : int
            Most feature vectors kept for each part, layer and scale.

        Raises
        ------
        UsageError
            For a layer that the network has not, or a brush scale beyond measure.
        CorpusError
            Without works.
        """
        least, most = _BRUSH_SCALES
        if not least <= brush_scale <= most:
            raise UsageError(f"brush scale must lie between {least} and {most}, got {brush_scale}")
        net = load_network(network, device)
        names = net.check(layers)
        quota = max(_LEAST_QUOTA, -(-_GATHERED * sample // max(1, length_hint(works, _WORKS_EXPECTED))))
        gatherers = [Gatherer(net, names, grey, quota, device) for _ in range(levels)]
        tones: dict[Part, list[np.ndarray]] = {}
        looked_at = []
        with one_thread():
            for number, work in enumerate(works):
                looked_at.append(work.name)
                _note_tones(tones, work)
                for level, gatherer in enumerate(gatherers):
                    factor = min(1.0, work.scale * brush_scale / 2 ** level)
                    gatherer.look_at(work.resized(factor), np.random.default_rng([seed, level, number]))
        if not looked_at:
            raise CorpusError("a style needs at least one painting to learn from, got none")
        samples = tuple(gatherer.pooled(sample, np.random.default_rng([seed, level]))
                        for level, gatherer in enumerate(gatherers))
        return cls(samples, _middle(tones), network, tuple(looked_at), grey)

    @classmethod
    def of_tones(cls, works: Iterable[Work]) -> "StyleTargets":
        """Targets that know the works' colours only, for a picture that is brought to their tones and not painted."""
        tones: dict[Part, list[np.ndarray]] = {}
        names = []
        for work in works:
            names.append(work.name)
            _note_tones(tones, work)
        return cls((), _middle(tones), "squeezenet", tuple(names))

    def sample_for(self, level: int, layer: str, part: int) -> Vectors:
        """Feature vectors of a part, or of whichever stands in for it.

        Parameters
        ----------
        level : int
            0 is full size; beyond the coarsest that was learned, that one.
        layer : str
        part : int
            A `Part`.
        """
        level = min(level, len(self.samples) - 1)
        known = self.samples[level][layer]
        return known[_stand_in(Part(part), {p: v.shape[1] for p, v in known.items()})]

    def tone(self, part: int) -> Float32[np.ndarray, "2 3"]:
        """Mean and spread of Lab of a part, or of whichever stands in for it."""
        return self.tones[_stand_in(Part(part), dict.fromkeys(self.tones, _FEWEST))]


def _note_tones(seen: dict[Part, list[np.ndarray]], work: Work) -> None:
    """Add mean and spread of Lab of a work's parts, (2, 3) each."""
    rgb, parts, valid = work.resized(min(1.0, _TONES_SIDE_PX / max(work.parts.shape)))
    lab = rgb_to_lab(rgb)
    for part in np.unique(parts if valid is None else parts[valid]):
        chosen = lab[(parts == part) if valid is None else (parts == part) & valid]
        if len(chosen) >= _LEAST_TONE_PX:
            seen.setdefault(Part(int(part)), []).append(np.stack([chosen.mean(0), chosen.std(0)]))


def _middle(tones: Mapping[Part, list[np.ndarray]]) -> dict[Part, np.ndarray]:
    """The median over works. Not the mean: one bright sky must not light up all grounds."""
    return {part: np.median(each, 0) for part, each in tones.items()}


def _stand_in(part: Part, counts: Mapping[Part, int]) -> Part:
    """The part whose features are used for `part`, given the number of known positions of each part."""
    for candidate in (part, *FALLBACKS[part]):
        if counts.get(candidate, 0) >= _FEWEST:
            return candidate
    return max(counts, key=lambda known: (counts[known], -known))


def directions(channels: int, count: int, seed: int | Sequence[int]) -> torch.Tensor:
    """Directions to project features on.

    Parameters
    ----------
    channels, count : int
    seed : int or sequence of int

    Returns
    -------
    (count, channels) float32
        Unit vectors, orthogonal in blocks.
    """
    rng = np.random.default_rng(seed)
    blocks = []
    for _ in range(-(-count // channels)):
        normal = torch.from_numpy(rng.standard_normal((channels, channels)))
        blocks.append(torch.linalg.qr(normal)[0].T)
    return torch.cat(blocks)[:count].float().contiguous()


def quantiles(projected: torch.Tensor, knots: int = KNOTS) -> torch.Tensor:
    """(D, knots) float32: quantiles of every row of (D, N)."""
    ordered = projected.sort(dim=1).values
    at = (torch.arange(knots, device=projected.device) + 0.5) / knots * projected.shape[1] - 0.5
    at = at.clamp(0, projected.shape[1] - 1)
    low = at.floor().long()
    high = (low + 1).clamp(max=projected.shape[1] - 1)
    return ordered[:, low] + (ordered[:, high] - ordered[:, low]) * (at - low)


def part_distances(rgb: Float32[np.ndarray, "H W 3"], parts: UInt8[np.ndarray, "H W"], target: StyleTargets,
                   level: int = 0, *, seed: int = 0, count: int = 64,
                   layers: Sequence[str] | None = None) -> dict[Part, float]:
    """Sliced Wasserstein distance of a picture's deep features to a style, by part; 0 is the style itself.

    Root of the mean squared difference of quantiles over directions and layers, in units of the spread of the style's
    features.

    Parameters
    ----------
    rgb : (H, W, 3) float32
        sRGB in [0, 1].
    parts : (H, W) uint8
    target : StyleTargets
    level : int
        Of the target, which is the picture's size.
    seed, count : int
        Of the directions, and how many there are.
    layers : sequence of str, optional
        By default the target's.
    """
    own = StyleTargets.learn([Work(np.ascontiguousarray(rgb, np.float32), parts)], levels=1,
                             layers=layers or target.layers, network=target.network, grey=target.grey, seed=seed)
    found = {}
    for part in sorted({part for known in own.samples[0].values() for part in known}):
        squares = []
        for name, known in own.samples[0].items():
            if part not in known or known[part].shape[1] < _FEWEST:
                continue
            mine = torch.from_numpy(known[part].astype(np.float32))
            theirs = torch.from_numpy(target.sample_for(level, name, part).astype(np.float32))
            turns = directions(len(mine), count, [seed, len(mine)])
            a, b = turns @ mine, turns @ theirs
            squares.append(float(((quantiles(a) - quantiles(b)) ** 2).mean() / b.var(1).mean()))
        if squares:
            found[part] = float(np.sqrt(np.mean(squares)))
    return found


def style_distance(rgb: Float32[np.ndarray, "H W 3"], parts: UInt8[np.ndarray, "H W"], target: StyleTargets,
                   level: int = 0, *, seed: int = 0, count: int = 64, layers: Sequence[str] | None = None) -> float:
    """Mean of `part_distances` over the picture's parts, weighted by their area.

    Parameters
    ----------
    rgb, parts, target, level, seed, count, layers
        As there.
    """
    found = part_distances(rgb, parts, target, level, seed=seed, count=count, layers=layers)
    shares = np.array([(parts == part).sum() for part in found], float)
    return float((np.array(list(found.values())) * shares).sum() / shares.sum())
