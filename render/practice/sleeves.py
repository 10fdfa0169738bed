"""Sleeves: cloth around an arm, with folds that run round it, cuffs, slashes, and a wide sleeve's lining."""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float, Float32

from data.parts import Part
from render.imaging.noise import octave_noise
from render.practice.canvas import Canvas, chaikin, soft_step
from render.practice.cloth import body_light, fold_ridges
from render.practice.gestures import Arm
from render.practice.linen_and_fur import LINEN
from render.practice.mixing import ramp
from render.practice.solids import Solid, build_solid, crevices, solid_light

# Lengths are eye units.
_MELT = 0.14                # limbs of an arm melt into one another over so much depth
_FOLD_HEIGHT = 0.17         # of folds at the elbow; they are flatter elsewhere:
_FOLDS_ELSEWHERE, _FOLDS_NEAR_ELBOW = 0.45, 0.9     # share of the height there, and how far from the elbow folds are deep
_FOREARM_FROM = (0.42, 0.06)    # of the way from shoulder to wrist: where the forearm begins to lie over the clothes; softness
_SLASHES, _SLASH_LONG = 4, 0.72      # slashes around half the arm, and how long they are
_UNDER_EDGE = 0.30          # shade that the edge of a short sleeve takes from the one below


@dataclass(frozen=True)
class SleeveCut:
    """Radii of a sleeve at shoulder, above the elbow, below it and at the wrist, and what is on it.

    `cuff`: "linen", "turned" (of another cloth) or "none". `slashed`: linen is seen through slashes. `lined`: a wide end shows
    its lining and a narrow sleeve within it. `short`: it ends above the elbow over a narrow sleeve of the second colour.
    """

    radii: tuple[float, float, float, float]
    cuff: str = "linen"
    slashed: bool = False
    lined: bool = False
    short: bool = False


SLEEVES = {
    "narrow": SleeveCut((0.58, 0.50, 0.45, 0.31)),
    "full": SleeveCut((0.66, 0.70, 0.62, 0.36)),
    "slashed": SleeveCut((0.66, 0.64, 0.52, 0.33), slashed=True),
    "puffed": SleeveCut((0.74, 0.78, 0.40, 0.31), short=True),
    "turned back": SleeveCut((0.62, 0.62, 0.56, 0.42), cuff="turned"),
    "wide": SleeveCut((0.64, 0.68, 0.70, 0.66), cuff="none", lined=True)}
"""Kinds of sleeves."""


@dataclass(frozen=True, eq=False)
class Sleeve:
    """A sleeve shaded and not yet laid: its solid, colour, and how far along the arm each texel lies (0 to 1)."""

    solid: Solid
    colour: Float32[np.ndarray, "H W 3"]
    along: Float32[np.ndarray, "H W"]
    direction: Float32[np.ndarray, "H W"]
    loading: Float32[np.ndarray, "H W"]


def cut_sleeve(canvas: Canvas, rng: np.random.Generator, arm: Arm, cut: SleeveCut, colour: Float[np.ndarray, " 3"],
               second: Float[np.ndarray, " 3"]) -> Sleeve:
    """Shade a sleeve.

    Parameters
    ----------
    canvas : Canvas
    rng : numpy.random.Generator
    arm : Arm
    cut : SleeveCut
    colour, second : (3,) float
        Of the sleeve, and of what is worn below it; sRGB.
    """
    limbs, shares = _limbs(arm, cut)
    solid = build_solid(canvas, limbs, _MELT)
    place = np.maximum(solid.limb, 0)
    along = (shares[place] + solid.along * (shares[place + 1] - shares[place])).astype(np.float32)
    length = np.linalg.norm(np.diff(limbs[:, :2], axis=0), axis=1).sum()
    round_the_arm = 0.55 * (1 - np.sqrt(np.clip(1 - solid.side ** 2, 0, 1)))
    x, y = canvas.x, canvas.y
    wander = octave_noise(rng, x * 0.9 + arm.side, y * 0.9, octaves=2)
    elbow = _elbow_share(arm)
    twist = np.where(along < elbow, 1, -1) * 0.5 * solid.side
    across = (along * length * 1.05 + round_the_arm + twist + 0.7 * wander).astype(np.float32)
    ridges = fold_ridges(rng, across, solid.side * 0.5 + along)
    near = np.exp(-((along - elbow) * length / _FOLDS_NEAR_ELBOW) ** 2)
    height = _FOLD_HEIGHT * (_FOLDS_ELSEWHERE + (1 - _FOLDS_ELSEWHERE) * near) * ridges
    folds = canvas.lit(canvas.blur(height, 0.03)) - 0.5
    shade = body_light(canvas, solid_light(canvas, solid, 0.06) + folds)
    if cut.short:
        shade = shade - _UNDER_EDGE * np.exp(-(((along - elbow + 0.02) * length) / 0.12) ** 2) * (along > elbow - 0.03)
    paint = ramp(shade, colour, light=1.6)
    if cut.short:
        paint = np.where((along > elbow - 0.02)[..., None], ramp(shade, second, light=1.6), paint)
    if cut.slashed:
        paint = _slashed(canvas, solid, along, length, paint, shade)
    return Sleeve(solid, paint, along, canvas.along_contours(across, 0.05),
                  (0.8 + 0.45 * octave_noise(rng, x, y)).astype(np.float32))


def _elbow_share(arm):
    """How far along the arm, from shoulder to wrist as seen, the elbow lies."""
    upper, lower = (np.linalg.norm(np.subtract(a, b)[:2]) for a, b in ((arm.elbow, arm.shoulder), (arm.wrist, arm.elbow)))
    return float(upper / (upper + lower))


