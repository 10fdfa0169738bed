"""Arrays and JSON records in files that are whole or not there: written beside their place and renamed into it."""

import json
from pathlib import Path
from typing import Any

import numpy as np
from jaxtyping import Shaped

from data.files import replacing


def save_array(path: Path | str, array: Shaped[np.ndarray, "..."]) -> None:
    """Write one array of numbers as .npy."""
    with replacing(path) as beside, open(beside, "wb") as stream:
        np.save(stream, array, allow_pickle=False)


def save_arrays(path: Path | str, **arrays: Any) -> None:
    """Write arrays (or texts and numbers, as arrays without a dimension) by name as .npz."""
    with replacing(path) as beside, open(beside, "wb") as stream:
        np.savez(stream, **arrays)


def save_json(path: Path | str, record: Any) -> None:
    """Write a record as JSON for programs and people, umlauts as they are."""
    with replacing(path) as beside:
        beside.write_text(json.dumps(record, indent=1, ensure_ascii=False), encoding="utf-8")
