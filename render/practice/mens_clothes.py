"""What men wear over body and sleeves: a buttoned doublet, an open gown, a cape."""

import numpy as np
from jaxtyping import Float

from data.parts import Part
from render.imaging.noise import octave_noise
from render.practice.anatomy import SIDES, Anatomy
from render.practice.canvas import Canvas
from render.practice.cloth import Folds, along_folds, body_light, fold_ridges, lay_cloth
from render.practice.linen_and_fur import below_picture, lay_collar, lay_lapels, lay_shirt
from render.practice.mixing import ramp

# Outlines are eye units: x from the neck's middle, y below the chin.
_STANDING_COLLAR = [(-0.62, 0.05), (0.62, 0.05), (0.72, 0.55), (0.0, 0.92), (-0.72, 0.55)]
_BUTTONS_FROM = 0.75            # y of the first button
_BUTTONS_APART = (0.3, 0.45)    # least and most
_BUTTON, _BUTTON_GLINT = 0.05, 0.018    # radii
_DOUBLET_COLLARS = {"edge": 0.4, "ruff": 0.2, "falling": 0.25, "plain": 0.15}   # how often each is worn
_GOWN_COLLARS = ["edge", "plain"]
_CAPE_COLLARS = ["edge", "falling", "plain"]
_SHIRT_SHARE = 0.5              # of gowns that are open on a shirt
_GOWN_OPEN = (0.5, 0.8)         # half the width of a gown's opening: least and most
_ROBE_EDGE = (0.25, 0.7)         # x of the front edge of a robe: least and most
_UNDER_GOWN = Folds(height=0.16, depth=0.6, scale=1.6)
_CAPE = [(-0.55, 0.05), (0.55, 0.05), (1.4, 0.5), (2.3, 0.95), (2.8, 2.2), (2.95, 3.5), (1.6, 4.2),
         (0, 4.5), (-1.6, 4.2), (-2.95, 3.5), (-2.8, 2.2), (-2.3, 0.95), (-1.4, 0.5)]
_CAPE_SEAM = [(0, 0.4), (0, 2), (0, 4)]


def paint_doublet(canvas: Canvas, rng: np.random.Generator, anatomy: Anatomy, base: Float[np.ndarray, " 3"]) -> str:
    """Buttons up to a standing collar, with an edge of linen, a ruff or a falling collar; returns the collar's word.

    Parameters
    ----------
    canvas : Canvas
    rng : numpy.random.Generator
    anatomy : Anatomy
    base : (3,) float
        Colour of the doublet, sRGB.
    """
    low = below_picture(canvas, anatomy)
    standing = canvas.mask(anatomy.from_neck(_STANDING_COLLAR))
    shade = canvas.lit(canvas.inflated(standing, 0.5))
    canvas.lay(standing, ramp(shade * 0.9, base), Part.CLOTHING, detail=0.5)
    seam = canvas.line(anatomy.from_neck([(0, 0.5), (0.02, 2), (-0.02, 4), (0, low)]), 0.03, taper=False)
    canvas.darken(seam, 0.7)
    for y in np.arange(_BUTTONS_FROM, low, rng.uniform(*_BUTTONS_APART)):
        spot = anatomy.from_neck([(0.07, y)])[0]
        ball = canvas.bead(spot, _BUTTON).astype(np.float32)
        canvas.lay(ball * 0.8, base * 0.8 + 0.05, detail=0.7)
        glint = canvas.glint(spot, _BUTTON_GLINT, offset=0.02)
        canvas.lay((glint * 0.7).astype(np.float32), np.clip(base + 0.35, 0, 1), loading=1.8)
    kind = str(rng.choice(list(_DOUBLET_COLLARS), p=list(_DOUBLET_COLLARS.values())))
    return lay_collar(canvas, rng, anatomy, kind)


