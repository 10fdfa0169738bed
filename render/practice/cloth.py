"""Cloth: its colours, and how its folds catch the light."""

from typing import NamedTuple

import numpy as np
from jaxtyping import Float, Float32

from data.parts import Part
from render.imaging.noise import octave_noise
from render.practice.canvas import Canvas
from render.practice.mixing import ramp


class ClothColour(NamedTuple):
    """A body colour as painters mixed it (sRGB), and how often men and women wear it."""

    rgb: tuple[float, float, float]
    men: float
    women: float


CLOTH_COLOURS = {
    "black": ClothColour((0.11, 0.10, 0.10), men=6, women=2), "brown": ClothColour((0.24, 0.15, 0.09), men=3, women=2),
    "crimson": ClothColour((0.43, 0.10, 0.08), men=2, women=3), "rust": ClothColour((0.52, 0.25, 0.12), men=1, women=2),
    "green": ClothColour((0.15, 0.25, 0.16), men=1, women=2), "blue": ClothColour((0.14, 0.19, 0.30), men=1, women=2),
    "ochre": ClothColour((0.52, 0.38, 0.18), men=1, women=1.5), "violet": ClothColour((0.29, 0.22, 0.25), men=1, women=1),
    "white": ClothColour((0.70, 0.66, 0.57), men=0.2, women=0.8)}

_FANNED = 0.16              # folds fan out by this share of their distance per eye unit downwards
_SATIN_SHARE = 0.35         # of cloths that shine
_SATIN, _WOOL = (1.9, 0.13), (1.45, 0.05)   # light and sheen of `ramp`
_BROAD_FOLDS, _FINE_FOLDS = 0.72, 0.28      # shares of the two in the height of folded cloth
_ASIDE, _ASIDE_RANGE = 0.16, (0.55, 1.25)   # light on a body: gain per eye unit towards the light, and its limits
_DOWN, _DOWN_RANGE = (1.16, 0.12, 1.2), (0.36, 1.1)     # at the top, loss per eye unit below the y that follows; limits


class Folds(NamedTuple):
    """How cloth hangs, eye units.

    `height` of its folds, `lean`: how far they lean to the right per unit downwards, `depth` over which the form below
    rounds off from its rim, `scale`: how many folds lie side by side against a usual skirt.
    """

    height: float
    lean: float = 0.0
    depth: float = 1.1
    scale: float = 1.0


def lay_cloth(canvas: Canvas, rng: np.random.Generator, mask: Float[np.ndarray, "H W"], base: Float[np.ndarray, " 3"],
              folds: Folds, form: Float[np.ndarray, "H W"] | float = 0.0) -> None:
    """Cloth over a mask with folds that fall from above and fan out.

    Parameters
    ----------
    canvas : Canvas
    rng : numpy.random.Generator
    mask : (H, W) float
        Cover in [0, 1].
    base : (3,) float
        Its colour, sRGB.
    folds : Folds
    form : float or (H, W) float
        Height of the body below it, eye units.
    """
    x, y = canvas.x, canvas.y
    fall = x / (1.0 + _FANNED * np.clip(y, 0, None)) + folds.lean * y
    wander = 0.7 * octave_noise(rng, x * 0.45, y * 0.45, octaves=2)
    ridges = fold_ridges(rng, fall * folds.scale + wander, y * 0.22 + 0.5 * wander)
    light, sheen = _SATIN if rng.random() < _SATIN_SHARE else _WOOL
    relief = canvas.inflated(mask, folds.depth) + canvas.blur(folds.height * ridges + form, 0.02)
    colour = ramp(body_light(canvas, canvas.lit(relief)), base, light=light, sheen=sheen)
    canvas.lay(mask, colour, Part.CLOTHING, direction=along_folds(canvas, fall), certainty=0.35, detail=0.45,
               loading=0.8 + 0.45 * octave_noise(rng, x, y))


def fold_ridges(rng: np.random.Generator, across: Float[np.ndarray, "H W"],
                along: Float[np.ndarray, "H W"]) -> Float32[np.ndarray, "H W"]:
    """Height in [0, 1] of folded cloth: a few sharp ridges with soft fields between them.

    Parameters
    ----------
    rng : numpy.random.Generator
    across, along : (H, W) float
        Coordinates across and along the folds; about one ridge per unit of `across`.
    """
    broad = 1 - np.abs(2 * octave_noise(rng, across * 0.8, along, octaves=2) - 1)
    fine = 1 - np.abs(2 * octave_noise(rng, across * 2.3, along * 1.6, octaves=2) - 1)
    where = np.clip(2.2 * octave_noise(rng, across * 0.7, along * 2, octaves=2) - 0.6, 0, 1)
    return (_BROAD_FOLDS * broad ** 2 + _FINE_FOLDS * where * fine ** 3).astype(np.float32)


def body_light(canvas: Canvas, shade: Float[np.ndarray, "H W"]) -> Float[np.ndarray, "H W"]:
    """The shade on a whole body: light falls off downwards and away from where it comes."""
    aside = np.clip(1 + _ASIDE * canvas.x * canvas.light[0], *_ASIDE_RANGE)
    top, loss, below = _DOWN
    return shade * aside * np.clip(top - loss * np.clip(canvas.y - below, 0, None), *_DOWN_RANGE)


def along_folds(canvas: Canvas, across: Float[np.ndarray, "H W"]) -> Float32[np.ndarray, "H W"]:
    """Direction of strokes (radians) along folds whose coordinate `across` is given."""
    return canvas.along_contours(across, 0.05)
