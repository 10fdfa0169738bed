"""Trimmings of clothes: collars, shirts and chemises of linen, lapels of fur, strings of pearls."""

from typing import NamedTuple

import numpy as np
from jaxtyping import Float

from data.parts import Part
from render.imaging.noise import octave_noise
from render.practice.anatomy import SIDES, Anatomy, Outline
from render.practice.canvas import Canvas
from render.practice.mixing import ramp

# Colours are sRGB. Outlines are eye units: x from the neck's middle, y below the chin.
LINEN = (0.80, 0.77, 0.69)
"""White linen in the light, sRGB."""
_FURS = ((0.30, 0.19, 0.11), (0.20, 0.14, 0.10), (0.52, 0.42, 0.30))
_FUR_SHARE, _VELVET = 0.8, 0.6  # of lapels that are of fur; the others are of velvet, so much darker than the gown
_RUFF = (1.02, 0.36)        # half axes of a ruff
_RUFF_Y = 0.22              # its middle below the chin
_LOBES, _LOBE = 23, 0.055   # waves around a ruff, and their height as a share of its radius
_PEARL, _PEARL_RADIUS = (0.66, 0.62, 0.55), 0.030
_PEARL_GLINT, _PEARL_GLINT_RADIUS = (0.97, 0.95, 0.9), 0.012
_GOLD, _GOLD_GLINT = (0.50, 0.36, 0.13), (0.96, 0.86, 0.55)
_CHAIN_Y, _LINK, _MEDAL_SHARE = (1.5, 2.3), 0.085, 0.5    # lowest point of a chain; from link to link; how often a medal
_PEARLS = 27                # on a string
_STRING = (0.62, 0.42)      # half the width of a string of pearls, and how far it hangs down
_STRING_Y = (0.55, 0.75)    # its lowest point: least and most


class _Collar(NamedTuple):
    """A collar of linen: its outline, the height of its form as a share of a pillow's, and whether it is pleated round."""

    outline: Outline
    pillow: float = 0.35
    ruff: bool = False


def _ruff_outline():
    around = np.linspace(0, 2 * np.pi, 46, endpoint=False)
    lobes = 1 + _LOBE * np.cos(around * _LOBES)
    wide, tall = _RUFF
    return np.stack([np.cos(around) * wide * lobes, _RUFF_Y + np.sin(around) * tall * lobes], 1)


_COLLARS = {
    "edge": _Collar([(-0.64, -0.12), (-0.4, 0.10), (0, 0.24), (0.4, 0.10), (0.64, -0.12), (0.63, 0.02), (0.4, 0.22),
                     (0, 0.37), (-0.4, 0.22), (-0.63, 0.02)], pillow=0.8),
    "ruff": _Collar(_ruff_outline(), ruff=True),
    "falling": _Collar([(-0.70, -0.15), (-0.35, 0.16), (0, 0.28), (0.35, 0.16), (0.70, -0.15), (1.00, 0.30), (1.12, 0.48),
                        (0.62, 1.02), (0.50, 1.02), (0.10, 0.42), (0, 0.34), (-0.10, 0.42), (-0.50, 1.02), (-0.62, 1.02),
                        (-1.12, 0.48), (-1.00, 0.30)])}
COLLAR_KINDS = ("plain", *_COLLARS)
"""No linen, an edge of it above the cloth, a pleated ruff, a collar that falls over the shoulders."""
_SHIRT = [(-0.64, -0.02), (-0.3, 0.16), (0, 0.22), (0.3, 0.16), (0.64, -0.02), (0.62, 0.5),
          (0.30, 1.2), (0.0, 1.65), (-0.30, 1.2), (-0.62, 0.5)]


