"""What is wrong with the shape of a composed body, and beside its head: plain measures on arrays, 0 for a body as it should be,
about 1 where somebody who looks for it finds the fault.

`render.portrait.body_faults` says how much each counts. Lengths are in outer eye distances, areas in their squares, colours in
Lab, unless said otherwise.
"""

import cv2
import numpy as np
from jaxtyping import Bool, Float, Float32

from data.landmarks import CHIN, JAW
from render.portrait.face_areas import disc, odd_size

_COLOUR_WEIGHTS = np.array([1.0, 0.7, 0.7], np.float32)
"""Steps of hue are felt less than steps of lightness: the shadows of one cloth differ in it."""
_SHOULDERS, _PIT_BELOW_CHIN = (0.9, 1.5), 0.35      # where, to the sides of the pit of the neck, shoulders are looked for
_UNEVEN, _NO_SHOULDER = 1.0, 1.8    # heights that differ by more are crooked; a shoulder so much below the pit is missing
_BROAD_BELOW, _BROADEST = 1.2, 5.5      # below the chin, and as broad as shoulders with sleeves are
_ARM_AROUND, _ARM_SHARE = 0.7, 0.85     # surroundings of a hand, and how much of the cloth in them its own lender should give
_RAGGED = 0.14              # corners and spikes narrower than this belong to no sleeve
_TURNED = 0.55              # a face is turned if its far side is narrower than this share of the near one
_SCRAP_TONE, _SCRAP_OUT = 7.0, (0.4, 1.5)   # difference from the ground, and how far beyond the far cheek it is looked for
_COLLAR_LIGHTER, _COLLAR_LIGHT = 25.0, 35.0     # L* above that of the hair, and L*: what is so light beside a jaw is linen


def crooked(body: Bool[np.ndarray, "H W"], chin: Float[np.ndarray, " 2"], eye_px: float) -> float:
    """For shoulders of very different height, or one that is not there.

    Parameters
    ----------
    body : (H, W) bool
    chin : (2,) float
        Texels.
    eye_px : float
        Outer eye distance, texels.
    """
    pit, tops = chin[1] + _PIT_BELOW_CHIN * eye_px, []
    for side in (-1, 1):
        first, last = sorted(chin[0] + side * np.array(_SHOULDERS) * eye_px)
        columns = body[:, max(0, int(first)):max(0, int(last) + 1)]
        if columns.size:
            top = np.where(columns.any(0), columns.argmax(0), body.shape[0])
            tops.append(float(np.median(top) - pit) / eye_px)
    uneven = max(0.0, max(tops) - min(tops) - _UNEVEN) if len(tops) == 2 else 0.0
    return uneven + sum(max(0.0, top - _NO_SHOULDER) for top in tops)


def broad(body: Bool[np.ndarray, "H W"], chin: Float[np.ndarray, " 2"], eye_px: float) -> float:
    """For shoulders too broad for the head.

    Parameters
    ----------
    body : (H, W) bool
    chin : (2,) float
        Texels.
    eye_px : float
        Outer eye distance, texels.
    """
    row = min(round(chin[1] + _BROAD_BELOW * eye_px), body.shape[0] - 1)
    return max(0.0, float(body[row].sum()) / eye_px - _BROADEST)


def afloat(body: Bool[np.ndarray, "H W"], eye_px: float) -> float:
    """For a body that has ground on both sides where the picture ends: without arms, it stands like an egg.

    Parameters
    ----------
    body : (H, W) bool
    eye_px : float
        Outer eye distance, texels.
    """
    columns = np.nonzero(body[-max(1, round(0.1 * eye_px)):].any(0))[0]
    return float(min(columns[0], body.shape[1] - 1 - columns[-1])) / eye_px if len(columns) else 0.0


def ragged(shown: Bool[np.ndarray, "H W"], eye_px: float) -> float:
    """For corners, notches and spikes of a body's outline.

    Parameters
    ----------
    shown : (H, W) bool
        The body, head left out.
    eye_px : float
        Outer eye distance, texels.
    """
    pad, kernel = int(eye_px), disc(odd_size(_RAGGED * eye_px))
    padded = np.pad(shown.astype(np.uint8), pad, mode="edge")
    whole = cv2.morphologyEx(cv2.morphologyEx(padded, cv2.MORPH_OPEN, kernel), cv2.MORPH_CLOSE, kernel)
    outline = cv2.morphologyEx(padded, cv2.MORPH_GRADIENT, np.ones((3, 3), np.uint8))[pad:-pad, pad:-pad]
    differs = (padded != whole)[pad:-pad, pad:-pad]
    return 200 * float(differs.sum()) / (max(1.0, float(outline.sum())) * eye_px)


