"""Attributes that colour tells: hair, collar, clothing, background, skin, and where the light comes from.

All are measured on a small version of the picture with its parts map, through whatever varnish it has now. Colours are in CIE
Lab; places are in the face's own frame (`features.face.upright`), in units of eyes to mouth.
"""

from typing import NamedTuple

import cv2
import numpy as np
from jaxtyping import Float, Float32, UInt8

from data.colour import from_uint8, rgb_to_lab
from data.estimate import Estimate
from data.parts import Part
from features.face.upright import upright_frame, upright_places

_CALM_PX = 1.0  # blur of the colours
_LEAST_PIXELS = 30  # fewer tell nothing
_UNKNOWN = Estimate(None, 0.0, "colour")

# Tones by lightness: the upper limit of each, and how far from a limit an answer becomes sure.
_TONES = ((30.0, "dark"), (55.0, "mid"), (101.0, "light"))
_TONE_EDGE = 6

# Hues by their upper limit in degrees of CIE Lab.
_HUES = ((45, "red"), (72, "orange"), (106, "yellow"), (165, "green"), (225, "teal"), (300, "blue"), (345, "purple"),
         (361, "red"))
# Chroma above which a pixel is coloured (aged varnish gives every dark paint a little yellow), and the share of such pixels
# from which cloth is coloured.
_COLOURED, _MOSTLY_COLOURED = 11, 0.45
_BLACK, _WHITE = 28, 68  # lightness of colourless cloth
_BROWN_BELOW, _VARNISHED_ABOVE, _VARNISHED_CHROMA = 45, 62, 24  # dark orange is brown; white cloth yellows under varnish

# Hair: how high above the eyes it may reach, and up to which probability of a hat it is taken for hair.
_HAIR_TOP_Y, _HATLESS = -1.6, 0.4
_BEARD_ASIDE, _BEARD_TOP_Y, _BEARD_BOTTOM_Y, _BEARD_SURE = 0.45, 1.35, 2.1, 0.8
_HAIR_EDGE = 5  # units of Lab from a limit at which an answer becomes sure
# Hair is grey if its chroma is below this share of the skin's. A beard may have more, since skin and collar show through it.
# Any hair whose chroma is below the last number is grey.
_GREY_HAIR, _GREY_BEARD, _LEAST_GREY = 0.8, 0.98, 9.0
_DARK_BELOW, _GREY_ABOVE, _FAIR_ABOVE = 24, 35, 46  # lightness
_BLOND_ABOVE, _BLOND_HUE_DEG, _BLOND_CHROMA = 36, 76, 1.1  # darker hair is fair if it is yellower than the skin
_RED_HUE_DEG, _RED_CHROMA = 55, 22

# The zone around the throat, and what in it is white: lightness, at least and against the skin; chroma against the skin.
_COLLAR_TOP_Y, _COLLAR_BOTTOM_Y, _COLLAR_ASIDE = 1.0, 2.7, 1.3
_WHITE_LEAST, _WHITE_SHARE, _WHITE_CHROMA = 45.0, 0.82, 0.72
_COLLAR_SHARE, _COLLAR_MIDDLE, _COLLAR_FLOOR = 0.065, 0.07, 0.005  # share of the zone from which there is a white collar

_CLOTHING_BOTTOM_Y, _CLOTHING_ASIDE = 6, 4
_GROUND_BOTTOM_Y, _GROUND_ASIDE = 2.0, 5
# The individual typology angle of skin (Chardon et al. 1991, doi:10.1111/j.1467-2494.1991.tb00561.x): the lightness it is
# taken from; and how sure it is of painted skin.
_SKIN_LIGHTNESS, _SKIN_SURE = 50, 0.7

_LEAST_MESH = 100  # mesh points that must lie within the picture
_SHADED_PERCENTILE = 15  # darker mesh points are left out: eyes, brows, lips and nostrils are dark in any light
_SIDE_LIGHT, _SIDE_EDGE = 0.12, 0.1  # slope over lightness from which light comes from a side; how far from it that is sure
_LEAST_LIGHTNESS = 10.0


