"""From a draw of the portrait prior to a whole sitter on a sheet: head, hair, beard, hat, body and surroundings.

The outlines are laid here, so landmarks, parts and attributes are known exactly.
"""

from dataclasses import dataclass

import cv2
import numpy as np

from data.landmarks import CHIN, INNER_LIP, LEFT_BROW, LEFT_EYE, NOSE_BRIDGE, NOSTRILS, OUTER_LIP, RIGHT_BROW, RIGHT_EYE
from data.parts import Part
from models.hairline import hairline, hairline_outline
from models.shape import turn
from render.imaging.noise import octave_noise
from render.practice.canvas import Canvas, ramp
from render.practice.costume import body_outline, dress, paint_background, skin_ramp

HAIRS = {"black": (0.10, 0.08, 0.07), "dark brown": (0.19, 0.12, 0.08), "brown": (0.31, 0.19, 0.11),
         "auburn": (0.45, 0.23, 0.10), "fair": (0.62, 0.45, 0.24), "grey": (0.55, 0.52, 0.47)}
HAIR_TONES = {"black": "dark", "dark brown": "dark", "brown": "brown", "auburn": "red", "fair": "fair", "grey": "grey"}
HATS = {"black": (0.09, 0.085, 0.085), "red": (0.48, 0.07, 0.06), "brown": (0.23, 0.14, 0.09), "blue": (0.14, 0.19, 0.33),
        "straw": (0.60, 0.48, 0.28), "white": (0.72, 0.69, 0.62)}


@dataclass(frozen=True, eq=False)
class Figure:
    """A finished sheet with its truth: landmarks in texels, attributes in Atelier's words."""

    sheet: Canvas
    landmarks_xy: np.ndarray
    attributes: dict


def compose_figure(draw, rng):
    """Lay a `models.portrait_prior.Draw` out as a whole portrait; all that is not in the draw comes from `rng`."""
    landmarks, attributes = draw.landmarks_xy, dict(draw.attributes)
    face = _lively(draw.face)
    light = _light(face, landmarks)
    sheet = Canvas(draw.frame, light)
    anatomy = _anatomy(sheet, landmarks, face)
    sex = attributes["sex"]
    body = sheet.mask(body_outline(sheet, anatomy, sex))
    head = sheet.mask(sheet.to_units(hairline_outline(landmarks, rise=1.1)))
    background = paint_background(sheet, rng, draw.bust, sheet.blur(np.maximum(body, head), 0.15) > 0.3)
    style = _hair_style(rng, attributes)
    _hair(sheet, rng, anatomy, style, behind=True)
    _neck(sheet, anatomy, sex)
    collar = dress(sheet, rng, anatomy, attributes, draw.bust)
    _chin_shadow(sheet, anatomy)
    if style["length"] > 0.8:
        _hair(sheet, rng, anatomy, style, behind=False, tresses=True)
    if style["length"] < 0.2:
        _ears(sheet, anatomy, pearl=sex == "female" and rng.random() < 0.6)
    _lay_face(sheet, face, landmarks)
    _years(sheet, landmarks, attributes)
    _features(sheet, rng, landmarks, attributes)
    if attributes["facial_hair"] != "none":
        _beard(sheet, rng, anatomy, landmarks, style, attributes["facial_hair"] == "beard")
    _hair(sheet, rng, anatomy, style, behind=False)
    if sex == "female" and style["name"] in ("drawn back", "parted"):
        _braid(sheet, rng, anatomy, landmarks, style)
    hat = _hat(sheet, rng, anatomy, sex) if attributes["headwear"] != "none" else "none"
    attributes |= {
        "light_from": "left" if light[0] < -0.3 else "right" if light[0] > 0.3 else "front", "hair_tone": style["tone"],
        "collar": collar, "clothing_tone": _tone(sheet, Part.CLOTHING), "background_tone": _tone(sheet, Part.BACKGROUND),
        "background": background, "hat": hat, "hair": style["name"]}
    _finish(sheet)
    return Figure(sheet, landmarks, attributes)


def _finish(sheet):
    """An old varnish over all, and fine brushes along the outlines, where a painter takes them."""
    grey = sheet.colour.mean(-1, keepdims=True)
    sheet.colour[:] = (0.92 * sheet.colour + 0.08 * grey) * [1.0, 0.965, 0.89] + [0.014, 0.009, 0.003]
    outlines = cv2.morphologyEx(sheet.parts, cv2.MORPH_GRADIENT, np.ones((3, 3), np.uint8)) > 0
    near = sheet.blur(cv2.dilate(outlines.astype(np.float32), np.ones((5, 5), np.uint8)), 0.06)
    sheet.detail[:] = np.clip(np.maximum(sheet.detail, 0.95 * near), 0, 1)


