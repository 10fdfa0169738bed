"""What printers can do, what in a relief will not print, and what to change."""

from dataclasses import dataclass

import cv2
import numpy as np

from data.errors import UsageError
from render.export.mesh import count_triangles
from render.export.solids import describe_size, read_stl, topology
from render.relief.relief import Relief, check_height, check_pitch


@dataclass(frozen=True)
class Printer:
    """A kind of printer. Lengths in mm; `bed_mm` (width, height); `max_relief_mm` the most height it builds on a panel;
    `feature_mm` the narrowest ridge or groove it resolves; `layer_mm` its layers; `steepest_deg` the steepest wall it
    makes well; `thinnest_mm` the thinnest body that holds; `dpi` in the plane, or None; `makes` the files it takes (names of
    `render.export.print_job.MAKES`)."""

    name: str
    title: str
    bed_mm: tuple[float, float]
    max_relief_mm: float
    feature_mm: float
    layer_mm: float
    steepest_deg: float
    thinnest_mm: float
    max_triangles: int
    makes: tuple[str, ...]
    dpi: float | None = None


# Figures of usual machines of each kind, not of one model: a print shop's own data sheet wins.
PRINTERS = {printer.name: printer for printer in (
    Printer("elevated-uv", "elevated UV ink (flatbed, up to 4 mm)", (1250, 2500), 4.0, 0.10, 0.05, 75, 0.0, 20_000_000,
            ("colour", "height", "layers"), dpi=450),
    Printer("polyjet", "PolyJet (jetted resin, 27 um layers, 600 dpi)", (490, 390), 200.0, 0.10, 0.027, 90, 0.6,
            20_000_000, ("slices", "3mf"), dpi=600),
    Printer("fdm", "FDM (0.4 mm nozzle, 0.08-0.2 mm layers)", (256, 256), 250.0, 0.42, 0.12, 90, 0.8, 3_000_000,
            ("stl", "3mf")),
    Printer("resin", "resin (mask LCD, 50 um layers)", (218, 123), 240.0, 0.10, 0.05, 90, 0.8, 5_000_000, ("stl",)),
    Printer("cnc", "CNC mill (1 mm ball nose)", (600, 900), 30.0, 1.0, 0.05, 70, 3.0, 5_000_000,
            ("stl", "height")),
)}
# A texel that stands this many pitches above its neighbours is a needle; no brush leaves one.
_SPIKE_PITCHES = 4.0


@dataclass(frozen=True)
class Finding:
    """`level` "stop" (will not print) or "warning"; what is wrong, what to change, and whether `fix` does it."""

    level: str
    problem: str
    remedy: str
    fixable: bool = False

    def __str__(self):
        return f"{self.level}: {self.problem}; {self.remedy}"


def printer(name):
    """The printer of that name; UsageError with the names there are."""
    if name not in PRINTERS:
        raise UsageError(f"unknown printer {name!r}: choose from {', '.join(PRINTERS)}")
    return PRINTERS[name]


