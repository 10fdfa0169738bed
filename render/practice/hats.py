"""Hats: a cap, a beret, a hat with a brim, a turban, a veil, laid over the hair."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from jaxtyping import Float, Float64

from data.parts import Part
from render.imaging.noise import octave_noise
from render.practice.anatomy import Anatomy, Outline
from render.practice.canvas import Canvas
from render.practice.mixing import ramp

# Colours of hats, sRGB, and how often they are worn.
_COLOURS = {"black": ((0.09, 0.085, 0.085), 0.4), "red": ((0.48, 0.07, 0.06), 0.22), "brown": ((0.23, 0.14, 0.09), 0.14),
            "blue": ((0.14, 0.19, 0.33), 0.1), "straw": ((0.60, 0.48, 0.28), 0.07), "white": ((0.72, 0.69, 0.62), 0.07)}
_ABOVE_BROWS = (0.30, 0.42)     # where a hat meets the forehead: least and most, eye units
_BEYOND_SKULL = 1.10            # half a hat's width at the forehead, in half widths of the skull
_TILT_RAD, _TILT_TURNED_RAD = 0.12, -0.05   # a hat sits awry by up to the first, and by the second for a turned head
_FALL = (-0.10, 0.13)           # its shadow on the face: moved so far for a light of 1 from the side, and down
_MEDALLION_SHARE = 0.35         # of hats that carry a golden medallion
_MEDALLION = ((0.62, 0.45, 0.16), 0.07)         # sRGB and radius of the medallion
_MEDALLION_GLINT = ((0.98, 0.92, 0.7), 0.02)    # and of its glint
_VEIL_LOW = (1.75, 2.1)         # y of a veil's end
_VEILS = ((0.70, 0.67, 0.60), (0.60, 0.52, 0.38), (0.44, 0.41, 0.40))   # colours of veils, sRGB
_BERET_LEAN = 0.25              # of the width by which a beret hangs over to one side


class _Fit(NamedTuple):
    """How a hat sits: `wide` is half its width and `line` the y where it meets the forehead (eye units), `tilt` radians.

    `skull` is the middle and `tall` the half height of the skull.
    """

    wide: float
    line: float
    tilt: float
    skull: Float64[np.ndarray, " 2"]
    tall: float

    def placed(self, points: Outline) -> Float64[np.ndarray, "N 2"]:
        """Points given as x from the skull's middle and y from between the eyes, turned about the forehead by the tilt."""
        points = np.asarray(points, np.float64) - [0, self.line]
        turned = points @ np.array([[np.cos(self.tilt), np.sin(self.tilt)], [-np.sin(self.tilt), np.cos(self.tilt)]])
        return turned + [self.skull[0], self.line]

    def top(self, share: float) -> float:
        """y of a crown that rises above the skull's middle by `share` of its half height."""
        return self.skull[1] - self.tall * share


def _cap(rng, fit):
    """A close cap that follows the skull."""
    wide, line, top = fit.wide, fit.line, fit.top(1.12)
    return [(-wide, line + 0.30), (-wide * 0.55, line + 0.04), (0, line - 0.06), (wide * 0.55, line + 0.04),
            (wide, line + 0.30), (wide * 1.03, line - 0.3), (wide * 0.72, top + 0.18), (0, top),
            (-wide * 0.72, top + 0.18), (-wide * 1.03, line - 0.3)]


def _beret(rng, fit):
    """A wide flat beret that hangs over to one side."""
    wide, line = fit.wide, fit.line
    top, spread = fit.top(rng.uniform(1.1, 1.3)), rng.uniform(1.3, 1.65)
    lean = rng.choice([-1, 1]) * _BERET_LEAN
    return [(-wide * 0.98, line + 0.16), (0, line - 0.04), (wide * 0.98, line + 0.16),
            (wide * (spread + lean), line - 0.18), (wide * (spread + lean), line - 0.55),
            (wide * 0.7, top), (-wide * 0.7, top),
            (-wide * (spread - lean), line - 0.55), (-wide * (spread - lean), line - 0.18)]


def _crown(rng, fit):
    """The crown of a hat with a brim; the brim is laid over it."""
    wide, line, top = fit.wide, fit.line, fit.top(1.35)
    return [(-wide * 0.9, line), (wide * 0.9, line), (wide * 0.85, top + 0.3), (wide * 0.6, top), (-wide * 0.6, top),
            (-wide * 0.85, top + 0.3)]


