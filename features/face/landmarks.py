"""The 68 landmarks of a face, fused from two sources that know nothing of each other.

The face mesh (468 points in three dimensions) is robust on paint; dlib's predictor is exact where its box is right.
Both look several times: mirrored, nearer, farther. Where they agree the landmark is sure; where they do not, the one
that is steadier under these changes weighs more, and the confidence says so. The mesh is brought to the 68-point
convention by a correction fitted where both agree (`python -m benchmarks.fit_features mesh`).

A face that both know badly (drawn in hatching, stretched as Modigliani did) is looked at again in other ways: without
colour and hatching, narrower and wider. The way both sources agree on best wins.
"""

from dataclasses import dataclass, replace
from functools import cache
from importlib.resources import files

import cv2
import numpy as np

from data.landmarks import LEFT_EYE, MIRRORED, RIGHT_EYE, landmark_error, outer_eye_distance
from features.face import chips
from features.networks import packaged

# The mesh points nearest to the 68 landmarks, in their order (jaw, brows, nose, eyes, lips).
MESH_68 = np.array([
    162, 234, 93, 58, 172, 136, 149, 148, 152, 377, 378, 365, 397, 288, 323, 454, 389, 71, 63, 105, 66, 107, 336, 296,
    334, 293, 301, 168, 197, 5, 4, 75, 97, 2, 326, 305, 33, 160, 158, 133, 153, 144, 362, 385, 387, 263, 373, 380,
    61, 39, 37, 0, 267, 269, 291, 405, 314, 17, 84, 181, 78, 82, 13, 312, 308, 317, 14, 87])
# Boxes as dlib's detector draws them, around the eyes' middle: fitted to 126 faces it found in paintings, in units
# of the distance from eyes to mouth.
_BOX_DROP, _BOX_SIDE = 0.40, 2.40
_MESH_VIEWS = ((1.5, False), (1.5, True), (1.35, False), (1.7, True))
_DLIB_VIEWS = ((1.0, 0.0, 0.0), (0.92, 0.05, 0.03), (1.1, -0.05, -0.03))
# Where these do not agree, more of them.
_MORE_DLIB_VIEWS = ((0.92, 0.0, 0.03), (1.1, 0.0, -0.03), (1.0, 0.05, 0.0), (1.0, -0.05, 0.02))
_UNSTEADY = 0.025
_CHIP = 256
# On paintings the mesh's logit of "a face" is 20 to 35; below this it is as often beside the face as on it.
_LOST_LOGIT = 10.0
# The error to expect, log NME, from the logs of disagreement and spread and a tenth of the logit: fitted to 300 practice
# portraits redrawn in pencil, ink, dabs, flat and wild colours, stretched and bent (1800 looks, correlation 0.84).
_ERROR_MODEL = np.array([0.062, 0.377, 0.593, -0.115])
# Half of the points that expect this error lie farther off than 0.08.
_HALF_WRONG = 0.075
# Above this expected error a face is looked at in other ways, unless the mesh sees it well and it is not drawn out long
# (eyes to mouth over the outer eye distance): then they change nothing.
_DOUBTFUL, _PLAIN_LOGIT, _LONG = 0.042, 15.0, 0.95
_PATCH_PX, _PATCH_SIDE = 384, 3.4
_BEST_OF_MANY = 1.3
# Two views of each source lie closer together than four and six do.
_FEW_VIEWS = 1.8
# Another way of looking is followed where the mesh's logit rises by this.
_WORTH_A_LOOK = 3.0


