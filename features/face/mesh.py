"""The face mesh looking at a candidate: 468 points in three dimensions, and the 68 of them that are our landmarks.

The mesh is robust on paint. Its points are brought to the 68-point convention by a correction fitted where mesh and dlib's
predictor agree (`python -m benchmarks.fit_features mesh`).
"""

from collections.abc import Iterator
from functools import cache
from importlib.resources import files
from typing import NamedTuple

import numpy as np
from jaxtyping import Float, Float64, UInt8

from data.landmarks import MIRRORED, NOSE_TIP
from features.face import chips
from features.face.detection import FaceCandidate
from features.face.upright import from_upright, to_upright, turn_matrix
from features.networks.packaged import run_mesh

# The mesh points nearest to the 68 landmarks, in their order (jaw, brows, nose, eyes, lips).
MESH_68 = np.array([
    162, 234, 93, 58, 172, 136, 149, 148, 152, 377, 378, 365, 397, 288, 323, 454, 389, 71, 63, 105, 66, 107, 336, 296,
    334, 293, 301, 168, 197, 5, 4, 75, 97, 2, 326, 305, 33, 160, 158, 133, 153, 144, 362, 385, 387, 263, 373, 380,
    61, 39, 37, 0, 267, 269, 291, 405, 314, 17, 84, 181, 78, 82, 13, 312, 308, 317, 14, 87])
_LEFT_EYE_OUTER, _RIGHT_EYE_OUTER = 33, 263  # of the mesh; the viewer's left and right
_CHIP_PX = 192
_FIRST_REACH = 1.5  # side of the first view over that of the candidate's box
# The views after it: side over that of the mesh's own box, and whether mirrored.
_VIEWS = ((1.5, False), (1.5, True), (1.35, False), (1.7, True))
ALL_VIEWS = len(_VIEWS)


class MeshFinding(NamedTuple):
    """What several views say: the mesh (468, 3) in picture pixels (depth too, smaller is nearer), its 68 picks (V, 68, 2)
    from each view, and the mean logit of "a face"."""

    mesh_xyz: Float64[np.ndarray, "468 3"]
    picks_xy: Float64[np.ndarray, "V 68 2"]
    face_logit: float


class _View(NamedTuple):
    """One view: the mesh (468, 3) in picture pixels, whether it was seen in a mirror, and the logit of "a face"."""

    mesh_xyz: np.ndarray
    mirrored: bool
    face_logit: float


class MeshViews:
    """The mesh seen in several views of one candidate in one picture. Views are remembered, so that a second, more careful
    look takes only those that are missing."""

    def __init__(self, rgb: UInt8[np.ndarray, "H W 3"], candidate: FaceCandidate) -> None:
        self.rgb, self.candidate = rgb, candidate
        self._taken: list[tuple[np.ndarray, float]] = []

    @property
    def first_logit(self) -> float:
        """The mesh's logit of "a face" in its first view: quick, and mostly right."""
        return next(self._views(1)).face_logit

    def find(self, views: int = ALL_VIEWS) -> MeshFinding:
        """What the first `views` views say together."""
        seen = list(self._views(views))
        picks = [view.mesh_xyz[MESH_68][:, :2] if not view.mirrored else view.mesh_xyz[MESH_68][MIRRORED][:, :2]
                 for view in seen]
        return MeshFinding(np.mean([view.mesh_xyz for view in seen if not view.mirrored], axis=0), np.stack(picks),
                           float(np.mean([view.face_logit for view in seen])))

    def _views(self, count: int) -> Iterator[_View]:
        """One view after the other, each around the mesh that the last straight one found."""
        mesh, _ = self._view(0, self.candidate.centre_xy, _FIRST_REACH * self.candidate.side_px, self.candidate.roll_rad,
                             False)
        for number, (reach, mirrored) in enumerate(_VIEWS[:count], 1):
            centre, longest, roll = _box(mesh)
            seen, logit = self._view(number, centre, reach * longest, roll, mirrored)
            yield _View(seen, mirrored, logit)
            if not mirrored:
                mesh = seen

    def _view(self, number: int, centre: np.ndarray, side: float, roll: float, mirrored: bool) -> tuple[np.ndarray, float]:
        """Mesh and logit of view `number`: taken before, or taken now."""
        if number == len(self._taken):
            self._taken.append(_look(self.rgb, centre, side, roll, mirrored))
        return self._taken[number]


def _look(rgb: np.ndarray, centre: np.ndarray, side: float, roll: float, mirrored: bool) -> tuple[np.ndarray, float]:
    """Mesh (468, 3) in picture pixels and the logit of "a face" from one square view; a mirrored one keeps its numbering."""
    matrix = chips.view_matrix(centre, side, roll, _CHIP_PX)
    chip = chips.sample(rgb, matrix, _CHIP_PX)
    mesh, logit = run_mesh(np.ascontiguousarray(chip[:, ::-1]) if mirrored else chip)
    points = mesh[:, :2].astype(np.float64)
    if mirrored:
        points[:, 0] = _CHIP_PX - 1 - points[:, 0]
    return np.hstack([chips.apply(chips.invert(matrix), points), mesh[:, 2:] * (side / _CHIP_PX)]), logit


def _box(mesh: np.ndarray) -> tuple[np.ndarray, float, float]:
    """Centre, longest side and tilt of the upright box around a mesh."""
    points = mesh[:, :2]
    dx, dy = points[_RIGHT_EYE_OUTER] - points[_LEFT_EYE_OUTER]
    roll = np.arctan2(dy, dx)
    turn = turn_matrix(roll)
    upright = points @ turn.T
    low, high = upright.min(0), upright.max(0)
    return turn.T @ ((low + high) / 2), float((high - low).max()), float(roll)


def turn_descriptor(points: Float[np.ndarray, "68 2"]) -> Float64[np.ndarray, "4"]:
    """What the correction depends on: 1; the nose tip's offset to the side of the eyes' middle, in an upright face; the square
    of that offset; its absolute value."""
    side = points[NOSE_TIP, 0]
    return np.array([1.0, side, side * side, abs(side)])


@cache
def _correction() -> np.ndarray:
    """(4, 68, 2): by how much each landmark moves, in units of eyes to mouth, for each number of `turn_descriptor`."""
    with files("features.face").joinpath("mesh_to_68.npz").open("rb") as stream:
        return np.load(stream, allow_pickle=False)["weights"]


def correct_mesh(points_xy: Float[np.ndarray, "68 2"]) -> Float64[np.ndarray, "68 2"]:
    """The mesh's 68 picks brought to the 68-point convention."""
    upright, frame = to_upright(points_xy)
    return from_upright(upright + np.tensordot(turn_descriptor(upright), _correction(), 1), frame)
