"""The practice master: an imaginary painter whose every sitter, stroke and height is known.

`paint_practice` writes a corpus as a museum would deliver it (pictures, `catalogue.csv`, registered height scans of some
of them) and beside it, in the folder `truth`, what no museum knows: landmarks, attributes, parts and height of all.
Painting number k depends on the seed and k alone: a longer corpus begins with the shorter one.
"""

import csv
import json
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor, as_completed
from functools import cache
from multiprocessing import get_context
from pathlib import Path
from typing import Any, NamedTuple

import cv2
import numpy as np
import tifffile
from jaxtyping import Float32, Float64, UInt16

from data.colour import UINT16_MAX, to_uint16
from data.errors import UsageError
from data.files import replacing
from data.progress import Progress
from models.alignment import Frame
from models.portrait_prior import PortraitPrior
from render.practice.figure import Figure, compose_figure
from render.practice.strokes import StrokeSettings, paint_strokes

ARTIST = "Practice Master"
LICENCE = "CC0 (painted by Atelier's practice master)"
DPI = 100.0
MM_PER_UNIT = 1e-5  # 16 bits of a height scan reach 0.655 mm
TRUTH_NOTE = """What no museum knows of the paintings one folder up, painted by Atelier's practice master.
NAME.json: the 68 landmarks in pixels, the sitter's attributes (garment, gesture, ground and format among them) and the 21
joints of every hand, as hand detectors number them. NAME.parts.png: the parts map (data.parts.Part); hands are neck in it.
NAME.height.tif: height of the paint, millimetres per unit as in the json. Atelier never reads this folder as a corpus.
"""
COLUMNS = ("file", "title", "artist", "year", "licence", "dpi", "height_mm_per_unit")
SIZES_PX = (160, 4096)  # narrowest and widest painting

# Where heads sit in the frame, least and most: eye distance as a share of the width, middle of the eyes as shares of
# width and height.
_EYE_SHARE, _EYES_X, _EYES_Y = (0.122, 0.142), (0.46, 0.54), (0.26, 0.30)
_BUST_SHARE, _BUST_EYE_SHARE, _BUST_EYES_Y = 0.2, (0.168, 0.19), (0.33, 0.37)      # of portraits that end below the breast
_FIRST_YEAR, _YEARS = 1500, 80  # the imaginary master's working life


class _Task(NamedTuple):
    """One painting to be painted and written, as a process of the pool is sent it."""

    out: Path
    seed: int
    number: int
    width_px: int


def paint_one(seed: int, number: int, *,
              width_px: int = 640) -> tuple[Float32[np.ndarray, "H W 3"], Float32[np.ndarray, "H W"], Figure]:
    """Painting `number` of the corpus with this seed.

    Parameters
    ----------
    seed, number : int
        0 or more.
    width_px : int
        Width of the picture; it is 5/4 as high.

    Returns
    -------
    colour : (H, W, 3) float32, sRGB
    height_mm : (H, W) float32
    figure : render.practice.figure.Figure
        The canvas it was painted from, with the truth.
    """
    rng = np.random.default_rng([int(seed), int(number)])
    bust = rng.random() < _BUST_SHARE
    share, eyes_y = (_BUST_EYE_SHARE, _BUST_EYES_Y) if bust else (_EYE_SHARE, _EYES_Y)
    frame = Frame(eye_share=rng.uniform(*share), eye_centre=(rng.uniform(*_EYES_X), rng.uniform(*eyes_y)))
    draw = _prior().sample(rng, frame=frame.scaled(width_px))
    figure = compose_figure(draw, rng)
    canvas = figure.canvas
    colour, height_mm = paint_strokes(
        canvas.colour, seed=int(rng.integers(2 ** 62)), settings=StrokeSettings(pitch_mm=25.4 / DPI), detail=canvas.detail,
        direction=canvas.direction, certainty=canvas.certainty, loading=canvas.loading,
        finest=canvas.finest)
    return colour, height_mm, figure


