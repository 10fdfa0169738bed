"""Feature vectors of many works at one scale, gathered tile by tile and pooled in equal numbers from every work."""

from collections.abc import Sequence
from typing import NamedTuple, TypeAlias

import numpy as np
import torch
from jaxtyping import Bool, Float16, Float32, UInt8

from data.colour import LUMA
from data.parts import Part
from models.perceptual import Perceptual

_TILE = 512
"""Pixels a side that are looked at at once."""
_MOST_TILES = 4
"""Tiles read of one work at one scale."""
_LEAST_TILE = 32
"""Pixels a side below which the network sees nothing."""

Vectors: TypeAlias = Float16[np.ndarray, "C N"]
"""Feature vectors, a column each."""


class Seen(NamedTuple):
    """A work at some size: `rgb` (H, W, 3) float32, `parts` (H, W) uint8, `valid` (H, W) bool or None for all of it."""

    rgb: Float32[np.ndarray, "H W 3"]
    parts: UInt8[np.ndarray, "H W"]
    valid: Bool[np.ndarray, "H W"] | None


class Gatherer:
    """Feature vectors of many works at one scale, by layer and part, `quota` or so of each from each work."""

    def __init__(self, net: Perceptual, names: Sequence[str], grey: bool, quota: int, device: str) -> None:
        """Of the layers `names` of `net`; `grey`: of light and shade only."""
        self._net, self._names, self._grey, self._quota, self._device = net, names, grey, quota, device
        self._found: dict[str, dict[Part, list[Vectors]]] = {name: {} for name in names}

    def look_at(self, seen: Seen, rng: np.random.Generator) -> None:
        """Add the vectors of a work."""
        rgb = np.repeat(seen.rgb @ LUMA[:, None], 3, 2) if self._grey else seen.rgb
        corners = _tile_corners(seen.parts.shape, rng)
        # If a work has one tile, the whole quota is taken from it; if it has more, half the quota from each.
        most = -(-self._quota // min(len(corners), 2))
        for y, x in corners:
            tile = (slice(y, y + _TILE), slice(x, x + _TILE))
            picture = torch.from_numpy(np.ascontiguousarray(rgb[tile])).permute(2, 0, 1)[None].to(self._device)
            if min(picture.shape[2:]) < _LEAST_TILE:
                continue
            with torch.no_grad():
                features = self._net(picture, self._names)
            valid = None if seen.valid is None else seen.valid[tile]
            for name in self._names:
                self._add(name, features[name][0], seen.parts[tile], valid, most, rng)

    def _add(self, name: str, value: torch.Tensor, parts: UInt8[np.ndarray, "h w"], valid: Bool[np.ndarray, "h w"] | None,
             most: int, rng: np.random.Generator) -> None:
        """Add at most `most` vectors of each part from a layer's features (C, h', w') of a tile."""
        layer = self._net.layers[name]
        places = np.ix_(*((np.arange(count) * layer.stride + layer.offset).clip(max=side - 1)
                          for count, side in zip(value.shape[1:], parts.shape, strict=True)))
        labels = parts[places]
        usable = np.ones(labels.shape, bool) if valid is None else valid[places]
        flat = value.reshape(value.shape[0], -1)
        for part in np.unique(labels[usable]):
            cells = np.flatnonzero((labels == part) & usable)
            cells = cells[rng.permutation(len(cells))[:most]]
            chosen = flat[:, torch.from_numpy(cells).to(self._device)].cpu().numpy().astype(np.float16)
            self._found[name].setdefault(Part(int(part)), []).append(chosen)

    def pooled(self, count: int, rng: np.random.Generator) -> dict[str, dict[Part, Vectors]]:
        """At most `count` vectors by layer and part, from all works."""
        return {name: {part: _pooled(pieces, count, rng) for part, pieces in parts.items()}
                for name, parts in self._found.items()}


def _tile_corners(shape: tuple[int, ...], rng: np.random.Generator) -> list[tuple[int, int]]:
    """Upper left corners of the tiles that are looked at; some of a large work, drawn at random."""
    rows, columns = (range(0, max(1, side - _TILE // 2), _TILE) for side in shape)
    corners = [(y, x) for y in rows for x in columns]
    if len(corners) > _MOST_TILES:
        corners = [corners[i] for i in sorted(rng.choice(len(corners), _MOST_TILES, replace=False))]
    return corners


def _pooled(pieces: Sequence[Vectors], count: int, rng: np.random.Generator) -> Vectors:
    """At most `count` of the works' vectors, the same number from every work as far as it has enough."""
    if sum(piece.shape[1] for piece in pieces) <= count:
        return np.concatenate(pieces, 1)
    chosen, left = [], count
    for waiting, piece in zip(range(len(pieces), 0, -1), sorted(pieces, key=lambda piece: piece.shape[1]), strict=True):
        share = min(piece.shape[1], -(-left // waiting))
        chosen.append(piece[:, np.sort(rng.choice(piece.shape[1], share, replace=False))])
        left -= share
    return np.ascontiguousarray(np.concatenate(chosen, 1))
