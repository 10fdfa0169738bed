"""Colours of one picture brought to those that a master gave to each part.

The *tone* of a part is the mean and the spread (standard deviation) of its colours in CIE Lab. Matching tones is the
colour transfer of Reinhard et al. 2001 (doi:10.1109/38.946629), done part by part, with a limit to how far contrasts
are stretched, and carried from part to part without a seam.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple, Protocol, TypeAlias

import cv2
import numpy as np
from jaxtyping import Float, Float32, UInt8

from data.colour import LUMA, lab_to_rgb, rgb_to_lab
from data.coordinates import rescale_points
from data.parts import Part
from render.imaging.filters import guided_filter
from render.imaging.region_parts import part_of, region_of
from render.imaging.row_bands import row_bands

# How far a part's spread may be changed, as a factor. The upper limits are of L*, a*, b*: more would make stains of a
# backdrop's faint hues.
_LEAST_STRETCH, _MOST_STRETCH = 0.6, (1.6, 1.2, 1.2)
_LEAST_SPREAD = 1.0  # of Lab: a part more even than this is not stretched as if it had been
_MEASURED_PX = 512  # longer side of the picture in which tones are measured; a larger one is made smaller for that
# The change of tone flows over the border of two parts within this share of the longer side, except where the picture
# itself has an edge of more than so many steps of L*.
_FLOW_SHARE, _EDGE_LIGHTNESS = 0.02, 4.0


class Toned(Protocol):
    """Whatever knows a master's tones, as `models.style.StyleTargets` does."""

    def tone(self, part: int) -> Float[np.ndarray, "2 3"]:
        """Mean and spread in Lab of a part."""


Mixture: TypeAlias = Sequence[tuple[Toned, float]]
"""Several masters who hold one region together: each with its weight, all weights summing to 1."""
Mixtures: TypeAlias = Sequence[Mixture] | Mapping[int, Mixture]
"""By number of region: who holds it."""


class _Change(NamedTuple):
    """New Lab = old Lab * gain + offset."""

    gain: Float32[np.ndarray, "H W 3"]
    offset: Float32[np.ndarray, "H W 3"]


class MatchedRows(NamedTuple):
    """The rows from `low` to below `high` of a picture with matched tones."""

    low: int
    high: int
    rgb: Float32[np.ndarray, "rows W 3"]


def match_tones(rgb: Float32[np.ndarray, "H W 3"], codes: UInt8[np.ndarray, "H W"], mixtures: Mixtures,
                amount: float | Mapping[Part, float]) -> Float32[np.ndarray, "H W 3"]:
    """The picture with every part brought towards the tone that the master gave to it.

    Parameters
    ----------
    rgb : (H, W, 3) float32 in [0, 1]
    codes : (H, W) uint8
        Part and region of every pixel (`render.imaging.region_parts`).
    mixtures : sequence of Mixture, or dict by region
        Whose tones are wanted in each region.
    amount : float, or dict of floats by part
        From 0 (as it is) to 1 (the master's tone).

    Returns
    -------
    (H, W, 3) float32 in [0, 1]
    """
    result = np.empty(rgb.shape, np.float32)
    for low, high, matched in match_tones_by_rows(rgb, codes, mixtures, amount):
        result[low:high] = matched
    return result


def match_tones_by_rows(rgb: Float32[np.ndarray, "H W 3"], codes: UInt8[np.ndarray, "H W"], mixtures: Mixtures,
                        amount: float | Mapping[Part, float]) -> Iterator[MatchedRows]:
    """As `match_tones`, one band of rows after the other, so that a large picture needs little memory.

    Parameters
    ----------
    rgb, codes, mixtures, amount
        As of `match_tones`.

    Yields
    ------
    MatchedRows
    """
    height, width = codes.shape
    scale = min(1.0, _MEASURED_PX / max(height, width))
    size = (height, width) if scale == 1 else tuple(max(1, round(n * scale)) for n in (height, width))
    small_codes = cv2.resize(codes, size[::-1], interpolation=cv2.INTER_NEAREST)
    small: np.ndarray = np.ascontiguousarray(rgb, np.float32)
    if scale < 1:
        small = cv2.resize(small, size[::-1], interpolation=cv2.INTER_AREA)
    change = _tone_change(small, small_codes, mixtures, amount)
    ratio = np.array([small / whole for small, whole in zip(size[::-1], (width, height), strict=True)])
    for low, high in row_bands(height):
        # Where the band's pixels lie in the small fields.
        place = np.column_stack([np.diag(ratio), rescale_points(np.array([0, low]), ratio)])
        gain, offset = (each[low:high] if scale == 1 else
                        cv2.warpAffine(each, place, (width, high - low), borderMode=cv2.BORDER_REPLICATE,
                                       flags=cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP) for each in change)
        yield MatchedRows(low, high, lab_to_rgb(rgb_to_lab(rgb[low:high]) * gain + offset))


def _tone_change(rgb: Float32[np.ndarray, "H W 3"], codes: UInt8[np.ndarray, "H W"], mixtures: Mixtures,
                 amount: float | Mapping[Part, float]) -> _Change:
    """How Lab has to change at every pixel."""
    lab = rgb_to_lab(rgb)
    gain, offset = np.ones_like(lab), np.zeros_like(lab)
    for code in np.unique(codes):
        part, mixture, chosen = part_of(code), mixtures[region_of(code)], codes == code
        share = amount[part] if isinstance(amount, Mapping) else amount
        mean = sum(weight * master.tone(part)[0] for master, weight in mixture)
        spread = sum(weight * master.tone(part)[1] for master, weight in mixture)
        own = lab[chosen]
        stretch = np.clip(spread / np.maximum(own.std(0), _LEAST_SPREAD), _LEAST_STRETCH, _MOST_STRETCH)
        stretch = 1 + share * (stretch - 1)
        gain[chosen] = stretch
        offset[chosen] = own.mean(0) + share * (mean - own.mean(0)) - stretch * own.mean(0)
    # The borders of parts are not known to a pixel, and a tone that runs over an outline is seen as a halo.
    return _Change(*(guided_filter(each, lab[..., 0], _FLOW_SHARE * max(codes.shape), _EDGE_LIGHTNESS)
                     for each in (gain, offset)))


def to_grey(rgb: Float32[np.ndarray, "H W 3"]) -> Float32[np.ndarray, "H W 3"]:
    """Light and shade of a picture alone, as a picture without colour."""
    return np.repeat((rgb @ LUMA)[..., None], 3, 2)


def with_colours_of(grey: Float32[np.ndarray, "H W 3"], rgb: Float32[np.ndarray, "H W 3"]) -> Float32[np.ndarray, "H W 3"]:
    """The lightness of one picture with the colour (a* and b*) of another."""
    lab = rgb_to_lab(rgb)
    lab[..., 0] = rgb_to_lab(np.clip(grey, 0, 1))[..., 0]
    return lab_to_rgb(lab)
