"""Pictures that printers without colour ink can make: lithophanes, lit from behind, and filament paintings.

Neither shows the relief of the paint. In a lithophane thickness stands for darkness; in a filament painting a few
filaments lie over each other, and how many layers a place has decides which colours shine through to the eye.
"""

from dataclasses import dataclass
from itertools import combinations

import cv2
import numpy as np

from data.colour import rgb_to_lab
from data.errors import ShapeError, UsageError
from render.export.raking import to_linear, to_srgb

# A lithophane printed in white plastic: each millimetre leaves about this share of the light (natural logarithm, per mm).
_ABSORBED_PER_MM = 1.2
_LEAST_LIGHT = 0.02


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


def lithophane(rgb, *, thinnest_mm=0.8, thickest_mm=3.0):
    """Thickness of a plate that shows the picture in grey when light falls through it.

    Light falls off exponentially with thickness (Beer and Lambert), so thickness goes with the logarithm of the
    picture's linear luminance; the whole range of thickness is used.

    Parameters
    ----------
    rgb : (H, W, 3) float32
        sRGB in [0, 1].

    Returns
    -------
    (H, W) float32 mm, between `thinnest_mm` (white) and at most `thickest_mm` (black).
    """
    if not 0 < thinnest_mm < thickest_mm:
        raise UsageError(f"a lithophane must be thicker in the dark than in the light, got {thinnest_mm} to {thickest_mm} mm")
    light = _luminance(_checked(rgb))
    white = max(float(np.percentile(light, 99.5)), _LEAST_LIGHT * 2)
    darkness = -np.log(np.clip(light / white, _LEAST_LIGHT, 1)) / np.float32(_ABSORBED_PER_MM)
    span = np.float32(thickest_mm - thinnest_mm)
    most = np.float32(-np.log(_LEAST_LIGHT) / _ABSORBED_PER_MM)
    # Where the plate may be thick enough, shades are true; else all are compressed alike.
    return (np.float32(thinnest_mm) + darkness * min(np.float32(1), span / most)).astype(np.float32)


@dataclass(frozen=True, eq=False)
class FilamentPainting:
    """`layers` (H, W) int16: how many layers each texel has; `layer_mm`; `changes`, a tuple of (Filament, first layer,
    counted from 1); `colours` (N + 1, 3) float32 sRGB: what is seen of 0 ... N layers."""

    layers: np.ndarray
    layer_mm: float
    changes: tuple
    colours: np.ndarray

    @property
    def z_mm(self):
        return self.layers.astype(np.float32) * np.float32(self.layer_mm)

    def seen(self):
        """(H, W, 3) float32 sRGB: what the print will about look like."""
        return self.colours[self.layers]

    def instructions(self):
        """What to do at the printer, as plain text."""
        lines = [f"Filament painting, {len(self.changes)} filaments, layers of {self.layer_mm:g} mm, all of them printed solid "
                 "(100 % infill).",
                 "Set the slicer's first layer to the same thickness, and add a pause or colour change at:", ""]
        for number, (filament, first) in enumerate(self.changes):
            at = f"layer {first} ({(first - 1) * self.layer_mm:.2f} mm)" if number else "layer 1 (start)"
            lines.append(f"  {at:<22} {filament.name}, about sRGB {filament.rgb[0]}, {filament.rgb[1]}, {filament.rgb[2]}; "
                         f"lets a tenth of the light through {filament.distance_mm:g} mm")
        lines += ["", f"The highest layer is number {int(self.layers.max())}. Colours shine through from below: a filament "
                  "more opaque than said needs fewer layers, so print a small corner first."]
        return "\n".join(lines) + "\n"


def filament_painting(rgb, *, filaments=4, layer_mm=0.08, layers_each=6, smallest_texels=1.0):
    """The picture in a few filaments that are changed at given heights, dark ones first.

    All choices of `filaments` kinds out of `FILAMENTS` are tried on a reduced picture; the one whose stacks come
    nearest in Lab is taken. Colour of a stack: each layer lets light through as a filter and adds its own.

    Parameters
    ----------
    rgb : (H, W, 3) float32
        sRGB in [0, 1].
    smallest_texels : float
        Spots smaller than this (width of the nozzle, in texels) are not printed.
    """
    picture = _checked(rgb)
    if not 2 <= filaments <= 6:
        raise UsageError(f"a filament painting takes 2 to 6 filaments, got {filaments}")
    if not 0.02 <= layer_mm <= 1:
        raise UsageError(f"layers must be 0.02 to 1 mm thick, got {layer_mm}")
    side = 96 / max(picture.shape[:2])
    small = rgb_to_lab(cv2.resize(picture, None, fx=side, fy=side, interpolation=cv2.INTER_AREA) if side < 1 else picture)
    small = small.reshape(-1, 3)[:: max(1, small.size // 3 // 4000)]
    ordered = sorted(FILAMENTS, key=lambda item: _luminance(np.array([[item.rgb]], np.float32) / 255)[0, 0])
    best, chosen = np.inf, None
    for kinds in combinations(ordered, filaments):
        colours = _stack_colours(kinds, layer_mm, layers_each)
        off = _nearest(small, rgb_to_lab(colours[None])[0][layers_each:])[1].mean()
        if off < best:
            best, chosen = off, (kinds, colours)
    kinds, colours = chosen
    width = 2 * int(round(smallest_texels)) // 2 * 2 + 1
    level = _nearest(rgb_to_lab(picture).reshape(-1, 3), rgb_to_lab(colours[None])[0][layers_each:])[0] + layers_each
    level = level.reshape(picture.shape[:2]).astype(np.uint8)
    if smallest_texels >= 1:
        level = cv2.medianBlur(level, min(width, 31))
    changes = tuple((kind, 1 + number * layers_each) for number, kind in enumerate(kinds))
    return FilamentPainting(level.astype(np.int16), float(layer_mm), changes, colours)


def _stack_colours(kinds, layer_mm, layers_each):
    """(N + 1, 3) sRGB of a stack after each layer; the first filament lies on a black bed."""
    seen, colours = np.zeros(3), [np.zeros(3)]
    for kind in kinds:
        through = 0.1 ** (layer_mm / kind.distance_mm)
        own = to_linear(np.asarray(kind.rgb, np.float64) / 255)
        if not len(colours) > 1:
            # The base is closed: its layers are as opaque as they need be.
            through = min(through, 0.1 ** (1 / layers_each))
        for _ in range(layers_each):
            seen = seen * through + own * (1 - through)
            colours.append(to_srgb(seen))
    return np.asarray(colours, np.float32)


def _nearest(lab, palette):
    """Index of the nearest palette colour and the distance, for (N, 3) colours."""
    from scipy.spatial import cKDTree
    distance, index = cKDTree(palette).query(lab, workers=1)
    return index, distance


def _checked(rgb):
    rgb = np.ascontiguousarray(rgb, np.float32)
    if rgb.ndim != 3 or rgb.shape[2] != 3 or min(rgb.shape[:2]) < 2 or not np.isfinite(rgb).all():
        raise ShapeError(f"a picture must be finite (H, W, 3) of at least 2 x 2 texels, got {rgb.shape}")
    return np.clip(rgb, 0, 1)


def _luminance(rgb):
    """Relative luminance (Rec. 709) of sRGB."""
    return (to_linear(rgb) @ np.array([0.2126, 0.7152, 0.0722])).astype(np.float32)
