"""What one stroke of the enlargement leaves on a block of the print; compiled.

A stroke is a strip around a parabola. Its bristles leave furrows along it, paint is pushed up at its rim and piles up at its
end, and towards that end the brush runs dry. Steps that work texel by texel are copied into their one caller
(`inline="always"`): as calls they cost a tenth of the time.
"""

from typing import NamedTuple

import numba as nb
import numpy as np
from jaxtyping import Float32

from render.imaging.noise import cell_noise

# An octave of strokes has so many channels of hashes to itself; the last two in use make its furrows.
PURPOSES = 16
_FURROWS, _FINE_FURROWS = 12, 13

_FOLLOW = np.float32(0.3)       # how far a stroke's colour follows the painting below it
_KEPT = np.float32(0.35)        # share of the relief below that a stroke leaves standing
_END_FROM, _END_NARROWER = 0.55, 0.5  # from where (-1 start, 1 end) the stroke narrows, and how fast
_START_RISE = 4                 # how fast it widens where the brush is set down
_DRY_FROM, _DRY_RANGE, _DRY_RISE = 0.15, 0.5, 1.6  # from where the brush runs dry, how that differs, and how fast
_GAPS = np.float32(0.9)         # how much furrows part a dry stroke
_STREAKS = np.float32(1.2)      # colour of furrows, in amplitudes of the painting

# Furrows of the bristles: two octaves of noise across the stroke, nearly constant along it.
_FURROW = (2.2, 9)              # from furrow to furrow: at least so many px, or this part of the width
_FURROW_LENGTHS = (9, 7)        # along the stroke, in distances between furrows
_FINER = 2.3                    # the second octave against the first
_FINER_WEIGHT = np.float32(0.5)
_APART = ((37.0, 61), (17.0, 53))  # where in the noise the furrows of strokes side by side are read

# Profile of a stroke, in its height: furrows, the rim, the paint piled up at its end, and the level of its middle.
_PROFILE = tuple(np.float32(share) for share in (1.1, 1.3, 0.9, 0.35))
_RIM = (1.1, 0.1)               # breadth of the rim: at least so many px, or this share of the width
_PILED = 0.35                   # breadth of the piled-up end, in widths


class Block(NamedTuple):
    """A part of the print whose first texel is (top, left); strokes change `colour` and `relief` in place."""

    colour: Float32[np.ndarray, "h w 3"]
    relief: Float32[np.ndarray, "h w"]      # height of the strokes over `level`, mm
    base: Float32[np.ndarray, "h w 3"]      # colour of the bare enlargement
    level: Float32[np.ndarray, "h w"]       # height of the bare enlargement, mm
    top: int
    left: int


class Octave(NamedTuple):
    """Strokes of one width."""

    number: int
    width: float                # px of the print
    step: float                 # texels of the painting to a texel of the print
    seed: np.uint64


class Stroke(NamedTuple):
    """A stroke: a strip around a parabola through (x, y), `bend` px beside its heading at 1 px, `length` to either end."""

    i: int                      # place in the grid: row and column
    j: int
    y: float                    # middle, px of the print
    x: float
    vy: float                   # heading, unit vector
    vx: float
    half: float                 # half the width, px
    length: float               # half the length, px
    bend: float


class Load(NamedTuple):
    """What is on the brush of one stroke."""

    amplitude: float            # how much its furrows differ in colour
    body: float                 # height, mm
    dryness: float              # 0 the wettest, 1 the driest
    sense: float                # 1 if painted along the heading, -1 if against it
    opacity: np.float32


