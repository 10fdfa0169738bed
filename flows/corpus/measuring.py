"""Measure many paintings at once, in processes of their own, and never one of them twice.

dlib and ONNX keep Python's lock for most of their time, so threads would wait for each other: each worker is a process.
A painting that takes its process down (a crash in a library, out of memory) is tried once more alone and then given up
with a reason; the others go on.
"""

import multiprocessing
import os
import signal
import threading
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass, field
from multiprocessing.connection import wait
from pathlib import Path

from data.errors import PortraitError, ScanError
from flows.corpus.store import key_of

WORKER_MIB = 1200
"""What one worker needs at the most: detectors, landmark models and one large scan by windows."""


@dataclass(frozen=True)
class Job:
    """One painting to measure: its name in the catalogue, where it lies, its checksum, what a curator said of it, and
    the painted surface within the scan (x, y, w, h) where that is not all of it."""

    file: str
    path: Path
    sha256: str
    curated: dict = field(default_factory=dict)
    content_box: tuple | None = None

    def key(self):
        from features.measurement import ALGORITHM_VERSION

        return key_of(self.sha256, ALGORITHM_VERSION, self.curated, self.content_box)


@dataclass(frozen=True)
class Failure:
    """A painting that could not be measured, and why."""

    file: str
    reason: str


def workers_for(machine_cores=None, available_mib=None):
    """How many workers suit this machine: one a core, as many as its free memory holds, at least one."""
    import psutil

    cores = machine_cores or len(os.sched_getaffinity(0))
    available = available_mib or psutil.virtual_memory().available / 2**20
    return max(1, min(cores, int(available // WORKER_MIB)))


def _start_worker():
    """In the worker: one thread for each library, Ctrl-C is the parent's business, and no life after the parent's."""
    # Libraries read these once, when they are loaded; set here, they leave the parent its cores for painting.
    for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "NUMBA_NUM_THREADS"):
        os.environ.setdefault(name, "1")
    import cv2
    from threadpoolctl import threadpool_limits

    cv2.setNumThreads(1)
    # NumPy is loaded by now, with as many threads as there are cores; they would wait for each other's workers.
    threadpool_limits(1)
    signal.signal(signal.SIGINT, signal.SIG_IGN)

    def follow():
        wait([multiprocessing.parent_process().sentinel])
        os._exit(1)

    threading.Thread(target=follow, daemon=True).start()


def _measure(job):
    from features.measure import measure_scan

    return measure_scan(job.path, curated=job.curated or None, content_box=job.content_box).to_json()


def _guarded(file, function, arguments):
    try:
        return function(*arguments)
    except ScanError as error:
        return Failure(file, error.reason)
    except PortraitError as error:
        return Failure(file, str(error))
    except MemoryError:
        return Failure(file, "out of memory while measuring it")
    except OSError as error:
        return Failure(file, f"cannot be read: {error.strerror or error}")


class Measurer:
    """Measures paintings in `workers` processes; a context manager. `measure` may be called from many threads."""

    def __init__(self, store, workers=None):
        self.store, self.workers = store, workers or workers_for()
        self._lock, self._alone = threading.Lock(), threading.Lock()
        self._pool = None

    def __enter__(self):
        return self

    def __exit__(self, *_):
        if self._pool:
            self._pool.shutdown(wait=True, cancel_futures=True)

    def known(self, job):
        """The measurement kept from before, or None."""
        record = self.store.get("measure", job.key())
        return None if record is None else _named(record, job)

    def measure(self, job):
        """The measurement of one painting (as JSON holds it), from the cache or from a worker; or a Failure."""
        known = self.known(job)
        if known is not None:
            return known
        found = self.call(job.file, _measure, job)
        if isinstance(found, Failure):
            return found
        self.store.put("measure", job.key(), found)
        return _named(found, job)

    def call(self, file, function, *arguments):
        """`function(*arguments)` in a worker; a Failure where the file could not be worked on."""
        pool = self._current()
        try:
            return pool.submit(_guarded, file, function, arguments).result()
        except BrokenProcessPool:
            self._give_up(pool)
            return self._call_alone(file, function, arguments)

    def map(self, function, arguments, progress=None):
        """`function` over tuples of arguments (the first is the file) in the workers; results in order."""
        return _in_threads(lambda each: self.call(str(each[0]), function, *each), arguments, self.workers, progress)

    def _current(self):
        with self._lock:
            if self._pool is None:
                self._pool = _pool(self.workers)
            return self._pool

    def _give_up(self, pool):
        with self._lock:
            if self._pool is pool:
                self._pool = None
        pool.shutdown(wait=False, cancel_futures=True)

    def _call_alone(self, file, function, arguments):
        with self._alone, _pool(1) as pool:
            try:
                return pool.submit(_guarded, file, function, arguments).result()
            except BrokenProcessPool:
                return Failure(file, "measuring it ended the process twice (a damaged file, or out of memory)")


def _pool(workers):
    # spawn: a fork of a process with threads (Prefect, OpenCV, torch) may hang.
    return ProcessPoolExecutor(workers, mp_context=multiprocessing.get_context("spawn"), initializer=_start_worker)


def _named(record, job):
    """Two files with the same bytes share a record, not a name."""
    return {**record, "file": job.file}


def measure_many(jobs, measurer, progress=None):
    """Measure jobs in parallel without Prefect; a list of measurements and Failures in the order of `jobs`."""
    return _in_threads(measurer.measure, jobs, measurer.workers, progress)


def _in_threads(function, items, workers, progress):
    done, lock = 0, threading.Lock()

    def one(item):
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
