"""What `atelier export` does: the export stage of a run, or a print job for a printer."""

import json
from collections.abc import Collection, Sequence
from pathlib import Path
from typing import Any

import click

from data.errors import OutputError, UsageError
from data.scan import read_scan
from flows.cli.places import check_writable, needed
from flows.cli.run_stages import carry_out_one, tell
from flows.run.progress import bar, say
from render.export.print_job import PrintPlan, plan_print
from render.export.printers import PRINTERS, printer
from render.export.read_back import read_relief
from render.export.wishes import Wishes
from render.portrait.guide import Guide
from render.relief.relief import Relief
from render.relief.sculpture import sculpted

_MOST_MM = 5000
_OF_A_PRINT_JOB = ("check", "fix", "make", "sculpt_mm", "width_mm", "out")
"""Options that are no wishes for the print itself, and mean nothing without a printer."""


def list_printers() -> None:
    """Print a line for every printer."""
    for name, profile in PRINTERS.items():
        width, height = profile.bed_mm
        click.echo(f"{name:<13} {profile.title}: up to {width:g} x {height:g} mm and {profile.max_relief_mm:g} mm of relief, "
                   f"detail from {profile.feature_mm:g} mm; takes {', '.join(profile.makes)}")


def export(folder: Path, name: str | None, check: bool, fix: bool, make: Sequence[str], sculpt_mm: float | None,
           width_mm: float | None, out: Path | None, as_json: bool, cache: Path | None, jobs: int | None,
           named: Collection[str], **wishes: Any) -> int:
    """Carry out the export stage of a run, or plan and make a print job.

    Parameters
    ----------
    folder : Path
        Of a finished run, or of an enlarged print.
    name : str or None
        Of the printer; None: the files that every run has.
    check : bool
        Write nothing.
    fix : bool
        Do the safe part of what the printer asks for.
    make : sequence of str
        What to make instead of what the printer takes.
    sculpt_mm : float or None
        Height of a low relief of the sitter below the paint.
    width_mm : float or None
        Of the print; None: as painted.
    out : Path or None
        Where the print goes; None: into the run's folder.
    as_json : bool
        Print the result as JSON.
    cache, jobs : Path or None, int or None
        For the export stage.
    named : collection of str
        The options that were given on the command line.
    **wishes
        The other fields of `render.export.wishes.Wishes`.

    Returns
    -------
    int
        Exit status: 1 if it will not print.
    """
    if name is None:
        _refuse_print_options([option for option in (*_OF_A_PRINT_JOB, *wishes) if option in named])
        tell(carry_out_one("export", folder, cache, jobs), as_json)
        return 0
    profile, wished = printer(name), Wishes(make=tuple(dict.fromkeys(make)), fix=fix, **wishes)
    _check_lengths(("--width-mm", width_mm), ("--sculpt-mm", sculpt_mm))
    folder = folder.expanduser().absolute()
    relief = read_relief(needed(folder, "height.tif"), width_mm)
    if sculpt_mm is not None:
        relief = _sculpted(folder, relief, sculpt_mm)
    plan = plan_print(relief, profile, wished)
    _tell_plan(plan)
    facts = _facts_of(plan)
    if not plan.stops and not check:
        facts |= _made(plan, folder, (out or folder / f"print-{name}").expanduser().absolute())
    if as_json:
        click.echo(json.dumps(facts, ensure_ascii=False))
    if plan.stops:
        fixable = any(finding.fixable for finding in plan.stops) and not fix
        say("atelier: this will not print as it is; nothing was written" + (": --fix can help" if fixable else ""))
    return 1 if plan.stops else 0


def _refuse_print_options(given: Sequence[str]) -> None:
    """UsageError where options of a print job were given without a printer."""
    if given:
        raise UsageError(f"--{given[0].replace('_', '-')} belongs to a print job: name the printer too (--printer fdm; "
                         "`atelier export DIR --list-printers` names them)")


def _check_lengths(*given: tuple[str, float | None]) -> None:
    for option, value in given:
        if value is not None and not 0 < value <= _MOST_MM:
            raise UsageError(f"{option} {value:g}: expected a length above 0 mm and up to {_MOST_MM} mm")


def _sculpted(folder: Path, relief: Relief, height_mm: float) -> Relief:
    """The relief with a low relief of the sitter below, whose place is in the run that the print was made or enlarged from."""
    for run in (folder, folder.parent):
        path = run / "work" / "compose" / "guide.npz"
        if path.is_file():
            guide = Guide.load(path)
            return sculpted(relief, guide.parts, guide.landmarks, height_mm=height_mm)
    raise UsageError(f"{folder} has no work/compose/guide.npz, which says where the head is: --sculpt-mm needs the folder of "
                     "a run with its `work`")


def _tell_plan(plan: PrintPlan) -> None:
    width, height = plan.relief.size_mm
    say(f"For {plan.printer.title}: {width:.1f} x {height:.1f} mm, relief {plan.relief.relief_mm:.2f} mm")
    for line in (*plan.lines, *map(str, plan.findings)):
        say(f"  {line}")


def _facts_of(plan: PrintPlan) -> dict[str, Any]:
    """The plan as JSON holds it."""
    width, height = plan.relief.size_mm
    return {"printer": plan.printer.name, "width_mm": width, "height_mm": height, "relief_mm": plan.relief.relief_mm,
            "makes": list(plan.makes), "plan": list(plan.lines), "prints": not plan.stops,
            "findings": [{"level": finding.level, "problem": finding.problem, "remedy": finding.remedy,
                          "fixable": finding.fixable} for finding in plan.findings]}


def _made(plan: PrintPlan, folder: Path, target: Path) -> dict[str, Any]:
    """Make the files of a plan; says where they are and which."""
    check_writable(target)
    rgb = read_scan(needed(folder, "portrait.tif"))
    if rgb.shape[:2] != plan.relief.z_mm.shape:
        raise OutputError(f"portrait.tif in {folder} has {rgb.shape[1]} x {rgb.shape[0]} texels, height.tif "
                          f"{plan.relief.z_mm.shape[1]} x {plan.relief.z_mm.shape[0]}: they are not of one painting")
    with bar("print") as progress:
        files = plan.write(rgb, target, progress)
    say(f"{len(files)} files in {target}; begin with printing.txt")
    return {"folder": str(target), "files": files}
