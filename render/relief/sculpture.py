"""A low relief of the sitter's form below the paint, by option.

Form is broad, so it is computed on a small picture: bodies are rounded from their outlines inwards, the face is a smooth
surface through typical depths of its landmarks, and steep slopes are compressed as on a coin (Weyrich et al. 2007,
doi:10.1145/1276377.1276417).
"""

import cv2
import numpy as np
from jaxtyping import Float, Float32, Float64, UInt8
from scipy.interpolate import RBFInterpolator

from data.coordinates import rescale_points
from data.errors import ShapeError
from data.landmarks import outer_eye_distance
from data.parts import Part
from render.imaging.poisson import screen_from_wavelength, screened_poisson
from render.relief.relief import Relief, raised

_FORM_TEXELS = 320    # longest side of the small picture
# How far each part stands out of the picture, as a share of the sculptural height; the face has landmarks beside.
_PROUD = {Part.BACKGROUND: 0.0, Part.CLOTHING: 0.42, Part.HAIR: 0.5, Part.NECK: 0.4}
_FACE_PROUD = 0.45

# How far landmarks lie before (+) or behind the plane of the face, in outer eye distances, on a face of usual build.
_HALF_JAW = (-0.95, -0.93, -0.9, -0.85, -0.7, -0.46, -0.2, 0.0, 0.06)    # from the ear to the chin
_BROW = (-0.3, -0.12, 0.0, 0.06, 0.08)                                   # from the temple inward
_BRIDGE = (0.06, 0.2, 0.36, 0.52)                                        # from the root of the nose to its tip
_WINGS = (0.18, 0.27, 0.33, 0.27, 0.18)
_LEFT_EYE = (-0.26, -0.12, -0.1, -0.12, -0.14, -0.17)       # outer corner, upper lid, inner corner, lower lid
_RIGHT_EYE = (-0.12, -0.1, -0.12, -0.26, -0.17, -0.14)      # inner corner, upper lid, outer corner, lower lid
_OUTER_LIP = (0.0, 0.1, 0.19, 0.2, 0.19, 0.1, 0.0, 0.08, 0.14, 0.16, 0.14, 0.08)    # from the left corner over the top
_INNER_LIP = (0.0, 0.1, 0.14, 0.1, 0.0, 0.1, 0.12, 0.1)
_DEPTHS = np.array([*_HALF_JAW, *_HALF_JAW[-2::-1], *_BROW, *_BROW[::-1], *_BRIDGE, *_WINGS, *_LEFT_EYE, *_RIGHT_EYE,
                    *_OUTER_LIP, *_INNER_LIP])
# The forehead has no landmarks: five places above the brows and the nose stand for it, this far up in eye distances.
_BELOW_FOREHEAD, _FOREHEAD_RISE = [17, 19, 27, 24, 26], 0.75
_FOREHEAD_DEPTHS = (-0.62, -0.16, -0.06, -0.16, -0.62)
_BROW_TOPS, _LIP_TOPS = [19, 24], [50, 52]    # landmarks that say which way is up
_NOSE_ROOT = 27

# Lengths in outer eye distances.
_SWELLING = 1.3           # from the outline inward, over which bodies swell
_BULGE_SHARE = 0.65       # of a part's height is reached by swelling, the rest stands upright at the outline
_PART_BLUR = 0.16         # sigma over which the heights of parts are blended
_FACE_RADIUS = 3          # around the root of the nose, where the face is computed
_FACE_SMOOTHING = 1e-3    # of the surface through the landmarks: they are a little noisy
_FACE_EDGE = 0.1          # sigma over which the face is blended into the head
_FACE_LIFT, _FACE_DEPTH = 0.1, 0.45    # of the sculptural height: the face's plane over the head's, and one eye distance
_SHARPNESS = 20           # of the soft maximum of head and face: higher leaves a crease where they meet
_LEVEL_WAVELENGTHS = 2.0  # of the picture's side: compressed slopes decide everything shorter


