"""The drawn face laid on its head, with ears, neck and the shadow of the chin."""

import cv2
import numpy as np
from jaxtyping import Float32, Float64

from data.landmarks import LEFT_BROW, LEFT_EYE, NOSE_BRIDGE, NOSE_ROOT, NOSTRILS, OUTER_LIP, RIGHT_BROW, RIGHT_EYE
from data.parts import Part
from models.hairline import hairline_outline
from render.practice.anatomy import Anatomy
from render.practice.canvas import Canvas
from render.practice.mixing import skin_ramp

# The drawn face is a mean of many paintings and a little soft: (sigma in texels, share added) of what is lifted again.
_FINE, _MIDDLE = (2.2, 0.7), (7, 0.25)

# Lengths in eye units, shades as shares.
_NECK_HALF = {"male": 0.56, "female": 0.47}     # half the width of the neck
_NECK_PALER = (0.92, 0.95)      # shade and colour of the neck as a share of the face's
_SHADOW_FALL = (-0.16, 0.20)    # the chin's shadow moves so far for a light of 1 from the side, and down
_FACE_RISE = 0.80               # of the hairline up to which the face is laid (models.hairline); hair covers its edge
_FACE_LOADING = (0.75, 0.3)     # paint on a black face, and how much more on a white one
_RIM_TINT = (0.95, 0.75, 0.62)  # of the side of a face turned from the light
_WING = 0.05                    # dlib's nostrils leave the wings of the nose out; so far they reach beyond
_BROW = (0.035, 0.045)          # a brow above and below its line of landmarks
_EAR_HALF_HEIGHT = 0.27
_EAR_WIDE = (0.11, 0.07)        # half an ear's width in front view, and how much more when turned fully
_MOST_TURNED = 0.7              # facing from which an ear grows no wider
_EAR_HIDDEN = 0.12              # facing from which the far ear is hidden behind the cheek
_EAR_TILT_RAD = 0.18
_EAR_SKIN, _EAR_RIM = (0.95, 0.80, 0.76), (0.45, 0.30, 0.26)     # as shares of the skin: ears are redder
# A pearl in the ear: radius, colour and offset from its middle of the ball and of its glint.
_PEARL = ((0.055, (0.62, 0.59, 0.53), 0.0), (0.018, (0.98, 0.96, 0.92), -0.02))
_PEARL_BELOW = 0.33             # the ear's middle


def lively(face: Float32[np.ndarray, "H W 3"]) -> Float32[np.ndarray, "H W 3"]:
    """The drawn face with its middle frequencies lifted: means of many paintings are a little soft."""
    (fine_px, fine_share), (middle_px, middle_share) = _FINE, _MIDDLE
    fine = face - cv2.GaussianBlur(face, (0, 0), fine_px)
    middle = cv2.GaussianBlur(face, (0, 0), fine_px) - cv2.GaussianBlur(face, (0, 0), middle_px)
    return np.clip(face + fine_share * fine + middle_share * middle, 0, 1)


def paint_neck(canvas: Canvas, anatomy: Anatomy, sex: str) -> Float32[np.ndarray, "H W"]:
    """Lay the neck; returns its mask, from which a bare breast is modelled.

    Parameters
    ----------
    canvas : Canvas
    anatomy : Anatomy
    sex : "male" or "female"
    """
    chin, x, wide = anatomy.chin_y, anatomy.neck_x, _NECK_HALF[sex]
    jaw_y = anatomy.points[4, 1] * 0.5 + anatomy.points[12, 1] * 0.5 - 0.25
    mask = canvas.mask([(x - wide, jaw_y), (x + wide, jaw_y), (x + wide * 0.95, chin + 0.2), (x + wide * 1.25, chin + 0.62),
                        (x, chin + 1.2), (x - wide * 1.25, chin + 0.62), (x - wide * 0.95, chin + 0.2)])
    shade = canvas.lit(canvas.inflated(mask, wide))
    canvas.lay(mask, skin_ramp(shade * _NECK_PALER[0], anatomy.skin * _NECK_PALER[1]), Part.NECK, detail=0.6)
    return mask


def shade_below_chin(canvas: Canvas, anatomy: Anatomy) -> None:
    """What the head throws on neck and collar, away from the light; so both must have been laid."""
    jaw = anatomy.points[2:15]
    fall = np.array([_SHADOW_FALL[0] * canvas.light[0], _SHADOW_FALL[1]])
    outline = np.vstack([jaw, (jaw + fall * [1, 1.3])[::-1]])
    shadow = canvas.mask(np.vstack([jaw[:1], jaw + fall, jaw[-1:]]), soft=0.07)
    shadow = np.maximum(shadow, canvas.mask(outline, soft=0.05))
    canvas.darken(shadow * canvas.shows(Part.NECK, Part.CLOTHING), 0.55)


