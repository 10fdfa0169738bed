"""A relief as layers: masks for elevated printing, and full slices for printers that jet a body layer by layer."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from jaxtyping import Bool, Float, Int16, UInt8

from data.colour import to_uint8
from data.errors import UsageError
from data.units import texels_per_inch
from render.export.files import to_16_bit, write_json, write_png
from render.imaging.pitch import check_pitch
from render.relief.relief import check_height

LAYERS = 13
"""Layers of an elevated print, colour among them: as many as The Next Rembrandt was printed in (2016)."""
COLOUR_SHELL_MM = 0.3
"""Depth of colour in a jetted body: eleven layers of 27 um; white lies below."""
_QUICK_COMPRESSION = 3    # of slices: there are hundreds of them, nearly empty


@dataclass(frozen=True, eq=False)
class SliceStack:
    """Layers from the panel upwards.

    `counts`: how many of the building layers a texel gets; `layer_mm` their thickness; `building` how many there are. The
    colour layer lies on top of all of them and is printed last; it adds no height.
    """

    counts: Int16[np.ndarray, "H W"]
    layer_mm: float
    building: int
    pitch_mm: float

    def mask(self, index: int) -> Bool[np.ndarray, "H W"]:
        """Where building layer `index` (0 is the lowest) is printed."""
        return self.counts > index


def slice_relief(z_mm: Float[np.ndarray, "H W"], pitch_mm: float, *, layers: int = LAYERS,
                 layer_mm: float | None = None) -> SliceStack:
    """Part a relief into layers, the last of which is colour; half a layer is the most that is lost.

    Parameters
    ----------
    z_mm : (H, W) float32
        The lowest texel gets no building layer.
    pitch_mm : float
    layers : int
        2 or more, the colour layer among them.
    layer_mm : float, optional
        Thickness of a building layer. Without it, what makes them reach the highest texel.

    Raises
    ------
    UsageError
        If the relief is flat, or higher than so many layers of that thickness.
    """
    z, pitch = check_height(z_mm), check_pitch(pitch_mm)
    building = int(layers) - 1
    if building < 1:
        raise UsageError(f"a stack needs at least 2 layers, one to build and one of colour, got {layers}")
    above = z - z.min()
    span = float(above.max())
    if span == 0:
        raise UsageError("the height map is flat (0 mm of relief): there are no layers to make")
    layer_mm = span / building if layer_mm is None else float(layer_mm)
    needed = int(np.round(span / layer_mm))
    if needed > building:
        raise UsageError(f"{span:.2f} mm of relief in layers of {layer_mm:.3f} mm needs {needed + 1} layers with the "
                         f"colour, more than the {layers} asked for: allow more layers, or lower the relief")
    return SliceStack(np.round(above / np.float32(layer_mm)).astype(np.int16), layer_mm, building, pitch)


def write_stack(stack: SliceStack, rgb: Float[np.ndarray, "H W 3"], folder: Path | str) -> list[Path]:
    """Write `layer_01.png` and so on, the colour last, and `layers.json`.

    Parameters
    ----------
    stack : SliceStack
    rgb : (H, W, 3) float32 in [0, 1]
        sRGB; the colour layer is 16-bit RGB. Masks are 8-bit, 255 where ink goes: they hold two values.
    folder : path

    Returns
    -------
    list of Path
        What was written, `layers.json` last.
    """
    folder, dpi = Path(folder), texels_per_inch(stack.pitch_mm)
    paths, entries = [], []
    for index in range(stack.building):
        mask = stack.mask(index)
        path = folder / f"layer_{index + 1:02d}.png"
        write_png(path, mask.astype(np.uint8) * np.uint8(255), dpi)
        paths.append(path)
        entries.append({"file": path.name, "material": "build", "from_mm": index * stack.layer_mm,
                        "to_mm": (index + 1) * stack.layer_mm, "coverage": float(mask.mean())})
    path = folder / f"layer_{stack.building + 1:02d}_colour.png"
    write_png(path, to_16_bit(rgb), dpi)
    entries.append({"file": path.name, "material": "colour", "from_mm": None, "to_mm": None, "coverage": 1.0})
    rows, columns = stack.counts.shape
    about = folder / "layers.json"
    write_json(about, {"layers": entries, "layer_mm": stack.layer_mm, "mm_per_texel": stack.pitch_mm, "dpi": dpi,
                       "width_mm": columns * stack.pitch_mm, "height_mm": rows * stack.pitch_mm,
                       "order": "first file lowest, next to the panel; the colour is printed last, on top of all"})
    return [*paths, path, about]


def jetting_slices(z_mm: Float[np.ndarray, "H W"], rgb: Float[np.ndarray, "H W 3"], *, base_mm: float, layer_mm: float,
                   colour_mm: float = COLOUR_SHELL_MM,
                   backing: tuple[float, float, float] = (1.0, 1.0, 1.0)) -> Iterator[UInt8[np.ndarray, "H W 4"]]:
    """Full slices of the solid for material jetting, lowest first; one slice is in memory at a time.

    Parameters
    ----------
    z_mm : (H, W) float32
    rgb : (H, W, 3) float32 in [0, 1]
        sRGB.
    base_mm : float
        Solid below height 0.
    layer_mm : float
        Thickness of a slice.
    colour_mm : float
        Colour is jetted in a shell this thick below the surface.
    backing : three floats in [0, 1]
        sRGB below the shell: white, so that the colours do not shine through to the panel.

    Yields
    ------
    (H, W, 4) uint8
        sRGB, and 255 where to jet, 0 where not.
    """
    z = check_height(z_mm) + np.float32(base_mm)
    colour, below = to_uint8(rgb), to_uint8(np.asarray(backing))
    for index in range(slice_count(z, base_mm=0, layer_mm=layer_mm)):
        middle = np.float32((index + 0.5) * layer_mm)
        solid = z > middle
        shell = solid & (z - middle <= colour_mm)
        picture = np.zeros((*z.shape, 4), np.uint8)
        picture[solid, :3] = below
        picture[shell, :3] = colour[shell]
        picture[solid, 3] = 255
        yield picture


def slice_count(z_mm: Float[np.ndarray, "H W"], *, base_mm: float, layer_mm: float) -> int:
    """How many slices `jetting_slices` will give.

    Parameters
    ----------
    z_mm : (H, W) float32
    base_mm : float
        Solid below height 0.
    layer_mm : float
        Thickness of a slice.
    """
    return int(np.round((float(np.max(z_mm)) + base_mm) / layer_mm))


def write_slices(slices: Iterable[UInt8[np.ndarray, "H W 4"]], folder: Path | str, pitch_mm: float, *, layer_mm: float,
                 material: str) -> list[Path]:
    """Write `slice_0001.png` and so on (8-bit RGBA, as such printers take them), and `slices.json`.

    Parameters
    ----------
    slices : iterable of (H, W, 4) uint8
        Lowest first.
    folder : path
    pitch_mm : float
        Size of a texel.
    layer_mm : float
        Thickness of a slice.
    material : str
        What the channels mean, for `slices.json`.

    Returns
    -------
    list of Path
        What was written, `slices.json` last.
    """
    folder, dpi, paths = Path(folder), texels_per_inch(pitch_mm), []
    for number, picture in enumerate(slices, 1):
        paths.append(folder / f"slice_{number:04d}.png")
        write_png(paths[-1], picture, dpi, compression=_QUICK_COMPRESSION)
    about = folder / "slices.json"
    write_json(about, {"slices": len(paths), "layer_mm": layer_mm, "dpi": dpi, "material": material,
                       "order": "slice_0001 is the lowest"})
    return [*paths, about]
