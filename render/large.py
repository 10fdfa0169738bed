"""Prints larger than the painting was painted: detail beyond the scans' resolution, octave by octave.

Every octave below the painted texel is filled with streaks: hashed noise drawn out along the direction of the stroke that
lies there (line integral convolution, Cabral and Leedom 1993, doi:10.1145/166117.166151), as strong as the finest
relief and colour the picture itself has at that place, and falling from octave to octave as measured paint does. Edges of
strokes are steepened instead of blurred. A texel of the print is a function of its place, the seed and the painting
alone, so neither the size of tiles nor the number of threads can be seen in it.

Strips of rows are kept beside the result until all are done: a run that was stopped goes on where it was.
"""

import hashlib
import json
from pathlib import Path

import cv2
import numba as nb
import numpy as np

from data.errors import ShapeError, UsageError
from data.files import replacing
from render.files import LEVELS, write_tiles
from render.relief import WEAVE_DEPTH_MM, WEAVE_PERIOD_MM, check_height, check_pitch

ALGORITHM_VERSION = 1
# Amplitude from one octave to the next: the power spectrum of paint relief falls with the frequency to about -2.7.
_FALL = np.float32(0.75)
_TAPS = 6             # a streak is 2 * 6 + 1 cells of noise long
_FILE_TILE = 512
LIMIT_PX = 4_000_000_000


def enlarge(colour, z_mm, pitch_mm, out, *, width_px, seed=0, tile_px=512, threads=1, weave_mm=WEAVE_DEPTH_MM,
            progress=None):
    """Write the print in `width_px` texels: `portrait.tif`, `height.tif` (tiled 16-bit BigTIFF) and `height.json`.

    Parameters
    ----------
    colour : (H, W, 3) float32 sRGB in [0, 1]
    z_mm : (H, W) float32
    pitch_mm : float
        Of the painting; the print has the same size in mm.
    out : folder
    width_px : int
        Of the print; its height follows.
    tile_px, threads : int
        Rows computed at once, and on how many threads. Memory is about 20 bytes x tile_px x width_px.
    weave_mm : float
        Depth of the canvas' threads, once the print's pitch can show them.
    progress : callable(done, total), optional

    Returns
    -------
    dict with `size_px`, `pitch_mm`, `files`.
    """
    z, pitch = check_height(z_mm), check_pitch(pitch_mm)
    colour = np.ascontiguousarray(colour, np.float32)
    if colour.shape != (*z.shape, 3):
        raise ShapeError(f"colour must be {(*z.shape, 3)} like the height, got {colour.shape}")
    if width_px < z.shape[1]:
        raise UsageError(f"the print must be at least as wide as the painting ({z.shape[1]} texels), got {width_px}")
    factor = width_px / z.shape[1]
    rows, columns = round(z.shape[0] * factor), int(width_px)
    if rows * columns > LIMIT_PX:
        raise UsageError(f"{columns} x {rows} texels are more than the {LIMIT_PX / 1e9:.0f} gigapixels that a BigTIFF is "
                         "read with by printers' software: ask for a coarser pitch")
    print_pitch = z.shape[1] * pitch / columns
    fields = _Fields(colour, z)
    octaves = max(0, int(np.ceil(np.log2(factor))))
    thread = np.float32(WEAVE_PERIOD_MM / print_pitch)
    weave = np.float32(weave_mm if thread >= 3 and pitch > WEAVE_PERIOD_MM / 3 else 0.0)
    top = float(z.max()) + 4 * float(fields.height_amplitude.max()) + float(weave)
    mm_per_unit = top / LEVELS
    out = Path(out)
    strips = out / ".strips" / _digest(colour, z, pitch, columns, seed, tile_px, weave_mm)
    strips.mkdir(parents=True, exist_ok=True)
    starts = range(0, rows, tile_px)
    before = nb.get_num_threads()
    nb.set_num_threads(min(threads, nb.config.NUMBA_NUM_THREADS))
    try:
        for done, start in enumerate(starts):
            path = strips / f"{start:08d}.npz"
            if not path.exists():
                count = min(tile_px, rows - start)
                pixels, units = np.empty((count, columns, 3), np.uint16), np.empty((count, columns), np.uint16)
                _paint_rows(pixels, units, start, np.float64(1 / factor), fields.colour, fields.z, fields.warp,
                            fields.direction, fields.height_amplitude, fields.colour_amplitude, octaves,
                            np.float32(factor), weave, thread, np.uint64(seed), np.float32(1 / mm_per_unit))
                with replacing(path) as beside, open(beside, "wb") as stream:
                    np.savez(stream, pixels=pixels, units=units)
            if progress:
                progress(done + 1, len(starts) + 2)
    finally:
        nb.set_num_threads(before)
    dpi = 25.4 / print_pitch
    for number, (name, key, shape) in enumerate((("portrait.tif", "pixels", (rows, columns, 3)),
                                                 ("height.tif", "units", (rows, columns)))):
        write_tiles(out / name, _tiles(strips, key, shape, tile_px), shape, dpi, tile_px=_FILE_TILE)
        if progress:
            progress(len(starts) + number + 1, len(starts) + 2)
    about = {"file": "height.tif", "mm_per_unit": mm_per_unit, "offset_mm": 0.0, "mm_per_texel": print_pitch, "dpi": dpi,
             "width_texels": columns, "height_texels": rows, "width_mm": columns * print_pitch,
             "height_mm": rows * print_pitch, "painted_mm_per_texel": pitch, "octaves_added": octaves, "seed": int(seed),
             "meaning": "height in mm above the base = offset_mm + mm_per_unit * value; row 0 is the top edge; a texel "
                        "is a cell"}
    with replacing(out / "height.json") as beside:
        beside.write_text(json.dumps(about, indent=2) + "\n")
    for path in [*strips.glob("*.npz")]:
        path.unlink()
    strips.rmdir()
    if not any(strips.parent.iterdir()):
        strips.parent.rmdir()
    return {"size_px": (columns, rows), "pitch_mm": print_pitch, "files": ["portrait.tif", "height.tif", "height.json"]}


