"""Unfinished work in one file, so that a run that was killed continues where it was."""

import zipfile
import zlib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from data.saving import save_arrays

_STATE = "state_"
_DAMAGED = (OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile, zlib.error)
"""What NumPy raises for a file that is not there or not whole."""


class FileCheckpoint:
    """A checkpoint (`data.checkpoint.Checkpoint`) in one .npz, replaced each time.

    Parameters
    ----------
    path : path
    key : str
        What is worked on: a state that was saved under another key is not taken up.
    phase : str
        The phase of that work, see `in_phase`.
    """

    def __init__(self, path: Path | str, key: str = "", phase: str = "") -> None:
        self.path, self.key, self.phase = Path(path), key, phase

    def in_phase(self, name: str) -> "FileCheckpoint":
        """The same file for a later phase of the work; neither phase loads what the other one saved."""
        return FileCheckpoint(self.path, self.key, name)

    def save(self, level: int, state: Mapping[str, Any]) -> None:
        """Keep a state in the place of the last one."""
        save_arrays(self.path, key=self.key, phase=self.phase, level=level,
                    **{_STATE + name: array for name, array in state.items()})

    def load(self) -> tuple[int, dict[str, Any]] | None:
        """(level, state), or None where nothing whole of this key and phase was kept."""
        try:
            with open(self.path, "rb") as stream, np.load(stream, allow_pickle=False) as held:
                if (str(held["key"]), str(held["phase"])) != (self.key, self.phase):
                    return None
                return int(held["level"]), {name.removeprefix(_STATE): held[name] for name in held.files
                                            if name.startswith(_STATE)}
        except _DAMAGED:
            return None

    def forget(self) -> None:
        """Remove the file, if there is one."""
        self.path.unlink(missing_ok=True)
