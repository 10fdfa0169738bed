"""A checkpoint gives back what was kept last, to the bit, and nothing of other work, of another phase, or half-written."""

import numpy as np
import pytest

from flows.run.checkpoint import FileCheckpoint


def test_the_last_state_comes_back(tmp_path):
    kept = FileCheckpoint(tmp_path / "c.npz", "a")
    assert kept.load() is None
    kept.save(3, {"field": np.zeros(2)})
    kept.save(2, {"field": np.arange(4, dtype=np.float32), "energy": 1.5})
    level, state = kept.load()
    assert level == 2 and set(state) == {"field", "energy"} and state["energy"] == 1.5
    np.testing.assert_array_equal(state["field"], np.arange(4, dtype=np.float32))
    kept.forget()
    assert kept.load() is None


def test_a_phase_takes_the_place_of_the_one_before(tmp_path):
    first = FileCheckpoint(tmp_path / "c.npz", "a")
    later = first.in_phase("neural")
    first.save(0, {"n": 1})
    assert later.load() is None
    later.save(2, {"n": 2})
    assert first.load() is None and later.load()[0] == 2


def test_a_state_of_other_work_is_not_taken_up(tmp_path):
    FileCheckpoint(tmp_path / "c.npz", "a").save(1, {"n": 1})
    assert FileCheckpoint(tmp_path / "c.npz", "b").load() is None


@pytest.mark.parametrize("damage", [b"", b"PK\x03\x04", b"text"])
def test_a_damaged_file_counts_as_none(tmp_path, damage):
    (tmp_path / "c.npz").write_bytes(damage)
    assert FileCheckpoint(tmp_path / "c.npz").load() is None
