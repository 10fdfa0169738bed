"""Prints larger than the painting was painted, written by strips.

The painting is painted over in finer strokes (`render.enlarge.overpaint`), a strip of rows at a time. Strips are kept
beside the result until all are done: a run that was stopped goes on where it was. Then the strips become two tiled
BigTIFF files, and memory never holds more than a strip or a row of tiles.
"""

import hashlib
import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypedDict

import numba as nb
import numpy as np
from jaxtyping import Float32, Integer

from data.errors import ShapeError, UsageError
from data.files import replacing
from data.progress import Progress
from render.enlarge.overpaint import Strip, paint_strip, read_painting, stroke_widths
from render.enlarge.print_strokes import Painting, Print
from render.export.files import LEVELS, write_tiles
from render.imaging.pitch import check_pitch
from render.imaging.weave import WEAVE_DEPTH_MM, WEAVE_PERIOD_MM, shown_weave
from render.relief.relief import check_height

ALGORITHM_VERSION = 2
LIMIT_PX = 4_000_000_000
_FILE_TILE = 512
_HEADROOM = 12      # of the units above the painting's highest place, in the largest amplitude of its strokes
_MM_PER_INCH = 25.4


class PrintRecord(TypedDict):
    """What was written: `files` by name in the folder, (width, height) in texels and the size of one in mm."""

    size_px: tuple[int, int]
    pitch_mm: float
    files: list[str]


def enlarge(colour: Float32[np.ndarray, "H W 3"], z_mm: Float32[np.ndarray, "H W"], pitch_mm: float, out: Path | str, *,
            width_px: int, seed: int = 0, tile_px: int = 512, threads: int = 1, weave_mm: float = WEAVE_DEPTH_MM,
            progress: Progress | None = None) -> PrintRecord:
    """Write the print in `width_px` texels: `portrait.tif`, `height.tif` (tiled 16-bit BigTIFF) and `height.json`.

    Parameters
    ----------
    colour : (H, W, 3) float32 sRGB in [0, 1]
    z_mm : (H, W) float32
        Height above the base.
    pitch_mm : float
        Of the painting; the print has the same size in mm.
    out : folder
    width_px : int
        Of the print; its height follows.
    seed : int
        Another seed gives other strokes.
    tile_px, threads : int
        Rows computed at once, and on how many threads. Memory is about 30 bytes x tile_px x width_px.
    weave_mm : float
        Depth of the canvas' threads, once the print's pitch can show them; 0 where `z_mm` has a canvas already.
    progress : callable(done, total), optional
        Called after every strip and file.

    Returns
    -------
    PrintRecord

    Raises
    ------
    ShapeError
        If colour and height differ in size.
    UsageError
        If the print would be smaller than the painting, or larger than a BigTIFF is read.
    """
    z, pitch = check_height(z_mm), check_pitch(pitch_mm)
    colour = np.ascontiguousarray(colour, np.float32)
    if colour.shape != (*z.shape, 3):
        raise ShapeError(f"colour must be {(*z.shape, 3)} like the height, got {colour.shape}")
    rows, columns = print_size(z.shape, width_px)
    factor = width_px / z.shape[1]
    print_pitch = z.shape[1] * pitch / columns
    painting = read_painting(colour, z)
    weave = np.float32(weave_mm * shown_weave(print_pitch))
    mm_per_unit = (float(z.max()) + _HEADROOM * float(painting.height_amplitude.max()) + float(weave)) / LEVELS
    wanted = Print(factor, np.uint64(seed), weave, np.float32(WEAVE_PERIOD_MM / print_pitch), np.float32(1 / mm_per_unit))
    folder, key = Path(out), _digest(colour, z, pitch, columns, seed, tile_px, weave_mm)
    strips = _Strips(folder / ".strips" / key, rows, columns, tile_px)
    with _numba_threads(threads):
        strips.paint(painting, wanted, progress)
    dpi = _MM_PER_INCH / print_pitch
    strips.write_files(folder, dpi, progress)
    about = {"file": "height.tif", "mm_per_unit": mm_per_unit, "offset_mm": 0.0, "mm_per_texel": print_pitch, "dpi": dpi,
             "width_texels": columns, "height_texels": rows, "width_mm": columns * print_pitch,
             "height_mm": rows * print_pitch, "painted_mm_per_texel": pitch, "seed": int(seed),
             "stroke_widths_mm": [float(width * print_pitch) for width in stroke_widths(factor)],
             "meaning": "height in mm above the base = offset_mm + mm_per_unit * value; row 0 is the top edge; a texel "
                        "is a cell"}
    with replacing(folder / "height.json") as beside:
        beside.write_text(json.dumps(about, indent=2) + "\n")
    strips.remove()
    return {"size_px": (columns, rows), "pitch_mm": print_pitch, "files": ["portrait.tif", "height.tif", "height.json"]}


