"""Background, hair, face, neck and clothing on a small grid, from place, segmentation and colour together.

Colours are learned from the picture itself: pixels whose part is already sure by place and segmentation teach the colours of
that part, which then decide about the others.
"""

import math
from typing import NamedTuple

import cv2
import numpy as np
from jaxtyping import Bool, Float, Float32, Int, UInt8

from data.colour import from_uint8, rgb_to_lab
from features.face.outline import face_outline
from features.face.upright import to_upright, upright_places
from features.sitter.person import person_map
from features.sitter.place_prior import BACKGROUND, CLOTHING, FACE, HAIR, LAYERS, NECK, FacePlaces, place_prior

_CALM_PX = 1.2  # blur of the colours
_SMOOTH = 0.06  # blur of the scores, in units of eyes to mouth
_EDGE_PX = 1.0  # blur of the scores after pieces were taken away
_LEAST_PROBABILITY = 0.004  # that the segmentation is believed to give
_ROUNDS = 2  # of learning colours
_SEEN_COUNTS = 1.6  # weight of the segmentation once colours are known

# Skin between eyes and mouth, with which the neckline is compared: from and to, in units of eyes to mouth below the eyes.
_SKIN_TOP, _SKIN_BOTTOM = 0.05, 1.0
_LEAST_SKIN, _LIT_PERCENTILE = 30, 40  # pixels; the darker ones are shaded
# Least standard deviations of skin in L, a and b, and how many of them make one unit of colour difference.
_LEAST_SKIN_SPREAD, _SKIN_SPREADS = np.array([6.0, 3.5, 4.0], np.float32), np.float32(1.6)
# A low neckline: how far below the chin it may reach, its half width at the chin, and how much that grows downwards.
_NECKLINE_DEPTH, _NECKLINE_WIDTH, _NECKLINE_WIDENS = 2.6, 0.9, 0.9
_SKIN_GAIN, _SKIN_DOUBT = 1.6, 0.2  # likeness to skin becomes certainty
_NECKLINE_NECK, _NECKLINE_CLOTHING = 2.6, 2.0  # what that adds to the neck, and takes from the clothing

# Colours told apart: steps of L, a and b, how many of them, and where a and b begin below zero.
_COLOUR_STEPS, _COLOUR_OFFSETS, _COLOURS = (5, 6, 6), (0, 16, 16), (20, 32, 32)
_SURE = 0.6  # share of a part above which a pixel teaches its colour
_FACE_TEACHES_NECK = 0.5  # bare skin below the chin is painted with the palette of the face
_KEPT, _SHARED = 0.5, 0.25  # of a colour's count for itself, and for each neighbour along an axis
_RARE, _LEAST_COUNT = 2e-4, 1e-9  # share of all counts, and count, that every colour gets at least
_COLOUR_COUNTS, _COLOUR_LEAST = 0.7, -3.5  # weight of the colours' log likelihood, and its limit
# Pieces of each part that are kept: at least this share of its largest one. The face is the piece with the face's middle.
_KEPT_PIECES = {HAIR: 0.15, NECK: 0.3, CLOTHING: 0.1}
_LEAST_HOLE = 0.01  # pieces of background smaller than this share of the largest one are holes in the sitter


def coarse_fields(small: UInt8[np.ndarray, "h w 3"], points: Float[np.ndarray, "68 2"],
                  bearded: bool) -> Float32[np.ndarray, "5 h w"]:
    """Smooth scores of the five coarse parts.

    Parameters
    ----------
    small : (h, w, 3) uint8
    points : (68, 2)
        Landmarks in its pixels.
    bearded : bool

    Returns
    -------
    (5, h, w) float32
        In the order of `features.sitter.place_prior.LAYERS`; the largest wins.
    """
    shape = small.shape[:2]
    person = person_map(small, points)
    upright, frame = to_upright(points)
    places = FacePlaces.of(*upright_places(shape, frame), filled(shape, face_outline(points)), upright)
    lab = cv2.GaussianBlur(rgb_to_lab(from_uint8(small)), (0, 0), _CALM_PX)
    prior = place_prior(places, bearded)
    _uncover_neckline(prior, lab, places)
    # How likely the background is by the segmentation, then each part of the sitter.
    seen = np.log(np.clip(np.stack([1 - person, person]), _LEAST_PROBABILITY, 1))[[0, 1, 1, 1, 1]]
    score, colours = prior + seen, _colour_bins(lab)
    for _ in range(_ROUNDS):
        score = _with_colour(score, prior + _SEEN_COUNTS * seen, colours)
    smooth = np.stack([cv2.GaussianBlur(layer, (0, 0), _SMOOTH * frame.unit_px) for layer in _share(score)])
    return _without_islands(smooth, points)


