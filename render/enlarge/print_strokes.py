"""Strokes over an enlarged painting, octave by octave; compiled.

A block of the print is drawn from the painting with steepened edges; then the strokes of each octave are laid over it. A
stroke has its place in an endless grid, and all that it is (direction, length, colour, bristles) follows from the
painting and from hashes of that place. So a stroke that touches two blocks is the same in both, however the print was
cut, and any number of threads gives the same bytes.
"""

from typing import NamedTuple

import numba as nb
import numpy as np
from jaxtyping import Float32, Float64, UInt16

from data.colour import UINT16_MAX
from render.enlarge.interpolation import catmull_rom, cubic, linear
from render.enlarge.stroke_mark import PURPOSES, Block, Load, Octave, Stroke, lay_stroke
from render.imaging.noise import cell_value
from render.imaging.scalars import Whole
from render.imaging.weave import weave_at

# Purposes of a stroke's random numbers; the furrows of its bristles (`render.enlarge.stroke_mark`) have the next two.
(_ORDER, _SHIFT_Y, _SHIFT_X, _TURN, _WIDTH, _LENGTH, _TINT, _WARMTH, _LOAD, _DRYNESS, _HEADING, _OPACITY) = range(12)

# Where strokes lie.
_SPACING = 0.85                 # of strokes of one octave, in widths
_SHIFT = 0.48                   # how far a stroke may lie off its place in the grid, in spacings
_STROKE_LENGTH, _LENGTHS = 5.5, 0.25  # length in widths, and how much it differs from stroke to stroke, as a share
_WIDTHS = (0.85, 0.3)           # width against the octave's: middle, and how much it differs
_SLANT_RAD = 0.22               # largest angle between a stroke and the paint below it
_BEND_RAD = 0.5                 # largest turn of a stroke from its middle to an end

# Where a stroke's colour fits: looked up at six places of it, against what strokes differ by there anyhow.
_TRIES, _SHORTER = 3, 0.6       # how often a stroke is shortened, and to which share
_ENDS, _SIDES = 0.8, 0.7        # where it is looked up, as shares of half the length and half the width
_STILL_FITS, _FITS_AMPLITUDE = np.float32(0.035), np.float32(0.6)  # sums of differences in sRGB that still fit

# What is on the brush.
_TINTS, _WARMTHS = np.float32(1.3), np.float32(0.35)  # of its colour, in amplitudes of the painting
# Height from one octave to the next: the power spectrum of paint relief falls with the frequency to about -3.
_FALL = 0.72
_LOADS = (1.6, 0.8)             # height of a stroke in amplitudes of the painting: middle, and how much it differs
_OPAQUE = (0.72, 0.2)           # opacity: middle, and how much it differs

_WEAVE_FILLED_MM = 0.12         # thickness of paint that fills most of the weave


class Painting(NamedTuple):
    """What the painting says about every place, at its own resolution."""

    colour: Float32[np.ndarray, "H W 3"]
    z: Float32[np.ndarray, "H W"]                   # height, mm
    warp: Float32[np.ndarray, "H W 2"]              # (x, y) texels to read beside a place, so that edges get steeper
    direction: Float32[np.ndarray, "H W 2"]         # cosine and sine of twice the angle along strokes
    height_amplitude: Float32[np.ndarray, "H W"]    # how much strokes differ in height, mm
    colour_amplitude: Float32[np.ndarray, "H W"]    # how much strokes differ in colour, as a share


class Print(NamedTuple):
    """How a painting is printed; all places are in texels of the whole print."""

    factor: float               # texels of the print to a texel of the painting
    seed: np.uint64
    weave_mm: np.float32        # depth of the canvas' threads, 0 for none
    thread_px: np.float32       # from thread to thread
    units_per_mm: np.float32    # of the written height


