"""A composition described: what a picture shows around its head, so that two pictures can be compared without their faces.

A picture is laid into one small frame by its eyes (shift and scale, not turned), and its head is left out. Three things are
kept of the rest: its lightness, coarse, which is compared place by place; its keypoints (SIFT, Lowe 2004,
doi:10.1023/B:VISI.0000029664.99615.94), which find a passage again wherever it lies, at any size; and an embedding, features of
the perceptual network pooled over the picture, which know a cloak that was moved, bent and dyed.
"""

from dataclasses import dataclass, fields, replace
from typing import Any, NamedTuple

import cv2
import numpy as np
from jaxtyping import Bool, Float, Float32, Float64, Int16, UInt8

from data.coordinates import rescale_points
from models.alignment import Frame, ShiftAndScale, eye_middle, face_size, place_in_frame
from models.threads import one_thread
from models.view import Box, View
from models.warping import read_for

ALGORITHM_VERSION = 1
COMPARED = Frame().scaled(360)
"""Where pictures are compared, unless a master's paintings are so narrow that the frame is drawn closer."""
_HEAD_ABOVE, _HEAD_BELOW, _HEAD_ASIDE = 2.05, 2.25, 1.7
"""How far the head reaches from the middle of the eyes, in outer eye distances: with hair, a beard and most of a hat."""
_COARSE_PX = (72, 90)
"""Width and height at which lightness is compared: folds and hands show, strokes do not."""
_LEVELS_OF_LIGHTNESS = 4
"""Steps in one of L*: lightness is kept in whole numbers, whose sums are the same in every order."""
_WHOLLY = 0.9
"""Share of a coarse place that must be seen for it to count."""
_MOST_KEYPOINTS, _FAINTEST = 700, 0.02
"""The strongest keypoints that are kept, and SIFT's least contrast: dark cloth has but faint ones."""
_OFF_THE_RIM_PX = 4
"""Keypoints this near to what is not seen describe its edge rather than the picture."""
_LIGHTENED, _LIGHTENED_CELLS = 3.0, (6, 6)
"""Local contrast is evened (CLAHE, at most threefold, over so many cells), so that shadows have keypoints too."""
_EMBEDDED_PX = (200, 250)
"""Width and height at which the network looks."""
_LAYERS = ("fire5", "fire7", "fire9")
"""Forms, parts of things, things: pooled as the cube root of the mean cube, between mean and maximum (Radenovic et al. 2019,
doi:10.1109/TPAMI.2018.2846566)."""
_TURNED_BINS = -np.arange(8) % 8
_IN_MIRROR = (np.arange(3, -1, -1)[:, None, None] * 32 + np.arange(4)[None, :, None] * 8 + _TURNED_BINS[None, None]).ravel()
"""Which number of a SIFT descriptor (4 rows, 4 columns, 8 directions about the keypoint's own) becomes which in a mirror."""


@dataclass(frozen=True, eq=False)
class Composition:
    """What is kept of a picture's composition.

    Attributes
    ----------
    lightness : (90, 72) int16
        L* in quarters, 0 where nothing is seen.
    seen : (90, 72) bool
        The picture, without its head.
    points_xy : (N, 2) float32
        Keypoints, the strongest first, in pixels of the frame in which pictures are compared.
    points_size, points_angle : (N,) float32
        Diameter in pixels, and direction in radians, clockwise from the right.
    descriptors : (N, 128) uint8
    embedding : (D,) float32
        Pooled features of the network.
    """

    lightness: Int16[np.ndarray, "90 72"]
    seen: Bool[np.ndarray, "90 72"]
    points_xy: Float32[np.ndarray, "N 2"]
    points_size: Float32[np.ndarray, " N"]
    points_angle: Float32[np.ndarray, " N"]
    descriptors: UInt8[np.ndarray, "N 128"]
    embedding: Float32[np.ndarray, " D"]

    def in_mirror(self) -> "Composition":
        """The composition of the mirrored picture, but for its embedding, which is the picture's own. Points are mirrored about
        the frame's left edge: where they lie in the frame says nothing, only how they lie to each other."""
        return replace(self, lightness=self.lightness[:, ::-1], seen=self.seen[:, ::-1],
                       points_xy=self.points_xy * np.array([-1, 1], np.float32),
                       points_angle=np.float32(np.pi) - self.points_angle, descriptors=self.descriptors[:, _IN_MIRROR])

    def strongest(self, count: int) -> "Composition":
        """The same with no more than so many keypoints."""
        return replace(self, points_xy=self.points_xy[:count], points_size=self.points_size[:count],
                       points_angle=self.points_angle[:count], descriptors=self.descriptors[:count])

    def to_arrays(self) -> dict[str, Any]:
        """The arrays by name, to be kept; `Composition(**arrays)` makes it again."""
        return {each.name: getattr(self, each.name) for each in fields(self)}