def print_size(shape: tuple[int, ...], width_px: int) -> tuple[int, int]:
    """(rows, columns) of the print of a painting of a shape; UsageError where it cannot be made."""
    if width_px < shape[1]:
        raise UsageError(f"the print must be at least as wide as the painting ({shape[1]} texels), got {width_px}")
    rows, columns = round(shape[0] * width_px / shape[1]), int(width_px)
    if rows * columns > LIMIT_PX:
        raise UsageError(f"{columns} x {rows} texels are more than the {LIMIT_PX / 1e9:.0f} gigapixels that a BigTIFF is "
                         "read with by printers' software: ask for a coarser pitch")
    return rows, columns


@contextmanager
def _numba_threads(threads):
    """Compiled loops on at most so many threads, for as long as the block lasts."""
    before = nb.get_num_threads()
    nb.set_num_threads(min(threads, nb.config.NUMBA_NUM_THREADS))
    try:
        yield
    finally:
        nb.set_num_threads(before)


@dataclass(frozen=True)
class _Strips:
    """The strips of one print, each a file in `folder` named after its first row: `pixels` and `units`, uint16."""

    folder: Path
    rows: int
    columns: int
    tile_px: int

    @property
    def starts(self) -> range:
        return range(0, self.rows, self.tile_px)

    @property
    def steps(self) -> int:
        """Of the whole work: every strip, and two files."""
        return len(self.starts) + 2

    def path(self, start: int) -> Path:
        return self.folder / f"{start:08d}.npz"

    def paint(self, painting: Painting, wanted: Print, progress: Progress | None) -> None:
        """Paint the strips that an earlier run has not painted."""
        self.folder.mkdir(parents=True, exist_ok=True)
        widths = stroke_widths(wanted.factor)
        for done, start in enumerate(self.starts):
            if not self.path(start).exists():
                strip = Strip(start, min(self.tile_px, self.rows - start), self.columns)
                pixels, units = paint_strip(painting, strip, wanted, widths, block_px=self.tile_px)
                with replacing(self.path(start)) as beside, open(beside, "wb") as stream:
                    np.savez(stream, pixels=pixels, units=units)
            if progress:
                progress(done + 1, self.steps)

    def write_files(self, out: Path, dpi: float, progress: Progress | None) -> None:
        """The strips as `portrait.tif` and `height.tif`."""
        for number, (name, key, shape) in enumerate((("portrait.tif", "pixels", (self.rows, self.columns, 3)),
                                                     ("height.tif", "units", (self.rows, self.columns)))):
            write_tiles(out / name, self.tiles(key), shape, dpi, tile_px=_FILE_TILE)
            if progress:
                progress(len(self.starts) + number + 1, self.steps)

    def tiles(self, key: str) -> Iterator[Integer[np.ndarray, "..."]]:
        """Tiles of a file, row by row; no more than the strips of one row of tiles are in memory."""
        for top in range(0, self.rows, _FILE_TILE):
            bottom = min(top + _FILE_TILE, self.rows)
            pieces = []
            for start in range(top // self.tile_px * self.tile_px, bottom, self.tile_px):
                with np.load(self.path(start)) as stored:
                    pieces.append(stored[key][max(top - start, 0):bottom - start])
            band = np.concatenate(pieces)
            for left in range(0, self.columns, _FILE_TILE):
                tile = band[:, left:left + _FILE_TILE]
                lacking = [(0, _FILE_TILE - tile.shape[0]), (0, _FILE_TILE - tile.shape[1]), (0, 0)]
                yield np.ascontiguousarray(np.pad(tile, lacking[:tile.ndim]))

    def remove(self) -> None:
        """Delete the strips, and the folder of all strips if no other print has any."""
        for path in [*self.folder.glob("*.npz")]:
            path.unlink()
        self.folder.rmdir()
        if not any(self.folder.parent.iterdir()):
            self.folder.parent.rmdir()


def _digest(colour: np.ndarray, z: np.ndarray, *settings: Any) -> str:
    """Names a run by all that its texels depend on, so that strips of another are never taken for its own."""
    digest = hashlib.sha256(repr((ALGORITHM_VERSION, *settings)).encode())
    for field in (colour, z):
        digest.update(np.ascontiguousarray(field).data)
    return digest.hexdigest()[:16]