def lay_collar(canvas: Canvas, rng: np.random.Generator, anatomy: Anatomy, kind: str) -> str:
    """Lay a collar of linen; returns the word for it in Atelier's attributes, "none" or "white".

    Parameters
    ----------
    canvas : Canvas
    rng : numpy.random.Generator
    anatomy : Anatomy
    kind : str
        One of `COLLAR_KINDS`.
    """
    if kind == "plain":
        return "none"
    collar = _COLLARS[kind]
    mask = canvas.mask(anatomy.from_neck(collar.outline), rounded=2)
    fall = canvas.mask(anatomy.from_neck(np.array(collar.outline) + [0, 0.1]))
    canvas.darken(canvas.blur(fall, 0.05) * (1 - mask), 0.55)
    x, y = canvas.x - anatomy.neck_x, canvas.y - anatomy.chin_y
    if collar.ruff:
        angle = np.arctan2((y - 0.15) / _RUFF[1], x)
        pleats = 0.06 * np.abs(np.sin(angle * (_LOBES / 2))).astype(np.float32)
    else:
        pleats = 0.05 * octave_noise(rng, x * 5, y * 1.5, octaves=2)
    shade = canvas.lit(canvas.inflated(mask, 0.25) * collar.pillow + pleats)
    canvas.lay(mask, ramp(shade + 0.08, LINEN, dark=0.5, light=1.12), Part.NECK, detail=0.75,
               loading=0.8 + 0.6 * octave_noise(rng, x * 3, y * 3))
    return "white"


def lay_shirt(canvas: Canvas, rng: np.random.Generator, anatomy: Anatomy) -> None:
    """Lay a man's shirt from the neck to a point below, its pleats gathered at the neck.

    Parameters
    ----------
    canvas : Canvas
    rng : numpy.random.Generator
    anatomy : Anatomy
    """
    mask = canvas.mask(anatomy.from_neck(_SHIRT))
    x, y = canvas.x - anatomy.neck_x, canvas.y
    pleat = x / (0.5 + 0.35 * np.clip(anatomy.chin_y + 1.4 - y, 0, 2))
    shade = canvas.lit(canvas.inflated(mask, 0.3) + 0.07 * octave_noise(rng, pleat * 5, y * 0.6, octaves=2))
    shade = shade * np.clip(1.1 - 0.25 * (y - anatomy.chin_y), 0.5, 1)
    _lay_thin_linen(canvas, rng, mask, shade, x, y)


def lay_chemise(canvas: Canvas, rng: np.random.Generator, anatomy: Anatomy, mask: Float[np.ndarray, "H W"]) -> None:
    """Lay the white edge of a woman's chemise.

    Parameters
    ----------
    canvas : Canvas
    rng : numpy.random.Generator
    anatomy : Anatomy
    mask : (H, W) float
        Its cover in [0, 1].
    """
    x, y = canvas.x - anatomy.neck_x, canvas.y - anatomy.chin_y
    shade = canvas.lit(canvas.inflated(mask, 0.3) + 0.05 * octave_noise(rng, x * 6, y * 6, octaves=2))
    _lay_thin_linen(canvas, rng, mask, shade, x, y)


def _lay_thin_linen(canvas, rng, mask, shade, x, y):
    canvas.lay(mask, ramp(shade + 0.1, LINEN, dark=0.45, light=1.1), Part.NECK, detail=0.7,
               loading=0.8 + 0.6 * octave_noise(rng, x * 3, y * 3))


def lay_lapels(canvas: Canvas, rng: np.random.Generator, anatomy: Anatomy, base: Float[np.ndarray, " 3"],
               wide: float) -> None:
    """Lay the two lapels of an open gown, usually of fur.

    Parameters
    ----------
    canvas : Canvas
    rng : numpy.random.Generator
    anatomy : Anatomy
    base : (3,) float
        Colour of the gown, sRGB.
    wide : float
        Half the width of the gown's opening, eye units.
    """
    low = below_picture(canvas, anatomy)
    fur = draw_fur(rng) if rng.random() < _FUR_SHARE else base * _VELVET
    for side in SIDES:
        outline = anatomy.from_neck([
            (side * 0.55, 0.02), (side * 0.95, 0.35), (side * 1.35, 1.1), (side * 1.25, 2.6),
            (side * 1.05, low), (side * 0.42, low), (side * wide * 0.9, 2.8), (side * wide, 1.3)])
        lay_fur(canvas, rng, canvas.mask(outline, soft=0.035), fur, side)


def draw_fur(rng: np.random.Generator) -> Float[np.ndarray, " 3"]:
    """The colour of a fur, sRGB."""
    return np.array(_FURS[rng.integers(len(_FURS))])


