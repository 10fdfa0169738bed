"""Take in a folder of scans: one row per picture, what is wrong with a file kept as its reason, nothing written there.

What can be known from a file's bytes alone is remembered by their checksum, so that only new bytes are decoded.
"""

import base64
import hashlib
import logging
import os
import re
import zlib
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from data.borders import box_in_pixels, find_content_box
from data.curator import CATALOGUE, match_rows, read_catalogue, read_landmarks
from data.duplicates import Likeness, Signature, find_likenesses, keep_best, signature
from data.errors import CorpusError, ScanError
from data.files import replacing, sha256_file
from data.scan import height_size, read_scan, scan_info

INGEST_VERSION = 2
PICTURES = (".jpg", ".jpeg", ".jpe", ".jfif", ".png", ".tif", ".tiff", ".btf", ".webp")
# Pictures too, but of kinds we do not read: worth a reason rather than silence.
_OTHER_PICTURES = (".gif", ".bmp", ".psd", ".psb", ".heic", ".heif", ".avif", ".jp2", ".jpx", ".svg", ".dng", ".nef", ".cr2")
_HEIGHT = re.compile(r"\.height\.tiff?$", re.IGNORECASE)
_COMPANION = re.compile(r"\.(parts\.png|landmarks\.json)$", re.IGNORECASE)
# What a practice corpus knows of itself, and what archives leave behind.
_NO_SCANS_IN = ("truth", "__MACOSX")
_LEAST_SIDE_PX = 64
_LOOK_SIDE_PX = 1024
# Said by a curator of the sitter; handed to the measure and stronger than what it finds.
_OF_THE_SITTER = (
    "sex", "age_years", "facing", "facial_hair", "headwear", "hair_tone", "collar", "clothing_tone", "background_tone",
    "light_from", "box", "landmarks")
_FIRST_COLUMNS = (
    "file", "sha256", "width_px", "height_px", "dpi", "bit_depth", "title", "artist", "year", "licence", "rejected",
    "duplicate_of", "duplicate_kind", "duplicate_agreement", "content_box", "height_file", "height_sha256",
    "height_mm_per_unit", "sex", "age_years", "single_sitter_portrait", "box", "landmarks")
_FROM_FILES = _FIRST_COLUMNS[1:4] + _FIRST_COLUMNS[5:6] + _FIRST_COLUMNS[10:17]
_log = logging.getLogger(__name__)


@dataclass(frozen=True, eq=False)
class Catalogue:
    """A corpus as it was found.

    `table`, a row per picture in natural order of their names:

    file : path within the corpus, with "/"; sha256 : of its bytes
    width_px, height_px, bit_depth : as the picture is seen; 0 where it could not be read
    dpi : a curator's, else the file's, else NaN
    rejected : why it cannot be used, else missing
    duplicate_of : file of the better scan of the same painting, else missing; duplicate_kind : "identical" bytes, "same"
        painting, or a "crop" of it; duplicate_agreement : see `data.duplicates`
    find_content_box : [x, y, w, h] of the painting without borders, in full-resolution pixels
    height_file, height_sha256, height_mm_per_unit : registered height scan; all missing where there is none
    title, artist, year, licence, sex, age_years, single_sitter_portrait, box, landmarks : a curator's; further columns of
        `catalogue.csv` follow as text

    `notes` are lines about what was not understood; `ignored` counts files that are no pictures.
    """

    table: pd.DataFrame
    notes: tuple[str, ...] = ()
    ignored: int = 0

    @property
    def usable(self):
        """Rows neither rejected nor duplicates."""
        return self.table[self.table.rejected.isna() & self.table.duplicate_of.isna()]

    def summary(self):
        """One line for people."""
        table = self.table
        return (f"{len(table)} pictures: {len(self.usable)} usable, {int(table.duplicate_of.notna().sum())} duplicates, "
                f"{int(table.rejected.notna().sum())} rejected; {self.ignored} other files ignored")

    def save(self, path):
        """Write the catalogue as Parquet."""
        table = self.table.copy()
        table.attrs = {"notes": list(self.notes), "ignored": self.ignored}
        with replacing(path) as beside:
            table.to_parquet(beside, index=False)

    @classmethod
    def load(cls, path):
        """Read what `save` wrote; lists come back as lists."""
        try:
            table = pd.read_parquet(path)
        except (OSError, ValueError) as error:
            raise CorpusError(f"{path} cannot be read as a catalogue ({error}): ingest the corpus again") from error
        for column in table.columns:
            if not pd.api.types.is_numeric_dtype(table[column]) or pd.api.types.is_bool_dtype(table[column]):
                table[column] = pd.Series([_as_list(value) for value in table[column]], dtype="object")
        said, table.attrs = table.attrs, {}
        return cls(table, tuple(said.get("notes", ())), said.get("ignored", 0))


