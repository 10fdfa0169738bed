"""Measure many paintings at once, in processes of their own, and never one of them twice.

dlib and ONNX keep Python's lock for most of their time, so threads would wait for each other: each worker is a process.
A painting that takes its process down (a crash in a library, out of memory) is tried once more alone and then given up
with a reason; the others go on.
"""

import multiprocessing
import os
import threading
from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Generic, Self, TypeVar

import psutil

from data.errors import PortraitError, ScanError
from data.progress import Progress
from features.measure import measure_scan
from features.measurement import ALGORITHM_VERSION
from flows.corpus.store import Store, key_of
from flows.corpus.worker_process import start_worker

T = TypeVar("T")
Record = dict[str, Any]
"""A measurement as JSON holds it (`features.measurement.Measurement.to_json`)."""

WORKER_MIB = 1200
"""What one worker needs at the most: detectors, landmark models and one large scan by windows."""


@dataclass(frozen=True)
class MeasuringRequest:
    """One painting to measure: its name in the catalogue, where it lies, its checksum, what a curator said of it, and
    the painted surface within the scan (x, y, w, h) where that is not all of it."""

    file: str
    path: Path
    sha256: str
    curated: Mapping[str, Any] = field(default_factory=dict)
    content_box: tuple[int, int, int, int] | None = None

    def key(self) -> str:
        """The key under which its measurement is kept: made from everything the measurement depends on."""
        return key_of(self.sha256, ALGORITHM_VERSION, self.curated, self.content_box)


@dataclass(frozen=True)
class Outcome(Generic[T]):
    """What work on one file came to: a `value`, or the `reason` why there is none."""

    file: str
    value: T | None = None
    reason: str | None = None


def values_of(outcomes: Iterable[Outcome[T]]) -> list[T]:
    """What succeeded, in order."""
    return [outcome.value for outcome in outcomes if outcome.value is not None]


def failures_of(outcomes: Iterable[Outcome[Any]]) -> dict[str, str]:
    """Why the others failed, by file."""
    return {outcome.file: outcome.reason for outcome in outcomes if outcome.reason is not None}


