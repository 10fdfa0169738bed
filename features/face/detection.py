"""Where the faces are: BlazeFace over the whole picture; where it finds none, its sister for small faces, then tiles and
tilted views.

Every view's findings come back to picture pixels; findings of one face are merged. What is found here is a candidate:
`features.face.landmarks` decides with the mesh and the landmark predictor whether it is a face.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np
from jaxtyping import Float, UInt8

from features.face import chips
from features.face.chips import Affine
from features.networks.packaged import run_blazeface, run_far_faces

_SIDE_PX = 256  # BlazeFace's view
_FAR_SIDE_PX, _FAR_CELLS = 192, 48  # the view of its sister for small faces, and the cells it is divided into
_BORDER = (127, 127, 127)  # grey outside the picture
# Key points of BlazeFace in our words (the viewer's left and right).
LEFT_EYE, RIGHT_EYE, NOSE_TIP, MOUTH, LEFT_EAR, RIGHT_EAR = range(6)
# Where an upright frontal face has them, from the middle of its box in shares of its side.
_KEYPOINTS_UPRIGHT = np.array([[-0.19, -0.16], [0.19, -0.16], [0, 0.06], [0, 0.24], [-0.42, -0.1], [0.42, -0.1]])

CALM = "blazeface-calm"
"""Source of candidates seen without colour and hatching."""
CURATOR = "curator"
"""Source of candidates within a box that a curator drew."""

# Least scores of a finding: in the whole picture, and in kinds of views where chance findings are more frequent.
_THRESHOLD, _FAR_THRESHOLD, _TILTED_THRESHOLD, _BOX_THRESHOLD = 0.3, 0.4, 0.4, 0.2
_SURE = 0.7  # score that ends `find_candidates`
# Tile side as a share of the picture's longer side, and the least score there. The second size is tried only if the first
# found nothing.
_TILES = ((0.55, 0.5), (0.4, 0.6))
_TILE_STEP = 0.6  # of a tile's side from one tile to the next
_TILTED_DEG = 35
_CALM_PX = 2.0  # blur of the calmed view
# Sides of views larger than the picture, in its longer sides: with much room around it, for faces cut by its edge; with little.
_WIDE, _ROOMY = 1.7, 1.2
# One look at the whole picture finds nearly all faces of at least this share of its longer side. If only smaller ones were
# found, others may have been missed.
_SITTER_SHARE = 0.10
# Around a box that someone drew: sides of the views, in sides of the box, and their tilts; then how far from the box's middle,
# and how small or large (in its sides) a finding may be.
_BOX_REACHES, _BOX_TILTS_DEG = (2.2, 3.2), (0, -30, 30)
_BOX_ASIDE, _BOX_LEAST, _BOX_MOST = 0.5, 0.4, 1.8
_DRAWN_FACE, _DRAWN_SCORE = 0.9, 0.5  # where no detector sees a face in a drawn box: side taken for it, in the box's; its score
# Two findings that overlap by more than this are of one face; they are averaged if the ratio of their sides lies between these.
SAME_OVERLAP = 0.3
_ALIKE_LEAST, _ALIKE_MOST = 0.7, 1.4
_WITHIN = 0.6  # weight of the overlap over the smaller box: a small box within a large one is the same face


@dataclass(frozen=True, eq=False)
class FaceCandidate:
    """A possible face: centre and side of its square box, six key points in pixels, score in [0, 1], and which view it was
    found in."""

    centre_xy: Float[np.ndarray, "2"]
    side_px: float
    keypoints_xy: Float[np.ndarray, "6 2"]
    score: float
    source: str

    @property
    def roll_rad(self) -> float:
        """Tilt of the line through the eyes: 0 is level, positive turns clockwise as seen."""
        dx, dy = self.keypoints_xy[RIGHT_EYE] - self.keypoints_xy[LEFT_EYE]
        return float(np.arctan2(dy, dx))


def _anchors() -> np.ndarray:
    """Middles (896, 2) of BlazeFace's cells in pixels of its view; each is repeated for every box that is predicted there."""
    grids = []
    for cells, repeats in ((16, 2), (8, 6)):
        y, x = np.divmod(np.arange(cells * cells), cells)
        grids.append(np.repeat((np.stack([x, y], 1) + 0.5) * (_SIDE_PX / cells), repeats, axis=0))
    return np.concatenate(grids)