def validate(relief, profile, *, base_mm=2.0, triangles=None):
    """Everything in a relief that this printer will not print as it is, worst first.

    Parameters
    ----------
    relief : Relief
    profile : Printer
    base_mm : float
        Thickness of the body below the lowest point.
    triangles : int, optional
        Of the mesh that will be written.

    Returns
    -------
    list of Finding
    """
    z, pitch = relief.z_mm, relief.pitch_mm
    width, height = relief.size_mm
    found = []

    def stop(problem, remedy, fixable=False):
        found.append(Finding("stop", problem, remedy, fixable))

    def warn(problem, remedy, fixable=False):
        found.append(Finding("warning", problem, remedy, fixable))

    bed = profile.bed_mm
    if not ((width <= bed[0] and height <= bed[1]) or (width <= bed[1] and height <= bed[0])):
        share = max(min(bed[0] / width, bed[1] / height), min(bed[1] / width, bed[0] / height))
        stop(f"the print is {width:.0f} x {height:.0f} mm, the bed of a {profile.title} {bed[0]:.0f} x {bed[1]:.0f} mm",
             f"ask for --width-mm {np.floor(width * share):.0f}, or print it in parts")
    if relief.relief_mm > profile.max_relief_mm:
        stop(f"the relief is {relief.relief_mm:.2f} mm high, the most here is {profile.max_relief_mm:g} mm",
             f"lower it to {profile.max_relief_mm:g} mm", fixable=True)
    if relief.relief_mm == 0:
        stop("the relief is flat (0 mm)", "there is nothing to print in height: make the relief first")
    elif relief.relief_mm < 2 * profile.layer_mm:
        warn(f"the relief is {relief.relief_mm * 1000:.0f} um high, fewer than two layers of "
             f"{profile.layer_mm * 1000:.0f} um", f"raise it to {4 * profile.layer_mm:.2f} mm or more (--relief-mm)")
    thinnest = base_mm + float(z.min())
    if thinnest < profile.thinnest_mm:
        stop(f"the thinnest place is {thinnest:.2f} mm thick, {profile.thinnest_mm:g} mm hold",
             f"give a base of {profile.thinnest_mm - float(z.min()):.2f} mm or more (--base-mm)")
    spikes = int(_spikes(z, pitch).sum())
    if spikes:
        warn(f"{spikes} texels stand out from their neighbours like needles", "level them to their surroundings",
             fixable=True)
    lost = fine_relief_mm(z, pitch, profile.feature_mm)
    if lost > profile.layer_mm / 2 and lost > 0.25 * float(z.std()):
        warn(f"detail finer than {profile.feature_mm:g} mm makes {lost * 1000:.0f} um of this relief (root mean "
             "square) and will be rounded off", "print larger, or take a finer machine")
    steep = float((slope_deg(z, pitch) > profile.steepest_deg).mean())
    if steep > 0.001:
        warn(f"{steep:.1%} of the surface is steeper than {profile.steepest_deg:g} degrees, where "
             + ("the tool does not reach" if profile.name == "cnc" else "ink runs down and walls come out ragged"),
             "lower the relief (--relief-mm), or accept softer edges there")
    if profile.dpi and 25.4 / pitch < profile.dpi / 4:
        warn(f"the height map has {25.4 / pitch:.0f} texels per inch, the printer {profile.dpi:g} dots",
             f"paint at more --megapixels: {4 * width * height / 25.4 ** 2 * profile.dpi ** 2 / 1e6 / 16:.1f} and more "
             "show what this printer can do")
    if triangles is not None and triangles > profile.max_triangles:
        stop(f"{triangles / 1e6:.1f} M triangles are more than the software of such printers opens "
             f"({profile.max_triangles / 1e6:.0f} M)", f"set a budget (--triangles {profile.max_triangles})")
    return sorted(found, key=lambda finding: finding.level != "stop")


def validate_stl(path, extents_mm):
    """Read an STL back as a printer's software will, and say what is wrong with it (list of Finding).

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
    if np.abs(size[:2] - np.asarray(extents_mm)[:2]).max() > 0.001:
        found.append(Finding("stop", f"the body in {path} is {size[0]:.3f} x {size[1]:.3f} mm, not "
                             f"{extents_mm[0]:.3f} x {extents_mm[1]:.3f} mm", "report this: it should be exact"))
    return found


def fix(relief, profile):
    """The safe part of what `validate` asks for: needles levelled, too high a relief lowered as a whole.

    Nothing is smoothed or cut to size: that changes the picture and is for people to decide.
    """
    z, done = relief.z_mm, {}
    spikes = _spikes(z, relief.pitch_mm)
    if spikes.any():
        z = np.where(spikes, _median(z), z)
        done["levelled_texels"] = int(spikes.sum())
    relief = Relief(z, relief.pitch_mm, relief.origin, {**relief.provenance, **done})
    # Just below the limit, so that rounding to the file's units cannot pass it.
    return relief.scaled_to(profile.max_relief_mm * 0.999) if relief.relief_mm > profile.max_relief_mm else relief


def describe(z_mm, pitch_mm, *, base_mm=2.0, max_error_mm=None, triangles=None):
    """What an export will give, before it is made: "210.0 x 297.0 x 5.5 mm, 1.2 M triangles, 60 MB"."""
    z, pitch = check_height(z_mm), check_pitch(pitch_mm)
    count = count_triangles(z, max_error_mm=max_error_mm or 0.0) if triangles is None else int(triangles)
    return describe_size((z.shape[1] * pitch, z.shape[0] * pitch, base_mm + float(z.max())), count)


def slope_deg(z_mm, pitch_mm):
    """Steepness of the surface, (H, W) float32 degrees: 0 is flat."""
    gy, gx = np.gradient(np.asarray(z_mm, np.float32), np.float32(pitch_mm))
    return np.degrees(np.arctan(np.hypot(gx, gy)))


def fine_relief_mm(z_mm, pitch_mm, feature_mm):
    """Root mean square of the relief finer than a feature size (one ridge or one groove)."""
    sigma = feature_mm / pitch_mm / 2
    if sigma < 0.3:
        return 0.0
    z = np.asarray(z_mm, np.float32)
    return float((z - cv2.GaussianBlur(z, (0, 0), sigma, borderType=cv2.BORDER_REFLECT)).std())


def _median(z):
    return cv2.medianBlur(np.ascontiguousarray(z, np.float32), 3)


def _spikes(z, pitch_mm):
    """Texels that stand alone: farther from the median of their neighbours than any stroke's edge could be."""
    off = np.abs(z - _median(z))
    return off > max(_SPIKE_PITCHES * pitch_mm, 12 * float(off.mean()), 0.05)
