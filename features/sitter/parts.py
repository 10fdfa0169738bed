"""The parts map: what each pixel of a portrait shows.

A small person segmentation (MediaPipe's selfie model, 6 ms a view) tells sitter from background; the landmarks give
face, brows, eyes, nose and lips; colours learned from the picture itself, with a prior of place, tell hair, neck and
clothing apart. All of it happens on a reduced grid; the contours are smoothed there and enlarged as smooth fields, so
they carry no steps.
"""

import math
from dataclasses import dataclass, replace

import cv2
import numpy as np

from data.landmarks import INNER_LIP, JAW, LEFT_BROW, LEFT_EYE, OUTER_LIP, RIGHT_BROW, RIGHT_EYE, check_landmarks
from data.parts import Part
from features.face import chips
from features.face.landmarks import from_upright, to_upright, upright_places
from features.networks import packaged

_GRID_UNIT_PX = 26
# For colours and brushwork of a measured sitter a coarser map is enough.
_BUST_UNIT_PX = 14
_GRID_SIDE_PX = 420
# Colours told apart, along L, a and b.
_COLOURS = (20, 32, 32)
_COARSE = (Part.BACKGROUND, Part.HAIR, Part.FACE, Part.NECK, Part.CLOTHING)


def parts_map(rgb, landmarks_xy, *, attributes=None):
    """Label every pixel of a portrait.

    Parameters
    ----------
    rgb : (H, W, 3) float32 in [0, 1] or uint8
    landmarks_xy : (68, 2)
        In pixels of `rgb`.
    attributes : dict of str to Estimate, optional
        A beard, where known, keeps the colour below the chin with the face.

    Returns
    -------
    (H, W) uint8
        Values of data.parts.Part.
    """
    points = check_landmarks(landmarks_xy)
    height, width = rgb.shape[:2]
    upright, frame = to_upright(points)
    scale = min(1.0, _GRID_UNIT_PX / frame[1], _GRID_SIDE_PX / max(height, width))
    scale = max(scale, 64 / max(height, width))
    small = cv2.resize(rgb, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
    if small.dtype != np.uint8:
        small = np.round(np.clip(small, 0, 1) * 255).astype(np.uint8)
    ratio = np.array(small.shape[1::-1]) / np.array([width, height])
    grid_points = (points + 0.5) * ratio - 0.5
    fields = _coarse_fields(small, grid_points, _bearded(attributes))
    labels = _enlarged(fields, width, height)
    _draw_features(labels, points)
    return labels


@dataclass(frozen=True, eq=False)
class Bust:
    """Head and shoulders of one sitter, small: `rgb` (h, w, 3) uint8, `parts` (h, w) uint8.

    They show the window (left, top, right, bottom) of a picture; picture pixels times `scale` (2,) give bust pixels.
    """

    rgb: np.ndarray
    parts: np.ndarray
    window: tuple[int, int, int, int]
    scale: np.ndarray

    def from_picture(self, points_xy):
        return (np.asarray(points_xy) - self.window[:2] + 0.5) * self.scale - 0.5


def cut_bust(rgb_uint8, landmarks_xy, *, attributes=None):
    """The Bust of one face: ten times eyes-to-mouth wide, as far as the picture reaches."""
    points = check_landmarks(landmarks_xy)
    _, (eyes, unit, _) = to_upright(points)
    size = np.array(rgb_uint8.shape[1::-1])
    low = np.clip(np.floor(eyes - [5.0 * unit, 4.0 * unit]).astype(int), 0, size - 2)
    high = np.clip(np.ceil(eyes + [5.0 * unit, 7.0 * unit]).astype(int), low + 2, size)
    region = rgb_uint8[low[1]:high[1], low[0]:high[0]]
    scale = min(1.0, _BUST_UNIT_PX / unit)
    small = cv2.resize(region, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
    ratio = np.array(small.shape[1::-1]) / np.array(region.shape[1::-1])
    bust = Bust(small, np.empty((0, 0), np.uint8), (*(int(v) for v in low), *(int(v) for v in high)), ratio)
    return replace(bust, parts=parts_map(small, bust.from_picture(points), attributes=attributes))


# Views of the sitter for the segmentation: side and drop below the eyes in units of eyes to mouth, and how much each
# counts against what was seen before it. Wide views know the body, tight ones the hat; one as wide as the picture adds nothing.
_PERSON_VIEWS = ((9.0, 1.6, 0.65), (5.6, 0.8, 0.5))


def person_map(rgb_uint8, landmarks_xy):
    """Probability (H, W) float32 that a pixel is the sitter: the whole picture, the bust and the head blended."""
    height, width = rgb_uint8.shape[:2]
    whole = packaged.run_person(cv2.resize(rgb_uint8, (256, 256), interpolation=cv2.INTER_AREA))
    seen = cv2.resize(whole, (width, height), interpolation=cv2.INTER_LINEAR)
    _, (eyes, unit, _) = to_upright(landmarks_xy)
    ramp = np.clip((1 - np.abs(np.linspace(-1, 1, 256))) / 0.25, 0, 1).astype(np.float32)
    for side, drop, share in _PERSON_VIEWS:
        if side * unit > 0.8 * max(width, height):
            continue
        matrix = chips.view_matrix(eyes + np.array([0, drop * unit]), side * unit, 0.0, 256)
        view = packaged.run_person(chips.sample(rgb_uint8, matrix, 256))
        # The segmentation is unsure at the border of its view: it fades out there.
        fade = share * np.minimum.outer(ramp, ramp)
        view, fade = (cv2.warpAffine(field, chips.invert(matrix), (width, height), flags=cv2.INTER_LINEAR)
                      for field in (view, fade))
        seen = fade * view + (1 - fade) * seen
    return seen


def face_outline(landmarks_xy):
    """Closed contour of the face, (N, 2): the jaw, and a forehead that arches above the brows."""
    upright, frame = to_upright(check_landmarks(landmarks_xy))
    left, right = upright[0], upright[16]
    brow_top = min(upright[LEFT_BROW, 1].min(), upright[RIGHT_BROW, 1].min())
    top = brow_top - 0.62
    angle = np.linspace(0, np.pi, 17)[1:-1]
    middle, half = (left + right) / 2, (right - left) / 2
    arch = middle[None] + np.cos(angle)[:, None] * half[None]
    # A superellipse: a forehead is squarer than an ellipse.
    arch[:, 1] += (top - middle[1]) * np.sin(angle) ** 0.7
    return from_upright(np.vstack([upright[JAW], arch]), frame)


def _bearded(attributes):
    beard = (attributes or {}).get("facial_hair")
    return beard is not None and beard.value == "beard"


def _fill(shape, contour):
    mask = np.zeros(shape, np.uint8)
    cv2.fillPoly(mask, [np.round(contour * 16).astype(np.int32)], 1, shift=4)
    return mask.astype(bool)


def _coarse_fields(small, points, bearded):
    """Smooth scores (5, h, w) float32 of background, hair, face, neck and clothing on the grid."""
    shape = small.shape[:2]
    person = person_map(small, points)
    upright_points, frame = to_upright(points)
    x, y = upright_places(shape, frame)
    face_zone = _fill(shape, face_outline(points))
    # Plain numbers, since NumPy's own would turn the whole map to double precision.
    chin = float(upright_points[JAW][5:12, 1].max())
    middle = float(upright_points[[0, 16, 8], 0].mean())
    half = float(upright_points[16, 0] - upright_points[0, 0]) / 2
    lab = cv2.cvtColor(small.astype(np.float32) / 255, cv2.COLOR_RGB2LAB)
    lab = cv2.GaussianBlur(lab, (0, 0), 1.2)
    prior = _place_prior(x, y, face_zone, chin, middle, half, upright_points, bearded)
    _uncover_neckline(prior, lab, face_zone & (y > 0.05) & (y < 1.0), x - middle, y - chin)
    logs = np.log(np.clip(np.stack([1 - person, person]), 0.004, 1))
    # How likely the background is by the segmentation, then each part of the sitter.
    seen = logs[[0, 1, 1, 1, 1]]
    score, colours = prior + seen, _colour_bins(lab)
    for _ in range(2):
        score = _with_colour(score, prior + 1.6 * seen, *colours)
    unit = frame[1]
    smooth = np.stack([cv2.GaussianBlur(layer, (0, 0), 0.06 * unit) for layer in _share(score)])
    return _without_islands(smooth, points)


def _skin_likeness(colours, skin):
    """In [0, 1]: how near each Lab colour (N, 3) is to the better lit of the face's skin (M, 3)."""
    if len(skin) < 30:
        return np.zeros(len(colours), np.float32)
    lit = skin[skin[:, 0] > np.percentile(skin[:, 0], 40)]
    middle, spread = np.median(lit, axis=0), np.maximum(lit.std(0), np.float32([6.0, 3.5, 4.0]))
    return np.exp(-0.5 * np.square((colours - middle) / (np.float32(1.6) * spread)).sum(1))


def _uncover_neckline(prior, lab, skin_zone, aside, below_chin):
    """Where paint below the chin looks like the face's skin, between eyes and mouth, a low neckline is likelier than cloth."""
    reach = (below_chin > 0) & (below_chin < 2.6) & (np.abs(aside) < 0.9 + 0.9 * below_chin)
    skin = _skin_likeness(lab[reach], lab[skin_zone])
    fade = np.clip(2.6 - below_chin[reach], 0, 1) * np.clip(skin * 1.6 - 0.2, 0, 1)
    prior[3, reach] += 2.6 * fade
    prior[4, reach] -= 2.0 * fade


def _colour_bins(lab):
    """Index (h, w) of each pixel's colour among those that occur and their neighbours, and how many of these there are along
    each axis of Lab."""
    index, sides = 0, []
    for channel, width, offset, count in zip(cv2.split(lab), (5, 6, 6), (0, 16, 16), _COLOURS):
        place = np.clip((channel / width + offset).astype(np.intp), 0, count - 1)
        low, high = max(int(place.min()) - 1, 0), min(int(place.max()) + 2, count)
        index = index * (high - low) + (place - low)
        sides.append(high - low)
    return index, tuple(sides)


def _place_prior(x, y, face_zone, chin, middle, half, points, bearded):
    """Log prior (5, h, w) by place alone; the scores only matter against each other."""
    shape = x.shape
    prior = np.full((5, *shape), -3.0, np.float32)
    background, hair, face, neck, clothing = prior
    background[:] = 0.0
    # Head: an ellipse around face and skull, twice as high above the eyes as a bare skull for hats.
    above = np.where(y < 0.35, (y - 0.35) / 2.5, (y - 0.35) / 1.7)
    head = np.sqrt(((x - middle) / (half + 0.95)) ** 2 + above ** 2)
    hair[:] = 1.2 - 4.0 * np.clip(head - 0.75, 0, None) - 3.5 * np.clip(y - chin + 0.1, 0, None)
    fall = np.clip(np.abs(x - middle) - half * 0.8, 0, None)
    falling = (y > 0.3) & (fall > 0) & (fall < 1.1)
    hair[:] = np.maximum(hair, np.where(falling, -0.2 - 1.3 * np.clip(y - chin, 0, None), -6))
    face[:] = np.where(face_zone, 3.0, -7.0)
    brow = float(min(points[LEFT_BROW, 1].min(), points[RIGHT_BROW, 1].min()))
    # The hairline is where colour says it is: above the brows face and hair compete.
    forehead = face_zone & (y < brow - 0.08)
    rise = np.clip((brow - 0.08 - y) / 0.55, 0, 1)
    face[forehead] = (2.2 - 2.6 * rise)[forehead]
    hair[forehead] = np.maximum(hair, -0.5 + 1.6 * rise)[forehead]
    inner = face_zone & ~forehead
    hair[inner] = -1.5
    aside = np.abs(x - middle)
    ears = (aside > half * 0.9) & (aside < half + 0.28) & (y > -0.15) & (y < 0.75) & ~face_zone
    face[ears] = 0.0
    below = np.clip((y - chin) / 0.9, 0, None)
    side = np.abs(x - middle) / (0.75 * half + 0.6 * below + 0.05)
    # A low neckline shows skin down to about a face's height below the chin.
    neck[:] = np.where(y > chin - 0.75, 1.6 - 1.1 * below - 2.5 * np.clip(side - 0.8, 0, None), -7)
    clothing[:] = np.where(y > chin - 0.25, 0.2 + 1.2 * np.clip(y - chin, -0.5, 1.6), -5 + 2 * np.clip(y, -2, 1))
    neck[face_zone], clothing[face_zone] = -3.0, -5.0
    if bearded:
        beard = (np.abs(x - middle) < 0.85 * half) & (y > chin - 0.3) & (y < chin + 1.2) & ~face_zone
        face[beard] = (0.9 - 2.0 * np.clip(y - chin, 0, None))[beard]
    return prior


def _share(score):
    score = score - score.max(0)
    score = np.exp(score)
    return score / score.sum(0)


def _with_colour(score, prior, index, sides):
    """Scores with a colour model per part, learned from where the last scores were sure; colours as in `_colour_bins`."""
    share = _share(score)
    # Bare skin below the chin is painted with the palette of the face.
    seeds = share * (share > 0.6)
    seeds[3] += 0.5 * seeds[2]
    histogram = np.stack([np.bincount(index.ravel(), layer.ravel() + 1e-6, math.prod(sides)) for layer in seeds])
    histogram = histogram.astype(np.float32).reshape(5, *sides)
    for axis in (1, 2, 3):
        # A part has few pixels: neighbouring colours share theirs.
        shared = 0.5 * histogram
        low, high = ([slice(None)] * 4 for _ in range(2))
        low[axis], high[axis] = slice(None, -1), slice(1, None)
        low, high = tuple(low), tuple(high)
        shared[low] += 0.25 * histogram[high]
        shared[high] += 0.25 * histogram[low]
        histogram = shared
    histogram = histogram.reshape(5, -1)
    # Every colour there is may occur a little.
    count, total = math.prod(_COLOURS), histogram.sum(1, keepdims=True)
    least = 2e-4 * total / count + 1e-9
    likelihood = np.take(np.log((histogram + least) / (total + count * least)), index, axis=1)
    likelihood -= likelihood.max(0)
    return prior + np.clip(0.7 * likelihood, -3.5, 0)


def _without_islands(fields, points):
    """Pieces of a part apart from its main body go to whatever surrounds them."""
    labels = fields.argmax(0)
    centre = tuple(int(v) for v in np.round(points.mean(0)))
    person = (labels != 0).astype(np.uint8)
    keep = [~_main(1 - person, None, 0.01), _main(labels == 1, None, 0.15), _main(labels == 2, centre, 1.0),
            _main(labels == 3, None, 0.3), _main(labels == 4, None, 0.1)]
    body = _main(person, centre, 1.0)
    cleaned = fields.copy()
    for number in range(1, 5):
        cleaned[number][(labels == number) & ~(keep[number] & body)] = 0
    # Holes in the sitter are closed; what remains unlabelled falls to the next likely part.
    cleaned[0][(labels == 0) & keep[0]] = 0
    total = cleaned.sum(0)
    cleaned[0][total < 1e-6] = 1
    return np.stack([cv2.GaussianBlur(layer, (0, 0), 1.0) for layer in cleaned])


def _main(mask, seed_xy, share):
    """The component that holds `seed_xy`, or those at least `share` of the largest."""
    mask = np.asarray(mask, np.uint8)
    count, labels, stats, _ = cv2.connectedComponentsWithStats(mask, connectivity=4)
    if count <= 1:
        return mask.astype(bool)
    if seed_xy is not None:
        x, y = np.clip(seed_xy, 0, np.array(mask.shape[1::-1]) - 1)
        if labels[y, x]:
            return labels == labels[y, x]
    areas = stats[1:, cv2.CC_STAT_AREA]
    return np.r_[False, areas >= share * areas.max()][labels]


def _enlarged(fields, width, height):
    """Labels (height, width) uint8 from smooth fields, layer by layer so that memory stays small."""
    best = np.full((height, width), -1.0, np.float32)
    labels = np.zeros((height, width), np.uint8)
    for part, layer in zip(_COARSE, fields):
        layer = cv2.resize(layer, (width, height), interpolation=cv2.INTER_LINEAR)
        np.copyto(labels, np.uint8(part), where=layer > best)
        np.maximum(best, layer, out=best)
    return labels


def _draw_features(labels, points):
    """Brows, eyes, nose and lips as polygons over the face, a little larger than their landmarks."""
    _, (_, unit, _) = to_upright(points)
    shape = labels.shape
    low = np.clip(np.floor(points.min(0) - unit).astype(int), 0, None)
    high = np.minimum(np.ceil(points.max(0) + unit).astype(int), shape[1::-1])
    if (high <= low).any():
        return
    window = labels[low[1]:high[1], low[0]:high[0]]
    near = points - low
    for brow in (LEFT_BROW, RIGHT_BROW):
        _draw(window, _thickened(near[brow], 0.09 * unit), Part.BROWS)
    nose = near[[27, 31, 32, 33, 34, 35]]
    _draw(window, _grown(cv2.convexHull(nose.astype(np.float32))[:, 0], 1.08), Part.NOSE)
    for eye in (LEFT_EYE, RIGHT_EYE):
        _draw(window, _grown(near[eye], 1.25), Part.EYES)
    _draw(window, _grown(near[OUTER_LIP], 1.06), Part.LIPS)


def _grown(contour, factor):
    middle = contour.mean(0)
    return middle + factor * (contour - middle)


def _thickened(line, thickness):
    """A line of points as a closed band, thinner towards its outer ends."""
    normal = np.gradient(line, axis=0)[:, ::-1] * [1, -1]
    normal /= np.maximum(np.linalg.norm(normal, axis=1, keepdims=True), 1e-6)
    width = thickness * np.array([0.5, 0.9, 1.0, 0.9, 0.5])[:, None]
    return np.vstack([line + normal * width, (line - normal * 0.6 * width)[::-1]])


def _draw(window, contour, part):
    # Only over what belongs to the sitter's head: a feature never spills over hair or background.
    mask = np.zeros(window.shape, np.uint8)
    cv2.fillPoly(mask, [np.round(contour * 16).astype(np.int32)], 1, lineType=cv2.LINE_8, shift=4)
    window[(mask > 0) & np.isin(window, (Part.FACE, Part.NOSE, Part.BROWS, Part.EYES))] = part


def mouth_opening(landmarks_xy, shape):
    """(H, W) bool: the gap between the lips."""
    return _fill(shape, np.asarray(landmarks_xy)[INNER_LIP])