def _tone(sheet, part):
    """The word for the median lightness of a part as laid out: dark below L* 30, light above 55."""
    colours = sheet.colour[sheet.parts == part]
    if not len(colours):
        return "dark"
    lightness = np.median(cv2.cvtColor(colours[None], cv2.COLOR_RGB2LAB)[..., 0])
    return "dark" if lightness < 30 else "mid" if lightness < 55 else "light"


def _lively(face):
    """The drawn face with its middle frequencies lifted: means of many paintings are a little soft."""
    fine = face - cv2.GaussianBlur(face, (0, 0), 2.2)
    middle = cv2.GaussianBlur(face, (0, 0), 2.2) - cv2.GaussianBlur(face, (0, 0), 7)
    return np.clip(face + 0.7 * fine + 0.25 * middle, 0, 1)


def _light(face, landmarks):
    """Unit vector to the light, read from the face: which cheek is the lighter."""
    grey = cv2.cvtColor(face, cv2.COLOR_RGB2GRAY)
    mask = np.zeros(grey.shape, np.uint8)
    cv2.fillPoly(mask, [np.round(hairline_outline(landmarks, rise=0.5)).astype(np.int32)], 1)
    rows, columns = np.nonzero(mask)
    values = grey[rows, columns]
    offset = columns - columns.mean()
    slope = (offset * values).sum() / (offset ** 2).sum() * 2 * offset.std() / max(values.mean(), 0.05)
    return np.array([np.clip(2.6 * slope, -0.85, 0.85), -0.55, 0.6])


def _anatomy(sheet, landmarks, face):
    points = sheet.to_units(landmarks)
    facing = float(np.clip(turn(landmarks), -1, 1))
    sides = (points[0] + points[16]) / 2
    half = np.linalg.norm(points[16] - points[0]) / 2
    crown = sheet.to_units(hairline(landmarks, rise=0.93))[4]
    cheeks = np.zeros(face.shape[:2], np.uint8)
    cv2.fillPoly(cheeks, [np.round(landmarks[[1, 3, 31, 33, 35, 13, 15, 28]]).astype(np.int32)], 1)
    skin = np.quantile(face[cheeks > 0], 0.72, axis=0)
    skin = 0.85 * skin + 0.15 * skin.mean()
    return {"points": points, "facing": facing, "chin_y": float(points[CHIN, 1]),
            "neck_x": float(0.35 * points[CHIN, 0] + 0.65 * sides[0] - 0.22 * facing), "skin": skin,
            "skull": np.array([sides[0] - 0.20 * facing, sides[1] - 0.12]),
            "skull_half": np.array([half + 0.10 + 0.14 * abs(facing), sides[1] - 0.12 - crown[1] + 0.10])}


def _neck(sheet, anatomy, sex):
    chin, x = anatomy["chin_y"], anatomy["neck_x"]
    wide = 0.56 if sex == "male" else 0.47
    jaw_y = anatomy["points"][4, 1] * 0.5 + anatomy["points"][12, 1] * 0.5 - 0.25
    mask = sheet.mask([(x - wide, jaw_y), (x + wide, jaw_y), (x + wide * 0.95, chin + 0.2), (x + wide * 1.25, chin + 0.62),
                       (x, chin + 1.2), (x - wide * 1.25, chin + 0.62), (x - wide * 0.95, chin + 0.2)])
    shade = sheet.lit(sheet.inflated(mask, wide))
    sheet.lay(mask, skin_ramp(shade * 0.92, anatomy["skin"] * 0.95), Part.NECK, detail=0.6)
    anatomy["neck_mask"] = mask


def _chin_shadow(sheet, anatomy):
    """What the head throws on neck and collar, away from the light."""
    jaw = anatomy["points"][2:15]
    fall = np.array([-0.16 * sheet.light[0], 0.20])
    outline = np.vstack([jaw, (jaw + fall * [1, 1.3])[::-1]])
    shadow = sheet.mask(np.vstack([jaw[:1], jaw + fall, jaw[-1:]]), soft=0.07)
    shadow = np.maximum(shadow, sheet.mask(outline, soft=0.05))
    sheet.darken(shadow * np.isin(sheet.parts, [Part.NECK, Part.CLOTHING]), 0.55)


def _lay_face(sheet, face, landmarks):
    outline = sheet.to_units(hairline_outline(landmarks, rise=0.80))
    mask = sheet.mask(outline, rounded=2, soft=0.022)
    sheet.lay(mask, face, Part.FACE, detail=1.0, loading=0.75 + 0.3 * sheet.blur(face.mean(-1), 0.05))
    # The turn of the form: a face darkens a little towards its rim on the side away from the light.
    pillow = sheet.inflated(mask, 0.35)
    rim = np.clip(0.5 - sheet.lit(pillow), 0, 0.5) * mask
    sheet.darken(rim, 0.55, tint=(0.95, 0.75, 0.62))
    for part, points in ((Part.NOSE, _nose(landmarks, sheet.unit)),
                         (Part.EYES, landmarks[LEFT_EYE]), (Part.EYES, landmarks[RIGHT_EYE]), (Part.LIPS, landmarks[OUTER_LIP]),
                         (Part.BROWS, _thick(landmarks[LEFT_BROW], sheet.unit)),
                         (Part.BROWS, _thick(landmarks[RIGHT_BROW], sheet.unit))):
        sheet.parts[sheet.mask(sheet.to_units(points), rounded=1, soft=0) >= 0.5] = part


