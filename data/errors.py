"""Errors a user can act on: each message says what was expected, what came and what to do."""

from pathlib import Path


class PortraitError(Exception):
    """Base of every error Atelier raises on purpose; the command line prints it without a traceback, exit status 1."""


class UsageError(PortraitError, ValueError):
    """A wish or an option that cannot be meant; exit status 2."""


class ShapeError(PortraitError, ValueError):
    """An array of the wrong shape, type or range."""


class ScanError(PortraitError):
    """A file that cannot be read as a picture; `reason` is one line for the list of rejects."""

    def __init__(self, reason: str, path: Path | str | None = None) -> None:
        super().__init__(f"{path}: {reason}" if path is not None else reason)
        self.reason = reason


class CorpusError(PortraitError):
    """A corpus that cannot be learned from: empty, without faces, too few sitters."""


class OutputError(PortraitError):
    """A result that cannot be written: folder not writable, disk full, file in the way."""


class NoFaceError(PortraitError):
    """A picture without a face where one was asked for."""
