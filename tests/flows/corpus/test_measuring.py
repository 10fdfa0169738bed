"""Work in processes: results in order, a crash costs one file and no other, errors become reasons, nothing outlives us."""

import os
import signal
import time

import psutil
import pytest

from data.errors import CorpusError, ScanError
from flows.corpus.measuring import Measurer, failures_of, values_of, workers_for
from flows.corpus.store import Store

pytestmark = pytest.mark.slow


def square(file, number):
    return number * number, os.getpid()


def harm(file, what):
    if what == "crash":
        os.kill(os.getpid(), signal.SIGSEGV)
    if what == "scan":
        raise ScanError("cut short", file)
    if what == "corpus":
        raise CorpusError("too few")
    if what == "memory":
        raise MemoryError
    if what == "missing":
        open("/nowhere/at/all")
    return what


@pytest.fixture
def measurer(tmp_path):
    with Measurer(Store(tmp_path / "cache"), 2) as pool:
        yield pool


def test_results_come_in_order_with_progress(measurer):
    seen = []
    results = measurer.map(square, [(f"{n}.png", n) for n in range(12)], lambda done, total: seen.append((done, total)))
    assert [found.value[0] for found in results] == [n * n for n in range(12)]
    assert sorted(seen) == [(n, 12) for n in range(1, 13)]
    assert os.getpid() not in {found.value[1] for found in results}


def test_one_crash_costs_one_file(measurer):
    work = [("a", "fine"), ("b", "crash"), ("c", "fine"), ("d", "fine"), ("e", "scan"), ("f", "corpus"), ("g", "memory"),
            ("h", "missing")]
    results = measurer.map(harm, work)
    assert values_of(results) == ["fine"] * 3 and [found.file for found in results] == [file for file, _ in work]
    reasons = failures_of(results)
    assert set(reasons) == {"b", "e", "f", "g", "h"}
    assert "ended the process twice" in reasons["b"] and reasons["e"] == "cut short" and reasons["f"] == "too few"
    assert "memory" in reasons["g"] and "No such file" in reasons["h"]


def test_a_programming_error_is_not_hidden(measurer):
    with pytest.raises(TypeError):
        measurer.map(square, [("a", None)])


def test_workers_end_with_the_pool(tmp_path):
    with Measurer(Store(tmp_path / "cache"), 2) as pool:
        pids = {found.value[1] for found in pool.map(square, [(str(n), n) for n in range(8)])}
    deadline = time.time() + 10
    while any(psutil.pid_exists(pid) for pid in pids) and time.time() < deadline:
        time.sleep(0.05)
    assert not any(psutil.pid_exists(pid) for pid in pids)


def test_workers_fit_the_machine():
    assert workers_for(8, 100_000) == 8
    assert workers_for(8, 2_500) == 2
    assert workers_for(8, 100) == 1
