"""The paintings of a corpus: taken in, and what a row of the catalogue says of each."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from data import catalogue
from data.catalogue import Catalogue, curated_row
from data.progress import Progress
from flows.corpus.measuring import MeasuringRequest
from flows.corpus.store import Store

Box = tuple[int, int, int, int]
"""(x, y, w, h) in pixels of a scan."""


def ingest_corpus(corpus: Path, store: Store, progress: Progress | None = None) -> Catalogue:
    """The catalogue of a corpus, found out from its files each time; only files never seen before are decoded.

    Parameters
    ----------
    corpus : Path
        The folder of scans.
    store : Store
        Remembers what was found out about a file, by its checksum.
    progress : callable (done, total), optional

    Returns
    -------
    Catalogue
    """
    return catalogue.ingest(corpus, progress=progress, memory=store.memory("ingest", catalogue.INGEST_VERSION))


def measuring_requests(table: pd.DataFrame, corpus: Path) -> list[MeasuringRequest]:
    """A request to measure for every painting of the catalogue's table that was not rejected."""
    return [MeasuringRequest(row["file"], Path(corpus) / row["file"], row["sha256"], curated_row(row), painted_surface(row))
            for row in table[table.rejected.isna()].to_dict("records")]


def painted_surface(row: Mapping[Any, Any]) -> Box | None:
    """The painted surface of a catalogue row as (x, y, w, h), or None for all of the scan."""
    box = row.get("content_box")
    if box is None or np.ndim(box) == 0 or list(box) == [0, 0, row["width_px"], row["height_px"]]:
        return None
    x, y, width, height = (int(value) for value in box)
    return x, y, width, height


def height_scans(table: pd.DataFrame, corpus: Path) -> dict[str, tuple[Path, float]]:
    """{file: (path of its height scan, mm per unit)} of a catalogue's table."""
    if "height_file" not in table:
        return {}
    rows = table[table.rejected.isna() & table.height_file.notna() & table.height_mm_per_unit.notna()]
    return {row["file"]: (corpus / row["height_file"], float(row["height_mm_per_unit"]))
            for row in rows.to_dict("records")}