def paint_gown(canvas: Canvas, rng: np.random.Generator, anatomy: Anatomy, base: Float[np.ndarray, " 3"],
               inner: Float[np.ndarray, " 3"]) -> str:
    """An open gown with lapels over a doublet, with or without a shirt; returns the collar's word.

    Parameters
    ----------
    canvas : Canvas
    rng : numpy.random.Generator
    anatomy : Anatomy
    base, inner : (3,) float
        Colours of the gown and of what is worn below it, sRGB.
    """
    low = below_picture(canvas, anatomy)
    shirt = rng.random() < _SHIRT_SHARE
    wide = rng.uniform(*_GOWN_OPEN)
    opening = canvas.mask(anatomy.from_neck([
        (-0.62, 0.2), (0.62, 0.2), (wide, 1.2), (wide * 0.9, 3.0), (0.35, low), (-0.35, low),
        (-wide * 0.9, 3.0), (-wide, 1.2)]))
    lay_cloth(canvas, rng, opening, inner * 0.9, _UNDER_GOWN)
    if shirt:
        lay_shirt(canvas, rng, anatomy)
        collar = "white"
    else:
        collar = lay_collar(canvas, rng, anatomy, str(rng.choice(_GOWN_COLLARS)))
    lay_lapels(canvas, rng, anatomy, base, wide)
    return collar


def paint_cape(canvas: Canvas, rng: np.random.Generator, anatomy: Anatomy, base: Float[np.ndarray, " 3"]) -> str:
    """A cape over both shoulders, buttoned in front; returns the collar's word.

    Parameters
    ----------
    canvas : Canvas
    rng : numpy.random.Generator
    anatomy : Anatomy
    base : (3,) float
        Colour of the cape, sRGB.
    """
    outline = anatomy.from_neck(_CAPE)
    mask = canvas.mask(outline)
    canvas.darken(canvas.blur(canvas.mask(outline + [0, 0.15]), 0.1) * (1 - mask), 0.6)
    x, y = canvas.x - anatomy.neck_x, canvas.y - anatomy.chin_y + 0.6
    angle = np.arctan2(x, y)
    ridges = fold_ridges(rng, angle * 3.2 + 0.5 * octave_noise(rng, x, y), y * 0.25)
    shade = body_light(canvas, canvas.lit(canvas.inflated(mask, 0.9) + 0.36 * ridges * np.clip(y / 2, 0, 1)))
    canvas.lay(mask, ramp(shade, base, light=1.75, sheen=0.09), Part.CLOTHING, direction=along_folds(canvas, angle),
               certainty=0.35, detail=0.5, loading=0.8 + 0.45 * octave_noise(rng, x, y))
    canvas.darken(canvas.line(anatomy.from_neck(_CAPE_SEAM), 0.03, taper=False), 0.6)
    return lay_collar(canvas, rng, anatomy, str(rng.choice(_CAPE_COLLARS)))


def paint_robe(canvas: Canvas, rng: np.random.Generator, anatomy: Anatomy, base: Float[np.ndarray, " 3"]) -> str:
    """A plain robe closed to the neck, its front edge in deep folds, with an edge of linen; returns the collar's word.

    Parameters
    ----------
    canvas : Canvas
    rng : numpy.random.Generator
    anatomy : Anatomy
    base : (3,) float
        Colour of the robe, sRGB.
    """
    low = below_picture(canvas, anatomy)
    standing = canvas.mask(anatomy.from_neck(_STANDING_COLLAR))
    canvas.lay(standing, ramp(canvas.lit(canvas.inflated(standing, 0.5)) * 0.9, base), Part.CLOTHING, detail=0.5)
    edge = rng.choice(SIDES) * rng.uniform(*_ROBE_EDGE)
    front = anatomy.from_neck([(0.1 * edge, 0.5), (edge * 0.6, 1.6), (edge, 3.2), (edge * 0.9, low)])
    canvas.darken(canvas.line(front + [0.05, 0.0], 0.14, soft=0.05, taper=False), 0.55)
    canvas.lay(canvas.line(front - [0.03, 0], 0.035, soft=0.015) * 0.4, np.clip(base * 1.7 + 0.06, 0, 1), loading=1.3)
    return lay_collar(canvas, rng, anatomy, str(rng.choice(_GOWN_COLLARS)))
