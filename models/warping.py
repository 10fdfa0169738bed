"""Warp a painted sitter onto a layout: what the frame would show if this sitter had sat in that pose."""

from dataclasses import dataclass
from functools import lru_cache
from typing import NamedTuple

import cv2
import numpy as np
from jaxtyping import Bool, Float, Float32, Float64, UInt8

from data.coordinates import rescale_points
from data.landmarks import check_landmarks
from data.scan import read_scan
from models.alignment import Frame, align_upright, eye_middle, face_size
from models.thin_plate import ThinPlateSpline
from models.view import View

WARP_STIFFNESS = 2e-3
"""Stiffness of the spline that warps faces. Landmarks are a few pixels off, so an exact spline would wrinkle the picture."""
# Around the face the picture is moved by shift and scale alone. Anchors enforce that: a grid that reaches a little beyond the
# frame (shares of its sides), without points nearer to the middle of the face than twice its farthest landmark.
_ANCHORS_FROM, _ANCHORS_TO = -0.1, 1.1
_ANCHORS_ACROSS, _ANCHORS_DOWN = 7, 8
_FREE_OF_ANCHORS = 2.0
RIM_SHARE, _LEAST_RIM_PX = 0.004, 1.0
"""Rim of the painted surface that is not used, as a share of its shorter side and at least: edges of canvases are worn."""
_READ_LARGER = 1.15
"""A scan is read by this factor larger than it will be shown, because the warp enlarges some places."""
_THUMBNAIL_PX = 400
"""Longest side of what is kept in memory."""


class ScanPixels(NamedTuple):
    """A scan as it was read: `rgb` (h, w, 3) float32, never mirrored, and `scale`, its size over the full size."""

    rgb: Float32[np.ndarray, "h w 3"]
    scale: float


@dataclass(frozen=True, eq=False)
class Warped:
    """A view carried onto a layout.

    Attributes
    ----------
    view : View
    colour : (H, W, 3) float32
        sRGB.
    parts : (H, W) uint8
    valid : (H, W) bool
        False outside the painted surface.
    field : (H, W, 2) float32
        Where each texel lies in the scan (in its mirror image for a mirrored view), pixels.
    """

    view: View
    colour: Float32[np.ndarray, "H W 3"]
    parts: UInt8[np.ndarray, "H W"]
    valid: Bool[np.ndarray, "H W"]
    field: Float32[np.ndarray, "H W 2"]


def warped(view: View, layout_xy: Float[np.ndarray, "68 2"], frame: Frame, *, pixels: ScanPixels | None = None) -> Warped:
    """Carry a view onto a layout.

    Parameters
    ----------
    view : View
    layout_xy : (68, 2) float
        Wanted landmarks in texels of `frame`.
    frame : Frame
    pixels : ScanPixels, optional
        The scan, where it has been read already.
    """
    field = warp_field(view.landmarks_xy, layout_xy, frame)
    return carried(view, field, pixels if pixels is not None else read_for(view, frame))


def carried(view: View, field: Float32[np.ndarray, "H W 2"], pixels: ScanPixels, *, rim_share: float = RIM_SHARE) -> Warped:
    """A view seen through a field that says where each texel lies in its scan (in its mirror image for a mirrored view).

    Parameters
    ----------
    view : View
    field : (H, W, 2) float32
        Pixels of the scan.
    pixels : ScanPixels
        The scan, from `read_for`.
    rim_share : float
        Rim of the painted surface that is not used, as a share of its shorter side.
    """
    rgb, scale = pixels
    if view.mirrored:
        rgb = rgb[:, ::-1]
    colour = np.clip(warp(rgb, rescale_points(field, scale)), 0.0, 1.0)
    x, y, w, h = view.content_box
    rim_px = max(_LEAST_RIM_PX, rim_share * min(w, h))
    valid = inside(field - np.array([x, y], np.float32), w, h, margin_px=rim_px)
    ratio = np.array([view.parts.shape[1] / view.width_px, view.parts.shape[0] / view.height_px], np.float32)
    places = rescale_points(field, ratio)
    labels = cv2.remap(view.parts, places[..., 0], places[..., 1], cv2.INTER_NEAREST, borderMode=cv2.BORDER_REPLICATE)
    return Warped(view, colour, labels, valid, field)


def read_for(view: View, frame: Frame) -> ScanPixels:
    """The scan at about the resolution at which `frame` will show it, never enlarged."""
    wanted = min(1.0, _READ_LARGER * frame.eye_distance_px / max(view.eye_distance_px, 1.0))
    side = int(np.ceil(max(view.width_px, view.height_px) * wanted))
    read = _read_small if side <= _THUMBNAIL_PX else read_scan
    rgb = read(view.path, max_side_px=side if wanted < 1 else None)
    return ScanPixels(rgb, rgb.shape[1] / view.width_px)


