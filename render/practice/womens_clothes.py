"""What women wear over body and sleeves: a bodice with a girdle, and a neckline on bare skin and a white chemise."""

import numpy as np
from jaxtyping import Float, Float32, Float64

from data.parts import Part
from render.imaging.noise import octave_noise
from render.practice.anatomy import SIDES, Anatomy
from render.practice.canvas import Canvas, soft_step
from render.practice.cloth import body_light
from render.practice.linen_and_fur import lay_chemise, lay_collar, lay_pearls
from render.practice.mixing import ramp, skin_ramp

# Outlines are eye units: x from the neck's middle, y below the chin. Colours are sRGB.
_WAIST = (3.5, 3.9)             # y of the girdle: least and most
_GOLD, _GOLD_SHARE = (0.50, 0.37, 0.15), 0.5    # golden girdles, and how often; the others are of the dress' cloth, lighter
_LACED_SHARE = 0.5              # of bodices that are laced
_LACES_FROM, _LACES_APART = 1.5, 0.24
_CLOSED_SHARE, _CLOSED_COLLARS = 0.25, ["ruff", "falling", "edge"]      # dresses closed to a collar of linen
_DEPTH, _HALF_WIDTH = (1.25, 1.75), (1.0, 1.3)  # of necklines: least and most
_SQUARE_SHARE = 0.5             # of necklines; the others are round
_CHEMISE_WIDER = [1.1, 1.0]     # than the opening
_CHEMISE_FROM = 0.45            # y from which it is seen
_PEARLS_SHARE = 0.45            # of bare necks that wear pearls
_EMBROIDERED_FROM, _SCROLLS = 1.1, (5.5, 8.0)       # y from which, and waves per eye unit
# Height of what shows below the skin, eye units.
_COLLAR_BONES, _NECK_CORDS, _BREAST = 0.035, 0.03, 0.10


def bodice_form(canvas: Canvas, anatomy: Anatomy) -> Float[np.ndarray, "H W"]:
    """Height in eye units of a laced body: breast, waist, and a skirt gathered below it."""
    x, y = canvas.x - anatomy.neck_x, canvas.y - anatomy.chin_y
    form = 0.30 * np.exp(-((np.abs(x) - 0.62) / 0.55) ** 2 - ((y - 1.95) / 0.62) ** 2)
    return form - 0.35 * np.exp(-((np.abs(x) - 1.55) / 0.35) ** 2) * np.clip(1 - ((y - 3.3) / 1.4) ** 2, 0, 1)


def paint_bodice(canvas: Canvas, rng: np.random.Generator, anatomy: Anatomy, base: Float[np.ndarray, " 3"]) -> None:
    """Seams, a girdle at the waist and perhaps lacing down the front.

    Parameters
    ----------
    canvas : Canvas
    rng : numpy.random.Generator
    anatomy : Anatomy
    base : (3,) float
        Colour of the dress, sRGB.
    """
    for side in SIDES:
        seam = anatomy.from_neck([(side * 1.05, 0.9), (side * 0.95, 1.9), (side * 0.55, 2.8), (side * 0.32, 3.75)])
        canvas.darken(canvas.line(seam, 0.05, soft=0.025, taper=False), 0.5)
    waist = rng.uniform(*_WAIST)
    girdle = anatomy.from_neck([(-1.45, waist - 0.35), (-0.7, waist - 0.08), (0, waist + 0.05), (0.7, waist - 0.08),
                                (1.45, waist - 0.35)])
    canvas.darken(canvas.line(girdle + [0, 0.10], 0.16, soft=0.05, taper=False), 0.5)
    gold = np.array(_GOLD) if rng.random() < _GOLD_SHARE else np.clip(base * 1.5, 0, 0.7)
    band = canvas.line(girdle, 0.10, taper=False)
    glint = octave_noise(rng, canvas.x * 9, canvas.y * 9, octaves=2)
    canvas.lay(band, ramp(0.35 + 0.6 * glint, gold), Part.CLOTHING, detail=0.8, loading=1.0 + glint)
    if rng.random() < _LACED_SHARE:
        for y in np.arange(_LACES_FROM, waist - 0.2, _LACES_APART):
            lace = anatomy.from_neck([(-0.13, y), (0.0, y + 0.05), (0.13, y + 0.12)])
            canvas.lay(canvas.line(lace, 0.032) * 0.8, np.clip(gold * 1.1, 0, 1), detail=0.85, loading=1.3)