def filled(shape: tuple[int, ...], contour: Float[np.ndarray, "N 2"]) -> Bool[np.ndarray, "h w"]:
    """What lies within a closed contour, to a sixteenth of a pixel, in a picture of this (height, width)."""
    mask = np.zeros(shape, np.uint8)
    cv2.fillPoly(mask, [np.round(contour * 16).astype(np.int32)], 1, lineType=cv2.LINE_8, shift=4)
    return mask.astype(bool)


def _uncover_neckline(prior: Float32[np.ndarray, "5 h w"], lab: Float32[np.ndarray, "h w 3"], places: FacePlaces) -> None:
    """Change the prior in place: where paint below the chin looks like skin between eyes and mouth, neck is made likelier and
    clothing less likely."""
    skin_zone = places.zone & (places.y > _SKIN_TOP) & (places.y < _SKIN_BOTTOM)
    below = places.below_chin
    reach = (below > 0) & (below < _NECKLINE_DEPTH) & (places.aside < _NECKLINE_WIDTH + _NECKLINE_WIDENS * below)
    skin = _skin_likeness(lab[reach], lab[skin_zone])
    fade = np.clip(_NECKLINE_DEPTH - below[reach], 0, 1) * np.clip(skin * _SKIN_GAIN - _SKIN_DOUBT, 0, 1)
    prior[NECK, reach] += _NECKLINE_NECK * fade
    prior[CLOTHING, reach] -= _NECKLINE_CLOTHING * fade


def _skin_likeness(colours: Float32[np.ndarray, "N 3"], skin: Float32[np.ndarray, "M 3"]) -> Float32[np.ndarray, " N"]:
    """In [0, 1]: how near each colour, in Lab, is to the better lit of the face's skin."""
    if len(skin) < _LEAST_SKIN:
        return np.zeros(len(colours), np.float32)
    lit = skin[skin[:, 0] > np.percentile(skin[:, 0], _LIT_PERCENTILE)]
    middle, spread = np.median(lit, axis=0), np.maximum(lit.std(0), _LEAST_SKIN_SPREAD)
    return np.exp(-0.5 * np.square((colours - middle) / (_SKIN_SPREADS * spread)).sum(1))


class _ColourBins(NamedTuple):
    """Each pixel's colour as a number (h, w) among those that occur and their neighbours, and how many of these there are
    along each axis of Lab."""

    numbers: Int[np.ndarray, "h w"]
    sides: tuple[int, ...]


def _colour_bins(lab: Float32[np.ndarray, "h w 3"]) -> _ColourBins:
    numbers, sides = np.zeros(lab.shape[:2], np.intp), []
    for channel, width, offset, count in zip(cv2.split(lab), _COLOUR_STEPS, _COLOUR_OFFSETS, _COLOURS):
        place = np.clip((channel / width + offset).astype(np.intp), 0, count - 1)
        low, high = max(int(place.min()) - 1, 0), min(int(place.max()) + 2, count)
        numbers = numbers * (high - low) + (place - low)
        sides.append(high - low)
    return _ColourBins(numbers, tuple(sides))


def _share(score: Float32[np.ndarray, "5 h w"]) -> Float32[np.ndarray, "5 h w"]:
    """Log scores as shares that add up to 1."""
    score = score - score.max(0)
    score = np.exp(score)
    return score / score.sum(0)


