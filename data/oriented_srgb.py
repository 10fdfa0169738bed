"""A picture as stored, brought to how it is to be seen: without transparency, in sRGB, upright.

All steps work on libvips' lazy pictures: nothing is decoded before the last of them is asked for its pixels.
"""

import pyvips

from data.colour import UINT8_MAX, UINT16_MAX

SWAPS_SIDES = (5, 6, 7, 8)
"""EXIF orientations that turn a picture on its side: width and height change places."""
# Names that the usual sRGB profiles carry inside.
_SRGB_NAMES = ("sRGB IEC61966-2", "sRGB built-in")


def without_alpha(image: pyvips.Image) -> pyvips.Image:
    """The picture with its transparency laid over white, as a page would show it."""
    if not image.hasalpha():
        return image
    if image.interpretation == "cmyk":
        return image.flatten(background=[0] * (image.bands - 1))
    top = {"ushort": UINT16_MAX, "float": 1.0}.get(image.format, UINT8_MAX)
    return image.flatten(background=[top] * (image.bands - 1), max_alpha=top)


def to_srgb(image: pyvips.Image) -> pyvips.Image:
    """To sRGB, through the embedded profile where there is one; 16-bit numbers, or 8-bit where nothing is lost."""
    colours = 4 if image.interpretation == "cmyk" else 1 if image.bands < 3 else 3
    if image.interpretation == "multiband":
        image = image.copy(interpretation="rgb16" if image.format == "ushort" else "srgb")
    if image.bands > colours:
        image = image.extract_band(0, n=colours)
    converted = None
    if image.get_typeof("icc-profile-data") != 0 and not _profile_is_srgb(image) or colours == 4:
        # A profile that does not fit its picture is met in the wild; the plain meaning of the numbers is then the best.
        fallback = {1: {}, 3: {"input_profile": "srgb"}, 4: {"input_profile": "cmyk"}}[colours]
        try:
            converted = image.icc_transform(
                "srgb", embedded=True, intent="relative", black_point_compensation=True, depth=16, **fallback)
        except pyvips.Error:
            converted = None
    if converted is not None:
        return converted
    deep = image.format != "uchar"
    return image.colourspace("rgb16" if deep else "srgb")


def _profile_is_srgb(image: pyvips.Image) -> bool:
    """Whether the profile is one of the usual sRGB ones, which need no conversion."""
    profile = image.get("icc-profile-data")
    return any(name.encode(code) in profile for name in _SRGB_NAMES for code in ("ascii", "utf-16-be"))


def upright(image: pyvips.Image, orientation: int) -> pyvips.Image:
    """The picture turned and mirrored as its EXIF orientation (1 to 8; others change nothing) says it is to be seen."""
    if orientation in range(2, 9):
        # Turning needs every row at once; hold them as whole numbers, a quarter of what the result takes.
        image = image.copy_memory()
        if orientation in (3, 4):
            image = image.rot180()
        elif orientation in (5, 6):
            image = image.rot90()
        elif orientation in (7, 8):
            image = image.rot270()
        if orientation in (2, 4, 5, 7):
            image = image.fliphor()
    return image


def stored_window(window: tuple[int, int, int, int], width_px: int, height_px: int,
                  orientation: int) -> tuple[int, int, int, int]:
    """A window of the upright picture in the pixels as stored: what `upright` does, undone.

    Parameters
    ----------
    window : (x, y, w, h)
        In pixels of the upright picture.
    width_px, height_px : int
        Size of the upright picture.
    orientation : int
        As EXIF numbers it.

    Returns
    -------
    (x, y, w, h)
    """
    x, y, w, h = window
    right, below = width_px - x - w, height_px - y - h
    return {
        1: (x, y, w, h), 2: (right, y, w, h), 3: (right, below, w, h), 4: (x, below, w, h),
        5: (y, x, h, w), 6: (y, right, h, w), 7: (below, right, h, w), 8: (below, x, h, w),
    }.get(orientation, (x, y, w, h))


def as_shares(image: pyvips.Image) -> pyvips.Image:
    """sRGB of 8 or 16 bits as floating-point numbers in [0, 1]."""
    return image.linear(1 / (UINT16_MAX if image.format == "ushort" else UINT8_MAX), 0)


def as_bytes(image: pyvips.Image) -> pyvips.Image:
    """sRGB of 8 or 16 bits as bytes, rounded (65535 is 257 times 255)."""
    return image.linear(1 / 257, 0.5).cast("uchar") if image.format == "ushort" else image
