"""What the rows of a catalogue say beyond each picture's own bytes: duplicates, height scans, and a curator's words.

`rows` are the catalogue's rows by file, in the order in which the folder was listed; the functions here change them in place.
They return notes, one line for everything that was not understood.
"""

import hashlib
from collections.abc import MutableMapping
from pathlib import Path
from typing import Any

from data.corpus_files import height_of, landmarks_of, shown_name
from data.curator import Row, match_rows, read_landmarks
from data.duplicates import Likeness, find_likenesses, keep_best
from data.errors import ScanError
from data.files import sha256_file
from data.first_look import unpacked_signature
from data.height_scan import height_size
from data.signature import Comparison, Signature

FROM_FILES = ("sha256", "width_px", "height_px", "bit_depth", "rejected", "duplicate_of", "duplicate_kind",
              "duplicate_agreement", "content_box", "height_file", "height_sha256")
"""Columns that only the files can fill: a curator's column of such a name is kept as "curator_NAME"."""
# A black-and-white photograph counts for a quarter of its pixels when the best scan of a painting is chosen.
_GREY_PHOTOGRAPH = 0.25
_SAME_SHAPE = 0.01  # relative difference of aspect up to which a height scan belongs to its picture


def mark_duplicates(corpus: Path, rows: dict[str, Row], memory: MutableMapping[str, Any]) -> None:
    """Set duplicate_of, duplicate_kind and duplicate_agreement, and take the signatures out of the rows.

    Parameters
    ----------
    corpus : Path
        The folder, which is part of the key under which comparisons are kept in `memory`.
    rows : dict
    memory : mutable mapping
        What earlier calls compared; brought up to date.
    """
    first: dict[str, tuple[str, str]] = {}  # by checksum: the first file with these bytes, and its packed signature
    identical: dict[str, str] = {}
    for file, row in rows.items():
        row.update(duplicate_of=None, duplicate_kind=None, duplicate_agreement=None)
        packed = row.pop("signature", "")
        if row["rejected"] is None:
            kept = first.setdefault(row["sha256"], (file, packed))[0]
            if kept != file:
                identical[file] = kept
    files = [file for file, _ in first.values()]
    signatures = [unpacked_signature(packed) for _, packed in first.values()]
    likenesses = _likenesses(corpus, list(first), signatures, memory)
    pixels = [rows[file]["content_box"][2] * rows[file]["content_box"][3] * (1 if seen.colourful else _GREY_PHOTOGRAPH)
              for file, seen in zip(files, signatures)]
    for index, duplicate in keep_best(likenesses, pixels).items():
        rows[files[index]].update(duplicate_of=files[duplicate.kept], duplicate_kind=duplicate.kind,
                                  duplicate_agreement=round(duplicate.agreement, 3))
    for file, kept in identical.items():
        rows[file].update(duplicate_of=rows[kept]["duplicate_of"] or kept, duplicate_kind="identical",
                          duplicate_agreement=1.0)


def _likenesses(corpus: Path, checksums: list[str], signatures: list[Signature],
                memory: MutableMapping[str, Any]) -> list[Likeness]:
    """`find_likenesses`, remembering for this corpus what was compared: one picture more costs its own comparisons."""
    key = f"likenesses in {corpus.absolute()}"
    these = hashlib.sha256("".join(checksums).encode()).hexdigest()
    known = memory.get(key) or {"of": None, "compared": {}}
    place = {checksum: number for number, checksum in enumerate(checksums)}
    compared: dict[tuple[int, int], Comparison | None] = {}
    for pair, result in known["compared"].items():
        one, other = pair.split(" ")
        # A pair counts in the order it was compared in: the other way round rounds differently.
        if place.get(one, len(place)) < place.get(other, -1):
            compared[place[one], place[other]] = result and Comparison(result[0], tuple(result[1]))
    if known["of"] == these:
        return [Likeness(*pair, *result) for pair, result in compared.items() if result]
    likenesses = find_likenesses(signatures, compared=compared)
    memory[key] = {"of": these, "compared": {
        f"{checksums[one]} {checksums[other]}": result for (one, other), result in sorted(compared.items())}}
    return likenesses