def _with_colour(score: Float32[np.ndarray, "5 h w"], prior: Float32[np.ndarray, "5 h w"],
                 colours: _ColourBins) -> Float32[np.ndarray, "5 h w"]:
    """The prior with a colour model per part, learned from where the last scores were sure."""
    share = _share(score)
    seeds = share * (share > _SURE)
    seeds[NECK] += _FACE_TEACHES_NECK * seeds[FACE]
    counts = [np.bincount(colours.numbers.ravel(), layer.ravel() + 1e-6, math.prod(colours.sides)) for layer in seeds]
    histogram = _smoothed(np.stack(counts).astype(np.float32).reshape(len(LAYERS), *colours.sides)).reshape(len(LAYERS), -1)
    count, total = math.prod(_COLOURS), histogram.sum(1, keepdims=True)
    least = _RARE * total / count + _LEAST_COUNT
    likelihood = np.take(np.log((histogram + least) / (total + count * least)), colours.numbers, axis=1)
    likelihood -= likelihood.max(0)
    return prior + np.clip(_COLOUR_COUNTS * likelihood, _COLOUR_LEAST, 0)


def _smoothed(histogram: Float32[np.ndarray, "5 l a b"]) -> Float32[np.ndarray, "5 l a b"]:
    """Counts of colours, each shared with its neighbours along every axis: a part has few pixels."""
    for axis in (1, 2, 3):
        shared = _KEPT * histogram
        low, high = ([slice(None)] * 4 for _ in range(2))
        low[axis], high[axis] = slice(None, -1), slice(1, None)
        shared[tuple(low)] += _SHARED * histogram[tuple(high)]
        shared[tuple(high)] += _SHARED * histogram[tuple(low)]
        histogram = shared
    return histogram


def _without_islands(fields: Float32[np.ndarray, "5 h w"], points: Float[np.ndarray, "68 2"]) -> Float32[np.ndarray, "5 h w"]:
    """Give small pieces of a part that lie apart from its main body to whatever surrounds them."""
    labels = fields.argmax(0)
    face = tuple(int(v) for v in np.round(points.mean(0)))
    person = (labels != BACKGROUND).astype(np.uint8)
    body = _piece_at(person, face)
    cleaned = fields.copy()
    for layer in LAYERS[1:]:
        mask = labels == layer
        kept = _piece_at(mask, face) if layer == FACE else _large_pieces(mask, _KEPT_PIECES[layer])
        cleaned[layer][mask & ~(kept & body)] = 0
    # Holes in the sitter are closed; what remains unlabelled falls to the next likely part.
    cleaned[BACKGROUND][(labels == BACKGROUND) & ~_large_pieces(1 - person, _LEAST_HOLE)] = 0
    total = cleaned.sum(0)
    cleaned[BACKGROUND][total < 1e-6] = 1
    return np.stack([cv2.GaussianBlur(layer, (0, 0), _EDGE_PX) for layer in cleaned])


def _piece_at(mask: np.ndarray, seed_xy: tuple[int, ...]) -> Bool[np.ndarray, "h w"]:
    """The connected piece of a mask that holds a place, or its largest one if none does."""
    mask = np.asarray(mask, np.uint8)
    count, labels, _, _ = cv2.connectedComponentsWithStats(mask, connectivity=4)
    x, y = np.clip(seed_xy, 0, np.array(mask.shape[1::-1]) - 1)
    if count > 1 and labels[y, x]:
        return labels == labels[y, x]
    return _large_pieces(mask, 1.0)


def _large_pieces(mask: np.ndarray, share: float) -> Bool[np.ndarray, "h w"]:
    """The connected pieces of a mask that are at least this share of the largest one."""
    mask = np.asarray(mask, np.uint8)
    count, labels, stats, _ = cv2.connectedComponentsWithStats(mask, connectivity=4)
    if count <= 1:
        return mask.astype(bool)
    areas = stats[1:, cv2.CC_STAT_AREA]
    return np.r_[False, areas >= share * areas.max()][labels]