class _Shown(NamedTuple):
    """What the estimators look at: Lab (h, w, 3), parts (h, w), distance aside of the face's middle line and height below
    the eyes (h, w), and the better lit skin (N, 3)."""

    lab: Float32[np.ndarray, "h w 3"]
    parts: UInt8[np.ndarray, "h w"]
    aside: Float32[np.ndarray, "h w"]
    y: Float32[np.ndarray, "h w"]
    skin: Float32[np.ndarray, "N 3"]


def colour_attributes(rgb: UInt8[np.ndarray, "H W 3"], parts: UInt8[np.ndarray, "H W"],
                      landmarks_xy: Float[np.ndarray, "68 2"], mesh_xyz: Float[np.ndarray, "468 3"], *,
                      hatted: float | None, bearded: bool = False) -> dict[str, Estimate]:
    """Attributes by name.

    Parameters
    ----------
    rgb : (H, W, 3) uint8
        Small: a few hundred pixels a side are enough.
    parts : (H, W) uint8
        Values of `data.parts.Part`.
    landmarks_xy, mesh_xyz : (68, 2), (468, 3)
        In pixels of `rgb`.
    hatted : float or None
        Probability of a hat; under a hat the beard tells the hair's tone, or nothing does.
    bearded : bool

    Returns
    -------
    dict of str to Estimate
        hair_tone, collar, clothing_tone, clothing_hue, background_tone, skin_ita_deg, light_from.
    """
    lab = cv2.GaussianBlur(rgb_to_lab(from_uint8(rgb)), (0, 0), _CALM_PX)
    x, y = upright_places(lab.shape[:2], upright_frame(landmarks_xy))
    shown = _Shown(lab, parts, np.abs(x), y, _skin(lab, parts))
    return {**_hair(shown, hatted, bearded), **_collar(shown), **_clothing(shown), **_background(shown),
            **_complexion(shown.skin), **_light(lab, mesh_xyz)}


def _sure(margin: float, edge: float) -> float:
    """Confidence of an answer this far from the limit to the next one: one half at the limit."""
    return 1 - 0.5 * np.exp(-margin / edge)


def _tone(lightness: Float32[np.ndarray, " N"]) -> Estimate:
    """Tone of a median lightness."""
    middle = float(np.median(lightness))
    margin = min(abs(middle - limit) for limit, _ in _TONES[:2])
    name = next(name for limit, name in _TONES if middle < limit)
    return Estimate(name, float(_sure(margin, _TONE_EDGE)), "colour")


def _skin(lab: Float32[np.ndarray, "h w 3"], parts: UInt8[np.ndarray, "h w"]) -> Float32[np.ndarray, "N 3"]:
    """Lab of the better lit half of the face's skin."""
    skin = lab[(parts == Part.FACE) | (parts == Part.NOSE)]
    if len(skin) < _LEAST_PIXELS:
        return skin[:0]
    return skin[skin[:, 0] >= np.median(skin[:, 0])]


def _complexion(skin: Float32[np.ndarray, "N 3"]) -> dict[str, Estimate]:
    """The individual typology angle of the skin: the larger, the fairer."""
    if not len(skin):
        return {"skin_ita_deg": _UNKNOWN}
    lightness, _, yellow = np.median(skin, axis=0)
    angle = float(np.degrees(np.arctan2(lightness - _SKIN_LIGHTNESS, max(yellow, 1e-3))))
    return {"skin_ita_deg": Estimate(round(angle, 1), _SKIN_SURE, "colour")}


