"""One stage of a run: its folder, the key of all that went in, and a stamp of all that came out.

A stage whose key and files are unchanged is not done again. A stage that was cut short finds its own half-done files
(checkpoints) again when it is started with the same key, and an empty folder otherwise.
"""

import functools
import hashlib
import json
import shutil
import time
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from data.files import replacing, sha256_file
from flows.corpus.store import key_of, plain


@dataclass(frozen=True)
class Done:
    """What a stage leaves: where, the checksum of each file, a few facts, seconds; `reused` if it was there before."""

    stage: str
    folder: Path
    files: dict
    facts: dict
    seconds: float
    reused: bool = False

    @property
    def digest(self):
        """Checksum of everything that came out: the key of whatever builds on it."""
        return key_of(self.files, self.facts)

    def path(self, name):
        return self.folder / name


class Checkpoint:
    """Half a painting in one file, replaced each time, so that killed work goes on where it was; of `key` only."""

    def __init__(self, path, key=""):
        self.path, self.key = Path(path), key

    def save(self, level, state):
        with replacing(self.path) as beside, open(beside, "wb") as stream:
            np.savez(stream, key=self.key, level=level, **{f"state_{name}": array for name, array in state.items()})

    def load(self):
        """(level, state), or None where nothing whole of this key was kept."""
        try:
            with np.load(self.path, allow_pickle=False) as held:
                if str(held["key"]) != self.key:
                    return None
                return int(held["level"]), {name[6:]: held[name] for name in held.files if name.startswith("state_")}
        except (OSError, ValueError, KeyError, EOFError):
            return None

    def forget(self):
        self.path.unlink(missing_ok=True)


def carry_out(work, stage, inputs, function, *, folder=None):
    """Run `function(folder) -> facts` unless its result is already there.

    Parameters
    ----------
    work : Path
        The run's `work` folder; the stamp is `work/STAGE/stage.json`.
    inputs : JSON-able
        All that the result depends on beside the code: parameters, digests of earlier stages.
    function : callable
        Writes files into the folder it is given and returns a dict of facts. The key `files` of that dict, if any,
        names the files to be stamped; else all in the folder are, but for those whose name begins with `checkpoint`.
    folder : Path, optional
        Where the files go if not into `work/STAGE`.
    """
    stamp = Path(work) / stage / "stage.json"
    key = key_of(stage, inputs, code_version())
    target = Path(folder) if folder is not None else stamp.parent
    held = read_stamp(stamp)
    if held and held.get("key") == key and "files" in held and _intact(target, held["files"]):
        return Done(stage, target, held["files"], held["facts"], held["seconds"], reused=True)
    if folder is None and stamp.parent.exists() and (held or {}).get("key") != key:
        shutil.rmtree(stamp.parent)
    _write(stamp, {"key": key})
    started = time.perf_counter()
    facts = dict(plain(function(target) or {}))
    names = facts.pop("files", None)
    if names is None:
        names = sorted(str(path.relative_to(target)) for path in target.rglob("*") if path.is_file() and path != stamp
                       and not path.name.startswith(("checkpoint", ".")))
    files = {name: sha256_file(target / name) for name in names}
    seconds = round(time.perf_counter() - started, 3)
    _write(stamp, {"key": key, "files": files, "facts": facts, "seconds": seconds})
    for checkpoint in stamp.parent.glob("checkpoint*"):
        checkpoint.unlink()
    return Done(stage, target, files, facts, seconds)


@functools.cache
def code_version():
    """Checksum of Atelier's own code and fitted numbers: a stage is not taken over from other code than this.

    Measurements, which cost the most, outlive changes elsewhere: their cache knows its own algorithm's version.
    """
    digest = hashlib.sha256()
    root = Path(__file__).parents[2]
    for room in ("data", "features", "models", "render", "flows"):
        for path in sorted((root / room).rglob("*")):
            if path.suffix in (".py", ".npz", ".safetensors", ".json", ".csv", ".html") and not path.name.startswith("."):
                digest.update(path.relative_to(root).as_posix().encode() + b"\0" + path.read_bytes())
    return digest.hexdigest()


def read_stamp(path):
    """A stamp as a dict; None if there is none or it cannot be read."""
    try:
        held = json.loads(Path(path).read_bytes())
    except (OSError, ValueError):
        return None
    return held if isinstance(held, dict) else None


def _write(stamp, record):
    with replacing(stamp) as beside:
        beside.write_text(json.dumps(record, indent=1))


def _intact(folder, files):
    return all((folder / name).is_file() and sha256_file(folder / name) == checksum for name, checksum in files.items())
