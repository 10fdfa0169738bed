"""How the paint was laid: direction, width, length and contrast of strokes, and the palette, part by part.

Directions come from the structure tensor (Bigun and Granlund 1987; Weickert 1998) of lightness; stroke width from how
fast lightness changes across that direction, by Rice's count of mean crossings; stroke length from how far along it
lightness stays alike; contrast from a band-pass pyramid. Canvas weave and cracks are measured in `features.paint.surface`.
"""

from typing import Any, NamedTuple

import cv2
import numpy as np
from jaxtyping import Bool, Complex64, Float32, Shaped, UInt8

from data.colour import UINT8_MAX, from_uint8, rgb_to_lab
from data.parts import Part
from features.paint.palette import palette
from features.paint.stroke_length import stroke_length_px

_MEASURED = (Part.BACKGROUND, Part.HAIR, Part.FACE, Part.NECK, Part.CLOTHING)
_LEAST_PIXELS = 100  # at every other row and column; parts of fewer pixels are not measured
_SLOW_PX = 6  # blur: what changes more slowly is form, not brushwork
_SCHARR = np.float32(1 / 32)  # makes OpenCV's Scharr filter a slope per pixel
_AVERAGED_PX = 2.0  # blur of the fields that hold every other pixel
_OCTAVES = 6
_FIRST_OCTAVE_PX, _OCTAVE_PX = 0.75, 0.65  # blur that parts an octave from the next; the first stands on the scan's own
_LEAST_OCTAVE_PX = 4  # a side: smaller pictures are not halved again


class _Strokes(NamedTuple):
    """Fields from which strokes are measured, all (h, w), at every other row and column of the scan: lightness without its slow
    changes, its variance, squared slope in total and across the strokes, the strokes' direction (complex, size 1), and how
    clear that direction is (0 to 1)."""

    detail: Float32[np.ndarray, "h w"]
    variance: Float32[np.ndarray, "h w"]
    energy: Float32[np.ndarray, "h w"]
    across: Float32[np.ndarray, "h w"]
    along: Complex64[np.ndarray, "h w"]
    coherence: Float32[np.ndarray, "h w"]


def measure_brushwork(rgb: UInt8[np.ndarray, "H W 3"], parts: UInt8[np.ndarray, "H W"], *, face_px: float,
                      pitch_mm: float | None = None) -> dict[str, Any]:
    """Brushwork by part.

    Parameters
    ----------
    rgb : (H, W, 3) uint8
    parts : (H, W) uint8
        Values of `data.parts.Part`.
    face_px : float
        A face's length (twice eyes to mouth) in pixels of `rgb`; widths are given in it too, to compare unlike scans.
    pitch_mm : float, optional
        Millimetres of painting per pixel of `rgb`.

    Returns
    -------
    dict
        Per part (lower-case name): "share" of the picture, "direction_deg" (0 horizontal, 90 upright, 45 falling to the
        right), "coherence", "direction_order" (1 where all strokes of the part run alike), "stroke_width_px",
        "stroke_width_faces", "stroke_width_mm" (None without pitch), the same of "stroke_length" (None where no
        direction stands out, or strokes run on beyond 120 px), "contrast" (root mean square of lightness per octave,
        from 2-4 px up), "palette" (up to 5 of {"lab", "share"}).
    """
    lab = rgb_to_lab(rgb.astype(np.float32) * np.float32(1 / UINT8_MAX))
    lightness = np.ascontiguousarray(lab[..., 0])
    bands = _bands(lightness, parts)
    strokes = _strokes(lightness)
    lab, parts = lab[::2, ::2], parts[::2, ::2]
    measured = {}
    for part in _MEASURED:
        mask = _of_part(parts, part)
        if mask.sum() < _LEAST_PIXELS:
            continue
        length = stroke_length_px(strokes.detail, mask, strokes.along, strokes.coherence, strokes.energy)
        measured[part.name.lower()] = {
            "share": round(float(mask.mean()), 4),
            **_directions(strokes, mask),
            **_sizes("stroke_width", _stroke_width_px(strokes, mask), face_px, pitch_mm),
            **_sizes("stroke_length", length, face_px, pitch_mm),
            "contrast": [band[part] for band in bands],
            "palette": palette(lab[mask]),
        }
    return measured


def lab_lightness(rgb: Shaped[np.ndarray, "H W 3"]) -> Float32[np.ndarray, "H W"]:
    """L of CIE Lab, 0 to 100, of a picture of bytes or of float32 in [0, 1]."""
    return rgb_to_lab(from_uint8(rgb) if rgb.dtype == np.uint8 else rgb)[..., 0]


def _strokes(lightness: Float32[np.ndarray, "H W"]) -> _Strokes:
    """The fields that tell of strokes, from lightness at every pixel."""
    detail = lightness - _without_detail(lightness)
    # Everything from here on is smooth over a few pixels: every other one tells as much, in a quarter of the time.
    dx, dy = (cv2.Scharr(detail, cv2.CV_32F, *axis) * _SCHARR for axis in ((1, 0), (0, 1)))
    xx, yy, xy, variance = (_halved(product) for product in (dx * dx, dy * dy, dx * dy, detail * detail))
    angle, coherence = _direction(xx, yy, xy)
    # The larger eigenvalue is the squared slope across the stroke.
    across = 0.5 * (xx + yy + np.hypot(xx - yy, 2 * xy))
    return _Strokes(detail[::2, ::2], variance, xx + yy, across, np.cos(angle) + 1j * np.sin(angle), coherence)


