"""Eyes and brows on a laid face: the white in the shadow of the lid, iris, pupil, catchlight, lids, lashes, tear duct."""

from typing import NamedTuple

import numpy as np
from jaxtyping import Float, Float64

from data.landmarks import LEFT_BROW, LEFT_EYE, RIGHT_BROW, RIGHT_EYE
from render.imaging.noise import octave_noise
from render.practice.anatomy import Anatomy
from render.practice.canvas import Canvas, soft_step

# Colours are sRGB, lengths eye units, factors after a line or a spot are its cover in [0, 1].
_DARK = np.array([0.10, 0.06, 0.045])
_WHITE = np.array([0.80, 0.76, 0.70])       # of the eye in the light; a face in shadow has darker ones
_WHITE_COVER, _WHITE_OF_SKIN = 0.70, (0.55, 1.12)   # cover; least and most of the skin's lightness around the eye it takes
_IRISES = [(0.20, 0.11, 0.055), (0.24, 0.17, 0.08), (0.22, 0.26, 0.285), (0.19, 0.23, 0.17)]
_IRIS_SHARES = [0.5, 0.2, 0.2, 0.1]         # how often brown, hazel, grey and green eyes are drawn
_IRIS = 0.076               # radius of the iris
_IRIS_OF_TALL = (0.60, 0.86)    # it shrinks with an eye to these shares of its height, least and most
_PUPIL = 0.52               # radius of the pupil in radii of the iris
_LIFTED = 0.10              # the iris sits so far above the middle, in heights of the eye: the upper lid hides its top
_GAZE = 0.05                # spread of where eyes look to, in widths of an eye
_GAZE_TURNED = 0.07         # a turned head looks on, or back at the painter:
_ON_OR_BACK = [1, -1.5]
_LEAST_OPEN = 0.06          # of an eye's height
_GLINT, _GLINT_RADIUS, _GLINT_AT = (0.99, 0.97, 0.92), 0.0135, (0.36, -0.40)    # place in radii of the iris
_DUCT, _DUCT_RADIUS = (0.62, 0.36, 0.30), 0.020
_LID_ABOVE = 0.055          # the crease above the upper lid
_FINE_AROUND = 1.5          # the finest brush works within so many heights of an eye
_BROWS = {"male": (0.55, 0.085), "female": (0.38, 0.046)}       # cover and width of a brow
_BROW_OF_HAIR = 0.45        # share of the hair's colour in a brow


class _Gaze(NamedTuple):
    """Colour of the irises, and how far both look to the right, in widths of an eye."""

    iris: Float[np.ndarray, " 3"]
    aside: float


def paint_eyes(canvas: Canvas, rng: np.random.Generator, anatomy: Anatomy) -> None:
    """Paint both eyes, which look the same way.

    Parameters
    ----------
    canvas : Canvas
    rng : numpy.random.Generator
    anatomy : Anatomy
    """
    iris = np.array(_IRISES[rng.choice(len(_IRISES), p=_IRIS_SHARES)])
    aside = rng.normal(0, _GAZE) + _GAZE_TURNED * anatomy.facing * rng.choice(_ON_OR_BACK)
    gaze = _Gaze(iris, float(np.clip(aside, -0.14, 0.14)))
    for eye, inner in ((LEFT_EYE, 3), (RIGHT_EYE, 0)):
        _paint_eye(canvas, anatomy.points[eye], inner, gaze)


def _paint_eye(canvas: Canvas, ring: Float64[np.ndarray, "6 2"], inner: int, gaze: _Gaze) -> None:
    """One eye; `inner` is the number of the corner beside the nose."""
    inside = canvas.mask(ring, rounded=1, soft=0.006)
    middle = (ring[0] + ring[3]) / 2 * [1, 0.4] + ring.mean(0) * [0, 0.6]
    wide = np.linalg.norm(ring[3] - ring[0])
    tall = max(ring[[4, 5], 1].mean() - ring[[1, 2], 1].mean(), _LEAST_OPEN)
    least, most = _IRIS_OF_TALL
    radius = float(np.clip(_IRIS, least * tall, most * tall))
    at = middle + [gaze.aside * wide, -_LIFTED * tall]
    light = _lightness(canvas, middle, wide)
    _lay_white(canvas, ring, inside, middle, wide, light)
    _lay_iris(canvas, inside, at, radius, gaze.iris, light)
    duct = ring[inner] + (middle - ring[inner]) * 0.10
    canvas.lay((canvas.glint(duct, _DUCT_RADIUS) * inside * 0.6).astype(np.float32), np.array(_DUCT) * light)
    _lay_lids(canvas, ring, inner, light)
    sign = np.sign(canvas.light[0] or -1)
    spark = at + radius * np.array([_GLINT_AT[0] * sign, _GLINT_AT[1]])
    glint = canvas.bead(spark, _GLINT_RADIUS * min(1.0, radius / _IRIS + 0.15))
    canvas.lay((glint * 0.95).astype(np.float32), np.array(_GLINT) * (0.45 + 0.55 * light), loading=1.7)
    near = np.hypot((canvas.x - middle[0]) / (0.75 * wide), (canvas.y - middle[1]) / (_FINE_AROUND * max(tall, 0.10)))
    canvas.finest[near < 1] = True