def _turban(rng, fit):
    """A turban, wider than the head."""
    wide, line, top = fit.wide, fit.line, fit.top(rng.uniform(1.25, 1.4))
    return [(-wide * 1.05, line + 0.35), (-wide * 0.5, line + 0.05), (0, line - 0.05), (wide * 0.5, line + 0.05),
            (wide * 1.05, line + 0.35), (wide * 1.28, line - 0.2), (wide * 1.15, top + 0.4), (wide * 0.5, top),
            (-wide * 0.5, top), (-wide * 1.15, top + 0.4), (-wide * 1.28, line - 0.2)]


def _veil(rng, fit):
    """A veil over crown, ears and shoulders; `paint_hat` leaves the face free."""
    wide, top, low = fit.wide, fit.top(1.24), rng.uniform(*_VEIL_LOW)
    half = [(wide * 0.62, top + 0.16), (wide * 1.08, fit.line - 0.15), (wide * 1.22, 0.3), (wide * 1.36, 1.1),
            (wide * 1.62, low)]
    return [(0, top), *half, (wide * 0.6, low + 0.12), (-wide * 0.6, low + 0.12), *((-x, y) for x, y in half[::-1])]


@dataclass(frozen=True)
class _Hat:
    """A kind of hat: how often men and women wear it, the function that draws its outline before it is placed.

    `folds`: depth of soft folds in eye units; a turban is wound, and has folds of its own. `band`: seam at the forehead.
    """

    men: float
    women: float
    outline: Callable[[np.random.Generator, _Fit], Outline]
    folds: float = 0.05
    wound: bool = False
    band: bool = False
    brim: bool = False
    veil: bool = False


_HATS = {"cap": _Hat(men=0.25, women=0.15, outline=_cap, band=True),
         "beret": _Hat(men=0.4, women=0.2, outline=_beret, folds=0.10, band=True),
         "brim": _Hat(men=0.15, women=0.1, outline=_crown, brim=True),
         "turban": _Hat(men=0.2, women=0.2, outline=_turban, wound=True),
         "veil": _Hat(men=0.0, women=0.35, outline=_veil, veil=True)}
HAT_KINDS = tuple(_HATS)
"""What sitters may wear, as Atelier's attributes name it."""


def choose_hat(rng: np.random.Generator, sex: str) -> str:
    """One of `HAT_KINDS`, as often as men or women ("male", "female") wear it."""
    return str(rng.choice(HAT_KINDS, p=[hat.men if sex == "male" else hat.women for hat in _HATS.values()]))


def paint_hat(canvas: Canvas, rng: np.random.Generator, anatomy: Anatomy, kind: str) -> None:
    """Lay a hat over the hair, with its shadow on what lies below.

    Parameters
    ----------
    canvas : Canvas
    rng : numpy.random.Generator
    anatomy : Anatomy
    kind : str
        One of `HAT_KINDS`.
    """
    hat = _HATS[kind]
    colour = np.array(_COLOURS[rng.choice(list(_COLOURS), p=[share for _, share in _COLOURS.values()])][0])
    fit = _fit(rng, anatomy)
    if hat.veil:
        _lay_veil(canvas, rng, anatomy, fit)
        return
    mask = _lay_body(canvas, rng, anatomy, hat, fit, colour)
    wide, line = fit.wide, fit.line
    if hat.band:
        band = fit.placed([(-wide * 0.96, line + 0.14), (0, line - 0.06), (wide * 0.96, line + 0.14)])
        canvas.darken(canvas.line(band + [0, -0.07], 0.04, taper=False, soft=0.02) * mask, 0.5)
    if hat.brim:
        _lay_brim(canvas, fit, colour)
    if rng.random() < _MEDALLION_SHARE:
        spot = fit.placed([(wide * 0.55 * rng.choice([-1, 1]), line - 0.16)])[0]
        canvas.lay(canvas.bead(spot, _MEDALLION[1]).astype(np.float32), _MEDALLION[0], detail=0.9)
        glint = canvas.glint(spot, _MEDALLION_GLINT[1], offset=0.02).astype(np.float32)
        canvas.lay(glint, _MEDALLION_GLINT[0], loading=1.9)


def _fit(rng, anatomy):
    points, half = anatomy.points, anatomy.skull_half
    brow = min(points[19, 1], points[24, 1])
    line = brow - rng.uniform(*_ABOVE_BROWS)
    tilt = rng.uniform(-_TILT_RAD, _TILT_RAD) + _TILT_TURNED_RAD * anatomy.facing
    return _Fit(half[0] * _BEYOND_SKULL, line, tilt, anatomy.skull, half[1])


