"""What a curator says of the pictures: `catalogue.csv` and landmark files, read so that nothing bad in them is fatal.

Spreadsheets write CSV in many ways: with a byte order mark, in Latin-1, with semicolons or tabs, with Windows line ends.
Every row that cannot be used leaves a note in plain words.
"""

import csv
import io
import json
import re
import unicodedata
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path, PurePosixPath
from typing import Any, TypeAlias

import numpy as np

Row: TypeAlias = dict[str, Any]
"""What is known of one picture: values by column."""
CATALOGUE = "catalogue.csv"
_MOST_YEARS = 120
_SHOWN_CHARACTERS = 40  # of a cell that was not understood
_MESSAGE_CHARACTERS = 80  # of a library's message that a note repeats
# Other names in use for our columns.
_SYNONYMS = {
    "filename": "file", "file_name": "file", "path": "file", "image": "file", "sitter_sex": "sex", "gender": "sex",
    "sitter_age": "age_years", "age": "age_years", "license": "licence", "date": "year", "painter": "artist",
}
_SEXES = {"male": "male", "m": "male", "man": "male", "boy": "male", "female": "female", "f": "female",
          "woman": "female", "girl": "female"}
_FORMATS = {"head": "head", "bust": "bust", "half-length": "half-length", "half length": "half-length", "waist": "half-length",
            "three-quarter": "three-quarter", "three-quarter length": "three-quarter", "knee": "three-quarter",
            "full-length": "full-length", "full length": "full-length"}
_HANDS = {"none": "none", "one": "one", "two": "two", "0": "none", "1": "one", "2": "two", "0.0": "none", "1.0": "one",
          "2.0": "two"}
_TORSOS = ("left", "frontal", "right")
_GROUNDS = ("plain", "curtain", "landscape", "interior")
_YES, _NO = ("1", "1.0", "true", "yes", "y"), ("0", "0.0", "false", "no", "n")


def read_catalogue(folder: Path | str) -> tuple[dict[str, Row], list[str]]:
    """The rows of a corpus' `catalogue.csv`.

    Returns
    -------
    rows : dict
        {file as written: {column: value}}; values checked and typed as `_typed` says, empty cells left out.
    notes : list of str
        One line for everything that was not understood. Without a `catalogue.csv` both are empty.
    """
    path = Path(folder) / CATALOGUE
    try:
        content = path.read_bytes()
    except FileNotFoundError:
        return {}, []
    except OSError as error:
        return {}, [f"{CATALOGUE} cannot be read ({error.strerror or error}): nothing in it was used"]
    text = _text(content).replace("\0", "")
    lines = csv.reader(io.StringIO(text, newline=""), delimiter=_delimiter(text))
    rows: dict[str, Row] = {}
    notes: list[str] = []
    try:
        header = [_column(name) for name in next(lines, [])]
        if "file" not in header:
            return {}, [f"{CATALOGUE} has no column 'file' (it has: {', '.join(filter(None, header)) or 'none'}): "
                        "nothing in it was used"]
        for cells in lines:
            notes += _add_row(rows, header, cells, f"{CATALOGUE} line {lines.line_num}")
    except csv.Error as error:
        notes.append(f"{CATALOGUE} line {lines.line_num}: {error}; what follows was not read")
    return rows, notes


def _add_row(rows: dict[str, Row], header: list[str], cells: list[str], where: str) -> list[str]:
    """One line of the file added to the rows; notes about what was left out of it. `where` names the line."""
    if not any(cell.strip() for cell in cells):
        return []
    notes = []
    if len(cells) > len(header) and any(cell.strip() for cell in cells[len(header):]):
        notes.append(f"{where}: {len(cells)} fields where {len(header)} were expected; those beyond were left out")
    row = {column: cell.strip() for column, cell in zip(header, cells) if column and cell.strip()}
    file = row.pop("file", "").replace("\\", "/").removeprefix("./")
    if not file:
        notes.append(f"{where}: no file name; the row was left out")
    elif file in rows:
        notes.append(f"{where}: {file} is listed twice; the first row counts")
    else:
        rows[file], unknown = _typed(row, f"{where} ({file})")
        notes += unknown
    return notes


def _text(content: bytes) -> str:
    """The file's text, in whatever of the usual codes a spreadsheet wrote it."""
    if content[:2] in (b"\xff\xfe", b"\xfe\xff"):
        return content.decode("utf-16", errors="replace")
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError:
        return content.decode("cp1252", errors="replace")


def _delimiter(text: str) -> str:
    """The commonest of comma, semicolon and tab in the header."""
    first = text.lstrip("\r\n").splitlines()[0] if text.strip() else ""
    return max(",;\t", key=first.count)


def _column(name: str) -> str:
    """A column's name in our words."""
    name = re.sub(r"\W+", "_", name.strip().lower()).strip("_")
    return _SYNONYMS.get(name, name)


def _typed(row: dict[str, str], where: str) -> tuple[Row, list[str]]:
    """The row with our own columns as numbers, lists and known words, and notes about what could not be meant."""
    micrometres = row.pop("height_um_per_unit", None)
    if micrometres is not None and "height_mm_per_unit" not in row:
        number = _positive(micrometres)
        row["height_mm_per_unit"] = micrometres if number is None else repr(number / 1000)
    typed, notes = {}, []
    for column, cell in row.items():
        read, expected = _READERS.get(column, (str, ""))
        value = read(cell)
        if value is None:
            notes.append(f"{where}: {column} is {cell[:_SHOWN_CHARACTERS]!r}, expected {expected}; left out")
        else:
            typed[column] = value
    return typed, notes


