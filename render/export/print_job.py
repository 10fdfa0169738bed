"""A print job: what a printer takes, said before it is made, and made.

`plan_print` looks at relief, printer and wishes and says at once what will come out and what will not print; nothing is
written before. `PrintPlan.write` makes the files.
"""

import json
from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path

import cv2
import numpy as np

from data.errors import UsageError
from data.files import replacing
from render.export.files import (
    height_units,
    normal_map,
    to_16_bit,
    write_colour_tiff,
    write_height,
    write_png,
    write_png8,
)
from render.export.mesh import count_triangles
from render.export.preview import write_preview
from render.export.printers import Printer, fix, validate, validate_stl
from render.export.raking import depth_shaded, raking_views
from render.export.slices import LAYERS, jetting_slices, slice_count, slice_relief, write_slices, write_stack
from render.export.solids import (
    check_stl_size,
    describe_size,
    framed,
    solid_from_height,
    write_3mf,
    write_glb,
    write_ply,
    write_stl,
)
from render.export.variants import filament_painting, lithophane
from render.relief.finishes import crackled, varnished
from render.relief.relief import Relief

MESHES = {"stl": "relief.stl", "3mf": "relief.3mf", "ply": "relief.ply", "glb": "relief.glb"}
MAKES = {
    "stl": "solid body, no colour", "3mf": "solid body with colour", "ply": "solid body with colour",
    "glb": "solid body with colour, for viewers", "colour": "16-bit RGB TIFF", "height": "16-bit TIFF and PNG of the height",
    "layers": "masks for elevated printing, colour last", "slices": "full slices for jetting, colour and material",
    "maps": "normal map and bump map for renderers", "lithophane": "plate that shows the picture when lit from behind",
    "filament": "picture in a few filaments, with the heights to change them at",
}
DEFAULT_TRIANGLES = 1_000_000
LITHOPHANE_MM = (0.8, 3.0)
_MOST_SLICE_TEXELS = 150_000_000
_LOOK_SIDE = 1400
_PAPER = 0.93    # grey of a border in coloured files


@dataclass(frozen=True)
class Wishes:
    """What is asked of a print. `make` names of `MAKES` (empty: what the printer takes); lengths in mm; `relief_mm` None
    leaves the paint as thick as it is; `triangles` a budget or `max_error_um` a bound, not both; `fix` does the safe part of
    what the printer asks for."""

    make: tuple = ()
    relief_mm: float | None = None
    base_mm: float = 2.0
    border_mm: float = 0.0
    triangles: int | None = None
    max_error_um: float | None = None
    layers: int = LAYERS
    varnish: bool = False
    craquelure: bool = False
    fix: bool = False

    def __post_init__(self):
        for name, least in (("relief_mm", 0), ("base_mm", 0)):
            value = getattr(self, name)
            if value is not None and not least < value <= 5000:
                raise UsageError(f"--{name.replace('_', '-')} {value:g}: expected a length above 0 mm and up to 5000 mm")
        if not 0 <= self.border_mm <= 500:
            raise UsageError(f"--border-mm {self.border_mm:g}: expected 0 to 500 mm")
        if self.triangles is not None and self.max_error_um is not None:
            raise UsageError("give either --triangles or --max-error-um: a budget or an error bound, one of the two")
        if self.triangles is not None and self.triangles < 1000:
            raise UsageError(f"--triangles {self.triangles}: expected at least 1000")
        if self.max_error_um is not None and not 0 <= self.max_error_um < 1e6:
            raise UsageError(f"--max-error-um {self.max_error_um:g}: expected 0 or more micrometres")
        if not 2 <= self.layers <= 1000:
            raise UsageError(f"--layers {self.layers}: expected 2 to 1000, the colour layer among them")
        unknown = [name for name in self.make if name not in MAKES]
        if unknown:
            raise UsageError(f"--make {unknown[0]}: expected one of {', '.join(MAKES)}")