@dataclass(frozen=True, eq=False)
class Geometry:
    """Landmarks of one face, in the pixels of the picture they were found in.

    `landmarks_xy` (68, 2); `landmark_confidence` (68,) in [0, 1]; `mesh_xyz` (468, 3), depth in pixels, smaller is
    nearer; `mesh_68_xy` and `dlib_xy` the two sources; `disagreement` their mean distance over the outer eye distance;
    `spread` the same between views of one source; `face_logit` the mesh's own "this is a face"; `point_error` (68,) the
    error to expect of each point.
    """

    landmarks_xy: np.ndarray
    landmark_confidence: np.ndarray
    mesh_xyz: np.ndarray
    mesh_68_xy: np.ndarray
    dlib_xy: np.ndarray
    disagreement: float
    spread: float
    face_logit: float
    point_error: np.ndarray | None = None

    @property
    def expected_error(self):
        """The error (NME) to expect of these landmarks, from what the two sources say of themselves and each other."""
        measured = [1.0, np.log(max(self.disagreement, 1e-3)), np.log(max(self.spread, 1e-3)),
                    np.clip(self.face_logit, -10, 40) / 10]
        return float(np.exp(_ERROR_MODEL @ measured))

    @property
    def unit_px(self):
        """Size of the face that a turn of the head hardly changes: half a unit is the distance from eyes to mouth."""
        return 2 * eyes_to_mouth(self.landmarks_xy)


def eyes_to_mouth(points_xy):
    """Distance in pixels from the eyes' middle to the middle of the mouth's corners."""
    eyes = (points_xy[LEFT_EYE].mean(0) + points_xy[RIGHT_EYE].mean(0)) / 2
    return float(np.linalg.norm((points_xy[48] + points_xy[54]) / 2 - eyes))


def find_landmarks(rgb, candidate, *, unless=None, careful=True, taken=None):
    """Landmarks of one candidate face.

    Parameters
    ----------
    rgb : (H, W, 3) uint8
    candidate : features.face.detection.FaceCandidate
    unless : callable or None
        Given the candidate and the mesh's logit of "a face"; where it says True the rest is spared and None returned.
    careful : bool
        Take all views, and look in other ways where the first look is doubtful; without it, a third of the time.
    taken : list or None
        Views of the mesh that an earlier call left here for the same candidate; those taken now are added.

    Returns
    -------
    Geometry or None
    """
    first = _look(rgb, candidate, unless, careful, taken)
    if first is None or not careful or first.expected_error < _DOUBTFUL:
        return first
    length = eyes_to_mouth(first.landmarks_xy) / outer_eye_distance(first.landmarks_xy)
    if first.face_logit > _PLAIN_LOGIT and length < _LONG:
        return first
    return _persistent(rgb, candidate, first)


def _look(rgb, candidate, unless=None, careful=True, taken=None):
    views = _MESH_VIEWS if careful else _MESH_VIEWS[:2]
    mesh, meshes_68, logit = mesh_landmarks(rgb, candidate, unless=unless, views=views, taken=taken)
    if mesh is None:
        return None
    corrected = np.stack([correct_mesh(points) for points in meshes_68])
    dlib_views = dlib_landmarks(rgb, corrected.mean(0), _DLIB_VIEWS if careful else _DLIB_VIEWS[:1])
    if not careful:
        return _fused(mesh, corrected, dlib_views, logit, _FEW_VIEWS)
    middle = np.median(dlib_views, axis=0)
    if np.linalg.norm(dlib_views - middle, axis=2).mean() > _UNSTEADY * 1.3 * eyes_to_mouth(middle):
        dlib_views = np.concatenate([dlib_views, dlib_landmarks(rgb, corrected.mean(0), _MORE_DLIB_VIEWS)])
    if logit < _LOST_LOGIT:
        # The mesh may have put dlib's box in the wrong place: look once more from where dlib went.
        dlib_views = np.concatenate([dlib_views, dlib_landmarks(rgb, np.median(dlib_views, axis=0))])
    return _fused(mesh, corrected, dlib_views, logit)


