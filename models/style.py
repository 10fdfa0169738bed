"""A master's hand as distributions of deep features, learned from many works at once, for every part and scale.

A style is kept as samples of feature vectors, pooled over works; what is matched is their distribution, by sliced
Wasserstein distance (Heitz et al. 2021, arXiv:2006.07229) or by Gram matrices (Gatys et al. 2016,
doi:10.1109/CVPR.2016.265; here mean products of features over positions).
"""

from dataclasses import dataclass
from operator import length_hint

import cv2
import numpy as np
import torch

from data.errors import CorpusError, ShapeError, UsageError
from data.parts import Part
from models.perceptual import load_network
from models.relief import one_thread

ALGORITHM_VERSION = 1
SAMPLE = 1024  # feature vectors kept for each part, layer and scale
KNOTS = 96  # quantiles kept of each projection
_FEWEST = 48  # positions of a part below which its fallback speaks for it
_TILE, _REACH = 512, 64
_LARGEST_LEARNED = 4  # tiles read of one work at one scale
# Who speaks for a part that a style has hardly seen.
FALLBACKS = {Part.EYES: (Part.FACE,), Part.BROWS: (Part.FACE,), Part.NOSE: (Part.FACE,), Part.LIPS: (Part.FACE,),
             Part.NECK: (Part.FACE, Part.CLOTHING), Part.FACE: (Part.NECK,), Part.HAIR: (Part.BACKGROUND, Part.CLOTHING),
             Part.CLOTHING: (Part.BACKGROUND,), Part.BACKGROUND: (Part.CLOTHING,)}


@dataclass(frozen=True, eq=False)
class Work:
    """One painting to learn from.

    `rgb` (H, W, 3) float32; `parts` (H, W) uint8; `scale`: times which it would be enlarged to show figures as large as
    the canvas does; `valid` (H, W) bool or None: painted surface. `name` for the record.
    """

    rgb: np.ndarray
    parts: np.ndarray
    scale: float = 1.0
    valid: np.ndarray | None = None
    name: str = ""

    def __post_init__(self):
        if self.rgb.ndim != 3 or self.rgb.shape[2] != 3 or self.rgb.dtype != np.float32:
            raise ShapeError(f"a work must be (H, W, 3) float32, got {self.rgb.shape} {self.rgb.dtype}")
        if self.parts.shape != self.rgb.shape[:2]:
            raise ShapeError(f"a work of {self.rgb.shape[:2]} needs a parts map of that size, got {self.parts.shape}")

    def resized(self, factor):
        """(rgb, parts, valid) at a share of its size."""
        size = tuple(max(32, round(n * factor)) for n in self.rgb.shape[1::-1])
        if size == self.rgb.shape[1::-1]:
            return self.rgb, self.parts, self.valid
        valid = None if self.valid is None else cv2.resize(self.valid.astype(np.uint8), size,
                                                           interpolation=cv2.INTER_NEAREST) > 0
        return (cv2.resize(self.rgb, size, interpolation=cv2.INTER_AREA),
                cv2.resize(self.parts, size, interpolation=cv2.INTER_NEAREST), valid)