def _nose(landmarks, unit):
    """Hull of bridge, tip and wings; dlib's points leave the wings out."""
    wings = landmarks[[31, 35]] + np.array([[-0.05, -0.05], [0.05, -0.05]]) * unit
    top = landmarks[27] + np.array([[-0.05, 0.0], [0.05, 0.0]]) * unit
    points = np.vstack([landmarks[NOSE_BRIDGE], landmarks[NOSTRILS], wings, top])
    return cv2.convexHull(points.astype(np.float32))[:, 0]


def _thick(line, unit):
    return np.vstack([line + [0, -0.035 * unit], (line + [0, 0.045 * unit])[::-1]])


def _features(sheet, rng, landmarks, attributes):
    """Touches of a small brush where the eye looks first: lids, pupils, nostrils, the line between the lips."""
    points = sheet.to_units(landmarks)
    dark = np.array([0.11, 0.06, 0.04])
    iris = np.array([(0.20, 0.12, 0.07), (0.24, 0.17, 0.09), (0.25, 0.28, 0.30)][rng.choice(3, p=[0.6, 0.25, 0.15])])
    gaze = rng.normal(0, 0.02) + 0.025 * np.clip(turn(landmarks), -1, 1) * rng.choice([1, -1.5])
    for eye in (LEFT_EYE, RIGHT_EYE):
        ring = points[eye]
        inside = sheet.mask(ring, rounded=1, soft=0.006)
        middle = ring.mean(0)
        tall = max(ring[[4, 5], 1].mean() - ring[[1, 2], 1].mean(), 0.05)
        radius = 0.62 * max(tall, 0.115)
        square = (sheet.x - middle[0] - gaze) ** 2 + (sheet.y - middle[1] + 0.10 * tall) ** 2
        disc = _soft(radius - np.sqrt(square), 0.010)
        pupil = _soft(radius * 0.48 - np.sqrt(square), 0.010)
        sheet.lay((inside * disc * 0.55).astype(np.float32), iris)
        sheet.lay((inside * pupil * 0.7).astype(np.float32), dark * 0.6)
        sheet.lay(sheet.line(ring[:4] - [0, 0.005], 0.034) * 0.75, dark)
        sheet.lay(sheet.line(ring[[3, 4, 5, 0]] + [0, 0.004], 0.014) * 0.35, dark * 1.8)
        crease = ring[:4] + np.array([[-0.01, -0.03], [0, -0.055], [0, -0.055], [0.01, -0.03]])
        sheet.lay(sheet.line(crease, 0.016) * 0.35, dark * 2.2)
        spark = np.array([middle[0] + gaze + 0.030 * np.sign(sheet.light[0] or -1), middle[1] - 0.10 * tall - 0.028])
        glint = np.exp(-((sheet.x - spark[0]) ** 2 + (sheet.y - spark[1]) ** 2) / 0.0135 ** 2)
        sheet.lay((glint * 0.9).astype(np.float32), (0.95, 0.92, 0.86), loading=1.7)
    heavy, wide = (0.6, 0.085) if attributes["sex"] == "male" else (0.25, 0.05)
    hairs = 0.5 + 0.9 * (octave_noise(rng, sheet.x * 30 + sheet.y * 12, sheet.y * 6, octaves=1) - 0.5)
    for brow in (LEFT_BROW, RIGHT_BROW):
        sheet.lay(sheet.line(points[brow], wide, soft=0.012) * heavy * hairs, dark * 1.5)
    for side, inner in ((31, 32), (35, 34)):
        spot = 0.45 * points[side] + 0.55 * points[inner] + [0, -0.012]
        hole = np.exp(-(((sheet.x - spot[0]) / 0.038) ** 2 + ((sheet.y - spot[1]) / 0.018) ** 2)).astype(np.float32)
        sheet.lay(hole * 0.55, dark)
    mouth = points[INNER_LIP]
    line = np.vstack([points[48], (mouth[1:4] + mouth[[7, 6, 5]]) / 2, points[54]])
    sheet.lay(sheet.line(line, 0.026) * 0.6, dark * [1.6, 0.9, 0.9])
    shine = sheet.line(points[[58, 57, 56]] * 0.55 + mouth[[7, 6, 5]] * 0.45, 0.022, soft=0.02)
    sheet.lay(shine * 0.22, (0.92, 0.72, 0.66))
    tip = points[30] + [0.03 * np.sign(sheet.light[0] or -1), -0.01]
    glow = np.exp(-((sheet.x - tip[0]) ** 2 + (sheet.y - tip[1]) ** 2) / 0.030 ** 2).astype(np.float32)
    sheet.lay(glow * 0.30, (0.98, 0.90, 0.80), loading=1.5)


