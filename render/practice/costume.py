"""What surrounds a face in the practice master's pictures: background, body, clothes and collar, by outline and light."""

import numpy as np

from data.parts import Part
from render.imaging.noise import octave_noise
from render.practice.canvas import ramp

# Body colours of cloth as painters mixed them (sRGB): how often men and women wear them.
CLOTHS = {"black": ((0.11, 0.10, 0.10), 6, 2), "brown": ((0.24, 0.15, 0.09), 3, 2), "crimson": ((0.43, 0.10, 0.08), 2, 3),
          "rust": ((0.52, 0.25, 0.12), 1, 2), "green": ((0.15, 0.25, 0.16), 1, 2), "blue": ((0.14, 0.19, 0.30), 1, 2),
          "ochre": ((0.52, 0.38, 0.18), 1, 1.5), "violet": ((0.29, 0.22, 0.25), 1, 1), "white": ((0.70, 0.66, 0.57), 0.2, 0.8)}
LINEN = (0.82, 0.79, 0.72)
FURS = ((0.30, 0.19, 0.11), (0.20, 0.14, 0.10), (0.52, 0.42, 0.30))


def paint_background(sheet, rng, bust, figure):
    """Bust's low frequencies where no figure stands, carried on behind it; sometimes a wall, curtain or window."""
    empty = np.float32(1 - figure)[..., None]
    wide = 1.1
    tone = sheet.blur(bust * empty, wide) / (sheet.blur(np.repeat(empty, 3, 2), wide) + 1e-3)
    tone = 0.06 + 0.92 * tone
    x, y = sheet.x, sheet.y
    side = -np.sign(sheet.light[0]) or 1.0
    glow = np.exp(-((x - side * 1.3) ** 2 + (y - 0.8) ** 2) / 7.0)  # painters lighten the wall beside the shaded cheek
    clouds = octave_noise(rng, x * 0.5, y * 0.4, octaves=4)
    colour = tone * (0.72 + 0.55 * glow + 0.35 * (clouds - 0.5))[..., None]
    kind = rng.choice(["plain", "wall", "curtain", "window"], p=[0.55, 0.15, 0.15, 0.15])
    left, right = sheet.edges
    edge = rng.uniform(0.45, 0.7) * (right if side > 0 else left)
    if kind == "wall":
        beyond = _step(side * (x - edge), 0.03)
        colour = colour * (1 - 0.4 * beyond * rng.choice([1, -0.8]))[..., None]
    elif kind == "curtain":
        cloth = rng.choice(["crimson", "green", "brown"])
        sway = x + 0.25 * np.sin(y * 0.5 + rng.uniform(0, 6)) + 0.02 * y * y * side
        folds = octave_noise(rng, sway * 1.6, y * 0.12, octaves=3)
        cover = _step(side * (sway - edge), 0.05)
        shade = sheet.lit(0.55 * folds) * 0.8
        colour = colour * (1 - cover[..., None]) + cover[..., None] * ramp(shade, np.array(CLOTHS[cloth][0]) * 0.8)
    elif kind == "window":
        colour = _window(sheet, rng, colour, edge, side)
    sheet.colour[:] = np.clip(colour, 0.015, 1)
    sheet.loading[:] = 0.8 + 0.5 * octave_noise(rng, x * 0.35, y * 0.35, octaves=2)
    return str(kind)