def describe(rgb: Float32[np.ndarray, "h w 3"], landmarks_xy: Float[np.ndarray, "68 2"], frame: Frame = COMPARED, *,
             content_box: Box | None = None, embedded: bool = True, with_keypoints: bool = True) -> Composition:
    """Describe a picture's composition.

    Parameters
    ----------
    rgb : (h, w, 3) float32
        sRGB in [0, 1]; about as large as `frame` will show it, larger is only slower.
    landmarks_xy : (68, 2)
        Of its head, in pixels.
    frame : Frame
        In which pictures are compared: the same for all that shall be compared.
    content_box : (x, y, w, h), optional
        The painted surface, pixels; None: all of the picture.
    embedded, with_keypoints : bool
        False where the embedding, or the keypoints, are not asked for: most of the time goes there.

    Returns
    -------
    Composition
    """
    colour, seen = _outside_head(rgb, landmarks_xy, frame, content_box)
    return _described(colour, seen, embedded=embedded, with_keypoints=with_keypoints)


class Work(NamedTuple):
    """A painting's composition as painted, and the embedding of its mirror image."""

    composition: Composition
    mirrored: Float32[np.ndarray, " D"]


def describe_work(view: View, frame: Frame = COMPARED) -> Work:
    """The composition of a view's painting, both ways round; the scan is read small."""
    rgb, scale = read_for(view, frame)
    x, y, w, h = (side * scale for side in view.content_box)
    landmarks = rescale_points(view.landmarks_xy, scale)
    colour, seen = _outside_head(rgb[:, ::-1] if view.mirrored else rgb, landmarks, frame, (x, y, w, h))
    return Work(_described(colour, seen), _embedding(np.ascontiguousarray(colour[:, ::-1]), seen[:, ::-1].copy()))


def head_mask(landmarks_xy: Float[np.ndarray, "68 2"], shape: tuple[int, int]) -> Bool[np.ndarray, "H W"]:
    """Where the head is, with its hair and most of a hat, in a picture of `shape` (rows, columns)."""
    unit, (x, y) = face_size(landmarks_xy), eye_middle(landmarks_xy)
    down = (np.arange(shape[0]) - y) / unit
    across = (np.arange(shape[1]) - x) / unit
    reach = np.where(down < 0, _HEAD_ABOVE, _HEAD_BELOW)
    return ((down / reach) ** 2)[:, None] + (across ** 2)[None] / _HEAD_ASIDE ** 2 < 1


def _outside_head(rgb: Float32[np.ndarray, "h w 3"], landmarks_xy: Float[np.ndarray, "68 2"], frame: Frame,
                  content_box: Box | None) -> tuple[UInt8[np.ndarray, "H W 3"], Bool[np.ndarray, "H W"]]:
    """The picture in the frame, and where it shows something other than its head."""
    placing = place_in_frame(landmarks_xy, frame)
    colour, painted = _placed(np.ascontiguousarray(rgb), placing, frame, content_box)
    return colour, painted & ~head_mask(placing(landmarks_xy), (frame.height_px, frame.width_px))


def _described(colour: UInt8[np.ndarray, "H W 3"], seen: Bool[np.ndarray, "H W"], *, embedded: bool = True,
               with_keypoints: bool = True) -> Composition:
    """The composition of a picture in the frame."""
    lightness, coarse = _coarse(colour, seen)
    found, descriptors = _keypoints(colour, seen) if with_keypoints else ([], np.zeros((0, 128), np.uint8))
    return Composition(
        lightness, coarse, np.array([point.pt for point in found], np.float32).reshape(-1, 2),
        np.array([point.size for point in found], np.float32),
        np.radians(np.array([point.angle for point in found], np.float32)), descriptors,
        _embedding(colour, seen) if embedded else np.zeros(0, np.float32))


