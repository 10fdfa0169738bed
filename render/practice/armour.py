"""A cuirass: breastplate and shoulder plates of dark steel with gilt borders, which mirror a bright studio window."""

import numpy as np
from jaxtyping import Float, Float32

from data.parts import Part
from render.imaging.noise import octave_noise
from render.practice.anatomy import SIDES, Anatomy
from render.practice.canvas import Canvas
from render.practice.linen_and_fur import lay_collar
from render.practice.mixing import ramp

# Outlines are eye units: x from the neck's middle, y below the chin. Colours are sRGB.
_STEEL, _GILT = (0.20, 0.205, 0.215), (0.46, 0.34, 0.14)
_PLATE = [(-0.62, 0.32), (0, 0.46), (0.62, 0.32), (1.2, 0.62), (1.66, 1.0), (1.62, 1.9), (1.72, 2.7), (1.45, 3.6),
          (0.9, 4.05), (0, 4.25), (-0.9, 4.05), (-1.45, 3.6), (-1.72, 2.7), (-1.62, 1.9), (-1.66, 1.0), (-1.2, 0.62)]
_GORGET = [(-0.62, -0.05), (0, 0.18), (0.62, -0.05), (0.92, 0.42), (0.5, 0.72), (0, 0.86), (-0.5, 0.72), (-0.92, 0.42)]
_SHOULDER = [(1.1, 0.52), (1.7, 0.50), (2.32, 0.82), (2.66, 1.5), (2.62, 2.05), (2.1, 2.1), (1.62, 1.75), (1.25, 1.2)]
_LAMES = (0.45, 0.62, 0.80)     # where the shoulder's plates overlap, as shares of its height
_COLOURED = 0.1                 # share of the clothes' colour that steel mirrors
_WINDOW, _ROOM, _DAYLIGHT = 0.42, 0.09, (0.96, 0.98, 1.0)   # how bright steel mirrors the window and the room
_MIRROR_WIDE = 0.11             # breadth of what steel mirrors, in shade


def paint_cuirass(canvas: Canvas, rng: np.random.Generator, anatomy: Anatomy, base: Float[np.ndarray, " 3"]) -> str:
    """Breastplate, shoulder plates and gorget over clothes; returns the collar's word.

    Parameters
    ----------
    canvas : Canvas
    rng : numpy.random.Generator
    anatomy : Anatomy
    base : (3,) float
        Colour of what is worn below, sRGB; steel mirrors a little of it.
    """
    x, y = canvas.x - anatomy.neck_x, canvas.y - anatomy.chin_y
    steel = (1 - _COLOURED) * np.array(_STEEL) + _COLOURED * base
    chest = 0.75 * np.sqrt(np.clip(1.05 - (x / 1.85) ** 2, 0.01, 1)) + 0.35 * np.exp(-((y - 2.1) / 1.1) ** 2)
    ridge = 0.10 * np.exp(-np.abs(x) / 0.16)
    _lay_plate(canvas, rng, anatomy.from_neck(_PLATE), steel, canvas.blur((chest + ridge).astype(np.float32), 0.05))
    waist = anatomy.from_neck([(-1.5, 3.5), (-0.8, 3.95), (0, 4.12), (0.8, 3.95), (1.5, 3.5)])
    _gild(canvas, rng, waist, 0.10)
    for side in SIDES:
        outline = np.array(_SHOULDER) * [side, 1]
        dome = 0.8 * np.sqrt(np.clip(1 - ((x * side - 1.9) / 0.95) ** 2 - ((y - 1.5) / 1.15) ** 2, 0.01, 1))
        _lay_plate(canvas, rng, anatomy.from_neck(outline), steel, canvas.blur(dome.astype(np.float32), 0.04))
        for share in _LAMES:
            level = 0.6 + 1.5 * share
            lame = anatomy.from_neck([(side * (1.15 + 0.5 * share), level), (side * 1.9, level + 0.16),
                                      (side * (2.3 + 0.4 * share), level - 0.05)])
            canvas.darken(canvas.line(lame + [0, 0.03], 0.06, soft=0.02, taper=False), 0.7)
            _gild(canvas, rng, lame, 0.035)
    gorget = anatomy.from_neck(_GORGET)
    _lay_plate(canvas, rng, gorget, steel, 0.2 * canvas.inflated(canvas.mask(gorget), 0.4))
    _gild(canvas, rng, anatomy.from_neck([(-0.9, 0.42), (-0.5, 0.72), (0, 0.86), (0.5, 0.72), (0.9, 0.42)]), 0.06)
    return lay_collar(canvas, rng, anatomy, "edge")


def _lay_plate(canvas, rng, outline, steel, form: Float32[np.ndarray, "H W"]):
    """One plate with its shadow; a bright band where it faces the window, a dim one where it faces the room."""
    mask = canvas.mask(outline)
    canvas.darken(canvas.mask(outline + [0, 0.10], soft=0.06) * (1 - mask) * canvas.shows(Part.CLOTHING, Part.NECK), 0.7)
    shade = canvas.lit(form + 0.4 * canvas.inflated(mask, 0.25))
    wander = 0.06 * (octave_noise(rng, canvas.x * 1.2, canvas.y * 1.2, octaves=2) - 0.5)
    window = np.exp(-((shade + wander - 0.86) / _MIRROR_WIDE) ** 2)
    room = np.exp(-((shade + wander - 0.26) / _MIRROR_WIDE) ** 2)
    mirrored = (_WINDOW * window + _ROOM * room)[..., None] * np.array(_DAYLIGHT)
    colour = ramp(shade * 0.9, steel, dark=0.3, light=1.6) + mirrored
    canvas.lay(mask, np.clip(colour, 0, 1), Part.CLOTHING, direction=canvas.along_contours(form, 0.05), certainty=0.5,
               detail=0.8, loading=0.7 + 0.8 * window)


def _gild(canvas, rng, line, wide):
    """A gilt border along a line."""
    glint = octave_noise(rng, canvas.x * 9, canvas.y * 9, octaves=2)
    canvas.lay(canvas.line(line, wide, taper=False), ramp(0.25 + 0.7 * glint, _GILT), detail=0.9, loading=1.0 + 0.6 * glint)