def _numbers(text: str) -> list[float]:
    """Every number in a text."""
    return [float(number) for number in re.findall(r"-?\d+(?:\.\d+)?(?:[eE][-+]?\d+)?", text)]


def _positive(text: str) -> float | None:
    """A positive number, with a point or a comma; else None."""
    try:
        number = float(text.replace(",", ".") if "." not in text else text)
    except ValueError:
        return None
    return number if number > 0 and np.isfinite(number) else None


def _age_years(text: str) -> float | None:
    """Years: a number, or the middle of a span such as "40-45"."""
    ages = [abs(number) for number in _numbers(text)]
    return float(np.mean(ages)) if 1 <= len(ages) <= 2 and max(ages) <= _MOST_YEARS else None


def _truth(text: str) -> bool | None:
    """Yes or no in the words that spreadsheets use; else None."""
    return True if text.lower() in _YES else False if text.lower() in _NO else None


def _box(text: str) -> list[float] | None:
    """Four numbers x, y, w, h with some extent; else None."""
    numbers = _numbers(text)
    return numbers if len(numbers) == 4 and min(numbers[2:]) > 0 else None


def _landmarks(text: str) -> list[list[float]] | None:
    """68 points as JSON; else None."""
    try:
        return _points(json.loads(text))
    except ValueError:
        return None


def _points(value: Any) -> list[list[float]] | None:
    """68 [x, y] pairs, or None."""
    try:
        points = np.asarray(value, np.float64)
    except (TypeError, ValueError):
        return None
    return points.tolist() if points.shape == (68, 2) and np.isfinite(points).all() else None


# How each of our own columns is read (None: not understood), and what is expected there.
_READERS: dict[str, tuple[Callable[[str], Any], str]] = {
    "sex": (lambda text: _SEXES.get(text.lower()), "male or female"), "age_years": (_age_years, "years, 0 to 120"),
    "single_sitter_portrait": (_truth, "0 or 1"), "box": (_box, "x, y, w, h in pixels"),
    "landmarks": (_landmarks, "68 points as JSON"), "dpi": (_positive, "a positive number"),
    "height_mm_per_unit": (_positive, "a positive number"),
    "format": (lambda text: _FORMATS.get(text.lower()), "head, bust, half-length, three-quarter or full-length"),
    "hands": (lambda text: _HANDS.get(text.lower()), "none, one or two"),
    "torso": (lambda text: text.lower() if text.lower() in _TORSOS else None, ", ".join(_TORSOS)),
    "ground": (lambda text: text.lower() if text.lower() in _GROUNDS else None, ", ".join(_GROUNDS))}


def read_landmarks(path: Path | str) -> tuple[Row, str | None]:
    """(values, note) of a `NAME.landmarks.json`: a list of 68 [x, y], or an object with `landmarks`, `box` or both, in
    full-resolution pixels of the picture as seen. `note` is None where all was understood."""
    try:
        said = json.loads(Path(path).read_text(encoding="utf-8-sig"))
    except (OSError, ValueError) as error:
        return {}, f"{Path(path).name} cannot be read ({str(error)[:_MESSAGE_CHARACTERS]}): left out"
    said = said if isinstance(said, dict) else {"landmarks": said}
    values: Row = {"landmarks": _points(said.get("landmarks")), "box": None}
    if isinstance(said.get("box"), list):
        values["box"] = _box(" ".join(str(number) for number in said["box"]))
    wrong = [name for name in values if said.get(name) is not None and values[name] is None]
    note = None
    if wrong or not any(values.values()):
        note = f"{Path(path).name}: expected `landmarks` as 68 [x, y] or `box` as [x, y, w, h]; what differs was left out"
    return {name: value for name, value in values.items() if value is not None}, note


def match_rows(rows: Mapping[str, Row], files: Iterable[str]) -> tuple[dict[str, Row], list[str]]:
    """Which file each row of a catalogue means: by path, then without regard to case and Unicode form, then by file name
    alone where only one file has it.

    Returns
    -------
    matched : dict
        {file: row}
    missing : list of str
        Files of rows that nothing matches.
    """
    files = list(files)
    by_path = {_folded(file): file for file in files}
    by_name: dict[str, list[str]] = {}
    for file in files:
        by_name.setdefault(_folded(PurePosixPath(file).name), []).append(file)
    exact = set(files)
    matched: dict[str, Row] = {}
    missing: list[str] = []
    for wanted, row in rows.items():
        alone = by_name.get(_folded(PurePosixPath(wanted).name), [])
        meant = wanted if wanted in exact else by_path.get(_folded(wanted)) or (alone[0] if len(alone) == 1 else None)
        if meant is None or meant in matched:
            missing.append(wanted)
        else:
            matched[meant] = row
    return matched, missing


def _folded(file: str) -> str:
    """A name without regard to case and Unicode form."""
    return unicodedata.normalize("NFC", file).casefold()