def _hair(shown: _Shown, hatted: float | None, bearded: bool) -> dict[str, Estimate]:
    """The tone of the hair; where a hat hides it, the tone of the beard, if there is one."""
    lab, parts, aside, y, skin = shown
    hair = (parts == Part.HAIR) & (y > _HAIR_TOP_Y)
    if not len(skin):
        return {"hair_tone": _UNKNOWN}
    if hatted is not None and hatted <= _HATLESS and hair.sum() >= _LEAST_PIXELS:
        name, margin = _tone_of_hair(np.median(lab[hair], axis=0), skin, _GREY_HAIR)
        # Confidence falls with the probability of a hat: a hat taken for hair is the commonest mistake.
        return {"hair_tone": Estimate(name, float((1 - hatted) * _sure(margin, _HAIR_EDGE)), "colour")}
    chin = (parts != Part.BACKGROUND) & (aside < _BEARD_ASIDE) & (y > _BEARD_TOP_Y) & (y < _BEARD_BOTTOM_Y)
    if not bearded or chin.sum() < _LEAST_PIXELS:
        return {"hair_tone": _UNKNOWN}
    name, margin = _tone_of_hair(np.median(lab[chin], axis=0), skin, _GREY_BEARD)
    return {"hair_tone": Estimate(name, float(_BEARD_SURE * _sure(margin, _HAIR_EDGE)), "colour")}


def _tone_of_hair(colour: Float32[np.ndarray, "3"], skin: Float32[np.ndarray, "N 3"], grey_share: float) -> tuple[str, float]:
    """Name of a Lab colour of hair, and how far it is from the next name, in units of Lab.

    Varnish that yellows grey hair yellows the skin beside it as well, so grey means a chroma below `grey_share` of the skin's.
    """
    lightness, red, yellow = colour
    chroma, hue = np.hypot(red, yellow), np.degrees(np.arctan2(yellow, red))
    skin_chroma = np.hypot(*np.median(skin[:, 1:], axis=0))
    grey_below = max(_LEAST_GREY, grey_share * skin_chroma)
    if lightness < _DARK_BELOW:
        return "dark", _DARK_BELOW - lightness
    if chroma < grey_below and lightness > _GREY_ABOVE:
        return "grey", min(grey_below - chroma, lightness - _GREY_ABOVE)
    if lightness > _FAIR_ABOVE or (lightness > _BLOND_ABOVE and hue > _BLOND_HUE_DEG
                                   and chroma > _BLOND_CHROMA * skin_chroma):
        return "fair", abs(lightness - _FAIR_ABOVE)
    if hue < _RED_HUE_DEG and chroma > _RED_CHROMA:
        return "red", chroma - _RED_CHROMA
    return "brown", min(lightness - _DARK_BELOW, _FAIR_ABOVE - lightness)


def _collar(shown: _Shown) -> dict[str, Estimate]:
    """White if the zone around the throat holds light, colourless paint; none if it does not."""
    lab, parts, aside, y, skin = shown
    zone = (((parts == Part.NECK) | (parts == Part.CLOTHING)) & (y > _COLLAR_TOP_Y) & (y < _COLLAR_BOTTOM_Y)
            & (aside < _COLLAR_ASIDE))
    if zone.sum() < _LEAST_PIXELS or not len(skin):
        return {"collar": _UNKNOWN}
    skin_light, *skin_colour = np.median(skin, axis=0)
    lightness, *colour = lab[zone].T
    white = ((lightness > max(_WHITE_LEAST, _WHITE_SHARE * skin_light))
             & (np.hypot(*colour) < _WHITE_CHROMA * np.hypot(*skin_colour)))
    share = white.mean()
    confidence = _sure(abs(np.log((share + _COLLAR_FLOOR) / _COLLAR_MIDDLE)), 1)
    return {"collar": Estimate("white" if share > _COLLAR_SHARE else "none", float(confidence), "colour")}


