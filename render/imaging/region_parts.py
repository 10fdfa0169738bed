"""Two facts about a pixel in one byte: which part of a portrait it shows, and in which master's region it lies.

Several masters may paint one picture together, each a region of it. What is matched to a master is then matched part by
part within each region, so both are kept in one map of codes: parts plus `REGION_STEP` times regions. A map without
regions is a map of parts: every code in it lies in region 0.
"""

import numpy as np
from jaxtyping import UInt8

from data.parts import Part

REGION_STEP = 16
"""Codes from one region to the next: there are 9 parts, and steps of 16 leave room for 16 regions in a byte."""


def encode(parts: UInt8[np.ndarray, "H W"], regions: UInt8[np.ndarray, "H W"] | None = None) -> UInt8[np.ndarray, "H W"]:
    """The map of codes for a map of parts and one of regions (0 to 15); without regions the parts as they are."""
    return parts if regions is None else (parts + REGION_STEP * regions).astype(np.uint8)


def part_of(code: int) -> Part:
    """The part that a code names."""
    return Part(int(code) % REGION_STEP)


def region_of(code: int) -> int:
    """The region that a code names."""
    return int(code) // REGION_STEP
