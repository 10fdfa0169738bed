"""The tone of a garment: two lenders' clothes brought together, or dyed."""

from typing import NamedTuple

import numpy as np
from jaxtyping import Bool, Float, Float32

_LEAST_TEXELS = 50
_GAIN_LIMITS = (0.7, 1.3)
_SHIFT_LIMIT_LAB = np.array([22.0, 12.0, 14.0])
_DYE_LIGHTNESS, _DYE_LIMIT_LAB = (0.75, 1.35), 14.0
_SHOWS_COLOUR = 32.0        # L* from which on cloth shows its dye in full
_LIT = 1.6                  # colour moves with the light on the cloth, up to so many times its mean
_LEFT_ALONE = (2.2, 3.2)    # linen, hands and lights that masks missed: lighter than so many times the mean, none of the dye


class Tone(NamedTuple):
    """Mean and standard deviation of CIE Lab."""

    mean: Float[np.ndarray, " 3"]
    spread: Float[np.ndarray, " 3"]

    @classmethod
    def of(cls, lab: Float32[np.ndarray, "H W 3"], where: Bool[np.ndarray, "H W"]) -> "Tone":
        """Of the masked texels; of all where hardly any is masked."""
        chosen = lab[where] if where.sum() >= _LEAST_TEXELS else lab.reshape(-1, 3)
        return cls(chosen.mean(0, dtype=np.float64), chosen.std(0, dtype=np.float64))


def toned(lab: Float32[np.ndarray, "H W 3"], where: Bool[np.ndarray, "H W"], wanted: Tone) -> Float32[np.ndarray, "H W 3"]:
    """A picture whose masked part is brought to a tone, within limits; the rest goes along.

    Parameters
    ----------
    lab : (H, W, 3) float32
    where : (H, W) bool
    wanted : Tone
    """
    if where.sum() < _LEAST_TEXELS:
        return lab
    own = Tone.of(lab, where)
    gain = np.clip(wanted.spread / np.maximum(own.spread, 1e-3), *_GAIN_LIMITS)
    shift = np.clip(wanted.mean - own.mean, -_SHIFT_LIMIT_LAB, _SHIFT_LIMIT_LAB)
    return ((lab - own.mean) * gain + own.mean + shift).astype(np.float32)


def dyed(lab: Float32[np.ndarray, "H W 3"], cloth: Float32[np.ndarray, "H W"],
         goal: Float[np.ndarray, " 3"]) -> Float32[np.ndarray, "H W 3"]:
    """Cloth in another colour: lightness scaled, hue moved as far as light falls on it.

    Parameters
    ----------
    lab : (H, W, 3) float32
    cloth : (H, W) float32
        How much each texel is cloth that takes the dye, from 0 to 1.
    goal : (3,) float
        CIE Lab that its mean should have.
    """
    where = cloth > 0.5
    if where.sum() < _LEAST_TEXELS or np.isnan(goal).any():
        return lab
    mean = Tone.of(lab, where).mean
    gain = np.clip(goal[0] / max(mean[0], 1.0), *_DYE_LIGHTNESS)
    lit = lab[..., :1] / max(mean[0], 1.0)
    moved = np.clip(goal[1:] - mean[1:], -_DYE_LIMIT_LAB, _DYE_LIMIT_LAB) * np.clip(lit, 0, _LIT)
    # Black cloth takes no colour: there is too little light on it to show one.
    moved = moved * np.clip(lab[..., :1] / _SHOWS_COLOUR, 0, 1)
    low, high = _LEFT_ALONE
    share = cloth[..., None] * np.clip((high - lit) / (high - low), 0, 1)
    change = np.concatenate([lab[..., :1] * (gain - 1), moved], -1)
    return (lab + share * change).astype(np.float32)