def paint_embroidery(canvas: Canvas, rng: np.random.Generator, anatomy: Anatomy) -> None:
    """A band of golden scrolls down the front of a bodice and one at each side of it.

    Parameters
    ----------
    canvas : Canvas
    rng : numpy.random.Generator
    anatomy : Anatomy
    """
    low = rng.uniform(*_WAIST) - 0.1
    phase, turns = rng.uniform(0, 6), rng.uniform(*_SCROLLS)
    y = np.linspace(_EMBROIDERED_FROM, low, 90)
    gold = np.zeros(canvas.parts.shape, np.float32)
    for middle, wide in ((0.0, 0.17), (-0.62, 0.09), (0.62, 0.09)):
        bent = middle * (1 - 0.16 * (y - 1.6))
        for sign in (1, -1):
            stem = np.stack([bent + sign * wide * np.sin(turns * y + phase), y], 1)
            gold = np.maximum(gold, canvas.line(anatomy.from_neck(stem), 0.035, taper=False, rounded=0))
        for edge in (-1.6, 1.6):
            rim = np.stack([bent + edge * wide, y], 1)
            gold = np.maximum(gold, canvas.line(anatomy.from_neck(rim), 0.032, taper=False, rounded=0))
        for knot in np.arange(np.ceil((turns * y[0] + phase) / np.pi), (turns * low + phase) / np.pi):
            at = (knot * np.pi + np.pi / 2 - phase) / turns
            if y[0] < at < low:
                spot = anatomy.from_neck([(middle * (1 - 0.16 * (at - 1.6)), at)])[0]
                gold = np.maximum(gold, canvas.bead(spot, 0.045).astype(np.float32))
    glint = octave_noise(rng, canvas.x * 9, canvas.y * 9, octaves=2)
    light = np.clip(canvas.colour.mean(-1) * 2.2, 0.15, 0.6)
    canvas.lay(gold * 0.9, ramp(light + 0.5 * glint, _GOLD), detail=0.95, loading=1.1 + 0.5 * glint)


def paint_neckline(canvas: Canvas, rng: np.random.Generator, anatomy: Anatomy, neck: Float32[np.ndarray, "H W"]) -> str:
    """Bare neck and breast above a square or round neckline with a white chemise; or a closed dress with a collar.

    Returns the collar's word in Atelier's attributes.

    Parameters
    ----------
    canvas : Canvas
    rng : numpy.random.Generator
    anatomy : Anatomy
    neck : (H, W) float32
        Mask of the neck, from `render.practice.head_and_face.paint_neck`.
    """
    if rng.random() < _CLOSED_SHARE:
        return lay_collar(canvas, rng, anatomy, str(rng.choice(_CLOSED_COLLARS)))
    depth, width = rng.uniform(*_DEPTH), rng.uniform(*_HALF_WIDTH)
    opening = (_square_opening if rng.random() < _SQUARE_SHARE else _round_opening)(width, depth)
    chemise = canvas.mask(anatomy.from_neck(opening * _CHEMISE_WIDER + [0, 0.10]))
    chemise = chemise * soft_step(canvas.y - anatomy.chin_y - _CHEMISE_FROM, 0.03).astype(np.float32)
    lay_chemise(canvas, rng, anatomy, chemise)
    _lay_breast(canvas, rng, anatomy, neck, opening, depth)
    canvas.darken(canvas.blur(chemise, 0.04) * (1 - chemise) * (canvas.y - anatomy.chin_y > 0.5), 0.5)
    if rng.random() < _PEARLS_SHARE:
        lay_pearls(canvas, rng, anatomy)
    return "none"


def _square_opening(width: float, depth: float) -> Float64[np.ndarray, "N 2"]:
    """Outline of a square neckline `width` to each side and `depth` below the chin."""
    return np.array([(-0.5, -0.4), (0.5, -0.4), (0.62, 0.3), (width * 0.9, 0.5), (width, depth * 0.8),
                     (width * 0.9, depth), (0, depth * 1.04), (-width * 0.9, depth), (-width, depth * 0.8),
                     (-width * 0.9, 0.5), (-0.62, 0.3)])


def _round_opening(width: float, depth: float) -> Float64[np.ndarray, "N 2"]:
    """Outline of a round neckline, as `_square_opening`."""
    return np.array([(-0.5, -0.4), (0.5, -0.4), (0.62, 0.3), (width * 0.95, 0.5), (width * 0.8, depth * 0.85),
                     (0, depth * 1.15), (-width * 0.8, depth * 0.85), (-width * 0.95, 0.5), (-0.62, 0.3)])


def _lay_breast(canvas, rng, anatomy, neck, opening, depth):
    """Skin within `opening` and on the neck, with collar bones, the cords of the neck and the breast."""
    x, y = canvas.x - anatomy.neck_x, canvas.y - anatomy.chin_y
    skin = np.maximum(canvas.mask(anatomy.from_neck(opening)), neck * (y < 1))
    form = canvas.inflated(canvas.mask(anatomy.from_neck(opening * [1.6, 1.6])), 1.4)
    form = form + canvas.inflated(neck, 0.5) * np.clip(1 - (y - 0.1) / 0.6, 0, 1)
    bones = _COLLAR_BONES * np.exp(-((y - 0.66 - 0.16 * np.abs(x)) / 0.08) ** 2) * np.clip(np.abs(x) * 2.5 - 0.2, 0, 1)
    cords = np.exp(-((np.abs(x) - 0.08 - 0.32 * np.clip(0.62 - y, 0, 1)) / 0.07) ** 2)
    cords = _NECK_CORDS * cords * np.clip((0.7 - y) * 4, 0, 1)
    breast = _BREAST * np.exp(-((np.abs(x) - 0.62) / 0.42) ** 2 - ((y - depth - 0.15) / 0.55) ** 2)
    shade = body_light(canvas, canvas.lit(canvas.blur(form + bones + cords + breast, 0.05))) + 0.08
    canvas.lay(skin, skin_ramp(shade, anatomy.skin), Part.NECK, detail=0.6, loading=0.7 + 0.4 * octave_noise(rng, x, y))
