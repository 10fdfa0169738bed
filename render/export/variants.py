"""Pictures that printers without colour ink can make: lithophanes, lit from behind, and filament paintings.

Neither shows the relief of the paint. In a lithophane thickness stands for darkness; in a filament painting a few
filaments lie over each other, and how many layers a place has decides which colours shine through to the eye.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import NamedTuple

import cv2
import numpy as np
from jaxtyping import Float, Float32, Int, Int16
from scipy.spatial import cKDTree

from data.colour import UINT8_MAX, from_linear, rgb_to_lab, to_linear
from data.errors import ShapeError, UsageError

LITHOPHANE_MM = (0.8, 3.0)
"""Thickness of a lithophane at white (two walls of a 0.4 mm nozzle) and at most at black."""
_ABSORBED_PER_MM = 1.2       # of the light in white plastic: natural logarithm per mm
_LEAST_LIGHT = 0.02          # of white, the darkest shade that is told apart from black
_WHITE_PERCENTILE = 99.5     # brighter specks may be lost
_REC709 = np.array([0.2126, 0.7152, 0.0722])    # luminance of linear red, green and blue
_TRIED_SIDE = 96             # texels of the picture on which filaments are chosen
_TRIED_COLOURS = 4000        # of them, at most
_WIDEST_MEDIAN = 31          # texels: the largest filter that spots are removed with


@dataclass(frozen=True)
class Filament:
    """A plastic thread: `rgb` sRGB in 0-255; `distance_mm` the thickness through which a tenth of the light still gets."""

    name: str
    rgb: tuple[int, int, int]
    distance_mm: float


# Usual PLA; makers' own figures differ, so the instructions name colours and not brands.
FILAMENTS = (
    Filament("black", (20, 19, 18), 0.5), Filament("dark brown", (66, 42, 28), 0.9), Filament("dark red", (122, 28, 26), 1.4),
    Filament("dark green", (40, 62, 44), 1.2), Filament("navy blue", (34, 46, 86), 1.0), Filament("brown", (124, 82, 50), 1.5),
    Filament("grey", (128, 128, 126), 1.4), Filament("ochre", (190, 142, 66), 2.2), Filament("sky blue", (120, 158, 190), 2.4),
    Filament("skin", (222, 182, 146), 2.8), Filament("white", (240, 238, 232), 3.2),
)


def lithophane(rgb: Float[np.ndarray, "H W 3"], *, thinnest_mm: float = LITHOPHANE_MM[0],
               thickest_mm: float = LITHOPHANE_MM[1]) -> Float32[np.ndarray, "H W"]:
    """Thickness of a plate that shows the picture in grey when light falls through it.

    Light falls off exponentially with thickness (Beer and Lambert), so thickness goes with the logarithm of the
    picture's linear luminance; the whole range of thickness is used.

    Parameters
    ----------
    rgb : (H, W, 3) float32
        sRGB in [0, 1].
    thinnest_mm, thickest_mm : float
        Of white, and at most of black.

    Returns
    -------
    (H, W) float32
        In mm.
    """
    if not 0 < thinnest_mm < thickest_mm:
        raise UsageError(f"a lithophane must be thicker in the dark than in the light, got {thinnest_mm} to {thickest_mm} mm")
    light = _luminance(_checked(rgb))
    white = max(float(np.percentile(light, _WHITE_PERCENTILE)), _LEAST_LIGHT * 2)
    darkness = -np.log(np.clip(light / white, _LEAST_LIGHT, 1)) / np.float32(_ABSORBED_PER_MM)
    span = np.float32(thickest_mm - thinnest_mm)
    most = np.float32(-np.log(_LEAST_LIGHT) / _ABSORBED_PER_MM)
    # Where the plate may be thick enough, shades are true; else all are compressed alike.
    return (np.float32(thinnest_mm) + darkness * min(np.float32(1), span / most)).astype(np.float32)


class FilamentChange(NamedTuple):
    """A filament and the layer it begins with, counted from 1."""

    filament: Filament
    first_layer: int


@dataclass(frozen=True, eq=False)
class FilamentPainting:
    """A picture in a few filaments.

    `layers`: how many layers each texel has, `layer_mm` their thickness. `changes`: what is printed, from below. `colours`:
    the sRGB that is seen of 0, 1, ... N layers.
    """

    layers: Int16[np.ndarray, "H W"]
    layer_mm: float
    changes: tuple[FilamentChange, ...]
    colours: Float32[np.ndarray, "N+1 3"]

    @property
    def z_mm(self) -> Float32[np.ndarray, "H W"]:
        """Thickness of the print."""
        return self.layers.astype(np.float32) * np.float32(self.layer_mm)

    def seen(self) -> Float32[np.ndarray, "H W 3"]:
        """About what the print will look like, in sRGB."""
        return self.colours[self.layers]

    def instructions(self) -> str:
        """What to do at the printer, as plain text."""
        lines = [f"Filament painting, {len(self.changes)} filaments, layers of {self.layer_mm:g} mm, all of them printed solid "
                 "(100 % infill).",
                 "Set the slicer's first layer to the same thickness, and add a pause or colour change at:", ""]
        for number, change in enumerate(self.changes):
            filament, first = change.filament, change.first_layer
            at = f"layer {first} ({(first - 1) * self.layer_mm:.2f} mm)" if number else "layer 1 (start)"
            lines.append(f"  {at:<22} {filament.name}, about sRGB {filament.rgb[0]}, {filament.rgb[1]}, {filament.rgb[2]}; "
                         f"lets a tenth of the light through {filament.distance_mm:g} mm")
        lines += ["", f"The highest layer is number {int(self.layers.max())}. Colours shine through from below: a filament "
                  "more opaque than said needs fewer layers, so print a small corner first."]
        return "\n".join(lines) + "\n"


def filament_painting(rgb: Float[np.ndarray, "H W 3"], *, filaments: int = 4, layer_mm: float = 0.08, layers_each: int = 6,
                      smallest_texels: float = 1.0) -> FilamentPainting:
    """The picture in a few filaments that are changed at given heights, dark ones first.

    All choices of `filaments` kinds out of `FILAMENTS` are tried on a reduced picture; the one whose stacks come
    nearest in Lab is taken. Colour of a stack: each layer lets light through as a filter and adds its own.

    Parameters
    ----------
    rgb : (H, W, 3) float32
        sRGB in [0, 1].
    filaments : int
        2 to 6.
    layer_mm : float
        Thickness of a layer, 0.02 to 1.
    layers_each : int
        Layers of each filament.
    smallest_texels : float
        Spots smaller than this (width of the nozzle, in texels) are not printed.

    Returns
    -------
    FilamentPainting
        The base, `layers_each` layers of the darkest filament, lies below all of it.
    """
    picture = _checked(rgb)
    if not 2 <= filaments <= 6:
        raise UsageError(f"a filament painting takes 2 to 6 filaments, got {filaments}")
    if not 0.02 <= layer_mm <= 1:
        raise UsageError(f"layers must be 0.02 to 1 mm thick, got {layer_mm}")
    kinds, colours = _best_filaments(_few_colours(picture), filaments, layer_mm, layers_each)
    level = _nearest(rgb_to_lab(picture).reshape(-1, 3), _palette(colours, layers_each))[0] + layers_each
    level = level.reshape(picture.shape[:2]).astype(np.uint8)
    if smallest_texels >= 1:
        width = 2 * int(round(smallest_texels)) // 2 * 2 + 1
        level = cv2.medianBlur(level, min(width, _WIDEST_MEDIAN))
    changes = tuple(FilamentChange(kind, 1 + number * layers_each) for number, kind in enumerate(kinds))
    return FilamentPainting(level.astype(np.int16), float(layer_mm), changes, colours)


def _few_colours(picture: Float32[np.ndarray, "H W 3"]) -> Float32[np.ndarray, "N 3"]:
    """Some thousand colours that stand for a picture, in Lab."""
    side = _TRIED_SIDE / max(picture.shape[:2])
    if side < 1:
        picture = cv2.resize(picture, None, fx=side, fy=side, interpolation=cv2.INTER_AREA)
    lab = rgb_to_lab(picture)
    return lab.reshape(-1, 3)[:: max(1, lab.size // 3 // _TRIED_COLOURS)]


def _best_filaments(lab: Float32[np.ndarray, "N 3"], count: int, layer_mm: float,
                    layers_each: int) -> tuple[tuple[Filament, ...], Float32[np.ndarray, "L+1 3"]]:
    """The filaments, dark ones first, whose stacks come nearest to some colours; and the colours of these stacks."""
    ordered = sorted(FILAMENTS, key=lambda each: _luminance(np.array([[each.rgb]], np.float32) / UINT8_MAX)[0, 0])
    best, chosen = np.inf, None
    for kinds in combinations(ordered, count):
        colours = _stack_colours(kinds, layer_mm, layers_each)
        off = _nearest(lab, _palette(colours, layers_each))[1].mean()
        if off < best:
            best, chosen = off, (kinds, colours)
    assert chosen is not None
    return chosen


def _palette(colours: Float32[np.ndarray, "L+1 3"], layers_each: int) -> Float32[np.ndarray, "P 3"]:
    """What a place can look like, in Lab: the base is always there."""
    return rgb_to_lab(colours[None])[0][layers_each:]


def _stack_colours(kinds: Sequence[Filament], layer_mm: float, layers_each: int) -> Float32[np.ndarray, "L+1 3"]:
    """sRGB of a stack after each layer; the first filament lies on a black bed."""
    seen, colours = np.zeros(3), [np.zeros(3)]
    for number, kind in enumerate(kinds):
        through = 0.1 ** (layer_mm / kind.distance_mm)
        if number == 0:
            # The base is closed: its layers are as opaque as they need be.
            through = min(through, 0.1 ** (1 / layers_each))
        own = to_linear(np.asarray(kind.rgb, np.float64) / UINT8_MAX)
        for _ in range(layers_each):
            seen = seen * through + own * (1 - through)
            colours.append(from_linear(seen))
    return np.asarray(colours, np.float32)


def _nearest(lab: Float[np.ndarray, "N 3"], palette: Float[np.ndarray, "P 3"]) -> tuple[Int[np.ndarray, " N"],
                                                                                         Float[np.ndarray, " N"]]:
    """Index of the nearest palette colour, and the distance to it."""
    distance, index = cKDTree(palette).query(lab, workers=1)
    return index, distance


def _checked(rgb: Float[np.ndarray, "H W 3"]) -> Float32[np.ndarray, "H W 3"]:
    """A picture as float32 in [0, 1]; ShapeError where it is none."""
    rgb = np.ascontiguousarray(rgb, np.float32)
    if rgb.ndim != 3 or rgb.shape[2] != 3 or min(rgb.shape[:2]) < 2 or not np.isfinite(rgb).all():
        raise ShapeError(f"a picture must be finite (H, W, 3) of at least 2 x 2 texels, got {rgb.shape}")
    return np.clip(rgb, 0, 1)


def _luminance(rgb: Float[np.ndarray, "H W 3"]) -> Float32[np.ndarray, "H W"]:
    """Relative luminance (Rec. 709) of sRGB."""
    return (to_linear(rgb) @ _REC709).astype(np.float32)
