"""A carried picture with paint all over the frame."""

import numpy as np
from jaxtyping import Float32

from models.warping import Warped
from render.imaging.blending import fill_holes


def extended(seen: Warped) -> Float32[np.ndarray, "H W 3"]:
    """The picture with what lies outside the painted surface filled smoothly from its border."""
    if seen.valid.all():
        return seen.colour
    return fill_holes(seen.colour, seen.valid)