def paint_practice(out: Path | str, count: int, seed: int, *, width_px: int = 640, progress: Progress | None = None,
                   jobs: int = 1) -> list[Path]:
    """Paint a corpus into a folder; every second painting, from the first on, has a height scan.

    Parameters
    ----------
    out : Path or str
        The folder; made if need be.
    count : int
        Paintings, 1 or more.
    seed : int
        0 or more.
    width_px : int
        Width of the pictures, within `SIZES_PX`; they are 5/4 as high, at 100 dpi.
    progress : callable, optional
        `progress(done, total)` is called at the start and after each painting.
    jobs : int
        Processes that share the work; they do not change the result.

    Returns
    -------
    list of Path
        The pictures, by number.

    Raises
    ------
    UsageError
        For a number out of range.
    OutputError
        If the folder takes no files.
    """
    if count < 1:
        raise UsageError(f"a practice corpus wants at least 1 painting, got {count}")
    least, most = SIZES_PX
    if not least <= width_px <= most:
        raise UsageError(f"practice paintings are {least} to {most} px wide, got {width_px}")
    if seed < 0:
        raise UsageError(f"the seed must be 0 or more, got {seed}")
    out = Path(out)
    with replacing(out / "truth" / "README.txt") as beside:  # before hours of painting, see that the folder takes files
        beside.write_text(TRUTH_NOTE, encoding="utf-8")
    tasks = [_Task(out, seed, number, width_px) for number in range(1, count + 1)]
    rows = {}
    if progress:
        progress(0, count)
    for row in _rows_as_they_come(tasks, jobs):
        rows[row["number"]] = row
        if progress:
            progress(len(rows), count)
    with replacing(out / "catalogue.csv") as beside, open(beside, "w", newline="", encoding="utf-8") as stream:
        writer = csv.DictWriter(stream, COLUMNS, extrasaction="ignore", lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows[number] for number in sorted(rows))
    return [out / rows[number]["file"] for number in sorted(rows)]


def _rows_as_they_come(tasks: list[_Task], jobs: int) -> Iterator[dict[str, Any]]:
    """Paint and write all; yields rows of the catalogue, with several jobs in the order in which they are done."""
    if jobs == 1:
        yield from map(_paint_and_write, tasks)
        return
    with ProcessPoolExecutor(jobs, get_context("spawn"), cv2.setNumThreads, (1,)) as pool:
        for done in as_completed([pool.submit(_paint_and_write, task) for task in tasks]):
            yield done.result()


@cache
def _prior() -> PortraitPrior:
    return PortraitPrior.load()


def _paint_and_write(task: _Task) -> dict[str, Any]:
    """Paint one picture and write all its files; returns its row of the catalogue, and its number."""
    out, seed, number, width_px = task
    colour, height_mm, figure = paint_one(seed, number, width_px=width_px)
    name = f"practice_{number:03d}"
    attributes = figure.attributes
    _write_colour(out / f"{name}.tif", colour)
    units = _height_units(height_mm)
    _write_height(out / "truth" / f"{name}.height.tif", units)
    scanned = number % 2 == 1
    if scanned:
        _write_height(out / f"{name}.height.tif", units)
    with replacing(out / "truth" / f"{name}.parts.png") as beside:
        cv2.imwrite(str(beside), figure.canvas.parts)
    truth = {"file": f"{name}.tif", "width_px": colour.shape[1], "height_px": colour.shape[0],
             "landmarks": _rounded(figure.landmarks_xy),
             "hands": [{**hand, "joints": _rounded(hand["joints"])} for hand in figure.hand_joints_px()],
             "attributes": attributes, "height_mm_per_unit": MM_PER_UNIT, "seed": seed, "number": number}
    with replacing(out / "truth" / f"{name}.json") as beside:
        beside.write_text(json.dumps(truth, indent=1) + "\n", encoding="utf-8")
    return {"number": number, "file": f"{name}.tif", "title": _title(attributes), "artist": ARTIST, "licence": LICENCE,
            "year": _FIRST_YEAR + (seed * 7 + number * 13) % _YEARS, "dpi": DPI,
            "height_mm_per_unit": MM_PER_UNIT if scanned else ""}


def _rounded(points_xy: Float64[np.ndarray, "N 2"]) -> list[list[float]]:
    return [[round(float(x), 3), round(float(y), 3)] for x, y in points_xy]


def _title(attributes: dict[str, Any]) -> str:
    who = "woman" if attributes["sex"] == "female" else "man"
    beard = {"beard": "bearded ", "moustache": "", "none": ""}[attributes["facial_hair"]]
    worn = {"none": "", "brim": " in a hat"}.get(attributes["hat"], f" in a {attributes['hat']}")
    return f"Portrait of a {beard}{who}{worn}"


def _height_units(height_mm: Float32[np.ndarray, "H W"]) -> UInt16[np.ndarray, "H W"]:
    """Height in units of a 16-bit scan, `MM_PER_UNIT` each."""
    return np.clip(np.round(height_mm / MM_PER_UNIT), 0, UINT16_MAX).astype(np.uint16)


def _write_colour(path: Path, colour: Float32[np.ndarray, "H W 3"]) -> None:
    """16-bit RGB TIFF with its dpi."""
    with replacing(path) as beside:
        tifffile.imwrite(beside, to_uint16(colour), photometric="rgb", compression="zlib", predictor=True,
                         resolution=(DPI, DPI), resolutionunit="INCH", metadata=None)


def _write_height(path: Path, units: UInt16[np.ndarray, "H W"]) -> None:
    """16-bit grey TIFF with its dpi."""
    with replacing(path) as beside:
        tifffile.imwrite(beside, units, photometric="minisblack", compression="zlib", predictor=True,
                         resolution=(DPI, DPI), resolutionunit="INCH", metadata=None)