@dataclass(frozen=True, eq=False)
class PrintPlan:
    """`relief` as it will be printed; `makes`; `lines` saying what will come out, a line for each; `findings` of the
    validator, worst first."""

    relief: Relief
    printer: Printer
    wishes: Wishes
    makes: tuple
    lines: tuple
    findings: tuple

    @property
    def stops(self):
        return [finding for finding in self.findings if finding.level == "stop"]

    def write(self, rgb, folder, progress=None):
        """Make the files in `folder`; `rgb` is (H, W, 3) float32 sRGB in [0, 1] of the relief's size.

        Returns the names, relative to the folder. `print.json` and `printing.txt` say what was made and how to print it.
        """
        folder = Path(folder)
        meshes = [name for name in MESHES if name in self.makes]
        steps = [partial(self._write_mesh, kinds=meshes)] if meshes else []
        steps += [getattr(self, f"_write_{name}") for name in self.makes if name not in MESHES] + [self._write_looks]
        names, notes = [], []
        for number, step in enumerate(steps):
            made, said = step(rgb, folder)
            names += made
            notes += said
            if progress:
                progress(number + 1, len(steps))
        width, height = self.relief.size_mm
        text = [f"For: {self.printer.title}",
                f"Picture: {width:.1f} x {height:.1f} mm, relief {self.relief.relief_mm:.3f} mm", "", *self.lines, "",
                *map(str, self.findings), *notes, "",
                "Print at 100 % scale; every file is in millimetres or carries its dpi."]
        with replacing(folder / "printing.txt") as beside:
            beside.write_text("\n".join(text) + "\n", encoding="utf-8")
        record = {"printer": asdict(self.printer), "wishes": asdict(self.wishes), "files": names, "width_mm": width,
                  "height_mm": height, "relief_mm": self.relief.relief_mm, "mm_per_texel": self.relief.pitch_mm,
                  "provenance": self.relief.provenance, "findings": [asdict(finding) for finding in self.findings]}
        with replacing(folder / "print.json") as beside:
            beside.write_text(json.dumps(record, indent=1, default=float) + "\n", encoding="utf-8")
        return [*names, "printing.txt", "print.json"]

    def _write_mesh(self, rgb, folder, kinds):
        z, texels = framed(self.relief.z_mm, self.relief.pitch_mm, border_mm=self.wishes.border_mm)
        solid = solid_from_height(z, self.relief.pitch_mm, base_mm=self.wishes.base_mm, **_detail(self.wishes, self.printer))
        if texels:
            rgb = np.pad(rgb, ((texels, texels), (texels, texels), (0, 0)), constant_values=np.float32(_PAPER))
        writers = {"3mf": write_3mf, "ply": write_ply, "glb": write_glb}
        said = [f"Made: {solid.describe()}; no texel is farther than {solid.error_mm * 1000:.1f} um from the surface."]
        for kind in kinds:
            path = folder / MESHES[kind]
            if kind == "stl":
                write_stl(solid, path)
                said += [str(finding) for finding in validate_stl(path, solid.extents_mm)]
            else:
                writers[kind](solid, path, rgb)
        return [MESHES[kind] for kind in kinds], said

    def _write_colour(self, rgb, folder):
        write_colour_tiff(folder / "colour.tif", rgb, 25.4 / self.relief.pitch_mm)
        return ["colour.tif"], []

    def _write_height(self, rgb, folder):
        write_height(folder / "height.tif", self.relief.z_mm, self.relief.pitch_mm)
        units, mm_per_unit, _ = height_units(self.relief.z_mm)
        write_png(folder / "height.png", units, 25.4 / self.relief.pitch_mm)
        return ["height.tif", "height.json", "height.png"], [
            f"height.tif and height.png: grey value x {mm_per_unit * 1000:.6f} um is the height."]

    def _write_layers(self, rgb, folder):
        paths = write_stack(slice_relief(self.relief.z_mm, self.relief.pitch_mm, layers=self.wishes.layers), rgb,
                            folder / "layers")
        return [f"layers/{path.name}" for path in paths], ["layers: print them in the order of their numbers, the colour last."]

    def _write_slices(self, rgb, folder):
        z, rgb, pitch = _at_dpi(self.relief, rgb, self.printer.dpi or 25.4 / self.relief.pitch_mm)
        slices = jetting_slices(z, rgb, base_mm=self.wishes.base_mm, layer_mm=self.printer.layer_mm)
        paths = write_slices(slices, folder / "slices", pitch, layer_mm=self.printer.layer_mm,
                             material="RGB is the resin's colour, alpha 255 where it is jetted and 0 where it is not")
        return [f"slices/{path.name}" for path in paths], ["slices: number 1 is the lowest."]

    def _write_maps(self, rgb, folder):
        pitch = self.relief.pitch_mm
        write_png(folder / "normal.png", to_16_bit(normal_map(self.relief.z_mm, pitch)), 25.4 / pitch, colour=False)
        units, mm_per_unit, _ = height_units(self.relief.z_mm)
        write_png(folder / "bump.png", units, 25.4 / pitch)
        return ["normal.png", "bump.png"], [
            f"bump.png: white is {mm_per_unit * 65535:.4f} mm above black. normal.png: x right, y up (OpenGL), not sRGB."]

    def _write_lithophane(self, rgb, folder):
        thinnest, thickest = LITHOPHANE_MM
        plate = lithophane(rgb, thinnest_mm=thinnest, thickest_mm=thickest)
        z, _ = framed(plate, self.relief.pitch_mm, border_mm=self.wishes.border_mm, level_mm=thickest)
        solid = solid_from_height(z - np.float32(thinnest), self.relief.pitch_mm, base_mm=thinnest,
                                  **_detail(self.wishes, self.printer))
        write_stl(solid, folder / "lithophane.stl")
        return ["lithophane.stl"], ["lithophane: white plastic, upright, all walls solid (100 % infill); hold it to a window."]

    def _write_filament(self, rgb, folder):
        made = filament_painting(rgb, layer_mm=_filament_layer(self.printer),
                                 smallest_texels=self.printer.feature_mm / self.relief.pitch_mm)
        z = made.z_mm
        solid = solid_from_height(z - z.min(), self.relief.pitch_mm, base_mm=float(z.min()),
                                  **_detail(self.wishes, self.printer))
        write_stl(solid, folder / "filament.stl")
        write_png8(folder / "filament.png", made.seen(), 25.4 / self.relief.pitch_mm)
        with replacing(folder / "filament.txt") as beside:
            beside.write_text(made.instructions(), encoding="utf-8")
        return ["filament.stl", "filament.txt", "filament.png"], ["filament: filament.txt says when to change the thread."]

    def _write_looks(self, rgb, folder):
        z, pitch = self.relief.z_mm, self.relief.pitch_mm
        write_preview(folder / "relief.html", z, pitch, rgb)
        names = write_looks(z, pitch, rgb, folder)
        return ["relief.html", *names], []


