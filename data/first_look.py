"""The first look at every picture of a corpus: its checksum, and what follows from its bytes alone.

What was found out is remembered by checksum, so that only new bytes are decoded. One unreadable file costs itself and
nothing else.
"""

import base64
import logging
import os
import zlib
from collections.abc import MutableMapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, NamedTuple

from data.borders import box_in_pixels, find_content_box
from data.corpus_files import OTHER_PICTURES, shown_name
from data.curator import Row
from data.errors import ScanError
from data.files import sha256_file
from data.progress import Progress
from data.scan import read_scan, scan_info
from data.signature import Signature, signature

_LEAST_SIDE_PX = 64  # smaller pictures show no brushwork to learn from
_LOOK_SIDE_PX = 1024  # borders and signatures are told at this size
_MESSAGE_CHARACTERS = 120  # of an unexpected error that a row repeats
_log = logging.getLogger(__name__)


class _Looked(NamedTuple):
    """One file: its checksum (None where it could not be read), whether its bytes are new, and what they say."""

    file: str
    checksum: str | None
    new: bool
    facts: Row


def look_at_all(corpus: Path, files: list[str], memory: MutableMapping[str, Any], progress: Progress | None) -> list[Row]:
    """A row for every picture; files are hashed and decoded by as many threads as there are cores.

    Parameters
    ----------
    corpus : Path
    files : list of str
        Paths within the corpus.
    memory : mutable mapping
        Facts by checksum, from earlier calls; new ones are added.
    progress : callable (done, total) or None

    Returns
    -------
    list of dict
        In the order of `files`: file, sha256, width_px, height_px, bit_depth, dpi, content_box, rejected and, for readable
        pictures, signature (see `unpacked_signature`).
    """
    def look(file):
        try:
            checksum = sha256_file(corpus / file)
        except OSError as error:
            return _Looked(file, None, False, {"rejected": _why_not(corpus / file, error)})
        known = memory.get(checksum)
        return _Looked(file, checksum, known is None, picture_facts(corpus / file) if known is None else known)

    rows = []
    with ThreadPoolExecutor(len(os.sched_getaffinity(0))) as pool:
        for done, seen in enumerate(pool.map(look, files)):
            if seen.new and not seen.facts.get("unsure"):
                memory[seen.checksum] = seen.facts
            rows.append(_row(seen))
            if progress:
                progress(done + 1, len(files))
    return rows


def _row(seen: _Looked) -> Row:
    """The row of one file, whatever could be found out about it."""
    row = {"width_px": 0, "height_px": 0, "bit_depth": 0, "dpi": None, "content_box": None, **seen.facts}
    row.pop("unsure", None)
    row.update(file=shown_name(seen.file), sha256=seen.checksum)
    if row["file"] != seen.file:
        row["rejected"] = "its name is not valid UTF-8: rename it"
    return row


def picture_facts(path: Path) -> Row:
    """What a picture's bytes say, JSON-able: everything here must follow from the bytes alone.

    "rejected" says why it cannot be used, or is None; "unsure" marks a failure that need not happen again.
    """
    suffix = path.suffix.lower()
    try:
        if suffix in OTHER_PICTURES:
            raise ScanError(f"{suffix[1:].upper()} files are not read: convert it to TIFF, PNG or JPEG")
        info = scan_info(path)
        facts: Row = {"width_px": info.width_px, "height_px": info.height_px, "dpi": info.dpi, "bit_depth": info.bit_depth}
        if min(info.width_px, info.height_px) < _LEAST_SIDE_PX:
            size = f"{info.width_px} x {info.height_px} px"
            return {**facts, "rejected": f"too small to learn from: {size}, at least {_LEAST_SIDE_PX} are needed"}
        rgb = read_scan(path, max_side_px=_LOOK_SIDE_PX)
        shares = find_content_box(rgb)
        x, y, w, h = box_in_pixels(shares, rgb.shape[1], rgb.shape[0])
        return {**facts, "rejected": None, "signature": _packed(signature(rgb[y:y + h, x:x + w])),
                "content_box": list(box_in_pixels(shares, info.width_px, info.height_px))}
    except ScanError as error:
        return {"rejected": error.reason}
    # Whatever a decoder does with a broken file, it costs that file and not the corpus.
    except Exception as error:
        _log.warning("%s could not be looked at", path, exc_info=True)
        return {"rejected": f"it could not be read ({type(error).__name__}: {str(error)[:_MESSAGE_CHARACTERS]})",
                "unsure": True}


def _why_not(path: Path, error: OSError) -> str:
    """Why a file's bytes could not be read, in plain words."""
    try:
        scan_info(path)
    except ScanError as plain:
        return plain.reason
    return f"cannot be read: {error.strerror or error}"


def _packed(seen: Signature) -> str:
    """A signature as text that JSON holds."""
    return base64.b64encode(zlib.compress(seen.to_bytes())).decode("ascii")


def unpacked_signature(packed: str) -> Signature:
    """The signature that a row of `look_at_all` holds as text."""
    return Signature.from_bytes(zlib.decompress(base64.b64decode(packed)))