def _persistent(rgb, candidate, first):
    """The best of several ways of looking; those nearly as good are averaged with it."""
    matrix = chips.view_matrix(candidate.centre_xy, _PATCH_SIDE * candidate.side_px, candidate.roll_rad, _PATCH_PX)
    plain = chips.sample(rgb, matrix, _PATCH_PX)
    patches = plain, chips.calmed(plain, 0.015 * _PATCH_PX / _PATCH_SIDE)
    begun = {}

    def seen(way):
        """How much of a face the mesh sees, which is quickly told and mostly right."""
        patch, aspect = way
        stretched, there, candidate_there = _stretched(patches[patch], matrix, candidate, aspect)
        begun[way] = stretched, there, candidate_there, []
        return mesh_landmarks(stretched, candidate_there, views=_MESH_VIEWS[:1], taken=begun[way][-1])[2]

    ways = {way: seen(way) for way in ((0, 1 / 1.3), (0, 1.3), (1, 1.0))}
    patch, aspect = best = max(ways, key=ways.get)
    if ways[best] > first.face_logit + _WORTH_A_LOOK:
        # What helps may help more with more of it, or both together.
        further = [(0, aspect ** 2), (1, aspect)] if aspect != 1.0 else [(1, 1 / 1.3), (1, 1.3)]
        ways.update({way: seen(way) for way in further})
    found = [first]
    for way in sorted(ways, key=ways.get, reverse=True)[:2]:
        if way != (0, 1.0) and ways[way] > first.face_logit + _WORTH_A_LOOK:
            found.append(_stretched_look(*begun[way], candidate.side_px))
    best = min(found, key=lambda geometry: geometry.expected_error)
    alike = [geometry for geometry in found if geometry.expected_error < 1.2 * best.expected_error
             and landmark_error(geometry.landmarks_xy, best.landmarks_xy) < 2 * best.expected_error]
    # The best of many looks is a little worse than it looks.
    return replace(best, landmarks_xy=np.mean([geometry.landmarks_xy for geometry in alike], axis=0),
                   landmark_confidence=_confidence(_BEST_OF_MANY * best.point_error))


def _stretched(patch, matrix, candidate, aspect):
    """A patch made `aspect` times wider; the way there from the picture that `matrix` leads from; the candidate there."""
    middle = (_PATCH_PX - 1) / 2
    stretch = np.array([[aspect, 0, (1 - aspect) * middle], [0, 1, 0]])
    seen = patch if aspect == 1 else cv2.warpAffine(patch, stretch, (_PATCH_PX, _PATCH_PX), flags=cv2.INTER_LINEAR,
                                                    borderMode=cv2.BORDER_REPLICATE)
    there = chips.compose(stretch, matrix)
    side = _PATCH_PX / _PATCH_SIDE * np.sqrt(max(aspect, 1.0))
    return seen, there, replace(candidate, centre_xy=chips.apply(there, candidate.centre_xy[None])[0], side_px=side,
                                keypoints_xy=chips.apply(there, candidate.keypoints_xy))


def _stretched_look(stretched, there, candidate_there, taken, side_px):
    """A look at a stretched patch, in the pixels of the picture that `there` leads from, where the face is `side_px` wide."""
    found = _look(stretched, candidate_there, taken=taken)
    back = chips.invert(there)
    depth = found.mesh_xyz[:, 2:] * side_px * _PATCH_SIDE / _PATCH_PX
    return replace(found, mesh_xyz=np.hstack([chips.apply(back, found.mesh_xyz[:, :2]), depth]),
                   **{name: chips.apply(back, getattr(found, name)) for name in ("landmarks_xy", "mesh_68_xy", "dlib_xy")})


def mesh_landmarks(rgb, candidate, *, unless=None, views=_MESH_VIEWS, taken=None):
    """Mesh (468, 3) in picture pixels, its 68 picks from several views (V, 68, 2), and the mean logit of "a face".

    Where `unless` (see `find_landmarks`) is sure after the first of these, the mesh and its picks are None.
    """
    taken = [] if taken is None else taken

    def view(number, *place):
        if number == len(taken):
            taken.append(_mesh_view(rgb, *place))
        return taken[number]

    mesh, _ = view(0, candidate.centre_xy, 1.5 * candidate.side_px, candidate.roll_rad, False)
    meshes, picks, logits = [], [], []
    for number, (reach, mirrored) in enumerate(views, 1):
        centre, longest, roll = _mesh_box(mesh)
        seen, logit = view(number, centre, reach * longest, roll, mirrored)
        if not mirrored:
            mesh = seen
            meshes.append(seen)
        picks.append(seen[MESH_68][:, :2] if not mirrored else seen[MESH_68][MIRRORED][:, :2])
        logits.append(logit)
        if number == 1 and unless is not None and unless(candidate, logit):
            return None, None, logit
    return np.mean(meshes, axis=0), np.stack(picks), float(np.mean(logits))