def _lightness(canvas, middle, wide):
    """How light the skin below the eye is, against skin in full light."""
    low, high = _WHITE_OF_SKIN
    below = canvas.glint(middle + [0, 0.8 * wide], 0.4 * wide)
    return float(np.clip((canvas.colour.mean(-1) * below).sum() / below.sum() / 0.55, low, high))


def _lay_white(canvas, ring, inside, middle, wide, light):
    """The ball, shaded at its corners and below the upper lid."""
    lid = (ring[1, 1] + ring[2, 1]) / 2
    below_lid = np.clip((canvas.y - lid) / 0.06, 0, 1)
    aside = np.clip(np.abs(canvas.x - middle[0]) / (0.55 * wide), 0, 1)
    shade = (0.62 + 0.38 * below_lid) * (1 - 0.28 * aside ** 2)
    white = (_WHITE * light * shade[..., None]).astype(np.float32)
    canvas.lay((inside * _WHITE_COVER).astype(np.float32), white)


def _lay_iris(canvas, inside, at, radius, iris, light):
    """Iris with a dark rim, lighter where light falls through it; the pupil in it."""
    x, y = (canvas.x - at[0]) / radius, (canvas.y - at[1]) / radius
    distance = np.hypot(x, y)
    sign = np.sign(canvas.light[0] or -1)
    across = np.clip(0.5 + 0.5 * (-0.6 * x * sign + 0.8 * y), 0, 1)     # the far lower side glows
    rim = np.exp(-((distance - 0.95) / 0.22) ** 2)
    colour = iris * (0.5 + 0.5 * light) * (0.75 + 0.85 * across - 0.55 * rim)[..., None]
    soft = 0.007 / radius
    canvas.lay((inside * soft_step(1 - distance, soft) * 0.92).astype(np.float32), np.clip(colour, 0.02, 1).astype(np.float32))
    canvas.lay((inside * soft_step(_PUPIL - distance, soft) * 0.95).astype(np.float32), _DARK * 0.45)


def _lay_lids(canvas, ring, inner, light):
    """Shadow of the upper lid, its lashes, its crease, and the rim of the lower lid."""
    upper, lower = ring[:4], ring[[3, 4, 5, 0]]
    weight = np.array([1.0, 1.0, 1.0, 1.0])
    weight[inner if inner == 0 else 3] = 0.5
    canvas.darken(canvas.line(upper + [0, 0.018], 0.035, soft=0.012), 0.30)
    canvas.lay(canvas.line(upper - [0, 0.006], 0.033) * 0.95, _DARK)
    outer = 3 - inner
    outwards = np.sign(ring[outer, 0] - ring[inner, 0])
    lash = np.array([ring[outer] + [-0.05 * outwards, -0.022], ring[outer] + [0.02 * outwards, -0.002],
                     ring[outer] + [0.055 * outwards, 0.012]])
    canvas.lay(canvas.line(lash, 0.020, soft=0.007) * 0.55, _DARK)
    canvas.lay(canvas.line(lower + [0, 0.004], 0.013) * 0.42, _DARK * 2.4)
    rim = np.array([0.86, 0.66, 0.56]) * light
    canvas.lay(canvas.line(lower + [0, 0.018], 0.014, soft=0.008) * 0.28, rim)
    crease = upper + np.array([[-0.012, -0.030], [0, -_LID_ABOVE], [0, -_LID_ABOVE], [0.012, -0.030]])
    canvas.lay(canvas.line(crease, 0.016, soft=0.006) * 0.60, _DARK * 2.0)
    lid = (upper + crease) / 2
    canvas.lay(canvas.line(lid, 0.022, soft=0.010) * 0.20, np.array([0.92, 0.76, 0.66]) * light)


def paint_brows(canvas: Canvas, rng: np.random.Generator, anatomy: Anatomy, sex: str, hair: Float[np.ndarray, " 3"]) -> None:
    """Paint both brows: full beside the nose, thin at the temple, hairs that lie along them.

    Parameters
    ----------
    canvas : Canvas
    rng : numpy.random.Generator
    anatomy : Anatomy
    sex : "male" or "female"
    hair : (3,) float
        Colour of the hair, sRGB.
    """
    cover, wide = _BROWS[sex]
    colour = _BROW_OF_HAIR * np.minimum(hair, 0.4) + (1 - _BROW_OF_HAIR) * _DARK * 1.4
    for brow, outwards in ((LEFT_BROW, -1), (RIGHT_BROW, 1)):
        line = anatomy.points[brow]
        line = line if outwards > 0 else line[::-1]      # from the nose to the temple
        middle = _between(line, 9)
        widths = wide * np.interp(np.linspace(0, 1, 9), [0, 0.25, 0.7, 1], [0.55, 1.0, 0.75, 0.25])
        normal = np.array([0, 1.0])
        outline = np.vstack([middle - widths[:, None] / 2 * normal, (middle + widths[:, None] / 2 * normal)[::-1]])
        mask = canvas.mask(outline, rounded=1, soft=0.010)
        slope = (canvas.x - line[0, 0]) * outwards
        hairs = octave_noise(rng, slope * 22 + canvas.y * 26, canvas.y * 5 - slope * 4, octaves=2)
        canvas.lay((mask * cover * (0.72 + 0.7 * (hairs - 0.4))).clip(0, 1).astype(np.float32), colour)


def _between(line, count):
    """`count` points spread along a line."""
    at = np.linspace(0, len(line) - 1, count)
    return np.stack([np.interp(at, np.arange(len(line)), line[:, axis]) for axis in (0, 1)], 1)