def lay_fur(canvas: Canvas, rng: np.random.Generator, mask: Float[np.ndarray, "H W"], fur: Float[np.ndarray, " 3"],
            side: int) -> None:
    """Lay fur over a mask, with its shadow on what lies around.

    Parameters
    ----------
    canvas : Canvas
    rng : numpy.random.Generator
    mask : (H, W) float
        Cover in [0, 1].
    fur : (3,) float
        Its colour, sRGB.
    side : -1 or 1
        On which side of the body it hangs: its hairs lean outwards.
    """
    canvas.darken(canvas.blur(mask, 0.08) * (1 - mask) * canvas.shows(Part.CLOTHING, Part.NECK), 0.5)
    x, y = canvas.x, canvas.y
    ragged = np.clip(mask + 1.4 * (octave_noise(rng, x * 9, y * 9, octaves=2) - 0.5) * (4 * mask * (1 - mask)), 0, 1)
    tufts = octave_noise(rng, x * 5 + 2 * side * y, y * 2.6, octaves=3)
    hairs = octave_noise(rng, x * 16 + 5 * side * y, y * 5, octaves=2)
    shade = canvas.lit(canvas.inflated(mask, 0.4) + 0.09 * tufts) + 0.45 * (tufts - 0.5) + 0.35 * (hairs - 0.5)
    downwards = np.full(mask.shape, np.pi / 2 - 0.5 * side, np.float32)
    canvas.lay(ragged.astype(np.float32), ramp(shade, fur, light=1.7), Part.CLOTHING, direction=downwards, certainty=0.7,
               detail=0.65, loading=0.6 + 0.6 * tufts)


def below_picture(canvas: Canvas, anatomy: Anatomy) -> float:
    """A y below the chin that lies under the picture's lower edge, for what runs on out of it."""
    return canvas.bottom - anatomy.chin_y + 0.3


def lay_pearls(canvas: Canvas, rng: np.random.Generator, anatomy: Anatomy) -> None:
    """Lay a string of pearls around the neck.

    Parameters
    ----------
    canvas : Canvas
    rng : numpy.random.Generator
    anatomy : Anatomy
    """
    around = np.linspace(-1, 1, _PEARLS)
    half, hang = _STRING
    lowest = rng.uniform(*_STRING_Y)
    for x, y in zip(around * half, lowest - hang * around ** 2, strict=True):
        spot = anatomy.from_neck([(x, y)])[0]
        canvas.lay(canvas.bead(spot, _PEARL_RADIUS).astype(np.float32) * 0.9, _PEARL, detail=0.95)
        glint = canvas.glint(spot, _PEARL_GLINT_RADIUS, offset=0.012)
        canvas.lay(glint.astype(np.float32), _PEARL_GLINT, loading=1.6)


def lay_chain(canvas: Canvas, rng: np.random.Generator, anatomy: Anatomy) -> None:
    """Lay a golden chain over the shoulders, with a medal now and then.

    Parameters
    ----------
    canvas : Canvas
    rng : numpy.random.Generator
    anatomy : Anatomy
    """
    lowest = rng.uniform(*_CHAIN_Y)
    around = np.linspace(-1, 1, 200)
    line = anatomy.from_neck(np.stack([around * 0.98, lowest - (lowest - 0.42) * np.abs(around) ** 2.4], 1))
    apart = np.concatenate([[0], np.cumsum(np.linalg.norm(np.diff(line, axis=0), axis=1))])
    places = np.interp(np.arange(0, apart[-1], _LINK), apart, np.arange(len(line)))
    spots = np.stack([np.interp(places, np.arange(len(line)), line[:, axis]) for axis in (0, 1)], 1)
    canvas.darken(canvas.line(line + [0.02, 0.05], 0.07, soft=0.03, taper=False), 0.45)
    gold, glints = np.zeros(canvas.parts.shape, np.float32), np.zeros(canvas.parts.shape, np.float32)
    for spot in spots:
        gold = np.maximum(gold, canvas.bead(spot, 0.038).astype(np.float32))
        glints = np.maximum(glints, canvas.glint(spot, 0.016, offset=0.014).astype(np.float32))
    if rng.random() < _MEDAL_SHARE:
        medal = line[100] + [0, 0.16]
        gold = np.maximum(gold, canvas.bead(medal, 0.15).astype(np.float32))
        glints = np.maximum(glints, 0.7 * canvas.glint(medal, 0.05, offset=0.05).astype(np.float32))
    canvas.lay(gold * 0.95, _GOLD, detail=0.95, loading=1.3)
    canvas.lay(glints * 0.9, _GOLD_GLINT, loading=1.7)
