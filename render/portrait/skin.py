"""The skin of a head and of a body brought to one tone: each is moved towards the other, hands included."""

from typing import NamedTuple

import numpy as np
from jaxtyping import Bool, Float, Float32

from render.imaging.filters import soften

_LIGHTER = 40.0             # percentile of lightness from which a face's texels count for its tone: the others lie in shade
_HEAD_SHARE, _BODY_SHARE = 0.45, 0.45   # of the difference, that each is moved
_LIMIT_LAB = np.array([7.0, 6.0, 8.0], np.float32)  # most that either is moved (L*, a*, b*)
_VARNISH = np.array([0.0, 0.5, 0.5], np.float32)    # share of it for hair and hat, on which varnish lies too ...
_VARNISH_LIMIT_LAB = 4.0                            # ... within this
_VARNISH_SEEN = 35.0        # on paint darker than this (L*) a tint is seen less and less: black hair stays black
_EDGE = 0.06                # sigma over which the change fades around skin, outer eye distances
_HUE_FROM, _HUE_TO = 9.0, 15.0      # colours whose a*, b* (in the light of the skin) differ by less are skin, by more none
_DARK_FROM, _DARK_TO = 0.28, 0.42   # as is what is darker than this share of its lightness


class Tuned(NamedTuple):
    """Head and body in one tone of skin."""

    head_lab: Float32[np.ndarray, "H W 3"]
    body_lab: Float32[np.ndarray, "H W 3"]
    tone_lab: Float32[np.ndarray, " 3"]
    """Of the skin, as both now have it."""
    body_shift_lab: Float32[np.ndarray, " 3"]
    """What was added to the body's skin."""


def skin_tone(lab: Float32[np.ndarray, "H W 3"], skin: Bool[np.ndarray, "H W"]) -> Float32[np.ndarray, " 3"]:
    """The tone of skin in the light: median Lab of its lighter texels; nan where there is none."""
    found = lab[skin]
    if not len(found):
        return np.full(3, np.nan, np.float32)
    return np.median(found[found[:, 0] >= np.percentile(found[:, 0], _LIGHTER)], 0).astype(np.float32)


def skin_share(lab: Float32[np.ndarray, "H W 3"], tone_lab: Float[np.ndarray, " 3"]) -> Float32[np.ndarray, "H W"]:
    """How surely each texel is skin of this tone, in light or shade, from its colour: 0 to 1."""
    if np.isnan(tone_lab).any():
        return np.zeros(lab.shape[:2], np.float32)
    lit = np.clip(lab[..., 0] / max(float(tone_lab[0]), 1.0), 0, 1.3)
    # In the shade colours are weaker, but not in proportion.
    wanted = np.asarray(tone_lab[1:], np.float32) * (0.35 + 0.65 * np.minimum(lit, 1.0))[..., None]
    off = np.linalg.norm(lab[..., 1:] - wanted, axis=-1)
    hue = np.clip((_HUE_TO - off) / (_HUE_TO - _HUE_FROM), 0, 1)
    return (hue * np.clip((lit - _DARK_FROM) / (_DARK_TO - _DARK_FROM), 0, 1)).astype(np.float32)


def tuned(head_lab: Float32[np.ndarray, "H W 3"], head_skin: Bool[np.ndarray, "H W"], head_tone: Float[np.ndarray, " 3"],
          body_lab: Float32[np.ndarray, "H W 3"], body: Bool[np.ndarray, "H W"], body_tone: Float[np.ndarray, " 3"] | None,
          eye_px: float) -> Tuned:
    """Both skins moved towards each other.

    Parameters
    ----------
    head_lab, head_skin, head_tone
        CIE Lab of the head's painting, where it shows face and neck, and the face's tone.
    body_lab, body, body_tone
        The same of the body, `body` where it has paint; without a tone nothing is moved.
    eye_px : float
        Outer eye distance, texels.
    """
    if body_tone is None or np.isnan(body_tone).any() or np.isnan(head_tone).any():
        return Tuned(head_lab, body_lab, np.asarray(head_tone, np.float32), np.zeros(3, np.float32))
    gap = (np.asarray(body_tone) - head_tone).astype(np.float32)
    there, back = np.clip(_HEAD_SHARE * gap, -_LIMIT_LAB, _LIMIT_LAB), np.clip(-_BODY_SHARE * gap, -_LIMIT_LAB, _LIMIT_LAB)
    skin = soften(head_skin * skin_share(head_lab, head_tone), _EDGE * eye_px)[..., None]
    varnish = np.clip(_VARNISH * there, -_VARNISH_LIMIT_LAB, _VARNISH_LIMIT_LAB)
    lit = np.clip(head_lab[..., :1] / _VARNISH_SEEN, 0, 1)
    head = head_lab + skin * there * np.maximum(lit, 0.3) + (1 - skin) * varnish * lit
    share = soften(skin_share(body_lab, body_tone) * body, 0.02 * eye_px)[..., None]
    return Tuned(head.astype(np.float32), (body_lab + share * back).astype(np.float32),
                 (head_tone + there).astype(np.float32), back)