def _mesh_view(rgb, centre, side, roll, mirrored):
    matrix = chips.view_matrix(centre, side, roll, 192)
    chip = chips.sample(rgb, matrix, 192)
    mesh, logit = packaged.run_mesh(np.ascontiguousarray(chip[:, ::-1]) if mirrored else chip)
    points = mesh[:, :2].astype(np.float64)
    if mirrored:
        points[:, 0] = 191 - points[:, 0]
    return np.hstack([chips.apply(chips.invert(matrix), points), mesh[:, 2:] * (side / 192)]), logit


def _mesh_box(mesh):
    """Centre, longest side and tilt of the upright box around a mesh."""
    points = mesh[:, :2]
    dx, dy = points[263] - points[33]
    roll = np.arctan2(dy, dx)
    turn = np.array([[np.cos(roll), np.sin(roll)], [-np.sin(roll), np.cos(roll)]])
    upright = points @ turn.T
    low, high = upright.min(0), upright.max(0)
    return turn.T @ ((low + high) / 2), float((high - low).max()), float(roll)


def upright_frame(points_xy):
    """Eyes' middle, unit (eyes to mouth) in pixels and tilt of a face given by 68 points."""
    eyes = (points_xy[LEFT_EYE].mean(0), points_xy[RIGHT_EYE].mean(0))
    dx, dy = eyes[1] - eyes[0]
    return (eyes[0] + eyes[1]) / 2, max(eyes_to_mouth(points_xy), 1.0), float(np.arctan2(dy, dx))


def turn_descriptor(points):
    """What the correction may depend on: 1, how far the nose tip lies beside the eyes' middle, and its square."""
    side = points[30, 0]
    return np.array([1.0, side, side * side, abs(side)])


@cache
def _correction():
    with files("features.face").joinpath("mesh_to_68.npz").open("rb") as stream:
        return np.load(stream, allow_pickle=False)["weights"]


def to_upright(points_xy):
    """Points in the face's own frame (eyes' middle at 0, eyes to mouth 1, level), and the frame."""
    centre, unit, roll = frame = upright_frame(points_xy)
    turn = np.array([[np.cos(roll), np.sin(roll)], [-np.sin(roll), np.cos(roll)]])
    return (points_xy - centre) @ turn.T / unit, frame


def upright_places(shape, frame):
    """x and y of every pixel in a face's own frame, each (h, w) float32."""
    (left, top), unit, roll = frame
    across, down = np.arange(shape[1]) - left, (np.arange(shape[0]) - top)[:, None]
    cos, sin = np.cos(roll) / unit, np.sin(roll) / unit
    return (cos * across + sin * down).astype(np.float32), (cos * down - sin * across).astype(np.float32)


def from_upright(points, frame):
    """The way back from `to_upright`."""
    centre, unit, roll = frame
    turn = np.array([[np.cos(roll), np.sin(roll)], [-np.sin(roll), np.cos(roll)]])
    return unit * points @ turn + centre


def correct_mesh(points_xy):
    """The mesh's 68 picks brought to the 68-point convention ((68, 2) to (68, 2))."""
    upright, frame = to_upright(points_xy)
    return from_upright(upright + np.tensordot(turn_descriptor(upright), _correction(), 1), frame)


