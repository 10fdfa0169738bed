"""From a draw of the portrait prior to a whole sitter on a canvas: head, hair, beard, hat, body and surroundings.

The outlines are laid here, so landmarks, parts and attributes are known exactly.
"""

from dataclasses import dataclass, field
from typing import Any

import cv2
import numpy as np
from jaxtyping import Bool, Float64

from data.parts import Part
from models.hairline import hairline_outline
from models.portrait_prior import Draw
from render.practice.anatomy import Anatomy, figure_outline, read_anatomy, read_light
from render.practice.beard import paint_beard
from render.practice.canvas import Canvas
from render.practice.costume import dress, paint_arms
from render.practice.face_details import paint_details, paint_shaven_chin, paint_years
from render.practice.gestures import Arm, choose_arms
from render.practice.hair import HairStyle, Mass, choose_hair, paint_hair
from render.practice.hats import choose_hat, paint_hat
from render.practice.head_and_face import lay_face, lively, paint_ears, paint_neck, shade_below_chin
from render.practice.plait import paint_plait
from render.practice.surroundings import choose_ledge, paint_background, paint_ledge

_HEAD_RISE = 1.1            # of the outline of a head with its hair (models.hairline)
_FIGURE_SOFT, _FIGURE_COVER = 0.15, 0.3     # blur (eye units) and least cover of where a figure stands
_PEARL_EAR_SHARE = 0.6      # of women with free ears who wear pearls in them
_PLAITED = ("drawn back", "parted")         # cuts that are worn with a plait or a ribbon
_FROM_SIDE = 0.3            # x of the light beyond which it is said to come from the left or the right
_HALF_LENGTH_FROM = 4.1     # eye units below the chin from which a portrait is called half-length
_DARK_BELOW, _LIGHT_FROM = 30, 55           # L* of dark and of light tones
_VARNISH_GREYS = 0.08       # share of grey that an old varnish mixes in
_VARNISH_TINT, _VARNISH_VEIL = [1.0, 0.965, 0.89], [0.014, 0.009, 0.003]    # what it lets through, and adds, of sRGB
_OUTLINE_SOFT, _OUTLINE_DETAIL = 0.06, 0.95     # blur of outlines (eye units), and how fine a brush paints along them


@dataclass(frozen=True, eq=False)
class Figure:
    """A finished canvas with its truth: landmarks in texels, attributes in Atelier's words, the arms that show a hand."""

    canvas: Canvas
    landmarks_xy: Float64[np.ndarray, "68 2"]
    attributes: dict[str, Any]
    hands: list[Arm] = field(default_factory=list)

    def hand_joints_px(self) -> list[dict[str, Any]]:
        """Each hand that is seen, by the sitter's side: its gesture, and its 21 joints in texels, numbered as detectors do."""
        return [{"side": "right" if arm.side < 0 else "left", "gesture": arm.gesture, "held": arm.held,
                 "joints": arm.joints[:, :2] * self.canvas.unit + self.canvas.centre}
                for arm in self.hands if arm.joints is not None]


def compose_figure(draw: Draw, rng: np.random.Generator) -> Figure:
    """Lay a `models.portrait_prior.Draw` out as a whole portrait; all that is not in the draw comes from `rng`.

    Layers go from back to front, each over what is there; shadows fall on the parts that were laid before them.
    """
    landmarks, attributes = draw.landmarks_xy, dict(draw.attributes)
    sex = attributes["sex"]
    face = lively(draw.face)
    light = read_light(face, landmarks)
    canvas = Canvas(draw.frame, light)
    anatomy = read_anatomy(canvas, landmarks, face)
    background = paint_background(canvas, rng, draw.bust, _where_figure_stands(canvas, anatomy, landmarks, sex))
    hair = choose_hair(rng, sex, attributes["age_years"])
    paint_hair(canvas, anatomy, hair, Mass.BEHIND)
    neck = paint_neck(canvas, anatomy, sex)
    ledge = choose_ledge(canvas, rng)
    arms = choose_arms(rng, anatomy, sex, bottom=canvas.bottom, ledge=ledge)
    worn = dress(canvas, rng, anatomy, sex, draw.bust, neck, arms)
    shade_below_chin(canvas, anatomy)
    if ledge is not None:
        paint_ledge(canvas, rng, ledge)
    paint_arms(canvas, rng, anatomy, worn)
    if hair.over_shoulders:
        paint_hair(canvas, anatomy, hair, Mass.TRESSES)
    if hair.shows_ears:
        paint_ears(canvas, anatomy, pearl=sex == "female" and rng.random() < _PEARL_EAR_SHARE)
    lay_face(canvas, face, landmarks)
    _paint_on_face(canvas, rng, anatomy, attributes, hair)
    paint_hair(canvas, anatomy, hair, Mass.FRONT)
    if sex == "female" and hair.name in _PLAITED:
        paint_plait(canvas, rng, anatomy, hair, landmarks)
    hat = "none"
    if attributes["headwear"] != "none":
        hat = choose_hat(rng, sex)
        paint_hat(canvas, rng, anatomy, hat)
    attributes |= {
        "light_from": _light_from(light), "hair_tone": hair.tone,
        "collar": worn.collar, "clothing_tone": _tone(canvas, Part.CLOTHING), "background_tone": _tone(canvas, Part.BACKGROUND),
        "background": background, "ledge": ledge is not None, "hat": hat, "hair": hair.name,
        "format": "bust" if canvas.bottom - anatomy.chin_y < _HALF_LENGTH_FROM else "half-length",
        "garment": worn.garment, "sleeves": worn.sleeve, **_hands(arms)}
    _finish(canvas)
    return Figure(canvas, landmarks, attributes, [arm for arm in arms if arm.joints is not None])


