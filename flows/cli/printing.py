"""Commands that turn a finished run into prints: `export` for a printer, `enlarge` for more texels than were painted."""

import json
from pathlib import Path

import click
import numpy as np

from data.errors import OutputError, UsageError
from flows.cli.run_stages import tell, until
from flows.corpus.store import default_cache
from flows.run.commission import check_corpus, planned
from flows.run.progress import bar, say

_FOLDER = click.Path(path_type=Path, readable=False)


def _told_printers(context, parameter, wanted):
    """--list-printers: a table, and nothing else is done."""
    if not wanted or context.resilient_parsing:
        return
    from render.export.printers import PRINTERS

    for name, profile in PRINTERS.items():
        width, height = profile.bed_mm
        click.echo(f"{name:<13} {profile.title}: up to {width:g} x {height:g} mm and {profile.max_relief_mm:g} mm of relief, "
                   f"detail from {profile.feature_mm:g} mm; takes {', '.join(profile.makes)}")
    context.exit()


@click.command()
@click.argument("folder", type=_FOLDER, metavar="DIR")
@click.option("--printer", "name", default=None, metavar="NAME", help="Make files for this printer (see --list-printers), "
              "after checking what it will not print.")
@click.option("--list-printers", is_flag=True, is_eager=True, expose_value=False, callback=_told_printers,
              help="Name the printers, and stop.")
@click.option("--check", is_flag=True, help="Only say what would come out and what will not print.")
@click.option("--fix", is_flag=True, help="Do the safe part: level needles, lower a relief that is too high.")
@click.option("--make", multiple=True, metavar="KIND", help="What to make instead of what the printer takes: stl, 3mf, ply, "
              "glb, colour, height, layers, slices, maps, lithophane, filament.  May be given several times.")
@click.option("--width-mm", type=float, default=None, metavar="W", help="Width of the print.  [default: as painted]")
@click.option("--relief-mm", type=float, default=None, metavar="MM", help="Stretch the relief to this height.  "
              "[default: as thick as the paint is]")
@click.option("--base-mm", type=float, default=2.0, metavar="MM", help="Solid below the relief.")
@click.option("--border-mm", type=float, default=0.0, metavar="MM", help="Flat border around solids.")
@click.option("--triangles", type=int, default=None, metavar="N", help="The most triangles of a solid.  [default: 1000000]")
@click.option("--max-error-um", type=float, default=None, metavar="UM", help="Instead: how far, in micrometres, the "
              "simplified surface may be off.")
@click.option("--layers", type=int, default=13, metavar="N", help="Layers for elevated printing, the colour among them.")
@click.option("--varnish", is_flag=True, help="Add varnish, which levels the finest hollows.")
@click.option("--craquelure", is_flag=True, help="Add age cracks.")
@click.option("--sculpt-mm", type=float, default=None, metavar="MM", help="Add a low relief of the sitter, this high, below "
              "the paint.")
@click.option("--out", type=_FOLDER, default=None, metavar="FOLDER", help="Where the print goes.  [default: DIR/print-NAME]")
@click.option("--json", "as_json", is_flag=True, help="Print the result as JSON.")
@click.option("--cache", type=_FOLDER, default=None, help="Where measurements are kept between runs.")
@click.option("--jobs", type=int, default=None, metavar="N", help="Processes that measure.")
def export(folder, name, check, fix, make, sculpt_mm, width_mm, out, as_json, cache, jobs, **wishes):
    """Files for printers from the painting in DIR.

    Without --printer: the files that every run has (TIFF, PNG, STL, 3MF, layer masks, raking light). With --printer: a
    print job in a folder of its own, checked first, with printing.txt that says how to print it. DIR may also be a folder
    of `atelier enlarge`.
    """
    if name is None:
        context = click.get_current_context()
        given = [option for option in ("check", "fix", "make", "sculpt_mm", "width_mm", "out", *wishes)
                 if context.get_parameter_source(option).name == "COMMANDLINE"]
        if given:
            raise UsageError(f"--{given[0].replace('_', '-')} belongs to a print job: name the printer too (--printer fdm; "
                             "`atelier export DIR --list-printers` names them)")
        return _stage(folder, cache, jobs, as_json)
    from render.export.print_job import Wishes, plan_print
    from render.export.printers import printer

    profile, wishes = printer(name), Wishes(make=tuple(dict.fromkeys(make)), fix=fix, **wishes)
    for option, value in (("--width-mm", width_mm), ("--sculpt-mm", sculpt_mm)):
        if value is not None and not 0 < value <= 5000:
            raise UsageError(f"{option} {value:g}: expected a length above 0 mm and up to 5000 mm")
    folder = folder.expanduser().absolute()
    relief = _relief_of(folder, width_mm)
    if sculpt_mm is not None:
        relief = _sculpted(folder, relief, sculpt_mm)
    plan = plan_print(relief, profile, wishes)
    width, height = plan.relief.size_mm
    say(f"For {profile.title}: {width:.1f} x {height:.1f} mm, relief {plan.relief.relief_mm:.2f} mm")
    for line in (*plan.lines, *map(str, plan.findings)):
        say(f"  {line}")
    facts = {"printer": name, "width_mm": width, "height_mm": height, "relief_mm": plan.relief.relief_mm,
             "makes": list(plan.makes), "plan": list(plan.lines), "prints": not plan.stops,
             "findings": [{"level": finding.level, "problem": finding.problem, "remedy": finding.remedy,
                           "fixable": finding.fixable} for finding in plan.findings]}
    if plan.stops:
        if as_json:
            click.echo(json.dumps(facts, ensure_ascii=False))
        fixable = any(finding.fixable for finding in plan.stops) and not fix
        say("atelier: this will not print as it is; nothing was written" + (": --fix can help" if fixable else ""))
        return 1
    if not check:
        target = (out or folder / f"print-{name}").expanduser().absolute()
        _writable(target)
        from data.scan import read_scan

        rgb = read_scan(_needed(folder, "portrait.tif"))
        if rgb.shape[:2] != plan.relief.z_mm.shape:
            raise OutputError(f"portrait.tif in {folder} has {rgb.shape[1]} x {rgb.shape[0]} texels, height.tif "
                              f"{plan.relief.z_mm.shape[1]} x {plan.relief.z_mm.shape[0]}: they are not of one painting")
        with bar("print") as progress:
            facts |= {"folder": str(target), "files": plan.write(rgb, target, progress)}
        say(f"{len(facts['files'])} files in {target}; begin with printing.txt")
    if as_json:
        click.echo(json.dumps(facts, ensure_ascii=False))
    return 0


