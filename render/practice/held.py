"""What hands hold: a letter, a book, gloves, a fruit, laid between the fingers and the thumb."""

import numpy as np
from jaxtyping import Float64

from data.parts import Part
from render.imaging.noise import octave_noise
from render.practice.canvas import Canvas
from render.practice.gestures import Arm
from render.practice.hand_pose import FINGERS, INDEX, THUMB
from render.practice.mixing import ramp
from render.practice.solids import build_solid, solid_light

# Colours are sRGB, lengths eye units.
_PAPER, _INK = (0.80, 0.75, 0.62), (0.30, 0.22, 0.16)
_SEAL = (0.45, 0.07, 0.05)
_LEATHERS = ((0.38, 0.12, 0.08), (0.26, 0.17, 0.10), (0.16, 0.22, 0.16))
_GILT = (0.62, 0.50, 0.26)
_GLOVES = ((0.56, 0.46, 0.33), (0.44, 0.42, 0.38), (0.40, 0.27, 0.16))
_FRUITS = ((0.72, 0.42, 0.12), (0.62, 0.16, 0.08), (0.60, 0.56, 0.20))
_FRUIT_RADIUS = 0.40


def lay_held(canvas: Canvas, rng: np.random.Generator, arm: Arm) -> None:
    """Lay what the arm's hand holds; the thumb, or all of a hand that grasps it, is laid after it.

    Parameters
    ----------
    canvas : Canvas
    rng : numpy.random.Generator
    arm : Arm
        With `held` and a hand.
    """
    assert arm.joints is not None
    if arm.gesture == "grasping":
        grip = arm.joints[[finger + 1 for finger in FINGERS], :2].mean(0)
    else:
        grip = arm.joints[THUMB + 3, :2] * 0.55 + arm.joints[INDEX + 2, :2] * 0.45
    {"letter": _letter, "book": _book, "gloves": _gloves, "fruit": _fruit}[arm.held](canvas, rng, arm, grip)


def _framed(arm, grip, points, turn_deg):
    """Points (along, across) about the grip, x towards the body's middle, turned by `turn_deg` upwards."""
    turn = np.radians(turn_deg)
    x, y = np.asarray(points, np.float64).T
    along, down = x * np.cos(turn) + y * np.sin(turn), y * np.cos(turn) - x * np.sin(turn)
    return np.stack([grip[0] - arm.side * along, grip[1] + down], 1)


def _sheet(canvas, rng, outline: Float64[np.ndarray, "N 2"], colour, rounded=0):
    """A flat thing with its shadow; returns its mask."""
    mask = canvas.mask(outline, rounded=rounded, soft=0.012)
    fall = canvas.mask(outline + [-0.08 * np.sign(canvas.light[0] or -1), 0.09], rounded=rounded, soft=0.06)
    canvas.darken(fall * (1 - mask), 0.6)
    grain = octave_noise(rng, canvas.x * 2.5, canvas.y * 2.5, octaves=3)
    gradient = 0.50 + 0.10 * np.clip((canvas.x - outline[:, 0].mean()) * np.sign(canvas.light[0] or -1), -1, 1)
    canvas.lay(mask, ramp(gradient + 0.22 * (grain - 0.5), colour, dark=0.5, light=1.12), Part.CLOTHING, detail=0.95,
               loading=0.7 + 0.6 * grain)
    return mask


def _letter(canvas, rng, arm, grip):
    """A folded sheet, its fold in shadow, with lines of writing or a seal."""
    turn = rng.uniform(38, 62)
    _sheet(canvas, rng, _framed(arm, grip, [(-0.35, -0.38), (0.95, -0.44), (0.92, 0.36), (-0.32, 0.42)], turn), _PAPER)
    fold = canvas.mask(_framed(arm, grip, [(-0.35, -0.02), (0.94, -0.06), (0.92, 0.36), (-0.32, 0.42)], turn), rounded=0)
    canvas.darken(fold, 0.22)
    if rng.random() < 0.5:
        for k in range(4):
            at = -0.34 + 0.085 * k
            line = canvas.line(_framed(arm, grip, [(0.10, at), (0.45, at - 0.015), (0.84, at - 0.01)], turn), 0.018,
                               taper=False)
            canvas.lay(line * 0.5, _INK)
    else:
        seal = _framed(arm, grip, [(0.66, -0.03)], turn)[0]
        canvas.lay(canvas.bead(seal, 0.085).astype(np.float32), _SEAL, detail=1.0, loading=1.4)
        canvas.lay((canvas.glint(seal, 0.025, offset=0.03) * 0.6).astype(np.float32), (0.9, 0.6, 0.5))


