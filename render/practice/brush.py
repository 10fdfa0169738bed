"""One layer of brush strokes, laid in place on a picture; compiled.

Every stroke finds its path (`render.practice.stroke_path`), and each texel near it is painted: bristles leave streaks and
furrows, the brush runs dry, paint is pushed up at the rims and piles up where the brush is lifted.

Two things keep this as fast as one long function: arrays leave their tuples before a loop over texels (reading an array
from a tuple costs two atomic operations each time), and steps that take many arrays and have one caller are copied into
it (`inline="always"`).
"""

from typing import NamedTuple

import numba
import numpy as np
from jaxtyping import Int64

from render.imaging.noise import bristle_noise, stroke_chance, stroke_hash
from render.imaging.scalars import Whole
from render.practice.stroke_path import (
    FAR,
    MOST_POINTS,
    Brush,
    Grid,
    Guide,
    Path,
    Stroke,
    Surface,
    Trace,
    find_path,
    is_wanted,
    start_of,
    texel,
    trace_path,
)

# Purposes of a stroke's random numbers; those below 5 are spent on its path.
_TINT, _WARMTH, _WETNESS, _LOAD, _DRYNESS, _OPACITY = range(5, 11)
_FINE_BRISTLES = 2000           # and on: one number for each bristle of a fine brush

# What is on the brush.
_TINTS, _WARMTHS = 0.05, 0.024  # range of lightness (share) and of warmth (sRGB) from stroke to stroke
_WET = (0.10, 0.12)             # share of wet paint picked up where the stroke starts: at least, and range
_LOADS = (0.55, 0.9)            # how loaded the brush is, 1 as usual: at least, and range
_IMPASTO_FROM = 1.45            # load from which paint stands off the brush
_DRY = (0.15, 0.75)             # how dry the brush ends, 0 to 1: at least, and range
_OPAQUE = (0.72, 0.28)          # opacity: at least, and range

# How a stroke looks.
_FINE_PX = 3.6                  # narrower brushes show single bristles, no furrows
_COARSE_PX = 5.0                # wider brushes have bristles further apart
_BRISTLE_PX = (1.15, 0.95)      # from bristle to bristle, of coarse brushes and others
_BRISTLE_LENGTH = 5             # widths over which a bristle's trace changes
_START, _START_RISE = 0.72, 1.6  # width at the start as a share, and how fast the stroke widens along its length
_END_FROM, _END_NARROWER = 0.6, 0.45  # share of the length from which the stroke narrows, and by how much
_RIM_PX = (0.9, 0.8)            # how far inside the edge the pushed-up rim lies, and how broad it is
_LIFT = 0.45                    # widths from the end within which paint piles up
_PROFILE = (0.2, 1.0, 0.65, 0.5)  # thickness: under all bristles, by bristle, at the rim, at the end
_FINE = (0.35, 0.3)             # paint on a bristle of a fine brush: at least, and range
_CATCH = (1.3, 1.15)            # paint on a bristle and height of the weave that even a dry brush reaches
_COVER = (0.45, 1.25)           # opacity of a coarse brush between its bristles, and how much more below one
_LEVELLED, _KEPT = 0.55, 0.68   # how much the brush levels the paint it meets, and the share of it that stays


class _Load(NamedTuple):
    """What one stroke brings along."""

    length_px: float
    body_mm: float
    dryness: float
    opacity: float
    below_mm: float         # mean thickness of the paint under the path


@numba.njit(cache=True)
def paint_layer(surface: Surface, guide: Guide, brush: Brush, grid: Grid, order: Int64[np.ndarray, " N"], seed: Whole,
                layer: Whole) -> None:
    """Paint one layer of strokes onto `surface`, in place.

    Parameters
    ----------
    surface, guide, brush, grid
        All pictures of one size.
    order : (N,) int64
        Numbers of the grid's places in the order in which their strokes are laid.
    seed, layer : int
        What the random numbers of the strokes are made from.
    """
    rows, columns = surface.paint_mm.shape
    path = Path(np.empty(MOST_POINTS, np.float32), np.empty(MOST_POINTS, np.float32))
    trace = Trace(np.full((rows, columns), FAR, np.float32), np.zeros((rows, columns), np.float32),
                   np.zeros((rows, columns), np.float32))
    colour = np.empty(3, np.float32)
    for index in order:
        hashed = stroke_hash(seed, layer, index)
        x, y = start_of(grid, index, hashed)
        stroke = Stroke(hashed, texel(y, rows), texel(x, columns))
        allowed = guide.tolerance[stroke.row, stroke.column]
        if not is_wanted(surface.colour, guide.reference, allowed, brush.width_px, stroke.row, stroke.column):
            continue
        colour[:] = guide.reference[stroke.row, stroke.column]
        points, length = find_path(path, surface, guide, brush, stroke, colour, x, y)
        if points < 2:
            continue
        box = trace_path(trace, path, points, brush.width_px)
        below = _paint_below(surface.paint_mm, path, points)
        load = _load_brush(colour, surface, guide, brush, stroke, length, below)
        _lay_stroke(surface, guide, brush, stroke, colour, load, trace, box)


