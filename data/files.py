"""Writing so that nothing half-written is ever left under a final name, and checksums."""

import errno
import hashlib
import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from data.errors import OutputError


@contextmanager
def replacing(path: Path | str) -> Iterator[Path]:
    """Give a temporary path beside `path`; rename it into place on success, remove it on failure.

    Raises OutputError in plain words where the folder cannot be written or the disk is full.
    """
    path = Path(path)
    beside = path.with_name(f".{path.stem}.{os.getpid()}.partial{path.suffix}")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        yield beside
        os.replace(beside, path)
    except OSError as error:
        raise OutputError(_plain(error, path)) from error
    finally:
        with suppress(OSError):  # where `path`'s folder is a file there is nothing to remove
            beside.unlink(missing_ok=True)


def _plain(error: OSError, path: Path) -> str:
    """What kept a file from being written, and what to do about it."""
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        return f"no space left on the disk while writing {path}: free some space and run the same command again"
    if error.errno in (errno.EACCES, errno.EPERM, errno.EROFS):
        return f"cannot write {path}: no permission; choose another --out folder or make this one writable"
    return f"cannot write {path}: {error.strerror or error}"


def sha256_file(path: Path | str) -> str:
    """SHA-256 of a file's bytes, as 64 hexadecimal digits."""
    with open(path, "rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()