_ANCHORS = _anchors()
_FAR_ANCHORS = ((np.stack(np.divmod(np.arange(_FAR_CELLS ** 2), _FAR_CELLS)[::-1], 1) + 0.5)
                * (_FAR_SIDE_PX / _FAR_CELLS))


def search(rgb: UInt8[np.ndarray, "H W 3"], threshold: float = _THRESHOLD) -> Iterator[list[FaceCandidate]]:
    """Look for faces with more and more effort: yields one list of candidates a step, until the caller stops asking.

    The steps: the whole picture; tiles of it (small faces); the whole with a border around it (faces cut by the picture's
    edge), without colour and hatching (drawings), and with the detector for far faces; tilted views; finer tiles.

    Pictures larger than about 1500 px a side cost time and show no more faces. `threshold` is the least score of a candidate.
    """
    height, width = rgb.shape[:2]
    middle, side = np.array([width / 2, height / 2]), max(width, height)
    yield _look(rgb, _view(middle, side), "blazeface", threshold)
    (share, least), (finer, finer_least) = _TILES
    yield _in_tiles(rgb, share, max(threshold, least))
    yield merged(_look(rgb, _view(middle, _WIDE * side), "blazeface-wide", threshold)
                 + _look(rgb, _view(middle, _ROOMY * side), CALM, threshold, calm_px=_CALM_PX)
                 + _look_far(rgb, middle, side, max(threshold, _FAR_THRESHOLD)))
    yield merged(_tilted(rgb, threshold))
    yield _in_tiles(rgb, finer, max(threshold, finer_least))


def find_candidates(rgb: UInt8[np.ndarray, "H W 3"], *, threshold: float = _THRESHOLD) -> list[FaceCandidate]:
    """Possible faces in a picture, the most prominent first: `search`, stopped by the detector's own score."""
    found: list[FaceCandidate] = []
    for step, more in enumerate(search(rgb, threshold)):
        found = merged(found + more)
        if enough(step, [(c.score, c.side_px) for c in found], max(rgb.shape[:2]), sure=_SURE):
            break
    return found


def enough(step: int, scores_and_sides: Iterable[tuple[float, float]], longest_px: int, *, sure: float) -> bool:
    """Whether to stop the search: after the whole picture only for a face of some size, later for any sure one.

    Parameters
    ----------
    step : int
        Number of the step of `search` that was just done; 0 is the look at the whole picture.
    scores_and_sides : pairs of float
        Score and side in pixels of what was found so far.
    longest_px : int
        Longer side of the picture.
    sure : float
        The score above which a finding is sure.
    """
    least_px = _SITTER_SHARE * longest_px if step == 0 else 0.0
    return any(score > sure and side > least_px for score, side in scores_and_sides)


def candidate_from_box(rgb: UInt8[np.ndarray, "H W 3"], box_xywh: Sequence[float]) -> FaceCandidate:
    """The best candidate within a box that someone drew; where no detector agrees, upright and as the box says."""
    x, y, width, height = (float(v) for v in box_xywh)
    centre, side = np.array([x + width / 2, y + height / 2]), max(width, height)
    near = []
    for reach in _BOX_REACHES:
        for angle in _BOX_TILTS_DEG:
            near += _look(rgb, _view(centre, reach * side, np.radians(angle)), CURATOR, _BOX_THRESHOLD)
    near = [c for c in merged(near) if np.linalg.norm(c.centre_xy - centre) < _BOX_ASIDE * side
            and _BOX_LEAST < c.side_px / side < _BOX_MOST]
    if near:
        return replace(near[0], source=CURATOR)
    side = side * _DRAWN_FACE
    return FaceCandidate(centre, side, centre + _KEYPOINTS_UPRIGHT * side, _DRAWN_SCORE, CURATOR)


def _view(centre_xy: np.ndarray, side_px: float, angle_rad: float = 0.0) -> Affine:
    """The map to a square view for BlazeFace."""
    return chips.view_matrix(centre_xy, side_px, angle_rad, _SIDE_PX)


def _tiles(width: int, height: int, share: float) -> Iterator[Affine]:
    """Squares of a share of the longer side (at most the shorter side), overlapping by two fifths of a tile."""
    side = min(width, height, share * max(width, height))
    for y in _centres(height, side):
        for x in _centres(width, side):
            yield _view(np.array([x, y]), side)