def _clothing(shown: _Shown) -> dict[str, Estimate]:
    """Tone and hue of the clothing around the shoulders."""
    clothing = ((shown.parts == Part.CLOTHING) & (shown.y < _CLOTHING_BOTTOM_Y)
                & (shown.aside < _CLOTHING_ASIDE))
    if clothing.sum() < 2 * _LEAST_PIXELS:
        return {"clothing_tone": _UNKNOWN, "clothing_hue": _UNKNOWN}
    cloth = shown.lab[clothing]
    return {"clothing_tone": _tone(cloth[:, 0]), "clothing_hue": _hue(cloth)}


def _hue(pixels: Float32[np.ndarray, "N 3"]) -> Estimate:
    """The commonest hue among coloured pixels; black, grey or white where most have none."""
    chroma = np.hypot(pixels[:, 1], pixels[:, 2])
    lightness = float(np.median(pixels[:, 0]))
    coloured = chroma > _COLOURED
    if coloured.mean() < _MOSTLY_COLOURED:
        name = "black" if lightness < _BLACK else ("white" if lightness > _WHITE else "grey")
        return Estimate(name, float(0.5 + 0.5 * (1 - coloured.mean() / _MOSTLY_COLOURED)), "colour")
    hue = np.degrees(np.arctan2(pixels[coloured, 2], pixels[coloured, 1])) % 360
    names = np.searchsorted([limit for limit, _ in _HUES], hue.astype(int), side="right")
    names[names == len(_HUES) - 1] = 0  # red lies on both ends of the circle
    counts = np.bincount(names, chroma[coloured], len(_HUES))
    best = int(counts.argmax())
    name = _HUES[best][1]
    if name in ("orange", "yellow") and lightness < _BROWN_BELOW:
        name = "brown"
    elif name in ("orange", "yellow") and lightness > _VARNISHED_ABOVE and np.median(chroma) < _VARNISHED_CHROMA:
        name = "white"
    return Estimate(name, float(counts[best] / counts.sum()), "colour")


def _background(shown: _Shown) -> dict[str, Estimate]:
    """Tone of what lies beside and above the sitter."""
    ground = (shown.parts == Part.BACKGROUND) & (shown.y < _GROUND_BOTTOM_Y) & (shown.aside < _GROUND_ASIDE)
    if ground.sum() < 2 * _LEAST_PIXELS:
        return {"background_tone": _UNKNOWN}
    return {"background_tone": _tone(shown.lab[ground][:, 0])}


def _light(lab: Float32[np.ndarray, "h w 3"], mesh_xyz: Float[np.ndarray, "468 3"]) -> dict[str, Estimate]:
    """Which way the face grows lighter: lightness regressed on how the face's surface is turned.

    Surface normals are taken from the sphere that fits the mesh best: rough, but enough to tell the side.
    """
    height, width = lab.shape[:2]
    x, y = np.round(mesh_xyz[:, 0]).astype(int), np.round(mesh_xyz[:, 1]).astype(int)
    seen = (x >= 0) & (y >= 0) & (x < width) & (y < height)
    if seen.sum() < _LEAST_MESH:
        return {"light_from": _UNKNOWN}
    design = np.hstack([2 * mesh_xyz, np.ones((len(mesh_xyz), 1))])
    solution = np.linalg.lstsq(design, (mesh_xyz ** 2).sum(1), rcond=None)[0]
    normals = mesh_xyz - solution[:3]
    normals /= np.linalg.norm(normals, axis=1, keepdims=True)
    seen &= normals[:, 2] < 0
    lightness = lab[y[seen], x[seen], 0]
    kept = lightness > np.percentile(lightness, _SHADED_PERCENTILE)
    design = np.hstack([normals[seen][kept], np.ones((kept.sum(), 1))])
    slope = np.linalg.lstsq(design, lightness[kept], rcond=None)[0]
    side = slope[0] / max(np.median(lightness), _LEAST_LIGHTNESS)
    name = "front" if abs(side) < _SIDE_LIGHT else ("right" if side > 0 else "left")
    return {"light_from": Estimate(name, float(_sure(abs(abs(side) - _SIDE_LIGHT), _SIDE_EDGE)), "colour")}
