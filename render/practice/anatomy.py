"""What lies below hair and clothes: where head, neck and shoulders are, the colour of the skin, where the light is.

All of it is read from the landmarks and the face that were drawn; whoever paints a hat or a collar begins here.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from jaxtyping import Float, Float32, Float64

from data.landmarks import CHIN, JAW_LEFT, JAW_RIGHT
from models.hairline import hairline, hairline_outline
from models.shape import turn
from render.practice.canvas import Canvas

Outline = Sequence[tuple[float, float]] | Float64[np.ndarray, "N 2"]
"""Points (x, y) of an outline or a line, eye units."""

SIDES = (-1, 1)  # the viewer's left and right, as a factor of x

_CHEEKS = [1, 3, 31, 33, 35, 13, 15, 28]    # landmarks around both cheeks and the nose
_SKIN_QUANTILE = 0.72       # of the cheeks' colours: skin in the light, no glints
_SKIN_GREYED = 0.15         # share of grey mixed into it
_NECK_OF_CHIN = 0.35        # the neck's middle lies so far from the middle of the jaw's ends (0) to the chin (1)
_TURNED = {"neck": 0.22, "skull": 0.20, "wider": 0.14}  # a head at three-quarters: neck and skull move, the skull widens
_SKULL_RAISED = 0.12        # middle of the skull above the jaw's ends
_SKULL_BEYOND = 0.10        # the skull beyond the jaw's ends and the crown
_CROWN_RISE = 0.93          # of the hairline that touches the crown (models.hairline)
_LIGHT_RISE = 0.5           # of the hairline up to which the face tells where the light is
_SIDEWAYS, _MOST_SIDEWAYS = 2.6, 0.85   # x of the light for a relative slope of 1 across the face, and its limit
_LIGHT_Y, _LIGHT_Z = -0.55, 0.6         # the light always comes from above and from the painter's side
_WOMEN_NARROWER = 0.88      # a woman's shoulders as a share of a man's
_FAR_SHOULDER = 0.16        # share by which the far shoulder of a sitter at three-quarters is drawn in
_LEAN = 0.12                # of the body's middle line for a sitter at three-quarters, x per y
# Half a body without arms, eye units from the neck's middle and below the chin; a woman's is multiplied by `_WOMEN_NARROWER`.
_HALF_BODY = {
    "male": [(0.50, 0.02), (0.84, 0.33), (1.40, 0.55), (1.98, 0.78), (2.22, 1.25), (2.12, 2.1), (1.92, 3.1),
             (1.84, 3.9), (2.0, 5.0)],
    "female": [(0.50, 0.02), (0.80, 0.34), (1.40, 0.60), (1.98, 0.84), (2.16, 1.3), (1.96, 2.1), (1.62, 2.9), (1.46, 3.5),
               (1.86, 4.3), (2.4, 5.2)]}
_BODY_WIDE = {"male": 2.2, "female": 2.9}       # half its width where it leaves the picture
# The same with arms, as wide as they may reach.
_HALF_FIGURE = [(0.50, 0.02), (0.85, 0.34), (1.45, 0.55), (2.05, 0.82), (2.48, 1.40), (2.75, 2.4), (3.05, 3.7), (3.25, 5.0)]
_FIGURE_WIDE = 3.2
_BELOW_PICTURE = 0.5        # outlines end so far below the lower edge


@dataclass(frozen=True, eq=False)
class Anatomy:
    """A sitter's head and neck, eye units.

    `points` are the landmarks, `facing` is -1 (three-quarters to the viewer's left) to 1, `neck_x` the middle of the neck,
    `chin_y` the tip of the chin, `skin` the colour of skin in the light (sRGB). `skull` is the middle and `skull_half` the
    half axes of an ellipse around the head, (x, y).
    """

    points: Float64[np.ndarray, "68 2"]
    facing: float
    chin_y: float
    neck_x: float
    skin: Float[np.ndarray, " 3"]
    skull: Float64[np.ndarray, " 2"]
    skull_half: Float64[np.ndarray, " 2"]

    def from_neck(self, points: Outline) -> Float64[np.ndarray, "N 2"]:
        """Points given as (x from the neck, y below the chin), moved to the neck and to the way the body faces."""
        return np.array([(self.neck_x + x + _LEAN * self.facing * y, self.chin_y + y) for x, y in points])

    def reach(self, side: int, sex: str) -> float:
        """Width of one shoulder as a share of a man's seen from in front.

        Parameters
        ----------
        side : -1 or 1
            The viewer's left or right.
        sex : "male" or "female"
        """
        broad = 1.0 if sex == "male" else _WOMEN_NARROWER
        return broad * (1.0 - _FAR_SHOULDER * self.facing * side)


def read_anatomy(canvas: Canvas, landmarks_xy: Float64[np.ndarray, "68 2"], face: Float32[np.ndarray, "H W 3"]) -> Anatomy:
    """The anatomy below a drawn face.

    Parameters
    ----------
    canvas : Canvas
    landmarks_xy : (68, 2) float64
        In texels.
    face : (H, W, 3) float32
        sRGB.
    """
    points = canvas.to_units(landmarks_xy)
    facing = float(np.clip(turn(landmarks_xy), -1, 1))
    sides = (points[JAW_LEFT] + points[JAW_RIGHT]) / 2
    half = np.linalg.norm(points[JAW_RIGHT] - points[JAW_LEFT]) / 2
    crown = canvas.to_units(hairline(landmarks_xy, rise=_CROWN_RISE))[4]
    chin = points[CHIN]
    return Anatomy(
        points=points, facing=facing, chin_y=float(chin[1]),
        neck_x=float(_NECK_OF_CHIN * chin[0] + (1 - _NECK_OF_CHIN) * sides[0] - _TURNED["neck"] * facing),
        skin=_skin(landmarks_xy, face),
        skull=np.array([sides[0] - _TURNED["skull"] * facing, sides[1] - _SKULL_RAISED]),
        skull_half=np.array([half + _SKULL_BEYOND + _TURNED["wider"] * abs(facing),
                             sides[1] - _SKULL_RAISED - crown[1] + _SKULL_BEYOND]))


def _skin(landmarks_xy, face):
    cheeks = np.zeros(face.shape[:2], np.uint8)
    cv2.fillPoly(cheeks, [np.round(landmarks_xy[_CHEEKS]).astype(np.int32)], 1)
    skin = np.quantile(face[cheeks > 0], _SKIN_QUANTILE, axis=0)
    return (1 - _SKIN_GREYED) * skin + _SKIN_GREYED * skin.mean()


def read_light(face: Float32[np.ndarray, "H W 3"], landmarks_xy: Float64[np.ndarray, "68 2"]) -> Float64[np.ndarray, " 3"]:
    """Vector to the light, (x, y, z), read from an sRGB face: which cheek is the lighter. `landmarks_xy` in texels."""
    grey = cv2.cvtColor(face, cv2.COLOR_RGB2GRAY)
    mask = np.zeros(grey.shape, np.uint8)
    cv2.fillPoly(mask, [np.round(hairline_outline(landmarks_xy, rise=_LIGHT_RISE)).astype(np.int32)], 1)
    rows, columns = np.nonzero(mask)
    values = grey[rows, columns]
    offset = columns - columns.mean()
    slope = (offset * values).sum() / (offset ** 2).sum() * 2 * offset.std() / max(values.mean(), 0.05)
    return np.array([np.clip(_SIDEWAYS * slope, -_MOST_SIDEWAYS, _MOST_SIDEWAYS), _LIGHT_Y, _LIGHT_Z])


def body_outline(canvas: Canvas, anatomy: Anatomy, sex: str) -> Float64[np.ndarray, "N 2"]:
    """Outline of shoulders and trunk, without arms, down to below the picture, eye units.

    Parameters
    ----------
    canvas : Canvas
    anatomy : Anatomy
    sex : "male" or "female"
    """
    return _both_sides(canvas, anatomy, sex, _HALF_BODY[sex], _BODY_WIDE[sex])


def figure_outline(canvas: Canvas, anatomy: Anatomy, sex: str) -> Float64[np.ndarray, "N 2"]:
    """Outline of what trunk and arms may cover, as `body_outline`.

    Parameters
    ----------
    canvas : Canvas
    anatomy : Anatomy
    sex : "male" or "female"
    """
    return _both_sides(canvas, anatomy, sex, _HALF_FIGURE, _FIGURE_WIDE)


def _both_sides(canvas, anatomy, sex, half, wide):
    neck, chin = anatomy.neck_x, anatomy.chin_y
    left_reach, right_reach = (anatomy.reach(side, sex) for side in SIDES)
    half = [*half, (wide, max(canvas.bottom - chin, half[-1][1]) + _BELOW_PICTURE)]
    right = [(neck + x * right_reach, chin + y) for x, y in half]
    left = [(neck - x * left_reach, chin + y) for x, y in half]
    return np.array(right + left[::-1])
