"""Scans as they come from museums, read by window and at a chosen size, always as oriented sRGB.

libvips does the decoding, because it streams: a reduced reading never holds the full picture, whatever its size. Pillow
is not used (it opens 16-bit RGB as 8-bit without a word, and refuses pictures above 179 megapixels).
"""

import os
from dataclasses import dataclass

import numpy as np
import pyvips

from data.errors import ScanError, UsageError

# Operations are cached by file name, which would serve yesterday's pixels after a file was replaced.
pyvips.cache_set_max(0)

_SWAPS_SIDES = (5, 6, 7, 8)
# How forgiving libvips may be. Its TIFF reader lets undecodable pixels through as black unless it fails on warnings;
# but then it also fails on harmless oddities of the header, without a cause in its message, and gets a second chance.
_STRICTNESS = {"jpeg": ("error",), "png": ("error",), "webp": ("error",), "tiff": ("warning", "error")}
# What libvips reports when a file gives no resolution: 1 pixel per mm, or 72 per inch.
_NO_DPI = (25.4, 72.0)


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


def scan_info(path):
    """The header of a picture file.

    Returns
    -------
    ScanInfo

    Raises
    ------
    ScanError
        If the file cannot be read or is no JPEG, PNG, TIFF or WebP; `reason` is one line.
    """
    loader = _loader(path)
    try:
        return _info(_open(path, loader, "error"), loader)
    except pyvips.Error as error:
        raise ScanError(_plain(error, loader, path), path) from error


def reduced_size(width_px, height_px, max_side_px):
    """(width, height) that `read_scan` gives for a picture or window of this size: never enlarged, at least 1 x 1.

    A point x of the reduced picture lies at (x + 0.5) * width_px / width - 0.5 of the full one, to a
    quarter of a reduced pixel.
    """
    share = 1.0 if max_side_px is None else min(1.0, max_side_px / max(width_px, height_px))
    return max(1, round(width_px * share)), max(1, round(height_px * share))


