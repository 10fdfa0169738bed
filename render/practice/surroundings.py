"""What stands around a sitter: a plain ground, a wall, a curtain, a column, a window on a landscape, and a ledge in front."""

from typing import NamedTuple

import numpy as np
from jaxtyping import Bool, Float, Float32

from data.parts import Part
from render.imaging.noise import octave_noise
from render.practice.canvas import Canvas, soft_step
from render.practice.cloth import CLOTH_COLOURS
from render.practice.mixing import ramp

# Colours are sRGB, lengths eye units.
BACKGROUNDS = {"plain": 0.38, "wall": 0.12, "curtain": 0.20, "window": 0.18, "column": 0.12}
"""How often each background is painted."""
_CARRIED_ON = 1.1               # sigma with which the ground beside a figure is carried on behind it
_LIFTED = (0.08, 0.95)          # of the ground's tone: white added, and the share of the tone kept
_GLOW_AT, _GLOW_SQUARE = (1.3, 0.8), 7.0    # where the wall beside the shaded cheek is lightest, and its extent squared
_FROM_EDGE = (0.45, 0.7)        # where wall, curtain and window begin, as a share of the way to the picture's edge
_WALL_DARKER, _OR_LIGHTER = 0.4, [1, -0.8]      # a wall is darker by the first, or lighter by a share of it
_CURTAINS = ["crimson", "green", "brown"]       # of CLOTH_COLOURS
_DARKEST = 0.015                # no ground is blacker
_SILL, _HORIZON = (1.6, 2.6), (0.9, 1.4)        # y of a window's sill; the horizon above it
_SKY_LOW, _SKY_HIGH, _SKY_TALL = (0.86, 0.78, 0.60), (0.40, 0.52, 0.64), 3.5   # at the horizon, and so far above it
# Hills from far to near: how far they rise above the horizon, how rough their line is, colour, softness of the line.
_HILLS = ((0.30, 0.5, (0.42, 0.50, 0.56), 0.03), (0.05, 0.8, (0.28, 0.36, 0.36), 0.02), (-0.35, 1.4, (0.22, 0.23, 0.11), 0.02))
_TREES = (0.13, 0.15, 0.075)
_OUTSIDE = 0.85                 # what a window shows is so much darker than painted
_LEDGE_SHARE, _LEDGE_TALL = 0.3, (0.5, 0.9)     # how often there is a ledge, and how tall
_STONE = (0.36, 0.33, 0.29)
_FRAME = 0.13                   # breadth of a window's frame
_COLUMN_RADIUS = (0.50, 0.70)
_CURTAIN_FOLDS, _HEM = 1.15, (0.44, 0.33, 0.13)     # folds per eye unit; colour of the hem
_THINGS_DETAIL = 0.55           # how finely a curtain, a column or a window is painted


class _Ground(NamedTuple):
    """A background begun: `side` is 1 where it opens to the right of the sitter, -1 to the left, from x = `edge` on."""

    colour: Float[np.ndarray, "H W 3"]
    side: float
    edge: float


def paint_background(canvas: Canvas, rng: np.random.Generator, bust: Float32[np.ndarray, "H W 3"],
                     figure: Bool[np.ndarray, "H W"]) -> str:
    """Paint the whole canvas as background; returns its name, one of `BACKGROUNDS`.

    Parameters
    ----------
    canvas : Canvas
    rng : numpy.random.Generator
    bust : (H, W, 3) float32
        sRGB: low frequencies of a portrait, seen where no figure stands and carried on behind it.
    figure : (H, W) bool
        Where the figure will stand.
    """
    x, y = canvas.x, canvas.y
    tone = _behind_figure(canvas, bust, figure)
    side = -np.sign(canvas.light[0]) or 1.0
    glow = np.exp(-((x - side * _GLOW_AT[0]) ** 2 + (y - _GLOW_AT[1]) ** 2) / _GLOW_SQUARE)
    clouds = octave_noise(rng, x * 0.5, y * 0.4, octaves=4)
    colour = tone * (0.72 + 0.55 * glow + 0.35 * (clouds - 0.5))[..., None]
    kind = str(rng.choice(list(BACKGROUNDS), p=list(BACKGROUNDS.values())))
    left, right = canvas.edges
    ground = _Ground(colour, side, rng.uniform(*_FROM_EDGE) * (right if side > 0 else left))
    paint = {"wall": _wall, "curtain": _curtain, "window": _window, "column": _column}.get(kind)
    if paint:
        canvas.detail[:] = np.maximum(canvas.detail, _THINGS_DETAIL * paint(canvas, rng, ground))
    canvas.colour[:] = np.clip(ground.colour, _DARKEST, 1)
    canvas.loading[:] = 0.8 + 0.5 * octave_noise(rng, x * 0.35, y * 0.35, octaves=2)
    return kind