def _window(sheet, rng, colour, edge, side):
    x, y = sheet.x, sheet.y
    sill = rng.uniform(1.6, 2.6)
    cover = _step(side * (x - edge), 0.02) * _step(sill - y, 0.02)
    horizon = sill - rng.uniform(0.9, 1.4)
    sky = np.clip((horizon - y) / 3.5, 0, 1)[..., None]
    clouds = octave_noise(rng, x * 0.7, y * 1.6, octaves=4)[..., None]
    air = np.array([0.80, 0.72, 0.55]) * (1 - sky) + np.array([0.34, 0.45, 0.56]) * sky
    air = air + 0.22 * (np.clip(clouds - 0.45, 0, 1) / 0.55)
    hills = horizon + 0.35 * (octave_noise(rng, x * 0.8, y * 0, octaves=3) - 0.5)
    near = horizon + 0.5 + 0.25 * (octave_noise(rng, x * 1.5, y * 0, octaves=4) - 0.5)
    land = np.where((y > near)[..., None], np.array([0.20, 0.20, 0.10]), np.array([0.30, 0.40, 0.42]))
    land = land * (0.7 + 0.6 * octave_noise(rng, x * 3, y * 4, octaves=3)[..., None])
    view = np.where((y > hills)[..., None], land, air) * 0.85
    frame = np.exp(-((side * (x - edge)) / 0.05) ** 2)[..., None] + np.exp(-((sill - y) / 0.05) ** 2)[..., None]
    view = view * (1 - 0.5 * np.clip(frame, 0, 1))
    return colour * (1 - cover[..., None]) + cover[..., None] * view


def body_outline(sheet, anatomy, sex):
    """(N, 2) outline of shoulders and arms, the far shoulder drawn in."""
    broad = 1.0 if sex == "male" else 0.88
    base, chin, facing = anatomy["neck_x"], anatomy["chin_y"], anatomy["facing"]
    reach = {side: broad * (1.0 - 0.16 * facing * side) for side in (-1, 1)}
    low = sheet.bottom + 0.5
    half = [(0.50, 0.02), (0.85, 0.34), (1.45, 0.55), (2.05, 0.82), (2.48, 1.40), (2.75, 2.4), (3.05, 3.7), (3.25, 5.0),
            (3.2, low - chin)]
    right = [(base + x * reach[1], chin + y) for x, y in half]
    left = [(base - x * reach[-1], chin + y) for x, y in half]
    return np.array(right + left[::-1])


def dress(sheet, rng, anatomy, attributes, bust):
    """Body, clothes and collar; returns the collar's word."""
    sex = attributes["sex"]
    names = list(CLOTHS)
    weights = np.array([CLOTHS[name][1 if sex == "male" else 2] for name in names], float)
    base = np.array(CLOTHS[names[rng.choice(len(names), p=weights / weights.sum())]][0])
    body = sheet.mask(body_outline(sheet, anatomy, sex))
    seen = (bust * body[..., None] * (sheet.y > anatomy["chin_y"] + 1)[..., None]).sum((0, 1)) / max(body.sum(), 1)
    base = np.clip(0.8 * base + 0.2 * seen * 1.3, 0.05, 0.85)
    second = np.array(CLOTHS[names[rng.choice(len(names), p=weights / weights.sum())]][0])
    x, y = sheet.x - anatomy["neck_x"], sheet.y - anatomy["chin_y"]
    form = 0.0
    if sex == "female":  # a laced bodice: breast, waist, and a skirt gathered below it
        form = 0.30 * np.exp(-((np.abs(x) - 0.62) / 0.55) ** 2 - ((y - 1.95) / 0.62) ** 2)
        form = form - 0.35 * np.exp(-((np.abs(x) - 1.55) / 0.35) ** 2) * np.clip(1 - ((y - 3.3) / 1.4) ** 2, 0, 1)
    _cloth(sheet, rng, body, base, folds=0.34 if sex == "male" else 0.20, lean=0.12, form=form)
    if sex == "female":
        _bodice(sheet, rng, anatomy, base)
    _sleeves(sheet, rng, anatomy, base if rng.random() < 0.8 else second, sex)
    if sex == "female":
        collar = _neckline(sheet, rng, anatomy, base, second)
    else:
        collar = rng.choice([_doublet, _gown, _cape])(sheet, rng, anatomy, base, second)
    _parapet(sheet, rng, anatomy)
    return collar


