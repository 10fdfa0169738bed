"""Landmarks of a face fused from two independent sources.

The face mesh is robust on paint; dlib's predictor is exact where its box is right. Both look several times: mirrored, nearer,
farther. Where they agree, a landmark is sure. Where they do not, the source that varies less between its looks weighs more, and
the confidence falls.
"""

from dataclasses import replace

import numpy as np
from jaxtyping import Float, Float64, UInt8

from data.landmarks import MIRRORED, landmark_error
from features.face import chips
from features.face.geometry import Geometry, confidence_of
from features.face.mesh import ALL_VIEWS, MeshFinding, MeshViews, correct_mesh
from features.face.upright import eyes_to_mouth, upright_frame
from features.networks.packaged import run_predictor

# Boxes as dlib's detector draws them, around the eyes' middle: fitted to 126 faces it found in paintings, in units
# of the distance from eyes to mouth.
_BOX_DROP, _BOX_SIDE = 0.40, 2.40
_CHIP_PX = 256
_CHIP_SIDE = 1.6  # side of the chip over that of the box
# dlib's views: size of the box and its shift across and down, in boxes.
_DLIB_VIEWS = ((1.0, 0.0, 0.0), (0.92, 0.05, 0.03), (1.1, -0.05, -0.03))
# More views, taken where those differ from their median by more than this many outer eye distances on average.
_MORE_DLIB_VIEWS = ((0.92, 0.0, 0.03), (1.1, 0.0, -0.03), (1.0, 0.05, 0.0), (1.0, -0.05, 0.02))
_UNSTEADY = 0.025
_EYES_A_UNIT = 1.3  # outer eye distance over the distance from eyes to mouth, in the middle of faces
# A quick look takes two views of the mesh and one box of dlib's. These few views spread less than all of them would; their
# spread is multiplied by the last number to make up for it.
_QUICK_MESH_VIEWS, _QUICK_DLIB_VIEWS, _QUICK_WIDENED = 2, 1, 1.8
# On paintings the mesh's logit of "a face" is 20 to 35; below this it is as often beside the face as on it.
_LOST_LOGIT = 10.0
_LOST_SOFTNESS = 3  # logits from hardly trusted to trusted, around it
# Least error of a source that is believed, in outer eye distances, and the weight of a point's own spread plus the face's mean
# spread. Both were set on portraits redrawn in pencil, ink and flat colours.
_STEADIEST = 0.008
_OWN_SHARE = 0.5


def fuse(views: MeshViews, *, careful: bool = True) -> Geometry:
    """Landmarks of a candidate. `careful` takes all views; otherwise two views of the mesh and one box of dlib's are taken, in
    a third of the time."""
    found = views.find(ALL_VIEWS if careful else _QUICK_MESH_VIEWS)
    rgb, corrected = views.rgb, np.stack([correct_mesh(points) for points in found.picks_xy])
    middle = corrected.mean(0)
    if not careful:
        return _fused(found, corrected, dlib_landmarks(rgb, middle, _DLIB_VIEWS[:_QUICK_DLIB_VIEWS]), _QUICK_WIDENED)
    dlib_views = dlib_landmarks(rgb, middle)
    usual = np.median(dlib_views, axis=0)
    if np.linalg.norm(dlib_views - usual, axis=2).mean() > _UNSTEADY * _EYES_A_UNIT * eyes_to_mouth(usual):
        dlib_views = np.concatenate([dlib_views, dlib_landmarks(rgb, middle, _MORE_DLIB_VIEWS)])
    if found.face_logit < _LOST_LOGIT:
        # The mesh may have put dlib's box in the wrong place: look once more from where dlib went.
        dlib_views = np.concatenate([dlib_views, dlib_landmarks(rgb, np.median(dlib_views, axis=0))])
    return _fused(found, corrected, dlib_views)


