"""What is worn over other clothes: a mantle with a broad collar of fur, a cloak over one shoulder, a sash."""

import numpy as np
from jaxtyping import Float

from data.parts import Part
from render.imaging.noise import octave_noise
from render.practice.anatomy import SIDES, Anatomy
from render.practice.canvas import Canvas
from render.practice.cloth import along_folds, body_light, fold_ridges
from render.practice.linen_and_fur import below_picture, draw_fur, lay_fur
from render.practice.mixing import ramp

# Outlines are eye units: x from the neck's middle, y below the chin.
_CLOAK_FOLD = 0.30
_SASH_WIDE = 0.42
_SASHES = ((0.50, 0.09, 0.07), (0.56, 0.42, 0.17), (0.70, 0.66, 0.57), (0.16, 0.27, 0.24))    # colours of sashes, sRGB


def paint_mantle(canvas: Canvas, rng: np.random.Generator, anatomy: Anatomy, base: Float[np.ndarray, " 3"]) -> None:
    """A mantle hung over both shoulders, with a broad collar of fur that runs down its front edges.

    Parameters
    ----------
    canvas : Canvas
    rng : numpy.random.Generator
    anatomy : Anatomy
    base : (3,) float
        Colour of its cloth, sRGB.
    """
    low = below_picture(canvas, anatomy)
    fur = draw_fur(rng)
    for side in SIDES:
        outline = anatomy.from_neck([(side * 0.9, 0.3), (side * 1.6, 0.52), (side * 2.25, 0.86), (side * 2.52, 1.5),
                                     (side * 2.50, 2.6), (side * 2.1, 3.6), (side * 1.75, low), (side * 0.9, low),
                                     (side * 0.9, 1.5)])
        _hang(canvas, rng, anatomy, canvas.mask(outline), base, side * 0.10)
    for side in SIDES:
        collar = anatomy.from_neck([(side * 0.42, -0.06), (side * 0.95, 0.18), (side * 1.62, 0.52), (side * 2.06, 1.02),
                                    (side * 1.92, 1.72), (side * 1.52, 2.25), (side * 1.28, 3.2), (side * 1.12, low),
                                    (side * 0.50, low), (side * 0.56, 2.8), (side * 0.60, 1.5), (side * 0.46, 0.6)])
        lay_fur(canvas, rng, canvas.mask(collar, soft=0.035), fur, side)


def paint_cloak(canvas: Canvas, rng: np.random.Generator, anatomy: Anatomy, base: Float[np.ndarray, " 3"]) -> None:
    """A cloak over one shoulder, drawn across the body to the other hip.

    Parameters
    ----------
    canvas : Canvas
    rng : numpy.random.Generator
    anatomy : Anatomy
    base : (3,) float
        Colour of the cloak, sRGB.
    """
    low, side = below_picture(canvas, anatomy), int(rng.choice(SIDES))
    outline = anatomy.from_neck([(side * 0.80, 0.26), (side * 1.45, 0.44), (side * 2.15, 0.70), (side * 2.58, 1.3),
                                 (side * 2.72, 2.4), (side * 2.95, 3.9), (side * 3.0, low), (-side * 1.9, low),
                                 (-side * 1.7, low - 0.9), (-side * 0.7, 3.9), (side * 0.15, 2.6), (side * 0.62, 1.3)])
    mask = canvas.mask(outline)
    fall = canvas.mask(outline + [-side * 0.10, 0.10], soft=0.06)
    canvas.darken(fall * (1 - mask) * canvas.shows(Part.CLOTHING, Part.NECK), 0.6)
    x, y = (canvas.x - anatomy.neck_x) * side, canvas.y - anatomy.chin_y
    fan = np.arctan2(y - 0.1, 2.9 - x)          # folds run from the shoulder to the hip
    across = fan * 4.4 + 0.45 * octave_noise(rng, x * 0.6, y * 0.6, octaves=2)
    _drape(canvas, rng, mask, base, across, 0.25 * x)


def _hang(canvas, rng, anatomy, mask, base, lean):
    """Cloth that falls straight from a shoulder."""
    x, y = canvas.x - anatomy.neck_x, canvas.y - anatomy.chin_y
    across = x * 1.5 + lean * y + 0.4 * octave_noise(rng, x * 0.7, y * 0.4, octaves=2)
    _drape(canvas, rng, mask, base, across, y * 0.2)


def _drape(canvas, rng, mask, base, across, along):
    ridges = fold_ridges(rng, across.astype(np.float32), along.astype(np.float32))
    relief = canvas.inflated(mask, 0.7) + canvas.blur(_CLOAK_FOLD * ridges, 0.025)
    canvas.lay(mask, ramp(body_light(canvas, canvas.lit(relief)), base, light=1.65, sheen=0.07), Part.CLOTHING,
               direction=along_folds(canvas, across), certainty=0.4, detail=0.5,
               loading=0.8 + 0.45 * octave_noise(rng, canvas.x, canvas.y))


def paint_sash(canvas: Canvas, rng: np.random.Generator, anatomy: Anatomy) -> None:
    """A silken sash from one shoulder to the other hip.

    Parameters
    ----------
    canvas : Canvas
    rng : numpy.random.Generator
    anatomy : Anatomy
    """
    base = np.array(_SASHES[rng.integers(len(_SASHES))])
    side = int(rng.choice(SIDES))
    middle = anatomy.from_neck([(side * 1.62, 0.62), (side * 1.1, 1.4), (side * 0.2, 2.7), (-side * 1.0, 3.9),
                                (-side * 1.9, 4.7)])
    mask = canvas.line(middle, _SASH_WIDE, taper=False, soft=0.015)
    canvas.darken(canvas.line(middle + [0, 0.12], _SASH_WIDE, taper=False, soft=0.06) * (1 - mask), 0.6)
    x, y = canvas.x - anatomy.neck_x, canvas.y - anatomy.chin_y
    across = (y + side * x * 0.95) * 4.5 + 0.5 * octave_noise(rng, x, y, octaves=2)
    ridges = fold_ridges(rng, across.astype(np.float32), (x * 0.4).astype(np.float32))
    shade = canvas.lit(canvas.inflated(mask, 0.2) + 0.13 * canvas.blur(ridges, 0.012))
    canvas.lay(mask, ramp(body_light(canvas, shade), base, light=1.7, sheen=0.10), Part.CLOTHING,
               direction=along_folds(canvas, across), certainty=0.5, detail=0.6, loading=1.0)
