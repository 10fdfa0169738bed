"""The files of a print job, kind by kind, and what to say of them in printing.txt."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import NamedTuple

import cv2
import numpy as np
from jaxtyping import Float32

from data.files import replacing
from data.units import MM_PER_INCH, texels_per_inch
from render.export.files import (
    LEVELS,
    height_units,
    normal_map,
    to_16_bit,
    write_colour_tiff,
    write_height,
    write_png,
    write_png8,
)
from render.export.mesh_files import write_3mf, write_glb, write_ply, write_stl
from render.export.preview import write_preview
from render.export.raking import write_looks
from render.export.slices import jetting_slices, slice_relief, write_slices, write_stack
from render.export.solids import framed, solid_from_height
from render.export.validation import validate_stl
from render.export.variants import LITHOPHANE_MM, filament_painting, lithophane
from render.export.wishes import MESHES, PrintOrder

_PAPER = 0.93    # sRGB grey of a border in coloured files
_SLICE_CHANNELS = "RGB is the resin's colour, alpha 255 where it is jetted and 0 where it is not"

Picture = Float32[np.ndarray, "H W 3"]


class Made(NamedTuple):
    """Names of files, relative to the folder, and sentences about them."""

    names: list[str]
    notes: list[str]


def write_meshes(order: PrintOrder, rgb: Picture, folder: Path, kinds: Sequence[str]) -> Made:
    """One solid in the formats asked for.

    Parameters
    ----------
    order : PrintOrder
    rgb : (H, W, 3) float32 in [0, 1]
        sRGB of the relief's size.
    folder : Path
    kinds : sequence of str
        Names of `MESHES`.
    """
    relief, wishes = order.relief, order.wishes
    z, texels = framed(relief.z_mm, relief.pitch_mm, border_mm=wishes.border_mm)
    solid = solid_from_height(z, relief.pitch_mm, base_mm=wishes.base_mm, **order.mesh_detail._asdict())
    if texels:
        rgb = np.pad(rgb, ((texels, texels), (texels, texels), (0, 0)), constant_values=np.float32(_PAPER))
    with_colour = {"3mf": write_3mf, "ply": write_ply, "glb": write_glb}
    notes = [f"Made: {solid.describe()}; no texel is farther than {solid.error_mm * 1000:.1f} um from the surface."]
    for kind in kinds:
        path = folder / MESHES[kind]
        if kind in with_colour:
            with_colour[kind](solid, path, rgb)
        else:
            write_stl(solid, path)
            notes += [str(finding) for finding in validate_stl(path, solid.extents_mm)]
    return Made([MESHES[kind] for kind in kinds], notes)


def _write_colour(order: PrintOrder, rgb: Picture, folder: Path) -> Made:
    write_colour_tiff(folder / "colour.tif", rgb, texels_per_inch(order.relief.pitch_mm))
    return Made(["colour.tif"], [])


def _write_height(order: PrintOrder, rgb: Picture, folder: Path) -> Made:
    z, pitch = order.relief.z_mm, order.relief.pitch_mm
    write_height(folder / "height.tif", z, pitch)
    units, mm_per_unit, _ = height_units(z)
    write_png(folder / "height.png", units, texels_per_inch(pitch))
    return Made(["height.tif", "height.json", "height.png"],
                [f"height.tif and height.png: grey value x {mm_per_unit * 1000:.6f} um is the height."])


def _write_layers(order: PrintOrder, rgb: Picture, folder: Path) -> Made:
    stack = slice_relief(order.relief.z_mm, order.relief.pitch_mm, layers=order.wishes.layers)
    paths = write_stack(stack, rgb, folder / "layers")
    return Made([f"layers/{path.name}" for path in paths],
                ["layers: print them in the order of their numbers, the colour last."])


def _write_slices(order: PrintOrder, rgb: Picture, folder: Path) -> Made:
    dpi, layer_mm = order.printer.dpi or texels_per_inch(order.relief.pitch_mm), order.printer.layer_mm
    size = [max(2, round(side / MM_PER_INCH * dpi)) for side in order.relief.size_mm]
    how = cv2.INTER_AREA if size[0] < order.relief.z_mm.shape[1] else cv2.INTER_CUBIC
    z = np.maximum(cv2.resize(order.relief.z_mm, size, interpolation=how), 0)
    rgb = np.clip(cv2.resize(np.asarray(rgb, np.float32), size, interpolation=how), 0, 1)
    slices = jetting_slices(z, rgb, base_mm=order.wishes.base_mm, layer_mm=layer_mm)
    paths = write_slices(slices, folder / "slices", MM_PER_INCH / dpi, layer_mm=layer_mm, material=_SLICE_CHANNELS)
    return Made([f"slices/{path.name}" for path in paths], ["slices: number 1 is the lowest."])


def _write_maps(order: PrintOrder, rgb: Picture, folder: Path) -> Made:
    z, pitch = order.relief.z_mm, order.relief.pitch_mm
    write_png(folder / "normal.png", to_16_bit(normal_map(z, pitch)), texels_per_inch(pitch), colour=False)
    units, mm_per_unit, _ = height_units(z)
    write_png(folder / "bump.png", units, texels_per_inch(pitch))
    return Made(["normal.png", "bump.png"], [f"bump.png: white is {mm_per_unit * LEVELS:.4f} mm above black. normal.png: x "
                                             "right, y up (OpenGL), not sRGB."])


def _write_lithophane(order: PrintOrder, rgb: Picture, folder: Path) -> Made:
    thinnest, thickest = LITHOPHANE_MM
    plate = lithophane(rgb, thinnest_mm=thinnest, thickest_mm=thickest)
    z, _ = framed(plate, order.relief.pitch_mm, border_mm=order.wishes.border_mm, level_mm=thickest)
    write_stl(solid_from_height(z - np.float32(thinnest), order.relief.pitch_mm, base_mm=thinnest,
                                **order.mesh_detail._asdict()), folder / "lithophane.stl")
    return Made(["lithophane.stl"],
                ["lithophane: white plastic, upright, all walls solid (100 % infill); hold it to a window."])


def _write_filament(order: PrintOrder, rgb: Picture, folder: Path) -> Made:
    pitch = order.relief.pitch_mm
    made = filament_painting(rgb, layer_mm=order.filament_layer_mm, smallest_texels=order.printer.feature_mm / pitch)
    z = made.z_mm
    write_stl(solid_from_height(z - z.min(), pitch, base_mm=float(z.min()), **order.mesh_detail._asdict()),
              folder / "filament.stl")
    write_png8(folder / "filament.png", made.seen(), texels_per_inch(pitch))
    with replacing(folder / "filament.txt") as beside:
        beside.write_text(made.instructions(), encoding="utf-8")
    return Made(["filament.stl", "filament.txt", "filament.png"],
                ["filament: filament.txt says when to change the thread."])


def write_views(order: PrintOrder, rgb: Picture, folder: Path) -> Made:
    """Pictures of the print to look at, and a page to turn it in the hand.

    Parameters
    ----------
    order : PrintOrder
    rgb : (H, W, 3) float32 in [0, 1]
        sRGB of the relief's size.
    folder : Path
    """
    write_preview(folder / "relief.html", order.relief.z_mm, order.relief.pitch_mm, rgb)
    return Made(["relief.html", *write_looks(order.relief.z_mm, order.relief.pitch_mm, rgb, folder)], [])


WRITERS: dict[str, Callable[[PrintOrder, Picture, Path], Made]] = {
    "colour": _write_colour, "height": _write_height, "layers": _write_layers, "slices": _write_slices,
    "maps": _write_maps, "lithophane": _write_lithophane, "filament": _write_filament}
"""What makes each kind that is not a solid."""