def _years(sheet, landmarks, attributes):
    """What age and a razor leave: folds beside the mouth, lines on the forehead, bags below the eyes, a blue chin."""
    points = sheet.to_units(landmarks)
    age = np.clip((attributes["age_years"] - 36) / 28, 0, 1)
    if age > 0:
        for wing, corner, side in ((31, 48, -1), (35, 54, 1)):
            fold = [points[wing] + [side * 0.06, -0.03], points[wing] * 0.5 + points[corner] * 0.5 + [side * 0.09, -0.02],
                    points[corner] + [side * 0.08, 0.03]]
            sheet.darken(sheet.line(fold, 0.05, soft=0.02), 0.42 * age)
        for eye, side in ((LEFT_EYE, -1), (RIGHT_EYE, 1)):
            ring = points[eye]
            bag = ring[[0, 5, 4, 3]] + [0, 0.10]
            sheet.darken(sheet.line(bag, 0.035, soft=0.02), 0.38 * age)
            outer = ring[0] if side < 0 else ring[3]
            for slope in (-0.06, 0.03):
                foot = [outer + [side * 0.05, slope * 0.4], outer + [side * 0.16, slope * 2]]
                sheet.darken(sheet.line(foot, 0.022, soft=0.01), 0.28 * age)
        brows, up = (points[17:27], points[27] - points[CHIN])
        up = up / np.linalg.norm(up)
        for rise in (0.20, 0.30, 0.40):
            line = brows[[1, 3, 6, 8]] * [0.85, 1] + [0.15 * points[27, 0], 0] + up * rise
            line[:, 1] = 0.5 * line[:, 1] + 0.5 * line[:, 1].mean()
            sheet.darken(sheet.line(line, 0.026, soft=0.014), 0.26 * age)
    if attributes["sex"] == "male" and attributes["facial_hair"] != "beard":
        chin = sheet.mask(np.vstack([points[3:14], points[[54, 35, 33, 31, 48]]]), soft=0.12)
        lips = sheet.mask(points[OUTER_LIP], soft=0.03)
        sheet.darken(chin * (1 - lips), 0.26, tint=(1.2, 1.35, 1.5))


def _hair_style(rng, attributes):
    """Colour, opening, volume and length of hair; `length` 0 ears, 1 shoulders."""
    old = attributes["age_years"] > 52
    weights = np.array([2, 3, 3, 2, 2, 0]) if attributes["sex"] == "female" else np.array([3, 4, 3, 1.5, 0.7, 0])
    if old:
        weights[-1] = 9
    name = list(HAIRS)[rng.choice(6, p=weights / weights.sum())]
    colour, tone = np.array(HAIRS[name]) * rng.uniform(0.88, 1.12), HAIR_TONES[name]
    if attributes["sex"] == "female":
        name = rng.choice(["drawn back", "parted", "loose", "curled"], p=[0.35, 0.3, 0.2, 0.15])
        rise = rng.uniform(0.50, 0.58)
    else:
        name = rng.choice(["short", "bob", "loose", "curled", "bald"], p=[0.5, 0.15, 0.12, 0.15, 0.08 if old else 0.0]
                          if old else [0.5, 0.19, 0.14, 0.17, 0.0])
        rise = rng.uniform(0.47, 0.56) + (0.06 if old else 0)
    volume, length = {"drawn back": (0.10, 0.0), "parted": (0.14, 0.35), "loose": (0.22, 1.0), "curled": (0.34, 0.5),
                      "short": (0.10, 0.0), "bob": (0.24, 0.55), "bald": (0.02, 0.0)}[str(name)]
    if name == "bald":
        rise = 0.97
    return {"name": str(name), "colour": colour, "tone": tone, "rise": rise, "volume": volume * rng.uniform(0.8, 1.25),
            "length": length,
            "curl": {"curled": 1.0, "loose": 0.35}.get(str(name), 0.12), "parted": name in ("parted", "loose"),
            "seed": int(rng.integers(2 ** 31))}