def _cloth(sheet, rng, mask, base, *, folds, lean=0.0, centre=0.0, depth=1.1, scale=1.0, satin=None, form=0.0):
    """Cloth over a mask with folds that fall from above and fan out."""
    x, y = sheet.x - centre, sheet.y
    fall = x / (1.0 + 0.16 * np.clip(y, 0, None)) + lean * y
    wander = 0.7 * octave_noise(rng, x * 0.45, y * 0.45, octaves=2)
    ridges = _folds(rng, fall * scale + wander, y * 0.22 + 0.5 * wander)
    satin = rng.random() < 0.35 if satin is None else satin
    shade = _body_light(sheet, sheet.lit(sheet.inflated(mask, depth) + sheet.blur(folds * ridges + form, 0.02)))
    colour = ramp(shade, base, light=1.9 if satin else 1.45, sheen=0.13 if satin else 0.05)
    sheet.lay(mask, colour, Part.CLOTHING, direction=_across(sheet, fall), certainty=0.35, detail=0.45,
              loading=0.8 + 0.45 * octave_noise(rng, sheet.x, sheet.y))


def _folds(rng, across, along):
    """Height in [0, 1] of folded cloth: a few sharp ridges with soft fields between them."""
    broad = 1 - np.abs(2 * octave_noise(rng, across * 0.8, along, octaves=2) - 1)
    fine = 1 - np.abs(2 * octave_noise(rng, across * 2.3, along * 1.6, octaves=2) - 1)
    where = np.clip(2.2 * octave_noise(rng, across * 0.7, along * 2, octaves=2) - 0.6, 0, 1)
    return (0.72 * broad ** 2 + 0.28 * where * fine ** 3).astype(np.float32)


def _body_light(sheet, shade):
    """Light on a whole body: it falls off downwards and away from where it comes."""
    aside = np.clip(1 + 0.16 * sheet.x * sheet.light[0], 0.55, 1.25)
    return shade * aside * np.clip(1.16 - 0.12 * np.clip(sheet.y - 1.2, 0, None), 0.36, 1.1)


def _across(sheet, values):
    """Direction of the lines along which `values` stay the same."""
    dy, dx = np.gradient(sheet.blur(values, 0.05))
    return np.arctan2(dx, -dy)


def _sleeves(sheet, rng, anatomy, base, sex):
    chin, neck, facing = anatomy["chin_y"], anatomy["neck_x"], anatomy["facing"]
    broad = 1.0 if sex == "male" else 0.88
    full = rng.uniform(0.0, 0.25)
    for side in (-1, 1):
        reach = broad * (1.0 - 0.16 * facing * side)
        outline = [(1.62, 0.62), (2.10, 0.82), (2.52 + full * 0.6, 1.4), (2.78 + full, 2.4), (3.08 + full, 3.7), (3.3, 5.2),
                   (3.2, 6.8), (2.3, 6.8), (2.02, 4.8), (1.80, 3.6), (1.66, 2.4), (1.52, 1.3)]
        points = np.array([(neck + side * px * reach, chin + py) for px, py in outline])
        mask = sheet.mask(points)
        sheet.darken(sheet.mask(points - [side * 0.07, -0.02], soft=0.06) * (1 - mask), 0.6)
        x, y = (sheet.x - neck) * side / reach, sheet.y - chin
        across = y + 0.55 * x + 0.3 * octave_noise(rng, x, y, octaves=2)
        ridges = _folds(rng, across * 1.1, x * 0.5 - y * 0.2)
        shade = _body_light(sheet, sheet.lit(sheet.inflated(mask, 0.7) + sheet.blur(0.34 * ridges, 0.025)))
        sheet.lay(mask, ramp(shade, base, light=1.6), Part.CLOTHING, direction=_across(sheet, across), certainty=0.3,
                  detail=0.45, loading=0.8 + 0.45 * octave_noise(rng, sheet.x, sheet.y))


def _fan(anatomy, points):
    """Points (x, y below the chin) moved with the neck and the way the body faces."""
    return np.array([(anatomy["neck_x"] + x + 0.12 * anatomy["facing"] * y, anatomy["chin_y"] + y) for x, y in points])


