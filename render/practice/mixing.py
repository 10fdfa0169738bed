"""From light to colour: how painters mix a colour for what lies in the dark, in half light and in full light."""

import numpy as np
from jaxtyping import Float, Float32
from numpy.typing import ArrayLike

_WARMTH_IN_DARKS = 0.6      # share of the warmth that the darks take
_BODY_SHADE = 0.55          # shade at which a colour shows its own tone; above, it grows lighter
_TO_BODY, _TO_LIGHT = 1.1, 1.6  # powers of the way up to the body colour, and on to the light


def ramp(shade: ArrayLike, base: ArrayLike, *, dark: float = 0.22, light: float = 1.5, sheen: float = 0.06,
         warmth: ArrayLike = (0.05, 0.03, 0.015)) -> Float32[np.ndarray, "H W 3"]:
    """Shade to colour as painters mix it: a warm dark, the body colour, a light with some white.

    Parameters
    ----------
    shade : (H, W) float
        0 dark, about 0.55 the body colour, 1 light.
    base : (3,) float
        The body colour, sRGB.
    dark, light : float
        Factors of the body colour in the dark and in the light.
    sheen : float
        White added in the light.
    warmth : (3,) float
        sRGB; a share of it is added in the dark.
    """
    base, shade = np.asarray(base, np.float32), np.asarray(shade, np.float32)
    low = base * dark + np.asarray(warmth, np.float32) * _WARMTH_IN_DARKS
    high = np.clip(base * light + sheen, 0, 1)
    s = np.clip(shade, 0, 1)[..., None]
    rise = np.clip(s / np.float32(_BODY_SHADE), 0, 1) ** np.float32(_TO_BODY)
    top = np.clip((s - np.float32(_BODY_SHADE)) / np.float32(1 - _BODY_SHADE), 0, 1) ** np.float32(_TO_LIGHT)
    return low + (base - low) * rise + (high - base).astype(np.float32) * top


def skin_ramp(shade: Float[np.ndarray, "H W"], skin: Float[np.ndarray, " 3"]) -> Float32[np.ndarray, "H W 3"]:
    """Skin (sRGB) under light of a shade in [0, 1]: brown in the dark, the sitter's own tone, a cool light."""
    return ramp(shade, skin, dark=0.42, light=1.16, sheen=0.05, warmth=(0.10, 0.05, 0.02))