def _hands(arms: list[Arm]) -> dict[str, Any]:
    """How many hands are seen, and what they do and hold."""
    seen = [arm for arm in arms if arm.joints is not None]
    return {"hands": ("none", "one", "two")[len(seen)], "gestures": sorted(arm.gesture for arm in seen),
            "held": sorted(arm.held for arm in seen if arm.held)}


def _where_figure_stands(canvas: Canvas, anatomy: Anatomy, landmarks_xy: Float64[np.ndarray, "68 2"],
                         sex: str) -> Bool[np.ndarray, "H W"]:
    """Head and body with a margin around them."""
    body = canvas.mask(figure_outline(canvas, anatomy, sex))
    head = canvas.mask(canvas.to_units(hairline_outline(landmarks_xy, rise=_HEAD_RISE)))
    return canvas.blur(np.maximum(body, head), _FIGURE_SOFT) > _FIGURE_COVER


def _paint_on_face(canvas: Canvas, rng: np.random.Generator, anatomy: Anatomy, attributes: dict[str, Any],
                   hair: HairStyle) -> None:
    """Age, a razor, accents and a beard on a face that is laid."""
    sex, facial_hair = attributes["sex"], attributes["facial_hair"]
    paint_years(canvas, anatomy, attributes["age_years"])
    if sex == "male" and facial_hair != "beard":
        paint_shaven_chin(canvas, anatomy)
    paint_details(canvas, rng, anatomy, sex, hair.colour)
    if facial_hair != "none":
        paint_beard(canvas, rng, anatomy, hair.colour, full=facial_hair == "beard")


def _light_from(light: Float64[np.ndarray, " 3"]) -> str:
    return "left" if light[0] < -_FROM_SIDE else "right" if light[0] > _FROM_SIDE else "front"


def _tone(canvas: Canvas, part: Part) -> str:
    """The word for the median lightness of a part as laid out: dark below L* 30, light from 55 on."""
    colours = canvas.colour[canvas.parts == part]
    if not len(colours):
        return "dark"
    lightness = np.median(cv2.cvtColor(colours[None], cv2.COLOR_RGB2LAB)[..., 0])
    return "dark" if lightness < _DARK_BELOW else "mid" if lightness < _LIGHT_FROM else "light"


def _finish(canvas: Canvas) -> None:
    """An old varnish over all, and fine brushes along the outlines, where a painter takes them."""
    grey = canvas.colour.mean(-1, keepdims=True)
    mixed = (1 - _VARNISH_GREYS) * canvas.colour + _VARNISH_GREYS * grey
    canvas.colour[:] = mixed * _VARNISH_TINT + _VARNISH_VEIL
    outlines = cv2.morphologyEx(canvas.parts, cv2.MORPH_GRADIENT, np.ones((3, 3), np.uint8)) > 0
    near = canvas.blur(cv2.dilate(outlines.astype(np.float32), np.ones((5, 5), np.uint8)), _OUTLINE_SOFT)
    canvas.detail[:] = np.clip(np.maximum(canvas.detail, _OUTLINE_DETAIL * near), 0, 1)