class _Fields:
    """What the painting says about every place, at its own resolution."""

    def __init__(self, colour, z):
        light = np.log(colour.mean(-1) + np.float32(0.02))
        near, far = _blurred(light, 0.8), _blurred(light, 3.0)
        gx, gy = cv2.Sobel(near, cv2.CV_32F, 1, 0), cv2.Sobel(near, cv2.CV_32F, 0, 1)
        hx, hy = (cv2.Sobel(z, cv2.CV_32F, *order) / max(float(z.std()), 1e-6) * np.float32(0.1)
                  for order in ((1, 0), (0, 1)))
        xx, xy, yy = (_blurred(a * b + c * d, 2.5) for a, b, c, d in
                      ((gx, gx, hx, hx), (gx, gy, hx, hy), (gy, gy, hy, hy)))
        # Doubled angle of the way along strokes, so that it may be interpolated.
        cos2, sin2 = yy - xx, -2 * xy
        length = np.hypot(cos2, sin2) + np.float32(1e-9)
        self.direction = np.stack([cos2 / length, sin2 / length], -1).astype(np.float32)
        # The finest the picture has: half of it is taken to go on below its texel.
        fine = light - near
        limit = np.percentile(np.abs(fine), 99)
        self.colour_amplitude = np.minimum(np.sqrt(_blurred(fine * fine, 3.0)), limit).astype(np.float32)
        relief = z - _blurred(z, 0.8)
        self.height_amplitude = np.minimum(np.sqrt(_blurred(relief * relief, 3.0)),
                                           np.percentile(np.abs(relief), 99)).astype(np.float32)
        # Away from the middle of edges: reading there makes edges steeper (J. Arad and C. Gotsman 1999,
        # doi:10.1109/83.777088).
        edge = _blurred(np.hypot(*(cv2.Sobel(far, cv2.CV_32F, *order) for order in ((1, 0), (0, 1)))), 0.8)
        edge /= _blurred(edge, 4.0) + np.float32(1e-3)
        self.warp = np.stack([-np.clip(cv2.Sobel(edge, cv2.CV_32F, *order) * 0.25, -0.45, 0.45)
                              for order in ((1, 0), (0, 1))], -1).astype(np.float32)
        self.colour, self.z = colour, np.ascontiguousarray(z)