@nb.njit(cache=True, inline="always")
def lay_stroke(block: Block, octave: Octave, stroke: Stroke, drawn: Float32[np.ndarray, "3"], load: Load) -> None:
    """Paint a stroke on every texel of a block that it covers, in place.

    Parameters
    ----------
    block : Block
        Need not hold the whole stroke.
    octave, stroke, load
        The brush, where it goes and what is on it.
    drawn : (3,) float32
        Colour on the brush, sRGB.
    """
    colour, relief, base = block.colour, block.relief, block.base
    first_row, last_row, first_column, last_column = _box(stroke, block)
    for row in range(first_row, last_row + 1):
        dy = row + block.top + 0.5 - stroke.y
        for column in range(first_column, last_column + 1):
            dx = column + block.left + 0.5 - stroke.x
            s = dx * stroke.vx + dy * stroke.vy
            if abs(s) > stroke.length:
                continue
            t = dy * stroke.vx - dx * stroke.vy - stroke.bend * s * s
            along = load.sense * s / stroke.length        # from -1, where the brush was set down, to 1
            radius = _radius(stroke.half, along)
            off = abs(t)
            if off > radius + 0.5:
                continue
            bristle = _furrows(octave, stroke, s, t)
            alpha = _opacity(load, np.float32(min(radius - off + 0.5, 1.0)), along, bristle)
            shade = 1 + load.amplitude * _STREAKS * bristle
            for c in range(3):
                meant = (drawn[c] + _FOLLOW * (base[row, column, c] - drawn[c])) * shade
                colour[row, column, c] += alpha * (meant - colour[row, column, c])
            profile = _profile(octave.width, off - radius, (1 - along) * stroke.length, bristle)
            relief[row, column] += alpha * (_KEPT * relief[row, column] + load.body * profile - relief[row, column])


@nb.njit(cache=True)
def _box(stroke, block):
    """First and last row and column of the block that a stroke may touch."""
    high, broad = block.relief.shape
    aside = stroke.half + abs(stroke.bend) * stroke.length * stroke.length
    extent_y = abs(stroke.vy) * stroke.length + abs(stroke.vx) * aside + 2
    extent_x = abs(stroke.vx) * stroke.length + abs(stroke.vy) * aside + 2
    return (max(int(np.floor(stroke.y - extent_y)) - block.top, 0),
            min(int(np.ceil(stroke.y + extent_y)) - block.top, high - 1),
            max(int(np.floor(stroke.x - extent_x)) - block.left, 0),
            min(int(np.ceil(stroke.x + extent_x)) - block.left, broad - 1))


@nb.njit(cache=True, inline="always")
def _radius(half, along):
    """Half the width of a stroke at a place along it, px."""
    return half * (1 - _END_NARROWER * max(along - _END_FROM, 0.0)) * np.sqrt(max(0.0, min(1.0, (1.0 + along) * _START_RISE)))


@nb.njit(cache=True, inline="always")
def _furrows(octave, stroke, s, t):
    """What the bristles leave at `s` px along and `t` px across a stroke: below 0 in a furrow, above 0 on a ridge."""
    apart = max(_FURROW[0], octave.width / _FURROW[1])
    channel = octave.number * PURPOSES + _FURROWS
    u = t / apart + _APART[0][0] * (stroke.i % _APART[0][1]) + _APART[1][0] * (stroke.j % _APART[1][1])
    return cell_noise(octave.seed, channel, u, s / (_FURROW_LENGTHS[0] * apart)) + _FINER_WEIGHT * cell_noise(
        octave.seed, channel + _FINE_FURROWS - _FURROWS, _FINER * u, s / (_FURROW_LENGTHS[1] * apart))


@nb.njit(cache=True, inline="always")
def _opacity(load, cover, along, bristle):
    """How much of a texel the stroke hides: the brush runs dry towards its end, and furrows part it there."""
    fade = (along - _DRY_FROM - _DRY_RANGE * load.dryness) * _DRY_RISE
    alpha = cover * load.opacity
    if fade > 0:
        alpha *= min(max(np.float32(1 - fade) + _GAPS * bristle, np.float32(0)), np.float32(1))
    return alpha


@nb.njit(cache=True, inline="always")
def _profile(width, inside, to_end, bristle):
    """Height of a stroke against its body, `inside` px from its edge (below 0 within) and `to_end` px from its end."""
    rim_px = max(_RIM[0], _RIM[1] * width)
    rim = np.float32(np.exp(-((inside + rim_px) / rim_px) ** 2))
    piled = np.float32(np.exp(-(to_end / (_PILED * width + 1)) ** 2))
    return _PROFILE[0] * bristle + _PROFILE[1] * rim + _PROFILE[2] * piled - _PROFILE[3]
