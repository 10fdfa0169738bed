"""Clothes: what colours a sitter wears, the cloth over body and sleeves, and on it what men or women wear."""

import numpy as np
from jaxtyping import Float, Float32

from data.parts import Part
from render.imaging.noise import octave_noise
from render.practice.anatomy import SIDES, Anatomy, body_outline
from render.practice.canvas import Canvas
from render.practice.cloth import CLOTH_COLOURS, Folds, along_folds, body_light, fold_ridges, lay_cloth
from render.practice.mens_clothes import paint_cape, paint_doublet, paint_gown
from render.practice.mixing import ramp
from render.practice.womens_clothes import bodice_form, paint_bodice, paint_neckline

_FROM_BUST = 0.2                # share of the drawn bust's own colour in the cloth
_BUST_LIGHTER = 1.3             # that colour is a mean of light and shadow
_CLOTH_RANGE = (0.05, 0.85)     # of the cloth's colour, sRGB
_ONE_CLOTH_SHARE = 0.8          # of sitters whose sleeves are of the same cloth
_BODY_FOLDS = {"male": Folds(height=0.34, lean=0.12), "female": Folds(height=0.20, lean=0.12)}
_MENS_CLOTHES = ["doublet", "gown", "cape"]
_FULL = 0.25                    # most that sleeves are wider than the arm, eye units
_SLEEVE_FOLDS = 0.34            # height of their folds


def dress(canvas: Canvas, rng: np.random.Generator, anatomy: Anatomy, sex: str, bust: Float32[np.ndarray, "H W 3"],
          neck: Float32[np.ndarray, "H W"]) -> str:
    """Lay body, clothes and collar over the neck; returns the collar's word in Atelier's attributes.

    Parameters
    ----------
    canvas : Canvas
    rng : numpy.random.Generator
    anatomy : Anatomy
    sex : "male" or "female"
    bust : (H, W, 3) float32
        sRGB: low frequencies of a portrait, which the cloth's colour leans to.
    neck : (H, W) float32
        Mask of the neck, as `render.practice.head_and_face.paint_neck` returned it.
    """
    weights = np.array([cloth.men if sex == "male" else cloth.women for cloth in CLOTH_COLOURS.values()], float)
    body = canvas.mask(body_outline(canvas, anatomy, sex))
    base = _leaning_to(bust, _draw_cloth(rng, weights), body, canvas.y > anatomy.chin_y + 1)
    second = _draw_cloth(rng, weights)
    woman = sex == "female"
    lay_cloth(canvas, rng, body, base, _BODY_FOLDS[sex], bodice_form(canvas, anatomy) if woman else 0.0)
    if woman:
        paint_bodice(canvas, rng, anatomy, base)
    sleeves = base if rng.random() < _ONE_CLOTH_SHARE else second
    paint_sleeves(canvas, rng, anatomy, sleeves, sex)
    if woman:
        return paint_neckline(canvas, rng, anatomy, neck)
    worn = rng.choice(_MENS_CLOTHES)
    if worn == "gown":
        return paint_gown(canvas, rng, anatomy, base, second)
    return (paint_doublet if worn == "doublet" else paint_cape)(canvas, rng, anatomy, base)


def _draw_cloth(rng, weights):
    """A colour of cloth (3,), drawn as often as `weights` say."""
    return np.array(list(CLOTH_COLOURS.values())[rng.choice(len(weights), p=weights / weights.sum())].rgb)


def _leaning_to(bust, base, body, below):
    """The colour `base` moved towards the bust's where the body's mask and `below` (H, W bool) meet."""
    seen = (bust * body[..., None] * below[..., None]).sum((0, 1)) / max(body.sum(), 1)
    return np.clip((1 - _FROM_BUST) * base + _FROM_BUST * seen * _BUST_LIGHTER, *_CLOTH_RANGE)


def paint_sleeves(canvas: Canvas, rng: np.random.Generator, anatomy: Anatomy, colour: Float[np.ndarray, " 3"],
                  sex: str) -> None:
    """Lay both sleeves, with folds across the arm and a shadow on the body.

    Parameters
    ----------
    canvas : Canvas
    rng : numpy.random.Generator
    anatomy : Anatomy
    colour : (3,) float
        sRGB.
    sex : "male" or "female"
    """
    full = rng.uniform(0.0, _FULL)
    outline = [(1.62, 0.62), (2.10, 0.82), (2.52 + full * 0.6, 1.4), (2.78 + full, 2.4), (3.08 + full, 3.7), (3.3, 5.2),
               (3.2, 6.8), (2.3, 6.8), (2.02, 4.8), (1.80, 3.6), (1.66, 2.4), (1.52, 1.3)]
    for side in SIDES:
        reach = anatomy.reach(side, sex)
        points = np.array([(anatomy.neck_x + side * x * reach, anatomy.chin_y + y) for x, y in outline])
        mask = canvas.mask(points)
        canvas.darken(canvas.mask(points - [side * 0.07, -0.02], soft=0.06) * (1 - mask), 0.6)
        x, y = (canvas.x - anatomy.neck_x) * side / reach, canvas.y - anatomy.chin_y
        across = y + 0.55 * x + 0.3 * octave_noise(rng, x, y, octaves=2)
        ridges = fold_ridges(rng, across * 1.1, x * 0.5 - y * 0.2)
        relief = canvas.inflated(mask, 0.7) + canvas.blur(_SLEEVE_FOLDS * ridges, 0.025)
        canvas.lay(mask, ramp(body_light(canvas, canvas.lit(relief)), colour, light=1.6), Part.CLOTHING,
                   direction=along_folds(canvas, across), certainty=0.3, detail=0.45,
                   loading=0.8 + 0.45 * octave_noise(rng, canvas.x, canvas.y))
