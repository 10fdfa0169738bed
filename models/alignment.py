"""Bring every sitter into one frame: Procrustes alignment and smooth (thin-plate spline) warps.

Procrustes: Gower 1975, doi:10.1007/BF02291478. Thin-plate splines: Bookstein 1989, doi:10.1109/34.24792.
"""

from dataclasses import dataclass
from functools import lru_cache

import cv2
import numpy as np

from data.errors import ShapeError
from data.landmarks import CHIN, LEFT_EYE, RIGHT_EYE, check_landmarks, outer_eye_distance


@dataclass(frozen=True)
class Frame:
    """The canvas all sitters share; lengths in frame units scale with `width_px`.

    The outer eye corners lie `eye_share` of the width apart, their middle at `eye_centre` (shares of width and height).
    """

    width_px: int = 640
    height_px: int = 800
    eye_share: float = 0.125
    eye_centre: tuple[float, float] = (0.5, 0.27)

    @property
    def size_px(self):
        return self.width_px, self.height_px

    @property
    def eye_distance_px(self):
        return self.eye_share * self.width_px

    def scaled(self, width_px, height_px=None):
        """The same frame at another size; the aspect is kept unless a height is given."""
        height = round(self.height_px * width_px / self.width_px) if height_px is None else height_px
        return Frame(int(width_px), int(height), self.eye_share, self.eye_centre)


@dataclass(frozen=True, eq=False)
class Similarity:
    """x -> scale * rotation @ x + offset, on (N, 2) points; `rotation` has determinant +1."""

    scale: float
    rotation: np.ndarray
    offset: np.ndarray

    def __call__(self, points_xy):
        return self.scale * np.asarray(points_xy, np.float64) @ self.rotation.T + self.offset

    def inverse(self):
        rotation = self.rotation.T
        return Similarity(1 / self.scale, rotation, -(self.offset / self.scale) @ rotation.T)

    @property
    def matrix(self):
        """(2, 3) float64 as OpenCV wants it."""
        return np.hstack([self.scale * self.rotation, self.offset[:, None]])


def procrustes(source_xy, target_xy):
    """The similarity without reflection that brings source nearest to target in least squares (Umeyama 1991,
    doi:10.1109/34.88573)."""
    source, target = np.asarray(source_xy, np.float64), np.asarray(target_xy, np.float64)
    if source.shape != target.shape or source.ndim != 2 or source.shape[1] != 2:
        raise ShapeError(f"procrustes wants two (N, 2) arrays of one shape, got {source.shape} and {target.shape}")
    source_mean, target_mean = source.mean(0), target.mean(0)
    centred, wanted = source - source_mean, target - target_mean
    u, singular, vt = np.linalg.svd(wanted.T @ centred)
    sign = np.array([1.0, np.sign(np.linalg.det(u @ vt))])
    rotation = (u * sign) @ vt
    scale = float((singular * sign).sum() / (centred ** 2).sum())
    return Similarity(scale, rotation, target_mean - scale * rotation @ source_mean)


def upright(source_xy, target_xy):
    """The shift and scale, without turn, that bring source nearest to target in least squares."""
    source, target = np.asarray(source_xy, np.float64), np.asarray(target_xy, np.float64)
    centred, wanted = source - source.mean(0), target - target.mean(0)
    scale = float((centred * wanted).sum() / (centred ** 2).sum())
    return Similarity(scale, np.eye(2), target.mean(0) - scale * source.mean(0))


def face_size(points_xy):
    """The larger of the outer eye distance and the eye-to-chin height over 1.26 (their mean ratio): turned heads, whose
    eyes draw together, do not come out larger than frontal ones."""
    points = check_landmarks(points_xy)
    eyes = (points[LEFT_EYE].mean(0) + points[RIGHT_EYE].mean(0)) / 2
    return max(outer_eye_distance(points), np.linalg.norm(points[CHIN] - eyes) / 1.26)


def place_in_frame(points_xy, frame):
    """The shift and scale that put a face where `frame` wants it; the picture stays upright, so a head that leans
    against the shoulders goes on leaning.
    """
    points = check_landmarks(points_xy)
    eyes = (points[LEFT_EYE].mean(0) + points[RIGHT_EYE].mean(0)) / 2
    scale = frame.eye_distance_px / face_size(points)
    centre = np.array([frame.eye_centre[0] * frame.width_px, frame.eye_centre[1] * frame.height_px])
    return Similarity(scale, np.eye(2), centre - scale * eyes)


def align(shapes, *, iterations=10):
    """Generalised Procrustes analysis.

    Parameters
    ----------
    shapes : (N, 68, 2) float

    Returns
    -------
    aligned : (N, 68, 2) float64
        Centred, root-mean-square size that of the mean, turned onto it.
    mean : (68, 2) float64
        Mean shape of unit root-mean-square size.
    """
    shapes = np.asarray(shapes, np.float64)
    mean = _normalised(shapes[0])
    for _ in range(iterations):
        aligned = np.stack([procrustes(shape, mean)(shape) for shape in shapes])
        new = _normalised(aligned.mean(0))
        new = procrustes(new, mean)(new)
        if np.abs(new - mean).max() < 1e-9:
            break
        mean = _normalised(new)
    return np.stack([procrustes(shape, mean)(shape) for shape in shapes]), mean


