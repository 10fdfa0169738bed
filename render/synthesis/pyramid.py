"""Exemplars and guide, quantised and halved: what the search looks at on each level."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import cv2
import numpy as np
from jaxtyping import Bool, Float32, Int32, Shaped, UInt8

from data.colour import UINT8_MAX, UINT16_MAX
from render.synthesis.exemplar import Exemplar, SynthesisSettings
from render.synthesis.task import INVALID

_COARSEST_TEXELS = 40     # a side: all of it can be looked at within reach, and a face is still told from its ground
_FINE_SIGMA = 1.5         # texels: what is finer than this blur is the finest detail
_MOST_DETAIL = np.uint8(8)    # levels of lightness: grain, not edges
_DETAIL_GAIN = 4
_STRENGTH_SIGMA = 3       # texels over which the strength of detail is averaged
_GRAIN_SIGMA, _GRAIN_GAIN = 4, 2
FREE = -1
"""In `Level.kept`: paint is to be found for the texel."""
_NOT_SEEN = np.float32(1e-3)    # keeps the mean grain finite where no exemplar shows anything


@dataclass(frozen=True, eq=False)
class Level:
    """One size of exemplars and guide. A texel of a guide covers 2 ** `shift` texels of the colours."""

    colours: UInt8[np.ndarray, "K h w 4"]
    """L, a, b and strength of fine detail of every exemplar."""
    guides: UInt8[np.ndarray, "K gh gw 1+C"]
    """Of every exemplar: label first, INVALID where nothing may be copied."""
    guide: UInt8[np.ndarray, "gh gw 1+C"]
    """Of the canvas: label first."""
    weight: Int32[np.ndarray, "h w"]
    """Of the guide, in 1/256."""
    shift: int
    kept: Int32[np.ndarray, "h w"]
    """Number of the exemplar that a texel shows at its own place, `FREE` where that is not settled."""


def quantised(colour: Shaped[np.ndarray, "H W 3"]) -> UInt8[np.ndarray, "H W 4"]:
    """sRGB (uint16, or float32 in [0, 1]) as Lab in bytes (L stretched to 255) and the local strength of the finest detail.

    The fourth channel keeps patches of like roughness together at levels too coarse to show strokes.
    """
    lab = cv2.cvtColor(_to_bytes(colour), cv2.COLOR_RGB2LAB)
    detail = np.minimum(cv2.absdiff(lab[..., 0], cv2.GaussianBlur(lab[..., 0], (0, 0), _FINE_SIGMA)), _MOST_DETAIL)
    strength = cv2.GaussianBlur(cv2.convertScaleAbs(detail, alpha=_DETAIL_GAIN), (0, 0), _STRENGTH_SIGMA)
    return np.dstack([lab, strength])


def _to_bytes(colour: Shaped[np.ndarray, "H W 3"]) -> UInt8[np.ndarray, "H W 3"]:
    """Colour as bytes; halves are rounded up."""
    if colour.dtype == np.uint16:
        return cv2.convertScaleAbs(colour, alpha=UINT8_MAX / UINT16_MAX)
    return np.clip(colour * 255 + 0.5, 0, 255).astype(np.uint8)


def _half(picture: UInt8[np.ndarray, "H W C"]) -> UInt8[np.ndarray, "h w C"]:
    """Mean of 2 x 2 texels, odd sizes rounded up; edges repeat."""
    height, width = picture.shape[:2]
    even = cv2.copyMakeBorder(picture, 0, height % 2, 0, width % 2, cv2.BORDER_REPLICATE)
    half = cv2.resize(even, ((width + 1) // 2, (height + 1) // 2), interpolation=cv2.INTER_AREA)
    return half.reshape(*half.shape[:2], -1)


def _half_all(flags: Bool[np.ndarray, "H W"]) -> Bool[np.ndarray, "h w"]:
    """Where all of 2 x 2 texels are true, odd sizes rounded up."""
    height, width = flags.shape
    even = np.pad(flags, ((0, height % 2), (0, width % 2)), mode="edge")
    return even[::2, ::2] & even[1::2, ::2] & even[::2, 1::2] & even[1::2, 1::2]


class _GuideLevel(NamedTuple):
    """What steers the search, at the size of one level's guide."""

    channels: UInt8[np.ndarray, "gh gw C"]
    labels: UInt8[np.ndarray, "gh gw"]
    valid: Bool[np.ndarray, "gh gw"]

    def halved(self) -> "_GuideLevel":
        """The same at half the size."""
        return _GuideLevel(_half(self.channels), self.labels[::2, ::2], _half_all(self.valid))

    def levels(self, count: int) -> Iterator["_GuideLevel"]:
        """From this one at the size of the canvas: the guides of so many levels. Guides are smooth, so the finest level
        reads that of the next, at half its size."""
        guide = self.halved()
        for number in range(count):
            if number > 1:
                guide = guide.halved()
            yield guide

    def packed(self, usable: Bool[np.ndarray, "gh gw"] | None = None) -> UInt8[np.ndarray, "gh gw 1+C"]:
        """Label first, INVALID where not usable, then the channels, padded to a multiple of 4."""
        height, width, channels = self.channels.shape
        packed = np.zeros((height, width, _packed_channels(channels)), np.uint8)
        packed[..., 0] = self.labels if usable is None else np.where(usable, self.labels, INVALID)
        packed[..., 1:1 + channels] = self.channels
        return packed