def _behind_figure(canvas, bust, figure):
    """The tone of the ground everywhere, (H, W, 3)."""
    empty = np.float32(1 - figure)[..., None]
    tone = canvas.blur(bust * empty, _CARRIED_ON) / (canvas.blur(np.repeat(empty, 3, 2), _CARRIED_ON) + 1e-3)
    white, kept = _LIFTED
    return white + kept * tone


# Each of these paints over the ground's colour and returns where, (H, W) in [0, 1].

def _wall(canvas, rng, ground):
    """The edge of a wall that stands further back or further in front."""
    beyond = _rising(ground.side * (canvas.x - ground.edge), 0.03)
    ground.colour[:] *= (1 - _WALL_DARKER * beyond * rng.choice(_OR_LIGHTER))[..., None]
    return np.zeros_like(beyond)


def _curtain(canvas, rng, ground):
    """A curtain in round folds whose edge sways, with a narrow golden hem."""
    x, y = canvas.x, canvas.y
    cloth = np.array(CLOTH_COLOURS[rng.choice(_CURTAINS)].rgb)
    sway = x + 0.22 * np.sin(y * 0.5 + rng.uniform(0, 6)) + 0.02 * y * y * ground.side
    phase = _CURTAIN_FOLDS * sway + 0.9 * octave_noise(rng, sway * 0.8, y * 0.10, octaves=2)
    depth = 0.5 + 0.5 * octave_noise(rng, sway * 0.7, y * 0.15, octaves=2)
    folds = 0.24 * depth * np.abs(np.cos(np.pi * phase)) + 0.05 * octave_noise(rng, sway * 5, y * 0.4, octaves=2)
    beyond = ground.side * (sway - ground.edge)
    cover = _rising(beyond, 0.03)
    fall = np.exp(-(np.clip(-beyond, 0, None) / 0.25) ** 2) * (1 - cover)       # its shadow on the ground
    ground.colour[:] *= (1 - 0.45 * fall)[..., None]
    shade = canvas.lit(canvas.blur(folds, 0.03)) * 0.92
    hem = np.exp(-((beyond - 0.12) / 0.035) ** 2)[..., None] * 0.55
    colour = ramp(shade, cloth * 0.85, light=1.6) * (1 - hem) + hem * ramp(shade, _HEM)
    _over(ground, cover, colour)
    return cover


def _column(canvas, rng, ground):
    """The shaft of a stone column on a plinth."""
    radius = rng.uniform(*_COLUMN_RADIUS)
    middle = ground.edge + ground.side * rng.uniform(0.1, 0.5)
    across = (canvas.x - middle) / radius
    plinth = rng.uniform(*_SILL) + 0.6
    shaft = _rising(1 - np.abs(across), 0.02) * _rising(plinth - canvas.y, 0.015)
    base = _rising(1.35 - np.abs(across), 0.02) * _rising(canvas.y - plinth, 0.015)
    torus = _rising(1.2 - np.abs(across), 0.02) * np.exp(-((canvas.y - plinth + 0.12) / 0.11) ** 4).astype(np.float32)
    cover = np.maximum(np.maximum(shaft, base), torus)
    form = radius * np.sqrt(np.clip(1 - across ** 2, 0.02, 1))
    veins = octave_noise(rng, canvas.x * 1.5 + canvas.y * 0.4, canvas.y * 0.8, octaves=4)
    shade = canvas.lit(canvas.blur(form, 0.04)) * (1 - base) + base * 0.42 - 0.12 * torus + 0.30 * (veins - 0.5)
    _over(ground, cover, ramp(shade, np.array(_STONE) * rng.uniform(0.75, 1.05), dark=0.4, light=1.35))
    return cover


