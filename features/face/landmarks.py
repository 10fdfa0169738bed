"""The 68 landmarks of a face, looked for in several ways where the first result is doubtful.

Some faces are unlike those that both sources of `features.face.fusion` were trained on, for example drawn in hatching or
stretched as by Modigliani. They are looked at again without colour and hatching, and made narrower or wider. The result with
the smallest expected error wins.
"""

from dataclasses import replace
from typing import NamedTuple

import cv2
import numpy as np
from jaxtyping import Float, UInt8

from data.landmarks import JAW_LEFT, JAW_RIGHT, MOUTH_LEFT, MOUTH_RIGHT, NOSE_TIP, landmark_error, outer_eye_distance
from features.face import chips
from features.face.chips import Affine
from features.face.detection import CURATOR, FaceCandidate
from features.face.fusion import fuse
from features.face.geometry import Geometry, confidence_of
from features.face.mesh import MeshViews, correct_mesh
from features.face.upright import eyes_to_mouth, upright_frame

# A face is looked at in other ways if its expected error is above the first number. Not so if the mesh's logit is above the
# second and the face is no longer than the third (eyes to mouth over the outer eye distance): then nothing would change.
_DOUBTFUL, _PLAIN_LOGIT, _LONG = 0.042, 15.0, 0.95
_PATCH_PX, _PATCH_SIDE = 384, 3.4  # the patch that is looked at in other ways: its size, and its side over that of the box
_CALM_SIDE = 0.015  # blur that takes hatching away, over the side of the box
_STRETCH = 1.3  # how many times wider, or narrower, a face is made
# A way of looking is followed up if the mesh's logit is higher by this than at the first look.
_WORTH_A_LOOK = 3.0
_FOLLOWED = 2  # at most
# Results nearly as good as the best are averaged with it: those whose expected error is at most the first number times its
# error, and whose distance from it is at most the second number times its error.
_NEARLY_AS_GOOD, _NEAR = 1.2, 2
# Factor on the error of the best of several results: the choice favours results that look better than they are.
_BEST_OF_MANY = 1.3
# A candidate made from landmarks: its side and drop, and the pupils' distance from the middle, in units of eyes to mouth.
_GIVEN_SIDE, _GIVEN_DROP, _GIVEN_PUPILS = 2.0, 0.4, 0.4


def find_landmarks(rgb: UInt8[np.ndarray, "H W 3"], candidate: FaceCandidate, *, careful: bool = True,
                   views: MeshViews | None = None) -> Geometry:
    """Landmarks of one candidate face.

    Parameters
    ----------
    rgb : (H, W, 3) uint8
    candidate : FaceCandidate
    careful : bool
        Take all views, and look in other ways where the first look is doubtful; without it, a third of the time.
    views : MeshViews, optional
        Views taken earlier of this candidate in this picture, which are not taken again.

    Returns
    -------
    Geometry
        Also where there is no face: then the two sources disagree and the mesh's logit is low.
    """
    first = fuse(views or MeshViews(rgb, candidate), careful=careful)
    if not careful or first.expected_error < _DOUBTFUL:
        return first
    length = eyes_to_mouth(first.landmarks_xy) / outer_eye_distance(first.landmarks_xy)
    if first.face_logit > _PLAIN_LOGIT and length < _LONG:
        return first
    return _in_other_ways(rgb, candidate, first)


class _Way(NamedTuple):
    """A way of looking: whether without colour and hatching, and how many times wider."""

    calmed: bool
    wider: float


class _Begun(NamedTuple):
    """A way of looking, begun: the mesh's views of the patch, the map there from the picture, and the mesh's logit."""

    views: MeshViews
    there: Affine
    face_logit: float


