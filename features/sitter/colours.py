"""Attributes that colour tells: hair, collar, clothing, background, skin, and where the light comes from.

All are read off a small version of the picture with its parts map, as painted and as the varnish is now.
"""

import cv2
import numpy as np

from data.estimate import Estimate
from data.parts import Part
from features.face.landmarks import to_upright, upright_places

_TONES = ((30.0, "dark"), (55.0, "mid"), (101.0, "light"))
# Hue in degrees of CIE Lab, where paint of that name lies.
_HUES = ((45, "red"), (72, "orange"), (106, "yellow"), (165, "green"), (225, "teal"), (300, "blue"), (345, "purple"),
         (361, "red"))
_LEAST_PIXELS = 30


def colour_attributes(rgb, parts, landmarks_xy, mesh_xyz, *, hatted, bearded=False):
    """Attributes by name.

    Parameters
    ----------
    rgb : (H, W, 3) uint8
        Small: a few hundred pixels a side are enough.
    parts : (H, W) uint8
    landmarks_xy, mesh_xyz : (68, 2), (468, 3)
        In pixels of `rgb`.
    hatted : float or None
        Probability of a hat; under a hat the beard tells the hair's tone, or nothing does.
    bearded : bool
    """
    lab = cv2.cvtColor(rgb.astype(np.float32) / 255, cv2.COLOR_RGB2LAB)
    lab = cv2.GaussianBlur(lab, (0, 0), 1.0)
    x, y = upright_places(lab.shape[:2], to_upright(landmarks_xy)[1])
    aside, skin = np.abs(x), _skin(lab, parts)
    return {**_hair(lab, parts, aside, y, skin, hatted, bearded), **_collar(lab, parts, aside, y, skin),
            **_clothing(lab, parts, aside, y), **_background(lab, parts, aside, y),
            **_complexion(skin), **_light(lab, mesh_xyz)}


def _tone(lightness):
    return next(name for limit, name in _TONES if lightness < limit)


def _tone_estimate(lightness):
    """Tone of a median lightness; sure in the middle of a tone, a coin's toss at its limits."""
    middle = float(np.median(lightness))
    margin = min(abs(middle - limit) for limit, _ in _TONES[:2])
    return Estimate(_tone(middle), float(1 - 0.5 * np.exp(-margin / 6)), "colour")


_UNKNOWN = Estimate(None, 0.0, "colour")


def _skin(lab, parts):
    """Lab of the better lit half of the face's skin, (N, 3)."""
    skin = lab[(parts == Part.FACE) | (parts == Part.NOSE)]
    if len(skin) < _LEAST_PIXELS:
        return skin[:0]
    return skin[skin[:, 0] >= np.median(skin[:, 0])]


def _complexion(skin):
    if not len(skin):
        return {"skin_ita_deg": _UNKNOWN}
    lightness, _, yellow = np.median(skin, axis=0)
    angle = float(np.degrees(np.arctan2(lightness - 50, max(yellow, 1e-3))))
    return {"skin_ita_deg": Estimate(round(angle, 1), 0.7, "colour")}


def _hair(lab, parts, aside, y, skin, hatted, bearded):
    """The tone of the hair, and where a hat hides it that of the beard, if there is one."""
    hair = (parts == Part.HAIR) & (y > -1.6)
    if not len(skin):
        return {"hair_tone": _UNKNOWN}
    if hatted is not None and hatted <= 0.4 and hair.sum() >= _LEAST_PIXELS:
        name, margin = _tone_of_hair(np.median(lab[hair], axis=0), skin, grey_share=0.8)
        # A hat taken for hair is the commonest mistake.
        return {"hair_tone": Estimate(name, float((1 - hatted) * (1 - 0.5 * np.exp(-margin / 5))), "colour")}
    chin = (parts != Part.BACKGROUND) & (aside < 0.45) & (y > 1.35) & (y < 2.1)
    if not bearded or chin.sum() < _LEAST_PIXELS:
        return {"hair_tone": _UNKNOWN}
    # Skin and collar show through a beard, and lend it their chroma.
    name, margin = _tone_of_hair(np.median(lab[chin], axis=0), skin, grey_share=0.98)
    return {"hair_tone": Estimate(name, float(0.8 * (1 - 0.5 * np.exp(-margin / 5))), "colour")}


def _tone_of_hair(colour, skin, grey_share):
    """Name of a Lab colour of hair, and how far it is from the next name, in units of Lab.

    The varnish that yellows grey hair yellows the skin beside it as well: grey is told by its share of the skin's chroma.
    """
    lightness, red, yellow = colour
    chroma, hue = np.hypot(red, yellow), np.degrees(np.arctan2(yellow, red))
    skin_chroma = np.hypot(*np.median(skin[:, 1:], axis=0))
    grey_below = max(9.0, grey_share * skin_chroma)
    if lightness < 24:
        return "dark", 24 - lightness
    if chroma < grey_below and lightness > 35:
        return "grey", min(grey_below - chroma, lightness - 35)
    if lightness > 46 or (lightness > 36 and hue > 76 and chroma > 1.1 * skin_chroma):
        return "fair", abs(lightness - 46)
    if hue < 55 and chroma > 22:
        return "red", chroma - 22
    return "brown", min(lightness - 24, 46 - lightness)


