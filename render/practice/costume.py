"""Clothes: what a sitter wears and in which colours, the cloth over the body, and the arms in their sleeves."""

from dataclasses import dataclass, field

import numpy as np
from jaxtyping import Float, Float32

from render.practice.anatomy import Anatomy, body_outline
from render.practice.armour import paint_cuirass
from render.practice.canvas import Canvas
from render.practice.cloth import CLOTH_COLOURS, Folds, lay_cloth
from render.practice.gestures import Arm
from render.practice.hand import paint_hand
from render.practice.held import lay_held
from render.practice.linen_and_fur import lay_chain
from render.practice.mens_clothes import paint_cape, paint_doublet, paint_gown, paint_robe
from render.practice.overgarments import paint_cloak, paint_mantle, paint_sash
from render.practice.sleeves import SLEEVES, Sleeve, cut_sleeve, lay_cuff, lay_sleeve
from render.practice.womens_clothes import bodice_form, paint_bodice, paint_embroidery, paint_neckline

_FROM_BUST = 0.2                # share of the drawn bust's own colour in the cloth
_BUST_LIGHTER = 1.3             # that colour is a mean of light and shadow
_CLOTH_RANGE = (0.07, 0.85)     # of the cloth's colour, sRGB
_BODY_FOLDS = {"male": Folds(height=0.20, lean=0.10), "female": Folds(height=0.16, lean=0.12)}
_CHEST = (2.3, 0.85)            # half width and height of the round of a trunk, eye units
_SASH_SHARE, _CHAIN_SHARE = 0.3, 0.35   # of garments that take them


@dataclass(frozen=True)
class Garment:
    """A garment: how often men and women wear it, in which sleeves, and what goes with it.

    `same`: the share of those whose sleeves are of the same cloth. `sash` or `chain`: whether one may be worn over it.
    """

    men: float
    women: float
    sleeves: tuple[str, ...]
    same: float = 0.85
    sash: bool = False
    chain: bool = False


GARMENTS = {
    "doublet": Garment(0.24, 0, ("narrow", "slashed", "puffed", "full"), same=0.7, sash=True, chain=True),
    "gown": Garment(0.18, 0, ("wide", "full", "turned back"), chain=True),
    "robe": Garment(0.15, 0, ("wide", "full", "turned back")),
    "mantle": Garment(0.13, 0.12, ("full", "slashed", "turned back"), chain=True),
    "cloak": Garment(0.12, 0.14, ("slashed", "full", "puffed"), same=0.5),
    "cape": Garment(0.11, 0, ("narrow", "slashed")),
    "cuirass": Garment(0.07, 0, ("slashed", "puffed"), same=0, sash=True),
    "bodice": Garment(0, 0.40, ("full", "narrow", "slashed", "puffed")),
    "embroidered bodice": Garment(0, 0.34, ("puffed", "full", "slashed"), same=0.6)}
"""What sitters wear, by its name in the truth."""


@dataclass(frozen=True, eq=False)
class Worn:
    """What a sitter wears: `collar` is its word in Atelier's attributes, `garment` one of `GARMENTS`; sleeves are by arm."""

    collar: str
    garment: str
    sleeve: str
    second: Float[np.ndarray, " 3"]
    sleeves: list[tuple[Arm, Sleeve]] = field(default_factory=list)


def dress(canvas: Canvas, rng: np.random.Generator, anatomy: Anatomy, sex: str, bust: Float32[np.ndarray, "H W 3"],
          neck: Float32[np.ndarray, "H W"], arms: list[Arm]) -> Worn:
    """Lay body, clothes and collar over the neck; arms that show a hand are finished by `paint_arms`.

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
    arms : list of Arm
        From back to front.
    """
    woman = sex == "female"
    weights = np.array([cloth.women if woman else cloth.men for cloth in CLOTH_COLOURS.values()], float)
    name = str(rng.choice(list(GARMENTS), p=_shares(sex)))
    garment = GARMENTS[name]
    body = canvas.mask(body_outline(canvas, anatomy, sex))
    base = _leaning_to(bust, _draw_cloth(rng, weights), body, canvas.y > anatomy.chin_y + 1)
    second = _other_cloth(rng, weights, base)
    form = _trunk(canvas, anatomy) + (bodice_form(canvas, anatomy) if woman else 0)
    lay_cloth(canvas, rng, body, base, _BODY_FOLDS[sex], form)
    if woman:
        paint_bodice(canvas, rng, anatomy, base)
        if name == "embroidered bodice":
            paint_embroidery(canvas, rng, anatomy)
    sleeve = str(rng.choice(garment.sleeves))
    colour, inner = (base, second) if rng.random() < garment.same else (second, base)
    sleeves = [(arm, cut_sleeve(canvas, rng, arm, SLEEVES[sleeve], colour, inner)) for arm in arms]
    for _, cut in sleeves:
        lay_sleeve(canvas, cut)
    collar = _lay_front(canvas, rng, anatomy, sex, name, base, second, neck)
    return Worn(collar, name, sleeve, second, sleeves)


