"""Where hair, face, neck and clothing of a sitter are to be expected, by place alone.

Places are in the face's own frame (`features.face.upright`): x to the right and y down from the eyes' middle, in units of eyes
to mouth. The prior is made of log scores, of which only differences matter. They were set by eye on paintings by Titian.
"""

from typing import NamedTuple

import numpy as np
from jaxtyping import Bool, Float, Float32

from data.landmarks import CHIN, JAW, JAW_LEFT, JAW_RIGHT, LEFT_BROW, RIGHT_BROW

BACKGROUND, HAIR, FACE, NECK, CLOTHING = LAYERS = range(5)
"""The coarse parts in the order of every stack of maps."""

_ELSEWHERE = -3.0  # score of every part but the background where no other rule applies
# Head: an ellipse around face and skull, centred below the eyes, taller above them than a bare skull to hold hats.
_HEAD_Y, _HEAD_UP, _HEAD_DOWN, _HEAD_BEYOND_JAW = 0.35, 2.5, 1.7, 0.95
# Hair: its score at the head, where it begins to fall (in radii of the ellipse), how fast, and how fast below the chin.
_HAIR, _HAIR_FULL, _HAIR_OUTWARDS, _HAIR_DOWNWARDS, _HAIR_ABOVE_CHIN = 1.2, 0.75, 4.0, 3.5, 0.1
# Long hair beside the face: from where down, from which share of the half jaw and how far outwards, its score, its fall.
_FALLING_FROM_Y, _FALLING_FROM, _FALLING_WIDTH, _FALLING, _FALLING_FADE, _NOT_FALLING = 0.3, 0.8, 1.1, -0.2, 1.3, -6
_FACE, _NO_FACE = 3.0, -7.0
_HAIR_ON_FACE, _NECK_ON_FACE, _CLOTHING_ON_FACE = -1.5, -3.0, -5.0
# Forehead: from a little above the brows, over this height, the score of the face falls and that of hair rises, so that colour
# decides where the hairline is.
_ABOVE_BROWS, _FOREHEAD = 0.08, 0.55
_FOREHEAD_FACE, _FOREHEAD_FACE_FALL, _FOREHEAD_HAIR, _FOREHEAD_HAIR_RISE = 2.2, 2.6, -0.5, 1.6
# Ears: from which share of the half jaw, how far beyond it, between which heights; as likely face as background.
_EAR_FROM, _EAR_BEYOND, _EAR_TOP, _EAR_BOTTOM, _EAR = 0.9, 0.28, -0.15, 0.75, 0.0
# A low neckline shows skin down to about a face's height below the chin, widening downwards.
_NECK_FROM, _NECK_FADE_OVER, _NECK, _NECK_FADE, _NO_NECK = 0.75, 0.9, 1.6, 1.1, -7
_NECK_WIDTH, _NECK_WIDENS, _NECK_LEAST_WIDTH, _NECK_FULL, _NECK_OUTWARDS = 0.75, 0.6, 0.05, 0.8, 2.5
# Clothing: from a little above the chin its score rises downwards between two heights; farther up it falls upwards.
_CLOTHING_FROM, _CLOTHING, _CLOTHING_RISE, _CLOTHING_TOP, _CLOTHING_BOTTOM = 0.25, 0.2, 1.2, -0.5, 1.6
_CLOTHING_ABOVE, _CLOTHING_ABOVE_RISE, _CLOTHING_ABOVE_TOP, _CLOTHING_ABOVE_BOTTOM = -5, 2, -2, 1
# A beard: half its width in half jaws, from above to below the chin; its score and how that falls below the chin.
_BEARD_WIDTH, _BEARD_TOP, _BEARD_BOTTOM, _BEARD, _BEARD_FADE = 0.85, 0.3, 1.2, 0.9, 2.0


class FacePlaces(NamedTuple):
    """The places of a picture in the face's own frame.

    `x`, `y` (h, w) float32 of every pixel; `aside` and `below_chin` its distances from the face's middle line and below the
    chin; `zone` the face itself, forehead included; `middle` and `half` the middle and half the width of the jaw; `brow` and
    `chin` the heights of the brows' tops and of the chin.
    """

    x: Float32[np.ndarray, "h w"]
    y: Float32[np.ndarray, "h w"]
    aside: Float32[np.ndarray, "h w"]
    below_chin: Float32[np.ndarray, "h w"]
    zone: Bool[np.ndarray, "h w"]
    middle: float
    half: float
    brow: float
    chin: float

    @classmethod
    def of(cls, x: Float32[np.ndarray, "h w"], y: Float32[np.ndarray, "h w"], zone: Bool[np.ndarray, "h w"],
           upright: Float[np.ndarray, "68 2"]) -> "FacePlaces":
        """From the place of every pixel in the face's own frame.

        Parameters
        ----------
        x, y : (h, w) float32
        zone : (h, w) bool
            The face, forehead included.
        upright : (68, 2)
            Landmarks in the same frame.
        """
        # Plain numbers, since NumPy's own would turn the whole map to double precision.
        chin = float(upright[JAW][5:12, 1].max())
        middle = float(upright[[JAW_LEFT, JAW_RIGHT, CHIN], 0].mean())
        half = float(upright[JAW_RIGHT, 0] - upright[JAW_LEFT, 0]) / 2
        brow = float(min(upright[LEFT_BROW, 1].min(), upright[RIGHT_BROW, 1].min()))
        return cls(x, y, np.abs(x - middle), y - chin, zone, middle, half, brow, chin)


