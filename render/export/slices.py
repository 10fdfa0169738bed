"""A relief as layers: masks for elevated printing, and full slices for printers that jet a body layer by layer."""

import json
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from data.errors import UsageError
from data.files import replacing
from render.export.files import to_16_bit, write_png
from render.relief.relief import check_height, check_pitch

LAYERS = 13


@dataclass(frozen=True, eq=False)
class SliceStack:
    """Layers from the panel upwards.

    `counts` (H, W) int16: how many of the building layers a texel gets; `layer_mm` their thickness; `building` how many
    there are. The colour layer lies on top of all of them and is printed last; it adds no height.
    """

    counts: np.ndarray
    layer_mm: float
    building: int
    pitch_mm: float

    def mask(self, index):
        """(H, W) bool: where building layer `index` (0 is the lowest) is printed."""
        return self.counts > index

    def height_mm(self):
        """The layers added up, (H, W) float32."""
        return self.counts.astype(np.float32) * np.float32(self.layer_mm)


def slice_relief(z_mm, pitch_mm, *, layers=LAYERS, layer_mm=None):
    """Part a relief into `layers` layers, the last of which is colour; half a layer is the most that is lost.

    The lowest texel gets none. `layer_mm` defaults to what makes the building layers reach the highest texel.
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


def write_stack(stack, rgb, folder):
    """Write `layer_01.png` ... (masks, 255 where ink goes), the colour last, and `layers.json`; returns the paths.

    Masks are 8-bit because they hold two values; the colour layer is 16-bit RGB.
    """
    folder, dpi = Path(folder), 25.4 / stack.pitch_mm
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
    paths.append(path)
    entries.append({"file": path.name, "material": "colour", "from_mm": None, "to_mm": None, "coverage": 1.0})
    rows, columns = stack.counts.shape
    about = {"layers": entries, "layer_mm": stack.layer_mm, "mm_per_texel": stack.pitch_mm, "dpi": dpi,
             "width_mm": columns * stack.pitch_mm, "height_mm": rows * stack.pitch_mm,
             "order": "first file lowest, next to the panel; the colour is printed last, on top of all"}
    with replacing(folder / "layers.json") as beside:
        beside.write_text(json.dumps(about, indent=2) + "\n")
    return [*paths, folder / "layers.json"]


def jetting_slices(z_mm, rgb, *, base_mm, layer_mm, colour_mm=0.3, backing=(1.0, 1.0, 1.0)):
    """Full slices of the solid for material jetting, lowest first: yields (H, W, 4) uint8, RGB and whether to jet.

    Colour is jetted in a shell `colour_mm` thick below the surface, white below it, so that the colours do not shine
    through. One slice is in memory at a time.
    """
    z = check_height(z_mm) + np.float32(base_mm)
    colour = np.round(np.clip(rgb, 0, 1) * 255).astype(np.uint8)
    white = np.round(np.asarray(backing) * 255).astype(np.uint8)
    for index in range(slice_count(z, base_mm=0, layer_mm=layer_mm)):
        middle = np.float32((index + 0.5) * layer_mm)
        solid = z > middle
        shell = solid & (z - middle <= colour_mm)
        picture = np.zeros((*z.shape, 4), np.uint8)
        picture[solid, :3] = white
        picture[shell, :3] = colour[shell]
        picture[solid, 3] = 255
        yield picture


def slice_count(z_mm, *, base_mm, layer_mm):
    """How many slices `jetting_slices` will give."""
    return int(np.round((float(np.max(z_mm)) + base_mm) / layer_mm))


def write_slices(slices, folder, pitch_mm, *, layer_mm, material):
    """Write `slice_0001.png` (8-bit RGBA, as such printers take them) ... and `slices.json`; returns the paths."""
    folder, paths = Path(folder), []
    for number, picture in enumerate(slices, 1):
        paths.append(folder / f"slice_{number:04d}.png")
        write_png(paths[-1], picture, 25.4 / pitch_mm, compression=3)
    about = {"slices": len(paths), "layer_mm": layer_mm, "dpi": 25.4 / pitch_mm, "material": material,
             "order": "slice_0001 is the lowest"}
    with replacing(folder / "slices.json") as beside:
        beside.write_text(json.dumps(about, indent=2) + "\n")
    return [*paths, folder / "slices.json"]
