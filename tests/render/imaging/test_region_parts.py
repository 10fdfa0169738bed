"""A code says both the part and the region of a pixel, whatever these are."""

import numpy as np

from data.parts import Part
from render.imaging.region_parts import REGION_STEP, encode, part_of, region_of


def test_every_part_and_region_comes_back():
    parts, regions = (each.astype(np.uint8) for each in np.mgrid[:len(Part), :REGION_STEP])
    codes = encode(parts, regions)
    assert codes.dtype == np.uint8 and len(np.unique(codes)) == codes.size
    assert [[part_of(code) for code in row] for row in codes] == [[part] * REGION_STEP for part in Part]
    assert [[region_of(code) for code in row] for row in codes] == [list(range(REGION_STEP))] * len(Part)


def test_without_regions_a_map_of_parts_is_a_map_of_codes():
    parts = np.arange(len(Part), dtype=np.uint8)[None]
    assert encode(parts) is parts and not any(region_of(code) for code in parts[0])