def _stage(folder, cache, jobs, as_json):
    """The export stage of a run, with what it still needs."""
    commission = planned(folder, cache=cache or default_cache(), jobs=jobs)
    check_corpus(commission.corpus)
    tell(until("export", commission)["export"], as_json)
    return 0


def _needed(folder, name):
    path = folder / name
    if not path.is_file():
        raise UsageError(f"{folder} has no {name}: expected the folder of a finished `atelier run` or `atelier enlarge`")
    return path


def _relief_of(folder, width_mm):
    """The height map of a finished run as a `Relief`, brought to a width."""
    from render.export.files import read_height_file
    from render.relief.relief import Origin, Relief

    z, pitch, about = read_height_file(_needed(folder, "height.tif"))
    if width_mm is not None:
        pitch = width_mm / z.shape[1]
    return Relief(z, pitch, np.broadcast_to(np.uint8(Origin.INFERRED), z.shape), {"origin": about.get("origin")})


def _guide(folder):
    """The guide of the run in `folder`, or of the run that `folder`'s print was enlarged from."""
    from flows.run.stages import read_guide

    for run in (folder, folder.parent):
        path = run / "work" / "compose" / "guide.npz"
        if path.is_file():
            return read_guide(path)
    raise UsageError(f"{folder} has no work/compose/guide.npz, which says where the head is: --sculpt-mm needs the folder of "
                     "a run with its `work`")


def _sculpted(folder, relief, height_mm):
    from render.relief.relief import sculpted

    guide = _guide(folder)
    return sculpted(relief, guide.parts, guide.landmarks, height_mm=height_mm)


def _writable(target):
    if target.exists() and not target.is_dir():
        raise UsageError(f"{target} is a file: name a folder with --out")
    try:
        target.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise OutputError(f"{target} cannot be written ({error.strerror}): name another folder with --out") from error


@click.command()
@click.argument("folder", type=_FOLDER, metavar="DIR")
@click.option("--dpi", type=float, default=None, metavar="D", help="Texels per inch of the print, for example 565.")
@click.option("--megapixels", type=float, default=None, metavar="M", help="Instead: size of the print in megapixels.")
@click.option("--width-mm", type=float, default=None, metavar="W", help="Width of the print.  [default: as painted]")
@click.option("--seed", type=int, default=1, help="The same seed gives the same print.")
@click.option("--threads", type=int, default=None, metavar="N", help="Threads; the bytes are the same with any number.  "
              "[default: all cores]")
