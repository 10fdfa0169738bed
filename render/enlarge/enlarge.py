"""Prints larger than the painting was painted: detail beyond the scans' resolution, octave by octave, in strokes.

The painting is drawn at the print's pitch with steepened edges, and painted over: broad strokes first, then strokes half
as wide, down to single bristles, each along the direction of the paint below it, in the colour found there, with rims,
furrows and a piled-up end. A stroke is left out or shortened where its colour would not fit, so that features stay. How
much strokes differ in colour and height is what the painting's own sharpest passages show at its finest scale, falling
from octave to octave as measured paint does.

Which strokes lie over a texel, and in which order, follows from hashes of their places alone (as dabs do in sparse
convolution noise, Lewis 1989, doi:10.1145/74334.74360), so neither the size of tiles nor the number of threads can be
seen in the print. Strips of rows are kept beside the result until all are done: a run that was stopped goes on where it
was.
"""

import hashlib
import json
from pathlib import Path

import cv2
import numba as nb
import numpy as np

from data.errors import ShapeError, UsageError
from data.files import replacing
from render.export.files import LEVELS, write_tiles
from render.imaging.noise import cell_noise, cell_value
from render.imaging.pitch import check_pitch
from render.imaging.weave import WEAVE_DEPTH_MM, WEAVE_PERIOD_MM, shown_weave, weave_at
from render.relief.relief import check_height

