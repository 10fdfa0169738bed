"""What `atelier enlarge` does."""

import json
import os
from pathlib import Path

import click
import numpy as np

from data.errors import UsageError
from data.scan import read_scan
from flows.cli.places import check_writable, needed
from flows.run.progress import bar, say
from flows.run.results import Composed, Learned, Painted
from models.alignment import Frame
from models.view_key import views_by_key
from render.enlarge.enlarge import enlarge as write_enlarged
from render.enlarge.plan import PaintedTexels, PrintSize, ScanReading
from render.export.files import read_height_file
from render.imaging.weave import WEAVE_DEPTH_MM
from render.portrait.kept_paint import lent_fields

_MOST_DPI, _MOST_MEGAPIXELS, _MOST_MM = 20_000, 4000, 5000
_READ_FROM = ("paint/stage.json", "paint/source.npy", "compose/guide.npz", "learn/bank.json", "learn/relief.safetensors")
"""What of a run's work must still be there, if detail is to be read from its scans."""


def enlarge(folder: Path, dpi: float | None, megapixels: float | None, width_mm: float | None, seed: int,
            threads: int | None, tile_px: int, out: Path | None, as_json: bool) -> int:
    """Write a print of more texels than were painted.

    Parameters
    ----------
    folder : Path
        Of a finished run.
    dpi, megapixels : float or None
        Resolution or number of texels of the print: one of the two must be given.
    width_mm : float or None
        Of the print; None: as painted.
    seed : int
        Decides the strokes that are invented.
    threads : int or None
        None: as many as there are cores.
    tile_px : int
        Rows computed at once.
    out : Path or None
        Where the print goes; None: into the run's folder.
    as_json : bool
        Print the result as JSON.

    Returns
    -------
    int
        Exit status.
    """
    _check(dpi, megapixels, width_mm, threads, tile_px, seed)
    folder = folder.expanduser().absolute()
    z, pitch, _ = read_height_file(needed(folder, "height.tif"))
    # Of the paint alone, where the run has it: threads of a canvas must not grow with the print.
    bare = folder / "work" / "relief" / "paint.npy"
    has_canvas = not bare.is_file()
    if not has_canvas:
        z = np.load(bare)
    rgb = read_scan(needed(folder, "portrait.tif"))
    size = PrintSize.of(z.shape, pitch, width_mm=width_mm, dpi=dpi, megapixels=megapixels)
    target = (out or folder / "large").expanduser().absolute()
    check_writable(target)
    say(f"A print of {size.sentence()}, in {target}; files of up to {size.gigabytes():.1f} GB")
    painted = _as_scanned(folder / "work", PaintedTexels(rgb, z, size.pitch_mm), size.times)
    with bar("enlarge", unit="row") as progress:
        made = write_enlarged(painted.rgb, painted.z_mm, painted.pitch_mm, target, width_px=size.width_px, seed=seed,
                              tile_px=tile_px, weave_mm=0.0 if has_canvas else WEAVE_DEPTH_MM,
                              threads=threads or len(os.sched_getaffinity(0)), progress=progress)
    say(f"{', '.join(made['files'])} in {target}")
    if as_json:
        click.echo(json.dumps({"folder": str(target), **made, "times_finer": painted.detail_factor}, ensure_ascii=False))
    return 0


def _check(dpi: float | None, megapixels: float | None, width_mm: float | None, threads: int | None, tile_px: int,
           seed: int) -> None:
    """UsageError where the options cannot be meant."""
    if (dpi is None) == (megapixels is None):
        raise UsageError("give either --dpi or --megapixels, one of the two: for example --dpi 565 --width-mm 450")
    for option, value, most in (("--dpi", dpi, _MOST_DPI), ("--megapixels", megapixels, _MOST_MEGAPIXELS),
                                ("--width-mm", width_mm, _MOST_MM)):
        if value is not None and not 0 < value <= most:
            raise UsageError(f"{option} {value:g}: expected a number above 0 and up to {most:g}")
    for option, count in (("--threads", threads), ("--tile-px", tile_px)):
        if count is not None and count < 1:
            raise UsageError(f"{option} {count}: expected at least 1")
    if seed < 0:
        raise UsageError(f"--seed {seed}: expected a whole number of 0 or more")


def _as_scanned(work: Path, painted: PaintedTexels, most: float) -> PaintedTexels:
    """A run's painting at the resolution of its scans, at most so many times finer than it was painted; as painted where the
    run keeps no work or its scans are no finer."""
    if not all((work / place).is_file() for place in _READ_FROM):
        return painted
    painting, composition = Painted.load(work / "paint"), Composed.load(work / "compose")
    models = Learned.load(work / "learn")
    views = views_by_key(models.bank.both_ways())
    keys = getattr(painting, "exemplars", ())    # a stage that was begun again has no facts yet
    exemplars = [views[key] for key in keys if key in views]
    if painting.source.shape[:2] != painted.z_mm.shape or not keys or len(exemplars) < len(keys):
        return painted
    # Runs of earlier versions did not keep their frame.
    frame = getattr(composition, "frame", None) or models.bank.cropped(Frame().scaled(painted.z_mm.shape[1]))
    reading = ScanReading.of(painting.source, exemplars, composition.guide.landmarks, frame, most,
                             fields=lent_fields(composition.guide.provenance, views))
    if reading.times == 1:
        return painted
    if gone := sorted({view.path for view in exemplars if not Path(view.path).is_file()}):
        say(f"{gone[0]} is not there any more: detail is not read from the scans, but painted in from the start")
        return painted
    say(f"The scans are {reading.times} times finer than the painting: their strokes are read first")
    with bar("read", unit="scan") as progress:
        return reading.seen(painted, models.relief, moved=painting.moved, progress=progress)
