"""From a folder of scans to models: ingest, measure, learn."""

import json
from collections.abc import Callable, Sequence

from data.errors import CorpusError
from data.progress import Progress
from features.measurement import ALGORITHM_VERSION as MEASURE_VERSION
from flows.corpus.learning import fit_relief, learn_compositions, learn_views
from flows.corpus.measuring import Measurer, MeasuringRequest, Outcome, Record, failures_of, measure_many, values_of
from flows.corpus.paintings import ingest_corpus, measuring_requests
from flows.corpus.store import Store
from flows.run.commission import Commission
from flows.run.results import Ingested, Learned, Measured
from flows.run.stage_cache import Done, carry_out
from models.bank import ALGORITHM_VERSION as BANK_VERSION
from models.bank import Bank
from models.composition import ALGORITHM_VERSION as COMPOSITION_VERSION
from models.relief import ALGORITHM_VERSION as RELIEF_VERSION
from models.statistics import Statistics

MeasureEach = Callable[[Sequence[MeasuringRequest], Measurer, Progress | None], list[Outcome[Record]]]
"""Measures many paintings: `flows.corpus.measuring.measure_many`, or a way that makes a task of each."""


def ingest(commission: Commission, progress: Progress | None = None) -> Done[Ingested]:
    """The corpus is taken in: a catalogue of its paintings."""
    # What lies in the corpus is found out each time, from the files' checksums; only new files are decoded.
    catalogue = ingest_corpus(commission.corpus, Store(commission.cache), progress)
    table = catalogue.table
    result = Ingested(count=len(table), rejected=int(table.rejected.notna().sum()),
                      duplicates=int(table.duplicate_of.notna().sum()), sha256=dict(zip(table.file, table.sha256)),
                      catalogue=catalogue)
    return carry_out(commission.work, "ingest", Ingested,
                     [str(commission.corpus), json.loads(table.to_json(orient="records"))], lambda folder: result)


def measure(commission: Commission, ingested: Done[Ingested], *, each: MeasureEach = measure_many,
            progress: Progress | None = None) -> Done[Measured]:
    """Every painting is measured; one that cannot be is passed over, with the reason.

    Parameters
    ----------
    commission : Commission
    ingested : Done
    each : callable (requests, measurer, progress)
        Does the mapping: the flow gives one that makes a Prefect task of every painting.
    progress : callable (done, total), optional

    Returns
    -------
    Done
    """
    requests = measuring_requests(ingested.result.catalogue.table, commission.corpus)

    def make(_: object) -> Measured:
        with Measurer(Store(commission.cache), commission.jobs) as measurer:
            found = {request.file: known for request in requests if (known := measurer.known(request)) is not None}
            new = [request for request in requests if request.file not in found]
            found |= zip((request.file for request in new), each(new, measurer, progress))
        outcomes = [found[request.file] for request in requests]
        records = values_of(outcomes)
        return Measured(measured=len(records), failures=failures_of(outcomes),
                        with_face=sum(1 for record in records if record["faces"]), records=records)

    return carry_out(commission.work, "measure", Measured, [ingested.digest, MEASURE_VERSION], make)


def learn(commission: Commission, ingested: Done[Ingested], measured: Done[Measured],
          progress: Progress | None = None) -> Done[Learned]:
    """Statistics, the bank of sitters with its shape model, their compositions, and the relief model.

    Parameters
    ----------
    commission : Commission
    ingested, measured : Done
    progress : callable (done, total), optional

    Returns
    -------
    Done

    Raises
    ------
    CorpusError
        If no painting shows a face, or too few show one sitter.
    """
    def make(_: object) -> Learned:
        table, found = ingested.result.catalogue.table, measured.result
        measurements = found.measurements
        statistics = Statistics.of(table, measurements, found.failures)
        if not any(measurement.faces for measurement in measurements):
            raise CorpusError(
                f"none of the {len(measurements)} paintings in {commission.corpus} that could be read shows a face that "
                "was found: expected portraits; if there are faces, give their boxes or landmarks in catalogue.csv")
        store = Store(commission.cache)
        bank = Bank.learn(learn_views(commission.corpus, store, commission.jobs, table, measurements, progress))
        compositions = learn_compositions(store, commission.jobs, bank, progress)
        relief = fit_relief(commission.corpus, store, table, bank, progress)
        return Learned(sitters=len(bank.views), typical=statistics.sentence(),
                       relief_model=relief.provenance.get("origin", ""), statistics=statistics.to_json(), bank=bank,
                       relief=relief, compositions=compositions)

    return carry_out(commission.work, "learn", Learned,
                     [measured.digest, BANK_VERSION, RELIEF_VERSION, COMPOSITION_VERSION], make)