ALGORITHM_VERSION = 2
# Width of the broadest strokes in painted texels; each octave halves it, down to strokes a few texels of the print wide.
_BROADEST = 4.0
_FINEST_PX = 9.0
_LENGTH = 5.5         # of a stroke, in widths
_SPACING = 0.85       # of strokes of one octave, in widths
# Bristles leave furrows of 3 to 70 micrometres (Ji et al. 2021, doi:10.1186/s40494-021-00618-w); never less than this.
_FURROW_MM = np.float32(0.004)
# Height from one octave to the next: the power spectrum of paint relief falls with the frequency to about -3.
_FALL = 0.72
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
        Rows computed at once, and on how many threads. Memory is about 30 bytes x tile_px x width_px.
    weave_mm : float
        Depth of the canvas' threads, once the print's pitch can show them; 0 where `z_mm` has a canvas already.
    progress : callable(done, total), optional

    Returns
    -------
    dict with `size_px`, `pitch_mm`, `files`.
    """
    z, pitch = check_height(z_mm), check_pitch(pitch_mm)
    colour = np.ascontiguousarray(colour, np.float32)
    if colour.shape != (*z.shape, 3):
        raise ShapeError(f"colour must be {(*z.shape, 3)} like the height, got {colour.shape}")
    rows, columns = print_size(z.shape, width_px)
    factor = width_px / z.shape[1]
    print_pitch = z.shape[1] * pitch / columns
    fields = _Fields(colour, z)
    widths = _widths(factor)
    thread = np.float32(WEAVE_PERIOD_MM / print_pitch)
    weave = np.float32(weave_mm * shown_weave(print_pitch))
    top = float(z.max()) + 12 * float(fields.height_amplitude.max()) + float(weave)
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
                pixels, units = fields.painted((start, count, columns), tile_px, factor, widths, seed, weave=weave,
                                               thread=thread, units_per_mm=1 / mm_per_unit)
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
             "height_mm": rows * print_pitch, "painted_mm_per_texel": pitch, "seed": int(seed),
             "stroke_widths_mm": [float(width * print_pitch) for width in widths],
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


def overpaint(colour, shape, *, seed=0):
    """A painting enlarged to `shape` (rows, columns) in strokes, as a print is: (rows, columns, 3) float32 in [0, 1].

    `colour` : (H, W, 3) float32 sRGB in [0, 1], no larger than `shape`. Where it is hardly smaller, it is only enlarged.
    """
    colour = np.ascontiguousarray(colour, np.float32)
    rows, columns = shape
    factor = columns / colour.shape[1]
    fields, widths = _Fields(colour, np.zeros(colour.shape[:2], np.float32)), _widths(factor)
    result = np.empty((rows, columns, 3), np.float32)
    for start in range(0, rows, _FILE_TILE):
        count = min(_FILE_TILE, rows - start)
        pixels, _ = fields.painted((start, count, columns), _FILE_TILE, factor, widths, seed)
        np.multiply(pixels, np.float32(1 / 65535), out=result[start:start + count])
    return result


def print_size(shape, width_px):
    """(rows, columns) of the print of a painting of a shape; UsageError where it cannot be made."""
    if width_px < shape[1]:
        raise UsageError(f"the print must be at least as wide as the painting ({shape[1]} texels), got {width_px}")
    rows, columns = round(shape[0] * width_px / shape[1]), int(width_px)
    if rows * columns > LIMIT_PX:
        raise UsageError(f"{columns} x {rows} texels are more than the {LIMIT_PX / 1e9:.0f} gigapixels that a BigTIFF is "
                         "read with by printers' software: ask for a coarser pitch")
    return rows, columns


def _widths(factor):
    """Widths of the strokes, broad to fine, in texels of the print; none where the print is hardly larger."""
    widths = _BROADEST * factor * 0.5 ** np.arange(12)
    return np.ascontiguousarray(widths[widths >= _FINEST_PX][:7]) if factor > 1.25 else np.empty(0)


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
        # What differs from stroke to stroke at the finest scale; a passage that a soft scan has blurred gets a third of
        # what the sharpest ones show.
        fine = light - near
        self.colour_amplitude = _local_spread(fine, 3.0)
        self.height_amplitude = np.maximum(_local_spread(z - _blurred(z, 1.5), 3.0), _FURROW_MM)
        # Away from the middle of edges: reading there makes edges steeper (J. Arad and C. Gotsman 1999,
        # doi:10.1109/83.777088).
        edge = _blurred(np.hypot(*(cv2.Sobel(far, cv2.CV_32F, *order) for order in ((1, 0), (0, 1)))), 0.8)
        edge /= _blurred(edge, 4.0) + np.float32(1e-3)
        self.warp = np.stack([-np.clip(cv2.Sobel(edge, cv2.CV_32F, *order) * 0.25, -0.45, 0.45)
                              for order in ((1, 0), (0, 1))], -1).astype(np.float32)
        self.colour, self.z = colour, np.ascontiguousarray(z)

    def painted(self, rows, block, factor, widths, seed, *, weave=0.0, thread=1.0, units_per_mm=0.0):
        """(pixels (count, columns, 3), heights (count, columns)), uint16, of `rows` = (start, count, columns) of a print."""
        start, count, columns = rows
        pixels, units = np.empty((count, columns, 3), np.uint16), np.empty((count, columns), np.uint16)
        _paint_rows(pixels, units, start, block, factor, widths, self.colour, self.z, self.warp, self.direction,
                    self.height_amplitude, self.colour_amplitude, np.float32(weave), np.float32(thread), np.uint64(seed),
                    np.float32(units_per_mm))
        return pixels, units


def _blurred(field, sigma):
    return cv2.GaussianBlur(field, (0, 0), sigma, borderType=cv2.BORDER_REFLECT)


def _local_spread(fine, sigma):
    """Local standard deviation of a band, kept between a third of its sharpest passages' and theirs, (H, W) float32."""
    spread = np.sqrt(_blurred(fine * fine, sigma))
    sharp = np.percentile(spread, 95)
    return np.clip(spread, sharp / 3, sharp).astype(np.float32)


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


@nb.njit(cache=True, inline="always")
def _seen(colour, y, x, channel):
    return _linear(colour[:, :, channel], y, x)