def dlib_landmarks(rgb, points_xy, boxes=_DLIB_VIEWS):
    """dlib's landmarks from several boxes, straight and mirrored, (V, 68, 2) in picture pixels."""
    centre, unit, roll = upright_frame(points_xy)
    down = np.array([-np.sin(roll), np.cos(roll)])
    side = 1.6 * _BOX_SIDE * unit
    matrix = chips.view_matrix(centre + _BOX_DROP * unit * down, side, roll, _CHIP)
    chip = chips.sample(rgb, matrix, _CHIP)
    seen = []
    for size, dx, dy in boxes:
        box_side = size * _CHIP / 1.6
        middle = np.array([(_CHIP - 1) / 2 + dx * box_side, (_CHIP - 1) / 2 + dy * box_side])
        seen.append((*(middle - box_side / 2), *(middle + box_side / 2)))
    views = packaged.run_predictor(chip, 2 * seen, [False] * len(seen) + [True] * len(seen))
    mirrored = views[len(seen):, MIRRORED]
    mirrored[..., 0] = _CHIP - 1 - mirrored[..., 0]
    views[len(seen):] = mirrored
    return chips.apply(chips.invert(matrix), views.reshape(-1, 2)).reshape(-1, 68, 2)


def _fused(mesh, meshes_68, dlib_views, logit, widened=1.0):
    unit = 1.3 * eyes_to_mouth(meshes_68.mean(0))
    from_mesh, from_dlib = meshes_68.mean(0), np.median(dlib_views, axis=0)
    mesh_spread = np.linalg.norm(meshes_68 - from_mesh, axis=2).mean(0) / unit
    dlib_spread = np.linalg.norm(dlib_views - from_dlib, axis=2).mean(0) / unit
    apart = np.linalg.norm(from_mesh - from_dlib, axis=1) / unit
    # A point's own steadiness is a noisy figure: the whole face's counts half. The mesh, steady even where it is lost,
    # also weighs by its own flag. Floors and limits were set on portraits redrawn in pencil, ink and flat colours.
    mesh_trust = 1 / (1 + np.exp(-(logit - _LOST_LOGIT) / 3))
    mesh_weight = mesh_trust / ((0.5 * (mesh_spread + mesh_spread.mean())) ** 2 + 0.008 ** 2)
    dlib_weight = 1 / ((0.5 * (dlib_spread + dlib_spread.mean())) ** 2 + 0.008 ** 2)
    share = (dlib_weight / (mesh_weight + dlib_weight))[:, None]
    fused = (1 - share) * from_mesh + share * from_dlib
    error = np.sqrt(mesh_spread ** 2 + (0.5 * apart) ** 2)
    found = Geometry(fused, error, mesh, from_mesh, from_dlib, landmark_error(from_dlib, from_mesh),
                     widened * float(mesh_spread.mean() + dlib_spread.mean()), logit)
    # The face's expected error, shared out by how steady each point is.
    expected = found.expected_error * np.sqrt(error / error.mean())
    return replace(found, point_error=expected, landmark_confidence=_confidence(expected))


def _confidence(point_error):
    return 1 / (1 + (point_error / _HALF_WRONG) ** 4)


def given_landmarks(rgb, landmarks_xy):
    """A Geometry for landmarks that someone set: they stay; only the mesh, for depth, is found around them."""
    from features.face.detection import FaceCandidate
    eyes, unit, roll = upright_frame(landmarks_xy)
    down = np.array([-np.sin(roll), np.cos(roll)])
    across = np.array([down[1], -down[0]])
    keypoints = np.stack([eyes - 0.4 * unit * across, eyes + 0.4 * unit * across, landmarks_xy[30],
                          landmarks_xy[[48, 54]].mean(0), landmarks_xy[0], landmarks_xy[16]])
    candidate = FaceCandidate(eyes + 0.4 * unit * down, 2.0 * unit, keypoints, 1.0, "curator")
    mesh, meshes_68, logit = mesh_landmarks(rgb, candidate)
    points = np.array(landmarks_xy, np.float64)
    return Geometry(points, np.ones(68), mesh, correct_mesh(meshes_68.mean(0)), points,
                    landmark_error(correct_mesh(meshes_68.mean(0)), points), 0.0, logit)
