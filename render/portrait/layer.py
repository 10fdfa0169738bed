"""A layer of a composed picture: paint, what it shows, where there is any, and whose it is."""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool, Float32, UInt8

from data.errors import ShapeError
from render.portrait.provenance import Provenance


@dataclass(frozen=True, eq=False)
class Layer:
    """Paint in the portrait's frame, to be laid over other layers.

    Attributes
    ----------
    lab : (H, W, 3) float32
        CIE Lab.
    parts : (H, W) uint8
        `data.parts.Part`.
    valid : (H, W) bool
        Where there is paint.
    provenance : Provenance
        Whose paint, and where in which scan.
    """

    lab: Float32[np.ndarray, "H W 3"]
    parts: UInt8[np.ndarray, "H W"]
    valid: Bool[np.ndarray, "H W"]
    provenance: Provenance

    def __post_init__(self) -> None:
        size = self.parts.shape
        if self.lab.shape != (*size, 3) or self.valid.shape != size or self.provenance.lender.shape != size:
            raise ShapeError(f"expected paint, parts, places and provenance of one size, got {self.lab.shape}, {size}, "
                             f"{self.valid.shape} and {self.provenance.lender.shape}")