def _doublet(sheet, rng, anatomy, base, second):
    """Buttoned to a standing collar with an edge of linen, a ruff or a falling collar."""
    low = sheet.bottom - anatomy["chin_y"] + 0.3
    standing = sheet.mask(_fan(anatomy, [(-0.62, 0.05), (0.62, 0.05), (0.72, 0.55), (0.0, 0.92), (-0.72, 0.55)]))
    shade = sheet.lit(sheet.inflated(standing, 0.5))
    sheet.lay(standing, ramp(shade * 0.9, base), Part.CLOTHING, detail=0.5)
    seam = sheet.line(_fan(anatomy, [(0, 0.5), (0.02, 2), (-0.02, 4), (0, low)]), 0.03, taper=False)
    sheet.darken(seam, 0.7)
    for y in np.arange(0.75, low, rng.uniform(0.3, 0.45)):
        spot = _fan(anatomy, [(0.07, y)])[0]
        ball = np.exp(-(((sheet.x - spot[0]) ** 2 + (sheet.y - spot[1]) ** 2) / 0.05 ** 2) ** 2).astype(np.float32)
        glint = np.exp(-((sheet.x - spot[0] + 0.02) ** 2 + (sheet.y - spot[1] + 0.02) ** 2) / 0.018 ** 2)
        sheet.lay(ball * 0.8, base * 0.8 + 0.05, detail=0.7)
        sheet.lay((glint * 0.7).astype(np.float32), np.clip(base + 0.35, 0, 1), loading=1.8)
    kind = rng.choice(["edge", "ruff", "falling", "plain"], p=[0.4, 0.2, 0.25, 0.15])
    return _linen_collar(sheet, rng, anatomy, kind)


def _linen_collar(sheet, rng, anatomy, kind):
    if kind == "plain":
        return "none"
    if kind == "edge":
        outline = [(-0.68, -0.12), (-0.4, 0.10), (0, 0.26), (0.4, 0.10), (0.68, -0.12), (0.66, 0.10), (0.4, 0.30),
                   (0, 0.46), (-0.4, 0.30), (-0.66, 0.10)]
    elif kind == "ruff":
        around = np.linspace(0, 2 * np.pi, 46, endpoint=False)
        lobes = 1 + 0.055 * np.cos(around * 23)
        outline = np.stack([np.cos(around) * 1.02 * lobes, 0.22 + np.sin(around) * 0.36 * lobes], 1)
    else:
        outline = [(-0.70, -0.15), (-0.35, 0.16), (0, 0.28), (0.35, 0.16), (0.70, -0.15), (1.00, 0.30), (1.12, 0.48),
                   (0.62, 1.02), (0.50, 1.02), (0.10, 0.42), (0, 0.34), (-0.10, 0.42), (-0.50, 1.02), (-0.62, 1.02),
                   (-1.12, 0.48), (-1.00, 0.30)]
    mask = sheet.mask(_fan(anatomy, outline), rounded=2)
    sheet.darken(sheet.blur(sheet.mask(_fan(anatomy, np.array(outline) + [0, 0.1])), 0.05) * (1 - mask), 0.55)
    x, y = sheet.x - anatomy["neck_x"], sheet.y - anatomy["chin_y"]
    if kind == "ruff":
        angle = np.arctan2((y - 0.15) / 0.36, x)
        pleats = 0.06 * np.abs(np.sin(angle * 11.5)).astype(np.float32)
    else:
        pleats = 0.05 * octave_noise(rng, x * 5, y * 1.5, octaves=2)
    shade = sheet.lit(sheet.inflated(mask, 0.25) * (1.0 if kind == "edge" else 0.35) + pleats)
    sheet.lay(mask, ramp(shade + 0.08, LINEN, dark=0.5, light=1.12), Part.NECK, detail=0.75,
              loading=0.8 + 0.6 * octave_noise(rng, x * 3, y * 3))
    return "white"


