"""What is kept between runs: facts about files, by the checksum of their bytes, so that nothing is worked out twice.

A record is a small JSON file under the cache folder, `KIND/ab/abcdef....json`, written beside and renamed, with a
checksum of its own: a record cut short by a crash, or changed by hand, counts as not there and is made again.
"""

import hashlib
import io
import json
import logging
import math
import os
import threading
from collections.abc import Iterator, Mapping, MutableMapping
from pathlib import Path
from typing import Any

import numpy as np
from jaxtyping import Shaped

from data.errors import OutputError
from data.files import replacing

log = logging.getLogger(__name__)


def default_cache(environ: Mapping[str, str] = os.environ) -> Path:
    """Where the cache lies unless `--cache` says otherwise: ATELIER_CACHE, XDG_CACHE_HOME/atelier or ~/.cache/atelier."""
    if environ.get("ATELIER_CACHE"):
        return Path(environ["ATELIER_CACHE"])
    return Path(environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "atelier"


def plain(value: Any) -> Any:
    """A value as JSON can hold it in one way only: NumPy numbers unwrapped, NaN as None, paths as text."""
    if isinstance(value, dict):
        return {str(key): plain(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [plain(item) for item in value]
    if hasattr(value, "tolist"):
        return plain(value.tolist())
    if isinstance(value, float) and not math.isfinite(value):
        return None
    if isinstance(value, (str, int, float, bool)) or value is None:
        return value
    return str(value)


def key_of(*parts: Any) -> str:
    """SHA-256 over the canonical JSON of the parts: equal parts, equal key, on every machine."""
    text = json.dumps(plain(parts), sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return hashlib.sha256(text.encode()).hexdigest()


class Store:
    """Records by kind and key (64 hexadecimal digits) under one folder. Safe to share between processes."""

    def __init__(self, folder: Path | str) -> None:
        self.folder = Path(folder)
        self._writing = threading.Lock()
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            probe = self.folder / f".writable.{os.getpid()}"
            probe.write_bytes(b"")
            probe.unlink()
        except OSError as error:
            raise OutputError(
                f"the cache folder {self.folder} cannot be written ({error.strerror}): make it writable, or name another "
                "with --cache DIR or the environment variable ATELIER_CACHE") from error

    def path(self, kind: str, key: str) -> Path:
        """Where a record lies, whether there is one or not."""
        return self.folder / kind / key[:2] / f"{key}.json"

    def get(self, kind: str, key: str) -> Any:
        """The record, or None where there is none that can be trusted."""
        path = self.path(kind, key)
        try:
            envelope = json.loads(path.read_bytes())
            if envelope["checksum"] == key_of(envelope["record"]):
                return envelope["record"]
        except FileNotFoundError:
            return None
        except (OSError, ValueError, KeyError, TypeError) as error:
            log.warning("cache record %s cannot be read (%s): it is made again", path, error)
            return None
        log.warning("cache record %s does not match its checksum: it is made again", path)
        return None

    def put(self, kind: str, key: str, record: Any) -> None:
        """Keep a record.

        Parameters
        ----------
        kind : str
            Name of the folder for records of its kind.
        key : str
            From `key_of`.
        record : JSON-able
            Comes back as `plain` makes it.
        """
        record = plain(record)
        with self._writing, replacing(self.path(kind, key)) as beside:
            beside.write_text(json.dumps({"checksum": key_of(record), "record": record}, ensure_ascii=False), encoding="utf-8")

    def arrays(self, kind: str, key: str) -> dict[str, Shaped[np.ndarray, "..."]] | None:
        """Arrays by name as `put_arrays` kept them; None where there are none that can be trusted."""
        path = self.path(kind, key).with_suffix(".arrays")
        try:
            held = path.read_bytes()
        except FileNotFoundError:
            return None
        # The checksum stands before the npz: NumPy's own reading of damaged bytes may fail in any way.
        if held[:32] != hashlib.sha256(held[32:]).digest():
            log.warning("cache record %s does not match its checksum: it is made again", path)
            return None
        with np.load(io.BytesIO(held[32:]), allow_pickle=False) as npz:
            return {name: npz[name] for name in npz.files}

    def put_arrays(self, kind: str, key: str, arrays: Mapping[str, Shaped[np.ndarray, "..."]]) -> None:
        """Keep arrays by name.

        Parameters
        ----------
        kind, key : str
            As for `put`.
        arrays : mapping
            Of numbers, not of objects.
        """
        stream = io.BytesIO()
        np.savez_compressed(stream, **dict[str, Any](arrays))
        held = stream.getvalue()
        with self._writing, replacing(self.path(kind, key).with_suffix(".arrays")) as beside:
            beside.write_bytes(hashlib.sha256(held).digest() + held)

    def memory(self, kind: str, version: Any) -> MutableMapping[str, Any]:
        """A mapping from a file's sha256 to what was once found out about it by `version` of the code that asks."""
        return _Memory(self, kind, version)


class _Memory(MutableMapping[str, Any]):
    def __init__(self, store: Store, kind: str, version: Any) -> None:
        self._store, self._kind, self._version = store, kind, version

    def _key(self, sha256: str) -> str:
        return key_of(sha256, self._version)

    def __getitem__(self, sha256: str) -> Any:
        record = self._store.get(self._kind, self._key(sha256))
        if record is None:
            raise KeyError(sha256)
        return record

    def __setitem__(self, sha256: str, record: Any) -> None:
        self._store.put(self._kind, self._key(sha256), record)

    def __delitem__(self, sha256: str) -> None:
        self._store.path(self._kind, self._key(sha256)).unlink()

    def __iter__(self) -> Iterator[str]:
        raise TypeError("the cache knows keys only by asking for them")

    def __len__(self) -> int:
        return sum(1 for _ in (self._store.folder / self._kind).glob("*/*.json"))
