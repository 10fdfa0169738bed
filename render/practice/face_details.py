"""Touches of a small brush on a laid face: eyes, nostrils, the line between the lips; and what age leaves there."""

import numpy as np
from jaxtyping import Float

from data.landmarks import (
    CHIN,
    INNER_LIP,
    LEFT_EYE,
    MOUTH_LEFT,
    MOUTH_RIGHT,
    NOSE_ROOT,
    NOSE_TIP,
    OUTER_LIP,
    RIGHT_EYE,
)
from render.practice.anatomy import Anatomy
from render.practice.canvas import Canvas
from render.practice.eyes import paint_brows, paint_eyes

# Colours are sRGB, lengths eye units, factors after a line or a spot are its cover in [0, 1].
_DARK = np.array([0.11, 0.06, 0.04])    # lines of the features; multiples of it are lighter
_LIP_SHINE, _NOSE_GLOW = (0.92, 0.72, 0.66), (0.98, 0.90, 0.80)

_AGE_FROM, _AGE_TO = 36, 64             # years: no lines before the one, all of them from the other on
# How dark the lines of the oldest are, as shares.
_FOLD, _BAG, _CROWS_FOOT, _WRINKLE = 0.42, 0.38, 0.28, 0.26
_WRINKLE_RISES = (0.20, 0.30, 0.40)     # lines on the forehead above the brows
_SHAVEN, _SHAVEN_TINT = 0.22, (1.2, 1.24, 1.32)  # a shaven chin is a little dark and blue


def paint_details(canvas: Canvas, rng: np.random.Generator, anatomy: Anatomy, sex: str, hair: Float[np.ndarray, " 3"]) -> None:
    """Accents on eyes, brows, nostrils and mouth of a laid face.

    Parameters
    ----------
    canvas : Canvas
    rng : numpy.random.Generator
    anatomy : Anatomy
    sex : "male" or "female"
    hair : (3,) float
        Colour of the hair, sRGB; brows are darker.
    """
    points = anatomy.points
    paint_eyes(canvas, rng, anatomy)
    paint_brows(canvas, rng, anatomy, sex, hair)
    _paint_nostrils(canvas, points)
    _paint_mouth(canvas, points)
    side = np.sign(canvas.light[0] or -1)       # -1 with light from the left or from in front
    tip = points[NOSE_TIP] + [0.03 * side, -0.01]
    canvas.lay(canvas.glint(tip, 0.030).astype(np.float32) * 0.30, _NOSE_GLOW, loading=1.5)


def _paint_nostrils(canvas, points):
    for outer, inner in ((31, 32), (35, 34)):
        spot = 0.45 * points[outer] + 0.55 * points[inner] + [0, -0.012]
        hole = np.exp(-(((canvas.x - spot[0]) / 0.038) ** 2 + ((canvas.y - spot[1]) / 0.018) ** 2)).astype(np.float32)
        canvas.lay(hole * 0.55, _DARK)


def _paint_mouth(canvas, points):
    """Line between the lips, dark corners, the shine of the lower lip and the shadow below it."""
    inner = points[INNER_LIP]
    line = np.vstack([points[MOUTH_LEFT], (inner[1:4] + inner[[7, 6, 5]]) / 2, points[MOUTH_RIGHT]])
    canvas.lay(canvas.line(line, 0.024) * 0.62, _DARK * [1.7, 0.9, 0.9])
    for corner in (MOUTH_LEFT, MOUTH_RIGHT):
        canvas.lay((canvas.glint(points[corner], 0.022) * 0.35).astype(np.float32), _DARK * [1.7, 1.0, 0.9])
    shine = canvas.line(points[[58, 57, 56]] * 0.55 + inner[[7, 6, 5]] * 0.45, 0.022, soft=0.02)
    canvas.lay(shine * 0.30, _LIP_SHINE)
    canvas.darken(canvas.line(points[[58, 57, 56]] + [0, 0.05], 0.04, soft=0.025), 0.22)
    canvas.finest |= canvas.mask(points[OUTER_LIP], soft=0.03) > 0.3


def paint_years(canvas: Canvas, anatomy: Anatomy, age_years: float) -> None:
    """Folds beside the mouth, bags below the eyes, crow's feet and lines on the forehead.

    Parameters
    ----------
    canvas : Canvas
    anatomy : Anatomy
    age_years : float
    """
    age = np.clip((age_years - _AGE_FROM) / (_AGE_TO - _AGE_FROM), 0, 1)
    if age > 0:
        _paint_folds(canvas, anatomy.points, age)
        for eye, side in ((LEFT_EYE, -1), (RIGHT_EYE, 1)):
            _paint_old_eye(canvas, anatomy.points[eye], side, age)
        _paint_forehead(canvas, anatomy.points, age)


def _paint_folds(canvas, points, age):
    for wing, corner, side in ((31, MOUTH_LEFT, -1), (35, MOUTH_RIGHT, 1)):
        fold = [points[wing] + [side * 0.06, -0.03], points[wing] * 0.5 + points[corner] * 0.5 + [side * 0.09, -0.02],
                points[corner] + [side * 0.08, 0.03]]
        canvas.darken(canvas.line(fold, 0.05, soft=0.02), _FOLD * age)


def _paint_old_eye(canvas, ring, side, age):
    """The bag below an eye and the crow's feet at its outer corner."""
    bag = ring[[0, 5, 4, 3]] + [0, 0.10]
    canvas.darken(canvas.line(bag, 0.035, soft=0.02), _BAG * age)
    outer = ring[0] if side < 0 else ring[3]
    for slope in (-0.06, 0.03):
        foot = [outer + [side * 0.05, slope * 0.4], outer + [side * 0.16, slope * 2]]
        canvas.darken(canvas.line(foot, 0.022, soft=0.01), _CROWS_FOOT * age)


def _paint_forehead(canvas, points, age):
    """Lines above the brows, flatter than the brows are and drawn in towards the middle of the nose."""
    brows, up = points[17:27], points[NOSE_ROOT] - points[CHIN]
    up = up / np.linalg.norm(up)
    for rise in _WRINKLE_RISES:
        line = brows[[1, 3, 6, 8]] * [0.85, 1] + [0.15 * points[NOSE_ROOT, 0], 0] + up * rise
        line[:, 1] = 0.5 * line[:, 1] + 0.5 * line[:, 1].mean()
        canvas.darken(canvas.line(line, 0.026, soft=0.014), _WRINKLE * age)


def paint_shaven_chin(canvas: Canvas, anatomy: Anatomy) -> None:
    """The blue that a razor leaves on a man's chin and cheeks, not on his lips."""
    points = anatomy.points
    chin = canvas.mask(np.vstack([points[3:14], points[[54, 35, 33, 31, 48]]]), soft=0.12)
    lips = canvas.mask(points[OUTER_LIP], soft=0.03)
    canvas.darken(chin * (1 - lips), _SHAVEN, tint=_SHAVEN_TINT)
