"""Hair: which a sitter wears, and how it is laid as one mass with strands, behind the head, over the shoulders, in front."""

from dataclasses import dataclass
from enum import Enum
from typing import NamedTuple

import numpy as np
from jaxtyping import Float, Float32

from data.parts import Part
from models.hairline import hairline
from render.imaging.noise import octave_noise
from render.practice.anatomy import Anatomy
from render.practice.canvas import Canvas, soft_step
from render.practice.mixing import ramp


class HairColour(NamedTuple):
    """sRGB, the word for it in Atelier's attributes, and how often women and men under 52 have it."""

    rgb: tuple[float, float, float]
    tone: str
    women: float
    men: float


HAIR_COLOURS = {
    "black": HairColour((0.10, 0.08, 0.07), "dark", women=2, men=3),
    "dark brown": HairColour((0.19, 0.12, 0.08), "dark", women=3, men=4),
    "brown": HairColour((0.31, 0.19, 0.11), "brown", women=3, men=3),
    "auburn": HairColour((0.45, 0.23, 0.10), "red", women=2, men=1.5),
    "fair": HairColour((0.62, 0.45, 0.24), "fair", women=2, men=0.7),
    "grey": HairColour((0.55, 0.52, 0.47), "grey", women=0, men=0)}
_OLD_YEARS, _GREY_OF_THE_OLD = 52, 9    # from this age on grey hair is usual, with this weight against the others


class HairCut(NamedTuple):
    """How hair is worn.

    `volume`: how far it stands out from the skull, as a share of the skull's half axes. `length`: 0 to the ears, 1 to the
    shoulders. `curl`: how wavy, in [0, 1]. `parted`: whether it has a parting in the middle.
    """

    volume: float
    length: float
    curl: float = 0.12
    parted: bool = False


HAIR_CUTS = {
    "drawn back": HairCut(volume=0.10, length=0.0),
    "parted": HairCut(volume=0.14, length=0.35, parted=True),
    "loose": HairCut(volume=0.22, length=1.0, curl=0.35, parted=True),
    "curled": HairCut(volume=0.34, length=0.5, curl=1.0),
    "short": HairCut(volume=0.10, length=0.0),
    "bob": HairCut(volume=0.24, length=0.55),
    "bald": HairCut(volume=0.02, length=0.0)}
# How often each is worn.
_WOMENS_CUTS = {"drawn back": 0.35, "parted": 0.3, "loose": 0.2, "curled": 0.15}
_MENS_CUTS = {"short": 0.5, "bob": 0.19, "loose": 0.14, "curled": 0.17, "bald": 0.0}
_OLD_MENS_CUTS = {"short": 0.5, "bob": 0.15, "loose": 0.12, "curled": 0.15, "bald": 0.08}
# Height of the hairline, from the brows (0) to the crown (1), as models.hairline wants it: least and most.
_WOMENS_RISE, _MENS_RISE = (0.50, 0.58), (0.47, 0.56)
_OLD_MEN_RISE_MORE, _BALD_RISE = 0.06, 0.97

_OVER_SHOULDERS, _ABOVE_EARS = 0.8, 0.2     # lengths: longer hair falls over the shoulders, shorter hair leaves ears free
_ENDS_Y = 0.12              # y of the ends of hair of length 0, eye units
_BELOW_CHIN = 0.9           # where hair of length 1 ends
_VERY_CURLY = 0.6           # curl from which strands swirl
_HAIR_SHADES = {"dark": 0.28, "light": 1.75, "sheen": 0.05}     # of ramp
_BEHIND_DARKER = 0.6        # shade of hair behind the head, as a share


@dataclass(frozen=True, eq=False)
class HairStyle:
    """The hair of one sitter: a colour (sRGB) and its tone, a cut, and the hairline's `rise`.

    All masses of one head of hair draw their strands from the same `seed`, so that they run on from one to the next.
    """

    name: str
    cut: HairCut
    colour: Float[np.ndarray, " 3"]
    tone: str
    rise: float
    volume: float
    seed: int

    @property
    def over_shoulders(self) -> bool:
        """Whether it falls in front of the shoulders."""
        return self.cut.length > _OVER_SHOULDERS

    @property
    def shows_ears(self) -> bool:
        """Whether it is so short that ears are seen."""
        return self.cut.length < _ABOVE_EARS