def _direction(xx: np.ndarray, yy: np.ndarray,
               xy: np.ndarray) -> tuple[Float32[np.ndarray, "h w"], Float32[np.ndarray, "h w"]]:
    """Direction of strokes in radians, in [0, pi) (0 along x, pi/4 from the upper left to the lower right), and how clear it
    is (0 where none stands out, 1 where all slopes agree), from the structure tensor."""
    across = 0.5 * np.arctan2(2 * xy, xx - yy)
    angle = np.mod(across + np.pi / 2, np.pi)
    # The modulo of a number just below pi may round up to pi in single precision.
    angle = np.where(angle >= np.pi, 0, angle).astype(np.float32)
    angle[angle >= np.float32(np.pi)] = 0
    coherence = np.hypot(xx - yy, 2 * xy) / np.maximum(xx + yy, 1e-12)
    return angle, np.clip(coherence, 0, 1).astype(np.float32)


def _directions(strokes: _Strokes, mask: Bool[np.ndarray, "h w"]) -> dict[str, float]:
    """How the strokes of a part run on the whole."""
    weight, clear = strokes.energy[mask], strokes.coherence[mask]
    # Angles are doubled, so that a direction and its opposite count as the same.
    total, turned = max(float(weight.sum()), 1e-9), np.square(strokes.along[mask]) * weight
    turn, order = (turned * clear).sum() / total, turned.sum() / total
    return {"direction_deg": round(float(np.degrees(np.angle(turn) / 2) % 180), 1),
            "coherence": round(float((clear * weight).sum() / total), 3),
            "direction_order": round(float(np.abs(order)), 3)}


def _stroke_width_px(strokes: _Strokes, mask: Bool[np.ndarray, "h w"]) -> float:
    """Mean width of strokes: lightness crosses its mean twice a period, so half a period is pi * rms / rms slope (Rice)."""
    return float(np.pi * np.sqrt(strokes.variance[mask].sum() / max(float(strokes.across[mask].sum()), 1e-9)))


def _of_part(parts: UInt8[np.ndarray, "h w"], part: Part) -> Bool[np.ndarray, "h w"]:
    """Where a part is; the face with all its features."""
    return (parts == part) if part != Part.FACE else (parts >= Part.FACE) & (parts <= Part.LIPS)


def _sizes(name: str, value: float | None, face_px: float, pitch_mm: float | None) -> dict[str, float | None]:
    """A length in pixels, in faces and, where the pitch is known, in millimetres."""
    if value is None:
        return {f"{name}_px": None, f"{name}_faces": None, f"{name}_mm": None}
    return {f"{name}_px": round(value, 2), f"{name}_faces": round(value / face_px, 4),
            f"{name}_mm": None if pitch_mm is None else round(value * pitch_mm, 3)}


def _halved(field: Float32[np.ndarray, "H W"]) -> Float32[np.ndarray, "h w"]:
    """Averaged over a radius of four pixels and given at every other one."""
    height, width = field.shape
    small = cv2.resize(field, ((width + 1) // 2, (height + 1) // 2), interpolation=cv2.INTER_AREA)
    return cv2.GaussianBlur(small, (0, 0), _AVERAGED_PX)


def _bands(lightness: Float32[np.ndarray, "H W"], parts: UInt8[np.ndarray, "H W"]) -> list[dict[Part, float]]:
    """Contrast by octave and part: list of {part: root mean square}, octave k of wavelengths 2**(k+1) to 2**(k+2) px.

    A Gaussian pyramid: each octave is taken at the resolution it needs.
    """
    bands, picture, labels = [], lightness, parts
    for octave in range(_OCTAVES):
        smooth = cv2.GaussianBlur(picture, (0, 0), _FIRST_OCTAVE_PX if octave == 0 else _OCTAVE_PX)
        square = np.square(picture - smooth)
        masks = ((part, _of_part(labels, part).view(np.uint8)) for part in _MEASURED)
        bands.append({part: round(float(np.sqrt(cv2.mean(square, mask)[0])), 3) for part, mask in masks})
        if min(smooth.shape) >= _LEAST_OCTAVE_PX:
            picture, labels = np.ascontiguousarray(smooth[::2, ::2]), labels[::2, ::2]
    return bands


def _without_detail(lightness: Float32[np.ndarray, "H W"]) -> Float32[np.ndarray, "H W"]:
    """What changes slowly: a Gaussian blur on a reduced picture, the same to within a percent, at a fraction of the time."""
    step = int(_SLOW_PX / 2)
    small = cv2.resize(lightness, None, fx=1 / step, fy=1 / step, interpolation=cv2.INTER_AREA)
    small = cv2.GaussianBlur(small, (0, 0), _SLOW_PX / step)
    return cv2.resize(small, lightness.shape[::-1], interpolation=cv2.INTER_LINEAR)