def read_scan(path, *, max_side_px=None, window=None, dtype=np.float32):
    """A picture, or a window of it, as sRGB; reduced while it is read.

    Orientation is applied, ICC profiles are converted (16-bit sources keep their depth; grey and CMYK become RGB; a
    picture without a profile is taken as sRGB), transparency is laid over white, as a page would show it.

    Parameters
    ----------
    max_side_px : int or None
        Longest side of the result, see `reduced_size`; None reads at full resolution.
    window : (x, y, w, h) or None
        In full-resolution pixels of the oriented picture; must lie within it. Read from the full resolution, so that
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
    loader = _loader(path)
    info = scan_info(path)
    x, y, width, height = _checked_window(window, info)
    wanted = reduced_size(width, height, max_side_px)
    if loader == "tiff":
        _check_complete(path)
    for fail_on in _STRICTNESS[loader]:
        try:
            return _read(path, loader, info, window and (x, y, width, height), wanted, fail_on, dtype)
        except pyvips.Error as error:
            if _cause(error, path) or fail_on == _STRICTNESS[loader][-1]:
                raise ScanError(_plain(error, loader, path), path) from error


def _read(path, loader, info, window, wanted, fail_on, dtype):
    stored = wanted[::-1] if info.orientation in _SWAPS_SIDES else wanted
    if window is None:
        image, scale = _open_reduced(path, loader, stored, fail_on)
    else:
        image = _open(path, loader, fail_on).crop(*_stored_window(window, info))
        scale = stored[0] / image.width, stored[1] / image.height
    if image.format not in ("uchar", "ushort") and image.interpretation not in ("scrgb", "lab", "labs"):
        raise ScanError(f"samples of 8 or 16 bits were expected, this picture has {image.format} ones", path)
    image = _without_alpha(image)
    if scale != (1, 1):
        image = image.resize(scale[0], vscale=scale[1])
    image = _oriented(_to_srgb(image), info.orientation)
    return (_in_bytes(image) if dtype == np.uint8 else _in_shares(image)).numpy()


def read_height(path, mm_per_unit):
    """A registered height scan in millimetres.

    Parameters
    ----------
    path : path
        One-channel TIFF, 8- or 16-bit whole numbers or floating point.
    mm_per_unit : float
        Millimetres of height per unit of the file.

    Returns
    -------
    (H, W) float32
        Height in mm. Holes (NaN, infinite) take the value of the nearest measured texel.

    Raises
    ------
    ScanError
        If the file cannot be read, has more than one channel, or is more than half holes.
    """
    import tifffile

    if not (mm_per_unit and np.isfinite(mm_per_unit) and mm_per_unit > 0):
        raise UsageError(f"mm_per_unit must be a positive number, got {mm_per_unit}")
    _first_bytes(path)
    try:
        with tifffile.TiffFile(path) as tiff:
            height = tiff.pages[0].asarray()
    # tifffile and imagecodecs let struct, zlib and many other errors of a broken file through.
    except Exception as error:
        raise ScanError(f"not a readable TIFF height scan: {_one_line(error)}", path) from error
    height = np.squeeze(height)
    if height.ndim != 2 or height.dtype.kind not in "uif":
        raise ScanError(f"a height scan has one channel of numbers, this has {height.shape} of {height.dtype}", path)
    return _filled(height.astype(np.float32) * np.float32(mm_per_unit), path)


def height_size(path):
    """(width, height) of a height scan, from its header; ScanError if it cannot be read."""
    import tifffile

    _first_bytes(path)
    try:
        with tifffile.TiffFile(path) as tiff:
            page = tiff.pages[0]
            return int(page.imagewidth), int(page.imagelength)
    except Exception as error:
        raise ScanError(f"not a readable TIFF height scan: {_one_line(error)}", path) from error


def _filled(height, path):
    holes = ~np.isfinite(height)
    if not holes.any():
        return height
    if holes.mean() > 0.5:
        raise ScanError(f"{holes.mean():.0%} of the height scan are holes, at most half may be", path)
    from scipy.ndimage import distance_transform_edt

    nearest = distance_transform_edt(holes, return_distances=False, return_indices=True)
    return height[tuple(nearest)]


def _first_bytes(path):
    """The first bytes of a file, or a ScanError that says in plain words why there are none."""
    if os.path.isdir(path):
        raise ScanError("a folder, not a picture file", path)
    try:
        with open(path, "rb") as stream:
            head = stream.read(16)
    except FileNotFoundError as error:
        raise ScanError("no such file", path) from error
    except PermissionError as error:
        raise ScanError("no permission to read this file", path) from error
    except OSError as error:
        raise ScanError(f"cannot be read: {error.strerror or error}", path) from error
    if not head:
        raise ScanError("the file is empty (0 bytes)", path)
    return head


def _loader(path):
    """Which decoder a file's first bytes ask for; names do not count. Others of libvips' many loaders stay shut."""
    head = _first_bytes(path)
    if head.startswith(b"\xff\xd8\xff"):
        return "jpeg"
    if head.startswith(b"\x89PNG\r\n\x1a\n"):
        return "png"
    if head[:4] in (b"II*\0", b"MM\0*", b"II+\0", b"MM\0+"):
        return "tiff"
    if head.startswith(b"RIFF") and head[8:12] == b"WEBP":
        return "webp"
    kind = "text" if all(32 <= byte < 127 or byte in b"\t\r\n" for byte in head) else "something else"
    raise ScanError(f"not a JPEG, PNG, TIFF or WebP picture: the file holds {kind}", path)


def _open(path, loader, fail_on, **options):
    # fail_on: without it a truncated file comes out half grey, with no more than a warning.
    load = getattr(pyvips.Image, f"{loader}load")
    return load(os.fspath(path), access="sequential", fail_on=fail_on, **options)


def _check_complete(path):
    """ScanError if a TIFF's directories point beyond the end of the file: a reduced reading might not notice."""
    import tifffile

    try:
        with tifffile.TiffFile(path) as tiff:
            page, size = tiff.pages[0], tiff.filehandle.size
            end = max((at + count for at, count in zip(page.dataoffsets, page.databytecounts)), default=0)
    except Exception:  # tifffile is pickier about headers than libvips, which has read this one
        return
    if end > size:
        raise ScanError(
            f"truncated or damaged TIFF: its pixels reach to byte {end}, the file has {size}; copy it again", path)


def _info(image, loader):
    orientation = int(_field(image, "orientation", 1))
    width, height = image.width, image.height
    if orientation in _SWAPS_SIDES:
        width, height = height, width
    dpi = round(image.xres * 25.4, 2)
    if dpi <= 0 or any(abs(dpi - nothing) < 0.05 for nothing in _NO_DPI):
        dpi = None
    depth = {"uchar": 8, "char": 8, "ushort": 16, "short": 16, "uint": 32, "int": 32, "float": 32, "double": 64}
    return ScanInfo(
        width_px=width, height_px=height, dpi=dpi, bit_depth=depth.get(image.format, 32), bands=image.bands,
        colour=str(image.interpretation), icc=image.get_typeof("icc-profile-data") != 0, orientation=orientation,
        format=loader, levels=1 + len(_levels(image)) if loader == "tiff" else 1)