class Mass(Enum):
    """One of the masses in which hair is laid, from back to front."""

    BEHIND = "behind head and neck"
    TRESSES = "over the shoulders, beside the neck"
    FRONT = "around the forehead"


class _Strands(NamedTuple):
    """Coordinates of hair around the skull, (H, W) each.

    `across` the strands (1 on the skull's rim) and `along` them, their `direction` in radians, and the offset (`dx`, `dy`)
    from the skull's middle in its half axes.
    """

    across: Float32[np.ndarray, "H W"]
    along: Float32[np.ndarray, "H W"]
    direction: Float32[np.ndarray, "H W"]
    dx: Float[np.ndarray, "H W"]
    dy: Float[np.ndarray, "H W"]


def choose_hair(rng: np.random.Generator, sex: str, age_years: float) -> HairStyle:
    """Draw a colour and a cut.

    Parameters
    ----------
    rng : numpy.random.Generator
    sex : "male" or "female"
    age_years : float
    """
    old, woman = age_years > _OLD_YEARS, sex == "female"
    weights = np.array([colour.women if woman else colour.men for colour in HAIR_COLOURS.values()], float)
    if old:
        weights[-1] = _GREY_OF_THE_OLD
    drawn = list(HAIR_COLOURS.values())[rng.choice(len(HAIR_COLOURS), p=weights / weights.sum())]
    colour = np.array(drawn.rgb) * rng.uniform(0.88, 1.12)
    cuts = _WOMENS_CUTS if woman else _OLD_MENS_CUTS if old else _MENS_CUTS
    name = str(rng.choice(list(cuts), p=list(cuts.values())))
    rise = rng.uniform(*(_WOMENS_RISE if woman else _MENS_RISE))
    if old and not woman:
        rise += _OLD_MEN_RISE_MORE
    if name == "bald":
        rise = _BALD_RISE
    cut = HAIR_CUTS[name]
    return HairStyle(name, cut, colour, drawn.tone, rise, volume=cut.volume * rng.uniform(0.8, 1.25),
                     seed=int(rng.integers(2 ** 31)))


def paint_hair(canvas: Canvas, anatomy: Anatomy, style: HairStyle, mass: Mass) -> None:
    """Lay one mass of hair.

    Parameters
    ----------
    canvas : Canvas
    anatomy : Anatomy
    style : HairStyle
    mass : Mass
        Which; BEHIND before neck and clothes, TRESSES before the face, FRONT after it.
    """
    own = np.random.default_rng(style.seed)
    strands = _strands(canvas, anatomy, style, own)
    cover = _cover(canvas, anatomy, style, strands, own)
    if mass is not Mass.BEHIND:
        cover = cover * (1 - _face_left_free(canvas, anatomy, style, strands, own))
    if mass is Mass.TRESSES:
        cover = cover * _beside_neck(canvas, anatomy)
    if mass is Mass.FRONT:  # below the ears the front hair lies only outside the face
        cover = cover * np.maximum(soft_step(0.30 + 0.8 * style.cut.length - canvas.y, 0.12), 0)
    shade, locks = _hair_shade(canvas, anatomy, style, strands, own)
    if mass is Mass.BEHIND:
        shade = shade * _BEHIND_DARKER
    canvas.lay(cover.astype(np.float32), ramp(shade, style.colour, **_HAIR_SHADES), Part.HAIR,
               direction=strands.direction, certainty=0.85, detail=0.62, loading=0.45 + 0.9 * locks)


def _strands(canvas, anatomy, style, own):
    """`_Strands` of a head of hair; `own` is the generator of this hair."""
    centre, half = anatomy.skull, anatomy.skull_half
    dx, dy = (canvas.x - centre[0]) / half[0], (canvas.y - centre[1]) / half[1]
    across = np.where(dy > 0, np.sqrt(dx * dx + 0.02 * dy * dy), np.sqrt(dx * dx + dy * dy))
    wave = style.cut.curl * 0.12 * (octave_noise(own, canvas.x * 2.2, canvas.y * 2.2, octaves=2) - 0.5) * 2
    across = across + wave
    side = np.where(dx < 0, -1, 1)
    along = np.where(dy > 0, side * (0.5 * np.pi + dy), np.arctan2(dx, -dy))  # runs on over the crown
    if style.cut.curl > _VERY_CURLY:
        swirl = octave_noise(own, canvas.x * 3.5, canvas.y * 3.5, octaves=2)
        across = across + 0.16 * swirl
    across = across.astype(np.float32)
    return _Strands(across, along.astype(np.float32), canvas.along_contours(across, 0.03), dx, dy)