def ingest(corpus, *, progress=None, memory=None):
    """The catalogue of a folder of scans.

    Parameters
    ----------
    corpus : path
        Folder with pictures, also in folders below it, and, if wanted, `catalogue.csv`, height scans
        `NAME.height.tif` and landmarks `NAME.landmarks.json` beside `NAME.jpg`. Hidden files and folders named
        "truth" are passed over. Nothing is written there.
    progress : callable (done, total) or None
    memory : mutable mapping or None
        What earlier calls found out, JSON-able records by checksum; with it, unchanged files are hashed but not decoded.
        Use a new one when INGEST_VERSION changes.

    Returns
    -------
    Catalogue

    Raises
    ------
    CorpusError
        If there is no such folder, no picture in it, or none that can be read.
    """
    corpus = Path(corpus)
    memory = {} if memory is None else memory
    found = _walk(corpus)
    said, notes = read_catalogue(corpus)
    notes = [*found.notes, *notes]
    if not found.pictures:
        others = f"{found.ignored} other files" if found.ignored else "nothing"
        raise CorpusError(f"{corpus} holds no pictures: expected JPEG, PNG, TIFF or WebP files, found {others}")
    rows = {row["file"]: row for row in _look_at_all(corpus, found.pictures, memory, progress)}
    _mark_duplicates(corpus, rows, memory)
    _add_heights(corpus, rows, found.heights, notes)
    _add_said(corpus, rows, said, found.landmarks, notes)
    readable = [row for row in rows.values() if row["rejected"] is None]
    if not readable:
        first = "; ".join(f"{row['file']}: {row['rejected']}" for row in list(rows.values())[:3])
        raise CorpusError(f"none of the {len(found.pictures)} pictures in {corpus} can be used: {first}")
    for note in notes:
        _log.warning("%s", note)
    return Catalogue(_table(rows), tuple(notes), found.ignored)


def curated_row(row):
    """What a curator said of the sitter in a row of the table (a mapping), as plain values; {} if nothing."""
    values = {name: _as_list(row.get(name)) for name in _OF_THE_SITTER}
    return {name: value for name, value in values.items() if value is not None}


@dataclass
class _Found:
    pictures: list
    heights: list
    landmarks: list
    ignored: int
    notes: list


def _walk(corpus):
    """Every file of a corpus by what it is, in natural order."""
    if not corpus.exists():
        raise CorpusError(f"there is no folder {corpus}: give the folder that holds the scans")
    if not corpus.is_dir():
        raise CorpusError(f"{corpus} is a file: give the folder that holds the scans")
    found = _Found([], [], [], 0, [])

    def refused(error):
        if Path(error.filename) == corpus:
            raise CorpusError(f"the folder {corpus} cannot be read: {error.strerror}") from error
        found.notes.append(f"the folder {os.path.relpath(error.filename, corpus)} cannot be read: {error.strerror}")

    for folder, below, names in os.walk(corpus, onerror=refused):
        below[:] = [name for name in below if not name.startswith(".") and name not in _NO_SCANS_IN]
        for name in names:
            file = Path(folder, name).relative_to(corpus).as_posix()
            suffix = Path(name).suffix.lower()
            if name.startswith(".") or file == CATALOGUE:
                continue
            if _HEIGHT.search(name):
                found.heights.append(file)
            elif name.lower().endswith(".landmarks.json"):
                found.landmarks.append(file)
            elif suffix in PICTURES + _OTHER_PICTURES and not _COMPANION.search(name):
                found.pictures.append(file)
            else:
                found.ignored += 1
    for files in (found.pictures, found.heights, found.landmarks):
        files.sort(key=_natural)
    return found


def _natural(file):
    """Sorts Titian_2 before Titian_10."""
    return [(0, int(part), "") if part.isdigit() and part.isascii() else (1, 0, part.casefold())
            for part in re.split(r"([0-9]+)", file)], file