@dataclass(frozen=True, eq=False)
class StyleTargets:
    """`samples[level][layer][part]`: (C, N) float16 feature vectors; level 0 is the canvas' full size, each next one
    half of it. `tones[part]`: mean and spread of Lab, (2, 3). `names`: the works."""

    samples: tuple
    tones: dict
    network: str
    names: tuple
    grey: bool = False

    @property
    def layers(self):
        return tuple(self.samples[0])

    @classmethod
    def learn(cls, works, *, levels, layers, network="squeezenet", brush_scale=1.0, grey=False, seed=0, sample=SAMPLE,
              device="cpu"):
        """Look at every work (any iterable; one is held at a time) at every scale.

        Works are never enlarged: where one lacks the resolution of the finest levels, its strokes come out smaller
        there. `brush_scale` 2 makes strokes twice as wide, as far as resolution allows. `grey`: learn light and shade
        only.
        """
        if not 0.1 <= brush_scale <= 10:
            raise UsageError(f"brush scale must lie between 0.1 and 10, got {brush_scale}")
        net = load_network(network, device)
        names = net.check(layers)
        gathered = [{name: {} for name in names} for _ in range(levels)]
        tones, looked_at = {}, []
        quota = max(16, -(-2 * sample // max(1, length_hint(works, 16))))
        with one_thread():
            for number, work in enumerate(works):
                looked_at.append(work.name)
                _note_tones(tones, work)
                for level in range(levels):
                    factor = min(1.0, work.scale * brush_scale / 2 ** level)
                    _gather(gathered[level], work.resized(factor), net, names, grey,
                            np.random.default_rng([seed, level, number]), quota, device)
        if not looked_at:
            raise CorpusError("a style needs at least one painting to learn from, got none")
        found = []
        for level, each in enumerate(gathered):
            rng = np.random.default_rng([seed, level])
            found.append({name: {part: _pooled(pieces, sample, rng) for part, pieces in parts.items()}
                          for name, parts in each.items()})
        return cls(tuple(found), _middle(tones), network, tuple(looked_at), grey)

    @classmethod
    def of_tones(cls, works):
        """Targets that know the works' colours only: enough for `render.neural.optimise.in_tones`."""
        tones, names = {}, []
        for work in works:
            names.append(work.name)
            _note_tones(tones, work)
        return cls((), _middle(tones), "squeezenet", tuple(names))

    def sample_for(self, level, layer, part):
        """(C, N) float16 feature vectors of a part, or of whoever speaks for it."""
        level = min(level, len(self.samples) - 1)
        known = self.samples[level][layer]
        return known[speaker(part, {p: v.shape[1] for p, v in known.items()})]

    def tone(self, part):
        """(mean, spread) of Lab, (3,) each, of a part or of whoever speaks for it."""
        return self.tones[speaker(part, dict.fromkeys(self.tones, _FEWEST))]


def _note_tones(seen, work):
    """Add {part: [(2, 3) mean and spread of Lab]} of a work."""
    rgb, parts, valid = work.resized(min(1.0, 160 / max(work.parts.shape)))
    lab = cv2.cvtColor(np.ascontiguousarray(rgb), cv2.COLOR_RGB2LAB)
    for part in np.unique(parts if valid is None else parts[valid]):
        chosen = lab[(parts == part) if valid is None else (parts == part) & valid]
        if len(chosen) >= 8:
            seen.setdefault(Part(int(part)), []).append(np.stack([chosen.mean(0), chosen.std(0)]))


def _middle(tones):
    # Not the mean: one bright sky must not light up all grounds.
    return {part: np.median(each, 0) for part, each in tones.items()}


def speaker(part, counts):
    """The part that answers for `part` where only `counts` = {part: positions} are known."""
    part = Part(int(part) % 16)
    for candidate in (part, *FALLBACKS[part]):
        if counts.get(candidate, 0) >= _FEWEST:
            return candidate
    return max(counts, key=lambda known: (counts[known], -known))


def _gather(gathered, seen, net, names, grey, rng, quota, device):
    rgb, parts, valid = seen
    if grey:
        rgb = np.repeat(rgb @ np.float32([0.299, 0.587, 0.114])[:, None], 3, 2)
    height, width = parts.shape
    corners = [(y, x) for y in range(0, max(1, height - _TILE // 2), _TILE)
               for x in range(0, max(1, width - _TILE // 2), _TILE)]
    if len(corners) > _LARGEST_LEARNED:
        corners = [corners[i] for i in sorted(rng.choice(len(corners), _LARGEST_LEARNED, replace=False))]
    for y, x in corners:
        window = (slice(y, y + _TILE), slice(x, x + _TILE))
        picture = torch.from_numpy(np.ascontiguousarray(rgb[window])).permute(2, 0, 1)[None].to(device)
        if min(picture.shape[2:]) < 32:
            continue
        with torch.no_grad():
            features = net(picture, names)
        for name in names:
            layer, value = net.layers[name], features[name][0]
            rows = np.arange(value.shape[1]) * layer.stride + layer.offset
            columns = np.arange(value.shape[2]) * layer.stride + layer.offset
            rows, columns = rows.clip(max=picture.shape[2] - 1), columns.clip(max=picture.shape[3] - 1)
            labels = parts[window][np.ix_(rows, columns)]
            usable = np.ones(labels.shape, bool) if valid is None else valid[window][np.ix_(rows, columns)]
            flat = value.reshape(value.shape[0], -1)
            for part in np.unique(labels[usable]):
                places = np.flatnonzero((labels == part) & usable)
                places = places[rng.permutation(len(places))[:-(-quota // min(len(corners), 2))]]
                chosen = flat[:, torch.from_numpy(places).to(device)].cpu().numpy().astype(np.float16)
                gathered[name].setdefault(Part(int(part)), []).append(chosen)


def _pooled(pieces, count, rng):
    """(C, n) of the works' vectors [(C, n_k)], n at most `count`: every work has an equal say, as far as it has so many."""
    if sum(piece.shape[1] for piece in pieces) <= count:
        return np.concatenate(pieces, 1)
    chosen, left = [], count
    for waiting, piece in zip(range(len(pieces), 0, -1), sorted(pieces, key=lambda piece: piece.shape[1]), strict=True):
        share = min(piece.shape[1], -(-left // waiting))
        chosen.append(piece[:, np.sort(rng.choice(piece.shape[1], share, replace=False))])
        left -= share
    return np.ascontiguousarray(np.concatenate(chosen, 1))


def directions(channels, count, seed):
    """(count, channels) float32 unit vectors, orthogonal in blocks, from a seed."""
    rng = np.random.default_rng(seed)
    blocks = []
    for _ in range(-(-count // channels)):
        normal = torch.from_numpy(rng.standard_normal((channels, channels)))
        blocks.append(torch.linalg.qr(normal)[0].T)
    return torch.cat(blocks)[:count].float().contiguous()


def quantiles(projected, knots=KNOTS):
    """(D, knots) float32: quantiles of every row of (D, N)."""
    ordered = projected.sort(dim=1).values
    at = (torch.arange(knots, device=projected.device) + 0.5) / knots * projected.shape[1] - 0.5
    at = at.clamp(0, projected.shape[1] - 1)
    low = at.floor().long()
    high = (low + 1).clamp(max=projected.shape[1] - 1)
    return ordered[:, low] + (ordered[:, high] - ordered[:, low]) * (at - low)


def style_distance(rgb, parts, target, level=0, *, seed=0, count=64, layers=None, per_part=False):
    """Sliced-Wasserstein distance of a picture's deep features to a style, over the spread of the style's features.

    Root of the mean squared difference of quantiles over directions, layers and parts (weighted by area); 0 is the
    style itself. With `per_part`, a dict by part.
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
    if per_part:
        return found
    shares = np.array([(parts == part).sum() for part in found], float)
    return float((np.array(list(found.values())) * shares).sum() / shares.sum())