def _window(canvas, rng, ground):
    """A window in a stone frame: sky with clouds over far hills, trees and near land."""
    beyond = ground.side * (canvas.x - ground.edge)
    sill = rng.uniform(*_SILL)
    opening = _rising(beyond, 0.015) * _rising(sill - canvas.y, 0.015)
    frame = _rising(beyond + _FRAME, 0.015) * _rising(sill + _FRAME - canvas.y, 0.015)
    grain = octave_noise(rng, canvas.x * 2, canvas.y * 2, octaves=3)
    inner = 0.35 * np.exp(-(np.minimum(np.abs(beyond), np.abs(sill - canvas.y)) / 0.03) ** 2)
    _over(ground, frame, np.array(_STONE) * (0.75 + 0.4 * grain - inner)[..., None])
    _over(ground, opening, _landscape(canvas, rng, sill))
    return frame


def _landscape(canvas, rng, sill):
    """What a window above y = `sill` shows, (H, W, 3)."""
    x, y = canvas.x, canvas.y
    horizon = sill - rng.uniform(*_HORIZON)
    sky = np.clip((horizon - y) / _SKY_TALL, 0, 1)[..., None]
    clouds = octave_noise(rng, x * 0.7, y * 1.6, octaves=4)[..., None]
    view = np.array(_SKY_LOW) * (1 - sky) + np.array(_SKY_HIGH) * sky
    view = view + 0.22 * (np.clip(clouds - 0.45, 0, 1) / 0.55)
    for rise, rough, land, soft in _HILLS:
        line = horizon - rise + 0.45 * (octave_noise(rng, x * rough, y * 0, octaves=3) - 0.5)
        light = 0.75 + 0.5 * octave_noise(rng, x * 2.5, y * 4, octaves=3) + 0.12 * np.clip((y - line) * 2, 0, 1)
        hill = _rising(y - line, soft)[..., None]
        view = view * (1 - hill) + hill * np.array(land) * light[..., None]
    trees = horizon + 0.30 - 0.55 * np.clip(octave_noise(rng, x * 2.2, y * 0, octaves=3) - 0.52, 0, 1) / 0.2
    leaves = 0.08 * (octave_noise(rng, x * 9, y * 9, octaves=2) - 0.5)
    tree = (_rising(y + leaves - trees, 0.02) * _rising(horizon + 0.42 - y, 0.03))[..., None]
    view = view * (1 - tree) + tree * np.array(_TREES) * (0.6 + 0.9 * octave_noise(rng, x * 6, y * 6, octaves=2))[..., None]
    return view * _OUTSIDE


def _over(ground, cover, colour):
    """Put a colour over the ground's where `cover` (H, W) says."""
    ground.colour[:] += cover[..., None] * (colour - ground.colour)


def choose_ledge(canvas: Canvas, rng: np.random.Generator) -> float | None:
    """y of the upper edge of a ledge in front of the sitter; None where there is none, as is usual."""
    tall = rng.uniform(*_LEDGE_TALL)
    return canvas.bottom - tall if rng.random() < _LEDGE_SHARE else None


def paint_ledge(canvas: Canvas, rng: np.random.Generator, top: float) -> None:
    """A stone ledge along the lower edge.

    Parameters
    ----------
    canvas : Canvas
    rng : numpy.random.Generator
    top : float
        y of its upper edge.
    """
    mask = _rising(canvas.y - top, 0.012)
    stone = np.array(_STONE) * rng.uniform(0.6, 1.1)
    grain = octave_noise(rng, canvas.x * 2, canvas.y * 3, octaves=4)
    lit_edge = np.exp(-((canvas.y - top - 0.04) / 0.05) ** 2)
    canvas.lay(mask, stone * (0.65 + 0.4 * grain + 0.35 * lit_edge)[..., None], Part.BACKGROUND,
               direction=np.zeros(mask.shape, np.float32), certainty=0.6, detail=0.4, loading=0.6 + grain)


def _rising(values, width):
    """`soft_step` in float32."""
    return soft_step(values, width).astype(np.float32)
