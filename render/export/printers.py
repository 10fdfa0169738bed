"""What printers can do: one entry for each kind.

A new printer is one more entry of `PRINTERS`: the command line lists it, the validator (`render.export.validation`) holds a
relief against its figures, and a print job (`render.export.print_job`) makes the files it takes.
"""

from dataclasses import asdict, dataclass, field, fields
from typing import Any

from data.errors import UsageError


@dataclass(frozen=True, kw_only=True)
class Printer:
    """A kind of printer."""

    name: str
    """What it is called for by: --printer NAME."""
    title: str
    """What people call it, with the figure that tells it from others of its kind."""
    bed_mm: tuple[float, float]
    """Width and height of the largest panel; a print may also lie across."""
    max_relief_mm: float
    """The most height it builds on a panel."""
    feature_mm: float
    """The narrowest ridge or groove it resolves."""
    layer_mm: float
    """Thickness of its layers, or the step of its tool."""
    steepest_deg: float
    """The steepest wall it makes well; 90 is upright."""
    thinnest_mm: float
    """The thinnest body that holds; 0 where it prints on a panel."""
    max_triangles: int
    """What the software of such printers opens with ease."""
    makes: tuple[str, ...]
    """The files it takes: names of `render.export.wishes.MAKES`."""
    dpi: float | None = None
    """Dots per inch in the plane, where it prints dots."""
    steep_fault: str = field(default="ink runs down and walls come out ragged", metadata={"recorded": False})
    """What goes wrong where a wall is steeper than `steepest_deg`."""
    typical_of: str = field(metadata={"recorded": False})
    """Machines that the figures stand for, as commonly known; none was read off one data sheet."""

    def record(self) -> dict[str, Any]:
        """The figures as a print job keeps them in print.json, without the words about them."""
        recorded = {each.name for each in fields(self) if each.metadata.get("recorded", True)}
        return {name: value for name, value in asdict(self).items() if name in recorded}


# Figures of usual machines of each kind, not of one model: a print shop's own data sheet wins.
PRINTERS = {each.name: each for each in (
    Printer(
        name="elevated-uv", title="elevated UV ink (flatbed, up to 4 mm)",
        bed_mm=(1250, 2500), max_relief_mm=4.0, feature_mm=0.10, layer_mm=0.05, steepest_deg=75, thinnest_mm=0.0,
        max_triangles=20_000_000, makes=("colour", "height", "layers"), dpi=450,
        typical_of="flatbeds of the size of Canon's Arizona 1300 series; its elevated printing builds up to 4 mm"),
    Printer(
        name="polyjet", title="PolyJet (jetted resin, 27 um layers, 600 dpi)",
        bed_mm=(490, 390), max_relief_mm=200.0, feature_mm=0.10, layer_mm=0.027, steepest_deg=90, thinnest_mm=0.6,
        max_triangles=20_000_000, makes=("slices", "3mf"), dpi=600,
        typical_of="full-colour machines of the size of Stratasys' J750 and J850, at their quicker layers"),
    Printer(
        name="fdm", title="FDM (0.4 mm nozzle, 0.08-0.2 mm layers)",
        bed_mm=(256, 256), max_relief_mm=250.0, feature_mm=0.42, layer_mm=0.12, steepest_deg=90, thinnest_mm=0.8,
        max_triangles=3_000_000, makes=("stl", "3mf"),
        typical_of="desktop machines with a bed of 256 mm; a line of a 0.4 mm nozzle is 0.42 mm wide, two of them hold"),
    Printer(
        name="resin", title="resin (mask LCD, 50 um layers)",
        bed_mm=(218, 123), max_relief_mm=240.0, feature_mm=0.10, layer_mm=0.05, steepest_deg=90, thinnest_mm=0.8,
        max_triangles=5_000_000, makes=("stl",),
        typical_of="desktop machines with a mask of 9 to 10 inches: two of its 50 um pixels make a feature"),
    Printer(
        name="cnc", title="CNC mill (1 mm ball nose)",
        bed_mm=(600, 900), max_relief_mm=30.0, feature_mm=1.0, layer_mm=0.05, steepest_deg=70, thinnest_mm=3.0,
        max_triangles=5_000_000, makes=("stl", "height"), steep_fault="the tool does not reach",
        typical_of="hobby routers for panels of 60 x 90 cm; the tool's diameter is the narrowest groove"),
)}


def printer(name: str) -> Printer:
    """The printer of that name; UsageError with the names there are."""
    if name not in PRINTERS:
        raise UsageError(f"unknown printer {name!r}: choose from {', '.join(PRINTERS)}")
    return PRINTERS[name]
