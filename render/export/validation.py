"""What in a relief will not print, what to change, and the safe part of changing it."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

import cv2
import numpy as np
from jaxtyping import Bool, Float, Float32

from data.units import MM_PER_INCH, texels_per_inch
from render.export.mesh_files import read_stl
from render.export.printers import Printer
from render.export.solids import BASE_MM, topology
from render.relief.relief import Relief

# A texel is a needle if it differs from the median of its neighbours by more than this many pitches, by more than this many
# times the mean difference, and by more than this many mm. No brush leaves needles.
_NEEDLE_PITCHES, _NEEDLE_TIMES, _NEEDLE_LEAST_MM = 4.0, 12, 0.05
# Detail that is too fine is reported if it is larger than this share of a layer and this share of the relief's spread.
_LOST_LAYERS, _LOST_SHARE = 0.5, 0.25
_STEEP_SHARE = 0.001        # steep places are reported from this share of the surface on
_COARSE_DPI_SHARE = 1 / 4   # a height map is too coarse below this share of the printer's dots
_EXACT_MM = 0.001           # what an STL's size may be off: single precision
_JUST_BELOW = 0.999         # of the highest relief, so that rounding to the file's units cannot pass it


@dataclass(frozen=True)
class Finding:
    """Something that will not print as it is.

    `level` "stop" (will not print) or "warning"; `problem` what is wrong, `remedy` what to change; `fixable` whether `fix`
    does it.
    """

    level: str
    problem: str
    remedy: str
    fixable: bool = False

    def __str__(self) -> str:
        return f"{self.level}: {self.problem}; {self.remedy}"


class _Print(NamedTuple):
    """What is looked at: a relief for a printer, the body below it, the triangles of its mesh if there is one."""

    relief: Relief
    printer: Printer
    base_mm: float
    triangles: int | None


def validate(relief: Relief, printer: Printer, *, base_mm: float = BASE_MM, triangles: int | None = None) -> list[Finding]:
    """Everything in a relief that a printer will not print as it is, worst first.

    Parameters
    ----------
    relief : Relief
    printer : Printer
    base_mm : float
        Thickness of the body below the lowest point.
    triangles : int, optional
        Of the mesh that will be written.

    Returns
    -------
    list of Finding
    """
    asked = _Print(relief, printer, base_mm, triangles)
    found = [finding for check in _CHECKS for finding in check(asked)]
    return sorted(found, key=lambda finding: finding.level != "stop")


def validate_size(relief: Relief, printer: Printer) -> list[Finding]:
    """What may be wrong with a print that does not show the relief: its size alone."""
    return list(_check_bed(_Print(relief, printer, BASE_MM, None)))


def _check_bed(asked: _Print) -> Iterator[Finding]:
    (width, height), bed, title = asked.relief.size_mm, asked.printer.bed_mm, asked.printer.title
    if not ((width <= bed[0] and height <= bed[1]) or (width <= bed[1] and height <= bed[0])):
        share = max(min(bed[0] / width, bed[1] / height), min(bed[1] / width, bed[0] / height))
        yield Finding("stop", f"the print is {width:.0f} x {height:.0f} mm, the bed of a {title} {bed[0]:.0f} x "
                      f"{bed[1]:.0f} mm", f"ask for --width-mm {np.floor(width * share):.0f}, or print it in parts")


def _check_relief(asked: _Print) -> Iterator[Finding]:
    relief_mm, most, layer_mm = asked.relief.relief_mm, asked.printer.max_relief_mm, asked.printer.layer_mm
    if relief_mm > most:
        yield Finding("stop", f"the relief is {relief_mm:.2f} mm high, the most here is {most:g} mm",
                      f"lower it to {most:g} mm", fixable=True)
    if relief_mm == 0:
        yield Finding("stop", "the relief is flat (0 mm)", "there is nothing to print in height: make the relief first")
    elif relief_mm < 2 * layer_mm:
        yield Finding("warning", f"the relief is {relief_mm * 1000:.0f} um high, fewer than two layers of "
                      f"{layer_mm * 1000:.0f} um", f"raise it to {4 * layer_mm:.2f} mm or more (--relief-mm)")


def _check_thickness(asked: _Print) -> Iterator[Finding]:
    lowest, needed = float(asked.relief.z_mm.min()), asked.printer.thinnest_mm
    if asked.base_mm + lowest < needed:
        yield Finding("stop", f"the thinnest place is {asked.base_mm + lowest:.2f} mm thick, {needed:g} mm hold",
                      f"give a base of {needed - lowest:.2f} mm or more (--base-mm)")


def _check_needles(asked: _Print) -> Iterator[Finding]:
    needles = int(_needles(asked.relief.z_mm, asked.relief.pitch_mm).sum())
    if needles:
        yield Finding("warning", f"{needles} texels stand out from their neighbours like needles",
                      "level them to their surroundings", fixable=True)


def _check_detail(asked: _Print) -> Iterator[Finding]:
    z, feature_mm = asked.relief.z_mm, asked.printer.feature_mm
    lost = fine_relief_mm(z, asked.relief.pitch_mm, feature_mm)
    if lost > asked.printer.layer_mm * _LOST_LAYERS and lost > _LOST_SHARE * float(z.std()):
        yield Finding("warning", f"detail finer than {feature_mm:g} mm makes {lost * 1000:.0f} um of this relief (root mean "
                      "square) and will be rounded off", "print larger, or take a finer machine")


def _check_slopes(asked: _Print) -> Iterator[Finding]:
    steepest = asked.printer.steepest_deg
    steep = float((slope_deg(asked.relief.z_mm, asked.relief.pitch_mm) > steepest).mean())
    if steep > _STEEP_SHARE:
        yield Finding("warning", f"{steep:.1%} of the surface is steeper than {steepest:g} degrees, where "
                      f"{asked.printer.steep_fault}", "lower the relief (--relief-mm), or accept softer edges there")


def _check_resolution(asked: _Print) -> Iterator[Finding]:
    dots, dpi = asked.printer.dpi, texels_per_inch(asked.relief.pitch_mm)
    if dots and dpi < dots * _COARSE_DPI_SHARE:
        width, height = asked.relief.size_mm
        enough = 4 * width * height / MM_PER_INCH ** 2 * dots ** 2 / 1e6 / 16
        yield Finding("warning", f"the height map has {dpi:.0f} texels per inch, the printer {dots:g} dots",
                      f"paint at more --megapixels: {enough:.1f} and more show what this printer can do")


def _check_triangles(asked: _Print) -> Iterator[Finding]:
    most = asked.printer.max_triangles
    if asked.triangles is not None and asked.triangles > most:
        yield Finding("stop", f"{asked.triangles / 1e6:.1f} M triangles are more than the software of such printers opens "
                      f"({most / 1e6:.0f} M)", f"set a budget (--triangles {most})")


_CHECKS: tuple[Callable[[_Print], Iterator[Finding]], ...] = (
    _check_bed, _check_relief, _check_thickness, _check_needles, _check_detail, _check_slopes, _check_resolution,
    _check_triangles)


def validate_stl(path: Path | str, extents_mm: tuple[float, float, float]) -> list[Finding]:
    """Read an STL back as a printer's software will, and say what is wrong with it: holes, several bodies, another size.

    Vertices at one place are merged first: the format stores none.
    """
    vertices, triangles = read_stl(path)
    shape = topology(triangles)
    found = []
    if not shape.watertight:
        found.append(Finding("stop", f"the mesh in {path} has open or doubly used edges",
                             "report this: it should not be"))
    if shape.euler != 2:
        found.append(Finding("stop", f"the body in {path} has Euler characteristic {shape.euler}, not 2",
                             "report this: it should be one body without holes"))
    size = np.ptp(vertices.astype(np.float64), axis=0)
    if np.abs(size[:2] - np.asarray(extents_mm)[:2]).max() > _EXACT_MM:
        found.append(Finding("stop", f"the body in {path} is {size[0]:.3f} x {size[1]:.3f} mm, not "
                             f"{extents_mm[0]:.3f} x {extents_mm[1]:.3f} mm", "report this: it should be exact"))
    return found


def fix(relief: Relief, printer: Printer) -> Relief:
    """The safe part of what `validate` asks for: needles levelled, too high a relief lowered as a whole.

    Nothing is smoothed or cut to size: that changes the picture and is for people to decide.
    """
    z, done = relief.z_mm, {}
    needles = _needles(z, relief.pitch_mm)
    if needles.any():
        z = np.where(needles, _median(z), z)
        done["levelled_texels"] = int(needles.sum())
    relief = Relief(z, relief.pitch_mm, relief.origin, {**relief.provenance, **done})
    if relief.relief_mm > printer.max_relief_mm:
        return relief.scaled_to(printer.max_relief_mm * _JUST_BELOW)
    return relief


def slope_deg(z_mm: Float[np.ndarray, "H W"], pitch_mm: float) -> Float32[np.ndarray, "H W"]:
    """Steepness of the surface in degrees: 0 is flat."""
    gy, gx = np.gradient(np.asarray(z_mm, np.float32), np.float32(pitch_mm))
    return np.degrees(np.arctan(np.hypot(gx, gy)))


def fine_relief_mm(z_mm: Float[np.ndarray, "H W"], pitch_mm: float, feature_mm: float) -> float:
    """Root mean square of the relief that is finer than a feature.

    Parameters
    ----------
    z_mm : (H, W) float32
    pitch_mm : float
    feature_mm : float
        Width of one ridge or one groove.

    Returns
    -------
    float
        0 where features are no wider than half a texel or so.
    """
    sigma = feature_mm / pitch_mm / 2
    if sigma < 0.3:
        return 0.0
    z = np.asarray(z_mm, np.float32)
    return float((z - cv2.GaussianBlur(z, (0, 0), sigma, borderType=cv2.BORDER_REFLECT)).std())


def _median(z: Float32[np.ndarray, "H W"]) -> Float32[np.ndarray, "H W"]:
    """The median of each texel and its eight neighbours."""
    return cv2.medianBlur(np.ascontiguousarray(z, np.float32), 3)


def _needles(z: Float32[np.ndarray, "H W"], pitch_mm: float) -> Bool[np.ndarray, "H W"]:
    """Texels that stand alone: farther from the median of their neighbours than any stroke's edge could be."""
    off = np.abs(z - _median(z))
    return off > max(_NEEDLE_PITCHES * pitch_mm, _NEEDLE_TIMES * float(off.mean()), _NEEDLE_LEAST_MM)