def _shares(sex):
    """How often each of `GARMENTS` is worn."""
    shares = np.array([garment.women if sex == "female" else garment.men for garment in GARMENTS.values()])
    return shares / shares.sum()


def _lay_front(canvas: Canvas, rng: np.random.Generator, anatomy: Anatomy, sex: str, name: str, base: Float[np.ndarray, " 3"],
               second: Float[np.ndarray, " 3"], neck: Float32[np.ndarray, "H W"]) -> str:
    """What is worn over body and upper arms; returns the collar's word."""
    garment = GARMENTS[name]
    if sex == "female":
        collar = paint_neckline(canvas, rng, anatomy, neck)
    elif name in ("doublet", "cloak"):
        collar = paint_doublet(canvas, rng, anatomy, base)
    elif name == "gown":
        collar = paint_gown(canvas, rng, anatomy, base, second)
    else:
        collar = {"robe": paint_robe, "mantle": paint_robe, "cape": paint_cape, "cuirass": paint_cuirass}[name](
            canvas, rng, anatomy, base)
    if name == "mantle":
        paint_mantle(canvas, rng, anatomy, second)
    if name == "cloak":
        paint_cloak(canvas, rng, anatomy, second)
    if garment.sash and rng.random() < _SASH_SHARE:
        paint_sash(canvas, rng, anatomy)
    if garment.chain and rng.random() < _CHAIN_SHARE:
        lay_chain(canvas, rng, anatomy)
    return collar


def paint_arms(canvas: Canvas, rng: np.random.Generator, anatomy: Anatomy, worn: Worn) -> None:
    """Forearms, cuffs, hands and what they hold, over clothes and ledge, from back to front.

    Parameters
    ----------
    canvas : Canvas
    rng : numpy.random.Generator
    anatomy : Anatomy
    worn : Worn
    """
    cut = SLEEVES[worn.sleeve]
    for arm, sleeve in worn.sleeves:
        if arm.joints is None:
            continue
        lay_sleeve(canvas, sleeve, forearm_only=True)
        lay_cuff(canvas, rng, arm, cut, worn.second)
        skin = anatomy.skin
        if arm.gesture == "grasping":
            lay_held(canvas, rng, arm)
            paint_hand(canvas, rng, arm.joints, arm.hand_length, skin)
        elif arm.held:
            paint_hand(canvas, rng, arm.joints, arm.hand_length, skin, thumb=False)
            lay_held(canvas, rng, arm)
            paint_hand(canvas, rng, arm.joints, arm.hand_length, skin, fingers=False)
        else:
            paint_hand(canvas, rng, arm.joints, arm.hand_length, skin)


def _trunk(canvas, anatomy):
    """Height of a round trunk, eye units."""
    half, tall = _CHEST
    x = (canvas.x - anatomy.neck_x) / half
    return (tall * np.sqrt(np.clip(1 - x * x, 0.02, 1))).astype(np.float32)


def _draw_cloth(rng, weights):
    """A colour of cloth (3,), drawn as often as `weights` say."""
    return np.array(list(CLOTH_COLOURS.values())[rng.choice(len(weights), p=weights / weights.sum())].rgb)


def _other_cloth(rng, weights, base):
    """A second colour of cloth, the one of three draws that differs most from the first."""
    drawn = [_draw_cloth(rng, weights) for _ in range(3)]
    return max(drawn, key=lambda colour: float(np.abs(colour - base).sum()))


def _leaning_to(bust, base, body, below):
    """The colour `base` moved towards the bust's where the body's mask and `below` (H, W bool) meet."""
    seen = (bust * body[..., None] * below[..., None]).sum((0, 1)) / max(body.sum(), 1)
    return np.clip((1 - _FROM_BUST) * base + _FROM_BUST * seen * _BUST_LIGHTER, *_CLOTH_RANGE)
