"""Which of the hair of a parts map is hair: collars and cloth behind an ear are often taken for it."""

import cv2
import numpy as np
from jaxtyping import Bool, Float, Float32, UInt8

from data.landmarks import CHIN, JAW, OUTER_LIP
from data.parts import FACE_PARTS, Part
from render.portrait.colour_cut import evidence, two_labels
from render.portrait.face_areas import disc, odd_size

_EYE_PX = 40.0              # outer eye distance at which hair is told from cloth, texels
_SEEN = 1.6                 # what is seen beside the jaw and below the chin, outer eye distances
_LEAST_TEXELS = 12
_TRUST, _DISTRUST = 1.0, -0.8   # odds that the parts map is right at the height of the mouth, and from the chin on downwards
_NEAR, _FAR = 0.45, 4.0     # hair hangs no farther beside the jaw than this; odds against it an outer eye distance farther out
# Long hair is sought so far within and beside the jaw's sides; odds against hair where the map has none.
_INWARDS, _LONG, _FURTHER = 0.1, 0.9, 1.0
_STRANGE = 10.0             # a colour that the hair above the mouth has not is so many times likelier not hair
_THIN = 0.24                # what hangs on by less than this is apart, outer eye distances


def only_hair(lab: Float32[np.ndarray, "H W 3"], parts: UInt8[np.ndarray, "H W"], head: Bool[np.ndarray, "H W"],
              landmarks: Float[np.ndarray, "68 2"], eye_px: float) -> Bool[np.ndarray, "H W"]:
    """A head without the cloth that its parts map calls hair, and with the ends of long hair that it calls cloth.

    Parameters
    ----------
    lab, parts
        A painting carried onto a layout: CIE Lab, and what it shows.
    head : (H, W) bool
        Face, hair, beard and hat.
    landmarks : (68, 2)
        Texels.
    eye_px : float
        Outer eye distance, texels.
    """
    top, bottom = landmarks[OUTER_LIP, 1].min() - _SEEN * eye_px, landmarks[CHIN, 1] + _SEEN * eye_px
    left, right = landmarks[JAW, 0].min() - _SEEN * eye_px, landmarks[JAW, 0].max() + _SEEN * eye_px
    window = (slice(max(0, int(top)), int(bottom)), slice(max(0, int(left)), int(right)))
    scale = min(1.0, _EYE_PX / eye_px)
    small = cv2.GaussianBlur(cv2.resize(lab[window], None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA), (0, 0), 0.7)
    size = small.shape[1::-1]
    labels = cv2.resize(parts[window], size, interpolation=cv2.INTER_NEAREST)
    rough = cv2.resize(head[window].astype(np.uint8), size, interpolation=cv2.INTER_NEAREST) > 0
    y = (np.arange(size[1])[:, None] + 0.5) / scale - 0.5 + window[0].start
    mouth, chin = landmarks[OUTER_LIP, 1].mean(), landmarks[CHIN, 1]
    hair, doubtful = (labels == Part.HAIR) & rough, (labels == Part.HAIR) & rough & (y > mouth)
    sample = hair & (y < mouth)
    if sample.sum() < _LEAST_TEXELS or not doubtful.any():
        return head
    prior = _TRUST + (_DISTRUST - _TRUST) * np.clip((y - mouth) / (chin - mouth), 0, 1)
    x = (np.arange(size[0])[None] + 0.5) / scale - 0.5 + window[1].start
    beside = np.maximum(landmarks[JAW, 0].min() - x, x - landmarks[JAW, 0].max()) / eye_px
    prior = prior - _FAR * np.clip(beside - _NEAR, 0, 1)
    # Long hair goes on where the map says cloth or ground: at the sides, below hair.
    long = np.isin(labels, (Part.CLOTHING, Part.BACKGROUND)) & (y > mouth) & (beside < _LONG) & (beside > -_INWARDS)
    others = [(labels == Part.CLOTHING) & ~long, (labels == Part.NECK) & (y > mouth)]
    colour = evidence(small, [sample], [*others, np.isin(labels, FACE_PARTS)], strange=_STRANGE)
    odds = np.where(doubtful, colour + prior, np.where(rough, 1e3, -1e3))
    odds = np.where(long & ~rough, colour - _FURTHER, odds)
    whole = _thick(two_labels(small, odds), labels, scale * eye_px)
    kept, more = whole & rough, _below(whole & ~rough, whole & doubtful)
    lost = cv2.resize((rough & ~kept).astype(np.float32), lab[window].shape[1::-1], interpolation=cv2.INTER_LINEAR) > 0.5
    gained = cv2.resize(more.astype(np.float32), lab[window].shape[1::-1], interpolation=cv2.INTER_LINEAR) > 0.5
    result = head.copy()
    result[window] &= ~(lost & (parts[window] == Part.HAIR))
    result[window] |= gained
    return result


def _below(more: Bool[np.ndarray, "h w"], hair: Bool[np.ndarray, "h w"]) -> Bool[np.ndarray, "h w"]:
    """The pieces of what was found in addition that go on from hair above them."""
    _, pieces = cv2.connectedComponents(more.astype(np.uint8))
    touched = np.zeros_like(more)
    touched[2:] = hair[:-2]
    return more & np.isin(pieces, np.unique(pieces[touched & more]))


def _thick(head: Bool[np.ndarray, "h w"], labels: UInt8[np.ndarray, "h w"], eye_px: float) -> Bool[np.ndarray, "h w"]:
    """The head without what hangs on by a thread."""
    kernel = disc(odd_size(_THIN * eye_px / 2))
    opened = cv2.morphologyEx(np.pad(head.astype(np.uint8), 9, mode="edge"), cv2.MORPH_OPEN, kernel)[9:-9, 9:-9]
    count, pieces = cv2.connectedComponents(opened)
    faces = pieces[np.isin(labels, FACE_PARTS) & (opened > 0)]
    if not len(faces):
        return head
    main = pieces == np.bincount(faces).argmax()
    return head & ((cv2.dilate(main.astype(np.uint8), kernel) > 0) | np.isin(labels, FACE_PARTS))