def place_prior(places: FacePlaces, bearded: bool) -> Float32[np.ndarray, "5 h w"]:
    """Log scores of each of LAYERS by place; `bearded` raises the score of the face below the chin."""
    prior = np.full((len(LAYERS), *places.x.shape), _ELSEWHERE, np.float32)
    prior[BACKGROUND] = 0.0
    prior[HAIR] = _hair(places)
    prior[NECK], prior[CLOTHING] = _neck(places), _clothing(places)
    _set_face(prior, places)
    if bearded:
        _set_beard(prior, places)
    return prior


def _hair(places: FacePlaces) -> np.ndarray:
    """On and around the head, and falling beside it."""
    from_eyes = places.y - _HEAD_Y
    above = np.where(places.y < _HEAD_Y, from_eyes / _HEAD_UP, from_eyes / _HEAD_DOWN)
    head = np.sqrt(((places.x - places.middle) / (places.half + _HEAD_BEYOND_JAW)) ** 2 + above ** 2)
    hair = (_HAIR - _HAIR_OUTWARDS * np.clip(head - _HAIR_FULL, 0, None)
            - _HAIR_DOWNWARDS * np.clip(places.below_chin + _HAIR_ABOVE_CHIN, 0, None))
    fall = np.clip(places.aside - places.half * _FALLING_FROM, 0, None)
    falling = (places.y > _FALLING_FROM_Y) & (fall > 0) & (fall < _FALLING_WIDTH)
    return np.maximum(hair, np.where(falling, _FALLING - _FALLING_FADE * np.clip(places.below_chin, 0, None), _NOT_FALLING))


def _neck(places: FacePlaces) -> np.ndarray:
    """Below the chin, widening and fading downwards."""
    below = np.clip(places.below_chin / _NECK_FADE_OVER, 0, None)
    side = places.aside / (_NECK_WIDTH * places.half + _NECK_WIDENS * below + _NECK_LEAST_WIDTH)
    neck = _NECK - _NECK_FADE * below - _NECK_OUTWARDS * np.clip(side - _NECK_FULL, 0, None)
    return np.where(places.y > places.chin - _NECK_FROM, neck, _NO_NECK)


def _clothing(places: FacePlaces) -> np.ndarray:
    """From the chin downwards."""
    below = _CLOTHING + _CLOTHING_RISE * np.clip(places.below_chin, _CLOTHING_TOP, _CLOTHING_BOTTOM)
    above = _CLOTHING_ABOVE + _CLOTHING_ABOVE_RISE * np.clip(places.y, _CLOTHING_ABOVE_TOP, _CLOTHING_ABOVE_BOTTOM)
    return np.where(places.y > places.chin - _CLOTHING_FROM, below, above)


def _set_face(prior: Float32[np.ndarray, "5 h w"], places: FacePlaces) -> None:
    """The face, its forehead, where hair competes, and the ears."""
    zone, face, hair = places.zone, prior[FACE], prior[HAIR]
    face[:] = np.where(zone, _FACE, _NO_FACE)
    hairline = places.brow - _ABOVE_BROWS
    forehead = zone & (places.y < hairline)
    rise = np.clip((hairline - places.y) / _FOREHEAD, 0, 1)
    face[forehead] = (_FOREHEAD_FACE - _FOREHEAD_FACE_FALL * rise)[forehead]
    hair[forehead] = np.maximum(hair, _FOREHEAD_HAIR + _FOREHEAD_HAIR_RISE * rise)[forehead]
    hair[zone & ~forehead] = _HAIR_ON_FACE
    ears = ((places.aside > places.half * _EAR_FROM) & (places.aside < places.half + _EAR_BEYOND)
            & (places.y > _EAR_TOP) & (places.y < _EAR_BOTTOM) & ~zone)
    face[ears] = _EAR
    prior[NECK, zone], prior[CLOTHING, zone] = _NECK_ON_FACE, _CLOTHING_ON_FACE


def _set_beard(prior: Float32[np.ndarray, "5 h w"], places: FacePlaces) -> None:
    """Raise the score of the face where a beard hangs below the chin."""
    beard = ((places.aside < _BEARD_WIDTH * places.half) & (places.y > places.chin - _BEARD_TOP)
             & (places.y < places.chin + _BEARD_BOTTOM) & ~places.zone)
    prior[FACE, beard] = (_BEARD - _BEARD_FADE * np.clip(places.below_chin, 0, None))[beard]