def _placed(rgb: Float32[np.ndarray, "h w 3"], placing: ShiftAndScale, frame: Frame,
            content_box: Box | None) -> tuple[UInt8[np.ndarray, "H W 3"], Bool[np.ndarray, "H W"]]:
    """The picture in the frame, as bytes, and where it is painted."""
    small: Any = np.clip(np.round(np.asarray(rgb) * 255), 0, 255).astype(np.uint8)
    matrix = placing.matrix
    if placing.scale < 1:
        height, width = small.shape[:2]
        size = max(1, round(width * placing.scale)), max(1, round(height * placing.scale))
        small = cv2.resize(small, size, interpolation=cv2.INTER_AREA)
        # Pixel centres lie on integers: of what is left of shift and scale, the half pixels are taken off.
        ratio = np.array([width / size[0], height / size[1]])
        rest = placing.scale * ratio
        matrix = np.array([[rest[0], 0, 0], [0, rest[1], 0]])
        matrix[:, 2] = placing.offset + placing.scale * (0.5 * ratio - 0.5)
    colour = cv2.warpAffine(small, matrix, frame.size_px, flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
    x, y, w, h = content_box if content_box is not None else (0, 0, rgb.shape[1], rgb.shape[0])
    (left, top), (right, bottom) = placing(np.array([[x, y], [x + w - 1, y + h - 1]]))
    rows, columns = np.arange(frame.height_px), np.arange(frame.width_px)
    return colour, ((rows >= top) & (rows <= bottom))[:, None] & ((columns >= left) & (columns <= right))[None]


def _coarse(colour: UInt8[np.ndarray, "H W 3"],
            seen: Bool[np.ndarray, "H W"]) -> tuple[Int16[np.ndarray, "90 72"], Bool[np.ndarray, "90 72"]]:
    """Lightness, coarse, and where it counts."""
    lightness = cv2.cvtColor(colour.astype(np.float32) / 255, cv2.COLOR_RGB2LAB)[..., 0]
    small = cv2.resize(lightness, _COARSE_PX, interpolation=cv2.INTER_AREA)
    wholly = cv2.resize(seen.astype(np.float32), _COARSE_PX, interpolation=cv2.INTER_AREA) > _WHOLLY
    return np.where(wholly, np.round(small * _LEVELS_OF_LIGHTNESS), 0).astype(np.int16), wholly


def _keypoints(colour: UInt8[np.ndarray, "H W 3"], seen: Bool[np.ndarray, "H W"]) -> tuple[Any, UInt8[np.ndarray, "N 128"]]:
    """Keypoints in what is seen, the strongest first, and their descriptors."""
    grey = cv2.createCLAHE(_LIGHTENED, _LIGHTENED_CELLS).apply(cv2.cvtColor(colour, cv2.COLOR_RGB2GRAY))
    side = 2 * _OFF_THE_RIM_PX + 1
    mask = cv2.erode(seen.astype(np.uint8) * 255, np.ones((side, side), np.uint8), borderValue=0)
    sift = cv2.SIFT_create(nfeatures=_MOST_KEYPOINTS, contrastThreshold=_FAINTEST)  # type: ignore[attr-defined]
    found, descriptors = sift.detectAndCompute(grey, mask)
    if descriptors is None:
        return [], np.zeros((0, 128), np.uint8)
    order = np.argsort([-point.response for point in found], kind="stable")
    return [found[number] for number in order], descriptors[order].astype(np.uint8)


def _embedding(colour: UInt8[np.ndarray, "H W 3"], seen: Bool[np.ndarray, "H W"]) -> Float32[np.ndarray, " D"]:
    """Pooled features; what is not seen is filled with the mean colour of the rest, and does not count."""
    from models.perceptual import load_network  # delays torch

    small = cv2.resize(colour, _EMBEDDED_PX, interpolation=cv2.INTER_AREA).astype(np.float32) / 255
    shown = cv2.resize(seen.astype(np.uint8), _EMBEDDED_PX, interpolation=cv2.INTER_NEAREST) > 0
    small[~shown] = small[shown].mean(0) if shown.any() else 0.5
    with one_thread() as torch, torch.inference_mode():
        maps = load_network()(torch.from_numpy(np.ascontiguousarray(small.transpose(2, 0, 1)[None])), _LAYERS)
        pooled = [_pooled(maps[name][0].numpy(), shown) for name in _LAYERS]
    return np.concatenate(pooled).astype(np.float32)


def _pooled(features: Float32[np.ndarray, "C h w"], shown: Bool[np.ndarray, "H W"]) -> Float64[np.ndarray, " C"]:
    """The cube root of each channel's mean cube over what is shown; of length one together."""
    weight = cv2.resize(shown.astype(np.float32), features.shape[:0:-1], interpolation=cv2.INTER_AREA)
    cubes = features * features * features * weight     # no feature is negative: the layers are rectified
    mean = np.cbrt(cubes.sum((1, 2), dtype=np.float64) / max(float(weight.sum()), 1e-6))
    return mean / max(float(np.linalg.norm(mean)), 1e-9)