def _strands(sheet, anatomy, style, rng):
    """Coordinates of hair around the skull: `s` across strands (1 on the skull's rim), `a` along them, and direction."""
    centre, half = anatomy["skull"], anatomy["skull_half"]
    dx, dy = (sheet.x - centre[0]) / half[0], (sheet.y - centre[1]) / half[1]
    s = np.where(dy > 0, np.sqrt(dx * dx + 0.02 * dy * dy), np.sqrt(dx * dx + dy * dy))
    wave = style["curl"] * 0.12 * (octave_noise(rng, sheet.x * 2.2, sheet.y * 2.2, octaves=2) - 0.5) * 2
    s = s + wave
    side = np.where(dx < 0, -1, 1)
    a = np.where(dy > 0, side * (0.5 * np.pi + dy), np.arctan2(dx, -dy))  # runs on over the crown
    if style["curl"] > 0.6:
        swirl = octave_noise(rng, sheet.x * 3.5, sheet.y * 3.5, octaves=2)
        s = s + 0.16 * swirl
    gy, gx = np.gradient(sheet.blur(s.astype(np.float32), 0.03))
    return s.astype(np.float32), a.astype(np.float32), np.arctan2(gx, -gy).astype(np.float32), dx, dy


def _hair(sheet, rng, anatomy, style, *, behind, tresses=False):
    """Hair as one mass with strands: behind head and neck, over the shoulders, or around the forehead."""
    own = np.random.default_rng(style["seed"])
    s, a, direction, dx, dy = _strands(sheet, anatomy, style, own)
    chin, x = anatomy["chin_y"], sheet.x
    end = 0.12 + style["length"] * (chin + 0.9 - 0.12)
    ragged = (0.22 + 0.3 * (style["length"] > 0.8)) * (octave_noise(own, x * 4, sheet.y * 0.7, octaves=2) - 0.5)
    outer = 1 + style["volume"] * (1 + 0.35 * np.clip(dy, 0, 2)) + 0.10 * (octave_noise(own, a * 2, s * 0, octaves=2) - 0.5)
    stray = 0.07 * (octave_noise(own, a * 9 + s * 3, s * 2, octaves=2) - 0.5)
    outer = outer - 0.45 * np.clip((sheet.y - end + 0.7) / 0.9, 0, 1) ** 2 * (style["length"] > 0.8)  # long hair thins out
    mass = _soft(outer + stray - s, 0.03) * _soft(end + ragged - sheet.y, 0.08)
    if not behind:
        opening = sheet.mask(_opening(sheet, anatomy, style), rounded=2, soft=0.02)
        edge = octave_noise(own, s * 16, a * 2, octaves=2)
        roots = np.clip(0.95 - sheet.blur(opening, 0.09), 0, 1) * _soft(-0.25 - sheet.y, 0.09)
        sheet.darken(roots * (sheet.parts == Part.FACE), 0.30)
        opening = np.clip((sheet.blur(opening, 0.06) - 0.5) * 2.6 + 0.5 + 1.3 * (edge - 0.5), 0, 1)
        mass = mass * (1 - opening)
        if tresses:
            neck = np.abs(x - anatomy["neck_x"]) / (0.62 + 0.10 * np.clip(sheet.y - chin, 0, 2))
            mass = mass * _soft(neck - 1, 0.06) * _soft(sheet.y - 0.3, 0.15)
        else:  # below the ears the front hair lies only outside the face
            mass = mass * np.maximum(_soft(0.30 + 0.8 * style["length"] - sheet.y, 0.12), 0)
    fine = octave_noise(own, s * 15, a * 1.3 + 0.4 * s, octaves=3, gain=0.75)
    locks = octave_noise(own, s * 4.5, a * 0.9, octaves=2)
    normal_x, normal_y = np.clip(dx, -1, 1) * 0.8, np.clip(dy, -1, 0.3) * 0.8
    form = 0.34 + 0.42 * (normal_x * sheet.light[0] + normal_y * sheet.light[1])
    shine = np.exp(-((s - 0.72) / 0.16) ** 2) * np.clip(form, 0, 1) * (0.35 + 0.65 * locks)
    shade = form + 0.75 * (locks - 0.5) + 0.55 * (fine - 0.5) + 0.30 * shine
    if style["parted"]:
        shade -= 0.22 * np.exp(-((dx - 0.25 * anatomy["facing"]) / 0.035) ** 2) * (dy < -0.3)
    if behind:
        shade = shade * 0.6
    sheet.lay(mass.astype(np.float32), ramp(shade, style["colour"], dark=0.28, light=1.75, sheen=0.05), Part.HAIR,
              direction=direction, certainty=0.85, detail=0.62, loading=0.45 + 0.9 * locks)


