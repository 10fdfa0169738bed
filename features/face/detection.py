"""Where the faces are: BlazeFace over the whole picture; where it finds none, its sister for small faces, then tiles and
tilted views.

Every view's findings come back to picture pixels; findings of one face are merged. What is found here is a candidate:
`features.face.landmarks` decides with the mesh and the landmark predictor whether it is a face.
"""

from dataclasses import dataclass, replace

import numpy as np

from features.face import chips
from features.networks import packaged

_SIDE = 256
_FAR_SIDE, _FAR_CELLS = 192, 48
# Key points of BlazeFace in our words (the viewer's left and right).
LEFT_EYE, RIGHT_EYE, NOSE_TIP, MOUTH, LEFT_EAR, RIGHT_EAR = range(6)


@dataclass(frozen=True, eq=False)
class FaceCandidate:
    """A possible face: centre and side of its square box, six key points (6, 2) in pixels, score in [0, 1]."""

    centre_xy: np.ndarray
    side_px: float
    keypoints_xy: np.ndarray
    score: float
    source: str

    @property
    def roll_rad(self):
        """Tilt of the line through the eyes: 0 is level, positive turns clockwise as seen."""
        dx, dy = self.keypoints_xy[RIGHT_EYE] - self.keypoints_xy[LEFT_EYE]
        return float(np.arctan2(dy, dx))


def _anchors():
    grids = []
    for cells, repeats in ((16, 2), (8, 6)):
        y, x = np.divmod(np.arange(cells * cells), cells)
        grids.append(np.repeat((np.stack([x, y], 1) + 0.5) * (_SIDE / cells), repeats, axis=0))
    return np.concatenate(grids)


_ANCHORS = _anchors()
_FAR_ANCHORS = (np.stack(np.divmod(np.arange(_FAR_CELLS ** 2), _FAR_CELLS)[::-1], 1) + 0.5) * (_FAR_SIDE / _FAR_CELLS)
# Tile side as a share of the longer side, and the least score there; the next only where one found nothing.
_TILES = ((0.55, 0.5), (0.4, 0.6))
# One look at the whole picture finds nearly all faces of this share of its longer side; beside smaller ones, others are missed.
_SITTER_SHARE = 0.10


def search(rgb, threshold=0.3):
    """Look for faces ever harder: yields lists of candidates, until whoever asks has seen enough.

    First the whole picture; then tiles of it (small faces); then the whole with a border around it (faces cut by the
    picture's edge), without colour and hatching (drawings), and with the detector for far faces; tilted views; finer tiles.

    Parameters
    ----------
    rgb : (H, W, 3) uint8
        At most about 1500 px a side; larger pictures only cost time.
    """
    height, width = rgb.shape[:2]
    middle, side = (width / 2, height / 2), max(width, height)
    yield _look(rgb, _view(middle, side), "blazeface", threshold)
    (share, least), (finer, finer_least) = _TILES
    yield _in_tiles(rgb, share, max(threshold, least))
    yield merged(_look(rgb, _view(middle, 1.7 * side), "blazeface-wide", threshold)
                 + _look(rgb, _view(middle, 1.2 * side), "blazeface-calm", threshold)
                 + _look_far(rgb, middle, side, max(threshold, 0.4)))
    yield merged(_tilted(rgb, threshold))
    yield _in_tiles(rgb, finer, max(threshold, finer_least))


def find_candidates(rgb, *, threshold=0.3):
    """Possible faces in a picture, the most prominent first: `search`, stopped by the detector's own score.

    Returns
    -------
    list of FaceCandidate
    """
    found = []
    for step, more in enumerate(search(rgb, threshold)):
        found = merged(found + more)
        if enough(step, [(c.score, c.side_px) for c in found], max(rgb.shape[:2]), sure=0.7):
            break
    return found


def enough(step, scores_and_sides, longest_px, *, sure):
    """Whether to stop the search: after the whole picture only for a face of some size, later for any sure one."""
    least_px = _SITTER_SHARE * longest_px if step == 0 else 0.0
    return any(score > sure and side > least_px for score, side in scores_and_sides)


def candidate_from_box(rgb, box_xywh):
    """The best candidate within a box that someone drew; where no detector agrees, upright and as the box says."""
    x, y, width, height = (float(v) for v in box_xywh)
    centre, side = np.array([x + width / 2, y + height / 2]), max(width, height)
    near = []
    for reach in (2.2, 3.2):
        for angle in (0, -30, 30):
            near += _look(rgb, _view(centre, reach * side, np.radians(angle)), "curator", 0.2)
    near = [c for c in merged(near) if np.linalg.norm(c.centre_xy - centre) < 0.5 * side
            and 0.4 < c.side_px / side < 1.8]
    if near:
        return replace(near[0], source="curator")
    return _upright(centre, side * 0.9, 0.5, "curator")