def _cover(canvas, anatomy, style, strands, own):
    """Cover of all the hair, with a ragged rim: (H, W) in [0, 1]."""
    long = style.over_shoulders
    across, along = strands.across, strands.along
    end = _ENDS_Y + style.cut.length * (anatomy.chin_y + _BELOW_CHIN - _ENDS_Y)
    ragged = (0.22 + 0.3 * long) * (octave_noise(own, canvas.x * 4, canvas.y * 0.7, octaves=2) - 0.5)
    wider_below = 1 + 0.35 * np.clip(strands.dy, 0, 2)
    outer = 1 + style.volume * wider_below + 0.10 * (octave_noise(own, along * 2, across * 0, octaves=2) - 0.5)
    stray = 0.07 * (octave_noise(own, along * 9 + across * 3, across * 2, octaves=2) - 0.5)
    outer = outer - 0.45 * np.clip((canvas.y - end + 0.7) / 0.9, 0, 1) ** 2 * long  # long hair thins out
    return soft_step(outer + stray - across, 0.03) * soft_step(end + ragged - canvas.y, 0.08)


def _face_left_free(canvas, anatomy, style, strands, own):
    """Cover of the face that hair leaves free, (H, W) in [0, 1]; darkens the roots along its rim."""
    opening = canvas.mask(_opening(anatomy, style), rounded=2, soft=0.02)
    edge = octave_noise(own, strands.across * 16, strands.along * 2, octaves=2)
    roots = np.clip(0.95 - canvas.blur(opening, 0.09), 0, 1) * soft_step(-0.25 - canvas.y, 0.09)
    canvas.darken(roots * canvas.shows(Part.FACE), 0.30)
    return np.clip((canvas.blur(opening, 0.06) - 0.5) * 2.6 + 0.5 + 1.3 * (edge - 0.5), 0, 1)


def _opening(anatomy, style):
    """Outline of the face that hair leaves free: jaw, temples and hairline."""
    arc = hairline(anatomy.points, rise=style.rise, count=11)
    middle = arc.mean(0)
    arc = middle + (arc - middle) * np.where(np.abs(np.linspace(-1, 1, 11))[:, None] > 0.55, 0.93, 1.0)
    if style.cut.parted:
        arc[5] += [0, -0.10]
    jaw = anatomy.points[:17] + [0, 0.02]
    return np.vstack([jaw, arc[::-1]])


def _beside_neck(canvas, anatomy):
    """(H, W) in [0, 1]: 1 below the eyes and outside the neck."""
    neck = np.abs(canvas.x - anatomy.neck_x) / (0.62 + 0.10 * np.clip(canvas.y - anatomy.chin_y, 0, 2))
    return soft_step(neck - 1, 0.06) * soft_step(canvas.y - 0.3, 0.15)


def _hair_shade(canvas, anatomy, style, strands, own):
    """Shade of the hair and its locks in [0, 1], (H, W) both."""
    across, along, _, dx, dy = strands
    fine = octave_noise(own, across * 15, along * 1.3 + 0.4 * across, octaves=3, gain=0.75)
    locks = octave_noise(own, across * 4.5, along * 0.9, octaves=2)
    normal_x, normal_y = np.clip(dx, -1, 1) * 0.8, np.clip(dy, -1, 0.3) * 0.8
    form = 0.34 + 0.42 * (normal_x * canvas.light[0] + normal_y * canvas.light[1])
    shine = np.exp(-((across - 0.72) / 0.16) ** 2) * np.clip(form, 0, 1) * (0.35 + 0.65 * locks)
    shade = form + 0.75 * (locks - 0.5) + 0.55 * (fine - 0.5) + 0.30 * shine
    if style.cut.parted:
        shade -= 0.22 * np.exp(-((dx - 0.25 * anatomy.facing) / 0.035) ** 2) * (dy < -0.3)
    return shade, locks