def add_heights(corpus: Path, rows: dict[str, Row], heights: list[str]) -> list[str]:
    """Register `NAME.height.tif` with the pictures called NAME.

    Parameters
    ----------
    corpus : Path
    rows : dict
    heights : list of str
        Height scans, as paths within the corpus.

    Returns
    -------
    list of str
        Notes about height scans that were left out.
    """
    owners, notes = _by_stem(rows), []
    for file in heights:
        shown = shown_name(file)
        owner = owners.get(height_of(shown))
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
        if row["rejected"] is None and abs(width * row["height_px"] / (height * row["width_px"]) - 1) > _SAME_SHAPE:
            notes.append(f"{shown}: {width} x {height} texels do not have the shape of {owner}, {row['width_px']} x "
                         f"{row['height_px']} px; the height scan was left out")
            continue
        row.update(height_file=shown, height_sha256=checksum)
    return notes


def _by_stem(rows: dict[str, Row]) -> dict[str, str]:
    """{path without suffix: file}; readable pictures before rejects of the same name."""
    ordered = sorted(rows.values(), key=lambda row: row["rejected"] is None)
    return {row["file"][:-len(Path(row["file"]).suffix)]: row["file"] for row in ordered}


def add_curated(corpus: Path, rows: dict[str, Row], curated: dict[str, Row], landmark_files: list[str]) -> list[str]:
    """What a curator says: rows of `catalogue.csv`, then landmark files, which win.

    Parameters
    ----------
    corpus : Path
    rows : dict
        A picture that is listed but not there gets a row that says so.
    curated : dict
        Rows as `data.curator.read_catalogue` gives them.
    landmark_files : list of str
        As paths within the corpus.

    Returns
    -------
    list of str
        Notes about what was left out.
    """
    _add_catalogue(rows, curated)
    notes = _add_landmarks(corpus, rows, landmark_files)
    return notes + _without_unscaled_heights(rows)


def _add_catalogue(rows: dict[str, Row], curated: dict[str, Row]) -> None:
    """The values of `catalogue.csv` in the rows of the files they mean."""
    matched, missing = match_rows(curated, list(rows))
    for file, values in matched.items():
        rows[file].update({f"curator_{name}" if name in FROM_FILES else name: value for name, value in values.items()})
    for file in missing:
        note = "listed in catalogue.csv, but there is no such file"
        kept = {name: value for name, value in curated[file].items() if name not in FROM_FILES}
        rows.setdefault(file, {
            "width_px": 0, "height_px": 0, "bit_depth": 0, **kept, "file": file, "sha256": None, "rejected": note})


def _add_landmarks(corpus: Path, rows: dict[str, Row], landmark_files: list[str]) -> list[str]:
    """The landmarks and boxes of `NAME.landmarks.json` in the rows of the pictures called NAME; notes."""
    owners, notes = _by_stem(rows), []
    for file in landmark_files:
        owner = owners.get(landmarks_of(shown_name(file)))
        values, note = read_landmarks(corpus / file)
        if owner is None:
            note = f"{file}: there is no picture of that name beside it; left out"
        else:
            rows[owner].update(values)
        if note:
            notes.append(note)
    return notes


def _without_unscaled_heights(rows: dict[str, Row]) -> list[str]:
    """Leave out height scans whose unit nobody gave, with a note each; rows without a height scan get empty columns."""
    notes = []
    for row in rows.values():
        if row.get("height_file") and not row.get("height_mm_per_unit"):
            notes.append(f"{row['height_file']}: catalogue.csv gives no height_mm_per_unit (or height_um_per_unit) for "
                         f"{row['file']}; the height scan was left out")
        if not (row.get("height_file") and row.get("height_mm_per_unit")):
            row.update(height_file=None, height_sha256=None, height_mm_per_unit=None)
    return notes