@numba.njit(cache=True)
def _paint_below(paint, path, points):
    """Mean thickness of the paint at the corners of the path, mm."""
    rows, columns = paint.shape
    below = 0.0
    for k in range(points):
        below += paint[texel(path.y[k], rows), texel(path.x[k], columns)]
    return below / points


@numba.njit(cache=True, inline="always")
def _load_brush(colour, surface, guide, brush, stroke, length, below):
    """Vary the colour, pick up wet paint and decide how much paint the brush holds; `colour` is changed in place."""
    tint = (stroke_chance(stroke.hashed, _TINT) - 0.5) * _TINTS
    warm = (stroke_chance(stroke.hashed, _WARMTH) - 0.5) * _WARMTHS
    colour[0] = colour[0] * (1 + tint) + warm
    colour[1] = colour[1] * (1 + tint)
    colour[2] = colour[2] * (1 + tint) - warm
    wet = _WET[0] + _WET[1] * stroke_chance(stroke.hashed, _WETNESS)
    for c in range(3):
        colour[c] = colour[c] * (1 - wet) + surface.colour[stroke.row, stroke.column, c] * wet
    load = guide.loading[stroke.row, stroke.column] * (_LOADS[0] + _LOADS[1] * stroke_chance(stroke.hashed, _LOAD))
    body = brush.thickness_mm * load
    if load > _IMPASTO_FROM:
        body += (load - _IMPASTO_FROM) * brush.impasto_mm
    dryness = _DRY[0] + _DRY[1] * stroke_chance(stroke.hashed, _DRYNESS) ** 2
    opacity = _OPAQUE[0] + _OPAQUE[1] * stroke_chance(stroke.hashed, _OPACITY)
    return _Load(length, min(body, brush.impasto_mm), dryness, opacity, below)


@numba.njit(cache=True, inline="always")
def _lay_stroke(surface, guide, brush, stroke, drawn, load, trace, box):
    """Paint every traced texel within the box in the colour `drawn`, and clear the trace for the next stroke."""
    squared, sides, alongs = trace.squared, trace.side, trace.along
    colour, paint, weave, reference = surface.colour, surface.paint_mm, surface.weave, guide.reference
    top, bottom, left, right = box
    for row in range(top, bottom + 1):
        for column in range(left, right + 1):
            if squared[row, column] >= FAR:
                continue
            distance, side, along = np.sqrt(squared[row, column]), sides[row, column], alongs[row, column]
            squared[row, column] = FAR
            radius = _radius(brush.width_px, along)
            cover = min(max(radius - distance + 0.5, 0.0), 1.0)
            if cover <= 0:
                continue
            bristle = _bristle(brush, stroke, load, side, along)
            alpha = _opacity(brush, load, cover, bristle, along, weave[row, column])
            for c in range(3):
                shade = drawn[c] + brush.follow * (reference[row, column, c] - reference[stroke.row, stroke.column, c])
                shade *= 1.0 + brush.streaks * (bristle - 0.5)
                colour[row, column, c] += alpha * (shade - colour[row, column, c])
            # The brush levels the wet paint it meets and pushes a good part of it away.
            ground = _KEPT * (paint[row, column] + _LEVELLED * (load.below_mm - paint[row, column]))
            fresh = load.body_mm * _profile(brush, load, radius, distance, bristle, along)
            paint[row, column] += alpha * (ground + fresh - paint[row, column])


@numba.njit(cache=True)
def _radius(width, along):
    """Half the width of the stroke at a share of its length, px."""
    narrower = _END_NARROWER * max(0.0, (along - _END_FROM) / (1 - _END_FROM))
    return width / 2 * (min(1.0, _START + _START_RISE * along) * (1.0 - narrower))


@numba.njit(cache=True)
def _bristle(brush, stroke, load, side, along):
    """How much paint the bristle that passes a place carries, about 0 to 1."""
    if brush.width_px < _FINE_PX:
        return _FINE[0] + _FINE[1] * stroke_chance(stroke.hashed, _FINE_BRISTLES + int(side + 20))
    pitch = _BRISTLE_PX[0] if brush.width_px > _COARSE_PX else _BRISTLE_PX[1]
    return bristle_noise(stroke.hashed, side / pitch + 40, along * load.length_px / (_BRISTLE_LENGTH * brush.width_px))


@numba.njit(cache=True)
def _opacity(brush, load, cover, bristle, along, weave):
    """How much of a texel the stroke hides, 0 to 1: a dry brush catches only the tops of the weave."""
    catch = 1.0 - load.dryness * along * (_CATCH[0] - bristle) * (_CATCH[1] - weave)
    alpha = cover * load.opacity * min(max(catch * 1.1, 0.0), 1.0)
    if brush.width_px >= _FINE_PX:
        alpha *= min(1.0, _COVER[0] + _COVER[1] * bristle)
    return alpha


@numba.njit(cache=True)
def _profile(brush, load, radius, distance, bristle, along):
    """Thickness of the stroke at a texel against its mean one."""
    rim = np.exp(-((distance - radius + _RIM_PX[0]) / _RIM_PX[1]) ** 2)
    lifted = np.exp(-((1.0 - along) * load.length_px / (_LIFT * brush.width_px + 1.0)) ** 2)
    return _PROFILE[0] + _PROFILE[1] * bristle + _PROFILE[2] * rim + _PROFILE[3] * lifted