def lay_face(canvas: Canvas, face: Float32[np.ndarray, "H W 3"], landmarks_xy: Float64[np.ndarray, "68 2"]) -> None:
    """Lay the face within its outline and mark the parts in it.

    Parameters
    ----------
    canvas : Canvas
    face : (H, W, 3) float32
        sRGB.
    landmarks_xy : (68, 2) float64
        In texels.
    """
    mask = canvas.mask(canvas.to_units(hairline_outline(landmarks_xy, rise=_FACE_RISE)), rounded=2, soft=0.022)
    least, more = _FACE_LOADING
    canvas.lay(mask, face, Part.FACE, detail=1.0, loading=least + more * canvas.blur(face.mean(-1), 0.05))
    # The turn of the form: a face darkens a little towards its rim on the side away from the light.
    pillow = canvas.inflated(mask, 0.35)
    rim = np.clip(0.5 - canvas.lit(pillow), 0, 0.5) * mask
    canvas.darken(rim, 0.55, tint=_RIM_TINT)
    for part, points in ((Part.NOSE, _nose(landmarks_xy, canvas.unit)),
                         (Part.EYES, landmarks_xy[LEFT_EYE]), (Part.EYES, landmarks_xy[RIGHT_EYE]),
                         (Part.LIPS, landmarks_xy[OUTER_LIP]),
                         (Part.BROWS, _brow(landmarks_xy[LEFT_BROW], canvas.unit)),
                         (Part.BROWS, _brow(landmarks_xy[RIGHT_BROW], canvas.unit))):
        canvas.parts[canvas.mask(canvas.to_units(points), rounded=1, soft=0) >= 0.5] = part


def _nose(landmarks_xy, unit):
    """Hull of bridge, tip and wings in texels; dlib's points leave the wings out. `unit`: an eye unit in texels."""
    wings = landmarks_xy[[31, 35]] + np.array([[-_WING, -_WING], [_WING, -_WING]]) * unit
    top = landmarks_xy[NOSE_ROOT] + np.array([[-_WING, 0.0], [_WING, 0.0]]) * unit
    points = np.vstack([landmarks_xy[NOSE_BRIDGE], landmarks_xy[NOSTRILS], wings, top])
    return cv2.convexHull(points.astype(np.float32))[:, 0]


def _brow(line, unit):
    """Outline of a brow around its line of landmarks, both in texels."""
    above, below = _BROW
    return np.vstack([line + [0, -above * unit], (line + [0, below * unit])[::-1]])


def paint_ears(canvas: Canvas, anatomy: Anatomy, *, pearl: bool) -> None:
    """Lay the ears that a turned head shows.

    Parameters
    ----------
    canvas : Canvas
    anatomy : Anatomy
    pearl : bool
        Whether they wear one.
    """
    for side, jaw_end in ((-1, 0), (1, 16)):
        if side * anatomy.facing <= _EAR_HIDDEN:
            _paint_ear(canvas, anatomy, side, jaw_end, pearl)


def _paint_ear(canvas, anatomy, side, jaw_end, pearl):
    front, more = _EAR_WIDE
    wide = front + more * min(abs(anatomy.facing), _MOST_TURNED)
    at = anatomy.points[jaw_end] + [side * wide * 0.55, 0.16]
    tilt = side * _EAR_TILT_RAD
    around = np.linspace(0, 2 * np.pi, 16, endpoint=False)
    oval = np.stack([np.cos(around) * wide, np.sin(around) * _EAR_HALF_HEIGHT * (1 - 0.15 * np.cos(around) * side)], 1)
    oval = oval @ np.array([[np.cos(tilt), np.sin(tilt)], [-np.sin(tilt), np.cos(tilt)]]) + at
    mask = canvas.mask(oval, soft=0.015)
    shade = canvas.lit(canvas.inflated(mask, 0.12))
    canvas.lay(mask, skin_ramp(shade, anatomy.skin * _EAR_SKIN), Part.FACE, detail=0.9)
    rim = [(at[0] - side * 0.3 * wide, at[1] - 0.15), (at[0] + side * 0.45 * wide, at[1] - 0.12),
           (at[0] + side * 0.40 * wide, at[1] + 0.05), (at[0] - side * 0.1 * wide, at[1] + 0.14)]
    canvas.lay(canvas.line(rim, 0.05, soft=0.015) * 0.5, anatomy.skin * _EAR_RIM)
    if pearl:
        for radius, colour, offset in _PEARL:
            square = (canvas.x - at[0] - offset) ** 2 + (canvas.y - at[1] - _PEARL_BELOW - offset) ** 2
            canvas.lay(np.exp(-(square / radius ** 2) ** 2), colour, detail=0.95, loading=1.3)
