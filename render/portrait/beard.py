"""Where a beard reaches beyond the jaw. Parts maps call that neck or clothing, for they know the face only as far as its
landmarks go.

A cut through a graph of texels (Boykov and Jolly 2001, doi:10.1109/ICCV.2001.937505) parts what is coloured like the beard on
the chin from what is coloured like cloth, ground and skin, where the picture has edges, and not farther down than beards reach.
"""

from collections.abc import Sequence

import cv2
import maxflow
import numpy as np
from jaxtyping import Bool, Float, Float32, Float64, Int, UInt8
from scipy.ndimage import gaussian_filter

from data.landmarks import CHIN, JAW, JAW_LEFT, JAW_RIGHT, LIPS, NOSE_BASE, OUTER_LIP
from data.parts import FACE_PARTS, Part
from render.imaging.filters import soften
from render.portrait.face_areas import disc, face_hull, odd_size

_EYE_PX = 40.0              # outer eye distance at which beards are sought, texels
# Lengths in outer eye distances.
_USUAL, _WIDER = 0.4, 0.1   # a usual beard's reach below the chin, and beyond the jaw at the sides
_LONGEST = 1.9              # how many times as far from the mouth as a usual one's a long beard reaches
_EGG_EDGE = 0.35            # share of that reach over which the prior changes
_CHIN_BAND = 0.12           # what lies so near to the lips is skin as often as hair
_SEEN_BELOW = 1.8           # the picture is looked at so far below the chin
_CLOTH_FROM = 1.0           # clothing farther than this below the chin shows what this painting's cloth looks like
_BINS = (25, 16, 16)        # of L*, a* and b*, each 4 to 5 units wide
_RANGES = ((0.0, 100.0), (-40.0, 40.0), (-20.0, 60.0))
_MOST_EVIDENCE = 3.0        # of one texel's colour, natural logarithm of odds
_PRIOR = 2.2                # of a place well within a usual beard
_EDGE_LAB = 5.0             # a step in colour that makes a cut cheap
_STEADY = 3.0               # price of a cut where there is no step
_LEAST = 0.04               # smaller findings (outer eye distances squared) are none
_LEAST_TEXELS = 12
_UNLIKE_SKIN_LAB = 11.0     # hair on the chin differs so much from the cheeks


