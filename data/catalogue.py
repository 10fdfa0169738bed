"""Take in a folder of scans: one row per picture, with the reason where a picture cannot be used.

Nothing is written into the folder.
"""

import logging
from collections.abc import Mapping, MutableMapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from data.catalogue_rows import add_curated, add_heights, mark_duplicates
from data.corpus_files import CorpusFiles, list_corpus, natural_order
from data.curator import Row, read_catalogue
from data.errors import CorpusError
from data.files import replacing
from data.first_look import look_at_all
from data.progress import Progress

INGEST_VERSION = 2
"""Part of the key under which what was found out about files is remembered: raise it whenever that may change."""
# What a curator may say of the sitter: handed on to measuring, where it overrides what was measured.
_OF_THE_SITTER = (
    "sex", "age_years", "facing", "facial_hair", "headwear", "hair_tone", "collar", "clothing_tone", "background_tone",
    "light_from", "format", "hands", "torso", "ground", "box", "landmarks")
_FIRST_COLUMNS = (
    "file", "sha256", "width_px", "height_px", "dpi", "bit_depth", "title", "artist", "year", "licence", "rejected",
    "duplicate_of", "duplicate_kind", "duplicate_agreement", "content_box", "height_file", "height_sha256",
    "height_mm_per_unit", "sex", "age_years", "single_sitter_portrait", "box", "landmarks")
_WHOLE_NUMBERS = ("width_px", "height_px", "bit_depth")
_NUMBERS = ("dpi", "duplicate_agreement", "height_mm_per_unit", "age_years")
_SHOWN_REJECTS = 3  # of a corpus in which nothing can be read
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
    content_box : [x, y, w, h] of the painting without borders, in full-resolution pixels
    height_file, height_sha256, height_mm_per_unit : registered height scan; all missing where there is none
    title, artist, year, licence, sex, age_years, single_sitter_portrait, box, landmarks : a curator's; further columns of
        `catalogue.csv` follow as text

    `notes` are lines about what was not understood; `ignored` counts files that are no pictures.
    """

    table: pd.DataFrame
    notes: tuple[str, ...] = ()
    ignored: int = 0

    @property
    def usable(self) -> pd.DataFrame:
        """Rows neither rejected nor duplicates."""
        return self.table[self.table.rejected.isna() & self.table.duplicate_of.isna()]

    def summary(self) -> str:
        """One line for people."""
        table = self.table
        return (f"{len(table)} pictures: {len(self.usable)} usable, {int(table.duplicate_of.notna().sum())} duplicates, "
                f"{int(table.rejected.notna().sum())} rejected; {self.ignored} other files ignored")

    def save(self, path: Path | str) -> None:
        """Write the catalogue as Parquet."""
        table = self.table.copy()
        table.attrs = {"notes": list(self.notes), "ignored": self.ignored}
        with replacing(path) as beside:
            table.to_parquet(beside, index=False)

    @classmethod
    def load(cls, path: Path | str) -> "Catalogue":
        """Read what `save` wrote; lists come back as lists. CorpusError if it cannot be read."""
        try:
            table = pd.read_parquet(path)
        except (OSError, ValueError) as error:
            raise CorpusError(f"{path} cannot be read as a catalogue ({error}): ingest the corpus again") from error
        for column in table.columns:
            if not pd.api.types.is_numeric_dtype(table[column]) or pd.api.types.is_bool_dtype(table[column]):
                table[column] = pd.Series([_plain(value) for value in table[column]], dtype="object")
        said, table.attrs = table.attrs, {}
        return cls(table, tuple(said.get("notes", ())), said.get("ignored", 0))


def ingest(corpus: Path | str, *, progress: Progress | None = None,
           memory: MutableMapping[str, Any] | None = None) -> Catalogue:
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
    found = list_corpus(corpus)
    curated, curator_notes = read_catalogue(corpus)
    if not found.pictures:
        others = f"{found.ignored} other files" if found.ignored else "nothing"
        raise CorpusError(f"{corpus} holds no pictures: expected JPEG, PNG, TIFF or WebP files, found {others}")
    rows = {row["file"]: row for row in look_at_all(corpus, found.pictures, memory, progress)}
    mark_duplicates(corpus, rows, memory)
    notes = [*found.notes, *curator_notes, *add_heights(corpus, rows, found.heights),
             *add_curated(corpus, rows, curated, found.landmarks)]
    _check_readable(corpus, rows, found)
    for note in notes:
        _log.warning("%s", note)
    return Catalogue(_table(rows), tuple(notes), found.ignored)


def _check_readable(corpus: Path, rows: dict[str, Row], found: CorpusFiles) -> None:
    """CorpusError, with the first few reasons, where not one picture can be used."""
    if all(row["rejected"] is not None for row in rows.values()):
        first = "; ".join(f"{row['file']}: {row['rejected']}" for row in list(rows.values())[:_SHOWN_REJECTS])
        raise CorpusError(f"none of the {len(found.pictures)} pictures in {corpus} can be used: {first}")


def curated_row(row: Mapping[Any, Any]) -> Row:
    """What a curator said of the sitter in a row of the table, as plain values; {} if nothing."""
    values = {name: _plain(row.get(name)) for name in _OF_THE_SITTER}
    return {name: value for name, value in values.items() if value is not None}


def _table(rows: dict[str, Row]) -> pd.DataFrame:
    """The rows as a table: our own columns first, a curator's further ones after them."""
    ordered = sorted(rows.values(), key=lambda row: natural_order(row["file"]))
    further = sorted({name for row in ordered for name in row} - set(_FIRST_COLUMNS))
    columns = {}
    for name in (*_FIRST_COLUMNS, *further):
        # Lists, words and truth values; object columns keep None for "missing" through Parquet and back.
        kind = "int64" if name in _WHOLE_NUMBERS else "float64" if name in _NUMBERS else "object"
        columns[name] = pd.Series([row.get(name) for row in ordered], dtype=kind)
    return pd.DataFrame(columns)


def _plain(value: Any) -> Any:
    """A cell as plain values: arrays as lists, missing ones as None."""
    if hasattr(value, "tolist"):
        value = value.tolist()
    if isinstance(value, (list, tuple)):
        return [_plain(one) for one in value]
    return None if value is None or value != value else value
