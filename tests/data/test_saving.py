"""What is saved comes back to the bit; a failure leaves the old file and nothing half-written."""

import json

import numpy as np
import pytest

from data.saving import save_array, save_arrays, save_json


def test_an_array_comes_back(tmp_path):
    array = np.random.default_rng(0).random((3, 4)).astype(np.float32)
    save_array(tmp_path / "below" / "a.npy", array)
    found = np.load(tmp_path / "below" / "a.npy")
    assert found.dtype == array.dtype and np.array_equal(found, array)


def test_arrays_come_back_by_name(tmp_path):
    save_arrays(tmp_path / "a.npz", field=np.arange(3), text="é", number=0.1)
    with np.load(tmp_path / "a.npz", allow_pickle=False) as held:
        assert sorted(held.files) == ["field", "number", "text"] and str(held["text"]) == "é" and float(held["number"]) == 0.1


def test_json_keeps_order_and_letters(tmp_path):
    record = {"b": 1 / 3, "a": ["é", None]}
    save_json(tmp_path / "a.json", record)
    text = (tmp_path / "a.json").read_text(encoding="utf-8")
    assert "é" in text and json.loads(text) == record and list(json.loads(text)) == ["b", "a"]


def test_what_cannot_be_saved_leaves_the_old_file_alone(tmp_path):
    save_json(tmp_path / "a.json", 1)
    with pytest.raises(TypeError):
        save_json(tmp_path / "a.json", object())
    with pytest.raises(ValueError):
        save_array(tmp_path / "a.npy", np.array([object()]))
    assert [path.name for path in tmp_path.iterdir()] == ["a.json"] and (tmp_path / "a.json").read_text() == "1"