def sculpted(relief: Relief, parts: UInt8[np.ndarray, "h w"], landmarks_xy: Float[np.ndarray, "68 2"], *,
             height_mm: float = 1.5, compression: float = 0.35) -> Relief:
    """The relief with a low relief of the sitter below the paint.

    Parameters
    ----------
    relief : Relief
    parts : (h, w) uint8
        `data.parts.Part`, of any size: it is laid over the relief.
    landmarks_xy : (68, 2)
        In pixels of `parts`.
    height_mm : float
        Highest minus lowest place of the form.
    compression : float
        Slopes above this (share of the height in an eye distance) are compressed; lower makes it flatter.

    Returns
    -------
    Relief
    """
    parts, landmarks = np.asarray(parts), np.asarray(landmarks_xy, np.float64)
    if parts.ndim != 2 or landmarks.shape != (68, 2) or not np.isfinite(landmarks).all():
        raise ShapeError(f"a sculptural relief needs a parts map (H, W) and (68, 2) landmarks, got {parts.shape} and "
                         f"{landmarks.shape}")
    share = min(1.0, _FORM_TEXELS / max(parts.shape))
    size = [max(2, round(side * share)) for side in parts.shape[::-1]]
    points = rescale_points(landmarks, np.array([size[0] / parts.shape[1], size[1] / parts.shape[0]]))
    small = cv2.resize(parts.astype(np.uint8), size, interpolation=cv2.INTER_NEAREST)
    eye = outer_eye_distance(points)
    form = _with_face(_bodies(small, eye), small, points, eye)
    form = _compressed(form, np.float32(compression / eye))
    form = cv2.resize(form, relief.z_mm.shape[::-1], interpolation=cv2.INTER_CUBIC)
    form = (form - form.min()) / max(float(np.ptp(form)), 1e-6)
    return raised(relief, relief.z_mm + form * np.float32(height_mm), sculpted_mm=float(height_mm))


def _bodies(parts: UInt8[np.ndarray, "h w"], eye: float) -> Float32[np.ndarray, "h w"]:
    """Rounded bodies that swell from the outline of the sitter, as shares of the sculptural height."""
    inward = cv2.distanceTransform((parts != Part.BACKGROUND).astype(np.uint8), cv2.DIST_L2, 5)
    bulge = np.sqrt(np.clip(inward / np.float32(_SWELLING * eye), 0, 1))
    form = np.select([parts == part for part in _PROUD], list(_PROUD.values()), _FACE_PROUD).astype(np.float32)
    return cv2.GaussianBlur(form * ((1 - _BULGE_SHARE) + _BULGE_SHARE * bulge), (0, 0), _PART_BLUR * eye,
                            borderType=cv2.BORDER_REPLICATE)


def _with_face(form: Float32[np.ndarray, "h w"], parts: UInt8[np.ndarray, "h w"], points: Float64[np.ndarray, "68 2"],
               eye: float) -> Float32[np.ndarray, "h w"]:
    """Bodies with the face added to the head, as a soft maximum of both, so that there is no groove around the face."""
    face = np.maximum(_face_depth(parts.shape, points, eye), -1)
    inside = cv2.GaussianBlur(((parts >= Part.FACE) & (parts <= Part.LIPS)).astype(np.float32), (0, 0), _FACE_EDGE * eye)
    lifted = (_FACE_PROUD + _FACE_LIFT + _FACE_DEPTH * face) * inside
    return np.logaddexp(_SHARPNESS * form, _SHARPNESS * lifted).astype(np.float32) / _SHARPNESS


def _face_depth(shape: tuple[int, int], points: Float64[np.ndarray, "68 2"], eye: float) -> Float64[np.ndarray, "h w"]:
    """A smooth surface through the depths of landmarks and forehead, in eye distances; -1 far from the face."""
    up = points[_BROW_TOPS].mean(0) - points[_LIP_TOPS].mean(0)
    up *= eye / np.linalg.norm(up)
    places = np.concatenate([points, points[_BELOW_FOREHEAD] + up * _FOREHEAD_RISE])
    surface = RBFInterpolator(places / eye, np.concatenate([_DEPTHS, _FOREHEAD_DEPTHS]), smoothing=_FACE_SMOOTHING)
    y, x = np.mgrid[:shape[0], :shape[1]]
    near = np.hypot(x - points[_NOSE_ROOT, 0], y - points[_NOSE_ROOT, 1]) < _FACE_RADIUS * eye
    depth = np.full(shape, -1.0)
    depth[near] = surface(np.stack([x[near], y[near]], 1) / eye)
    return depth


def _compressed(form: Float32[np.ndarray, "h w"], limit: np.float32) -> Float32[np.ndarray, "h w"]:
    """The surface whose slopes grow with the logarithm beyond a limit (share of the height per texel)."""
    right, down = (np.sign(slope) * np.log1p(np.abs(slope) / limit) * limit
                   for slope in (np.diff(form, axis=1), np.diff(form, axis=0)))
    wavelength = max(form.shape) * _LEVEL_WAVELENGTHS
    return screened_poisson(form, right, down, screen=screen_from_wavelength(wavelength), dtype=np.float64)