def workers_for(machine_cores: int | None = None, available_mib: float | None = None) -> int:
    """How many workers suit a machine (this one, where its cores or its free memory in MiB are not given): one a core, as
    many as the memory holds, at least one."""
    cores = machine_cores or len(os.sched_getaffinity(0))
    available = available_mib or psutil.virtual_memory().available / 2**20
    return max(1, min(cores, int(available // WORKER_MIB)))


def measure_request(request: MeasuringRequest) -> Record:
    """In the worker: one painting's measurement."""
    return measure_scan(request.path, curated=request.curated or None, content_box=request.content_box).to_json()


def _guarded(file: str, function: Callable[..., T], arguments: Sequence[Any]) -> Outcome[T]:
    """In the worker: the function's result as an Outcome; expected errors become its reason."""
    try:
        return Outcome(file, function(*arguments))
    except ScanError as error:
        reason = error.reason
    except PortraitError as error:
        reason = str(error)
    except MemoryError:
        reason = "out of memory while measuring it"
    except OSError as error:
        reason = f"cannot be read: {error.strerror or error}"
    return Outcome(file, reason=reason)


class Measurer:
    """Measures paintings in `workers` processes (None: as many as the machine holds); a context manager. `measure` may be
    called from many threads."""

    def __init__(self, store: Store, workers: int | None = None) -> None:
        self.store, self.workers = store, workers or workers_for()
        self._lock, self._alone = threading.Lock(), threading.Lock()
        self._pool: ProcessPoolExecutor | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        if self._pool:
            self._pool.shutdown(wait=True, cancel_futures=True)

    def known(self, request: MeasuringRequest) -> Outcome[Record] | None:
        """The measurement kept from before, or None."""
        record = self.store.get("measure", request.key())
        return None if record is None else _named(record, request)

    def measure(self, request: MeasuringRequest) -> Outcome[Record]:
        """The measurement of one painting, from the cache or from a worker."""
        known = self.known(request)
        if known is not None:
            return known
        found = self.call(request.file, measure_request, request)
        if found.value is None:
            return found
        self.store.put("measure", request.key(), found.value)
        return _named(found.value, request)

    def call(self, file: str, function: Callable[..., T], *arguments: Any) -> Outcome[T]:
        """`function(*arguments)` in a worker; a reason where the file could not be worked on.

        Parameters
        ----------
        file : str
            Of which the outcome speaks.
        function : callable
            At the top of a module, so that a worker can import it.
        *arguments
            Sent to the worker.

        Returns
        -------
        Outcome
        """
        pool = self._current()
        try:
            return pool.submit(_guarded, file, function, arguments).result()
        except BrokenProcessPool:
            self._give_up(pool)
            return self._call_alone(file, function, arguments)

    def map(self, function: Callable[..., T], arguments: Sequence[tuple[Any, ...]],
            progress: Progress | None = None) -> list[Outcome[T]]:
        """`function` over many files in the workers.

        Parameters
        ----------
        function : callable
            At the top of a module, so that a worker can import it.
        arguments : sequence of tuples
            Its arguments for each file, the file first.
        progress : callable (done, total), optional

        Returns
        -------
        list of Outcome
            In order.
        """
        return _in_threads(lambda each: self.call(str(each[0]), function, *each), arguments, self.workers, progress)

    def _current(self) -> ProcessPoolExecutor:
        with self._lock:
            if self._pool is None:
                self._pool = _pool(self.workers)
            return self._pool

    def _give_up(self, pool: ProcessPoolExecutor) -> None:
        with self._lock:
            if self._pool is pool:
                self._pool = None
        pool.shutdown(wait=False, cancel_futures=True)

    def _call_alone(self, file: str, function: Callable[..., T], arguments: Sequence[Any]) -> Outcome[T]:
        with self._alone, _pool(1) as pool:
            try:
                return pool.submit(_guarded, file, function, arguments).result()
            except BrokenProcessPool:
                return Outcome(file, reason="measuring it ended the process twice (a damaged file, or out of memory)")


def _pool(workers: int) -> ProcessPoolExecutor:
    # spawn: a fork of a process with threads (Prefect, OpenCV, torch) may hang.
    return ProcessPoolExecutor(workers, mp_context=multiprocessing.get_context("spawn"), initializer=start_worker)


def _named(record: Record, request: MeasuringRequest) -> Outcome[Record]:
    """The record under the request's own file name: files with the same bytes share one record."""
    return Outcome(request.file, {**record, "file": request.file})


def measure_many(requests: Sequence[MeasuringRequest], measurer: Measurer, progress: Progress | None = None) -> list[Outcome[Record]]:
    """Measure paintings in parallel without Prefect.

    Parameters
    ----------
    requests : sequence of MeasuringRequest
    measurer : Measurer
        Its processes do the work.
    progress : callable (done, total), optional

    Returns
    -------
    list of Outcome
        In the order of `requests`.
    """
    return _in_threads(measurer.measure, requests, measurer.workers, progress)


def _in_threads(function: Callable[[Any], Outcome[T]], items: Sequence[Any], workers: int,
                progress: Progress | None) -> list[Outcome[T]]:
    done, lock = 0, threading.Lock()

    def one(item: Any) -> Outcome[T]:
        nonlocal done
        found = function(item)
        with lock:
            done += 1
            if progress:
                progress(done, len(items))
        return found

    # One thread more than workers, so that a worker never waits for the next painting.
    with ThreadPoolExecutor(workers + 1) as threads:
        futures = [threads.submit(one, item) for item in items]
        try:
            return [future.result() for future in futures]
        except BaseException:
            threads.shutdown(wait=False, cancel_futures=True)
            raise