def _in_other_ways(rgb: np.ndarray, candidate: FaceCandidate, first: Geometry) -> Geometry:
    """The best of several ways of looking; those nearly as good are averaged with it."""
    matrix = chips.view_matrix(candidate.centre_xy, _PATCH_SIDE * candidate.side_px, candidate.roll_rad, _PATCH_PX)
    plain = chips.sample(rgb, matrix, _PATCH_PX)
    calmed = chips.calmed(plain, _CALM_SIDE * _PATCH_PX / _PATCH_SIDE)

    def begin(way):
        views, there = _stretched(calmed if way.calmed else plain, matrix, candidate, way.wider)
        return _Begun(views, there, views.first_logit)

    least = first.face_logit + _WORTH_A_LOOK
    begun = {way: begin(way) for way in (_Way(False, 1 / _STRETCH), _Way(False, _STRETCH), _Way(True, 1.0))}
    best_way = max(begun, key=lambda way: begun[way].face_logit)
    if begun[best_way].face_logit > least:
        begun |= {way: begin(way) for way in _further(best_way)}
    promising = sorted(begun.values(), key=lambda each: each.face_logit, reverse=True)[:_FOLLOWED]
    found = [first, *(_followed(each, candidate.side_px) for each in promising if each.face_logit > least)]
    best = min(found, key=lambda geometry: geometry.expected_error)
    alike = [geometry for geometry in found if geometry.expected_error < _NEARLY_AS_GOOD * best.expected_error
             and landmark_error(geometry.landmarks_xy, best.landmarks_xy) < _NEAR * best.expected_error]
    return replace(best, landmarks_xy=np.mean([geometry.landmarks_xy for geometry in alike], axis=0),
                   landmark_confidence=confidence_of(_BEST_OF_MANY * best.point_error))


def _further(way: _Way) -> tuple[_Way, ...]:
    """What to try next where a way of looking helped: more stretching, or both changes together."""
    if way.wider != 1.0:
        return _Way(False, way.wider ** 2), _Way(True, way.wider)
    return _Way(True, 1 / _STRETCH), _Way(True, _STRETCH)


def _stretched(patch: np.ndarray, matrix: Affine, candidate: FaceCandidate, wider: float) -> tuple[MeshViews, Affine]:
    """Views of a patch made `wider` times as wide, and the map there from the picture; `matrix` leads from picture to patch."""
    middle = (_PATCH_PX - 1) / 2
    stretch = np.array([[wider, 0, (1 - wider) * middle], [0, 1, 0]])
    seen = patch if wider == 1 else cv2.warpAffine(patch, stretch, (_PATCH_PX, _PATCH_PX), flags=cv2.INTER_LINEAR,
                                                   borderMode=cv2.BORDER_REPLICATE)
    there = chips.compose(stretch, matrix)
    side = _PATCH_PX / _PATCH_SIDE * np.sqrt(max(wider, 1.0))
    return MeshViews(seen, replace(candidate, centre_xy=chips.apply(there, candidate.centre_xy[None])[0], side_px=side,
                                   keypoints_xy=chips.apply(there, candidate.keypoints_xy))), there


def _followed(begun: _Begun, side_px: float) -> Geometry:
    """A full look in one way, in the pixels of the picture, where the face's box is `side_px` wide."""
    found = fuse(begun.views)
    back = chips.invert(begun.there)
    depth = found.mesh_xyz[:, 2:] * side_px * _PATCH_SIDE / _PATCH_PX
    return replace(found, mesh_xyz=np.hstack([chips.apply(back, found.mesh_xyz[:, :2]), depth]),
                   landmarks_xy=chips.apply(back, found.landmarks_xy), mesh_68_xy=chips.apply(back, found.mesh_68_xy),
                   dlib_xy=chips.apply(back, found.dlib_xy))


def given_landmarks(rgb: UInt8[np.ndarray, "H W 3"], landmarks_xy: Float[np.ndarray, "68 2"]) -> Geometry:
    """A Geometry for landmarks that someone set: they stay; only the mesh, for depth, is found around them."""
    frame = upright_frame(landmarks_xy)
    eyes, unit, _ = frame
    down = frame.down_xy
    across = np.array([down[1], -down[0]])
    keypoints = np.stack([eyes - _GIVEN_PUPILS * unit * across, eyes + _GIVEN_PUPILS * unit * across, landmarks_xy[NOSE_TIP],
                          landmarks_xy[[MOUTH_LEFT, MOUTH_RIGHT]].mean(0), landmarks_xy[JAW_LEFT], landmarks_xy[JAW_RIGHT]])
    candidate = FaceCandidate(eyes + _GIVEN_DROP * unit * down, _GIVEN_SIDE * unit, keypoints, 1.0, CURATOR)
    found = MeshViews(rgb, candidate).find()
    points = np.array(landmarks_xy, np.float64)
    corrected = correct_mesh(found.picks_xy.mean(0))
    return Geometry(points, np.ones(68), found.mesh_xyz, corrected, points, landmark_error(corrected, points), 0.0,
                    found.face_logit)