def _braid(sheet, rng, anatomy, landmarks, style):
    """A plait laid around the head, or a band of cloth with pearls."""
    arc = sheet.to_units(hairline(landmarks, rise=style["rise"] + rng.uniform(0.16, 0.24), count=11))[1:-1]
    band = sheet.line(arc, rng.uniform(0.13, 0.19), soft=0.02)
    x, y = sheet.x - anatomy["skull"][0], sheet.y - anatomy["skull"][1]
    around = np.arctan2(x, -y)
    if rng.random() < 0.65:
        radius = np.hypot(x, y)
        twist = np.abs(np.sin(around * 11 + 9 * (radius - radius[band > 0.5].mean())))
        fine = octave_noise(rng, around * 30 + radius * 25, radius * 8, octaves=2)
        lit = np.clip(0.5 + 0.4 * (np.clip(x, -1, 1) * sheet.light[0] + np.clip(y, -1, 1) * sheet.light[1]), 0.15, 1)
        sheet.darken(sheet.blur(band, 0.05) * (1 - band) * (sheet.parts == Part.HAIR), 0.5)
        sheet.lay(band, ramp(lit * (0.25 + 0.75 * twist) + 0.3 * (fine - 0.5), style["colour"], light=1.9), Part.HAIR,
                  detail=0.85, loading=0.8 + 0.5 * twist)
    elif rng.random() < 0.6:
        cloth = np.array([(0.30, 0.07, 0.07), (0.08, 0.08, 0.09), (0.50, 0.40, 0.22)][rng.integers(3)])
        sheet.lay(band * 0.95, ramp(sheet.lit(sheet.inflated(band, 0.08)), cloth, light=1.8), Part.HAIR, detail=0.85)
        for spot in arc[1:-1]:
            square = (sheet.x - spot[0]) ** 2 + (sheet.y - spot[1]) ** 2
            sheet.lay(np.exp(-(square / 0.032 ** 2) ** 2) * 0.9, (0.72, 0.68, 0.60), detail=0.95, loading=1.4)


def _opening(sheet, anatomy, style):
    """Outline of the face that hair leaves free: jaw, temples and hairline."""
    points = anatomy["points"]
    arc = hairline(points, rise=style["rise"], count=11)
    middle = arc.mean(0)
    arc = middle + (arc - middle) * np.where(np.abs(np.linspace(-1, 1, 11))[:, None] > 0.55, 0.93, 1.0)
    if style["parted"]:
        arc[5] += [0, -0.10]
    jaw = points[:17] + [0, 0.02]
    return np.vstack([jaw, arc[::-1]])


def _ears(sheet, anatomy, *, pearl):
    points, facing = anatomy["points"], anatomy["facing"]
    for side, end in ((-1, 0), (1, 16)):
        if side * facing > 0.12:
            continue  # hidden behind the cheek
        wide = 0.11 + 0.07 * min(abs(facing), 0.7)
        at = points[end] + [side * wide * 0.55, 0.16]
        turn_ = side * 0.18
        around = np.linspace(0, 2 * np.pi, 16, endpoint=False)
        oval = np.stack([np.cos(around) * wide, np.sin(around) * 0.27 * (1 - 0.15 * np.cos(around) * side)], 1)
        oval = oval @ np.array([[np.cos(turn_), np.sin(turn_)], [-np.sin(turn_), np.cos(turn_)]]) + at
        mask = sheet.mask(oval, soft=0.015)
        shade = sheet.lit(sheet.inflated(mask, 0.12))
        sheet.lay(mask, skin_ramp(shade, anatomy["skin"] * [0.95, 0.80, 0.76]), Part.FACE, detail=0.9)
        rim = [(at[0] - side * 0.3 * wide, at[1] - 0.15), (at[0] + side * 0.45 * wide, at[1] - 0.12),
               (at[0] + side * 0.40 * wide, at[1] + 0.05), (at[0] - side * 0.1 * wide, at[1] + 0.14)]
        sheet.lay(sheet.line(rim, 0.05, soft=0.015) * 0.5, anatomy["skin"] * [0.45, 0.30, 0.26])
        if pearl:
            for radius, colour, offset in ((0.055, (0.62, 0.59, 0.53), 0.0), (0.018, (0.98, 0.96, 0.92), -0.02)):
                square = (sheet.x - at[0] - offset) ** 2 + (sheet.y - at[1] - 0.33 - offset) ** 2
                sheet.lay(np.exp(-(square / radius ** 2) ** 2), colour, detail=0.95, loading=1.3)


