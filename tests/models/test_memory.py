"""Memory that was freed goes back to the machine, and stays while work goes on that will need it again."""

import sys
from pathlib import Path

import numpy as np
import pytest

from models import memory


def resident_bytes():
    return int(Path("/proc/self/statm").read_text().split()[1]) * 4096


@pytest.mark.skipif(not sys.platform.startswith("linux") or memory._c_library() is None, reason="needs the GNU C library")
def test_large_arrays_are_given_back():
    memory.let_memory_go()
    before = resident_bytes()
    with memory.memory_kept():
        arrays = [np.ones(1 << 20) for _ in range(16)]      # 8 MiB each
        assert resident_bytes() > before + 100 * 2 ** 20
        del arrays
    memory.trim_memory()
    assert resident_bytes() < before + 40 * 2 ** 20


def test_another_c_library_is_left_alone(monkeypatch):
    monkeypatch.setattr(memory, "_c_library", lambda: None)
    memory.let_memory_go()
    with memory.memory_kept():
        memory.trim_memory()
