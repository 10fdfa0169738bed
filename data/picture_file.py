"""A picture file as libvips opens it: which decoder its bytes ask for, which stored version is enough, what is wrong with it.

libvips does the decoding, because it streams: a reduced reading never holds the full picture, whatever its size. Pillow
is not used (it opens 16-bit RGB as 8-bit without a word, and refuses pictures above 179 megapixels).
"""

import os
from pathlib import Path
from typing import Any

import pyvips

from data.errors import ScanError

# Operations are cached by file name, which would serve yesterday's pixels after a file was replaced.
pyvips.cache_set_max(0)

STRICTNESS = {"jpeg": ("error",), "png": ("error",), "webp": ("error",), "tiff": ("warning", "error")}
"""How forgiving libvips may be with each decoder, strictest first. Its TIFF reader lets undecodable pixels through as black
unless it fails on warnings; but then it also fails on harmless oddities of the header, without a cause in its message, and
gets a second chance."""
_HEAD_BYTES = 16  # are enough to tell the kinds of file apart
_CAUSE_CHARACTERS = 160  # of a library's message that are passed on
# What libvips and its decoders say when a file ends too early.
_AFTER_THE_END_BYTES = 1024
_ENDS = ("premature end", "read error", "seek", "end of", "truncated", "read past", "not enough", "unable to parse")


def first_bytes(path: Path | str) -> bytes:
    """The first bytes of a file, or a ScanError that says in plain words why there are none."""
    if os.path.isdir(path):
        raise ScanError("a folder, not a picture file", path)
    try:
        with open(path, "rb") as stream:
            head = stream.read(_HEAD_BYTES)
    except FileNotFoundError as error:
        raise ScanError("no such file", path) from error
    except PermissionError as error:
        raise ScanError("no permission to read this file", path) from error
    except OSError as error:
        raise ScanError(f"cannot be read: {error.strerror or error}", path) from error
    if not head:
        raise ScanError("the file is empty (0 bytes)", path)
    return head


def decoder_of(path: Path | str) -> str:
    """Which decoder a file's first bytes ask for (a key of STRICTNESS); names do not count.

    Raises ScanError for all other kinds of file: libvips has many more decoders, which are not trusted with a stranger's file.
    """
    head = first_bytes(path)
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


def open_picture(path: Path | str, decoder: str, fail_on: str, **options: int) -> pyvips.Image:
    """The picture, not decoded yet.

    Parameters
    ----------
    path : path
    decoder : str
        As `decoder_of` gives it.
    fail_on : str
        "error" or "warning", see STRICTNESS. Without it a truncated file comes out half grey, with no more than a warning.
    options : int
        Of libvips' loader: `shrink` of a JPEG, `page` or `subifd` of a TIFF.

    Raises
    ------
    pyvips.Error
        If the header cannot be read.
    """
    load = getattr(pyvips.Image, f"{decoder}load")
    return load(os.fspath(path), access="sequential", fail_on=fail_on, **options)


def open_reduced(path: Path | str, decoder: str, wanted: tuple[int, int],
                 fail_on: str) -> tuple[pyvips.Image, tuple[float, float]]:
    """The smallest stored or cheaply decoded version of a picture from which a wanted size can be made without loss.

    Parameters
    ----------
    path, decoder, fail_on
        As for `open_picture`.
    wanted : (int, int)
        Width and height in pixels as stored (before the picture is turned upright).

    Returns
    -------
    image : pyvips.Image
        At least twice the wanted size: resampling hides what is smaller.
    scale : (float, float)
        Across and down, what brings it there. Reduced versions hold every second (fourth ...) pixel of the picture, rounded
        down or up at the far edges, so the scale follows from that factor and not from their own size. Places then agree to
        a quarter of a reduced pixel (libvips centres what rounding leaves over).
    """
    image = open_picture(path, decoder, fail_on)
    full = image.width, image.height
    plain = wanted[0] / full[0], wanted[1] / full[1]
    if decoder == "jpeg":
        for factor in (8, 4, 2):
            if all(2 * factor * side <= whole for side, whole in zip(wanted, full)):
                return open_picture(path, decoder, fail_on, shrink=factor), (factor * plain[0], factor * plain[1])
    if decoder == "tiff":
        for options in reversed(reduced_levels(image)):
            try:
                level = open_picture(path, decoder, fail_on, **options)
            except pyvips.Error:  # a damaged or foreign extra page is no reason to refuse the picture
                continue
            factor = round(full[0] / level.width)
            alike = all(abs(whole - factor * side) < factor for side, whole in zip((level.width, level.height), full))
            enough = 2 * wanted[0] <= level.width and 2 * wanted[1] <= level.height
            if factor > 1 and alike and enough and level.bands == image.bands:
                return level, (factor * plain[0], factor * plain[1])
    return image, plain


def reduced_levels(image: pyvips.Image) -> list[dict[str, int]]:
    """How to open each reduced level of a TIFF, as far as its header tells: by sub-directory or by page."""
    if subifds := header_field(image, "n-subifds", 0):
        return [{"subifd": number} for number in range(subifds)]
    return [{"page": number} for number in range(1, header_field(image, "n-pages", 1))]


def header_field(image: pyvips.Image, name: str, default: Any) -> Any:
    """A field of a picture's header.

    Parameters
    ----------
    image : pyvips.Image
    name : str
        As libvips calls it, such as "orientation" or "n-pages".
    default
        Given where the header has no such field.
    """
    return image.get(name) if image.get_typeof(name) != 0 else default


def check_complete(path: Path | str) -> None:
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


def in_plain_words(error: pyvips.Error, decoder: str, path: Path | str) -> str:
    """What is wrong with a file that libvips could not read, in one line.

    Parameters
    ----------
    error : pyvips.Error
    decoder : str
        As `decoder_of` gives it.
    path : path
        Left out of the message, which stands beside the file's name.
    """
    cause = cause_of(error, path)
    if not cause and decoder == "jpeg" and not _has_end_marker(path):
        # On a busy machine libvips now and then raises before its decoder's message has come.
        return "truncated or damaged JPEG: the file ends before the picture does"
    if any(word in cause.lower() for word in _ENDS):
        return f"truncated or damaged {decoder.upper()}: the file ends before the picture does ({cause})"
    return f"damaged {decoder.upper()}: {cause or 'it cannot be decoded to its end'}"


def _has_end_marker(path: Path | str) -> bool:
    """Whether a JPEG's last bytes hold the marker that ends it; cameras may add some bytes after it."""
    with open(path, "rb") as stream:
        stream.seek(0, os.SEEK_END)
        stream.seek(max(0, stream.tell() - _AFTER_THE_END_BYTES))
        return b"\xff\xd9" in stream.read()


def cause_of(error: pyvips.Error, path: Path | str) -> str:
    """The first line of libvips' message that says more than that something failed; "" if there is none."""
    lines = (line.strip().replace(f"{os.fspath(path)}: ", "") for line in str(error).splitlines())
    return next((line[:_CAUSE_CHARACTERS] for line in lines if line and not line.startswith("unable to")), "")


def one_line(error: Exception) -> str:
    """The first line of an error's message, or its kind where it has none."""
    return (str(error).strip() or type(error).__name__).splitlines()[0][:_CAUSE_CHARACTERS]