def _gown(sheet, rng, anatomy, base, second):
    """An open gown with lapels of fur over a doublet or a shirt."""
    low = sheet.bottom - anatomy["chin_y"] + 0.3
    shirt = rng.random() < 0.5
    wide = rng.uniform(0.5, 0.8)
    inner = sheet.mask(_fan(anatomy, [(-0.62, 0.2), (0.62, 0.2), (wide, 1.2), (wide * 0.9, 3.0), (0.35, low), (-0.35, low),
                                      (-wide * 0.9, 3.0), (-wide, 1.2)]))
    _cloth(sheet, rng, inner, second * 0.9, folds=0.16, depth=0.6, scale=1.6)
    collar = "none"
    if shirt:
        linen = sheet.mask(_fan(anatomy, [(-0.64, -0.02), (-0.3, 0.16), (0, 0.22), (0.3, 0.16), (0.64, -0.02), (0.62, 0.5),
                                           (0.30, 1.2), (0.0, 1.65), (-0.30, 1.2), (-0.62, 0.5)]))
        x, y = sheet.x - anatomy["neck_x"], sheet.y
        pleat = x / (0.5 + 0.35 * np.clip(anatomy["chin_y"] + 1.4 - y, 0, 2))
        shade = sheet.lit(sheet.inflated(linen, 0.3) + 0.07 * octave_noise(rng, pleat * 5, y * 0.6, octaves=2))
        shade = shade * np.clip(1.1 - 0.25 * (y - anatomy["chin_y"]), 0.5, 1)
        sheet.lay(linen, ramp(shade + 0.1, LINEN, dark=0.45, light=1.1), Part.NECK, detail=0.7,
                  loading=0.8 + 0.6 * octave_noise(rng, x * 3, y * 3))
        collar = "white"
    else:
        collar = _linen_collar(sheet, rng, anatomy, rng.choice(["edge", "plain"]))
    fur = np.array(FURS[rng.integers(len(FURS))]) if rng.random() < 0.7 else np.clip(base * 1.5 + 0.03, 0, 0.8)
    for side in (-1, 1):
        outline = _fan(anatomy, [(side * 0.55, 0.02), (side * 0.95, 0.35), (side * 1.35, 1.1), (side * 1.25, 2.6),
                                 (side * 1.05, low), (side * 0.42, low), (side * wide * 0.9, 2.8), (side * wide, 1.3)])
        mask = sheet.mask(outline, soft=0.035)
        sheet.darken(sheet.blur(mask, 0.08) * (1 - mask), 0.5)
        x, y = sheet.x, sheet.y
        tufts = octave_noise(rng, x * 7 + 2 * side * y, y * 3.2, octaves=3)
        shade = sheet.lit(sheet.inflated(mask, 0.3) + 0.10 * tufts)
        sheet.lay(mask, ramp(shade * 0.95, fur * (0.75 + 0.5 * tufts[..., None]).mean(), light=1.7), Part.CLOTHING,
                  direction=np.full(x.shape, np.pi / 2 - 0.5 * side, np.float32), certainty=0.7, detail=0.55,
                  loading=0.6 + 0.6 * tufts)
    return collar


