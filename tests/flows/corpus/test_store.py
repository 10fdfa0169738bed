"""The cache: what was put is what comes back, by content; a damaged record is no record; an unwritable folder is said."""

import os
import threading

import numpy as np
import pytest

from data.errors import OutputError
from flows.corpus.store import Store, default_cache, key_of, plain


@pytest.fixture
def store(tmp_path):
    return Store(tmp_path / "cache")


def test_records_come_back_as_plain_json(store):
    key = key_of("a")
    assert store.get("kind", key) is None
    store.put("kind", key, {"n": np.float32(1.5), "points": np.arange(4).reshape(2, 2), "unknown": float("nan")})
    assert store.get("kind", key) == {"n": 1.5, "points": [[0, 1], [2, 3]], "unknown": None}


def test_a_key_depends_on_content_and_not_on_order():
    assert key_of({"a": 1, "b": 2}) == key_of({"b": 2, "a": 1})
    assert key_of({"a": 1}) != key_of({"a": 2})
    assert key_of("é") == key_of("é") and len(key_of()) == 64
    assert plain({1: (np.int64(2),)}) == {"1": [2]}


@pytest.mark.parametrize("damage", [b"", b"{", b"\xff\xfe", b'{"checksum": "0", "record": {"n": 2}}', b"[]", b"null"])
def test_a_damaged_record_counts_as_missing_and_is_made_again(store, damage):
    key = key_of("b")
    store.put("kind", key, {"n": 1})
    store.path("kind", key).write_bytes(damage)
    assert store.get("kind", key) is None
    store.put("kind", key, {"n": 1})
    assert store.get("kind", key) == {"n": 1}


def test_arrays_come_back_and_damage_is_noticed(store):
    key, field = key_of("c"), np.arange(5000, dtype=np.float32)
    store.put_arrays("view", key, {"field": field})
    np.testing.assert_array_equal(store.arrays("view", key)["field"], field)
    path = store.path("view", key).with_suffix(".arrays")
    whole = path.read_bytes()
    for damaged in (whole[: len(whole) // 2], b"", whole[:200] + bytes(64) + whole[264:]):
        path.write_bytes(damaged)
        assert store.arrays("view", key) is None


def test_memory_is_a_mapping_by_checksum_and_version(store):
    first, second = store.memory("ingest", 1), store.memory("ingest", 2)
    first["aa"] = {"width_px": 3}
    assert first.get("aa") == {"width_px": 3} and "aa" in first and len(first) == 1
    assert second.get("aa") is None


def test_threads_may_put_one_record_at_once(store):
    key = key_of("d")
    threads = [threading.Thread(target=store.put, args=("kind", key, {"n": list(range(2000))})) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert store.get("kind", key) == {"n": list(range(2000))}


def test_an_unwritable_folder_is_said_at_once(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(OutputError, match="--cache DIR"):
        Store(tmp_path / "file" / "cache")


def test_where_the_cache_lies(tmp_path):
    assert default_cache({"ATELIER_CACHE": "/a", "XDG_CACHE_HOME": "/b"}).as_posix() == "/a"
    assert default_cache({"XDG_CACHE_HOME": "/b"}).as_posix() == "/b/atelier"
    assert default_cache({}).name == "atelier"
    assert os.path.isabs(default_cache({}))
