"""Touches of a small brush on a laid face: lids, pupils, nostrils, the line between the lips; and what age leaves there."""

import numpy as np

from data.landmarks import (
    CHIN,
    INNER_LIP,
    LEFT_BROW,
    LEFT_EYE,
    MOUTH_LEFT,
    MOUTH_RIGHT,
    NOSE_ROOT,
    NOSE_TIP,
    OUTER_LIP,
    RIGHT_BROW,
    RIGHT_EYE,
)
from render.imaging.noise import octave_noise
from render.practice.anatomy import Anatomy
from render.practice.canvas import Canvas, soft_step

# Colours are sRGB, lengths eye units, factors after a line or a spot are its cover in [0, 1].
_DARK = np.array([0.11, 0.06, 0.04])    # lines of the features; multiples of it are lighter
_IRISES = [(0.20, 0.12, 0.07), (0.24, 0.17, 0.09), (0.25, 0.28, 0.30)]
_IRIS_SHARES = [0.6, 0.25, 0.15]        # how often brown, hazel and grey eyes are drawn
_GAZE = 0.02                            # spread of where eyes look to
_GAZE_TURNED = 0.025                    # a turned head looks on, or back at the painter:
_ON_OR_BACK = [1, -1.5]
_LEAST_OPEN, _IRIS_OPEN = 0.05, 0.115   # of an eye's height, and of one that shows its whole iris
_IRIS, _PUPIL = 0.62, 0.48              # radius of the iris in heights of the eye, of the pupil in radii of the iris
_EYE_GLINT = ((0.95, 0.92, 0.86), 0.0135)   # colour and radius
_BROWS = {"male": (0.6, 0.085), "female": (0.25, 0.05)}     # cover and width of a brow
_LIP_SHINE, _NOSE_GLOW = (0.92, 0.72, 0.66), (0.98, 0.90, 0.80)

_AGE_FROM, _AGE_TO = 36, 64             # years: no lines before the one, all of them from the other on
# How dark the lines of the oldest are, as shares.
_FOLD, _BAG, _CROWS_FOOT, _WRINKLE = 0.42, 0.38, 0.28, 0.26
_WRINKLE_RISES = (0.20, 0.30, 0.40)     # lines on the forehead above the brows
_SHAVEN, _SHAVEN_TINT = 0.26, (1.2, 1.35, 1.5)  # a shaven chin is a little dark and blue


def paint_details(canvas: Canvas, rng: np.random.Generator, anatomy: Anatomy, sex: str) -> None:
    """Accents on eyes, brows, nostrils and mouth of a laid face.

    Parameters
    ----------
    canvas : Canvas
    rng : numpy.random.Generator
    anatomy : Anatomy
    sex : "male" or "female"
    """
    points = anatomy.points
    iris = np.array(_IRISES[rng.choice(3, p=_IRIS_SHARES)])
    gaze = rng.normal(0, _GAZE) + _GAZE_TURNED * anatomy.facing * rng.choice(_ON_OR_BACK)
    for eye in (LEFT_EYE, RIGHT_EYE):
        _paint_eye(canvas, points[eye], iris, gaze)
    _paint_brows(canvas, rng, points, sex)
    _paint_nostrils(canvas, points)
    _paint_mouth(canvas, points)
    tip = points[NOSE_TIP] + [0.03 * _lit_side(canvas), -0.01]
    canvas.lay(canvas.glint(tip, 0.030).astype(np.float32) * 0.30, _NOSE_GLOW, loading=1.5)


def _lit_side(canvas):
    """-1 with light from the left or from in front, 1 with light from the right."""
    return np.sign(canvas.light[0] or -1)


def _paint_eye(canvas, ring, iris, gaze):
    """Iris, pupil, lids, crease and glint of an eye with the landmarks `ring` (6, 2) that looks `gaze` to the right."""
    inside = canvas.mask(ring, rounded=1, soft=0.006)
    middle = ring.mean(0)
    tall = max(ring[[4, 5], 1].mean() - ring[[1, 2], 1].mean(), _LEAST_OPEN)
    radius = _IRIS * max(tall, _IRIS_OPEN)
    square = (canvas.x - middle[0] - gaze) ** 2 + (canvas.y - middle[1] + 0.10 * tall) ** 2
    disc = soft_step(radius - np.sqrt(square), 0.010)
    pupil = soft_step(radius * _PUPIL - np.sqrt(square), 0.010)
    canvas.lay((inside * disc * 0.55).astype(np.float32), iris)
    canvas.lay((inside * pupil * 0.7).astype(np.float32), _DARK * 0.6)
    canvas.lay(canvas.line(ring[:4] - [0, 0.005], 0.034) * 0.75, _DARK)
    canvas.lay(canvas.line(ring[[3, 4, 5, 0]] + [0, 0.004], 0.014) * 0.35, _DARK * 1.8)
    crease = ring[:4] + np.array([[-0.01, -0.03], [0, -0.055], [0, -0.055], [0.01, -0.03]])
    canvas.lay(canvas.line(crease, 0.016) * 0.35, _DARK * 2.2)
    spark = np.array([middle[0] + gaze + 0.030 * _lit_side(canvas), middle[1] - 0.10 * tall - 0.028])
    colour, spark_radius = _EYE_GLINT
    canvas.lay((canvas.glint(spark, spark_radius) * 0.9).astype(np.float32), colour, loading=1.7)


def _paint_brows(canvas, rng, points, sex):
    heavy, wide = _BROWS[sex]
    hairs = 0.5 + 0.9 * (octave_noise(rng, canvas.x * 30 + canvas.y * 12, canvas.y * 6, octaves=1) - 0.5)
    for brow in (LEFT_BROW, RIGHT_BROW):
        canvas.lay(canvas.line(points[brow], wide, soft=0.012) * heavy * hairs, _DARK * 1.5)


def _paint_nostrils(canvas, points):
    for outer, inner in ((31, 32), (35, 34)):
        spot = 0.45 * points[outer] + 0.55 * points[inner] + [0, -0.012]
        hole = np.exp(-(((canvas.x - spot[0]) / 0.038) ** 2 + ((canvas.y - spot[1]) / 0.018) ** 2)).astype(np.float32)
        canvas.lay(hole * 0.55, _DARK)


def _paint_mouth(canvas, points):
    """The line between the lips, and the shine of the lower one."""
    inner = points[INNER_LIP]
    line = np.vstack([points[MOUTH_LEFT], (inner[1:4] + inner[[7, 6, 5]]) / 2, points[MOUTH_RIGHT]])
    canvas.lay(canvas.line(line, 0.026) * 0.6, _DARK * [1.6, 0.9, 0.9])
    shine = canvas.line(points[[58, 57, 56]] * 0.55 + inner[[7, 6, 5]] * 0.45, 0.022, soft=0.02)
    canvas.lay(shine * 0.22, _LIP_SHINE)


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
