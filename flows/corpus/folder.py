"""The folder of scans that a user names as a corpus."""

import os
from pathlib import Path

from data.errors import CorpusError, UsageError


def check_corpus(corpus: Path | str) -> None:
    """CorpusError unless the folder is there and can be read; the folder itself is never written to."""
    corpus = Path(corpus)
    if not corpus.exists():
        raise UsageError(f"no folder {corpus}: expected a folder with scans (JPEG, PNG, TIFF) of one master's paintings")
    if not corpus.is_dir():
        raise UsageError(f"{corpus} is a file: expected a folder with scans (JPEG, PNG, TIFF) of one master's paintings")
    if not os.access(corpus, os.R_OK | os.X_OK):
        raise CorpusError(f"the folder {corpus} cannot be read: no permission; make it readable (chmod u+rx)")
    try:
        names = os.listdir(corpus)
    except OSError as error:
        raise CorpusError(f"the folder {corpus} cannot be read: {error.strerror}") from error
    if not names:
        raise CorpusError(f"the folder {corpus} is empty: expected scans (JPEG, PNG, TIFF) of one master's paintings")