def _packed_channels(channels: int) -> int:
    return 1 + -(-channels // 4) * 4


def pyramid(guide: UInt8[np.ndarray, "H W G"], labels: UInt8[np.ndarray, "H W"], exemplars: Sequence[Exemplar],
            settings: SynthesisSettings, weight_map: Float32[np.ndarray, "H W"] | None) -> list[Level]:
    """All levels, finest first.

    Parameters
    ----------
    guide, labels, exemplars, settings
        As in `render.synthesis.patch.synthesise`.
    weight_map : (H, W) float32, optional
        Factor on `settings.guide_weight`.
    """
    height, width = labels.shape
    count = settings.levels or max(1, int(np.log2(min(height, width) / _COARSEST_TEXELS)) + 1)
    sizes = [(-(-height // 2 ** number), -(-width // 2 ** number)) for number in range(count)]
    colours, guides, grain = _exemplar_levels(exemplars, sizes, settings)
    target = _GuideLevel(_with_grain(guide, grain, settings), labels, np.ones(labels.shape, bool))
    factor, levels = settings.guide_weight * settings.patch_px ** 2 * 256, []
    kept = _kept_levels(exemplars, sizes)
    for number, small in enumerate(target.levels(count)):
        weights = np.ones(sizes[number], np.float32) if weight_map is None else cv2.resize(
            weight_map.astype(np.float32), sizes[number][::-1], interpolation=cv2.INTER_AREA)
        levels.append(Level(colours[number], guides[number], small.packed(),
                            np.ascontiguousarray(weights * factor).astype(np.int32), 1 if number == 0 else 0, kept[number]))
    return levels


def _kept_levels(exemplars: Sequence[Exemplar], sizes: Sequence[tuple[int, int]]) -> list[Int32[np.ndarray, "h w"]]:
    """`Level.kept` at every size: a texel is settled where all that it covers is settled by one exemplar."""
    levels = [np.full(size, FREE, np.int32) for size in sizes]
    for k, exemplar in enumerate(exemplars):
        if exemplar.kept is None:
            continue
        kept = exemplar.kept
        for number, level in enumerate(levels):
            kept = _half_all(kept) if number else kept
            level[kept] = k
    return levels


def _exemplar_levels(exemplars: Sequence[Exemplar], sizes: Sequence[tuple[int, int]], settings: SynthesisSettings) -> tuple[
        list[UInt8[np.ndarray, "K h w 4"]], list[UInt8[np.ndarray, "K gh gw 1+C"]], UInt8[np.ndarray, "H W"]]:
    """Colours and guides of all exemplars at every size, and how rough they are on average at every place."""
    height, width = sizes[0]
    packed = _packed_channels(exemplars[0].guide.shape[2] + (settings.grain_weight > 0))
    # Filled in place: a list of pictures and its stack would be the largest thing in memory.
    colours = [np.empty((len(exemplars), *size, 4), np.uint8) for size in sizes]
    guides = [np.empty((len(exemplars), -(-height // 2 ** max(1, number)), -(-width // 2 ** max(1, number)), packed),
                       np.uint8) for number in range(len(sizes))]
    grain, seen = np.zeros((height, width), np.float32), np.full((height, width), _NOT_SEEN, np.float32)
    for k, exemplar in enumerate(exemplars):
        picture = quantised(exemplar.colour)
        strength = _grain(picture[..., 3], settings.grain_weight)
        grain += strength * exemplar.valid
        seen += exemplar.valid
        whole = _GuideLevel(_with_grain(exemplar.guide, strength, settings), exemplar.labels, exemplar.valid)
        for number, small in enumerate(whole.levels(len(sizes))):
            picture = _half(picture) if number else picture
            usable = _shrunk(small.valid, settings.patch_px) if number else _half_all(
                _shrunk(exemplar.valid, settings.patch_px))
            colours[number][k], guides[number][k] = picture, small.packed(usable)
    return colours, guides, np.clip(grain / seen + 0.5, 0, 255).astype(np.uint8)


def _shrunk(flags: Bool[np.ndarray, "H W"], patch_px: int) -> Bool[np.ndarray, "H W"]:
    """Where flags are true over a whole patch; beyond the picture they are."""
    kernel = np.ones((patch_px, patch_px), np.uint8)
    return cv2.erode(flags.astype(np.uint8), kernel, borderType=cv2.BORDER_CONSTANT, borderValue=1) > 0


def _with_grain(guide: UInt8[np.ndarray, "H W G"], grain: UInt8[np.ndarray, "H W"],
                settings: SynthesisSettings) -> UInt8[np.ndarray, "H W C"]:
    """The guide's channels and that of the grain, where it counts."""
    return np.dstack([guide, grain]) if settings.grain_weight > 0 else guide


def _grain(strength: UInt8[np.ndarray, "H W"], weight: float) -> UInt8[np.ndarray, "H W"]:
    """A guide channel: how rough the paint is hereabouts.

    Patches of smooth paint fit any canvas a little better than rough ones do, so that without this the picture comes
    out smoother than the master's. The canvas asks for what the exemplars have at the same place on average.
    """
    return cv2.convertScaleAbs(cv2.GaussianBlur(strength, (0, 0), _GRAIN_SIGMA), alpha=_GRAIN_GAIN * weight)
