"""Colours of one picture brought to those a master gave to each part."""

import cv2
import numpy as np

from data.colour import rgb_to_lab
from data.parts import Part
from render.imaging.filters import guided_filter

_STRETCH = (1.6, 1.2, 1.2)  # of L*, a*, b*: more would make stains of a backdrop's faint hues
_TONES_SEEN_PX = 512  # longer side of the picture from which tones are told


def match_tones(rgb, codes, masters, amount):
    """The picture with every part brought towards the mean and spread of colour that the master gave to it.

    `amount`: from 0 (as it is) to 1 (the master's), for all parts or by part. The master's colours are read from the works
    themselves.
    """
    result = np.empty(rgb.shape, np.float32)
    for (low, high), toned in toned_strips(rgb, codes, masters, amount):
        result[low:high] = toned
    return result


def toned_strips(rgb, codes, masters, amount):
    """`in_tones` by bands of rows: ((low, high), (high - low, W, 3) float32)."""
    height, width = codes.shape
    scale = min(1.0, _TONES_SEEN_PX / max(height, width))
    size = (height, width) if scale == 1 else tuple(max(1, round(n * scale)) for n in (height, width))
    small = cv2.resize(codes, size[::-1], interpolation=cv2.INTER_NEAREST)
    seen = np.ascontiguousarray(rgb, np.float32)
    seen = seen if scale == 1 else cv2.resize(seen, size[::-1], interpolation=cv2.INTER_AREA)
    gain, offset = _tone_change(seen, small, masters, amount)
    ratio = [small / whole for small, whole in zip(size[::-1], (width, height), strict=True)]
    for low, high in strips(height):
        # Where the band's pixels lie in the small fields.
        place = np.float64([[ratio[0], 0, (ratio[0] - 1) / 2], [0, ratio[1], (low + 0.5) * ratio[1] - 0.5]])
        stretch, shift = (each[low:high] if scale == 1 else
                          cv2.warpAffine(each, place, (width, high - low), borderMode=cv2.BORDER_REPLICATE,
                                         flags=cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP) for each in (gain, offset))
        lab = rgb_to_lab(rgb[low:high]) * stretch + shift
        yield (low, high), np.clip(cv2.cvtColor(lab, cv2.COLOR_LAB2RGB), 0, 1)


def _tone_change(rgb, codes, masters, amount):
    """(gain, offset) of Lab, (H, W, 3) float32 each."""
    lab = rgb_to_lab(rgb)
    gain, offset = np.ones_like(lab), np.zeros_like(lab)
    for code in np.unique(codes):
        chosen, share = codes == code, amount[Part(code % 16)] if isinstance(amount, dict) else amount
        mean = sum(weight * target.tone(code % 16)[0] for target, weight in masters[code // 16])
        spread = sum(weight * target.tone(code % 16)[1] for target, weight in masters[code // 16])
        own = lab[chosen]
        stretch = np.clip(spread / np.maximum(own.std(0), 1.0), 0.6, _STRETCH)
        stretch = 1 + share * (stretch - 1)
        gain[chosen] = stretch
        offset[chosen] = own.mean(0) + share * (mean - own.mean(0)) - stretch * own.mean(0)
    # Parts are not known to a pixel, and a tone that runs over an outline is a halo.
    return [guided_filter(each, lab[..., 0], 0.02 * max(codes.shape), 4.0) for each in (gain, offset)]


def greyed(rgb):
    """Light and shade alone, (H, W, 3)."""
    return np.repeat((rgb @ np.float32([0.299, 0.587, 0.114]))[..., None], 3, 2)


def with_colours_of(grey, rgb):
    """The painted light and shade with the photograph's colour."""
    lab = rgb_to_lab(rgb)
    lab[..., 0] = rgb_to_lab(np.clip(grey, 0, 1))[..., 0]
    return np.clip(cv2.cvtColor(lab, cv2.COLOR_LAB2RGB), 0, 1)


def strips(height, rows=256):
    """[(low, high)]: bands of rows that are worked on one after the other."""
    return [(low, min(height, low + rows)) for low in range(0, height, rows)]