def _beard(sheet, rng, anatomy, landmarks, style, full):
    """Moustache, and a full beard that leaves the lips free."""
    points = anatomy["points"]
    colour = style["colour"] * rng.uniform(0.85, 1.1) * np.array([1.05, 0.96, 0.9])
    x, y = sheet.x, sheet.y
    lips = sheet.mask(points[OUTER_LIP], rounded=1, soft=0.02)
    chin = points[CHIN]
    if full:
        length = rng.choice([rng.uniform(0.08, 0.3), rng.uniform(0.3, 0.9)])
        jaw = points[1:16].copy()
        below = np.exp(-((np.arange(15) - 7) / 3.2) ** 2)[:, None]
        out = jaw + (jaw - points[30]) * 0.05 + below * [0.0, length]
        cheek = 0.55
        left, right = points[48], points[54]
        upper = [points[15] * 0.75 + right * 0.25, points[14] * (1 - cheek) + right * cheek + [0, -0.02], right + [0.10, -0.06],
                 points[33] + [0.0, 0.07], left + [-0.10, -0.06], points[2] * (1 - cheek) + left * cheek + [0, -0.02],
                 points[1] * 0.75 + left * 0.25]
        mask = sheet.mask(np.vstack([out, upper]), rounded=2, soft=0.05)
        s = (x - chin[0]) / (0.55 + 0.35 * np.clip(chin[1] - y, -1, 1.2))
        wave = 0.18 * (octave_noise(rng, x * 2.5, y * 2.5, octaves=2) - 0.5)
        fine = octave_noise(rng, (s + wave) * 15, y * 1.8, octaves=3, gain=0.75)
        locks = octave_noise(rng, (s + wave) * 5, y * 1.2, octaves=2)
        edge = np.clip((sheet.blur(mask, 0.06) - 0.5) * 2.2 + 0.55 + 1.1 * (fine - 0.5), 0, 1)
        form = 0.42 + 0.35 * np.clip((x - chin[0]) / 0.7, -1, 1) * sheet.light[0] - 0.12 * np.clip(y - chin[1], 0, 1)
        shade = form + 0.5 * (locks - 0.5) + 0.4 * (fine - 0.5)
        dy, dx = np.gradient(sheet.blur((s + wave).astype(np.float32), 0.03))
        direction = np.arctan2(dx, -dy)
        cover = (edge * (1 - 0.9 * lips) * np.clip(0.35 + (y - points[48, 1] + 0.25) * 1.6, 0.35, 0.95)).astype(np.float32)
        sheet.darken(sheet.blur(sheet.mask(np.vstack([out + [0, 0.08], upper]), soft=0.05), 0.05)
                     * np.isin(sheet.parts, [Part.NECK, Part.CLOTHING]), 0.5)
        sheet.lay(cover, ramp(shade, colour, dark=0.3, light=1.7), None, detail=0.85, loading=0.6 + 0.8 * locks)
        hairy = cover > 0.5
        outside = hairy & np.isin(sheet.parts, [Part.NECK, Part.CLOTHING, Part.BACKGROUND, Part.HAIR])
        sheet.parts[outside] = Part.FACE
        sheet.direction[hairy], sheet.certainty[hairy] = direction[hairy], 0.6
    for side, corner, wing in ((-1, 48, 31), (1, 54, 35)):
        middle = points[33] * 0.45 + points[51] * 0.55
        tip = points[corner] + [side * rng.uniform(0.04, 0.16), rng.uniform(0.0, 0.08)]
        lobe = np.array([middle + [0, -0.035], points[wing] * 0.35 + points[corner] * 0.65 + [0, -0.06], tip,
                         points[corner] * 0.75 + points[51] * 0.25 + [0, 0.015], points[51] + [0, 0.0]])
        mask = sheet.mask(lobe, rounded=2, soft=0.022)
        along = (x - middle[0]) * side
        fine = octave_noise(rng, (y - 0.35 * along) * 22, along * 3, octaves=2)
        cover = np.clip(mask * (0.45 + 0.9 * fine), 0, 0.88).astype(np.float32)
        sheet.lay(cover, ramp(0.25 + 0.55 * fine, colour, dark=0.35, light=1.6))
        sheet.direction[mask > 0.5], sheet.certainty[mask > 0.5] = np.arctan2(0.35, side), 0.5