def _book(canvas, rng, arm, grip):
    """A small book, upright, its pages seen at the upper edge."""
    turn = rng.uniform(62, 80)
    leather = np.array(_LEATHERS[rng.integers(len(_LEATHERS))])
    pages = _framed(arm, grip, [(0.92, -0.50), (1.03, -0.46), (1.03, 0.46), (0.92, 0.48)], turn)
    _sheet(canvas, rng, pages, (0.70, 0.63, 0.48))
    cover = _framed(arm, grip, [(-0.42, -0.50), (0.95, -0.52), (0.95, 0.50), (-0.42, 0.50)], turn)
    _sheet(canvas, rng, cover, leather)
    for inset, wide in ((0.10, 0.022), (0.16, 0.012)):
        ring = _framed(arm, grip, [(-0.42 + inset, -0.5 + inset), (0.95 - inset, -0.5 + inset), (0.95 - inset, 0.5 - inset),
                                   (-0.42 + inset, 0.5 - inset), (-0.42 + inset, -0.5 + inset)], turn)
        canvas.lay(canvas.line(ring, wide, taper=False, rounded=0) * 0.75, _GILT, loading=1.3)


def _gloves(canvas, rng, arm, grip):
    """A pair of gloves that hang from the fist: limp fingers, a turned cuff."""
    colour = np.array(_GLOVES[rng.integers(len(_GLOVES))])
    palm = np.array([grip[0] - arm.side * 0.08, grip[1] + 0.46])
    cuff = np.array([grip[0] - arm.side * 0.05, grip[1] - 0.42])
    limbs = [[*grip, 0.0, 0.24, *palm, 0.0, 0.27], [*grip, 0.0, 0.24, *cuff, 0.0, 0.33]]
    for k in range(4):
        long, sway = (0.52, 0.62, 0.60, 0.46)[k] * rng.uniform(0.9, 1.1), 0.08 * rng.normal()
        start = palm + [-arm.side * (-0.19 + 0.125 * k), 0.06]
        middle, end = (start + [-arm.side * (sway * share + 0.03 * k), long * share] for share in (0.55, 1.0))
        limbs += [[*start, 0.02 * k, 0.092, *middle, 0.02 * k, 0.082], [*middle, 0.02 * k, 0.082, *end, 0.02 * k, 0.052]]
    thumb = palm + [arm.side * 0.30, -0.16]
    limbs += [[*thumb, 0.1, 0.10, *(thumb + [arm.side * 0.14, 0.38]), 0.1, 0.06]]
    solid = build_solid(canvas, np.array(limbs), 0.02)
    fall = np.roll(canvas.blur(solid.cover, 0.05), (int(0.08 * canvas.unit),) * 2, (0, 1))
    canvas.darken(fall * (1 - solid.cover), 0.5)
    creases = octave_noise(rng, canvas.x * 4, canvas.y * 7, octaves=2)
    shade = solid_light(canvas, solid, 0.02) + 0.3 * (creases - 0.5)
    canvas.lay(solid.cover, ramp(shade, colour, light=1.35), Part.CLOTHING, detail=0.95, loading=0.8 + 0.4 * creases)


def _fruit(canvas, rng, arm, grip):
    """An orange, an apple or a quince."""
    colour = np.array(_FRUITS[rng.integers(len(_FRUITS))])
    at = np.array([grip[0] - arm.side * 0.02, grip[1] - 0.06])
    ball = build_solid(canvas, np.array([[*at, 0.2, _FRUIT_RADIUS, at[0] + 1e-3, at[1], 0.2, _FRUIT_RADIUS]]))
    fall = np.roll(canvas.blur(ball.cover, 0.05), (int(0.08 * canvas.unit),) * 2, (0, 1))
    canvas.darken(fall * (1 - ball.cover), 0.5)
    grain = octave_noise(rng, canvas.x * 9, canvas.y * 9, octaves=2)
    shade = solid_light(canvas, ball, 0.02) + 0.12 * (grain - 0.5) + 0.05
    canvas.lay(ball.cover, ramp(shade, colour, light=1.35, sheen=0.12), Part.CLOTHING, detail=0.95, loading=0.9 + 0.4 * grain)
    glint = canvas.glint(at + np.array([0.13 * np.sign(canvas.light[0] or -1), -0.17]), 0.07)
    canvas.lay((glint * 0.55).astype(np.float32), (0.98, 0.93, 0.82), loading=1.6)