def _in_tiles(rgb: np.ndarray, share: float, threshold: float) -> list[FaceCandidate]:
    """Candidates in all tiles of a share of the longer side."""
    views = _tiles(rgb.shape[1], rgb.shape[0], share)
    return merged([c for view in views for c in _look(rgb, view, "blazeface-tile", threshold)])


def _centres(length: float, side: float) -> np.ndarray:
    """Middles of tiles of a side along a length, evenly spread from end to end."""
    steps = int(np.ceil((length - side) / (_TILE_STEP * side))) + 1 if length > side else 1
    return np.linspace(side / 2, length - side / 2, steps)


def _tilted(rgb: np.ndarray, threshold: float) -> list[FaceCandidate]:
    """Candidates in the whole picture tilted to either side."""
    height, width = rgb.shape[:2]
    found = []
    for angle in (-_TILTED_DEG, _TILTED_DEG):
        view = _view(np.array([width / 2, height / 2]), max(width, height), np.radians(angle))
        found += _look(rgb, view, "blazeface-tilted", max(threshold, _TILTED_THRESHOLD))
    return found


def _look(rgb: np.ndarray, matrix: Affine, source: str, threshold: float, *, calm_px: float = 0.0) -> list[FaceCandidate]:
    """Candidates that BlazeFace sees in one view; with `calm_px`, without colour and blurred by that many of its pixels."""
    view = chips.sample(rgb, matrix, _SIDE_PX, border=_BORDER)
    if calm_px:
        view = chips.calmed(view, calm_px)
    return _decoded(*run_blazeface(view), _ANCHORS, matrix, source, threshold)


def _look_far(rgb: np.ndarray, middle: np.ndarray, side: float, threshold: float) -> list[FaceCandidate]:
    """Candidates that the detector for far faces sees in one square of the picture."""
    matrix = chips.view_matrix(middle, side, 0.0, _FAR_SIDE_PX)
    view = chips.sample(rgb, matrix, _FAR_SIDE_PX, border=_BORDER)
    return _decoded(*run_far_faces(view), _FAR_ANCHORS, matrix, "blazeface-far", threshold)


def _decoded(logits: np.ndarray, raw: np.ndarray, anchors: np.ndarray, matrix: Affine, source: str,
             threshold: float) -> list[FaceCandidate]:
    """Candidates in picture pixels from a network's logits (N,) and boxes with key points (N, 16) for its anchors (N, 2)."""
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


def overlap(a: FaceCandidate, b: FaceCandidate) -> float:
    """Intersection over union of two square boxes, or over the smaller where one lies within the other."""
    half = (a.side_px + b.side_px) / 2
    reach = np.minimum(half - np.abs(a.centre_xy - b.centre_xy), min(a.side_px, b.side_px))
    if (reach <= 0).any():
        return 0.0
    shared = reach.prod()
    smaller = min(a.side_px, b.side_px) ** 2
    union = a.side_px ** 2 + b.side_px ** 2 - shared
    return float(max(shared / union, _WITHIN * shared / smaller))


def merged(found: Iterable[FaceCandidate]) -> list[FaceCandidate]:
    """Findings of one face become one: places averaged by score within one view, the best view kept between views.

    The most prominent comes first.
    """
    left = sorted(found, key=lambda c: -c.score)
    kept = []
    while left:
        best = left.pop(0)
        same = [c for c in left if overlap(best, c) > SAME_OVERLAP]
        left = [c for c in left if overlap(best, c) <= SAME_OVERLAP]
        kept.append(_averaged([best] + [c for c in same if c.source == best.source
                                        and _ALIKE_LEAST < c.side_px / best.side_px < _ALIKE_MOST]))
    return sorted(kept, key=lambda c: -c.score * np.sqrt(c.side_px))


def _averaged(alike: list[FaceCandidate]) -> FaceCandidate:
    """The first of several findings of one face, its places averaged with those of the others by score."""
    weights = np.array([c.score for c in alike])
    weights = weights / weights.sum()
    return replace(
        alike[0], centre_xy=sum(w * c.centre_xy for w, c in zip(weights, alike)),
        side_px=float(sum(w * c.side_px for w, c in zip(weights, alike))),
        keypoints_xy=sum(w * c.keypoints_xy for w, c in zip(weights, alike)))