@lru_cache(maxsize=256)
def _read_small(path: str, max_side_px: int | None) -> Float32[np.ndarray, "h w 3"]:
    """Thumbnails are asked for again with every candidate; 256 of them fit into about 300 MiB at the most."""
    return read_scan(path, max_side_px=max_side_px)


def coverage(view: View, frame: Frame) -> float:
    """Share of the frame that the view's painting would fill, were its sitter placed there."""
    x, y, w, h = view.content_box
    unit = frame.eye_distance_px / face_size(view.landmarks_xy)
    left = np.array(frame.eye_centre) * frame.size_px - (eye_middle(view.landmarks_xy) - [x, y]) * unit
    lower, upper = np.maximum(left, 0), np.minimum(left + np.array([w, h]) * unit, frame.size_px)
    return float(np.prod(np.maximum(upper - lower, 0)) / np.prod(frame.size_px))


def warp_field(landmarks_xy: Float[np.ndarray, "68 2"], layout_xy: Float[np.ndarray, "68 2"], frame: Frame, *,
               stiffness: float = WARP_STIFFNESS) -> Float32[np.ndarray, "H W 2"]:
    """Where each texel of the frame comes from in a scan, when the scan's face is carried onto a layout.

    Outside the face the warp relaxes to the shift and scale between the two faces (no turn: shoulders and furniture
    stay upright): anchors around the border and at mid-distance move by that alone.

    Parameters
    ----------
    landmarks_xy : (68, 2) float
        In scan pixels.
    layout_xy : (68, 2) float
        Wanted landmarks in texels of `frame`.
    frame : Frame
    stiffness : float
        As `ThinPlateSpline.prepare` takes it.

    Returns
    -------
    (frame.height_px, frame.width_px, 2) float32
        (x, y) in scan pixels, ready for cv2.remap; may lie outside the scan.
    """
    landmarks, layout = check_landmarks(landmarks_xy), check_landmarks(layout_xy)
    back = align_upright(layout, landmarks)
    anchors, spline = _onto(layout.tobytes(), frame, stiffness)
    return spline.field(np.vstack([landmarks, back(anchors)]))


@lru_cache(maxsize=6)
def _onto(layout_bytes: bytes, frame: Frame, stiffness: float) -> tuple[Float64[np.ndarray, "N 2"], ThinPlateSpline]:
    """What warping onto one layout has in common for all pictures: the anchors, and the spline."""
    layout = np.frombuffer(layout_bytes).reshape(68, 2)
    width, height = frame.size_px
    xs = np.linspace(_ANCHORS_FROM, _ANCHORS_TO, _ANCHORS_ACROSS) * width
    ys = np.linspace(_ANCHORS_FROM, _ANCHORS_TO, _ANCHORS_DOWN) * height
    grid = np.stack(np.meshgrid(xs, ys), -1).reshape(-1, 2)
    reach = np.linalg.norm(layout - layout.mean(0), axis=1).max() * _FREE_OF_ANCHORS
    anchors = grid[np.linalg.norm(grid - layout.mean(0), axis=1) > reach]
    return anchors, ThinPlateSpline.prepare(np.vstack([layout, anchors]), frame.size_px, stiffness=stiffness)


def warp(picture: Float32[np.ndarray, "h w *c"], field: Float32[np.ndarray, "H W 2"], *,
         interpolation: int = cv2.INTER_CUBIC) -> Float32[np.ndarray, "H W *c"]:
    """A picture seen through a warp field; outside the scan its edge is repeated.

    Parameters
    ----------
    picture : (h, w) or (h, w, C) float32
    field : (H, W, 2) float32
        Where each texel of the result lies in `picture`, pixels.
    interpolation : int
        One of OpenCV's.
    """
    return cv2.remap(np.ascontiguousarray(picture), field[..., 0], field[..., 1], interpolation,
                     borderMode=cv2.BORDER_REPLICATE)


def inside(field: Float32[np.ndarray, "H W 2"], width_px: float, height_px: float, *,
           margin_px: float = 1.0) -> Bool[np.ndarray, "H W"]:
    """Which texels of a warp field come from within the scan.

    Parameters
    ----------
    field : (H, W, 2) float32
        Places in the scan, pixels.
    width_px, height_px : float
        Size of the scan.
    margin_px : float
        Width of its rim that does not count as within.
    """
    x, y = field[..., 0], field[..., 1]
    return (x >= margin_px) & (y >= margin_px) & (x <= width_px - 1 - margin_px) & (y <= height_px - 1 - margin_px)