def _hat(sheet, rng, anatomy, sex):
    """Headwear over the hair; returns its name."""
    kinds = ["cap", "beret", "brim", "turban"]
    kind = str(rng.choice(kinds, p=[0.25, 0.4, 0.15, 0.2] if sex == "male" else [0.2, 0.25, 0.1, 0.45]))
    colour = np.array(HATS[rng.choice(list(HATS), p=[0.4, 0.22, 0.14, 0.1, 0.07, 0.07])])
    points, facing = anatomy["points"], anatomy["facing"]
    skull, half = anatomy["skull"], anatomy["skull_half"]
    brow = min(points[19, 1], points[24, 1])
    line = brow - rng.uniform(0.30, 0.42)  # where the hat meets the forehead
    wide = half[0] * 1.10
    tilt = rng.uniform(-0.12, 0.12) - 0.05 * facing
    if kind == "cap":
        top = skull[1] - half[1] * 1.12
        outline = [(-wide, line + 0.30), (-wide * 0.55, line + 0.04), (0, line - 0.06), (wide * 0.55, line + 0.04),
                   (wide, line + 0.30), (wide * 1.03, line - 0.3), (wide * 0.72, top + 0.18), (0, top),
                   (-wide * 0.72, top + 0.18), (-wide * 1.03, line - 0.3)]
    elif kind == "beret":
        top, spread = skull[1] - half[1] * rng.uniform(1.1, 1.3), rng.uniform(1.3, 1.65)
        lean = rng.choice([-1, 1]) * 0.25
        outline = [(-wide * 0.98, line + 0.16), (0, line - 0.04), (wide * 0.98, line + 0.16),
                   (wide * (spread + lean), line - 0.18), (wide * (spread + lean), line - 0.55),
                   (wide * 0.7, top), (-wide * 0.7, top),
                   (-wide * (spread - lean), line - 0.55), (-wide * (spread - lean), line - 0.18)]
    elif kind == "brim":
        top = skull[1] - half[1] * 1.35
        outline = [(-wide * 0.9, line), (wide * 0.9, line), (wide * 0.85, top + 0.3), (wide * 0.6, top), (-wide * 0.6, top),
                   (-wide * 0.85, top + 0.3)]
    else:
        top = skull[1] - half[1] * rng.uniform(1.25, 1.4)
        outline = [(-wide * 1.05, line + 0.35), (-wide * 0.5, line + 0.05), (0, line - 0.05), (wide * 0.5, line + 0.05),
                   (wide * 1.05, line + 0.35), (wide * 1.28, line - 0.2), (wide * 1.15, top + 0.4), (wide * 0.5, top),
                   (-wide * 0.5, top), (-wide * 1.15, top + 0.4), (-wide * 1.28, line - 0.2)]
    outline = _tilted(outline, tilt, skull, line)
    mask = sheet.mask(outline, rounded=3, soft=0.018)
    fall = sheet.mask(outline + np.array([-0.10 * sheet.light[0], 0.13]), rounded=3, soft=0.06)
    sheet.darken(fall * (1 - mask) * np.isin(sheet.parts, [Part.FACE, Part.HAIR, Part.BROWS]), 0.5)
    x, y = sheet.x - skull[0], sheet.y - line
    if kind == "turban":
        swirl = y * 2.6 + 0.9 * x * np.sign(facing or 1) + 0.5 * octave_noise(rng, x, y, octaves=2)
        folds = 0.16 * np.abs(np.sin(swirl * 2.2)) + 0.05 * octave_noise(rng, swirl * 4, x)
    else:
        swirl = y + 0.4 * x * x
        folds = (0.10 if kind == "beret" else 0.05) * octave_noise(rng, x * 1.8, y * 1.8 + x, octaves=3)
    shade = sheet.lit(sheet.inflated(mask, 0.55) + folds.astype(np.float32))
    gy, gx = np.gradient(sheet.blur(swirl.astype(np.float32), 0.04))
    sheet.lay(mask, ramp(shade * 0.98, colour, light=1.8, sheen=0.07), Part.HAIR, direction=np.arctan2(gx, -gy), certainty=0.45,
              detail=0.55, loading=0.6 + 0.8 * octave_noise(rng, x * 2, y * 2))
    if kind in ("cap", "beret"):
        band = _tilted([(-wide * 0.96, line + 0.14), (0, line - 0.06), (wide * 0.96, line + 0.14)], tilt, skull, line)
        sheet.darken(sheet.line(band + [0, -0.07], 0.04, taper=False, soft=0.02) * mask, 0.5)
    if kind == "brim":
        around = np.linspace(0, 2 * np.pi, 28, endpoint=False)
        rim = np.stack([np.cos(around) * wide * 1.75, line - 0.04 + np.sin(around) * 0.22 + 0.10 * np.cos(around) ** 2], 1)
        rim = _tilted(rim, tilt, skull, line)
        mask = sheet.mask(rim, rounded=1, soft=0.015)
        shade = sheet.lit(sheet.inflated(mask, 0.2))
        sheet.lay(mask, ramp(shade * 0.85, colour, light=1.7), Part.HAIR, direction=np.zeros(mask.shape, np.float32),
                  certainty=0.5, detail=0.6)
    if rng.random() < 0.35:
        spot = _tilted([(wide * 0.55 * rng.choice([-1, 1]), line - 0.16)], tilt, skull, line)[0]
        square = (sheet.x - spot[0]) ** 2 + (sheet.y - spot[1]) ** 2
        sheet.lay(np.exp(-(square / 0.07 ** 2) ** 2).astype(np.float32), (0.62, 0.45, 0.16), detail=0.9)
        sheet.lay((np.exp(-((sheet.x - spot[0] + 0.02) ** 2 + (sheet.y - spot[1] + 0.02) ** 2) / 0.02 ** 2)).astype(np.float32),
                  (0.98, 0.92, 0.7), loading=1.9)
    return kind


def _tilted(points, angle, skull, line):
    """Points given from the skull's middle in x and absolute y, turned about the forehead."""
    points = np.asarray(points, np.float64) - [0, line]
    turned = points @ np.array([[np.cos(angle), np.sin(angle)], [-np.sin(angle), np.cos(angle)]])
    return turned + [skull[0], line]


def _soft(values, width):
    return 1 / (1 + np.exp(-np.clip(values / width, -30, 30)))
