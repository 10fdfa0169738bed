"""Colour between the ways it is held: sRGB as float32 in [0, 1], as bytes, as 16-bit units; and CIE Lab.

One door for every conversion, so that a byte and a unit of Lab mean the same everywhere. Colour is sRGB-encoded unless a
name says linear; Lab is CIE L*a*b* (D65) in OpenCV's float convention: L* 0 to 100, a* and b* about -127 to 127.
"""

import cv2
import numpy as np
from jaxtyping import Float, Float32, UInt8, UInt16

UINT8_MAX = 255
UINT16_MAX = 65535
LUMA = np.array([0.299, 0.587, 0.114], np.float32)
"""Weights of encoded red, green and blue in light and shade (ITU-R BT.601): `rgb @ LUMA`."""


def rgb_to_lab(rgb: Float[np.ndarray, "*size 3"]) -> Float32[np.ndarray, "*size 3"]:
    """CIE Lab of an sRGB picture in [0, 1]."""
    return cv2.cvtColor(np.ascontiguousarray(rgb, dtype=np.float32), cv2.COLOR_RGB2LAB)


def lab_to_rgb(lab: Float[np.ndarray, "*size 3"]) -> Float32[np.ndarray, "*size 3"]:
    """sRGB in [0, 1] of a picture in CIE Lab; colours beyond sRGB are clipped."""
    return np.clip(cv2.cvtColor(np.ascontiguousarray(lab, dtype=np.float32), cv2.COLOR_LAB2RGB), 0, 1)


def to_uint8(values: Float[np.ndarray, "*size"]) -> UInt8[np.ndarray, "*size"]:
    """Values in [0, 1] as bytes, rounded; what lies outside is clipped."""
    return np.round(np.clip(values, 0, 1) * UINT8_MAX).astype(np.uint8)


def from_uint8(values: UInt8[np.ndarray, "*size"]) -> Float32[np.ndarray, "*size"]:
    """Bytes as float32 in [0, 1]."""
    return values.astype(np.float32) / UINT8_MAX


def to_uint16(values: Float[np.ndarray, "*size"]) -> UInt16[np.ndarray, "*size"]:
    """Values in [0, 1] as 16-bit units, rounded; what lies outside is clipped."""
    return np.round(np.clip(values, 0, 1) * UINT16_MAX).astype(np.uint16)


def from_uint16(values: UInt16[np.ndarray, "*size"]) -> Float32[np.ndarray, "*size"]:
    """16-bit units as float32 in [0, 1]."""
    return values.astype(np.float32) / np.float32(UINT16_MAX)


def to_linear(encoded: Float[np.ndarray, "*size"]) -> Float[np.ndarray, "*size"]:
    """Linear light of sRGB values in [0, 1] (IEC 61966-2-1); the dtype is kept."""
    return np.where(encoded <= 0.04045, encoded / 12.92, ((np.maximum(encoded, 0) + 0.055) / 1.055) ** 2.4)


def from_linear(linear: Float[np.ndarray, "*size"]) -> Float[np.ndarray, "*size"]:
    """sRGB values of linear light; what lies outside [0, 1] is clipped, the dtype is kept."""
    linear = np.clip(linear, 0, 1)
    return np.where(linear <= 0.0031308, linear * 12.92, 1.055 * linear ** (1 / 2.4) - 0.055)
