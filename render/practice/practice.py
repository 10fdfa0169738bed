"""The practice master: an imaginary painter whose every sitter, stroke and height is known.

`paint_practice` writes a corpus as a museum would deliver it (pictures, `catalogue.csv`, registered height scans of some
of them) and beside it, in the folder `truth`, what no museum knows: landmarks, attributes, parts and height of all.
Painting number k depends on the seed and k alone: a longer corpus begins with the shorter one.
"""

import csv
import json
from concurrent.futures import ProcessPoolExecutor, as_completed
from functools import cache
from multiprocessing import get_context
from pathlib import Path

import cv2
import numpy as np
import tifffile

from data.errors import UsageError
from data.files import replacing
from models.alignment import Frame
from models.portrait_prior import PortraitPrior
from render.practice.figure import compose_figure
from render.practice.strokes import StrokeSettings, paint_strokes

ARTIST = "Practice Master"
LICENCE = "CC0 (painted by Atelier's practice master)"
DPI = 100.0
MM_PER_UNIT = 1e-5  # 16 bits of a height scan reach 0.655 mm
TRUTH_NOTE = """What no museum knows of the paintings one folder up, painted by Atelier's practice master.
NAME.json: the 68 landmarks in pixels and the sitter's attributes. NAME.parts.png: the parts map (data.parts.Part).
NAME.height.tif: height of the paint, millimetres per unit as in the json. Atelier never reads this folder as a corpus.
"""
COLUMNS = ("file", "title", "artist", "year", "licence", "dpi", "height_mm_per_unit")


def paint_one(seed, number, *, width_px=640):
    """Painting `number` of the corpus with this seed.

    Returns
    -------
    colour : (H, W, 3) float32, sRGB
    height_mm : (H, W) float32
    figure : render.practice.figure.Figure
        The sheet it was painted from, with the truth.
    """
    rng = np.random.default_rng([int(seed), int(number)])
    frame = Frame(eye_share=rng.uniform(0.122, 0.142), eye_centre=(rng.uniform(0.46, 0.54), rng.uniform(0.26, 0.30)))
    draw = _prior().sample(rng, frame=frame.scaled(width_px))
    figure = compose_figure(draw, rng)
    sheet = figure.sheet
    colour, height_mm = paint_strokes(
        sheet.colour, seed=int(rng.integers(2 ** 62)), settings=StrokeSettings(pitch_mm=25.4 / DPI), detail=sheet.detail,
        direction=sheet.direction, certainty=sheet.certainty, loading=sheet.loading)
    return colour, height_mm, figure


def paint_practice(out, count, seed, *, width_px=640, progress=None, jobs=1):
    """Paint a corpus of `count` portraits into the folder `out`; returns the paths of the pictures.

    Every second painting has a height scan. `width_px` of the pictures (height is 5/4 of it, at 100 dpi); `jobs`
    processes share the work and do not change the result; `progress(done, total)` is called after each painting.
    """
    if count < 1:
        raise UsageError(f"a practice corpus wants at least 1 painting, got {count}")
    if not 160 <= width_px <= 4096:
        raise UsageError(f"practice paintings are 160 to 4096 px wide, got {width_px}")
    if seed < 0:
        raise UsageError(f"the seed must be 0 or more, got {seed}")
    out = Path(out)
    with replacing(out / "truth" / "README.txt") as beside:  # before hours of painting, see that the folder takes files
        beside.write_text(TRUTH_NOTE, encoding="utf-8")
    tasks = [(out, seed, number, width_px) for number in range(1, count + 1)]
    if progress:
        progress(0, count)
    rows = {}
    if jobs == 1:
        for task in tasks:
            rows[task[2]] = _paint_and_write(task)
            if progress:
                progress(len(rows), count)
    else:
        with ProcessPoolExecutor(jobs, get_context("spawn"), cv2.setNumThreads, (1,)) as pool:
            for done in as_completed([pool.submit(_paint_and_write, task) for task in tasks]):
                number, row = done.result()["number"], done.result()
                rows[number] = row
                if progress:
                    progress(len(rows), count)
    with replacing(out / "catalogue.csv") as beside, open(beside, "w", newline="", encoding="utf-8") as stream:
        writer = csv.DictWriter(stream, COLUMNS, extrasaction="ignore", lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows[number] for number in sorted(rows))
    return [out / rows[number]["file"] for number in sorted(rows)]


@cache
def _prior():
    return PortraitPrior.load()


def _paint_and_write(task):
    """Paint one picture and write all its files; returns its row of the catalogue."""
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
        cv2.imwrite(str(beside), figure.sheet.parts)
    truth = {"file": f"{name}.tif", "width_px": colour.shape[1], "height_px": colour.shape[0],
             "landmarks": [[round(float(x), 3), round(float(y), 3)] for x, y in figure.landmarks_xy],
             "attributes": attributes, "height_mm_per_unit": MM_PER_UNIT, "seed": seed, "number": number}
    with replacing(out / "truth" / f"{name}.json") as beside:
        beside.write_text(json.dumps(truth, indent=1) + "\n", encoding="utf-8")
    return {"number": number, "file": f"{name}.tif", "title": _title(attributes), "artist": ARTIST, "licence": LICENCE,
            "year": 1500 + (seed * 7 + number * 13) % 80, "dpi": DPI, "height_mm_per_unit": MM_PER_UNIT if scanned else ""}


def _title(attributes):
    who = "woman" if attributes["sex"] == "female" else "man"
    beard = {"beard": "bearded ", "moustache": "", "none": ""}[attributes["facial_hair"]]
    worn = {"none": "", "brim": " in a hat"}.get(attributes["hat"], f" in a {attributes['hat']}")
    return f"Portrait of a {beard}{who}{worn}"


def _height_units(height_mm):
    return np.clip(np.round(height_mm / MM_PER_UNIT), 0, 65535).astype(np.uint16)


def _write_colour(path, colour):
    """16-bit RGB TIFF with its dpi."""
    pixels = np.round(colour * 65535).astype(np.uint16)
    with replacing(path) as beside:
        tifffile.imwrite(beside, pixels, photometric="rgb", compression="zlib", predictor=True, resolution=(DPI, DPI),
                         resolutionunit="INCH", metadata=None)


def _write_height(path, units):
    with replacing(path) as beside:
        tifffile.imwrite(beside, units, photometric="minisblack", compression="zlib", predictor=True,
                         resolution=(DPI, DPI), resolutionunit="INCH", metadata=None)
