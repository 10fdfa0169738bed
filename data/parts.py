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


FACE_PARTS = (Part.FACE, Part.BROWS, Part.EYES, Part.NOSE, Part.LIPS)
"""The skin of the face and the features in it."""