def _look_at_all(corpus, files, memory, progress):
    """A row for every file, in order; files are hashed and decoded by as many threads as there are cores."""
    def look(file):
        try:
            checksum = sha256_file(corpus / file)
        except OSError as error:
            return file, None, False, {"rejected": _why_not(corpus / file, error)}
        known = memory.get(checksum)
        return file, checksum, known is None, _facts(corpus / file) if known is None else known

    rows = []
    with ThreadPoolExecutor(len(os.sched_getaffinity(0))) as pool:
        for done, (file, checksum, new, facts) in enumerate(pool.map(look, files)):
            if new and not facts.get("unsure"):
                memory[checksum] = facts
            row = {"width_px": 0, "height_px": 0, "bit_depth": 0, "dpi": None, "content_box": None, **facts}
            row.pop("unsure", None)
            row.update(file=_shown(file), sha256=checksum)
            if row["file"] != file:
                row["rejected"] = "its name is not valid UTF-8: rename it"
            rows.append(row)
            if progress:
                progress(done + 1, len(files))
    return rows


def _facts(path):
    """What a picture's bytes say, JSON-able: everything here must follow from the bytes alone."""
    suffix = path.suffix.lower()
    try:
        if suffix in _OTHER_PICTURES:
            raise ScanError(f"{suffix[1:].upper()} files are not read: convert it to TIFF, PNG or JPEG")
        info = scan_info(path)
        facts = {"width_px": info.width_px, "height_px": info.height_px, "dpi": info.dpi, "bit_depth": info.bit_depth}
        if min(info.width_px, info.height_px) < _LEAST_SIDE_PX:
            size = f"{info.width_px} x {info.height_px} px"
            return {**facts, "rejected": f"too small to learn from: {size}, at least {_LEAST_SIDE_PX} are needed"}
        rgb = read_scan(path, max_side_px=_LOOK_SIDE_PX)
        shares = find_content_box(rgb)
        x, y, w, h = box_in_pixels(shares, rgb.shape[1], rgb.shape[0])
        seen = signature(rgb[y:y + h, x:x + w])
        packed = base64.b64encode(zlib.compress(seen.to_bytes())).decode("ascii")
        return {**facts, "rejected": None, "signature": packed,
                "content_box": list(box_in_pixels(shares, info.width_px, info.height_px))}
    except ScanError as error:
        return {"rejected": error.reason}
    # Whatever a decoder does with a broken file, it costs that file and not the corpus.
    except Exception as error:
        _log.warning("%s could not be looked at", path, exc_info=True)
        return {"rejected": f"it could not be read ({type(error).__name__}: {str(error)[:120]})", "unsure": True}


def _why_not(path, error):
    try:
        scan_info(path)
    except ScanError as plain:
        return plain.reason
    return f"cannot be read: {error.strerror or error}"


def _shown(file):
    return os.fsencode(file).decode("utf-8", errors="backslashreplace")


def _mark_duplicates(corpus, rows, memory):
    """Set duplicate_of, duplicate_kind and duplicate_agreement, and take the signatures out of the rows."""
    first, identical = {}, {}
    for file, row in rows.items():
        row.update(duplicate_of=None, duplicate_kind=None, duplicate_agreement=None)
        packed = row.pop("signature", None)
        if row["rejected"] is None:
            kept = first.setdefault(row["sha256"], (file, packed))[0]
            if kept != file:
                identical[file] = kept
    files = [file for file, _ in first.values()]
    signatures = [Signature.from_bytes(zlib.decompress(base64.b64decode(packed))) for _, packed in first.values()]
    likenesses = _likenesses(corpus, list(first), signatures, memory)
    # A black-and-white photograph counts for a quarter of its pixels.
    pixels = [rows[file]["content_box"][2] * rows[file]["content_box"][3] * (1 if seen.colourful else 0.25)
              for file, seen in zip(files, signatures)]
    for index, (kept, kind, agreement) in keep_best(likenesses, pixels).items():
        rows[files[index]].update(duplicate_of=files[kept], duplicate_kind=kind, duplicate_agreement=round(agreement, 3))
    for file, kept in identical.items():
        rows[file].update(duplicate_of=rows[kept]["duplicate_of"] or kept, duplicate_kind="identical",
                          duplicate_agreement=1.0)