def lone_hands(hands: list[Bool[np.ndarray, "H W"]], second: Bool[np.ndarray, "H W"], shown: Bool[np.ndarray, "H W"],
               eye_px: float) -> float:
    """For hands around which there is too little cloth of their own lender's: hands without an arm.

    Parameters
    ----------
    hands : list of (H, W) bool
        One by one.
    second, shown : (H, W) bool
        What the second lender gave, and what both did.
    eye_px : float
        Outer eye distance, texels.
    """
    points = 0.0
    for hand in hands:
        around = cv2.dilate(hand.astype(np.uint8), disc(odd_size(_ARM_AROUND * eye_px))).astype(bool) & ~hand & shown
        own = second == bool(second[hand].mean() > 0.5)
        share = float(own[around].mean()) if around.any() else 0.0
        points += max(0.0, _ARM_SHARE - share) / _ARM_SHARE
    return points


def cut_hands(hands: list[Bool[np.ndarray, "H W"]], second: Bool[np.ndarray, "H W"], shown: Bool[np.ndarray, "H W"]) -> float:
    """For the share of hands' outlines that is a cut, or the end of the body.

    Parameters
    ----------
    hands : list of (H, W) bool
        One by one.
    second, shown : (H, W) bool
        What the second lender gave, and what both did.
    """
    points = 0.0
    for hand in hands:
        own = shown & (second == bool(second[hand].mean() > 0.5))
        rim = cv2.dilate(hand.astype(np.uint8), np.ones((3, 3), np.uint8)).astype(bool) & ~hand
        points += float((~own)[rim].mean()) if rim.any() else 0.0
    return points


def scrap(lab: Float32[np.ndarray, "H W 3"], ground_lab: Float32[np.ndarray, "H W 3"], solid: Bool[np.ndarray, "H W"],
          landmarks: Float[np.ndarray, "68 2"], eye_px: float) -> float:
    """For something beside the far cheek of a turned face, where nothing should be: of another's hair, chair or collar.

    Parameters
    ----------
    lab, ground_lab : (H, W, 3) float32
        The picture, and the ground behind it.
    solid : (H, W) bool
        Body and face.
    landmarks : (68, 2)
        Texels.
    eye_px : float
        Outer eye distance, texels.
    """
    left, right, nose = landmarks[JAW, 0].min(), landmarks[JAW, 0].max(), landmarks[30, 0]
    if min(nose - left, right - nose) > _TURNED * max(nose - left, right - nose):
        return 0.0
    x, y = np.arange(lab.shape[1])[None], np.arange(lab.shape[0])[:, None]
    out = (left - x if nose - left < right - nose else x - right) / eye_px
    beside = (out > _SCRAP_OUT[0]) & (out < _SCRAP_OUT[1]) & (y > landmarks[27, 1]) & (y < landmarks[CHIN, 1]) & ~solid
    other = np.linalg.norm((lab - ground_lab) * _COLOUR_WEIGHTS, axis=-1) > _SCRAP_TONE
    return float((beside & other).sum()) / (0.25 * eye_px ** 2)


def collar_scrap(lightness: Float32[np.ndarray, "H W"], hair: Bool[np.ndarray, "H W"], landmarks: Float[np.ndarray, "68 2"],
                 eye_px: float) -> float:
    """For linen that a head brought along beside its jaw.

    Parameters
    ----------
    lightness : (H, W) float32
        L*.
    hair : (H, W) bool
        What was taken for the head's hair.
    landmarks : (68, 2)
        Texels.
    eye_px : float
        Outer eye distance, texels.
    """
    x, y = np.arange(hair.shape[1])[None], np.arange(hair.shape[0])[:, None]
    top = hair & (y < landmarks[27, 1])
    if top.sum() < 30:
        return 0.0
    aside = (x < landmarks[JAW, 0].min()) | (x > landmarks[JAW, 0].max())
    low = hair & aside & (y > landmarks[33, 1]) & (y < landmarks[CHIN, 1] + 0.3 * eye_px)
    linen = low & (lightness > max(float(np.median(lightness[top])) + _COLLAR_LIGHTER, _COLLAR_LIGHT))
    return float(linen.sum()) / (0.1 * eye_px ** 2)


def pieces(mask: Bool[np.ndarray, "H W"], least: float) -> list[Bool[np.ndarray, "H W"]]:
    """The pieces of a mask that are larger than so many texels."""
    count, labels, stats, _ = cv2.connectedComponentsWithStats(mask.astype(np.uint8))
    return [labels == k for k in range(1, count) if stats[k, cv2.CC_STAT_AREA] > least]