def write_looks(z_mm, pitch_mm, rgb, folder, *, exaggeration=1.0):
    """Pictures to look at before printing: raking light from four sides, on heights times `exaggeration`, and shaded
    depth, at most 1400 texels long."""
    share = _LOOK_SIDE / max(np.shape(z_mm))
    if share < 1:
        # Slopes stay as they are: texels become larger, heights do not change.
        z_mm, rgb = (cv2.resize(np.asarray(field, np.float32), None, fx=share, fy=share, interpolation=cv2.INTER_AREA)
                     for field in (z_mm, rgb))
        pitch_mm = pitch_mm / share
    dpi, names = 25.4 / pitch_mm, []
    for side, picture in raking_views(z_mm, pitch_mm, rgb, exaggeration=exaggeration).items():
        write_png8(Path(folder) / f"raking-{side}.png", picture, dpi)
        names.append(f"raking-{side}.png")
    write_png8(Path(folder) / "depth.png", depth_shaded(z_mm, pitch_mm), dpi)
    return [*names, "depth.png"]


def plan_print(relief, profile, wishes):
    """What a print will be, without making it.

    Raises
    ------
    UsageError
        If what is asked for cannot be made at all: too many triangles for an STL, slices too large.
    """
    if wishes.varnish:
        relief = varnished(relief)
    if wishes.craquelure:
        relief = crackled(relief)
    if wishes.relief_mm is not None:
        relief = relief.scaled_to(wishes.relief_mm)
    if wishes.fix:
        relief = fix(relief, profile)
    makes = tuple(wishes.make) or profile.makes
    count, lines = None, []
    if any(name in MESHES for name in makes):
        count = _count(relief, wishes, profile)
        files = ", ".join(MESHES[name] for name in MESHES if name in makes)
        if "stl" in makes:
            check_stl_size(count)
        lines.append(f"{files}: {'at most ' if wishes.max_error_um is None else ''}"
                     f"{describe_size(_solid_size(relief, wishes), count)} (as STL)")
    lines += [_line(name, relief, profile, wishes) for name in makes if name not in MESHES]
    findings = validate(relief, profile, base_mm=wishes.base_mm, triangles=count) if _shows_relief(makes) else _flat(
        relief, profile)
    return PrintPlan(relief, profile, wishes, makes, tuple(lines), tuple(findings))