def _bodice(sheet, rng, anatomy, base):
    """Seams, a girdle at the waist and perhaps lacing down the front."""
    for side in (-1, 1):
        seam = _fan(anatomy, [(side * 1.05, 0.9), (side * 0.95, 1.9), (side * 0.55, 2.8), (side * 0.32, 3.75)])
        sheet.darken(sheet.line(seam, 0.05, soft=0.025, taper=False), 0.5)
    waist = rng.uniform(3.5, 3.9)
    girdle = _fan(anatomy, [(-1.45, waist - 0.35), (-0.7, waist - 0.08), (0, waist + 0.05), (0.7, waist - 0.08),
                             (1.45, waist - 0.35)])
    sheet.darken(sheet.line(girdle + [0, 0.10], 0.16, soft=0.05, taper=False), 0.5)
    gold = np.array([0.50, 0.37, 0.15]) if rng.random() < 0.5 else np.clip(base * 1.5, 0, 0.7)
    band = sheet.line(girdle, 0.10, taper=False)
    glint = octave_noise(rng, sheet.x * 9, sheet.y * 9, octaves=2)
    sheet.lay(band, ramp(0.35 + 0.6 * glint, gold), Part.CLOTHING, detail=0.8, loading=1.0 + glint)
    if rng.random() < 0.5:
        for y in np.arange(1.5, waist - 0.2, 0.24):
            lace = _fan(anatomy, [(-0.13, y), (0.0, y + 0.05), (0.13, y + 0.12)])
            sheet.lay(sheet.line(lace, 0.032) * 0.8, np.clip(gold * 1.1, 0, 1), detail=0.85, loading=1.3)


def _cape(sheet, rng, anatomy, base, second):
    """A cape over both shoulders, buttoned in front."""
    outline = _fan(anatomy, [(-0.55, 0.05), (0.55, 0.05), (1.4, 0.5), (2.3, 0.95), (2.8, 2.2), (2.95, 3.5), (1.6, 4.2),
                             (0, 4.5), (-1.6, 4.2), (-2.95, 3.5), (-2.8, 2.2), (-2.3, 0.95), (-1.4, 0.5)])
    mask = sheet.mask(outline)
    sheet.darken(sheet.blur(sheet.mask(outline + [0, 0.15]), 0.1) * (1 - mask), 0.6)
    x, y = sheet.x - anatomy["neck_x"], sheet.y - anatomy["chin_y"] + 0.6
    angle = np.arctan2(x, y)
    ridges = _folds(rng, angle * 3.2 + 0.5 * octave_noise(rng, x, y), y * 0.25)
    shade = _body_light(sheet, sheet.lit(sheet.inflated(mask, 0.9) + 0.36 * ridges * np.clip(y / 2, 0, 1)))
    sheet.lay(mask, ramp(shade, base, light=1.75, sheen=0.09), Part.CLOTHING, direction=_across(sheet, angle),
              certainty=0.35, detail=0.5, loading=0.8 + 0.45 * octave_noise(rng, x, y))
    sheet.darken(sheet.line(_fan(anatomy, [(0, 0.4), (0, 2), (0, 4)]), 0.03, taper=False), 0.6)
    return _linen_collar(sheet, rng, anatomy, rng.choice(["edge", "falling", "plain"]))