def _limbs(arm, cut):
    """Limbs of an arm bent in a curve, and the share of the way at which each begins."""
    shoulder, above, below, wrist = cut.radii
    corners = np.array([[*arm.shoulder, shoulder], [*(arm.shoulder * 0.45 + arm.elbow * 0.55), (shoulder + above) / 2],
                        [*arm.elbow, (above + below) / 2], [*(arm.elbow * 0.5 + arm.wrist * 0.5), below],
                        [*arm.wrist, wrist]])
    corners[2, 3] = above if cut.short else max(above, below)
    points = chaikin(corners, 2, closed=False)
    lengths = np.concatenate([[0], np.cumsum(np.linalg.norm(np.diff(points[:, :2], axis=0), axis=1))])
    return np.hstack([points[:-1], points[1:]]), lengths / lengths[-1]


def _slashed(canvas, solid, along, length, paint, shade):
    """Linen seen through long narrow slashes, in rows around the arm with bands between them."""
    row = along * length / _SLASH_LONG
    phase = (row % 1) - 0.5
    aside = (np.arcsin(np.clip(solid.side, -1, 1)) * _SLASHES / np.pi + 0.5 * (np.floor(row) % 2)) % 1 - 0.5
    ahead = 0.17 * np.sqrt(np.clip(1 - (phase / 0.40) ** 2, 0, 1)) - np.abs(aside)
    linen = (soft_step(ahead - 0.02, 0.03) * 0.85)[..., None].astype(np.float32)
    rim = np.exp(-((ahead + 0.03) / 0.07) ** 2)[..., None].astype(np.float32)
    band = np.exp(-((np.abs(phase) - 0.5) / 0.035) ** 2)[..., None].astype(np.float32)
    slit = ramp(shade * 0.9, LINEN * np.array([0.92, 0.88, 0.82]), dark=0.3, light=1.05)
    return paint * (1 - 0.4 * rim) * (1 - 0.3 * band) * (1 - linen) + linen * slit


def lay_sleeve(canvas: Canvas, sleeve: Sleeve, *, forearm_only: bool = False) -> None:
    """Lay a sleeve with its shadow on the body; `forearm_only` lays the lower half again, over what was laid on the upper."""
    mask = sleeve.solid.cover
    if forearm_only:
        start, soft = _FOREARM_FROM
        mask = mask * soft_step(sleeve.along - start, soft)
    mask = mask.astype(np.float32)
    aside = int(round(-0.09 * canvas.unit * np.sign(canvas.light[0] or -1)))
    fall = np.roll(canvas.blur(mask, 0.07), (int(0.10 * canvas.unit), aside), (0, 1))
    canvas.darken(fall * (1 - sleeve.solid.cover) * canvas.shows(Part.CLOTHING, Part.NECK), 0.55)
    canvas.lay(mask, sleeve.colour, Part.CLOTHING, direction=sleeve.direction, certainty=0.35, detail=0.5,
               loading=sleeve.loading)


def lay_cuff(canvas: Canvas, rng: np.random.Generator, arm: Arm, cut: SleeveCut, second: Float[np.ndarray, " 3"]) -> None:
    """What the sleeve ends in at the wrist, laid before the hand.

    Parameters
    ----------
    canvas : Canvas
    rng : numpy.random.Generator
    arm : Arm
    cut : SleeveCut
    second : (3,) float
        Colour of what is worn below, sRGB.
    """
    way = arm.wrist - arm.elbow
    way = way / np.linalg.norm(way[:2])
    end = cut.radii[3]
    if cut.lined:
        inner = build_solid(canvas, np.array([[*(arm.wrist - way * 0.12), end * 0.86, *(arm.wrist - way * 0.02), end * 0.86]]))
        canvas.lay(inner.cover, np.asarray(second) * 0.35, Part.CLOTHING, detail=0.7)
        narrow = build_solid(canvas, np.array([[*(arm.wrist - way * 0.2), 0.34, *(arm.wrist + way * 0.22), 0.28]]))
        canvas.lay(narrow.cover, ramp(solid_light(canvas, narrow, 0.03), second), Part.CLOTHING, detail=0.8)
        arm_end, radius = arm.wrist + way * 0.22, 0.28
    else:
        arm_end, radius = arm.wrist, end
    if cut.cuff == "turned":
        band = build_solid(canvas, np.array([[*(arm.wrist - way * 0.34), end + 0.05, *(arm.wrist + way * 0.02), end + 0.02]]))
        tufts = octave_noise(rng, canvas.x * 8, canvas.y * 8, octaves=3)
        shade = solid_light(canvas, band, 0.03) + 0.35 * (tufts - 0.5)
        canvas.lay(band.cover, ramp(shade, np.asarray(second), light=1.6), Part.CLOTHING, detail=0.7, loading=0.7 + 0.5 * tufts)
    frill = build_solid(canvas, np.array([[*(arm_end - way * 0.06), radius * 0.92, *(arm_end + way * 0.12), radius * 0.86]]))
    pleat = 0.12 * np.sin(frill.side * 14)
    shade = solid_light(canvas, frill, 0.02) + pleat + 0.05
    canvas.lay(frill.cover, ramp(shade, LINEN, dark=0.45, light=1.08), Part.NECK, detail=0.9, loading=1.1)
    canvas.darken(crevices(canvas, frill, 0.08), 0.4)
