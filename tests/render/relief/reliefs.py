"""Height maps that several tests share."""

import numpy as np

PITCH_MM = 0.25


def strokes(rows, columns, angle, level=0.2):
    """(rows, columns) float32 mm: waves 6 texels long that run at an angle, 0.04 mm around a level."""
    y, x = np.mgrid[:rows, :columns].astype(np.float32)
    return (level + 0.04 * np.sin((x * np.cos(angle) + y * np.sin(angle)) * 1.1)).astype(np.float32)