def beard_below_jaw(lab: Float32[np.ndarray, "H W 3"], parts: UInt8[np.ndarray, "H W"], valid: Bool[np.ndarray, "H W"],
                    landmarks: Float[np.ndarray, "68 2"], eye_px: float) -> Bool[np.ndarray, "H W"]:
    """Where the beard reaches beyond the jaw; nowhere if the chin shows none.

    Parameters
    ----------
    lab, parts, valid
        A painting carried onto a layout: CIE Lab, parts, where there is paint.
    landmarks : (68, 2)
        Texels.
    eye_px : float
        Outer eye distance, texels.
    """
    found = np.zeros(parts.shape, bool)
    window = _window(landmarks, eye_px, parts.shape)
    scale = min(1.0, _EYE_PX / eye_px)
    corner = np.array([window[1].start, window[0].start])
    points, unit = (landmarks - corner + 0.5) * scale - 0.5, eye_px * scale
    small = cv2.resize(lab[window], None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
    small = cv2.GaussianBlur(small, (0, 0), 1.0)
    labels, there = (cv2.resize(mask[window].astype(np.uint8), small.shape[1::-1], interpolation=cv2.INTER_NEAREST)
                     for mask in (parts, valid))
    cut = _cut(small, labels, there > 0, points, unit)
    if cut.sum() >= _LEAST * unit ** 2:
        found[window] = cv2.resize(cut.astype(np.float32), lab[window].shape[1::-1], interpolation=cv2.INTER_CUBIC) > 0.5
    return found


def _window(landmarks: Float[np.ndarray, "68 2"], eye_px: float, shape: tuple[int, ...]) -> tuple[slice, slice]:
    top, bottom = landmarks[NOSE_BASE, 1] - 0.6 * eye_px, landmarks[CHIN, 1] + (_LONGEST + 0.3) * eye_px
    left, right = (landmarks[JAW, 0].min() - 1.2 * eye_px, landmarks[JAW, 0].max() + 1.2 * eye_px)
    return (slice(max(0, int(top)), min(shape[0], int(bottom))), slice(max(0, int(left)), min(shape[1], int(right))))


def _cut(lab: Float32[np.ndarray, "h w 3"], parts: UInt8[np.ndarray, "h w"], valid: Bool[np.ndarray, "h w"],
         points: Float[np.ndarray, "68 2"], unit: float) -> Bool[np.ndarray, "h w"]:
    """The cut, at the small size."""
    hull = np.zeros(parts.shape, np.uint8)
    cv2.fillPoly(hull, [np.round(face_hull(points, unit, rise=0.28)).astype(np.int32)], 1)
    face, (y, x) = hull > 0, np.mgrid[:parts.shape[0], :parts.shape[1]]
    hair, skin = _on_the_chin(lab, face, points, unit)
    if hair.sum() < max(_LEAST_TEXELS, _LEAST * unit ** 2):
        return np.zeros(parts.shape, bool)
    egg = _egg(x, y, points, unit)
    never = (egg > _LONGEST) | (y < points[NOSE_BASE, 1]) | ~valid
    far = (y > points[CHIN, 1] + _CLOTH_FROM * unit) | (egg > _LONGEST)
    other = valid & ~face & (((parts == Part.CLOTHING) & far) | ((parts == Part.BACKGROUND) & (egg > 1.1)))
    odds = _evidence(lab, [hair], [other, skin]) + _PRIOR * np.clip((1 - egg) / _EGG_EDGE, -2.0, 1.0)
    chosen = _two_labels(lab, np.where(never, -1e3, np.where(face, 1e3, odds))) & ~face
    count, labels, stats, _ = cv2.connectedComponentsWithStats((chosen | face).astype(np.uint8))
    main = 1 + int(np.argmax(stats[1:, cv2.CC_STAT_AREA])) if count > 1 else 0
    smooth = soften((labels == main), 0.03 * unit) > 0.5
    return smooth & ~face & ~never


def _egg(x: Int[np.ndarray, "h w"], y: Int[np.ndarray, "h w"], points: Float[np.ndarray, "68 2"],
         unit: float) -> Float64[np.ndarray, "h w"]:
    """How far out each place lies in terms of a usual beard, whose rim is at 1."""
    middle = points[OUTER_LIP].mean(0)
    left, right = middle[0] - points[JAW_LEFT + 3, 0], points[JAW_RIGHT - 3, 0] - middle[0]
    wide = np.where(x < middle[0], max(left, 0.2 * unit), max(right, 0.2 * unit)) + _WIDER * unit
    high = points[CHIN, 1] - middle[1] + _USUAL * unit
    return np.hypot((x - middle[0]) / wide, np.maximum(y - middle[1], 0) / high)


def _on_the_chin(lab: Float32[np.ndarray, "h w 3"], face: Bool[np.ndarray, "h w"], points: Float[np.ndarray, "68 2"],
                 unit: float) -> tuple[Bool[np.ndarray, "h w"], Bool[np.ndarray, "h w"]]:
    """Texels of the face that are hair of a beard, and such as are skin."""
    y = np.mgrid[:face.shape[0], :face.shape[1]][0]
    lips = np.zeros(face.shape, np.uint8)
    cv2.fillPoly(lips, [np.round(cv2.convexHull(points[LIPS].astype(np.float32))).astype(np.int32)], 1)
    lips = cv2.dilate(lips, disc(odd_size(_CHIN_BAND * unit))) > 0
    cheeks = face & (y < points[NOSE_BASE, 1])
    if cheeks.sum() < _LEAST_TEXELS:
        return np.zeros_like(face), cheeks
    # The lighter half of the cheeks: the other lies in the shade.
    tone = np.median(lab[cheeks][lab[cheeks][:, 0] >= np.median(lab[cheeks][:, 0])], 0)
    shade = np.clip(lab[..., :1] / max(float(tone[0]), 1.0), 0.2, 1.0)
    unlike = np.abs(lab[..., 1:] - tone[1:] * shade).max(-1) * 1.3
    dark = tone[0] - lab[..., 0]
    grey = (np.hypot(lab[..., 1], lab[..., 2]) < 0.62 * np.hypot(*tone[1:]) * shade[..., 0])
    hair = face & ~lips & (y > points[OUTER_LIP, 1].mean()) & (grey | (unlike > _UNLIKE_SKIN_LAB) | (dark > 0.55 * tone[0]))
    return hair, (face & ~lips & ~hair & (y < points[OUTER_LIP, 1].max())) | cheeks


def _evidence(lab: Float32[np.ndarray, "h w 3"], own: Sequence[Bool[np.ndarray, "h w"]],
              other: Sequence[Bool[np.ndarray, "h w"]]) -> Float64[np.ndarray, "h w"]:
    """Logarithm of the odds that a texel is of the one kind, from its colour alone."""
    index = tuple(np.clip(((lab[..., c] - low) / (high - low) * bins).astype(int), 0, bins - 1)
                  for c, (bins, (low, high)) in enumerate(zip(_BINS, _RANGES, strict=True)))

    def likely(groups: Sequence[Bool[np.ndarray, "h w"]]) -> Float64[np.ndarray, "h w"]:
        total = np.zeros(lab.shape[:2])
        for where in groups:
            if where.sum() >= _LEAST_TEXELS:
                counts = np.zeros(_BINS)
                np.add.at(counts, tuple(i[where] for i in index), 1.0)
                total = np.maximum(total, gaussian_filter(counts / where.sum(), 1.0)[index])
        return total + 1e-4

    return np.clip(np.log(likely(own) / likely(other)), -_MOST_EVIDENCE, _MOST_EVIDENCE)


def _two_labels(lab: Float32[np.ndarray, "h w 3"], odds: Float64[np.ndarray, "h w"]) -> Bool[np.ndarray, "h w"]:
    """True where the odds are for it, cut along edges of the picture."""
    graph = maxflow.Graph[float]()
    nodes = graph.add_grid_nodes(odds.shape)
    for down, right in ((0, 1), (1, 0), (1, 1), (1, -1)):
        step = np.linalg.norm(np.roll(lab, (-down, -right), (0, 1)) - lab, axis=-1)
        price = (_STEADY * np.exp(-(step / _EDGE_LAB) ** 2 / 2) + 0.05) / (2.0 * np.hypot(down, right))
        structure = np.zeros((3, 3))
        structure[1 + down, 1 + right] = 1
        graph.add_grid_edges(nodes, price.astype(np.float64), structure=structure, symmetric=True)
    graph.add_grid_tedges(nodes, np.maximum(odds, 0), np.maximum(-odds, 0))
    graph.maxflow()
    return ~graph.get_grid_segments(nodes)
