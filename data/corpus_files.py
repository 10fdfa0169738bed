"""Every file of a corpus by what it is: pictures, height scans, landmark files, and what does not belong."""

import os
import re
from dataclasses import dataclass, field
from pathlib import Path

from data.curator import CATALOGUE
from data.errors import CorpusError

READ_PICTURES = (".jpg", ".jpeg", ".jpe", ".jfif", ".png", ".tif", ".tiff", ".btf", ".webp")
"""Endings of pictures that can be read; what is inside decides in the end."""
OTHER_PICTURES = (".gif", ".bmp", ".psd", ".psb", ".heic", ".heif", ".avif", ".jp2", ".jpx", ".svg", ".dng", ".nef", ".cr2")
"""Pictures too, but of kinds that are not read: worth a reason rather than silence."""
LANDMARKS = ".landmarks.json"
_HEIGHT = re.compile(r"\.height\.tiff?$", re.IGNORECASE)
_COMPANION = re.compile(r"\.(parts\.png|landmarks\.json)$", re.IGNORECASE)
# What a practice corpus knows of itself, and what archives leave behind.
_NO_SCANS_IN = ("truth", "__MACOSX")


@dataclass
class CorpusFiles:
    """The files of a corpus, each list in natural order, as paths within it with "/".

    `ignored` counts files that are no pictures; `notes` are lines about folders that could not be read.
    """

    pictures: list[str] = field(default_factory=list)
    heights: list[str] = field(default_factory=list)
    landmarks: list[str] = field(default_factory=list)
    ignored: int = 0
    notes: list[str] = field(default_factory=list)

    def _take(self, file: str) -> None:
        """Sort one file where it belongs; hidden files and the catalogue itself are passed over."""
        name, suffix = Path(file).name, Path(file).suffix.lower()
        if name.startswith(".") or file == CATALOGUE:
            return
        if _HEIGHT.search(name):
            self.heights.append(file)
        elif name.lower().endswith(LANDMARKS):
            self.landmarks.append(file)
        elif suffix in READ_PICTURES + OTHER_PICTURES and not _COMPANION.search(name):
            self.pictures.append(file)
        else:
            self.ignored += 1


def list_corpus(corpus: Path) -> CorpusFiles:
    """Every file in a folder and below it; CorpusError if there is no such folder or it cannot be read."""
    if not corpus.exists():
        raise CorpusError(f"there is no folder {corpus}: give the folder that holds the scans")
    if not corpus.is_dir():
        raise CorpusError(f"{corpus} is a file: give the folder that holds the scans")
    found = CorpusFiles()

    def refused(error):
        if Path(error.filename) == corpus:
            raise CorpusError(f"the folder {corpus} cannot be read: {error.strerror}") from error
        found.notes.append(f"the folder {os.path.relpath(error.filename, corpus)} cannot be read: {error.strerror}")

    for folder, below, names in os.walk(corpus, onerror=refused):
        below[:] = [name for name in below if not name.startswith(".") and name not in _NO_SCANS_IN]
        for name in names:
            found._take(Path(folder, name).relative_to(corpus).as_posix())
    for files in (found.pictures, found.heights, found.landmarks):
        files.sort(key=natural_order)
    return found


def natural_order(file: str) -> tuple:
    """A key that sorts Titian_2 before Titian_10."""
    return [(0, int(part), "") if part.isdigit() and part.isascii() else (1, 0, part.casefold())
            for part in re.split(r"([0-9]+)", file)], file


def shown_name(file: str) -> str:
    """A file's name as it can be written anywhere: bytes that are not UTF-8 are spelled out."""
    return os.fsencode(file).decode("utf-8", errors="backslashreplace")


def height_of(file: str) -> str:
    """The picture, without its suffix, that a height scan of this name belongs to."""
    return _HEIGHT.sub("", file)


def landmarks_of(file: str) -> str:
    """The picture, without its suffix, that a landmark file of this name belongs to."""
    return file[:-len(LANDMARKS)]