def _neckline(sheet, rng, anatomy, base, second):
    """A woman's dress: bare neck and breast above a square or round neckline with a white chemise; or closed."""
    chin = anatomy["chin_y"]
    if rng.random() < 0.25:
        return _linen_collar(sheet, rng, anatomy, rng.choice(["ruff", "falling", "edge"]))
    depth, width = rng.uniform(1.25, 1.75), rng.uniform(1.0, 1.3)
    if rng.random() < 0.5:
        opening = [(-0.5, -0.4), (0.5, -0.4), (0.62, 0.3), (width * 0.9, 0.5), (width, depth * 0.8),
                   (width * 0.9, depth), (0, depth * 1.04), (-width * 0.9, depth), (-width, depth * 0.8),
                   (-width * 0.9, 0.5), (-0.62, 0.3)]
    else:
        opening = [(-0.5, -0.4), (0.5, -0.4), (0.62, 0.3), (width * 0.95, 0.5), (width * 0.8, depth * 0.85), (0, depth * 1.15),
                   (-width * 0.8, depth * 0.85), (-width * 0.95, 0.5), (-0.62, 0.3)]
    opening = np.array(opening)
    white = sheet.mask(_fan(anatomy, opening * [1.1, 1.0] + [0, 0.10])) * _step(sheet.y - chin - 0.45, 0.03)
    x, y = sheet.x - anatomy["neck_x"], sheet.y - chin
    shade = sheet.lit(sheet.inflated(white, 0.3) + 0.05 * octave_noise(rng, x * 6, y * 6, octaves=2))
    sheet.lay(white, ramp(shade + 0.1, LINEN, dark=0.45, light=1.1), Part.NECK, detail=0.7,
              loading=0.8 + 0.6 * octave_noise(rng, x * 3, y * 3))
    neck = anatomy["neck_mask"] * (y < 1)
    skin = np.maximum(sheet.mask(_fan(anatomy, opening)), neck)
    form = sheet.inflated(sheet.mask(_fan(anatomy, opening * [1.6, 1.6])), 1.4)
    form = form + sheet.inflated(anatomy["neck_mask"], 0.5) * np.clip(1 - (y - 0.1) / 0.6, 0, 1)
    bones = 0.035 * np.exp(-((y - 0.66 - 0.16 * np.abs(x)) / 0.08) ** 2) * np.clip(np.abs(x) * 2.5 - 0.2, 0, 1)
    cords = 0.03 * np.exp(-((np.abs(x) - 0.08 - 0.32 * np.clip(0.62 - y, 0, 1)) / 0.07) ** 2) * np.clip((0.7 - y) * 4, 0, 1)
    breast = 0.10 * np.exp(-((np.abs(x) - 0.62) / 0.42) ** 2 - ((y - depth - 0.15) / 0.55) ** 2)
    shade = _body_light(sheet, sheet.lit(sheet.blur(form + bones + cords + breast, 0.05))) + 0.08
    sheet.lay(skin, skin_ramp(shade, anatomy["skin"]), Part.NECK, detail=0.6, loading=0.7 + 0.4 * octave_noise(rng, x, y))
    sheet.darken(sheet.blur(white, 0.04) * (1 - white) * (y > 0.5), 0.5)
    if rng.random() < 0.45:
        _pearls(sheet, anatomy, rng)
    return "none"


def skin_ramp(shade, skin):
    """Skin under light: brown in the dark, the sitter's own tone, a cool light."""
    return ramp(shade, skin, dark=0.42, light=1.16, sheen=0.05, warmth=(0.10, 0.05, 0.02))


def _pearls(sheet, anatomy, rng):
    around = np.linspace(-1, 1, 27)
    drop = rng.uniform(0.55, 0.75)
    for x, y in zip(around * 0.62, drop - 0.42 * around ** 2, strict=True):
        spot = _fan(anatomy, [(x, y)])[0]
        square = (sheet.x - spot[0]) ** 2 + (sheet.y - spot[1]) ** 2
        sheet.lay(np.exp(-(square / 0.030 ** 2) ** 2).astype(np.float32) * 0.9, (0.66, 0.62, 0.55), detail=0.95)
        square = (sheet.x - spot[0] + 0.012) ** 2 + (sheet.y - spot[1] + 0.012) ** 2
        sheet.lay(np.exp(-square / 0.012 ** 2).astype(np.float32), (0.97, 0.95, 0.9), loading=1.6)


def _parapet(sheet, rng, anatomy):
    """A stone ledge along the lower edge, now and then."""
    if rng.random() > 0.3:
        return
    top = sheet.bottom - rng.uniform(0.5, 0.9)
    mask = _step(sheet.y - top, 0.012)
    stone = np.array([0.36, 0.33, 0.29]) * rng.uniform(0.6, 1.1)
    grain = octave_noise(rng, sheet.x * 2, sheet.y * 3, octaves=4)
    ledge = np.exp(-((sheet.y - top - 0.04) / 0.05) ** 2)
    sheet.lay(mask, stone * (0.65 + 0.4 * grain + 0.35 * ledge)[..., None], Part.BACKGROUND,
              direction=np.zeros(mask.shape, np.float32), certainty=0.6, detail=0.4, loading=0.6 + grain)


def _step(values, soft):
    return (1 / (1 + np.exp(-np.clip(values / soft, -30, 30)))).astype(np.float32)