@nb.njit(cache=True)
def _lay_strokes(canvas, relief, base, top, left, factor, width, octave, colour, direction, height_amplitude,
                 colour_amplitude, seed):
    """Lay the strokes of one octave over a block of the print whose first texel is (top, left).

    `canvas` (h, w, 3) and `relief` (h, w) are painted on, `base` (h, w, 3) is the bare enlargement. All places are
    computed in texels of the whole print, so a stroke is the same in every block it touches.
    """
    high, broad = relief.shape
    spacing = _SPACING * width
    reach = 0.5 * _LENGTH * width * 1.25 + width
    i0, i1 = int(np.floor((top - reach) / spacing)) - 1, int(np.ceil((top + high + reach) / spacing)) + 1
    j0, j1 = int(np.floor((left - reach) / spacing)) - 1, int(np.ceil((left + broad + reach) / spacing)) + 1
    wide = j1 - j0 + 1
    keys = np.empty((i1 - i0 + 1) * wide, np.float32)
    for i in range(i0, i1 + 1):
        for j in range(j0, j1 + 1):
            keys[(i - i0) * wide + j - j0] = cell_value(seed, octave * 16, i, j)
    # Ties keep the order of the grid, which is the same in every block.
    order = np.argsort(keys, kind="mergesort")
    step = 1 / factor
    strength = np.float32(_FALL ** octave)
    drawn = np.empty(3, np.float32)
    for place in order:
        i, j = place // wide + i0, place % wide + j0
        cy = (i + 0.5 + 0.48 * cell_value(seed, octave * 16 + 1, i, j)) * spacing
        cx = (j + 0.5 + 0.48 * cell_value(seed, octave * 16 + 2, i, j)) * spacing
        py, px = cy * step - 0.5, cx * step - 0.5
        cos2, sin2 = _linear(direction[:, :, 0], py, px), _linear(direction[:, :, 1], py, px)
        turn = 0.5 * np.arctan2(sin2, cos2) + 0.22 * cell_value(seed, octave * 16 + 3, i, j)
        vx, vy = np.cos(turn), np.sin(turn)
        half = 0.5 * width * (0.85 + 0.3 * cell_value(seed, octave * 16 + 4, i, j))
        length = 0.5 * _LENGTH * width * (1 + 0.25 * cell_value(seed, octave * 16 + 5, i, j))
        for c in range(3):
            drawn[c] = _seen(colour, py, px, c)
        # How far the stroke may go before its colour no longer fits.
        amplitude = _linear(colour_amplitude, py, px)
        tolerance = np.float32(0.035) + amplitude * np.float32(0.6) * (drawn[0] + drawn[1] + drawn[2])
        fits = True
        for _ in range(3):
            fits = True
            for end in range(-1, 2, 2):
                for across in range(-1, 2):
                    qy = py + (end * length * 0.8 * vy + across * half * 0.7 * vx) * step
                    qx = px + (end * length * 0.8 * vx - across * half * 0.7 * vy) * step
                    off = np.float32(0)
                    for c in range(3):
                        off += abs(_seen(colour, qy, qx, c) - drawn[c])
                    if off > tolerance:
                        fits = False
            if fits:
                break
            length *= 0.6
        if not fits:
            continue
        # Bent as the paint is: the direction at both ends says how much.
        bend = 0.0
        for end in range(-1, 2, 2):
            qy, qx = py + end * length * vy * step, px + end * length * vx * step
            ac, as_ = _linear(direction[:, :, 0], qy, qx), _linear(direction[:, :, 1], qy, qx)
            aim = 0.5 * np.arctan2(as_, ac) - turn
            aim -= np.pi * np.round(aim / np.pi)
            bend += end * min(max(aim, -0.5), 0.5)
        bend = bend / (4 * length)
        tint = np.float32(1.3) * amplitude * np.float32(cell_value(seed, octave * 16 + 6, i, j))
        warm = amplitude * np.float32(0.35) * np.float32(cell_value(seed, octave * 16 + 7, i, j))
        drawn[0] *= 1 + tint + warm
        drawn[1] *= 1 + tint
        drawn[2] *= 1 + tint - warm
        load = np.float32(1.6 + 0.8 * cell_value(seed, octave * 16 + 8, i, j))
        body = _linear(height_amplitude, py, px) * strength * load
        dry = 0.5 + 0.5 * cell_value(seed, octave * 16 + 9, i, j)
        heading = 1.0 if cell_value(seed, octave * 16 + 10, i, j) < 0 else -1.0
        opacity = np.float32(0.72 + 0.2 * cell_value(seed, octave * 16 + 11, i, j))
        bristle_px = max(2.2, width / 9)
        rim_px = max(1.1, 0.1 * width)
        extent_y = abs(vy) * length + abs(vx) * (half + abs(bend) * length * length) + 2
        extent_x = abs(vx) * length + abs(vy) * (half + abs(bend) * length * length) + 2
        r0, r1 = max(int(np.floor(cy - extent_y)) - top, 0), min(int(np.ceil(cy + extent_y)) - top, high - 1)
        c0, c1 = max(int(np.floor(cx - extent_x)) - left, 0), min(int(np.ceil(cx + extent_x)) - left, broad - 1)
        for row in range(r0, r1 + 1):
            dy = row + top + 0.5 - cy
            for column in range(c0, c1 + 1):
                dx = column + left + 0.5 - cx
                s = dx * vx + dy * vy
                if abs(s) > length:
                    continue
                t = dy * vx - dx * vy - bend * s * s
                along = heading * s / length        # from -1, where the brush was set down, to 1
                radius = half * (1 - 0.5 * max(along - 0.55, 0.0)) * np.sqrt(max(0.0, min(1.0, (1.0 + along) * 4)))
                off = abs(t)
                if off > radius + 0.5:
                    continue
                cover = np.float32(min(radius - off + 0.5, 1.0))
                # Furrows: two octaves of noise across the stroke, nearly constant along it.
                u = t / bristle_px + 37.0 * (i % 61) + 17.0 * (j % 53)
                bristle = cell_noise(seed, octave * 16 + 12, u, s / (9 * bristle_px)) + np.float32(0.5) * cell_noise(
                    seed, octave * 16 + 13, 2.3 * u, s / (7 * bristle_px))
                # The brush runs dry towards its end: furrows part it there.
                fade = (along - 0.15 - 0.5 * (1 - dry)) * 1.6
                alpha = cover * opacity
                if fade > 0:
                    alpha *= min(max(np.float32(1 - fade) + np.float32(0.9) * bristle, np.float32(0)), np.float32(1))
                shade = 1 + amplitude * np.float32(1.2) * bristle
                for c in range(3):
                    meant = (drawn[c] + np.float32(0.3) * (base[row, column, c] - drawn[c])) * shade
                    canvas[row, column, c] += alpha * (meant - canvas[row, column, c])
                rim = np.float32(np.exp(-((off - radius + rim_px) / rim_px) ** 2))
                piled = np.float32(np.exp(-((1 - along) * length / (0.35 * width + 1)) ** 2))
                profile = np.float32(1.1) * bristle + np.float32(1.3) * rim + np.float32(0.9) * piled - np.float32(0.35)
                relief[row, column] += alpha * (np.float32(0.35) * relief[row, column] + body * profile
                                                - relief[row, column])


