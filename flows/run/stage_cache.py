"""One stage of a run: its folder, the key of all that went in, and a stamp of all that came out.

A stage whose key and files are unchanged is not done again. A stage that was interrupted finds its unfinished files
(checkpoints) again if it is started with the same key; otherwise its folder is emptied first.
"""

import shutil
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Generic, TypeVar

from data.files import sha256_file
from flows.corpus.store import key_of, plain
from flows.run.stage_result import StageResult
from flows.run.stamp import STAMP, code_version, read_stamp, write_stamp

R = TypeVar("R", bound=StageResult)
_CHECKPOINT = "checkpoint"
"""How the names of files with half-done work begin: they are not part of a result."""


@dataclass(frozen=True)
class Done(Generic[R]):
    """What a stage leaves: where, the checksum of each file, its facts, seconds; `reused` if it was there before."""

    stage: str
    folder: Path
    files: Mapping[str, str]
    facts: Mapping[str, Any]
    seconds: float
    kind: type[R]
    reused: bool = False

    @property
    def digest(self) -> str:
        """Checksum of everything that came out: the key of whatever builds on it."""
        return key_of(self.files, self.facts)

    @property
    def result(self) -> R:
        """What the stage hands on, loaded anew at each call. Its large fields are read when they are first used and are kept as
        long as the returned object, so use one object and let it go."""
        return self.kind.load(self.folder, self.facts)

    def path(self, name: str) -> Path:
        """Where one of its files lies."""
        return self.folder / name


def carry_out(work: Path, stage: str, kind: type[R], inputs: Any, make: Callable[[Path], R]) -> Done[R]:
    """Carry out a stage whose files lie in a folder of its own, `work/STAGE`, unless its result is already there.

    Parameters
    ----------
    work : Path
        The run's `work` folder; the stamp is `work/STAGE/stage.json`.
    stage : str
        Its name.
    kind : type
        Of its result.
    inputs : JSON-able
        All that the result depends on beside the code: parameters, digests of earlier stages.
    make : callable
        Gives the result, which is then saved into the folder; what else it writes into the folder it is given belongs to
        the stage too, but for files whose name begins with `checkpoint`.

    Returns
    -------
    Done
    """
    folder = Path(work) / stage
    stamp = folder / STAMP
    held = read_stamp(stamp) or {}
    if folder.exists() and held.get("key") != _key(stage, inputs):
        shutil.rmtree(folder)
        held = {}

    def made(target: Path) -> tuple[R, Sequence[str] | None]:
        return make(target), None

    return _carried_out(stamp, stage, kind, _key(stage, inputs), held, folder, made)


def carry_out_into(folder: Path, work: Path, stage: str, kind: type[R], inputs: Any,
                   make: Callable[[Path], tuple[R, Sequence[str]]]) -> Done[R]:
    """Carry out a stage whose files lie in a folder that others share, unless its result is already there.

    Parameters
    ----------
    folder : Path
        Where the files go.
    work, stage, kind, inputs
        As for `carry_out`.
    make : callable
        Gives the result and the names of all the stage's files in the folder, those of the result's large fields too.

    Returns
    -------
    Done
    """
    stamp = Path(work) / stage / STAMP
    return _carried_out(stamp, stage, kind, _key(stage, inputs), read_stamp(stamp) or {}, Path(folder), make)


def _key(stage: str, inputs: Any) -> str:
    return key_of(stage, inputs, code_version())


def _carried_out(stamp: Path, stage: str, kind: type[R], key: str, held: dict[str, Any], folder: Path,
                 make: Callable[[Path], tuple[R, Sequence[str] | None]]) -> Done[R]:
    if held.get("key") == key and "files" in held and _intact(folder, held["files"]):
        return Done(stage, folder, held["files"], held["facts"], held["seconds"], kind, reused=True)
    write_stamp(stamp, {"key": key})
    started = time.perf_counter()
    result, names = make(folder)
    facts = plain(result.save(folder))
    files = {name: sha256_file(folder / name) for name in (_names(folder) if names is None else names)}
    seconds = round(time.perf_counter() - started, 3)
    write_stamp(stamp, {"key": key, "files": files, "facts": facts, "seconds": seconds})
    for checkpoint in stamp.parent.glob(f"{_CHECKPOINT}*"):
        checkpoint.unlink()
    return Done(stage, folder, files, facts, seconds, kind)


def _names(folder: Path) -> list[str]:
    """All files of a stage's own folder but its stamp and checkpoints."""
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file()
                  and path != folder / STAMP and not path.name.startswith((_CHECKPOINT, ".")))


def _intact(folder: Path, files: Mapping[str, str]) -> bool:
    return all((folder / name).is_file() and sha256_file(folder / name) == checksum for name, checksum in files.items())
