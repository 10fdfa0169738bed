"""Beards: a moustache, and a full beard that leaves the lips free."""

import numpy as np
from jaxtyping import Float, Float64

from data.landmarks import CHIN, MOUTH_LEFT, MOUTH_RIGHT, NOSE_BASE, NOSE_TIP, OUTER_LIP, UPPER_LIP_TOP
from data.parts import Part
from render.imaging.noise import octave_noise
from render.practice.anatomy import Anatomy
from render.practice.canvas import Canvas
from render.practice.mixing import ramp

_OF_THE_HAIR = np.array([1.05, 0.96, 0.9])      # a beard's colour as shares of the hair's: redder
_TRIMMED, _LONG = (0.08, 0.3), (0.3, 0.9)       # length below the chin: least and most, eye units
_POINTED = 3.2          # sigma of where a beard is long, in landmarks of the jaw to both sides of the chin
_CHEEK = 0.55           # how far its upper rim lies from the jaw (0) to the mouth's corner (1)
_SURE, _MOUSTACHE_SURE = 0.6, 0.5               # how closely strokes follow the hairs
# Colours of `ramp`: factors in the dark and in the light.
_BEARD_RAMP, _MOUSTACHE_RAMP = {"dark": 0.3, "light": 1.7}, {"dark": 0.35, "light": 1.6}


def paint_beard(canvas: Canvas, rng: np.random.Generator, anatomy: Anatomy, hair: Float[np.ndarray, " 3"], *,
                full: bool) -> None:
    """Paint a moustache, and a full beard below it if `full`.

    Parameters
    ----------
    canvas : Canvas
    rng : numpy.random.Generator
    anatomy : Anatomy
    hair : (3,) float
        Colour of the hair, sRGB.
    full : bool
    """
    colour = hair * rng.uniform(0.85, 1.1) * _OF_THE_HAIR
    if full:
        _paint_full_beard(canvas, rng, anatomy, colour)
    _paint_moustache(canvas, rng, anatomy.points, colour)


def _paint_full_beard(canvas, rng, anatomy, colour):
    points, x, y = anatomy.points, canvas.x, canvas.y
    lips = canvas.mask(points[OUTER_LIP], rounded=1, soft=0.02)
    chin = points[CHIN]
    lower, upper = _beard_outline(points, rng.choice([rng.uniform(*_TRIMMED), rng.uniform(*_LONG)]))
    mask = canvas.mask(np.vstack([lower, upper]), rounded=2, soft=0.05)
    across = (x - chin[0]) / (0.55 + 0.35 * np.clip(chin[1] - y, -1, 1.2))
    across = across + 0.18 * (octave_noise(rng, x * 2.5, y * 2.5, octaves=2) - 0.5)
    fine = octave_noise(rng, across * 15, y * 1.8, octaves=3, gain=0.75)
    locks = octave_noise(rng, across * 5, y * 1.2, octaves=2)
    edge = np.clip((canvas.blur(mask, 0.06) - 0.5) * 2.2 + 0.55 + 1.1 * (fine - 0.5), 0, 1)
    form = 0.42 + 0.35 * np.clip((x - chin[0]) / 0.7, -1, 1) * canvas.light[0] - 0.12 * np.clip(y - chin[1], 0, 1)
    shade = form + 0.5 * (locks - 0.5) + 0.4 * (fine - 0.5)
    fuller_below = np.clip(0.35 + (y - points[MOUTH_LEFT, 1] + 0.25) * 1.6, 0.35, 0.95)
    cover = (edge * (1 - 0.9 * lips) * fuller_below).astype(np.float32)
    fall = canvas.blur(canvas.mask(np.vstack([lower + [0, 0.08], upper]), soft=0.05), 0.05)
    canvas.darken(fall * canvas.shows(Part.NECK, Part.CLOTHING), 0.5)
    canvas.lay(cover, ramp(shade, colour, **_BEARD_RAMP), None, detail=0.85, loading=0.6 + 0.8 * locks)
    hairy = cover > 0.5
    canvas.parts[hairy & canvas.shows(Part.NECK, Part.CLOTHING, Part.BACKGROUND, Part.HAIR)] = Part.FACE
    canvas.direction[hairy], canvas.certainty[hairy] = canvas.along_contours(across, 0.03)[hairy], _SURE


def _beard_outline(points: Float64[np.ndarray, "68 2"],
                   length: float) -> tuple[Float64[np.ndarray, "15 2"], Float64[np.ndarray, "7 2"]]:
    """The lower rim of a beard of so many eye units below the chin, from left to right, and its upper rim back."""
    jaw = points[1:16].copy()
    below = np.exp(-((np.arange(15) - 7) / _POINTED) ** 2)[:, None]
    lower = jaw + (jaw - points[NOSE_TIP]) * 0.05 + below * [0.0, length]
    left, right = points[MOUTH_LEFT], points[MOUTH_RIGHT]
    upper = [points[15] * 0.75 + right * 0.25, points[14] * (1 - _CHEEK) + right * _CHEEK + [0, -0.02], right + [0.10, -0.06],
             points[NOSE_BASE] + [0.0, 0.07], left + [-0.10, -0.06], points[2] * (1 - _CHEEK) + left * _CHEEK + [0, -0.02],
             points[1] * 0.75 + left * 0.25]
    return lower, np.array(upper)


def _paint_moustache(canvas, rng, points, colour):
    lip = points[UPPER_LIP_TOP]
    middle = points[NOSE_BASE] * 0.45 + lip * 0.55
    for side, corner, wing in ((-1, MOUTH_LEFT, 31), (1, MOUTH_RIGHT, 35)):
        tip = points[corner] + [side * rng.uniform(0.04, 0.16), rng.uniform(0.0, 0.08)]
        lobe = np.array([middle + [0, -0.035], points[wing] * 0.35 + points[corner] * 0.65 + [0, -0.06], tip,
                         points[corner] * 0.75 + lip * 0.25 + [0, 0.015], lip + [0, 0.0]])
        mask = canvas.mask(lobe, rounded=2, soft=0.022)
        outwards = (canvas.x - middle[0]) * side
        fine = octave_noise(rng, (canvas.y - 0.35 * outwards) * 22, outwards * 3, octaves=2)
        cover = np.clip(mask * (0.45 + 0.9 * fine), 0, 0.88).astype(np.float32)
        canvas.lay(cover, ramp(0.25 + 0.55 * fine, colour, **_MOUSTACHE_RAMP))
        hairy = mask > 0.5
        canvas.direction[hairy], canvas.certainty[hairy] = np.arctan2(0.35, side), _MOUSTACHE_SURE
