"""What women wear around their hair: a plait laid around the head, a band of cloth with pearls, or nothing."""

import numpy as np
from jaxtyping import Float, Float64

from data.parts import Part
from models.hairline import hairline
from render.imaging.noise import octave_noise
from render.practice.anatomy import Anatomy
from render.practice.canvas import Canvas
from render.practice.hair import HairStyle
from render.practice.mixing import ramp

_PLAIT_SHARE, _RIBBON_SHARE = 0.65, 0.6     # how often a plait is worn, and how often a ribbon where there is none
_ABOVE_HAIRLINE = (0.16, 0.24)              # least and most rise above the hairline (models.hairline)
_WIDE = (0.13, 0.19)                        # least and most width, eye units
_RIBBONS = [(0.30, 0.07, 0.07), (0.08, 0.08, 0.09), (0.50, 0.40, 0.22)]     # sRGB
_PEARL, _PEARL_RADIUS = (0.72, 0.68, 0.60), 0.032   # sRGB, eye units
_TWISTS, _SLANT = 11, 9                     # half turns of the plait per radian around the skull, and per eye unit outwards


def paint_plait(canvas: Canvas, rng: np.random.Generator, anatomy: Anatomy, style: HairStyle,
                landmarks_xy: Float64[np.ndarray, "68 2"]) -> None:
    """Lay a plait or a ribbon over the hair above the forehead, now and then neither.

    Parameters
    ----------
    canvas : Canvas
    rng : numpy.random.Generator
    anatomy : Anatomy
    style : HairStyle
    landmarks_xy : (68, 2) float64
        In texels.
    """
    arc = canvas.to_units(hairline(landmarks_xy, rise=style.rise + rng.uniform(*_ABOVE_HAIRLINE), count=11))[1:-1]
    band = canvas.line(arc, rng.uniform(*_WIDE), soft=0.02)
    if rng.random() < _PLAIT_SHARE:
        _lay_plait(canvas, rng, anatomy, band, style.colour)
    elif rng.random() < _RIBBON_SHARE:
        _lay_ribbon(canvas, rng, band, arc)


def _lay_plait(canvas: Canvas, rng: np.random.Generator, anatomy: Anatomy, band: Float[np.ndarray, "H W"],
               colour: Float[np.ndarray, " 3"]) -> None:
    x, y = canvas.x - anatomy.skull[0], canvas.y - anatomy.skull[1]
    around, radius = np.arctan2(x, -y), np.hypot(x, y)
    twist = np.abs(np.sin(around * _TWISTS + _SLANT * (radius - radius[band > 0.5].mean())))
    fine = octave_noise(rng, around * 30 + radius * 25, radius * 8, octaves=2)
    lit = np.clip(0.5 + 0.4 * (np.clip(x, -1, 1) * canvas.light[0] + np.clip(y, -1, 1) * canvas.light[1]), 0.15, 1)
    canvas.darken(canvas.blur(band, 0.05) * (1 - band) * canvas.shows(Part.HAIR), 0.5)
    canvas.lay(band, ramp(lit * (0.25 + 0.75 * twist) + 0.3 * (fine - 0.5), colour, light=1.9), Part.HAIR,
               detail=0.85, loading=0.8 + 0.5 * twist)


def _lay_ribbon(canvas: Canvas, rng: np.random.Generator, band: Float[np.ndarray, "H W"],
                arc: Float64[np.ndarray, "N 2"]) -> None:
    cloth = np.array(_RIBBONS[rng.integers(len(_RIBBONS))])
    canvas.lay(band * 0.95, ramp(canvas.lit(canvas.inflated(band, 0.08)), cloth, light=1.8), Part.HAIR, detail=0.85)
    for spot in arc[1:-1]:
        canvas.lay(canvas.bead(spot, _PEARL_RADIUS) * 0.9, _PEARL, detail=0.95, loading=1.4)