@nb.njit(cache=True, parallel=True)
def _paint_rows(pixels, units, start, block, factor, widths, colour, z, warp, direction, height_amplitude,
                colour_amplitude, weave, thread, seed, units_per_mm):
    """Rows `start` and on of the print, in blocks of `block` columns, each of them on its own."""
    count, columns = units.shape
    step = 1 / factor
    for number in nb.prange((columns + block - 1) // block):
        left = number * block
        broad = min(block, columns - left)
        weights_y, weights_x = np.empty(4, np.float32), np.empty(4, np.float32)
        base, level = np.empty((count, broad, 3), np.float32), np.empty((count, broad), np.float32)
        for line in range(count):
            y = (start + line + 0.5) * step - 0.5
            for at in range(broad):
                x = (left + at + 0.5) * step - 0.5
                wy, wx = y + _linear(warp[:, :, 1], y, x), x + _linear(warp[:, :, 0], y, x)
                i, j = int(np.floor(wy)), int(np.floor(wx))
                _catmull(wy - i, weights_y)
                _catmull(wx - j, weights_x)
                level[line, at] = _cubic(z, wy, wx, weights_y, weights_x, i, j)
                for channel in range(3):
                    base[line, at, channel] = _cubic(colour[:, :, channel], wy, wx, weights_y, weights_x, i, j)
        canvas, relief = base.copy(), np.zeros((count, broad), np.float32)
        for octave in range(len(widths)):
            _lay_strokes(canvas, relief, base, start, left, factor, widths[octave], octave, colour, direction,
                         height_amplitude, colour_amplitude, seed)
        for line in range(count):
            for at in range(broad):
                height = level[line, at] + relief[line, at]
                if weave > 0:
                    height += weave * weave_at(start + line, left + at, thread, seed) * np.float32(
                        np.exp(-max(level[line, at], np.float32(0)) / 0.12))
                units[line, left + at] = np.uint16(min(max(np.round(height * units_per_mm), 0), 65535))
                for channel in range(3):
                    value = canvas[line, at, channel]
                    pixels[line, left + at, channel] = np.uint16(min(max(np.round(value * 65535), 0), 65535))