def _lay_body(canvas: Canvas, rng: np.random.Generator, anatomy: Anatomy, hat: _Hat, fit: _Fit,
              colour: Float[np.ndarray, " 3"]) -> Float[np.ndarray, "H W"]:
    """Lay the hat without brim, band and medallion, and its shadow; returns its mask."""
    outline = fit.placed(hat.outline(rng, fit))
    mask = canvas.mask(outline, rounded=3, soft=0.018)
    fall = canvas.mask(outline + np.array([_FALL[0] * canvas.light[0], _FALL[1]]), rounded=3, soft=0.06)
    canvas.darken(fall * (1 - mask) * canvas.shows(Part.FACE, Part.HAIR, Part.BROWS), 0.5)
    x, y = canvas.x - fit.skull[0], canvas.y - fit.line
    if hat.wound:
        swirl = y * 2.6 + 0.9 * x * np.sign(anatomy.facing or 1) + 0.5 * octave_noise(rng, x, y, octaves=2)
        folds = 0.16 * np.abs(np.sin(swirl * 2.2)) + 0.05 * octave_noise(rng, swirl * 4, x)
    else:
        swirl = y + 0.4 * x * x
        folds = hat.folds * octave_noise(rng, x * 1.8, y * 1.8 + x, octaves=3)
    shade = canvas.lit(canvas.inflated(mask, 0.55) + folds.astype(np.float32))
    canvas.lay(mask, ramp(shade * 0.98, colour, light=1.8, sheen=0.07), Part.HAIR,
               direction=canvas.along_contours(swirl, 0.04), certainty=0.45, detail=0.55,
               loading=0.6 + 0.8 * octave_noise(rng, x * 2, y * 2))
    return mask


def _lay_veil(canvas, rng, anatomy, fit):
    """A veil with a pleated edge, open over face, neck and breast."""
    outline = fit.placed(_veil(rng, fit))
    jaw = anatomy.points[:17]
    middle = jaw.mean(0) * [1, 0] + [0, anatomy.points[27, 1]]
    face = middle + (jaw - middle) * [1.05, 1.0]
    chin, neck = anatomy.chin_y, anatomy.neck_x
    opening = np.vstack([face[0] + [0, -0.1], (neck - 0.72, chin - 0.35), (neck - 0.66, chin + 0.25), (neck - 1.0, chin + 1.3),
                         (neck + 1.0, chin + 1.3), (neck + 0.66, chin + 0.25), (neck + 0.72, chin - 0.35), face[16] + [0, -0.1],
                         fit.placed([(fit.wide * 0.72, fit.line + 0.05), (0, fit.line - 0.22),
                                     (-fit.wide * 0.72, fit.line + 0.05)])])
    free = np.maximum(canvas.mask(opening, rounded=2), canvas.mask(face, rounded=1))
    mask = canvas.mask(outline, rounded=3, soft=0.018) * (1 - free)
    fall = canvas.blur(mask, 0.09) * (1 - mask) * canvas.shows(Part.FACE, Part.HAIR, Part.NECK, Part.CLOTHING)
    canvas.darken(fall, 0.75)
    x, y = canvas.x - fit.skull[0], canvas.y - fit.skull[1]
    round_head = np.hypot(x / fit.wide, np.minimum(y, 0) / fit.tall)
    folds = octave_noise(rng, round_head * 7, y * 0.5 + np.sign(x) * 3, octaves=3)
    hem = np.exp(-((canvas.blur(free, 0.05) - 0.12) / 0.06) ** 2)
    shade = canvas.lit(canvas.inflated(canvas.mask(outline), 0.7) + 0.14 * folds) + 0.16 * hem
    colour = np.array(_VEILS[rng.integers(len(_VEILS))])
    canvas.lay(mask, ramp(shade * 0.95, colour, dark=0.35, light=1.25), Part.HAIR,
               direction=canvas.along_contours(round_head, 0.04), certainty=0.6, detail=0.65, loading=0.7 + 0.5 * folds)


def _lay_brim(canvas, fit, colour):
    """The brim seen a little from below: an ellipse, lower at its sides."""
    around = np.linspace(0, 2 * np.pi, 28, endpoint=False)
    height = fit.line - 0.04 + np.sin(around) * 0.22 + 0.10 * np.cos(around) ** 2
    rim = fit.placed(np.stack([np.cos(around) * fit.wide * 1.75, height], 1))
    mask = canvas.mask(rim, rounded=1, soft=0.015)
    shade = canvas.lit(canvas.inflated(mask, 0.2))
    canvas.lay(mask, ramp(shade * 0.85, colour, light=1.7), Part.HAIR, direction=np.zeros(mask.shape, np.float32),
               certainty=0.5, detail=0.6)