def _shows_relief(makes):
    return any(name not in ("lithophane", "filament") for name in makes)


def _flat(relief, profile):
    """What may be wrong with a print that does not show the relief: its size alone."""
    return [finding for finding in validate(relief, profile) if "bed" in finding.problem]


def _detail(wishes, profile):
    """Arguments for the mesh: the wish, or what the printer's software opens with ease."""
    if wishes.max_error_um is not None:
        return {"max_error_mm": wishes.max_error_um / 1000}
    return {"triangles": wishes.triangles or min(DEFAULT_TRIANGLES, profile.max_triangles)}


def _count(relief, wishes, profile):
    detail = _detail(wishes, profile)
    every = 2 * relief.z_mm.size + 8 * sum(relief.z_mm.shape)
    if "triangles" in detail:
        if wishes.triangles is not None and "stl" in (wishes.make or profile.makes):
            check_stl_size(wishes.triangles)
        return min(detail["triangles"], every)
    z, _ = framed(relief.z_mm, relief.pitch_mm, border_mm=wishes.border_mm)
    return count_triangles(z, max_error_mm=detail["max_error_mm"])


def _solid_size(relief, wishes):
    width, height = relief.size_mm
    border = 2 * round(wishes.border_mm / relief.pitch_mm) * relief.pitch_mm
    return width + border, height + border, wishes.base_mm + float(relief.z_mm.max())


def _filament_layer(profile):
    return min(profile.layer_mm, 0.12)


def _line(name, relief, profile, wishes):
    """What one kind of result will be, in words."""
    rows, columns = relief.z_mm.shape
    texels = f"{columns} x {rows} texels at {25.4 / relief.pitch_mm:.0f} dpi"
    width, height = relief.size_mm
    if name == "colour":
        return f"colour.tif: {texels}, 16-bit RGB, about {columns * rows * 6 / 1e6:.0f} MB before compression"
    if name == "height":
        return f"height.tif, height.png: {texels}, 16-bit grey, {relief.relief_mm:.3f} mm from black to white"
    if name == "maps":
        return f"normal.png, bump.png: {texels}, 16 bits a channel"
    if name == "layers":
        stack = slice_relief(relief.z_mm, relief.pitch_mm, layers=wishes.layers)
        return (f"layers/: {wishes.layers} pictures of {texels}: {wishes.layers - 1} masks of {stack.layer_mm * 1000:.0f} um "
                "and the colour, printed last")
    if name == "slices":
        dpi = profile.dpi or 25.4 / relief.pitch_mm
        size = [round(side / 25.4 * dpi) for side in (width, height)]
        if size[0] * size[1] > _MOST_SLICE_TEXELS:
            raise UsageError(f"slices of {size[0]} x {size[1]} texels ({width:.0f} x {height:.0f} mm at {dpi:g} dpi) are more "
                             f"than the {_MOST_SLICE_TEXELS / 1e6:.0f} million that such software opens: ask for a smaller "
                             "--width-mm")
        count = slice_count(relief.z_mm, base_mm=wishes.base_mm, layer_mm=profile.layer_mm)
        return (f"slices/: {count} pictures of {size[0]} x {size[1]} texels at {dpi:g} dpi, {profile.layer_mm * 1000:.0f} um "
                "each")
    if name == "lithophane":
        return f"lithophane.stl: {width:.1f} x {height:.1f} mm, {LITHOPHANE_MM[0]:g} to {LITHOPHANE_MM[1]:g} mm thick"
    return (f"filament.stl, filament.txt: {width:.1f} x {height:.1f} mm in 4 filaments, layers of "
            f"{_filament_layer(profile):g} mm")


def _at_dpi(relief, rgb, dpi):
    """Height and colour resampled to a printer's own pitch."""
    size = [max(2, round(side / 25.4 * dpi)) for side in relief.size_mm]
    how = cv2.INTER_AREA if size[0] < relief.z_mm.shape[1] else cv2.INTER_CUBIC
    z = cv2.resize(relief.z_mm, size, interpolation=how)
    return np.maximum(z, 0), np.clip(cv2.resize(np.asarray(rgb, np.float32), size, interpolation=how), 0, 1), 25.4 / dpi
