"""Checks of the files and folders that commands read from and write to."""

from pathlib import Path

from data.errors import OutputError, UsageError
from render.export.picture import PICTURE_FORMATS


def needed(folder: Path, name: str) -> Path:
    """Where a file of a finished run or an enlarged print lies; UsageError if the folder has none of that name."""
    path = folder / name
    if not path.is_file():
        raise UsageError(f"{folder} has no {name}: expected the folder of a finished `atelier run` or `atelier enlarge`")
    return path


def check_writable(target: Path) -> None:
    """Make a folder for a print, or say in plain words why it cannot be one."""
    if target.exists() and not target.is_dir():
        raise UsageError(f"{target} is a file: name a folder with --out")
    try:
        target.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise OutputError(f"{target} cannot be written ({error.strerror}): name another folder with --out") from error


def check_picture_name(out: Path) -> None:
    """UsageError unless the name ends as that of a picture that can be written."""
    if out.suffix.lower() not in PICTURE_FORMATS:
        raise UsageError(f"--out {out}: expected a name that ends in one of {', '.join(PICTURE_FORMATS)}")