def dlib_landmarks(rgb: UInt8[np.ndarray, "H W 3"], points_xy: Float[np.ndarray, "68 2"],
                   boxes: tuple[tuple[float, float, float], ...] = _DLIB_VIEWS) -> Float64[np.ndarray, "V 68 2"]:
    """dlib's landmarks of a face, from several boxes, straight and mirrored.

    Parameters
    ----------
    rgb : (H, W, 3) uint8
    points_xy : (68, 2)
        About where the face is, in picture pixels.
    boxes : triples of float
        Size of each box over the usual one, and its shift across and down in boxes.

    Returns
    -------
    (V, 68, 2) float64
        In picture pixels; all boxes straight, then all mirrored.
    """
    frame = upright_frame(points_xy)
    centre, unit, roll = frame
    side = _CHIP_SIDE * _BOX_SIDE * unit
    matrix = chips.view_matrix(centre + _BOX_DROP * unit * frame.down_xy, side, roll, _CHIP_PX)
    chip = chips.sample(rgb, matrix, _CHIP_PX)
    seen = []
    for size, dx, dy in boxes:
        box_side = size * _CHIP_PX / _CHIP_SIDE
        middle = np.array([(_CHIP_PX - 1) / 2 + dx * box_side, (_CHIP_PX - 1) / 2 + dy * box_side])
        seen.append((*(middle - box_side / 2), *(middle + box_side / 2)))
    views = run_predictor(chip, 2 * seen, [False] * len(seen) + [True] * len(seen))
    mirrored = views[len(seen):, MIRRORED]
    mirrored[..., 0] = _CHIP_PX - 1 - mirrored[..., 0]
    views[len(seen):] = mirrored
    return chips.apply(chips.invert(matrix), views.reshape(-1, 2)).reshape(-1, 68, 2)


def _fused(found: MeshFinding, corrected: np.ndarray, dlib_views: np.ndarray, widened: float = 1.0) -> Geometry:
    """Both sources in one, from the mesh's corrected picks (V, 68, 2) and dlib's landmarks (W, 68, 2) in their views.
    `widened` multiplies the spread of the views where only few were taken."""
    unit = _EYES_A_UNIT * eyes_to_mouth(corrected.mean(0))
    from_mesh, from_dlib = corrected.mean(0), np.median(dlib_views, axis=0)
    mesh_spread = np.linalg.norm(corrected - from_mesh, axis=2).mean(0) / unit
    dlib_spread = np.linalg.norm(dlib_views - from_dlib, axis=2).mean(0) / unit
    apart = np.linalg.norm(from_mesh - from_dlib, axis=1) / unit
    # The mesh varies little even where it is beside the face, so its weight also depends on its own flag.
    mesh_trust = 1 / (1 + np.exp(-(found.face_logit - _LOST_LOGIT) / _LOST_SOFTNESS))
    mesh_weight, dlib_weight = mesh_trust / _variance(mesh_spread), 1 / _variance(dlib_spread)
    share = (dlib_weight / (mesh_weight + dlib_weight))[:, None]
    fused = (1 - share) * from_mesh + share * from_dlib
    error = np.sqrt(mesh_spread ** 2 + (0.5 * apart) ** 2)
    geometry = Geometry(fused, error, found.mesh_xyz, from_mesh, from_dlib, landmark_error(from_dlib, from_mesh),
                        widened * float(mesh_spread.mean() + dlib_spread.mean()), found.face_logit)
    # The face's expected error, shared out by how steady each point is.
    expected = geometry.expected_error * np.sqrt(error / error.mean())
    return replace(geometry, point_error=expected, landmark_confidence=confidence_of(expected))


def _variance(spread: np.ndarray) -> np.ndarray:
    """(68,): the squared error that is assumed of each point of a source. A single point's spread is a noisy figure, so the
    mean spread of the whole face is added to it."""
    return (_OWN_SHARE * (spread + spread.mean())) ** 2 + _STEADIEST ** 2
