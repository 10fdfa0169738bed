"""A print job: planned first, then written.

`plan_print` checks relief, printer and wishes and says what will be made and what will not print, without writing anything.
`PrintPlan.write` makes the files.
"""

import json
from collections.abc import Callable
from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path

import numpy as np
from jaxtyping import Float32

from data.files import replacing
from data.progress import Progress
from render.export.forecast import forecast
from render.export.print_files import WRITERS, Made, write_meshes, write_views
from render.export.printers import Printer
from render.export.validation import Finding, fix, validate, validate_size
from render.export.wishes import MAKES, MESHES, PrintOrder, Wishes
from render.relief.finishes import crackled, varnished
from render.relief.relief import Relief

__all__ = ["MAKES", "PrintPlan", "Wishes", "plan_print"]


@dataclass(frozen=True, eq=False)
class PrintPlan(PrintOrder):
    """A print order that was looked at: `lines` say what will come out, a line for each kind; `findings` what the validator
    found, worst first."""

    lines: tuple[str, ...]
    findings: tuple[Finding, ...]

    @property
    def stops(self) -> list[Finding]:
        """What keeps it from being printed."""
        return [finding for finding in self.findings if finding.level == "stop"]

    def write(self, rgb: Float32[np.ndarray, "H W 3"], folder: Path | str, progress: Progress | None = None) -> list[str]:
        """Make the files. `print.json` and `printing.txt` say what was made and how to print it.

        Parameters
        ----------
        rgb : (H, W, 3) float32
            sRGB in [0, 1] of the relief's size.
        folder : path
        progress : callable, optional
            Called after every kind.

        Returns
        -------
        list of str
            The names, relative to the folder.
        """
        folder, names, notes = Path(folder), [], []
        steps = self._steps()
        for number, step in enumerate(steps):
            made = step(self, rgb, folder)
            names += made.names
            notes += made.notes
            if progress:
                progress(number + 1, len(steps))
        self._write_instructions(folder / "printing.txt", notes)
        self._write_record(folder / "print.json", names)
        return [*names, "printing.txt", "print.json"]

    def _steps(self) -> list[Callable[[PrintOrder, Float32[np.ndarray, "H W 3"], Path], Made]]:
        """What makes the files: solids together first, then the other kinds in their order, views last."""
        meshes = [name for name in MESHES if name in self.makes]
        return [*([partial(write_meshes, kinds=meshes)] if meshes else []),
                *(WRITERS[name] for name in self.makes if name not in MESHES), write_views]

    def _write_instructions(self, path: Path, notes: list[str]) -> None:
        width, height = self.relief.size_mm
        text = [f"For: {self.printer.title}",
                f"Picture: {width:.1f} x {height:.1f} mm, relief {self.relief.relief_mm:.3f} mm", "", *self.lines, "",
                *map(str, self.findings), *notes, "",
                "Print at 100 % scale; every file is in millimetres or carries its dpi."]
        with replacing(path) as beside:
            beside.write_text("\n".join(text) + "\n", encoding="utf-8")

    def _write_record(self, path: Path, names: list[str]) -> None:
        width, height = self.relief.size_mm
        record = {"printer": self.printer.record(), "wishes": asdict(self.wishes), "files": names, "width_mm": width,
                  "height_mm": height, "relief_mm": self.relief.relief_mm, "mm_per_texel": self.relief.pitch_mm,
                  "provenance": self.relief.provenance, "findings": [asdict(finding) for finding in self.findings]}
        with replacing(path) as beside:
            beside.write_text(json.dumps(record, indent=1, default=float) + "\n", encoding="utf-8")


def plan_print(relief: Relief, printer: Printer, wishes: Wishes) -> PrintPlan:
    """What a print will be, without making it.

    Parameters
    ----------
    relief : Relief
        As painted; varnish, cracks, height and the safe part of what the printer asks for are seen to here.
    printer : Printer
        From `render.export.printers.printer`.
    wishes : Wishes

    Returns
    -------
    PrintPlan

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
        relief = fix(relief, printer)
    order = PrintOrder(relief, printer, wishes)
    lines, triangles = forecast(order)
    findings = validate_size(relief, printer) if not order.shows_relief else validate(
        relief, printer, base_mm=wishes.base_mm, triangles=triangles)
    return PrintPlan(relief, printer, wishes, tuple(lines), tuple(findings))
