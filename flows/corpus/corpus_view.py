"""Looking into a corpus without a server: ingest, measure what is new, and everything a page about it needs."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from data.errors import CorpusError
from data.files import replacing
from data.progress import Progress
from features.measurement import Measurement
from flows.corpus.learning import learn_views
from flows.corpus.measuring import Measurer, failures_of, measure_many, values_of
from flows.corpus.paintings import ingest_corpus, measuring_requests
from flows.corpus.store import Store
from models.bank import Bank
from models.statistics import Statistics
from render.report.corpus_page import Page, write_corpus_page


def view_corpus(corpus: Path | str, store: Store, jobs: int | None,
                bars: Callable[[str], Progress | None]) -> "CorpusView":
    """Take in and measure a corpus.

    Parameters
    ----------
    corpus : path
        The folder of scans.
    store : Store
        Where measurements are kept between runs.
    jobs : int or None
        Processes that measure; None: as many as the machine holds.
    bars : callable
        `bars(name)` opens a progress bar and gives its callable.

    Returns
    -------
    CorpusView
    """
    corpus = Path(corpus).expanduser().absolute()
    catalogue = ingest_corpus(corpus, store, bars("ingest"))
    table = catalogue.table
    with Measurer(store, jobs) as measurer:
        outcomes = measure_many(measuring_requests(table, corpus), measurer, bars("measure"))
    measurements = [Measurement.from_json(record) for record in values_of(outcomes)]
    statistics = Statistics.of(table, measurements, failures_of(outcomes))
    return CorpusView(corpus, table, measurements, statistics, catalogue.notes, store, jobs)


@dataclass(frozen=True, eq=False)
class CorpusView:
    """A corpus, its catalogue's table, its measurements and statistics, and what ingest did not understand (`notes`);
    `store` and `jobs` as `view_corpus` was given them, for what a page about it must learn."""

    corpus: Path
    table: pd.DataFrame
    measurements: Sequence[Measurement]
    statistics: Statistics
    notes: tuple[str, ...]
    store: Store
    jobs: int | None

    def write_html(self, path: Path, progress: Progress | None = None) -> None:
        """One self-contained page. A corpus too small for a shape model gets a page without one."""
        views = learn_views(self.corpus, self.store, self.jobs, self.table, self.measurements, progress)
        try:
            bank = Bank.learn(views)
        except CorpusError:
            bank = None
        write_corpus_page(path, Page.of(self.corpus, self.measurements, self.statistics, bank, progress, self.notes))

    def write_csv(self, path: Path) -> None:
        """The table of sitters as CSV."""
        with replacing(path) as beside:
            self.statistics.sitters.to_csv(beside, index=False)

    def write_parquet(self, path: Path) -> None:
        """The table of sitters as Parquet."""
        with replacing(path) as beside:
            self.statistics.sitters.to_parquet(beside, index=False)
