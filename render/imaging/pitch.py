"""The size of a texel in millimetres."""

import numpy as np

from data.errors import UsageError


def check_pitch(pitch_mm: float) -> float:
    """The pitch (mm from texel to texel) as a float; UsageError where it is not a positive length."""
    if not (np.isfinite(pitch_mm) and pitch_mm > 0):
        raise UsageError(f"the texel pitch must be a positive length, got {pitch_mm} mm: give --width-mm larger than 0")
    return float(pitch_mm)
