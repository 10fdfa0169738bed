"""Looking into a corpus without a server: ingest, measure what is new, and everything a page about it needs."""

from dataclasses import dataclass
from pathlib import Path

from data.errors import CorpusError
from data.files import replacing
from flows.corpus.measuring import Failure, Measurer, measure_many


def ingest_corpus(corpus, store, bars):
    """The catalogue of a corpus; files seen before are not decoded again."""
    from data import catalogue

    return catalogue.ingest(corpus, progress=bars("ingest"), memory=store.memory("ingest", catalogue.INGEST_VERSION))


def view_corpus(corpus, store, jobs, bars):
    """Ingest and measure a corpus; a CorpusView of it. `bars(name)` opens a progress bar."""
    from features.measurement import Measurement
    from flows.run.stages import jobs_of
    from models.statistics import Statistics

    corpus = Path(corpus).expanduser().absolute()
    catalogue = ingest_corpus(corpus, store, bars)
    table = catalogue.table
    with Measurer(store, jobs) as measurer:
        results = measure_many(jobs_of(table, corpus), measurer, bars("measure"))
    failures = {result.file: result.reason for result in results if isinstance(result, Failure)}
    measurements = [Measurement.from_json(result) for result in results if not isinstance(result, Failure)]
    return CorpusView(corpus, table, measurements, Statistics.of(table, measurements, failures), catalogue.notes, store, jobs)


@dataclass(frozen=True, eq=False)
class CorpusView:
    """A corpus, its catalogue's table, its measurements and statistics, and what ingest did not understand (`notes`)."""

    corpus: Path
    table: object
    measurements: list
    statistics: object
    notes: tuple = ()
    store: object = None
    jobs: int | None = None

    def page(self, bank=None, progress=None):
        """What a page about the corpus shows (`render.report.report.Page`); `bank` gives the shape model and mean face."""
        from render.report.report import Page

        return Page.of(self.corpus, self.table, self.measurements, self.statistics, bank, progress, self.notes)

    def write_html(self, path, progress=None):
        """One self-contained page. A corpus too small for a shape model gets a page without one."""
        from flows.corpus.learning import learn_views
        from models.bank import Bank
        from render.report.report import write_corpus_page

        views = learn_views(self.corpus, self.store, self.jobs, self.table, self.measurements, progress)
        try:
            bank = Bank.learn(views)
        except CorpusError:
            bank = None
        write_corpus_page(path, self.page(bank, progress))

    def write_csv(self, path):
        with replacing(path) as beside:
            self.statistics.sitters.to_csv(beside, index=False)

    def write_parquet(self, path):
        with replacing(path) as beside:
            self.statistics.sitters.to_parquet(beside, index=False)
