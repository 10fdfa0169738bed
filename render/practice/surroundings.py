"""What stands around a sitter: a plain ground, a wall, a curtain, a window on a landscape, and a stone ledge in front."""

from typing import NamedTuple

import numpy as np
from jaxtyping import Bool, Float, Float32

from data.parts import Part
from render.imaging.noise import octave_noise
from render.practice.canvas import Canvas, soft_step
from render.practice.cloth import CLOTH_COLOURS
from render.practice.mixing import ramp

# Colours are sRGB, lengths eye units.
BACKGROUNDS = {"plain": 0.55, "wall": 0.15, "curtain": 0.15, "window": 0.15}
"""How often each background is painted."""
_CARRIED_ON = 1.1               # sigma with which the ground beside a figure is carried on behind it
_LIFTED = (0.06, 0.92)          # of the ground's tone: white added, and the share of the tone kept
_GLOW_AT, _GLOW_SQUARE = (1.3, 0.8), 7.0    # where the wall beside the shaded cheek is lightest, and its extent squared
_FROM_EDGE = (0.45, 0.7)        # where wall, curtain and window begin, as a share of the way to the picture's edge
_WALL_DARKER, _OR_LIGHTER = 0.4, [1, -0.8]      # a wall is darker by the first, or lighter by a share of it
_CURTAINS = ["crimson", "green", "brown"]       # of CLOTH_COLOURS
_DARKEST = 0.015                # no ground is blacker
_SILL, _HORIZON = (1.6, 2.6), (0.9, 1.4)        # y of a window's sill; the horizon above it
_SKY_LOW, _SKY_HIGH, _SKY_TALL = (0.80, 0.72, 0.55), (0.34, 0.45, 0.56), 3.5   # at the horizon, and so far above it
_NEAR_LAND, _FAR_LAND = (0.20, 0.20, 0.10), (0.30, 0.40, 0.42)
_OUTSIDE = 0.85                 # what a window shows is so much darker than painted
_LEDGE_SHARE, _LEDGE_TALL = 0.3, (0.5, 0.9)     # how often there is a ledge, and how tall
_STONE = (0.36, 0.33, 0.29)


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
    paint = {"wall": _wall, "curtain": _curtain, "window": _landscape}.get(kind)
    if paint:
        colour = paint(canvas, rng, ground)
    canvas.colour[:] = np.clip(colour, _DARKEST, 1)
    canvas.loading[:] = 0.8 + 0.5 * octave_noise(rng, x * 0.35, y * 0.35, octaves=2)
    return kind


def _behind_figure(canvas, bust, figure):
    """The tone of the ground everywhere, (H, W, 3)."""
    empty = np.float32(1 - figure)[..., None]
    tone = canvas.blur(bust * empty, _CARRIED_ON) / (canvas.blur(np.repeat(empty, 3, 2), _CARRIED_ON) + 1e-3)
    white, kept = _LIFTED
    return white + kept * tone


def _wall(canvas, rng, ground):
    """The edge of a wall that stands further back or further in front."""
    beyond = _rising(ground.side * (canvas.x - ground.edge), 0.03)
    return ground.colour * (1 - _WALL_DARKER * beyond * rng.choice(_OR_LIGHTER))[..., None]


def _curtain(canvas, rng, ground):
    """A curtain whose edge sways."""
    x, y = canvas.x, canvas.y
    cloth = rng.choice(_CURTAINS)
    sway = x + 0.25 * np.sin(y * 0.5 + rng.uniform(0, 6)) + 0.02 * y * y * ground.side
    folds = octave_noise(rng, sway * 1.6, y * 0.12, octaves=3)
    cover = _rising(ground.side * (sway - ground.edge), 0.05)[..., None]
    shade = canvas.lit(0.55 * folds) * 0.8
    return ground.colour * (1 - cover) + cover * ramp(shade, np.array(CLOTH_COLOURS[cloth].rgb) * 0.8)


def _landscape(canvas, rng, ground):
    """A window: sky with clouds over far hills and near land, in a frame that shades it."""
    x, y, beyond = canvas.x, canvas.y, ground.side * (canvas.x - ground.edge)
    sill = rng.uniform(*_SILL)
    cover = (_rising(beyond, 0.02) * _rising(sill - y, 0.02))[..., None]
    horizon = sill - rng.uniform(*_HORIZON)
    sky = np.clip((horizon - y) / _SKY_TALL, 0, 1)[..., None]
    clouds = octave_noise(rng, x * 0.7, y * 1.6, octaves=4)[..., None]
    air = np.array(_SKY_LOW) * (1 - sky) + np.array(_SKY_HIGH) * sky
    air = air + 0.22 * (np.clip(clouds - 0.45, 0, 1) / 0.55)
    hills = horizon + 0.35 * (octave_noise(rng, x * 0.8, y * 0, octaves=3) - 0.5)
    near = horizon + 0.5 + 0.25 * (octave_noise(rng, x * 1.5, y * 0, octaves=4) - 0.5)
    land = np.where((y > near)[..., None], np.array(_NEAR_LAND), np.array(_FAR_LAND))
    land = land * (0.7 + 0.6 * octave_noise(rng, x * 3, y * 4, octaves=3)[..., None])
    view = np.where((y > hills)[..., None], land, air) * _OUTSIDE
    frame = np.exp(-(beyond / 0.05) ** 2)[..., None] + np.exp(-((sill - y) / 0.05) ** 2)[..., None]
    view = view * (1 - 0.5 * np.clip(frame, 0, 1))
    return ground.colour * (1 - cover) + cover * view


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
