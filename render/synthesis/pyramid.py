"""Exemplars and guide, quantised and halved: what the search looks at on each level."""

from dataclasses import dataclass

import cv2
import numpy as np

from render.synthesis.patchmatch import INVALID


@dataclass(frozen=True, eq=False)
class Level:
    colours: np.ndarray  # (K, h, w, 4) uint8: L, a, b, strength of fine detail
    guides: np.ndarray  # (K, gh, gw, 1 + channels) uint8: label first, 255 where nothing may be copied
    guide: np.ndarray  # (gh, gw, 1 + channels) uint8
    weight: np.ndarray  # (h, w) int32, guide weight in 1/256
    shift: int  # a guide texel covers 2 ** shift texels

    @property
    def shape(self):
        return self.colours.shape[1:3]


def to_bytes(colour):
    """(H, W, 3) uint8 RGB of uint16 or float32 colour."""
    if colour.dtype == np.uint16:
        return cv2.convertScaleAbs(colour, alpha=1 / 257)
    return np.clip(colour * 255 + 0.5, 0, 255).astype(np.uint8)


def quantised(colour):
    """(H, W, 4) uint8: Lab as OpenCV packs it (L stretched to 255), and the local strength of the finest detail.

    The fourth channel keeps patches of like roughness together at levels too coarse to show strokes.
    """
    lab = cv2.cvtColor(to_bytes(colour), cv2.COLOR_RGB2LAB)
    detail = cv2.min(cv2.absdiff(lab[..., 0], cv2.GaussianBlur(lab[..., 0], (0, 0), 1.5)), 8)  # grain, not edges
    strength = cv2.GaussianBlur(cv2.convertScaleAbs(detail, alpha=4), (0, 0), 3)
    return np.dstack([lab, strength])


def _half(picture):
    """Mean of 2 x 2 texels, (ceil H/2, ceil W/2, C) uint8; edges repeat."""
    height, width = picture.shape[:2]
    even = cv2.copyMakeBorder(picture, 0, height % 2, 0, width % 2, cv2.BORDER_REPLICATE)
    half = cv2.resize(even, ((width + 1) // 2, (height + 1) // 2), interpolation=cv2.INTER_AREA)
    return half.reshape(*half.shape[:2], -1)


def _half_all(flags):
    """(ceil H/2, ceil W/2) bool: all of 2 x 2 texels true."""
    height, width = flags.shape
    even = np.pad(flags, ((0, height % 2), (0, width % 2)), mode="edge")
    return even[::2, ::2] & even[1::2, ::2] & even[::2, 1::2] & even[1::2, 1::2]


def _with_label(guide, labels, usable=None):
    """(h, w, 1 + C) uint8, C padded to a multiple of 4: label first, 255 where not usable."""
    height, width, channels = guide.shape
    packed = np.zeros((height, width, 1 + -(-channels // 4) * 4), np.uint8)
    packed[..., 0] = labels if usable is None else np.where(usable, labels, INVALID)
    packed[..., 1:1 + channels] = guide
    return packed


def pyramid(guide, labels, exemplars, settings, weight_map):
    """Levels, finest first. Guides are smooth: at the finest level they are read at half its resolution."""
    height, width = labels.shape
    count = settings.levels or max(1, int(np.log2(min(height, width) / 40)) + 1)
    sizes = [(-(-height // 2 ** number), -(-width // 2 ** number)) for number in range(count)]
    packed = 1 + -(-(guide.shape[2] + 1) // 4) * 4
    # Filled in place: a list of pictures and its stack would be the largest thing in memory.
    colours = [np.empty((len(exemplars), *size, 4), np.uint8) for size in sizes]
    guides = [np.empty((len(exemplars), -(-height // 2 ** max(1, number)), -(-width // 2 ** max(1, number)), packed),
                       np.uint8) for number in range(count)]
    kernel = np.ones((settings.patch_px, settings.patch_px), np.uint8)

    def shrunk(flags):
        return cv2.erode(flags.astype(np.uint8), kernel, borderType=cv2.BORDER_CONSTANT, borderValue=1) > 0

    def halves(parts):
        """Guide, labels and valid of the guide levels: the first two levels share one, half the canvas's size."""
        for number in range(count):
            if number != 1:
                parts = _half(parts[0]), parts[1][::2, ::2], _half_all(parts[2])
            yield number, *parts

    grain, seen = np.zeros((height, width), np.float32), np.full((height, width), 1e-3, np.float32)
    for k, exemplar in enumerate(exemplars):
        picture = quantised(exemplar.colour)
        strength = _grain(picture[..., 3], settings.grain_weight)
        grain += strength * exemplar.valid
        seen += exemplar.valid
        with_grain = np.dstack([exemplar.guide, strength])
        for number, small, part, valid in halves((with_grain, exemplar.labels, exemplar.valid)):
            picture = _half(picture) if number else picture
            usable = shrunk(valid) if number else _half_all(shrunk(exemplar.valid))
            colours[number][k], guides[number][k] = picture, _with_label(small, part, usable)
    grain = np.clip(grain / seen + 0.5, 0, 255).astype(np.uint8)
    target = np.dstack([guide, grain]), labels, np.ones(labels.shape, bool)
    factor, levels = settings.guide_weight * settings.patch_px ** 2 * 256, []
    for number, small, part, _ in halves(target):
        weights = np.ones(sizes[number], np.float32) if weight_map is None else cv2.resize(
            weight_map.astype(np.float32), sizes[number][::-1], interpolation=cv2.INTER_AREA)
        levels.append(Level(colours[number], guides[number], _with_label(small, part),
                            np.ascontiguousarray(weights * factor).astype(np.int32), 1 if number == 0 else 0))
    return levels


def _grain(strength, weight):
    """(H, W) uint8 guide channel: how rough the paint is hereabouts.

    Patches of smooth paint fit any canvas a little better than rough ones do, so that without this the picture comes
    out smoother than the master's. The canvas asks for what the exemplars have at the same place on average.
    """
    return cv2.convertScaleAbs(cv2.GaussianBlur(strength, (0, 0), 4), alpha=2 * weight)
