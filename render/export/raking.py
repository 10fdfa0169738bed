"""How a relief looks before it is printed: raking light with cast shadows, and a depth-shaded view."""

from collections.abc import Sequence
from pathlib import Path

import cv2
import numpy as np
from jaxtyping import Float, Float32

from data.colour import from_linear, to_linear
from data.errors import UsageError
from data.units import texels_per_inch
from render.export.files import write_png8
from render.export.shadows import Shadows, direction
from render.imaging.pitch import check_pitch
from render.relief.relief import check_height

SIDES = {"left": 180.0, "top": 90.0, "right": 0.0, "bottom": 270.0, "top-left": 135.0, "top-right": 45.0}
"""Where the light stands, as seen by who looks at the picture; clock angles in degrees, 0 is the right, 90 the top."""
ELEVATION_DEG = 10.0
"""Height of the lamp above the picture's plane: low enough to show every stroke, high enough to light most of the paint."""
_PLASTER = 0.55          # linear light of a cast without paint: pale, with room above for lit slopes
_GLINT_POWER = 40        # of the cosine: the narrow glint of old varnish
_SHOULDER = 0.45         # light above that of a flat place is compressed by this, so that lit slopes keep their colour
_SEEN_SLOPE = 0.14       # 8 degrees: a slope that raking light shows from across a room
_STEEP_PERCENTILE = 95
_MOST_EXAGGERATION = 20  # beyond, noise of the height map would look like paint
_LOOK_TEXELS = 1400      # longest side of a picture to look at
# Colours of depth from low to high, sRGB, evenly spaced: deep blue, green, pale yellow; ever lighter, also without colour.
_DEPTH_COLOURS = np.array([[0.10, 0.13, 0.32], [0.16, 0.38, 0.50], [0.45, 0.62, 0.48], [0.86, 0.76, 0.48],
                           [0.99, 0.96, 0.86]], np.float32)
_DEPTH_PERCENTILES = (0.5, 99.5)    # of height, that get the first and the last colour
_SHADING = 0.45          # how much darker or lighter a slope is that is as steep as the steepest tenth
_DIAGONAL = 1.4          # what the two slopes of such a place add up to where it falls along the diagonal
_SHADE_LIMITS = (0.45, 1.4)


def raking_light(z_mm: Float[np.ndarray, "H W"], pitch_mm: float, rgb: Float[np.ndarray, "H W 3"] | None = None, *,
                 azimuth_deg: float = SIDES["top-left"], elevation_deg: float = ELEVATION_DEG, exaggeration: float = 1.0,
                 ambient: float = 0.22, gloss: float = 0.06, shadows: Shadows | None = None) -> Float32[np.ndarray, "H W 3"]:
    """The relief under a lamp that stands low beside it.

    Parameters
    ----------
    z_mm : (H, W) float32
    pitch_mm : float
    rgb : (H, W, 3) float32 in [0, 1], optional
        sRGB of the paint; a pale plaster cast without it.
    azimuth_deg, elevation_deg : float
        Where the lamp stands: 0 is right, 90 above the picture; degrees above the picture's plane (1 to 89).
    exaggeration : float
        Heights are multiplied by this for the view.
    ambient : float
        Share of the light that comes from everywhere.
    gloss : float
        Strength of the varnish's glint, in linear light.
    shadows : Shadows, optional
        From `cast_shadows` of this very relief and exaggeration, where several views share them.

    Returns
    -------
    (H, W, 3) float32
        sRGB in [0, 1].
    """
    z = check_height(z_mm) * np.float32(exaggeration)
    check_pitch(pitch_mm)
    if not 1 <= elevation_deg <= 89:
        raise UsageError(f"the lamp's elevation must lie between 1 and 89 degrees, got {elevation_deg}")
    towards = direction(azimuth_deg, elevation_deg)
    gy, gx = np.gradient(z, np.float32(pitch_mm))
    length = np.sqrt(gx * gx + gy * gy + 1)
    facing = (-gx * towards[0] + gy * towards[1] + towards[2]) / length
    # Half-way between lamp and viewer, for the glint of varnish.
    half = (towards + [0, 0, 1]) / np.linalg.norm(towards + [0, 0, 1])
    glint = np.clip((-gx * half[0] + gy * half[1] + half[2]) / length, 0, 1) ** _GLINT_POWER
    lit = (shadows or Shadows(z, pitch_mm)).lit_share(azimuth_deg, elevation_deg)
    # A flat place is as bright as the paint itself: the lamp's strength makes up for its low stand.
    light = ambient + (1 - ambient) * np.clip(facing, 0, None) / towards[2] * lit
    light = light / (1 + np.clip(light - 1, 0, None) * _SHOULDER)
    paint = np.full((*z.shape, 3), _PLASTER, np.float32) if rgb is None else to_linear(np.asarray(rgb, np.float32))
    shown = paint * light[..., None] + (gloss * glint * lit)[..., None]
    return from_linear(shown).astype(np.float32)


