"""What the search works on: all that the cost of painting a texel from a source depends on, as the kernels take it."""

from typing import NamedTuple

import numpy as np
from jaxtyping import Int32, UInt8, UInt64

NEVER = np.int32(1 << 30)
"""Cost of what may not be copied."""
INVALID = 255
"""Label of places that nothing may be copied from."""
ORDINARY, PLAIN, KEPT = 0, 1, 2
"""Kinds of texels: those that are searched near their place; those that may be painted from far away; those whose source is
settled."""


class Task(NamedTuple):
    """All that the cost of painting a texel from a source depends on, on one level.

    Pictures are flat, so that runs of bytes can be compared; costs are sums of absolute differences. (One flat tuple, since
    numba takes no tuples within tuples into parallel loops.)
    """

    canvas: UInt8[np.ndarray, " bytes"]
    """(H + 2 half, W + 2 half, 4): what is painted so far, edges repeated by half a patch."""
    guide: UInt8[np.ndarray, " bytes"]
    """(guide height, guide width, 1 + guide bytes): label first."""
    weight: Int32[np.ndarray, "H W"]
    """Of the guide, in 1/256."""
    sources: UInt8[np.ndarray, " bytes"]
    """(K, H, W, 4): the exemplars' colours."""
    source_guides: UInt8[np.ndarray, " bytes"]
    """(K, guide height, guide width, 1 + guide bytes): label first, INVALID where nothing may be copied."""

    height: int
    width: int
    patch: int
    """Side of a patch, in texels."""
    guide_bytes: int
    """Channels of the guide without its label, a multiple of 4."""
    guide_shift: int
    """A texel of the guide covers 2 ** this texels of the canvas."""
    guide_height: int
    guide_width: int

    label_price: int
    """Of paint from another part."""
    exemplar_prices: Int32[np.ndarray, " K"]
    """Those that are overused cost more."""
    reuse_price: int
    """Of each time a place was used more than once per texel."""
    usage: Int32[np.ndarray, "K h/4 w/4"]
    """How often that was, by cells of 4 x 4 texels."""

    reach: int
    """How far a source may lie from its place on the canvas, in texels, where something nearby may be copied."""
    reaches: Int32[np.ndarray, "H W"]
    """How far it may lie at every texel."""
    kinds: UInt8[np.ndarray, "H W"]
    """`ORDINARY`, `PLAIN` or `KEPT`."""
    plain_reach: int
    """`reach` of plain texels."""
    plain_coherence: int
    """So many times dearer a neighbour copied at another offset is for them."""
    banned: UInt64[np.ndarray, "H W"]
    """Bit n: the texel may not be copied at the offset of ban n."""
    ban_offsets: Int32[np.ndarray, "64 3"]
    """Exemplar and shift (rows, columns) of each ban."""
    ban_tolerance: int
    """Shifts that differ by no more than this are one offset."""