def _normalised(shape):
    centred = shape - shape.mean(0)
    return centred / np.sqrt((centred ** 2).sum(1).mean())


def _kernel(squared):
    return np.where(squared > 0, squared * np.log(np.maximum(squared, 1e-20)), 0.0)


def _thin_plate_operator(source_xy, points_xy, stiffness):
    """(M, N) matrix that turns the targets of N source points into the spline's values at M points: the spline is
    linear in its targets, so one matrix serves every picture carried onto the same layout."""
    centre, spread = source_xy.mean(0), np.sqrt(source_xy.var(0).sum())
    unit, points = (source_xy - centre) / spread, (points_xy - centre) / spread
    count = len(unit)
    affine = np.hstack([np.ones((count, 1)), unit])
    system = np.zeros((count + 3, count + 3))
    system[:count, :count] = _kernel(((unit[:, None] - unit[None]) ** 2).sum(-1)) + stiffness * np.eye(count)
    system[:count, count:], system[count:, :count] = affine, affine.T
    weights = np.linalg.inv(system)[:, :count]
    squared = (points ** 2).sum(1)[:, None] + (unit ** 2).sum(1)[None] - 2 * points @ unit.T
    values = _kernel(np.maximum(squared, 0))
    return values @ weights[:count] + np.hstack([np.ones((len(points), 1)), points]) @ weights[count:]


def thin_plate(source_xy, target_xy, *, stiffness=1e-3):
    """The thin-plate spline that carries source points to target points, as a function on (N, 2) points.

    `stiffness` smooths (0 interpolates exactly); it is relative to the points' spread, so it has no unit.
    """
    source, target = np.asarray(source_xy, np.float64), np.asarray(target_xy, np.float64)
    return lambda points_xy: _thin_plate_operator(source, np.asarray(points_xy, np.float64), stiffness) @ target


def warp_field(landmarks_xy, layout_xy, frame, *, stiffness=2e-3):
    """Where each texel of the frame comes from in a scan, when the scan's face is carried onto a layout.

    Outside the face the warp relaxes to the shift and scale between the two faces (no turn: shoulders and furniture
    stay upright): anchors around the border and at mid-distance move by that alone.

    Parameters
    ----------
    landmarks_xy : (68, 2)
        In scan pixels.
    layout_xy : (68, 2)
        Wanted landmarks in texels of `frame`.

    Returns
    -------
    (frame.height_px, frame.width_px, 2) float32
        (x, y) in scan pixels, ready for cv2.remap; may lie outside the scan.
    """
    landmarks, layout = check_landmarks(landmarks_xy), check_landmarks(layout_xy)
    back = upright(layout, landmarks)
    anchors, operator, shape = _onto(layout.tobytes(), frame, stiffness)
    coarse = (operator @ np.vstack([landmarks, back(anchors)])).reshape(*shape, 2).astype(np.float32)
    gx, gy = np.meshgrid(np.arange(frame.width_px, dtype=np.float32) / _CELL_PX,
                         np.arange(frame.height_px, dtype=np.float32) / _CELL_PX)
    return cv2.remap(coarse, gx, gy, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)


# The spline is smooth: it is evaluated on a grid of every eighth texel and interpolated.
_CELL_PX = 8


@lru_cache(maxsize=6)
def _onto(layout_bytes, frame, stiffness):
    """What warping onto one layout has in common for all pictures: anchors, the spline's matrix, its grid's shape."""
    layout = np.frombuffer(layout_bytes).reshape(68, 2)
    width, height = frame.size_px
    xs, ys = np.linspace(-0.1, 1.1, 7) * width, np.linspace(-0.1, 1.1, 8) * height
    grid = np.stack(np.meshgrid(xs, ys), -1).reshape(-1, 2)
    reach = np.linalg.norm(layout - layout.mean(0), axis=1).max() * 2.0
    anchors = grid[np.linalg.norm(grid - layout.mean(0), axis=1) > reach]
    nx, ny = int(np.ceil(width / _CELL_PX)) + 1, int(np.ceil(height / _CELL_PX)) + 1
    nodes = np.stack(np.meshgrid(np.arange(nx) * _CELL_PX, np.arange(ny) * _CELL_PX), -1).reshape(-1, 2)
    return anchors, _thin_plate_operator(np.vstack([layout, anchors]), nodes.astype(np.float64), stiffness), (ny, nx)


def warp(picture, field, *, interpolation=cv2.INTER_CUBIC):
    """A picture ((H, W) or (H, W, C)) seen through a warp field; float32. Outside the scan the edge is repeated."""
    picture = np.ascontiguousarray(picture)
    warped = cv2.remap(picture, field[..., 0], field[..., 1], interpolation, borderMode=cv2.BORDER_REPLICATE)
    return warped


def inside(field, width_px, height_px, *, margin_px=1.0):
    """(H, W) bool: which texels of a warp field come from within the scan."""
    x, y = field[..., 0], field[..., 1]
    return (x >= margin_px) & (y >= margin_px) & (x <= width_px - 1 - margin_px) & (y <= height_px - 1 - margin_px)
