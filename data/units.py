"""Lengths in print: millimetres, inches, and texels to either."""

MM_PER_INCH = 25.4


def texels_per_inch(pitch_mm: float) -> float:
    """dpi of a print whose texels are `pitch_mm` wide."""
    return MM_PER_INCH / pitch_mm