def _view(centre_xy, side_px, angle_rad=0.0):
    return chips.view_matrix(centre_xy, side_px, angle_rad, _SIDE)


def _tiles(width, height, share):
    """Squares of a share of the longer side (at most the shorter side), overlapping by two fifths of a tile."""
    side = min(width, height, share * max(width, height))
    for y in _centres(height, side):
        for x in _centres(width, side):
            yield _view((x, y), side)


def _in_tiles(rgb, share, threshold):
    views = _tiles(rgb.shape[1], rgb.shape[0], share)
    return merged([c for view in views for c in _look(rgb, view, "blazeface-tile", threshold)])


def _centres(length, side):
    steps = int(np.ceil((length - side) / (0.6 * side))) + 1 if length > side else 1
    return np.linspace(side / 2, length - side / 2, steps)


def _tilted(rgb, threshold):
    height, width = rgb.shape[:2]
    found = []
    for angle in (-35, 35):
        view = _view((width / 2, height / 2), max(width, height), np.radians(angle))
        found += _look(rgb, view, "blazeface-tilted", max(threshold, 0.4))
    return found


def _look(rgb, matrix, source, threshold):
    """Candidates that BlazeFace sees in one view."""
    view = chips.sample(rgb, matrix, _SIDE, border=(127, 127, 127))
    if source == "blazeface-calm":
        view = chips.calmed(view, 2.0)
    return _decoded(*packaged.run_blazeface(view), _ANCHORS, matrix, source, threshold)


def _look_far(rgb, middle, side, threshold):
    """Candidates that the detector for far faces sees in one square of the picture."""
    matrix = chips.view_matrix(middle, side, 0.0, _FAR_SIDE)
    view = chips.sample(rgb, matrix, _FAR_SIDE, border=(127, 127, 127))
    return _decoded(*packaged.run_far_faces(view), _FAR_ANCHORS, matrix, "blazeface-far", threshold)


def _decoded(logits, raw, anchors, matrix, source, threshold):
    """Candidates in picture pixels from a network's answer for each of its anchors."""
    scores = 1 / (1 + np.exp(-np.clip(logits, -80, 80)))
    kept = scores > threshold
    if not kept.any():
        return []
    scale, back = float(np.hypot(*matrix[0, :2])), chips.invert(matrix)
    raw, anchors, scores = raw[kept], anchors[kept], scores[kept]
    centres = chips.apply(back, raw[:, :2] + anchors)
    sides = raw[:, 2:4].mean(1) / scale
    keypoints = chips.apply(back, raw[:, 4:].reshape(-1, 6, 2) + anchors[:, None])
    found = [FaceCandidate(c, float(s), k, float(p), source) for c, s, k, p in zip(centres, sides, keypoints, scores)
             if s > 0]
    return merged(found)


def overlap(a, b):
    """Intersection over union of two square boxes, or over the smaller where one lies within the other."""
    half = (a.side_px + b.side_px) / 2
    reach = np.minimum(half - np.abs(a.centre_xy - b.centre_xy), min(a.side_px, b.side_px))
    if (reach <= 0).any():
        return 0.0
    shared = reach.prod()
    smaller = min(a.side_px, b.side_px) ** 2
    union = a.side_px ** 2 + b.side_px ** 2 - shared
    return float(max(shared / union, 0.6 * shared / smaller))


def merged(found):
    """Findings of one face become one: places averaged by score within one view, the best view kept between views.

    The most prominent comes first.
    """
    left = sorted(found, key=lambda c: -c.score)
    kept = []
    while left:
        best = left.pop(0)
        same = [c for c in left if overlap(best, c) > 0.3]
        left = [c for c in left if overlap(best, c) <= 0.3]
        like = [best] + [c for c in same if c.source == best.source and 0.7 < c.side_px / best.side_px < 1.4]
        weights = np.array([c.score for c in like])
        weights = weights / weights.sum()
        kept.append(replace(
            best, centre_xy=sum(w * c.centre_xy for w, c in zip(weights, like)),
            side_px=float(sum(w * c.side_px for w, c in zip(weights, like))),
            keypoints_xy=sum(w * c.keypoints_xy for w, c in zip(weights, like))))
    return sorted(kept, key=lambda c: -c.score * np.sqrt(c.side_px))


def _upright(centre, side, score, source):
    """A candidate from a box alone: key points where an upright frontal face has them."""
    unit = np.array([[-0.19, -0.16], [0.19, -0.16], [0, 0.06], [0, 0.24], [-0.42, -0.1], [0.42, -0.1]])
    return FaceCandidate(centre, side, centre + unit * side, score, source)