def _likenesses(corpus, checksums, signatures, memory):
    """`find_likenesses`, remembering for this corpus what was compared: one picture more costs its own comparisons."""
    key = f"likenesses in {corpus.absolute()}"
    these = hashlib.sha256("".join(checksums).encode()).hexdigest()
    known = memory.get(key) or {"of": None, "compared": {}}
    place = {checksum: number for number, checksum in enumerate(checksums)}
    compared = {}
    for pair, result in known["compared"].items():
        one, other = pair.split(" ")
        # A pair counts in the order it was compared in: the other way round rounds differently.
        if place.get(one, len(place)) < place.get(other, -1):
            compared[place[one], place[other]] = result and (result[0], tuple(result[1]))
    if known["of"] == these:
        return [Likeness(*pair, *result) for pair, result in compared.items() if result]
    likenesses = find_likenesses(signatures, compared=compared)
    memory[key] = {"of": these, "compared": {
        f"{checksums[one]} {checksums[other]}": result for (one, other), result in sorted(compared.items())}}
    return likenesses


def _add_heights(corpus, rows, heights, notes):
    """Register `NAME.height.tif` with the pictures called NAME."""
    owners = _by_stem(rows)
    for file in heights:
        shown = _shown(file)
        owner = owners.get(_HEIGHT.sub("", shown))
        if owner is None:
            notes.append(f"{shown}: there is no picture of that name beside it; the height scan was left out")
            continue
        try:
            width, height = height_size(corpus / file)
            checksum = sha256_file(corpus / file)
        except (ScanError, OSError) as error:
            notes.append(f"{shown}: {getattr(error, 'reason', error)}; the height scan was left out")
            continue
        row = rows[owner]
        if row["rejected"] is None and abs(width * row["height_px"] / (height * row["width_px"]) - 1) > 0.01:
            notes.append(f"{shown}: {width} x {height} texels do not have the shape of {owner}, {row['width_px']} x "
                         f"{row['height_px']} px; the height scan was left out")
            continue
        row.update(height_file=shown, height_sha256=checksum)


def _by_stem(rows):
    """{path without suffix: file}; readable pictures before rejects of the same name."""
    ordered = sorted(rows.values(), key=lambda row: row["rejected"] is None)
    return {row["file"][:-len(Path(row["file"]).suffix)]: row["file"] for row in ordered}


def _add_said(corpus, rows, said, landmark_files, notes):
    """A curator's words: rows of `catalogue.csv`, then landmark files, which win."""
    matched, missing = match_rows(said, list(rows))
    for file, values in matched.items():
        clashing = [name for name in values if name in _FROM_FILES and name != "height_mm_per_unit"]
        rows[file].update({f"curator_{name}" if name in clashing else name: value for name, value in values.items()})
    for file in missing:
        note = "listed in catalogue.csv, but there is no such file"
        kept = {name: value for name, value in said[file].items() if name not in _FROM_FILES}
        rows.setdefault(file, {
            "width_px": 0, "height_px": 0, "bit_depth": 0, **kept, "file": file, "sha256": None, "rejected": note})
    owners = _by_stem(rows)
    for file in landmark_files:
        owner = owners.get(_shown(file)[:-len(".landmarks.json")])
        values, note = read_landmarks(corpus / file)
        if owner is None:
            note = f"{file}: there is no picture of that name beside it; left out"
        else:
            rows[owner].update(values)
        if note:
            notes.append(note)
    for row in rows.values():
        if row.get("height_file") and not row.get("height_mm_per_unit"):
            notes.append(f"{row['height_file']}: catalogue.csv gives no height_mm_per_unit (or height_um_per_unit) for "
                         f"{row['file']}; the height scan was left out")
        if not (row.get("height_file") and row.get("height_mm_per_unit")):
            row.update(height_file=None, height_sha256=None, height_mm_per_unit=None)


def _table(rows):
    rows = sorted(rows.values(), key=lambda row: _natural(row["file"]))
    further = sorted({name for row in rows for name in row} - set(_FIRST_COLUMNS))
    columns = {}
    for name in (*_FIRST_COLUMNS, *further):
        values = [row.get(name) for row in rows]
        if name in ("width_px", "height_px", "bit_depth"):
            columns[name] = pd.Series(values, dtype="int64")
        elif name in ("dpi", "duplicate_agreement", "height_mm_per_unit", "age_years"):
            columns[name] = pd.Series(values, dtype="float64")
        else:
            # Lists, words and truth values; object columns keep None for "missing" through Parquet and back.
            columns[name] = pd.Series(values, dtype="object")
    return pd.DataFrame(columns)


def _as_list(value):
    """A cell as plain values: arrays as lists, missing ones as None."""
    if hasattr(value, "tolist"):
        value = value.tolist()
    if isinstance(value, (list, tuple)):
        return [_as_list(one) for one in value]
    return None if value is None or value != value else value