def cast_shadows(z_mm: Float[np.ndarray, "H W"], pitch_mm: float, exaggeration: float = 1.0) -> Shadows:
    """What casts shadows in views of one relief.

    Parameters
    ----------
    z_mm : (H, W) float32
    pitch_mm : float
    exaggeration : float
        As in the views.
    """
    return Shadows(check_height(z_mm) * np.float32(exaggeration), pitch_mm)


def visible_exaggeration(z_mm: Float[np.ndarray, "H W"], pitch_mm: float, *, slope: float = _SEEN_SLOPE) -> float:
    """The whole number, 1 to 20, by which heights must be multiplied for the relief of thin paint to be visible.

    Parameters
    ----------
    z_mm : (H, W) float32
    pitch_mm : float
    slope : float
        What the steepest twentieth of slopes is to reach; rise over run.
    """
    check_pitch(pitch_mm)
    gy, gx = np.gradient(check_height(z_mm), np.float32(pitch_mm))
    steep = float(np.percentile(np.hypot(gx, gy), _STEEP_PERCENTILE))
    return float(np.clip(round(slope / max(steep, 1e-9)), 1, _MOST_EXAGGERATION))


def raking_views(z_mm: Float[np.ndarray, "H W"], pitch_mm: float, rgb: Float[np.ndarray, "H W 3"] | None = None, *,
                 sides: Sequence[str] = ("left", "top", "right", "bottom"), shadows: Shadows | None = None,
                 exaggeration: float = 1.0, elevation_deg: float = ELEVATION_DEG) -> dict[str, Float32[np.ndarray, "H W 3"]]:
    """Pictures under raking light from several sides, by side.

    Parameters
    ----------
    z_mm, pitch_mm, rgb, exaggeration, elevation_deg, shadows
        As in `raking_light`.
    sides : sequence of str
        Names in `SIDES`.
    """
    unknown = [side for side in sides if side not in SIDES]
    if unknown:
        raise UsageError(f"unknown side {unknown[0]!r} for the lamp: choose from {', '.join(SIDES)}")
    shadows = shadows or cast_shadows(z_mm, pitch_mm, exaggeration)
    return {side: raking_light(z_mm, pitch_mm, rgb, azimuth_deg=SIDES[side], elevation_deg=elevation_deg,
                               exaggeration=exaggeration, shadows=shadows) for side in sides}


def depth_shaded(z_mm: Float[np.ndarray, "H W"], pitch_mm: float) -> Float32[np.ndarray, "H W 3"]:
    """Height as colour from deep blue to pale yellow, shaded from the top left so that form reads; sRGB in [0, 1]."""
    z = check_height(z_mm)
    low, high = np.percentile(z, _DEPTH_PERCENTILES)
    share = np.clip((z - low) / max(high - low, 1e-9), 0, 1).astype(np.float32)
    at = np.linspace(0, 1, len(_DEPTH_COLOURS))
    colour = np.stack([np.interp(share, at, _DEPTH_COLOURS[:, i]) for i in range(3)], -1)
    gy, gx = np.gradient(z, np.float32(pitch_mm))
    steep = max(float(np.percentile(np.hypot(gx, gy), 90)), 1e-6)
    shade = np.clip(1 + _SHADING * (gx + gy) / (_DIAGONAL * steep), *_SHADE_LIMITS)
    return np.clip(colour * shade[..., None], 0, 1).astype(np.float32)


def write_looks(z_mm: Float[np.ndarray, "H W"], pitch_mm: float, rgb: Float[np.ndarray, "H W 3"], folder: Path | str, *,
                exaggeration: float = 1.0, shadows: Shadows | None = None) -> list[str]:
    """Pictures to look at before printing: raking light from four sides, and shaded depth, at most 1400 texels long.

    Parameters
    ----------
    z_mm : (H, W) float32
    pitch_mm : float
    rgb : (H, W, 3) float32 in [0, 1]
        sRGB of the paint.
    folder : path
    exaggeration : float
        Heights are multiplied by this under raking light; depth is shown as it is.
    shadows : Shadows, optional
        From `cast_shadows` of this very relief and exaggeration; used where the pictures are no smaller than the relief.

    Returns
    -------
    list of str
        Names of the files.
    """
    share = _LOOK_TEXELS / max(np.shape(z_mm))
    if share < 1:
        # Slopes stay as they are: texels become larger, heights do not change.
        z_mm, rgb = (cv2.resize(np.asarray(field, np.float32), None, fx=share, fy=share, interpolation=cv2.INTER_AREA)
                     for field in (z_mm, rgb))
        pitch_mm, shadows = pitch_mm / share, None
    dpi, names = texels_per_inch(pitch_mm), []
    for side, picture in raking_views(z_mm, pitch_mm, rgb, exaggeration=exaggeration, shadows=shadows).items():
        names.append(f"raking-{side}.png")
        write_png8(Path(folder) / names[-1], picture, dpi)
    write_png8(Path(folder) / "depth.png", depth_shaded(z_mm, pitch_mm), dpi)
    return [*names, "depth.png"]
