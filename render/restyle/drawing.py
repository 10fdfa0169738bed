"""What a painting takes over from the original picture: drawing, broad tones, and detail finer than the canvas."""

from typing import NamedTuple

import cv2
import numpy as np
from jaxtyping import Float32

from data.colour import LUMA
from data.parts import FACE_PARTS, Part
from render.enlarge.overpaint import overpaint
from render.imaging.colour_transfer import match_tones, match_tones_by_rows
from render.imaging.region_parts import encode
from render.restyle.scene import Scene


class _ToneShares(NamedTuple):
    """How far the finished painting is brought to the master's tones: skin, which is the most characteristic, and all else."""

    skin: float
    elsewhere: float


_TONE_SHARES = _ToneShares(skin=1.0, elsewhere=0.35)
_UNKNOWN_TONE_SHARES = _ToneShares(skin=0.5, elsewhere=0.5)  # where parts are not told apart
# How far the picture is brought to the master's tones before its drawing is let through.
_DRAWING_TONES, _UNKNOWN_DRAWING_TONES = 0.9, 0.5
_SKIN = (Part.FACE, Part.NECK)
# Detail finer than the canvas is added as a factor on lightness, held within these limits. Lightness is raised by the last
# number before it is compared, so that noise in darks does not count as detail.
_LEAST_FACTOR, _MOST_FACTOR, _DARK = 0.5, 2, 0.03


def with_drawing(scene: Scene, painted: Float32[np.ndarray, "h w 3"]) -> Float32[np.ndarray, "H W 3"]:
    """A painting (of any size) with the picture's own drawing let through, most in a face, all in the master's tones."""
    strength, share, shape = scene.settings.strength, scene.drawing_share, scene.shape
    drawn = (painted.astype(np.float32) if painted.shape[:2] == shape else
             cv2.resize(painted, shape[::-1], interpolation=cv2.INTER_CUBIC))
    amount = _DRAWING_TONES if scene.parts_known else _UNKNOWN_DRAWING_TONES
    for low, high, toned in match_tones_by_rows(scene.rgb, scene.codes, scene.mixtures, amount * strength):
        rows = drawn[low:high]
        rows += (1 - strength * (1 - share[low:high, :, None])) * (toned - np.clip(rows, 0, 1, out=rows))
        np.clip(rows, 0, 1, out=rows)
    shares = _TONE_SHARES if scene.parts_known else _UNKNOWN_TONE_SHARES
    amounts = {part: strength * (shares.skin if part in _SKIN else shares.elsewhere) for part in Part}
    # A face is toned as a whole: if lips and nose were toned separately, they would look like stains.
    labels = np.where(np.isin(scene.labels, FACE_PARTS), Part.FACE, scene.labels).astype(np.uint8)
    return match_tones(drawn, encode(labels, scene.regions), scene.mixtures, amounts)


def enlarged(scene: Scene, painted: Float32[np.ndarray, "h w 3"], strength: float) -> Float32[np.ndarray, "H W 3"]:
    """A painting of the reduced scene at the picture's size: in finer and finer strokes, and with what the picture shows
    that is finer still, as light and shade, most at the features of a face.

    Parameters
    ----------
    scene : Scene
        At its full size.
    painted : (h, w, 3) float32
        The painting of `scene.reduced`; given back as it is if it has the picture's size.
    strength : float
        Below 1, strokes are weaker and more of the picture's detail shows.

    Returns
    -------
    (H, W, 3) float32 in [0, 1]
    """
    if painted.shape == scene.rgb.shape:
        return painted
    size = scene.shape[::-1]
    result = overpaint(painted, scene.shape, seed=scene.settings.seed)
    share = scene.drawing_share
    if strength < 1:
        result += (1 - strength) * (cv2.resize(painted, size, interpolation=cv2.INTER_CUBIC) - result)
        share = 1 - strength * (1 - share)
    light = scene.rgb @ LUMA + np.float32(_DARK)
    broad = cv2.resize(cv2.resize(light, painted.shape[1::-1], interpolation=cv2.INTER_AREA), size,
                       interpolation=cv2.INTER_CUBIC)
    result *= (np.clip(light / np.maximum(broad, _DARK), _LEAST_FACTOR, _MOST_FACTOR) ** share)[..., None]
    return np.clip(result, 0, 1, out=result)