def _blurred(field, sigma):
    return cv2.GaussianBlur(field, (0, 0), sigma, borderType=cv2.BORDER_REFLECT)


def _digest(colour, z, *settings):
    """Names a run by all that its texels depend on, so that strips of another are never taken for its own."""
    digest = hashlib.sha256(repr((ALGORITHM_VERSION, *settings)).encode())
    digest.update(colour)
    digest.update(np.ascontiguousarray(z))
    return digest.hexdigest()[:16]


def _tiles(strips, key, shape, tile_px):
    """Tiles of the file, row by row, from the strips; no more than the strips of one row of tiles are in memory."""
    rows, columns = shape[:2]
    for top in range(0, rows, _FILE_TILE):
        bottom = min(top + _FILE_TILE, rows)
        pieces = []
        for start in range(top // tile_px * tile_px, bottom, tile_px):
            with np.load(strips / f"{start:08d}.npz") as stored:
                pieces.append(stored[key][max(top - start, 0):bottom - start])
        band = np.concatenate(pieces)
        for left in range(0, columns, _FILE_TILE):
            tile = band[:, left:left + _FILE_TILE]
            lacking = [(0, _FILE_TILE - tile.shape[0]), (0, _FILE_TILE - tile.shape[1]), (0, 0)]
            yield np.ascontiguousarray(np.pad(tile, lacking[:tile.ndim]))


@nb.njit(cache=True, inline="always")
def _hashed(seed, octave, i, j):
    """Uniform in [-1, 1) from a hash of seed, octave and cell."""
    x = seed * np.uint64(0x9E3779B97F4A7C15) + np.uint64(octave) * np.uint64(0xD1B54A32D192ED03)
    x ^= np.uint64(i + 1048576) * np.uint64(0xBF58476D1CE4E5B9)
    x ^= np.uint64(j + 1048576) * np.uint64(0x94D049BB133111EB)
    x = (x ^ (x >> np.uint64(31))) * np.uint64(0xBF58476D1CE4E5B9)
    x ^= x >> np.uint64(29)
    return np.float32(np.float32(x >> np.uint64(40)) * np.float32(2.0 ** -23) - np.float32(1))


@nb.njit(cache=True, inline="always")
def _noise(seed, octave, y, x):
    """Smooth noise with cells of unit size."""
    i, j = np.int64(np.floor(y)), np.int64(np.floor(x))
    v, u = np.float32(y - i), np.float32(x - j)
    v, u = v * v * (3 - 2 * v), u * u * (3 - 2 * u)
    top = _hashed(seed, octave, i, j) * (1 - u) + _hashed(seed, octave, i, j + 1) * u
    low = _hashed(seed, octave, i + 1, j) * (1 - u) + _hashed(seed, octave, i + 1, j + 1) * u
    return top * (1 - v) + low * v


@nb.njit(cache=True, inline="always")
def _linear(field, y, x):
    rows, columns = field.shape
    y, x = min(max(y, 0.0), rows - 1.0), min(max(x, 0.0), columns - 1.0)
    i, j = min(int(y), rows - 2), min(int(x), columns - 2)
    v, u = np.float32(y - i), np.float32(x - j)
    return (field[i, j] * (1 - u) + field[i, j + 1] * u) * (1 - v) + (field[i + 1, j] * (1 - u) + field[i + 1, j + 1] * u) * v


@nb.njit(cache=True, inline="always")
def _cubic(field, y, x, weights_y, weights_x, i, j):
    rows, columns = field.shape
    total = np.float32(0)
    for a in range(4):
        r = min(max(i - 1 + a, 0), rows - 1)
        line = np.float32(0)
        for b in range(4):
            line += weights_x[b] * field[r, min(max(j - 1 + b, 0), columns - 1)]
        total += weights_y[a] * line
    return total


@nb.njit(cache=True, inline="always")
def _catmull(t, weights):
    weights[0] = np.float32(((-0.5 * t + 1.0) * t - 0.5) * t)
    weights[1] = np.float32((1.5 * t - 2.5) * t * t + 1.0)
    weights[2] = np.float32(((-1.5 * t + 2.0) * t + 0.5) * t)
    weights[3] = np.float32((0.5 * t - 0.5) * t * t)


@nb.njit(cache=True, parallel=True)
def _paint_rows(pixels, units, start, step, colour, z, warp, direction, height_amplitude, colour_amplitude, octaves,
                factor, weave, thread, seed, units_per_mm):
    """Rows `start` and on of the print. Every texel on its own: no neighbour in the print is looked at."""
    count, columns = units.shape
    for line in nb.prange(count):
        weights_y, weights_x = np.empty(4, np.float32), np.empty(4, np.float32)
        row = start + line
        y = (row + 0.5) * step - 0.5
        for column in range(columns):
            x = (column + 0.5) * step - 0.5
            # Streaks: noise drawn out along the stroke, octave by octave; cells shrink from half a painted texel.
            cos2, sin2 = _linear(direction[:, :, 0], y, x), _linear(direction[:, :, 1], y, x)
            length = np.sqrt(cos2 * cos2 + sin2 * sin2) + np.float32(1e-6)
            along_x = np.sqrt(max(np.float32(0.5) * (1 + cos2 / length), np.float32(0)))
            along_y = np.sqrt(max(np.float32(0.5) * (1 - cos2 / length), np.float32(0)))
            if sin2 < 0:
                along_y = -along_y
            streaks, strength = np.float32(0), np.float32(1)
            cell = factor * np.float32(0.7)
            for octave in range(octaves):
                total = np.float32(0)
                for tap in range(-_TAPS, _TAPS + 1):
                    reach = np.float32(tap) * np.float32(0.8)
                    total += (_TAPS + 1 - abs(tap)) * _noise(seed, octave, row / cell + along_y * reach,
                                                             column / cell + along_x * reach)
                # The mean over taps has a spread of about 0.16; bring it to one.
                streaks += strength * total / np.float32((_TAPS + 1) ** 2) * np.float32(6)
                strength *= _FALL
                cell *= np.float32(0.5)
            # Ridges stand out sharper than furrows go down.
            streaks = min(max(streaks, np.float32(-2.5)), np.float32(3))
            ridge = streaks + np.float32(0.15) * (streaks * streaks - 1)
            wy, wx = y + _linear(warp[:, :, 1], y, x), x + _linear(warp[:, :, 0], y, x)
            # Bristles fray the edge of a stroke: places are read a little to the side.
            wy += np.float64(np.float32(0.18) * streaks * along_x)
            wx -= np.float64(np.float32(0.18) * streaks * along_y)
            i, j = int(np.floor(wy)), int(np.floor(wx))
            _catmull(wy - i, weights_y)
            _catmull(wx - j, weights_x)
            level = _cubic(z, wy, wx, weights_y, weights_x, i, j)
            level += _linear(height_amplitude, y, x) * ridge * np.float32(0.5)
            if weave > 0:
                u, v = column / thread * np.pi, row / thread * np.pi
                crossing = np.sin(u) * np.sin(v)
                cloth = max(abs(np.sin(u)) * (1 + crossing), abs(np.sin(v)) * (1 - crossing)) * 0.5
                level += weave * np.float32(cloth * np.exp(-max(level, np.float32(0)) / 0.12))
            units[line, column] = np.uint16(min(max(np.round(level * units_per_mm), 0), 65535))
            shade = np.exp(_linear(colour_amplitude, y, x) * streaks * np.float32(0.5))
            for channel in range(3):
                value = _cubic(colour[:, :, channel], wy, wx, weights_y, weights_x, i, j) * shade
                pixels[line, column, channel] = np.uint16(min(max(np.round(value * 65535), 0), 65535))
