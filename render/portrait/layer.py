"""A layer of a composition: paint that covers part of the portrait's frame, and whose it is."""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool, Float32, UInt8

from render.portrait.provenance import Provenance


@dataclass(frozen=True, eq=False)
class Layer:
    """Paint in the frame of the portrait.

    Attributes
    ----------
    lab : (H, W, 3) float32
        CIE Lab.
    parts : (H, W) uint8
        `data.parts.Part`.
    valid : (H, W) bool
        Where the layer covers what lies below.
    provenance : Provenance
        Whose paint, and where it lies in which scan.
    """

    lab: Float32[np.ndarray, "H W 3"]
    parts: UInt8[np.ndarray, "H W"]
    valid: Bool[np.ndarray, "H W"]
    provenance: Provenance