def _field(image, name, default):
    return image.get(name) if image.get_typeof(name) != 0 else default


def _levels(image):
    """How to open each reduced level of a TIFF, as far as the header tells: by sub-directory or by page."""
    if subifds := _field(image, "n-subifds", 0):
        return [{"subifd": number} for number in range(subifds)]
    return [{"page": number} for number in range(1, _field(image, "n-pages", 1))]


def _checked_window(window, info):
    if window is None:
        return 0, 0, info.width_px, info.height_px
    x, y, width, height = (int(value) for value in window)
    fits = x >= 0 and y >= 0 and width > 0 and height > 0
    if not fits or x + width > info.width_px or y + height > info.height_px:
        size = f"{info.width_px} x {info.height_px} px"
        raise UsageError(f"the window (x, y, w, h) = {(x, y, width, height)} does not lie within the picture, {size}")
    return x, y, width, height


def _stored_window(window, info):
    """The window of the oriented picture, in the pixels as stored (EXIF orientation undone)."""
    x, y, w, h = window
    right, below = info.width_px - x - w, info.height_px - y - h
    return {
        1: (x, y, w, h), 2: (right, y, w, h), 3: (right, below, w, h), 4: (x, below, w, h),
        5: (y, x, h, w), 6: (y, right, h, w), 7: (below, right, h, w), 8: (below, x, h, w),
    }.get(info.orientation, (x, y, w, h))


def _open_reduced(path, loader, wanted, fail_on):
    """The smallest stored or cheaply decoded version that still has twice the wanted size (resampling hides the rest),
    and the (x, y) scale that brings it there.

    Reduced versions hold every second (fourth ...) pixel of the picture, rounded down or up at the far edges, so the
    scale follows from that factor and not from their own size. Places then agree to a quarter of a reduced pixel
    (libvips centres what rounding leaves over).
    """
    image = _open(path, loader, fail_on)
    full = image.width, image.height
    plain = wanted[0] / full[0], wanted[1] / full[1]
    if loader == "jpeg":
        for factor in (8, 4, 2):
            if all(2 * factor * side <= whole for side, whole in zip(wanted, full)):
                return _open(path, loader, fail_on, shrink=factor), (factor * plain[0], factor * plain[1])
    if loader == "tiff":
        for options in reversed(_levels(image)):
            try:
                level = _open(path, loader, fail_on, **options)
            except pyvips.Error:  # a damaged or foreign extra page is no reason to refuse the picture
                continue
            factor = round(full[0] / level.width)
            alike = all(abs(whole - factor * side) < factor for side, whole in zip((level.width, level.height), full))
            enough = 2 * wanted[0] <= level.width and 2 * wanted[1] <= level.height
            if factor > 1 and alike and enough and level.bands == image.bands:
                return level, (factor * plain[0], factor * plain[1])
    return image, plain


def _without_alpha(image):
    if not image.hasalpha():
        return image
    if image.interpretation == "cmyk":
        return image.flatten(background=[0] * (image.bands - 1))
    top = {"ushort": 65535, "float": 1.0}.get(image.format, 255)
    return image.flatten(background=[top] * (image.bands - 1), max_alpha=top)


def _to_srgb(image):
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


def _profile_is_srgb(image):
    """Whether the profile is one of the usual sRGB ones, which need no conversion."""
    profile = image.get("icc-profile-data")
    names = ("sRGB IEC61966-2", "sRGB built-in")
    return any(name.encode(code) in profile for name in names for code in ("ascii", "utf-16-be"))


def _oriented(image, orientation):
    """The picture turned as it is to be seen."""
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


def _in_shares(image):
    return image.linear(1 / (65535 if image.format == "ushort" else 255), 0)


def _in_bytes(image):
    return image.linear(1 / 257, 0.5).cast("uchar") if image.format == "ushort" else image


def _plain(error, loader, path):
    cause = _cause(error, path)
    ends = ("premature end", "read error", "seek", "end of", "truncated", "read past", "not enough", "unable to parse")
    if any(word in cause.lower() for word in ends):
        return f"truncated or damaged {loader.upper()}: the file ends before the picture does ({cause})"
    return f"damaged {loader.upper()}: {cause or 'it cannot be decoded to its end'}"


def _cause(error, path):
    """The first line of libvips' message that says more than that something failed; "" if there is none."""
    lines = (line.strip().replace(f"{os.fspath(path)}: ", "") for line in str(error).splitlines())
    return next((line[:160] for line in lines if line and not line.startswith("unable to")), "")


def _one_line(error):
    return (str(error).strip() or type(error).__name__).splitlines()[0][:160]