@nb.njit(cache=True, parallel=True)
def paint_blocks(pixels: UInt16[np.ndarray, "h w 3"], units: UInt16[np.ndarray, "h w"], start: Whole, block_px: Whole,
                 widths: Float64[np.ndarray, " N"], painting: Painting, wanted: Print) -> None:
    """Paint some rows of a print, in blocks of columns that are worked on at the same time.

    Parameters
    ----------
    pixels, units : (h, w, 3) and (h, w) uint16, changed in place
        Colour in 16 bits, and height in units.
    start : int
        Row of the print that is the first of these.
    block_px : int
        Columns of a block; it does not change the result.
    widths : (N,) float64
        Of the strokes, broad to fine, px of the print.
    painting : Painting
    wanted : Print
    """
    # A call and no more: numba moves allocations out of parallel loops, and with tuples of arrays it gets them wrong.
    for number in nb.prange((units.shape[1] + block_px - 1) // block_px):
        _paint_block(pixels, units, start, number * block_px, block_px, widths, painting, wanted)


@nb.njit(cache=True)
def _paint_block(pixels, units, top, left, block_px, widths, painting, wanted):
    """Paint the block whose first texel of the print is (top, left); `pixels` and `units` begin with row `top`."""
    count, broad = units.shape[0], min(block_px, units.shape[1] - left)
    step = 1 / wanted.factor
    base, level = np.empty((count, broad, 3), np.float32), np.empty((count, broad), np.float32)
    _enlarge(base, level, painting, top, left, step)
    block = Block(base.copy(), np.zeros((count, broad), np.float32), base, level, top, left)
    for octave in range(len(widths)):
        _lay_octave(block, painting, Octave(octave, widths[octave], step, wanted.seed))
    _write(pixels[:, left:left + broad], units[:, left:left + broad], block, wanted)


@nb.njit(cache=True, inline="always")
def _enlarge(base, level, painting, top, left, step):
    """Fill a block with the painting's colour and height, read by cubic interpolation at warped places."""
    colour, z, warp = painting.colour, painting.z, painting.warp
    weights_y, weights_x = np.empty(4, np.float32), np.empty(4, np.float32)
    count, broad = level.shape
    for line in range(count):
        y = (top + line + 0.5) * step - 0.5
        for at in range(broad):
            x = (left + at + 0.5) * step - 0.5
            wy, wx = y + linear(warp[:, :, 1], y, x), x + linear(warp[:, :, 0], y, x)
            i, j = int(np.floor(wy)), int(np.floor(wx))
            catmull_rom(wy - i, weights_y)
            catmull_rom(wx - j, weights_x)
            level[line, at] = cubic(z, weights_y, weights_x, i, j)
            for channel in range(3):
                base[line, at, channel] = cubic(colour[:, :, channel], weights_y, weights_x, i, j)


@nb.njit(cache=True, inline="always")
def _write(pixels, units, block, wanted):
    """A finished block in 16-bit units, with the canvas where the paint is thin."""
    colour, relief, level = block.colour, block.relief, block.level
    count, broad = level.shape
    for line in range(count):
        for at in range(broad):
            height = level[line, at] + relief[line, at]
            if wanted.weave_mm > 0:
                height += wanted.weave_mm * weave_at(block.top + line, block.left + at, wanted.thread_px,
                                                     wanted.seed) * np.float32(
                    np.exp(-max(level[line, at], np.float32(0)) / _WEAVE_FILLED_MM))
            units[line, at] = np.uint16(min(max(np.round(height * wanted.units_per_mm), 0), UINT16_MAX))
            for channel in range(3):
                value = colour[line, at, channel]
                pixels[line, at, channel] = np.uint16(min(max(np.round(value * UINT16_MAX), 0), UINT16_MAX))


@nb.njit(cache=True)
def _lay_octave(block, painting, octave):
    """Lay all strokes of one octave that touch a block."""
    high, broad = block.relief.shape
    spacing = _SPACING * octave.width
    reach = 0.5 * _STROKE_LENGTH * octave.width * (1 + _LENGTHS) + octave.width
    i0, j0 = int(np.floor((block.top - reach) / spacing)) - 1, int(np.floor((block.left - reach) / spacing)) - 1
    tall = int(np.ceil((block.top + high + reach) / spacing)) + 2 - i0
    wide = int(np.ceil((block.left + broad + reach) / spacing)) + 2 - j0
    drawn = np.empty(3, np.float32)
    for place in _order(octave, i0, j0, tall, wide):
        i, j = place // wide + i0, place % wide + j0
        y = (i + 0.5 + _SHIFT * _chance(octave, _SHIFT_Y, i, j)) * spacing
        x = (j + 0.5 + _SHIFT * _chance(octave, _SHIFT_X, i, j)) * spacing
        py, px = y * octave.step - 0.5, x * octave.step - 0.5
        for c in range(3):
            drawn[c] = linear(painting.colour[:, :, c], py, px)
        amplitude = linear(painting.colour_amplitude, py, px)
        stroke = _stroke(painting, octave, drawn, amplitude, i, j, y, x)
        if stroke.length > 0:
            load = _load_brush(drawn, octave, amplitude, linear(painting.height_amplitude, py, px), i, j)
            lay_stroke(block, octave, stroke, drawn, load)


@nb.njit(cache=True)
def _chance(octave, purpose, i, j):
    """Uniform float32 in [-1, 1) for a purpose of the stroke at a place of the grid."""
    return cell_value(octave.seed, octave.number * PURPOSES + purpose, i, j)


@nb.njit(cache=True)
def _order(octave, i0, j0, tall, wide):
    """The order in which the strokes of a part of the grid are laid, as numbers row by row."""
    keys = np.empty(tall * wide, np.float32)
    for place in range(tall * wide):
        keys[place] = _chance(octave, _ORDER, place // wide + i0, place % wide + j0)
    # Ties keep the order of the grid, which is the same in every block.
    return np.argsort(keys, kind="mergesort")


@nb.njit(cache=True, inline="always")
def _stroke(painting, octave, drawn, amplitude, i, j, y, x):
    """The stroke of colour `drawn` at (y, x), along the paint below it; of length 0 where that colour does not fit."""
    direction, step = painting.direction, octave.step
    py, px = y * step - 0.5, x * step - 0.5
    turn = _angle(direction, py, px) + _SLANT_RAD * _chance(octave, _TURN, i, j)
    vx, vy = np.cos(turn), np.sin(turn)
    half = 0.5 * octave.width * (_WIDTHS[0] + _WIDTHS[1] * _chance(octave, _WIDTH, i, j))
    length = 0.5 * _STROKE_LENGTH * octave.width * (1 + _LENGTHS * _chance(octave, _LENGTH, i, j))
    tolerance = _STILL_FITS + amplitude * _FITS_AMPLITUDE * (drawn[0] + drawn[1] + drawn[2])
    length = _fitting(painting.colour, drawn, tolerance, py, px, vy, vx, half, length, step)
    bend = 0.0
    if length > 0:
        # Bent as the paint is: the direction at both ends says how much.
        for end in range(-1, 2, 2):
            aim = _angle(direction, py + end * length * vy * step, px + end * length * vx * step) - turn
            aim -= np.pi * np.round(aim / np.pi)
            bend += end * min(max(aim, -_BEND_RAD), _BEND_RAD)
        bend = bend / (4 * length)
    return Stroke(i, j, y, x, vy, vx, half, length, bend)


@nb.njit(cache=True, inline="always")
def _angle(direction, y, x):
    """Direction along strokes at a place of the painting, radians."""
    return 0.5 * np.arctan2(linear(direction[:, :, 1], y, x), linear(direction[:, :, 0], y, x))


@nb.njit(cache=True, inline="always")
def _fitting(colour, drawn, tolerance, y, x, vy, vx, half, length, step):
    """How long the stroke may be before its colour no longer fits, 0 where it fits nowhere."""
    for _ in range(_TRIES):
        fits = True
        for end in range(-1, 2, 2):
            for across in range(-1, 2):
                qy = y + (end * length * _ENDS * vy + across * half * _SIDES * vx) * step
                qx = x + (end * length * _ENDS * vx - across * half * _SIDES * vy) * step
                off = np.float32(0)
                for c in range(3):
                    off += abs(linear(colour[:, :, c], qy, qx) - drawn[c])
                if off > tolerance:
                    fits = False
        if fits:
            return length
        length *= _SHORTER
    return 0.0


@nb.njit(cache=True)
def _load_brush(drawn, octave, amplitude, height_amplitude, i, j):
    """Vary the colour `drawn`, in place, and decide how much paint the brush holds."""
    strength = np.float32(_FALL ** octave.number)
    tint = _TINTS * amplitude * np.float32(_chance(octave, _TINT, i, j))
    warm = amplitude * _WARMTHS * np.float32(_chance(octave, _WARMTH, i, j))
    drawn[0] *= 1 + tint + warm
    drawn[1] *= 1 + tint
    drawn[2] *= 1 + tint - warm
    load = np.float32(_LOADS[0] + _LOADS[1] * _chance(octave, _LOAD, i, j))
    dryness = 1 - (0.5 + 0.5 * _chance(octave, _DRYNESS, i, j))
    sense = 1.0 if _chance(octave, _HEADING, i, j) < 0 else -1.0
    opacity = np.float32(_OPAQUE[0] + _OPAQUE[1] * _chance(octave, _OPACITY, i, j))
    return Load(amplitude, height_amplitude * strength * load, dryness, sense, opacity)