def _collar(lab, parts, aside, y, skin):
    """White where the zone around the throat holds light, colourless paint; none where it is seen and does not."""
    zone = ((parts == Part.NECK) | (parts == Part.CLOTHING)) & (y > 1.0) & (y < 2.7) & (aside < 1.3)
    if zone.sum() < _LEAST_PIXELS or not len(skin):
        return {"collar": _UNKNOWN}
    skin_light, *skin_colour = np.median(skin, axis=0)
    lightness, *colour = lab[zone].T
    white = (lightness > max(45.0, 0.82 * skin_light)) & (np.hypot(*colour) < 0.72 * np.hypot(*skin_colour))
    share = white.mean()
    confidence = 1 - 0.5 * np.exp(-abs(np.log((share + 0.005) / 0.07)))
    return {"collar": Estimate("white" if share > 0.065 else "none", float(confidence), "colour")}


def _clothing(lab, parts, aside, y):
    clothing = (parts == Part.CLOTHING) & (y < 6) & (aside < 4)
    if clothing.sum() < 2 * _LEAST_PIXELS:
        return {"clothing_tone": _UNKNOWN, "clothing_hue": _UNKNOWN}
    cloth = lab[clothing]
    return {"clothing_tone": _tone_estimate(cloth[:, 0]), "clothing_hue": _hue(cloth)}


def _hue(pixels):
    """The commonest hue among coloured pixels; black, grey or white where most have none."""
    chroma = np.hypot(pixels[:, 1], pixels[:, 2])
    lightness = float(np.median(pixels[:, 0]))
    # Aged varnish gives every dark paint a little yellow.
    coloured = chroma > 11
    if coloured.mean() < 0.45:
        name = "black" if lightness < 28 else ("white" if lightness > 68 else "grey")
        return Estimate(name, float(0.5 + 0.5 * (1 - coloured.mean() / 0.45)), "colour")
    hue = np.degrees(np.arctan2(pixels[coloured, 2], pixels[coloured, 1])) % 360
    names = np.searchsorted([limit for limit, _ in _HUES], hue.astype(int), side="right")
    names[names == len(_HUES) - 1] = 0
    counts = np.bincount(names, chroma[coloured], len(_HUES))
    best = int(counts.argmax())
    name = _HUES[best][1]
    if name in ("orange", "yellow") and lightness < 45:
        name = "brown"
    elif name in ("orange", "yellow") and lightness > 62 and np.median(chroma) < 24:
        # White cloth under yellow varnish.
        name = "white"
    return Estimate(name, float(counts[best] / counts.sum()), "colour")


def _background(lab, parts, aside, y):
    ground = (parts == Part.BACKGROUND) & (y < 2.0) & (aside < 5)
    if ground.sum() < 2 * _LEAST_PIXELS:
        return {"background_tone": _UNKNOWN}
    return {"background_tone": _tone_estimate(lab[ground][:, 0])}


def _light(lab, mesh_xyz):
    """Which way the face grows lighter: lightness regressed on how the face's surface is turned.

    The surface's normals are taken as those of the ball that fits the mesh best: rough, but only the side is asked for.
    """
    height, width = lab.shape[:2]
    x, y = np.round(mesh_xyz[:, 0]).astype(int), np.round(mesh_xyz[:, 1]).astype(int)
    seen = (x >= 0) & (y >= 0) & (x < width) & (y < height)
    if seen.sum() < 100:
        return {"light_from": _UNKNOWN}
    design = np.hstack([2 * mesh_xyz, np.ones((len(mesh_xyz), 1))])
    solution = np.linalg.lstsq(design, (mesh_xyz ** 2).sum(1), rcond=None)[0]
    normals = mesh_xyz - solution[:3]
    normals /= np.linalg.norm(normals, axis=1, keepdims=True)
    seen &= normals[:, 2] < 0
    lightness = lab[y[seen], x[seen], 0]
    # Eyes, brows, lips and nostrils are dark whatever the light: the lighter paint decides.
    kept = lightness > np.percentile(lightness, 15)
    design = np.hstack([normals[seen][kept], np.ones((kept.sum(), 1))])
    slope = np.linalg.lstsq(design, lightness[kept], rcond=None)[0]
    side = slope[0] / max(np.median(lightness), 10.0)
    name = "front" if abs(side) < 0.12 else ("right" if side > 0 else "left")
    return {"light_from": Estimate(name, float(1 - 0.5 * np.exp(-abs(abs(side) - 0.12) / 0.1)), "colour")}
