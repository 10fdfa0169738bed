"""The parts of a portrait, as labels of a parts map ((H, W) uint8)."""

from enum import IntEnum


class Part(IntEnum):
    """What a texel shows. HAIR covers hair, beard-free scalp and headwear; NECK covers neck and collar."""

    BACKGROUND = 0
    HAIR = 1
    FACE = 2
    BROWS = 3
    EYES = 4
    NOSE = 5
    LIPS = 6
    NECK = 7
    CLOTHING = 8


# Shown in overlays and reports (sRGB, 0..255).
PART_COLOURS = {
    Part.BACKGROUND: (60, 60, 70), Part.HAIR: (120, 70, 30), Part.FACE: (240, 200, 170), Part.BROWS: (90, 60, 50),
    Part.EYES: (80, 160, 220), Part.NOSE: (230, 160, 120), Part.LIPS: (210, 70, 80), Part.NECK: (250, 240, 220),
    Part.CLOTHING: (90, 90, 160),
}
