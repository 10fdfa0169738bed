"""Relief: height in mm above the base of a print, and where every height is from."""

from dataclasses import dataclass, field
from enum import IntEnum
from typing import Any

import numpy as np
from jaxtyping import Float, Float32, UInt8

from data.errors import ShapeError, UsageError
from render.imaging.pitch import check_pitch


class Origin(IntEnum):
    """Where a texel's height comes from."""

    UNKNOWN = 0     # a height map read from a file that does not say it of every texel
    MEASURED = 1    # a registered height scan, copied together with its neighbours: slopes as measured
    CARRIED = 2     # a registered height scan, but on a seam between copies, where slopes were reconciled
    INFERRED = 3    # the relief model's reading of the colour


@dataclass(frozen=True, eq=False)
class Relief:
    """Height above the base of the print.

    Attributes
    ----------
    z_mm : (H, W) float32
        At least 0, row 0 at the top edge; read-only.
    pitch_mm : float
        Size of a texel, a cell, so that the print is exactly W x pitch_mm wide.
    origin : (H, W) uint8
        `Origin` of every texel.
    provenance : dict
        How it was made, as JSON holds it.
    """

    z_mm: Float32[np.ndarray, "H W"]
    pitch_mm: float
    origin: UInt8[np.ndarray, "H W"]
    provenance: dict[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        z = check_height(self.z_mm)
        check_pitch(self.pitch_mm)
        if z.min() < 0:
            raise ShapeError(f"height must not lie below the base (0 mm), the lowest is {z.min():.4f} mm: subtract it")
        if np.shape(self.origin) != z.shape:
            raise ShapeError(f"the origin map must be {z.shape} like the height, got {np.shape(self.origin)}")
        if z.flags.writeable:
            z = z.copy()
            z.setflags(write=False)
        object.__setattr__(self, "z_mm", z)
        object.__setattr__(self, "pitch_mm", float(self.pitch_mm))

    @property
    def relief_mm(self) -> float:
        """Highest minus lowest."""
        return float(self.z_mm.max() - self.z_mm.min())

    @property
    def size_mm(self) -> tuple[float, float]:
        """(width, height) of the print."""
        return self.z_mm.shape[1] * self.pitch_mm, self.z_mm.shape[0] * self.pitch_mm

    def shares(self) -> dict[str, float]:
        """Share of the texels by origin, by name in lower case; `unknown` is left out, as nothing is said of these."""
        return {origin.name.lower(): float((self.origin == origin).mean()) for origin in Origin if origin != Origin.UNKNOWN}

    def scaled_to(self, relief_mm: float) -> "Relief":
        """The same relief, stretched in height so that highest minus lowest is `relief_mm`."""
        if not (np.isfinite(relief_mm) and relief_mm > 0):
            raise UsageError(f"a relief must be higher than 0 mm, got {relief_mm} mm: ask for 0.5 mm, for example")
        low, span = self.z_mm.min(), self.relief_mm
        if span == 0:
            raise UsageError("the height map is flat: there is nothing to stretch")
        return Relief((self.z_mm - low) * np.float32(relief_mm / span), self.pitch_mm, self.origin,
                      {**self.provenance, "stretched_to_mm": float(relief_mm)})


def check_height(z_mm: Float[np.ndarray, "H W"]) -> Float32[np.ndarray, "H W"]:
    """The heights as (H, W) float32; ShapeError where they are not finite or the map too small to print."""
    z = np.asarray(z_mm, np.float32)
    if z.ndim != 2:
        raise ShapeError(f"a height map must be two-dimensional (H, W), got {z.shape}")
    if min(z.shape) < 2:
        raise ShapeError(f"a height map must be at least 2 x 2 texels, got {z.shape[1]} x {z.shape[0]}: "
                         "a strip one texel wide has no surface")
    bad = int((~np.isfinite(z)).sum())
    if bad:
        raise ShapeError(f"{bad} of {z.size} heights are not finite (NaN or infinity): fill holes of the scan first")
    return z


def raised(relief: Relief, z_mm: Float[np.ndarray, "H W"], **how: Any) -> Relief:
    """A relief with other heights at the same pitch, lifted where they reach below the base.

    Parameters
    ----------
    relief : Relief
        Whose origins and provenance hold on.
    z_mm : (H, W) float
    **how
        What to add to the provenance.
    """
    z = np.asarray(z_mm, np.float32)
    return Relief(z - min(0.0, float(z.min())), relief.pitch_mm, relief.origin, {**relief.provenance, **how})