@click.option("--tile-px", type=int, default=512, metavar="N", help="Rows computed at once; the bytes are the same.")
@click.option("--out", type=_FOLDER, default=None, metavar="FOLDER", help="Where the print goes.  [default: DIR/large]")
@click.option("--json", "as_json", is_flag=True, help="Print the result as JSON.")
def enlarge(folder, dpi, megapixels, width_mm, seed, threads, tile_px, out, as_json):
    """A print of many megapixels from the finished run in DIR.

    Writes portrait.tif and height.tif (16 bit, tiled BigTIFF) and height.json. Where the scans are finer than the painting's
    texel, their own strokes are read from them; detail finer than that is painted in, octave by octave, in strokes. A run
    that was stopped goes on when the same command is given again.
    """
    import os

    from data.scan import read_scan
    from render.enlarge.enlarge import enlarge as make
    from render.enlarge.enlarge import print_size
    from render.export.files import read_height_file
    from render.imaging.weave import WEAVE_DEPTH_MM

    if (dpi is None) == (megapixels is None):
        raise UsageError("give either --dpi or --megapixels, one of the two: for example --dpi 565 --width-mm 450")
    for option, value, most in (("--dpi", dpi, 20_000), ("--megapixels", megapixels, 4000), ("--width-mm", width_mm, 5000)):
        if value is not None and not 0 < value <= most:
            raise UsageError(f"{option} {value:g}: expected a number above 0 and up to {most:g}")
    for option, value in (("--threads", threads), ("--tile-px", tile_px)):
        if value is not None and value < 1:
            raise UsageError(f"{option} {value}: expected at least 1")
    if seed < 0:
        raise UsageError(f"--seed {seed}: expected a whole number of 0 or more")
    folder = folder.expanduser().absolute()
    z, pitch, _ = read_height_file(_needed(folder, "height.tif"))
    # Of the paint alone, where the run has it: threads of a canvas must not grow with the print.
    paint = folder / "work" / "relief" / "paint.npy"
    if bare := paint.is_file():
        z = np.load(paint)
    rgb = read_scan(_needed(folder, "portrait.tif"))
    rows, columns = z.shape
    width = columns * pitch if width_mm is None else width_mm
    width_px = round(width / 25.4 * dpi) if dpi is not None else round((megapixels * 1e6 * columns / rows) ** 0.5)
    height_px, _ = print_size(z.shape, width_px)
    target = (out or folder / "large").expanduser().absolute()
    _writable(target)
    say(f"A print of {width_px} x {height_px} texels ({width_px * height_px / 1e6:.0f} megapixels), {width:.1f} x "
        f"{width * rows / columns:.1f} mm at {25.4 * width_px / width:.0f} dpi, in {target}; files of up to "
        f"{width_px * height_px * 8 / 1e9:.1f} GB")
    rgb, z, pitch, read = _as_scanned(folder, rgb, z, width / columns, width_px / columns)
    with bar("enlarge", unit="row") as progress:
        made = make(rgb, z, pitch, target, width_px=width_px, seed=seed, tile_px=tile_px,
                    weave_mm=WEAVE_DEPTH_MM if bare else 0.0, threads=threads or len(os.sched_getaffinity(0)),
                    progress=progress)
    say(f"{', '.join(made['files'])} in {target}")
    if as_json:
        click.echo(json.dumps({"folder": str(target), **made, **read}, ensure_ascii=False))
    return 0


def _as_scanned(folder, rgb, z, pitch_mm, larger):
    """Colour, height and pitch of a run's painting at the resolution of its scans, at most so many times larger, and what
    was read of them; as painted where the run keeps no work or its scans are no finer."""
    from flows.run.stage_cache import read_stamp

    work, as_painted = folder / "work", (rgb, z, pitch_mm, {"times_finer": 1})
    stamp = read_stamp(work / "paint" / "stage.json")
    needed = [work / place for place in ("paint/source.npy", "compose/guide.npz", "learn/bank.json",
                                         "learn/relief.safetensors")]
    if "facts" not in (stamp or {}) or not all(path.is_file() for path in needed):
        return as_painted
    from flows.run.stages import read_guide
    from models.alignment import Frame, warp_field
    from models.bank import Bank
    from models.relief import ReliefModel
    from render.enlarge.scan_detail import DetailSource, add_scan_detail, detail_factor

    source, bank = np.load(needed[0]), Bank.load(work / "learn")
    views = {(view.name, view.mirrored): view for view in bank.both_ways()}
    chosen = [views.get(tuple(key)) for key in stamp["facts"]["exemplars"]]
    if source.shape[:2] != z.shape or None in chosen:
        return as_painted
    frame, landmarks = bank.cropped(Frame().scaled(z.shape[1])), read_guide(needed[1]).landmarks
    lenders = [DetailSource(view, warp_field(view.landmarks_xy, landmarks, frame)) for view in chosen]
    times = detail_factor(source, lenders, larger)
    if times == 1:
        return as_painted
    if gone := sorted({view.path for view in chosen if not Path(view.path).is_file()}):
        say(f"{gone[0]} is not there any more: detail is not read from the scans, but painted in from the start")
        return as_painted
    say(f"The scans are {times} times finer than the painting: their strokes are read first")
    moved = work / "paint" / "moved.npy"
    with bar("read", unit="scan") as progress:
        made = add_scan_detail(rgb, z, pitch_mm, source, lenders, times, ReliefModel.load(needed[3]),
                           moved=np.load(moved) if moved.is_file() else None, progress=progress)
    return *made, {"times_finer": times}
