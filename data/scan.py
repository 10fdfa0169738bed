"""Scans as they come from museums, read by window and at a chosen size, always as upright sRGB."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pyvips
from jaxtyping import Float32, UInt8

from data.errors import ScanError, UsageError
from data.oriented_srgb import SWAPS_SIDES, as_bytes, as_shares, stored_window, to_srgb, upright, without_alpha
from data.picture_file import (
    STRICTNESS,
    cause_of,
    check_complete,
    decoder_of,
    header_field,
    in_plain_words,
    open_picture,
    open_reduced,
    reduced_levels,
)
from data.units import MM_PER_INCH

# What libvips reports when a file gives no resolution: 1 pixel per mm, or 72 per inch.
_NO_DPI = (MM_PER_INCH, 72.0)
_BITS = {"uchar": 8, "char": 8, "ushort": 16, "short": 16, "uint": 32, "int": 32, "float": 32, "double": 64}


@dataclass(frozen=True)
class ScanInfo:
    """What a file says about itself; only its header is read, so a truncated file can still have one.

    Width and height are as seen (orientation applied). `dpi` is None where the file gives none or 72, which is what
    programs write when they know nothing. `bands` counts channels as stored (4 for CMYK or RGB with alpha). `levels`
    counts the picture and its reduced versions in the same file (pyramidal TIFF; other pages are counted with them).
    """

    width_px: int
    height_px: int
    dpi: float | None
    bit_depth: int
    bands: int
    colour: str
    icc: bool
    orientation: int
    format: str
    levels: int


def scan_info(path: Path | str) -> ScanInfo:
    """The header of a picture file.

    Returns
    -------
    ScanInfo

    Raises
    ------
    ScanError
        If the file cannot be read or is no JPEG, PNG, TIFF or WebP; `reason` is one line.
    """
    decoder = decoder_of(path)
    try:
        return _info(open_picture(path, decoder, "error"), decoder)
    except pyvips.Error as error:
        raise ScanError(in_plain_words(error, decoder, path), path) from error


def reduced_size(width_px: int, height_px: int, max_side_px: int | None) -> tuple[int, int]:
    """The size that `read_scan` gives.

    A point x of the reduced picture lies at (x + 0.5) * width_px / width - 0.5 of the full one, to a
    quarter of a reduced pixel.

    Parameters
    ----------
    width_px, height_px : int
        Size of a picture, or of a window of it.
    max_side_px : int or None
        Longest side wanted; None for the size it has.

    Returns
    -------
    (width, height) : tuple of int
        Never enlarged, at least 1 x 1.
    """
    share = 1.0 if max_side_px is None else min(1.0, max_side_px / max(width_px, height_px))
    return max(1, round(width_px * share)), max(1, round(height_px * share))


def read_scan(
    path: Path | str, *, max_side_px: int | None = None, window: Sequence[int] | None = None,
    dtype: type[np.float32] | type[np.uint8] = np.float32,
) -> Float32[np.ndarray, "H W 3"] | UInt8[np.ndarray, "H W 3"]:
    """A picture, or a window of it, as sRGB; reduced while it is read.

    Orientation is applied, ICC profiles are converted (16-bit sources keep their depth; grey and CMYK become RGB; a
    picture without a profile is taken as sRGB), transparency is laid over white, as a page would show it.

    Parameters
    ----------
    path : path
        JPEG, PNG, TIFF or WebP.
    max_side_px : int or None
        Longest side of the result, see `reduced_size`; None reads at full resolution.
    window : (x, y, w, h) or None
        In full-resolution pixels of the upright picture; must lie within it. Read from the full resolution, so that
        places stay exact, then reduced.
    dtype : np.float32 or np.uint8
        8 bits are enough for looking, and take a third of the time.

    Returns
    -------
    (H, W, 3) float32 or uint8
        sRGB-encoded RGB in [0, 1] or 0 to 255, C-contiguous.

    Raises
    ------
    ScanError
        If the file cannot be read, is no picture, or ends before the picture does.
    UsageError
        If the window or the size cannot be meant.
    """
    if max_side_px is not None and max_side_px < 1:
        raise UsageError(f"max_side_px must be at least 1, got {max_side_px}")
    decoder = decoder_of(path)
    info = scan_info(path)
    checked = _checked_window(window, info)
    wanted = reduced_size(checked[2], checked[3], max_side_px)
    if decoder == "tiff":
        check_complete(path)
    failed: pyvips.Error | None = None
    part = None if window is None else checked
    for fail_on in STRICTNESS[decoder]:
        try:
            return _read(path, info, part, wanted, fail_on, dtype)
        except pyvips.Error as error:
            failed = error
            if cause_of(error, path):
                break
    raise ScanError(in_plain_words(failed, decoder, path), path) from failed


def _read(path: Path | str, info: ScanInfo, window: tuple[int, int, int, int] | None, wanted: tuple[int, int], fail_on: str,
          dtype: type) -> np.ndarray:
    """The picture or a window (x, y, w, h) of it at the `wanted` (width, height), both as seen."""
    stored = wanted[::-1] if info.orientation in SWAPS_SIDES else wanted
    if window is None:
        image, scale = open_reduced(path, info.format, stored, fail_on)
    else:
        inside = stored_window(window, info.width_px, info.height_px, info.orientation)
        image = open_picture(path, info.format, fail_on).crop(*inside)
        scale = stored[0] / image.width, stored[1] / image.height
    if image.format not in ("uchar", "ushort") and image.interpretation not in ("scrgb", "lab", "labs"):
        raise ScanError(f"samples of 8 or 16 bits were expected, this picture has {image.format} ones", path)
    image = without_alpha(image)
    if scale != (1, 1):
        image = image.resize(scale[0], vscale=scale[1])
    image = upright(to_srgb(image), info.orientation)
    return (as_bytes(image) if dtype == np.uint8 else as_shares(image)).numpy()


def _info(image: pyvips.Image, decoder: str) -> ScanInfo:
    """What an open picture's header says."""
    orientation = int(header_field(image, "orientation", 1))
    width, height = image.width, image.height
    if orientation in SWAPS_SIDES:
        width, height = height, width
    dpi = round(image.xres * MM_PER_INCH, 2)
    if dpi <= 0 or any(abs(dpi - nothing) < 0.05 for nothing in _NO_DPI):
        dpi = None
    return ScanInfo(
        width_px=width, height_px=height, dpi=dpi, bit_depth=_BITS.get(image.format, 32), bands=image.bands,
        colour=str(image.interpretation), icc=image.get_typeof("icc-profile-data") != 0, orientation=orientation,
        format=decoder, levels=1 + len(reduced_levels(image)) if decoder == "tiff" else 1)


def _checked_window(window: Sequence[int] | None, info: ScanInfo) -> tuple[int, int, int, int]:
    """The window (x, y, w, h) as whole numbers, all of the picture for None; UsageError if it leaves the picture."""
    if window is None:
        return 0, 0, info.width_px, info.height_px
    x, y, width, height = (int(value) for value in window)
    fits = x >= 0 and y >= 0 and width > 0 and height > 0
    if not fits or x + width > info.width_px or y + height > info.height_px:
        size = f"{info.width_px} x {info.height_px} px"
        raise UsageError(f"the window (x, y, w, h) = {(x, y, width, height)} does not lie within the picture, {size}")
    return x, y, width, height
